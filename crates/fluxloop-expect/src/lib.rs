//! Judges the record of a case by what was expected of its answer, without I/O.
//!
//! An expectation says what holds of an answer that is as it should be: `contains: "42"`. It reads
//! the record of the closed case ([`Trace`](fluxloop_trace::Trace)), in which every text is masked,
//! and nothing else; so whoever has the record can judge the case again and comes to the same
//! result. The language is described in `docs/expectations.md`.
//!
//! Call order: read the expectations of a configuration with [`read`], its thresholds and
//! objectives with [`read_thresholds`] and [`read_objectives`], make a [`Judging`] of them, check
//! each input with [`Judging::check_input`] before anything is sent, and judge each closed case with
//! [`Judging::judge`].
//!
//! ```
//! use fluxloop_expect::{Judging, Literal, read};
//! use fluxloop_redact::Redactor;
//! use fluxloop_trace::Targets;
//! use serde_json::json;
//!
//! let written = json!([{"contains": "42"}, {"first_token": "500ms"}]);
//! let items = read(&written, &[], &mut Literal).unwrap();
//! let judging = Judging::new(items, Targets::default(), &[], &Redactor::none());
//! assert_eq!(judging.count(), 2);
//!
//! let misspelt = read(&json!([{"contans": "42"}]), &[], &mut Literal).unwrap_err();
//! assert_eq!(misspelt[0].to_string(), "unknown expectation; did you mean `contains`?");
//! ```
//!
//! **Invariant:** no I/O, no clock, no chance: the same record and expectations give the same result.
//!
//! **Invariant:** what is compared is masked on both sides, and so is what is said of it. A text that
//! was expected is masked before it is compared.
//!
//! **Invariant:** the time of every kind but `similar` and `json_schema` is linear in the answer;
//! `similar` looks at no more than 20,000 words of a text.

mod check;
mod difference;
mod facts;
mod fault;
mod item;
mod judge;
mod judge_plan;
mod judging;
mod language;
mod problem;
mod promptfoo;
mod reply;
mod targets;
mod tools;
mod words;

pub use fault::{ExpectFault, ExpectFaultKind};
pub use item::{Item, Literal, Values, read};
pub use judge_plan::{JudgePhase, JudgePlan, Questions};
pub use judging::{InputCheck, Judging, Kept};
pub use language::definitions;
pub use reply::{ReplyRules, Vote, judgement};
pub use targets::{read_objectives, read_thresholds};
