//! Puts facts into words: what happened, and what to do about it.
//!
//! The other libraries carry facts: a cause, a path, a count. This crate alone, beside the one that
//! reads the configuration, knows how the keys of the configuration are called, so a key is renamed
//! in one place. Each `match` over facts names every case.
//!
//! Call order: put what is known into a [`Reason`] and a [`Scene`], and ask [`words`] for the
//! message and the hint.
//!
//! ```
//! use fluxloop_aggregate::AnswerFault;
//! use fluxloop_explain::{Reason, Scene, words};
//!
//! let url = "http://localhost:8000/chat".parse()?;
//! let reason = Reason::Answer(AnswerFault::TooLarge { limit: 1000 });
//! let words = words(&reason, &Scene::new(&url));
//! assert_eq!(
//!     words.message,
//!     "the body is larger than `1000` bytes (`limits.max_response_bytes`)"
//! );
//! assert!(words.hint.expect("there is one").contains("runner.http.limits.max_response_bytes"));
//! # Ok::<(), url::ParseError>(())
//! ```
//!
//! **Invariant:** nothing is masked here: words may quote what a server sent, and must be masked
//! before they are shown.
//!
//! **Invariant:** no I/O, no clock; the same facts give the same words.

mod answer;
mod build;
mod clock;
mod count;
mod data;
mod ended_early;
mod exchange;
mod gave_up;
mod kind;
mod malformed;
mod no_text;
mod page;
mod reason;
mod run;
mod status;
mod warning;
mod words;

pub use build::of_build;
pub use count::{count, counted};
pub use ended_early::{ended_early, ended_early_remedy};
pub use gave_up::gave_up;
pub use kind::{clock_key, remedy};
pub use malformed::is_broken_json;
pub use reason::{ProxyRole, Reason, Scene};
pub use run::{LateBecause, late_starts, retries_denied, unverified};
pub use status::status_remedy;
pub use warning::{warning, warning_remedy};
pub use words::{Words, words};
