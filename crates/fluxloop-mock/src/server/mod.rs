//! The mock on a socket.
//!
//! [`MockAgent`] accepts, `connection` drives one connection with hyper until somebody wants it
//! broken, `service` answers one request, `body` does what a program says. `wire` is the socket
//! below hyper, which outlives it; `perform` does on the bare socket what hyper cannot. `control`
//! is how an answer takes its connection from hyper.

mod agent;
mod body;
mod connection;
mod control;
mod counts;
mod perform;
mod service;
mod wire;

pub use agent::MockAgent;
pub use counts::Counts;
