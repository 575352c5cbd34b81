//! Arguments, wiring, exit codes; the binary `fluxloop`.

fn main() {}
