//! One pass over the journal that writes all derived files.

use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::Redactor;
use fluxloop_trace::{FirstError, WrittenTrace};
use serde::Serialize;

use super::errors::ErrorEntry;
use super::trace_summary::TraceSummary;
use super::{ERRORS, OBSERVATIONS, TRACE_SUMMARY, observation};
use crate::StoreError;
use crate::files::{self, WholeFile};
use crate::journal::Journal;

/// Derives the files from the journal, in the order of the inputs, in constant memory.
///
/// Gives the first cases that did not succeed.
pub(crate) fn derive(folder: &Path, journal: &mut Journal) -> Result<Vec<FirstError>, StoreError> {
    let mut summaries = WholeFile::begin(&folder.join(TRACE_SUMMARY))?;
    let mut observations = WholeFile::begin(&folder.join(OBSERVATIONS))?;
    let (mut errors, mut first_errors) = (None, Vec::new());
    // What is read back here was masked when it was written.
    let unmasked = Arc::new(Redactor::none());
    let mut buffer = Vec::new();
    journal.read_in_input_order(|line| {
        let record: WrittenTrace<'_> = line.parse()?;
        write_line(&mut summaries, &mut buffer, &TraceSummary::of(&record))?;
        for observation in observation::all(&record) {
            write_line(&mut observations, &mut buffer, &observation)?;
        }
        if !record.success {
            errors = Some(write_error(folder, errors.take(), &mut buffer, &record)?);
            if first_errors.len() < FirstError::MOST {
                let error: FirstError = unmasked.reading(|| line.with(&buffer).parse())?;
                first_errors.push(error.shortened());
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

/// Writes one line of JSON.
fn write_line(
    file: &mut WholeFile,
    buffer: &mut Vec<u8>,
    value: &impl Serialize,
) -> Result<(), StoreError> {
    to_json(file, buffer, value)?;
    buffer.push(b'\n');
    file.write(buffer)
}

/// Writes one element of the array in `errors.json`, which the first failure brings into being.
fn write_error(
    folder: &Path,
    file: Option<WholeFile>,
    buffer: &mut Vec<u8>,
    record: &WrittenTrace<'_>,
) -> Result<WholeFile, StoreError> {
    let (mut file, separator): (_, &[u8]) = match file {
        Some(file) => (file, b",\n"),
        None => (WholeFile::begin(&folder.join(ERRORS))?, b"[\n"),
    };
    to_json(&file, buffer, &ErrorEntry::of(record))?;
    file.write(separator)?;
    file.write(buffer)?;
    Ok(file)
}

/// Serializes into `buffer`, replacing what was there.
fn to_json(
    file: &WholeFile,
    buffer: &mut Vec<u8>,
    value: &impl Serialize,
) -> Result<(), StoreError> {
    buffer.clear();
    serde_json::to_writer(buffer, value).map_err(|source| StoreError::Format {
        path: file.path().to_owned(),
        source: source.into(),
    })
}
