//! Writes a run in the forms that other programs read, without I/O of its own.
//!
//! A [`Run`] is what `summary.json` says. An [`Exporter`] takes the records of closed cases one by
//! one, in the order of the inputs, and writes to the writer that it was given. [`Otlp`] makes
//! requests for a collector in place of a file.
//!
//! Call order: [`exporter`], [`Exporter::case`] for each record, [`Exporter::finish`] once.
//!
//! ```
//! use fluxloop_export::{Options, exporter};
//! use fluxloop_trace::ExportKind;
//! # use fluxloop_redact::Masked;
//! # use fluxloop_trace::{RunStatus, Tally};
//! # let date = "2026-01-02T03:04:05Z".to_owned();
//! # let name = Masked::from_static("smoke");
//! # let summary = Tally::new().summary(name, date, RunStatus::Complete, std::time::Duration::ZERO);
//!
//! let mut written = Vec::new();
//! let exporter = exporter(ExportKind::Csv, &summary, Options::default(), &mut written)?;
//! exporter.finish()?;
//! assert!(written.starts_with(b"case_id,input_id,iteration,"));
//! # Ok::<(), fluxloop_export::ExportError>(())
//! ```
//!
//! | kind | memory with the number of cases |
//! | --- | --- |
//! | `events`, `csv`, `github`, `chrome`, `otlp` | constant |
//! | `parquet` | one row group, and a few hundred bytes for each row group before it |
//! | `vllm` | the numbers of each case, and its texts with [`Options::content`] |
//! | `junit` | the name of each case, and the messages of those that did not pass: the counts come first |
//!
//! **Invariant:** an exporter knows records and a writer: no file, no environment, no clock, no
//! network. No exporter knows another one.
//!
//! **Invariant:** everything comes from masked records. Whatever a text holds, it is data in each
//! form: it starts no formula, no command, no element and no control sequence.

mod chrome;
mod columns;
mod csv;
mod events;
mod exporter;
mod github;
mod junit;
mod otlp;
#[cfg(feature = "parquet")]
mod parquet;
mod problem;
#[cfg(test)]
mod sample;
mod time;
mod vllm;

pub use columns::{COLUMNS, Cell, Column, ColumnType};
pub use exporter::{ExportError, Exporter, Options, Run, exporter};
pub use github::JobSummary;
pub use otlp::{Otlp, OtlpRequest};
pub use vllm::VLLM_KEYS;
