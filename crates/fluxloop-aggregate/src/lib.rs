//! Selects text from events and joins it, without I/O.
//!
//! An [`Aggregator`] takes the events of one answer, in order. At each it looks for the marker
//! that ends the answer, for an error that the provider reports inside a 200 answer, and for token
//! counts; of the events that pass the filter it takes the text at the configured path and appends
//! it to one buffer. What it saw on the way explains an answer without text ([`NoText`]).
//!
//! Call order: make a [`StreamReader`] once per plan and an [`Aggregator`] per attempt;
//! [`push`](Aggregator::push) every event until it says [`Push::Done`] or [`Push::LimitReached`]
//! or fails; [`finish`](Aggregator::finish) in any case. An answer that is no stream goes to
//! [`PlainReader::read`].
//!
//! ```
//! use fluxloop_aggregate::{Aggregator, Push, StreamReader};
//! use fluxloop_jsonpath::JsonPath;
//! use fluxloop_plan::{StreamRules, TextPath};
//! use fluxloop_sse::Event;
//!
//! let text = TextPath::Path(JsonPath::parse("delta")?);
//! let rules = StreamReader::new(&StreamRules { text, ..StreamRules::default() });
//! let mut aggregator = Aggregator::new(&rules, None);
//!
//! aggregator.push(&Event::message(r#"{"delta": "Hello"}"#))?;
//! aggregator.push(&Event::message(r#"{"delta": " world"}"#))?;
//! let last = aggregator.push(&Event::new("done", r#"{"finish_reason": "stop"}"#))?;
//! assert_eq!(last, Push::Done);
//!
//! let answer = aggregator.finish(None);
//! assert_eq!(answer.text, "Hello world");
//! assert_eq!(answer.finish_reason.as_deref(), Some("stop"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Invariant:** text is never trimmed or changed; it ends early only at the character limit.
//!
//! **Invariant:** what it keeps beside the text is bounded, whatever the stream says.
//!
//! **Invariant:** no I/O, no clock, no logging, no masking: everything here is raw.

mod aggregate;
mod aggregator;
mod api_error;
mod diagnosis;
mod error;
mod facts;
mod keys;
mod plain;
mod rules;
mod samples;
mod tally;
mod text;
mod usage;

pub use aggregate::{Aggregate, Warning};
pub use aggregator::{Aggregator, Push};
pub use api_error::{ApiError, ApiErrorClass, error_in_json};
pub use diagnosis::NoText;
pub use error::AggregateError;
pub use plain::PlainReader;
pub use rules::StreamReader;
pub use usage::Usage;
