//! The mock on a socket.
//!
//! [`MockAgent`] accepts, `connection` drives one connection with hyper until somebody wants it
//! broken, `service` answers one request, `body` does what a program says. `wire` is the socket
//! below hyper: every byte of a connection passes it, so that what slows, slices or limits bytes
//! has its place there. `control` is how an answer tells its connection to break.

mod agent;
mod body;
mod connection;
mod control;
mod counts;
mod service;
mod wire;

pub use agent::MockAgent;
pub use counts::Counts;
