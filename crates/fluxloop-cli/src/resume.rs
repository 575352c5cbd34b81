//! `--resume`: opens an earlier run and checks that it is the same.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use fluxloop_config::Loaded;
use fluxloop_plan::{cases, is_sealed};
use fluxloop_redact::Redactor;
use fluxloop_runner::{CasePlaces, Past, Sink, is_record_of};
use fluxloop_store::{PastRun, RunDirectory, RunInfo, StoreError};
use fluxloop_trace::{RunEvent, RunStatus, Summary, Trace, Verdict, WarningCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::args::ExperimentArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{output, sinks};

/// An earlier run, which nothing has been done to yet.
pub(crate) struct Resumed {
    past: PastRun,
    /// Whether it goes on as another one, by force.
    is_forced: bool,
    /// Whether expectations, thresholds or objectives are others than they were.
    is_judged_anew: bool,
}

impl Resumed {
    /// Whether nothing is left to do: no case, and nothing in its files.
    pub(crate) fn is_complete(&self, total: u64) -> bool {
        let past = &self.past;
        let as_it_was = past.is_in_order() && !self.is_forced && !self.is_judged_anew;
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
        let mut show = |event| sinks::show_event(&mut show, event);
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
        let mut summary = summary;
        // Whether something is asserted is another question today.
        summary.warnings.retain(|warning| warning.code != WarningCode::NothingAsserted);
        let records = directory.records(redactor.clone())?;
        let records = Box::new(records.map(|record| record.map_err(Into::into)));
        Ok((directory, Past { summary, closed, records }))
    }
}

/// The keys that judge a run.
const JUDGING: [&str; 4] = ["expect", "thresholds", "slo", "judge"];
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
    let is_judged_anew = judge_again(&mut past, loaded)?;
    let (differences, has_other_inputs) = differences(&past, loaded, run);
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
            let hint = if has_other_inputs { OTHER_INPUTS } else { OTHER_CONFIGURATION };
            return Err(Ended::message(Exit::Configuration, what).hint(Some(hint)));
        }
        if !differences.is_empty() {
            output::warning(redactor.mask(&what));
        }
        // What is done stays done as far as it is asked for still.
        let all = cases(loaded.inputs.iter(), loaded.plan.iterations);
        let all = CasePlaces::of(all, &loaded.plan);
        places = Some(all.map_err(|error| Ended::new(Exit::Configuration, &error))?);
    }
    let retries_failed = args.retry_failed || args.retry_unmet;
    if is_forced || retries_failed {
        let is_open =
            |trace: &Trace| if args.retry_unmet { !trace.passed() } else { !trace.success };
        let place = |trace: &Trace| match &mut places {
            _ if retries_failed && is_open(trace) => None,
            Some(places) => places.take(trace),
            None => Some(trace.case_index),
        };
        past.keep(place).map_err(|error| refused(&error))?;
    }
    if !retries_failed && past.failed() > 0 {
        let failed = past.failed();
        output::note(format!(
            "cases that failed: {failed}; add `--retry-failed` to send them again"
        ));
    }
    if !args.retry_unmet && past.unmet() > 0 {
        let unmet = past.unmet();
        output::note(format!(
            "cases that are not as expected: {unmet}; add `--retry-unmet` to send them again"
        ));
    }
    Ok(Resumed { past, is_forced, is_judged_anew })
}

/// Judges what is closed already by the expectations of today. Says whether something that judges the
/// run is another than it was.
fn judge_again(past: &mut PastRun, loaded: &Loaded) -> Result<bool, Ended> {
    let of = |config: &Value| JUDGING.map(|key| config.get(key).cloned().unwrap_or_default());
    let is_anew = of(past.config()) != of(loaded.settings.as_written());
    let was_judged = past.summary().verdicts.keys().any(|verdict| *verdict != Verdict::None);
    let is_judged = loaded.judging.count() > 0 || loaded.inputs.with_expectations() > 0;
    if is_anew || was_judged || is_judged {
        let (judging, redactor) = (loaded.judging.clone(), loaded.plan.redactor.clone());
        // What the judge made of an answer stays until it is known whether that is what it makes of it
        // today.
        let has_judge = loaded.judge.is_some();
        let judge = Box::new(move |trace: &mut Trace| {
            let is_gone = !has_judge && trace.judge.take().is_some();
            judging.judge_again(trace, &redactor) || is_gone
        });
        past.judge_again(judge).map_err(|error| refused(&error))?;
    }
    Ok(is_anew)
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

/// The ids of inputs with a case that did not pass in an earlier run.
pub(crate) fn failed_of(folder: &Path) -> Result<BTreeSet<String>, Ended> {
    // What stands in records was masked when they were made.
    let past =
        PastRun::open(folder, &Arc::new(Redactor::none())).map_err(|error| refused(&error))?;
    let mut ids = BTreeSet::new();
    for record in past.records().map_err(|error| refused(&error))? {
        let record = record.map_err(|error| refused(&error))?;
        if !record.passed() {
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

/// What may be done where the configuration is not that of the run.
const OTHER_CONFIGURATION: &str = "its own configuration is `config.yaml` in that folder; to send the cases that are left with the \
     configuration of today, and keep the closed cases as they are, add `--force`; to send every \
     case, begin a new run without `--resume`";

/// What may be done where the inputs are not those of the run.
const OTHER_INPUTS: &str = "to keep the closed cases whose input is still the same, and send all other inputs of today, add \
     `--force`: records of inputs that changed or are gone move to `set_aside.jsonl`; to send every \
     input, begin a new run without `--resume`";

/// What is different, in words, and whether the inputs are; empty when nothing is.
fn differences(past: &PastRun, loaded: &Loaded, run: &RunInfo) -> (String, bool) {
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
    let has_other_inputs = !is_sealed(loaded.inputs.hash(), past.config_hash(), past.inputs_hash());
    if has_other_inputs {
        all.push(
            "other inputs (a file that was edited, for example), or another choice of them by \
             `--personas`, `--only`, `--limit`, `--input` or `--failed-of`"
                .to_owned(),
        );
    }
    match (past.is_mock(), run.is_mock) {
        (true, false) => all.push("it was answered by `--mock`".to_owned()),
        (false, true) => all.push("it was answered by a server, without `--mock`".to_owned()),
        _ => {}
    }
    (all.join("; "), has_other_inputs)
}
