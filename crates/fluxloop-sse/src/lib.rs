//! Turns the bytes of an event stream into events, and back, without I/O.
//!
//! The format is the WHATWG HTML standard's, section "Server-sent events", parts "Parsing an
//! event stream" and "Interpreting an event stream"; every rule of it holds however the bytes are
//! cut. A [`Decoder`] takes chunks as they arrive and lends out [`Event`]s; an [`Encoder`] writes
//! them.
//!
//! Call order: [`Decoder::feed`] a chunk, drain the [`Events`] fully with [`Events::next`] (or
//! [`Events::next_item`], which shows comments and reconnection times too), and so on with every
//! chunk; when the body ends, [`Decoder::finish`] tells what was pending. A decoder
//! [with strays](Decoder::with_strays) also shows what the standard discards.
//!
//! ```
//! use fluxloop_sse::Decoder;
//!
//! let mut decoder = Decoder::new();
//! let mut text = String::new();
//! for chunk in ["event: delta\nda", "ta: Hel\n\ndata: lo\n", "\ndata: [DONE]\n"] {
//!     let mut events = decoder.feed(chunk.as_bytes());
//!     while let Some(event) = events.next() {
//!         text.push_str(event?.data);
//!     }
//! }
//! assert_eq!(text, "Hello");
//! // The last blank line never came.
//! assert_eq!(decoder.finish().pending.map(|event| event.data), Some("[DONE]"));
//! # Ok::<(), fluxloop_sse::DecodeError>(())
//! ```
//!
//! **Invariant:** no I/O, no clock, no logging, and no other crate of this workspace.
//!
//! **Invariant:** how the bytes are cut into chunks changes nothing: neither events, nor comments,
//! nor the point at which a limit is exceeded.
//!
//! **Invariant:** time is linear in the bytes fed, and memory is bounded by [`Limits`], whatever
//! the bytes are. Nothing in a stream is an error except size.
//!
//! **Invariant:** an event that lies in one chunk is lent without a copy and without an
//! allocation.

mod decoder;
mod encode;
mod error;
mod event;
mod limits;

pub use decoder::{Decoder, Events};
pub use encode::Encoder;
pub use error::{DecodeError, EncodeError};
pub use event::{End, Event, Item};
pub use limits::Limits;
