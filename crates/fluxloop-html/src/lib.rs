//! Makes one HTML page of a run, or of two runs side by side, without I/O.
//!
//! The page is a single file: markup, style, script and data. It needs no network and no other
//! file. The data of all cases are columns of numbers, compressed; texts are those of chosen cases.
//!
//! Call order: [`RunCases::add`] for the record of each case, in any order; [`RunCases::choose`],
//! which names the records whose texts are shown; [`RunCases::add_texts`] for each of these; then
//! [`Page::write`].
//!
//! ```
//! use fluxloop_html::{Page, RunCases, RunPage};
//! # use fluxloop_redact::Masked;
//! # use fluxloop_trace::{RunStatus, Tally};
//! # let name = Masked::from_static("smoke");
//! # let summary = Tally::new().summary(name, String::new(), RunStatus::Complete, Default::default());
//! let cases = RunCases::new();
//! // … cases.add(&trace, place), cases.choose(&[]), cases.add_texts(&trace, None) …
//! let run = RunPage::new("experiments/exp_1", &summary, cases);
//!
//! let mut html = Vec::new();
//! Page::of(run).write(&mut html)?;
//! assert!(html.starts_with(b"<!doctype html>"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! **Invariant:** text that came from outside stands in data alone, compressed or with every `<`
//! escaped, and the script makes text nodes of it: no answer becomes markup.
//!
//! **Invariant:** nothing but the page's own script and style runs: the content security policy names
//! their hashes, and forbids every request.
//!
//! **Invariant:** texts come from records and recordings, which are masked, and from nowhere else.
//!
//! **Invariant:** no file is opened, no clock is read, and nothing is printed.

mod assets;
mod cases;
mod choice;
mod columns;
#[cfg(test)]
mod example;
mod page;
mod pairs;
mod phases;
mod texts;

pub use cases::RunCases;
pub use page::{Page, RunPage, WARN_BYTES};
pub use pairs::Compared;
pub use texts::{Arrival, Recorded};
