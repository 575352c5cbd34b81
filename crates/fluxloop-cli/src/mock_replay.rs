//! `fluxloop mock --replay`: the recorded answers of a run, as a script of the mock.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fluxloop_mock::{Played, Script};
use fluxloop_recording::{RecordedAttempt, RecordedEnd};
use fluxloop_redact::Redactor;
use fluxloop_store::{PastRun, StoreError};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use uuid::Uuid;

use crate::args::Speed;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::resume::refused;

/// The recorded answers in the order of the cases.
pub(crate) fn script(run: &Path, speed: Speed) -> Result<Script, Ended> {
    // What was recorded is masked.
    let past = PastRun::open(run, &Arc::new(Redactor::none())).map_err(|error| refused(&error))?;
    let failure = |error: StoreError| Ended::new(Exit::Failure, &error).hint(error.hint());
    let mut answers = Vec::new();
    if let Some(mut recording) = past.recording().map_err(failure)? {
        for record in past.records().map_err(failure)? {
            let record = record.map_err(failure)?;
            let id = record.trace_id.parse::<Uuid>().ok();
            let Some(case) = id.and_then(|id| recording.read(id.as_u128())) else { continue };
            let case = case.map_err(|error| Ended::new(Exit::Failure, &error))?;
            answers.push(case);
        }
    }
    answers.sort_by_key(|case| case.case_index);
    let attempts = answers.iter().flat_map(|case| &case.attempts);
    Script::of_recorded(attempts.map(|attempt| played(attempt, speed))).ok_or_else(|| {
        let what = format!("nothing was recorded of `{}`", run.display());
        Ended::message(Exit::Configuration, what)
    })
}

fn played(attempt: &RecordedAttempt, speed: Speed) -> Played {
    let at = |nanos: u64| match speed {
        Speed::Times(factor) => Duration::from_nanos(nanos).div_f64(factor),
        Speed::Max => Duration::ZERO,
    };
    let head = attempt.head().map(|head| {
        let status = StatusCode::from_u16(head.status).unwrap_or_default();
        let headers = head.headers.iter().filter_map(|(name, value)| {
            let name = name.parse::<HeaderName>().ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        });
        (at(head.at), status, headers.collect::<HeaderMap>())
    });
    let body = attempt.chunks().map(|(time, piece)| (at(time), Bytes::copy_from_slice(piece)));
    let is_whole = matches!(attempt.facts().end, RecordedEnd::Clean | RecordedEnd::Enough);
    Played { head, body: body.collect(), is_whole }
}
