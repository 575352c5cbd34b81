//! The mock on real sockets, read byte by byte.

mod bodies;
mod customs;
mod dialects;
mod faults;
mod flow;
mod http2;
mod presets;
mod refusals;
mod scripts;
mod server;
mod told;
mod wire;
