//! Cuts the body of an answer into frames, without I/O.
//!
//! A [`Framing`] says what separates one frame from the next: the events of an event stream, or
//! nothing at all, when the whole body is one frame. [`Frames`] does it for one body.
//!
//! Call order: [`feed`](Frames::feed) every chunk of the body and ask for
//! [`next`](Fed::next) until it returns `None`; then [`finish`](Frames::finish), once.
//!
//! ```
//! use fluxloop_frames::{Frame, Frames, Framing, Rest};
//!
//! let mut frames = Frames::new(Framing::EventStream, 1 << 20);
//! let mut fed = frames.feed(b"event: delta\ndata: Hello\n\ndata: cut");
//! assert_eq!(fed.next(), Some(Ok(Frame::new("delta", "Hello"))));
//! assert_eq!(fed.next(), None);
//! let frame = Frame::message("cut");
//! assert_eq!(frames.finish(), Rest::Unfinished { frame, is_line_whole: false });
//!
//! let mut frames = Frames::new(Framing::Whole, 1 << 20);
//! assert_eq!(frames.feed(b"{\"answer\": ").next(), None);
//! assert_eq!(frames.feed(b"42}").next(), None);
//! assert_eq!(frames.finish(), Rest::Last(Frame::message(r#"{"answer": 42}"#)));
//! ```
//!
//! **Invariant:** a frame is lent: it borrows from the chunk or from the [`Frames`], and costs no
//! copy of its own where the chunk holds it whole.
//!
//! **Invariant:** the frames of a body do not depend on how it was cut into chunks.
//!
//! **Invariant:** no I/O, no clock, no logging; nothing is interpreted but where a frame ends.

mod frame;
mod frames;
mod framing;
mod held;
mod json;
mod lines;
mod recognized;
mod text;
mod whole;

pub use frame::{Frame, FrameError, FrameKind};
pub use frames::{Fed, Frames, Rest};
pub use framing::Framing;
pub use recognized::{Recognized, recognized};
