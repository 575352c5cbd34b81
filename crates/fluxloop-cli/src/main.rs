//! The binary `fluxloop`.

use std::process::ExitCode;

fn main() -> ExitCode {
    fluxloop_cli::main(std::env::args_os())
}
