//! The files that are derived from the journal. Their fields are those that FluxLoop's own tools
//! read, and ours behind them.

mod derive;
mod errors;
mod observation;
mod trace_summary;

pub(crate) use derive::derive;

/// The journal.
pub(crate) const TRACES: &str = "traces.jsonl";
/// What was in the journal of a run that was taken up again and is no closed case.
pub(crate) const SET_ASIDE: &str = "set_aside.jsonl";
/// What a judge made of answers.
pub(crate) const JUDGEMENTS: &str = "judgements.jsonl";
/// What a reader of outputs needs, in the order of the inputs.
pub(crate) const TRACE_SUMMARY: &str = "trace_summary.jsonl";
/// One line per attempt.
pub(crate) const OBSERVATIONS: &str = "observations.jsonl";
/// The cases that did not pass; absent when all did.
pub(crate) const ERRORS: &str = "errors.json";
/// The run in figures.
pub(crate) const SUMMARY: &str = "summary.json";
/// What came on standard input.
pub(crate) const INPUTS: &str = "inputs.jsonl";
/// The answers as they came.
pub(crate) const RECORDING: &str = "recording.zst";
/// Where each case stands in it.
pub(crate) const RECORDING_INDEX: &str = "recording.idx";
/// The run as one HTML page.
pub(crate) const REPORT: &str = "report.html";
/// The configuration as resolved.
pub(crate) const CONFIG: &str = "config.yaml";

/// The JSON Schemas of what is derived from the journal, in the form in which it is written: each
/// file with that of its lines, or of its elements. A member without a description is the record's.
#[cfg(feature = "schema")]
pub fn schemas() -> [(&'static str, schemars::Schema); 4] {
    let generator =
        || schemars::generate::SchemaSettings::default().for_serialize().into_generator();
    [
        (TRACE_SUMMARY, generator().into_root_schema_for::<trace_summary::TraceSummary<'_>>()),
        (OBSERVATIONS, generator().into_root_schema_for::<observation::Observation<'_>>()),
        (JUDGEMENTS, generator().into_root_schema_for::<crate::JudgedAnswer>()),
        (ERRORS, generator().into_root_schema_for::<errors::ErrorEntry<'_>>()),
    ]
}
