//! Shows a run to people and machines, from its events and traces alone.
//!
//! A [`Reporter`] takes [`RunEvent`](fluxloop_trace::RunEvent)s one after the other and writes
//! what its reader wants to see to the writer that it was given:
//!
//! | reporter | its reader |
//! |---|---|
//! | [`LineReporter`] | a log: one line per closed case, the exact forms of `--no-display` |
//! | [`ProgressReporter`] | a person at a terminal, while the run goes on |
//! | [`VerboseReporter`] | a person who wants to know what is done: attempts, text, retries |
//! | [`SummaryReporter`] | a person, when the run is over: what came of it, and what to do next |
//!
//! A closed case is shown in full by [`case_page`], and in a line by [`case_line`]; a list of runs by
//! [`runs_table`] and [`runs_json`].
//!
//! Two runs are shown by [`comparison_screen`], [`comparison_markdown`] and [`comparison_json`], from
//! a comparison of fluxloop-compare.
//!
//! Call order: make reporters, [`Reporter::events`] for the events of one run, in order, until
//! `RunFinished`; then drop them.
//!
//! ```
//! use fluxloop_redact::Masked;
//! use fluxloop_report::{LineReporter, Reporter};
//! use fluxloop_trace::{RunEvent, TimedEvent};
//!
//! let mut written = Vec::new();
//! let mut reporter = LineReporter::new(&mut written);
//! let name = Masked::from_static("smoke");
//! let started = RunEvent::RunStarted { name, total: Some(3), closed: 0 };
//! reporter.events(&[TimedEvent::new(std::time::Duration::ZERO, started)])?;
//! assert_eq!(written, b"[fluxloop] running smoke (3 total runs)\n");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! **Invariant:** a reporter knows nothing but events, its writer and its [`Style`]: it asks
//! neither the terminal nor the environment, and a recorded run drives it as well as a live one.
//!
//! **Invariant:** text that came from outside goes through [`visible()`] before a reader sees it,
//! so that no answer of a model can steer a terminal.
//!
//! **Invariant:** memory does not grow with the number of cases.

mod case_page;
mod compare;
mod failure;
mod finished;
mod line;
mod lines;
mod markdown;
mod page;
mod paint;
mod progress;
mod reporter;
mod runs;
mod summary;
mod units;
mod verbose;
mod visible;

pub use case_page::case_page;
pub use compare::{
    Compared, ComparedRun, Example, Side, comparison_json, comparison_markdown, comparison_screen,
};
pub use finished::case_line;
pub use line::LineReporter;
pub use markdown::code_span;
pub use paint::Style;
pub use progress::ProgressReporter;
pub use reporter::Reporter;
pub use runs::{ListedRun, runs_json, runs_table};
pub use summary::SummaryReporter;
pub use units::bytes;
pub use verbose::VerboseReporter;
pub use visible::{visible, visible_line};
