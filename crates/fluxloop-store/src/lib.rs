//! Keeps a run on disk and finds it again: journal, artifacts, lock.
//!
//! A run has a folder of its own, `exp_YYYYmmdd_HHMMSS`. While the run goes on, one file grows:
//! `traces.jsonl`, the journal, one line per case, appended the moment the case is closed and by
//! one write. Everything else is derived from the journal at the end, and can be derived from it
//! again. The files are described in `docs/reference/artifacts.md`.
//!
//! Call order: [`RunDirectory::create`] when the run really starts, [`RunDirectory::append`] each
//! trace as it closes, [`RunDirectory::finish`] once. A run that ended early is taken up again by
//! [`PastRun::open`] and [`PastRun::resume`]. A run that is only read is a [`StoredRun`].
//!
//! ```
//! use fluxloop_redact::Masked;
//! use fluxloop_store::{RunDirectory, RunInfo};
//! use fluxloop_trace::{RunStatus, Tally};
//!
//! # let parent = tempfile::tempdir()?;
//! let started = jiff::Zoned::now();
//! let name = Masked::from_static("smoke");
//! let run = RunInfo {
//!     name: name.clone(),
//!     config: serde_json::json!({ "name": "smoke" }),
//!     config_yaml: "name: smoke\n".to_owned(),
//!     config_hash: "fnv1a64:85944171f73967e8".to_owned(),
//!     inputs_hash: "fnv1a64:cbf29ce484222325".to_owned(),
//!     is_mock: false,
//!     source: None,
//!     proxy: None,
//! };
//! let directory = RunDirectory::create(parent.path(), &started, run)?;
//! let path = directory.path().to_owned();
//!
//! // … directory.append(&traces)?, as cases are closed …
//!
//! let date = started.timestamp().to_string();
//! let elapsed = std::time::Duration::from_secs(1);
//! directory.finish(&Tally::new().summary(name, date, RunStatus::Complete, elapsed))?;
//! assert!(path.join("trace_summary.jsonl").is_file());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Invariant:** what [`RunDirectory::append`] took is in the operating system's hands when it
//! returns: a process that is killed loses no finished case. Only the last line can be torn.
//!
//! **Invariant:** one writer per folder: it has a lock on the journal itself, which the kernel drops
//! with the process.
//!
//! **Invariant:** what is opened to be read or appended to is a regular file, and no link.
//!
//! **Invariant:** memory grows by 24 bytes per case, whatever the cases hold, and by about as many
//! once more while an earlier run is opened, to find the cases that are there twice.
//!
//! **Invariant:** nothing is masked here and no secret is known: text comes as
//! [`Masked`](fluxloop_redact::Masked), and the configuration with its placeholders.

mod artifact;
mod directory;
mod error;
mod files;
mod journal;
mod judgements;
mod past;
mod recording;
mod reopen;
mod runs;
mod stored;

#[cfg(feature = "schema")]
pub use artifact::schemas;
pub use directory::{RunDirectory, RunInfo};
pub use error::{Action, FormatError, StoreError};
pub use files::{dangling_link, write_private};
pub use judgements::{JudgedAnswer, Judgements};
pub use past::{Judge, PastRun, Records};
pub use recording::{PastRecording, RecordingWriter};
pub use runs::{linked_run, remove_run, runs_in};
pub use stored::{StoredRecords, StoredRun};
