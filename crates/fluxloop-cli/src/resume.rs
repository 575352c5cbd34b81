//! `--resume`: opens an earlier run and checks that it is the same.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fluxloop_config::Loaded;
use fluxloop_plan::{cases, is_sealed};
use fluxloop_redact::Redactor;
use fluxloop_runner::{CasePlaces, Past, Sink, is_record_of};
use fluxloop_store::{PastRun, RunDirectory, RunInfo, StoreError};
use fluxloop_trace::{Outcome, RunEvent, RunStatus, Summary, TimedEvent, Trace};
use jiff::Timestamp;

use crate::args::ExperimentArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;

/// An earlier run, which nothing has been done to yet.
pub(crate) struct Resumed {
    past: PastRun,
    /// Whether it goes on as another one, by force.
    is_forced: bool,
}

impl Resumed {
    /// Whether nothing is left to do: no case, and nothing in its files.
    pub(crate) fn is_complete(&self, total: u64) -> bool {
        let past = &self.past;
        let as_it_was = past.is_in_order() && !self.is_forced;
        as_it_was && past.summary().status == RunStatus::Complete && self.left(total) == 0
    }

    /// Where it is kept.
    pub(crate) fn path(&self) -> &Path {
        self.past.path()
    }

    /// How many cases are to be sent.
    pub(crate) fn left(&self, total: u64) -> u64 {
        total.saturating_sub(self.past.closed())
    }

    /// Tells once more what came of a run that is complete.
    pub(crate) fn tell(&self, mut show: impl Sink) -> Result<&Summary, Ended> {
        let failure = |error: &StoreError| Ended::new(Exit::Failure, error).hint(error.hint());
        let (summary, closed) = (self.past.summary(), self.past.closed());
        let mut show = |event| {
            let event = TimedEvent::new(Duration::ZERO, event);
            show.events(&[event]).map_err(|error| Ended::new(Exit::Failure, &*error))
        };
        show(RunEvent::RunStarted { name: summary.name.clone(), total: Some(closed), closed })?;
        for record in self.past.records().map_err(|error| failure(&error))? {
            show(RunEvent::CaseRestored(Arc::new(record.map_err(|error| failure(&error))?)))?;
        }
        show(RunEvent::RunFinished(Arc::new(summary.clone())))?;
        Ok(summary)
    }

    /// Goes on with it from now: says so on disk, and tells what the runner has to know.
    pub(crate) fn begin(
        self,
        run: RunInfo,
        redactor: &Arc<Redactor>,
        now: Timestamp,
    ) -> Result<(RunDirectory, Past), StoreError> {
        let closed = self.past.closed();
        let (directory, summary) = self.past.resume(run)?;
        let mut so_far = Summary { status: RunStatus::Running, ..summary.clone() };
        so_far.resumed_at.push(format!("{now:.6}"));
        directory.begin_again(&so_far)?;
        let records = directory.records(redactor.clone())?;
        let records = Box::new(records.map(|record| record.map_err(Into::into)));
        Ok((directory, Past { summary, closed, records }))
    }
}

/// How many of the things that differ are named.
const NAMED: usize = 10;

