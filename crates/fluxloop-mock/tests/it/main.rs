//! The mock on real sockets, read byte by byte.

mod customs;
mod dialects;
mod faults;
mod refusals;
mod scripts;
mod server;
mod wire;
