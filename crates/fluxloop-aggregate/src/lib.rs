//! Reads one answer: frames in, text and facts out, judged, without I/O.
//!
//! [`AnswerRules`] say how answers are read: what separates frames, and a schema of what they mean.
//! An [`Answer`] takes the head and the bytes of one answer: it cuts the body into frames and gives
//! each to an [`Aggregator`], which looks at it for text, reasoning, calls of tools, token counts,
//! errors and the end of the answer. In the end it judges what came, in a fixed order: status,
//! media type, end, text. An [`AnswerFault`] says as facts why an answer is not a success; other
//! crates find the words.
//!
//! Call order: make an [`AnswerReader`] once per plan and an [`Answer`] per attempt;
//! [`feed`](Answer::feed) each chunk with the time of its arrival until it says
//! [`Step::Enough`]; [`end`](Answer::end) in any case.
//!
//! ```
//! use std::time::Duration;
//!
//! use fluxloop_aggregate::{
//!     Answer, AnswerLimits, AnswerReader, AnswerRules, BodyEnd, Head, Step, Verdict,
//! };
//! use fluxloop_jsonpath::JsonPath;
//! use fluxloop_schema::{Schema, StreamKind};
//!
//! let schema = Schema::auto().with_text(None, Some(JsonPath::parse("delta")?));
//! let reader = AnswerReader::new(&AnswerRules::new(StreamKind::Sse, schema));
//!
//! let head = Head { status: 200, media_type: Some("text/event-stream".to_owned()), ..Head::default() };
//! let limits = AnswerLimits {
//!     output_char_limit: None,
//!     max_frame_bytes: 1 << 20,
//!     max_body_bytes: 1 << 20,
//! };
//! let mut answer = Answer::new(&reader, head, limits);
//! let at = Duration::from_millis;
//! assert_eq!(answer.feed(b"data: {\"delta\": \"Hel", at(10)), Step::More);
//! assert_eq!(answer.feed(b"lo\"}\n\n", at(20)), Step::More);
//! assert_eq!(answer.feed(b"data: [DONE]\n\n", at(30)), Step::Complete);
//!
//! let result = answer.end(BodyEnd::Clean { proved: true }, at(40));
//! assert_eq!(result.verdict, Verdict::Succeeded);
//! assert_eq!(result.times.first_text, Some(at(20)));
//! assert_eq!(result.content.expect("a stream was read").text.text, "Hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Invariant:** text is never trimmed or changed; it ends early only at the character limit.
//!
//! **Invariant:** what it keeps beside the text is bounded, whatever the stream says.
//!
//! **Invariant:** no I/O, no clock, no logging, no masking: everything here is raw.

mod aggregator;
mod answer;
mod api_error;
mod calls;
mod channel;
mod choices;
mod compile;
mod condition;
mod content;
mod diagnosis;
mod error;
mod excerpt;
mod explain;
mod halves;
mod known;
mod look;
mod media;
mod reader;
mod refusal;
mod repeats;
mod rules;
mod samples;
mod state;
mod types;
mod usage;
mod warning;
mod work;

pub use aggregator::{Aggregator, Push, Unended};
pub use answer::{
    Answer, AnswerFault, AnswerLimits, AnswerResult, BodyEnd, ChunkGaps, Head, Progress, Proof,
    Step, Times, Verdict, framing_of,
};
pub use api_error::{ApiError, error_in_json, said_with_code};
pub use content::{ChannelContent, Content, Group, Integrity, ToolCall};
pub use diagnosis::{NoText, Only, RulesLook, TextAt};
pub use error::{ContentFault, Malformed};
pub use excerpt::EXCERPT_BYTES;
pub use explain::Took;
pub use known::ApiErrorClass;
pub use reader::AnswerReader;
pub use rules::{AnswerRules, ErrorKey, IntegrityRule, RequireDone, TextBy};
pub use usage::Usage;
pub use warning::{Warning, WarningKind};
