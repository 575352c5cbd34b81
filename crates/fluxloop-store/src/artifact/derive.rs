//! One pass over the journal that writes all derived files.

use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::Redactor;
use fluxloop_trace::{FirstError, Trace, WrittenTrace};
use serde::Serialize;

use super::errors::ErrorEntry;
use super::trace_summary::TraceSummary;
use super::{ERRORS, OBSERVATIONS, TRACE_SUMMARY, observation};
use crate::StoreError;
use crate::files::{self, WholeFile};
use crate::journal::{Journal, Line};

/// Derives the files from the journal, in the order of the inputs, in constant memory.
///
/// Gives the first cases that did not pass. With `again`, what the journal says is masked once
/// more: an earlier part of the run may have had other secrets.
pub(crate) fn derive(
    folder: &Path,
    journal: &mut Journal,
    again: Option<&Arc<Redactor>>,
) -> Result<Vec<FirstError>, StoreError> {
    let mut summaries = WholeFile::begin(&folder.join(TRACE_SUMMARY))?;
    let mut observations = WholeFile::begin(&folder.join(OBSERVATIONS))?;
    let (mut errors, mut first_errors) = (None, Vec::new());
    // What is read back here was masked when it was written.
    let unmasked = Arc::new(Redactor::none());
    journal.read_in_input_order(|line| {
        let masked = again.map(|redactor| masked_again(&line, redactor)).transpose()?;
        let line = Line { json: masked.as_deref().unwrap_or(line.json), ..line };
        let record: WrittenTrace<'_> = line.parse()?;
        write_line(&mut summaries, &TraceSummary::of(&record))?;
        for observation in observation::all(&record) {
            write_line(&mut observations, &observation)?;
        }
        if let Some(entry) = ErrorEntry::of(&record) {
            errors = Some(write_error(folder, errors.take(), &entry)?);
            if first_errors.len() < FirstError::MOST {
                first_errors.push(unmasked.reading(|| first_error(&line, &entry))?);
            }
        }
        Ok(())
    })?;
    summaries.publish()?;
    observations.publish()?;
    match errors {
        Some(mut errors) => {
            errors.write(b"\n]\n")?;
            errors.publish()?;
        }
        // Of a run that was taken up again, an earlier end may have left one.
        None => files::remove(&folder.join(ERRORS))?,
    }
    Ok(first_errors)
}

/// A line whose text is masked with the secrets of today.
fn masked_again(line: &Line<'_>, redactor: &Arc<Redactor>) -> Result<Vec<u8>, StoreError> {
    let trace: Trace = redactor.reading(|| line.parse())?;
    serde_json::to_vec(&trace).map_err(|source| line.broken(source))
}

/// Writes one line of JSON.
fn write_line(file: &mut WholeFile, value: &impl Serialize) -> Result<(), StoreError> {
    file.write_json(value)?;
    file.write(b"\n")
}

/// Writes one element of the array in `errors.json`, which the first failure brings into being.
fn write_error(
    folder: &Path,
    file: Option<WholeFile>,
    entry: &ErrorEntry<'_>,
) -> Result<WholeFile, StoreError> {
    let (mut file, separator): (_, &[u8]) = match file {
        Some(file) => (file, b",\n"),
        None => (WholeFile::begin(&folder.join(ERRORS))?, b"[\n"),
    };
    file.write(separator)?;
    file.write_json(entry)?;
    Ok(file)
}

/// The same for `summary.json`.
fn first_error(line: &Line<'_>, entry: &ErrorEntry<'_>) -> Result<FirstError, StoreError> {
    let json = serde_json::to_vec(entry).and_then(|json| serde_json::from_slice(&json));
    json.map(FirstError::shortened).map_err(|source| line.broken(source))
}