/// Opens the run. Its configuration has to be the one of then, and so have its inputs, unless
/// `--force` says that it does not matter.
pub(crate) fn open(
    folder: &Path,
    loaded: &Loaded,
    run: &RunInfo,
    args: &ExperimentArgs,
) -> Result<Resumed, Ended> {
    let redactor = &loaded.plan.redactor;
    let mut past = PastRun::open(folder, redactor).map_err(|error| refused(&error))?;
    if let Some(source) = past.source() {
        let what =
            format!("`{}` was made of `{}` without sending anything", folder.display(), source.run);
        let hint = "resume that run, and replay it again";
        return Err(Ended::message(Exit::Configuration, what).hint(Some(hint)));
    }
    if scheme(past.config_hash()) != scheme(&run.config_hash) {
        let what = format!("`{}` was made by another build, with other hashes", folder.display());
        let hint = "resume it with the build that made it, or begin a new run";
        return Err(Ended::message(Exit::Failure, what).hint(Some(hint)));
    }
    let differences = differences(&past, loaded, run);
    let mut is_forced = !differences.is_empty();
    if !is_forced && let Err(error) = check_records(&past, loaded) {
        if !args.force {
            return Err(refused(&error));
        }
        output::warning(redactor.mask(&error.to_string()));
        is_forced = true;
    }
    let mut places = None;
    if is_forced {
        let what = format!("this is not what `{}` ran: {differences}", folder.display());
        if !args.force {
            return Err(Ended::message(Exit::Configuration, what).hint(Some(
                "its own configuration is `config.yaml` in that folder; to go on with this one, \
                 and keep what is done as it is, add `--force`",
            )));
        }
        if !differences.is_empty() {
            output::warning(redactor.mask(&what));
        }
        // What is done stays done as far as it is asked for still.
        let all = cases(loaded.inputs.iter(), loaded.plan.iterations);
        let all = CasePlaces::of(all, &loaded.plan);
        places = Some(all.map_err(|error| Ended::new(Exit::Configuration, &error))?);
    }
    if is_forced || args.retry_failed {
        let place = |trace: &Trace| match &mut places {
            _ if args.retry_failed && trace.outcome == Outcome::Failed => None,
            Some(places) => places.take(trace),
            None => Some(trace.case_index),
        };
        past.keep(place).map_err(|error| refused(&error))?;
    }
    if !args.retry_failed && past.failed() > 0 {
        let failed = past.failed();
        output::note(format!(
            "cases that failed: {failed}; add `--retry-failed` to send them again"
        ));
    }
    Ok(Resumed { past, is_forced })
}

/// How a hash was made.
fn scheme(hash: &str) -> Option<&str> {
    hash.split_once(':').map(|(scheme, _)| scheme)
}

/// Holds each record against the case that has its place today.
fn check_records(past: &PastRun, loaded: &Loaded) -> Result<(), StoreError> {
    let (plan, unmasking) = (&loaded.plan, Redactor::none());
    let mut all = cases(loaded.inputs.iter(), loaded.plan.iterations);
    past.check(|trace| {
        let case = all.find(|it| it.as_ref().is_ok_and(|it| it.index == trace.case_index));
        case.is_some_and(|case| case.is_ok_and(|case| is_record_of(trace, &case, plan, &unmasking)))
    })
}

/// The ids of inputs with a case that did not succeed in an earlier run.
pub(crate) fn failed_of(folder: &Path) -> Result<BTreeSet<String>, Ended> {
    // What stands in records was masked when they were made.
    let past =
        PastRun::open(folder, &Arc::new(Redactor::none())).map_err(|error| refused(&error))?;
    let mut ids = BTreeSet::new();
    for record in past.records().map_err(|error| refused(&error))? {
        let record = record.map_err(|error| refused(&error))?;
        if !record.success {
            ids.insert(record.case_id.input_id.to_string());
        }
    }
    Ok(ids)
}

/// Why a run cannot be opened or read.
pub(crate) fn refused(error: &StoreError) -> Ended {
    let exit = match error {
        StoreError::NotARun { .. } => Exit::Configuration,
        _ => Exit::Failure,
    };
    Ended::new(exit, error).hint(error.hint())
}

/// What is different, in words; empty when nothing is.
fn differences(past: &PastRun, loaded: &Loaded, run: &RunInfo) -> String {
    let mut all = Vec::new();
    if past.config_hash() != run.config_hash {
        let mut keys = loaded.settings.differences(past.config());
        let more = keys.len().saturating_sub(NAMED);
        keys.truncate(NAMED);
        let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
        all.push(match (keys.is_empty(), more) {
            // The hash is of another version, or the file was changed by hand.
            (true, _) => "another configuration".to_owned(),
            (false, 0) => format!("another {}", keys.join(", ")),
            (false, more) => format!("another {} and {more} more", keys.join(", ")),
        });
    }
    if !is_sealed(loaded.inputs.hash(), past.config_hash(), past.inputs_hash()) {
        all.push(
            "other inputs, or another choice of them by `--personas`, `--only`, `--limit`, \
             `--input` or `--failed-of`"
                .to_owned(),
        );
    }
    match (past.is_mock(), run.is_mock) {
        (true, false) => all.push("it was answered by `--mock`".to_owned()),
        (false, true) => all.push("it was answered by a server, without `--mock`".to_owned()),
        _ => {}
    }
    all.join("; ")
}
