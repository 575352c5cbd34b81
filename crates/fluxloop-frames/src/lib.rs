//! Cuts the body of an answer into frames, without I/O.
//!
//! A [`Framing`] says what separates one frame from the next: an event stream, JSON lines, JSON
//! values, text as it is read, or nothing at all, when the whole body is one frame. [`Frames`] cuts
//! one body, and [`Frames::sniff`] finds out its framing first. [`recognized`] names what a body
//! looks like, for hints.
//!
//! Call order: [`feed`](Frames::feed) every chunk of the body and ask for
//! [`next`](Fed::next) until it returns `None`; then [`flush`](Frames::flush) likewise, once, if the
//! framing was to be found out; then [`finish`](Frames::finish), once.
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
//! let mut frames = Frames::sniff(1 << 20);
//! let mut fed = frames.feed(b"[{\"text\": \"Hel\"},\n{\"text\"");
//! assert_eq!(fed.next(), Some(Ok(Frame::message(r#"{"text": "Hel"}"#))));
//! assert_eq!(fed.next(), None);
//! let mut fed = frames.feed(b": \"lo\"}]");
//! assert_eq!(fed.next(), Some(Ok(Frame::message(r#"{"text": "lo"}"#))));
//! assert_eq!(fed.next(), None);
//! assert_eq!(frames.framing(), Some(Framing::Json));
//! assert_eq!(frames.flush().next(), None);
//! assert_eq!(frames.finish(), Rest::Nothing);
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
//! **Invariant:** the frames of a body do not depend on how it was cut into chunks, and neither does
//! the point at which a limit is exceeded. Only of [`Framing::Text`] it is the joined text that does
//! not.
//!
//! **Invariant:** time is linear in the bytes of the body. Memory is bounded by the limit, except
//! for a whole body, which its caller counts.
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
mod work;

pub use frame::{Frame, FrameError, FrameKind};
pub use frames::{Fed, Frames, Rest};
pub use framing::Framing;
pub use recognized::{Recognized, recognized};
