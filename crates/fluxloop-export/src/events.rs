//! The events of a run as JSON lines, made again of its records.
//!
//! The events of a case follow each other, and cases come in the order of the inputs: sorted by
//! `at_ms`, they come as they did in the run. Text that came piece by piece is not kept in records.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use fluxloop_trace::{
    Attempt, AttemptOutcome, Milliseconds, RunEvent, RunStatus, Summary, TimedEvent, Trace,
};
use jiff::Timestamp;

use crate::time::{began, due, nanos_between, started};
use crate::{ExportError, Exporter, Run};

/// Writes the events.
pub(crate) struct Events<W> {
    out: W,
    began: Option<Timestamp>,
    run: Arc<Summary>,
    /// When the last case ended.
    end: Milliseconds,
}

impl<W: Write> Events<W> {
    /// Writes the first event.
    pub(crate) fn begin(run: &Run, out: W) -> Result<Self, ExportError> {
        let seconds = Duration::try_from_secs_f64(run.results.duration_seconds);
        let end = seconds.unwrap_or_default().into();
        let mut events = Self { out, began: began(run), run: Arc::new(run.clone()), end };
        let total = (run.status == RunStatus::Complete).then_some(run.results.total_runs);
        let first = RunEvent::RunStarted { name: run.name.clone(), total, closed: 0 };
        events.write(Milliseconds::default(), first)?;
        Ok(events)
    }

    fn write(&mut self, at: Milliseconds, event: RunEvent) -> Result<(), ExportError> {
        serde_json::to_writer(&mut self.out, &TimedEvent::new(at, event))?;
        Ok(self.out.write_all(b"\n")?)
    }

    /// The time since the run began.
    fn since(&self, time: Option<Timestamp>) -> Milliseconds {
        let between = self.began.zip(time).map(|(began, time)| nanos_between(began, time));
        Milliseconds::from_nanos(between.unwrap_or(0))
    }

    fn attempt(
        &mut self,
        trace: &Trace,
        attempt: &Attempt,
        next: Option<&Attempt>,
    ) -> Result<(), ExportError> {
        let case_id = || trace.case_id.clone();
        let start = self.since(started(attempt));
        let after =
            |took: Milliseconds| Milliseconds::from_nanos(start.as_nanos() + took.as_nanos());
        let number = attempt.number;
        self.write(start, RunEvent::AttemptStarted { case_id: case_id(), number })?;
        if let Some(first) = attempt.timings.first_token_ms {
            let event = RunEvent::FirstText { case_id: case_id(), after: first.into() };
            self.write(after(first), event)?;
        }
        let failed = attempt.outcome == AttemptOutcome::Failed;
        if let (Some(next), Some(cause), true) = (next, attempt.cause, failed) {
            let event = RunEvent::RetryPlanned {
                case_id: case_id(),
                number,
                cause,
                status: attempt.status,
                message: attempt.message.clone().unwrap_or_default(),
                wait: next.wait_before_ms.into(),
            };
            self.write(after(attempt.timings.total_ms), event)?;
        }
        Ok(())
    }
}

impl<W: Write> Exporter for Events<W> {
    fn case(&mut self, trace: &Trace) -> Result<(), ExportError> {
        let start = self.since(due(trace));
        self.write(start, RunEvent::CaseStarted { case_id: trace.case_id.clone() })?;
        for turn in &trace.turns {
            let next = turn.attempts.iter().skip(1).map(Some).chain([None]);
            for (attempt, next) in turn.attempts.iter().zip(next) {
                self.attempt(trace, attempt, next)?;
            }
        }
        let end = start.as_nanos().saturating_add(trace.duration_ms.as_nanos());
        let end = Milliseconds::from_nanos(end);
        // A run that was resumed took longer than the time that it was under way.
        self.end = self.end.max(end);
        self.write(end, RunEvent::CaseFinished(Arc::new(trace.clone())))
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        let end = self.end;
        for warning in self.run.warnings.clone() {
            self.write(end, RunEvent::Warning(warning))?;
        }
        if self.run.status != RunStatus::Running {
            let run = self.run.clone();
            self.write(end, RunEvent::RunFinished(run))?;
        }
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_trace::ExportKind;

    use crate::sample::{self, export};

    #[test]
    fn events_of_a_case_follow_each_other() {
        let written = export(ExportKind::Events, &sample::cases());
        let events = written.lines().map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
            assert_eq!(event["version"], 2);
            let case = event["data"]["case_id"].as_str().unwrap_or_default();
            format!("{} {} {case}\n", event["at_ms"], event["event"])
        });
        insta::assert_snapshot!(events.collect::<String>());
    }
}
