//! Learns from one answer how its frames are to be read, without I/O.
//!
//! A [`Recorder`] cuts the body of an answer into frames and keeps them. [`learn`] looks at them and
//! makes a [`Proposal`]: a preset that reads the answer, or a schema of one's own, each line with a
//! [`Confidence`] and a reason in words.
//!
//! It learns from structure and statistics: texts that vary from frame to frame and make prose when
//! they are joined, words that tell types of frames apart, numbers that add up, frames that come
//! last. What members are called only makes a finding surer. A body that is one JSON document has no
//! frames to compare: its longest text is taken, and names count for more.
//!
//! ```
//! use std::time::Duration;
//!
//! use fluxloop_learn::{Confidence, Outcome, Recorder, learn};
//! use fluxloop_schema::StreamKind;
//!
//! let mut recorder = Recorder::new(StreamKind::Auto, 1 << 20);
//! for word in ["The", " lamp", " turns", " twice."] {
//!     let event = format!("data: {{\"kind\": \"zub\", \"v\": \"{word}\"}}\n\n");
//!     recorder.feed(event.as_bytes(), Duration::ZERO);
//! }
//! recorder.feed(b"data: <<over>>\n\n", Duration::ZERO);
//! let proposal = learn(&recorder.finish(Duration::ZERO));
//! assert_eq!(proposal.outcome, Outcome::Learned);
//! assert_eq!(proposal.lines[1].key, "text");
//! assert_eq!(proposal.lines[1].value["path"], "v");
//! assert_eq!(proposal.lines[1].confidence, Confidence::Likely);
//! ```
//!
//! **Invariant:** a schema that is proposed loads, and reads from the answer the very text that was
//! found in it.
//!
//! **Invariant:** without names that fit, no text is called more than likely.
//!
//! **Invariant:** a frame that reports a failure is never called the end of a success.
//!
//! **Invariant:** no I/O, no clock, no logging, no masking: everything here is raw.

mod choose;
mod document;
mod ends;
mod failure;
mod fit;
mod group;
mod learn;
mod names;
mod place;
mod proposal;
mod prose;
mod reads;
mod recording;
mod server;
mod strand;
mod table;
mod tools;
mod types;
mod usage;

pub use learn::{learn, texts};
pub use proposal::{Candidate, Confidence, Failure, Finding, Line, Outcome, Proposal, yaml};
pub use recording::{Recorded, Recorder, Recording};
pub use server::{Arrival, Delivery, Remark, remarks};
