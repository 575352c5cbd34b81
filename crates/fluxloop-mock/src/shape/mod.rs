//! Turns the program of a good answer into that of a bad one: no socket, no clock.
//!
//! In this order: `edit` changes the bytes of the events, `coding` encodes them, `frame` puts
//! them into HTTP/1.1, `cut` breaks the answer off, `flow` says how fast the bytes come.

mod coding;
mod cut;
mod edit;
mod flow;
mod frame;

pub(crate) use coding::encode;
pub(crate) use cut::{break_off, end_early};
pub(crate) use edit::edit;
pub(crate) use flow::shape;
pub(crate) use frame::{Length, frame};
