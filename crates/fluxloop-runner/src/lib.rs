//! Wires the crates: drives a plan and tells what happens.
//!
//! A [`Runner`] takes a plan and cases, keeps at most `parallelism` of them under way, and drives
//! each to its end: render, send, decode, filter, extract, join; try again where the plan says so;
//! stop where a guard says so. What happens goes out as
//! [`RunEvent`](fluxloop_trace::RunEvent)s to [`Sink`]s; each case closes with one
//! [`Trace`](fluxloop_trace::Trace).
//!
//! Call order: [`Runner::new`], then [`Runner::run`] once, inside a tokio runtime with time and
//! I/O. A [`StopHandle`] ends a run early, and [`Runner::resume`] goes on with it another day.
//!
//! ```
//! use fluxloop_runner::{Stage, stop_signal};
//!
//! let (handle, stop) = stop_signal();
//! assert_eq!(stop.stage(), Stage::Running);
//! handle.drain();
//! assert_eq!(stop.stage(), Stage::Draining);
//! ```
//!
//! **Invariant:** the only retry loop of the workspace is here, and so is the only place where an
//! error of another crate becomes a [`FailureKind`](fluxloop_trace::FailureKind).
//!
//! **Invariant:** text leaves this crate masked. Masking happens once, where a record is made.
//!
//! **Invariant:** nothing awaits while an event of a stream is borrowed, and no text of one
//! attempt ever reaches another.
//!
//! **Invariant:** nothing is printed or stored here, and no environment is read.

mod attempt;
mod case;
mod clock;
mod concurrency;
mod deadlines;
mod endpoint;
mod failure;
mod first_cases;
mod gate;
mod limits;
mod live;
mod pace;
mod panics;
mod record;
mod recording;
mod replay;
mod resume;
mod retry;
mod run_error;
mod runner;
mod shared;
mod sink;
mod source;
mod stop;
mod watch;

pub use failure::answer_failure_kind;
pub use recording::Recorder;
pub use replay::{OtherAttempts, Replayer, is_replayable};
pub use resume::{CasePlaces, Past, Records, is_record_of};
pub use run_error::RunError;
pub use runner::Runner;
pub use sink::{Sink, SinkError};
pub use source::{CaseList, CaseSource};
pub use stop::{Stage, Stop, StopHandle, stop_signal};
