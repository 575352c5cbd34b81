//! Joins the runner's recording with the store, and `fluxloop record drop`.

use std::path::Path;
use std::sync::Arc;

use fluxloop_recording::RecordedCase;
use fluxloop_redact::Redactor;
use fluxloop_report::bytes;
use fluxloop_runner::{Recorder, SinkError};
use fluxloop_store::{PastRun, RecordingWriter};

use crate::errors::Ended;
use crate::exit::Exit;
use crate::{output, resume};

/// Keeps recordings in the folder of the run.
pub(crate) struct Kept(pub(crate) RecordingWriter);

impl Recorder for Kept {
    fn keep(&mut self, case: &RecordedCase) -> Result<(), SinkError> {
        Ok(self.0.keep(case)?)
    }

    fn flush(&mut self) -> Result<u64, SinkError> {
        Ok(self.0.flush()?)
    }

    fn finish(&mut self) -> Result<u64, SinkError> {
        Ok(self.0.finish()?)
    }
}

/// `fluxloop record drop`.
pub(crate) fn remove(run: &Path) -> Result<Exit, Ended> {
    // Nothing of it is shown.
    let past =
        PastRun::open(run, &Arc::new(Redactor::none())).map_err(|it| resume::refused(&it))?;
    let freed = past.drop_recording().map_err(|it| resume::refused(&it))?;
    if freed == 0 {
        output::note("nothing was recorded of that run, or it was removed before");
    } else {
        output::note(format_args!("removed the recording: {}", bytes(freed)));
    }
    Ok(Exit::Success)
}
