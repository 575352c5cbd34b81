//! Event streams: the decoder does what the standard says, however the stream is cut.
//!
//! The input is a stream; each `^` in it is no part of it, but a place where it is cut.

mod property;
mod reference;
mod seen;

pub(crate) use property::TOKENS;
pub use property::sse;
