//! `fluxloop replay`: judges the recorded answers of a run by other rules.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fluxloop_config::{LoadOptions, Loaded};
use fluxloop_redact::Redactor;
use fluxloop_runner::{Replayer, is_replayable};
use fluxloop_store::{PastRecording, PastRun, RunDirectory, RunInfo, StoreError};
use fluxloop_trace::{
    RunEvent, RunSource, RunSourceKind, RunStatus, Summary, Tally, Trace, Warning, WarningCode,
};
use jiff::Zoned;
use uuid::Uuid;

use crate::args::ReplayArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::judging::Carried;
use crate::run_experiment::{exit_of, summary_reporter};
use crate::{findings, loading, logging, output, report_command, resume, sinks};

/// How many records are written at once.
const BATCH: usize = 256;

/// How many cases that were not recorded are named.
const NAMED: usize = 100;

pub(crate) fn run(args: &ReplayArgs) -> Result<Exit, Ended> {
    let folder = args.run.folder(&args.load)?;
    let loaded = load(args, &folder)?;
    let redactor = loaded.plan.redactor.clone();
    logging::install(&redactor);
    replay(args, &folder, loaded).map_err(|ended| ended.masked(&redactor))
}

/// Loads the rules. The inputs are those that were recorded, and nothing is sent, so neither they nor
/// variables have to be there.
fn load(args: &ReplayArgs, folder: &Path) -> Result<Loaded, Ended> {
    let options = loading::options_of_run(folder, &args.load)?;
    let options = LoadOptions { mock: true, dry_run: true, ..options };
    fluxloop_config::load(&options).map_err(|errors| findings::ended(&errors))
}

fn replay(args: &ReplayArgs, folder: &Path, loaded: Loaded) -> Result<Exit, Ended> {
    let is_other = args.load.names_other_config();
    if is_other {
        findings::show(&loaded.findings);
    }
    let redactor = loaded.plan.redactor.clone();
    let rules = match &args.load.config {
        _ if !is_other => "by the rules of that run".to_owned(),
        Some(config) => format!("by the rules of {}", output::shown_path(config).display()),
        None => "by the rules of the project".to_owned(),
    };
    let shown = output::shown_path(folder);
    output::note(
        redactor.mask(&format!("replay of {}, {rules}: nothing is sent", shown.display())),
    );
    let failure = |error: StoreError| Ended::new(Exit::Failure, &error).hint(error.hint());
    let past = PastRun::open(folder, &redactor).map_err(|error| resume::refused(&error))?;
    let Some(recording) = past.recording().map_err(failure)? else {
        let what = format!("nothing was recorded of `{}`", folder.display());
        let hint = "answers are recorded unless the configuration says `record: off`, and until \
                    `fluxloop record drop` removes them";
        return Err(Ended::message(Exit::Configuration, what).hint(Some(hint)));
    };
    let info = RunInfo {
        name: redactor.mask(&loaded.plan.name),
        config: loaded.settings.as_written().clone(),
        config_yaml: loaded.settings.to_yaml(),
        config_hash: loaded.settings.hash().to_owned(),
        inputs_hash: past.inputs_hash().to_owned(),
        is_mock: past.is_mock(),
        source: None,
        proxy: None,
    };
    let name = info.name.clone();
    let parent = args.output.clone().unwrap_or_else(|| parent_of(past.path()));
    let now = Zoned::now();
    let directory = RunDirectory::create(&parent, &now, info).map_err(failure)?;
    let folder = directory.path().to_owned();
    let page = summary_reporter(&folder, &redactor).of_replay().with_report(loaded.writes_report);
    let mut show = sinks::Show::result(page);
    let report = loaded.writes_report.then(|| redactor.clone());
    let mut show = |event| sinks::show_event(&mut show, event);
    let total = Some(past.closed());
    show(RunEvent::RunStarted { name: name.clone(), total, closed: 0 })?;
    let judge = loaded.judge.map(|judge| {
        Carried::new(judge, past.is_mock(), [past.path(), directory.path()], &loaded.judging)
    });
    let mut judged = Judged {
        tally: Tally::with_targets(loaded.judging.targets().clone()).with_any_iterations(),
        judge: judge.transpose().map_err(failure)?,
        replayer: Replayer::new(loaded.plan).judge_by(loaded.judging),
        recording,
        directory,
        batch: Vec::with_capacity(BATCH),
        source: RunSource {
            run: redactor.mask(&folder_name(past.path())),
            kind: RunSourceKind::Replay,
            missing: 0,
            missing_cases: Vec::new(),
        },
    };
    for record in past.records().map_err(failure)? {
        if let Some(trace) = judged.judge(record.map_err(failure)?).map_err(failure)? {
            show(RunEvent::CaseFinished(trace))?;
        }
    }
    let warnings = judged.warnings(&redactor);
    for warning in warnings {
        judged.tally.warn(warning.clone());
        show(RunEvent::Warning(warning))?;
    }
    let summary =
        judged.finish(past.summary(), format!("{:.6}", now.timestamp())).map_err(failure)?;
    report_command::at_end(&folder, report.as_ref());
    let exit = exit_of(args.exit_zero, &summary);
    show(RunEvent::RunFinished(Arc::new(summary)))?;
    Ok(exit)
}

/// The new run, while it is made.
struct Judged {
    /// What the judge made of the answers.
    judge: Option<Carried>,
    replayer: Replayer,
    recording: PastRecording,
    directory: RunDirectory,
    /// What is to be written next.
    batch: Vec<Arc<Trace>>,
    tally: Tally,
    source: RunSource,
}

impl Judged {
    /// Judges a case again; `None` when that cannot be done.
    fn judge(&mut self, trace: Trace) -> Result<Option<Arc<Trace>>, StoreError> {
        let id = trace.trace_id.parse::<Uuid>().ok().filter(|_| is_replayable(&trace));
        let recorded = id.and_then(|id| self.recording.read(id.as_u128()));
        let recorded = recorded.and_then(|recorded| {
            recorded
                .inspect_err(|error| tracing::warn!(case = %trace.case_id, %error, "unread"))
                .ok()
        });
        let judged = match recorded {
            Some(recorded) => self.replayer.judge(&trace, &recorded).ok(),
            // No request was sent, so there is nothing that could have been recorded.
            None if is_replayable(&trace) && trace.attempts().next().is_none() => {
                Some(trace.clone())
            }
            None => None,
        };
        let Some(mut judged) = judged else {
            self.source.missing += 1;
            if self.source.missing_cases.len() < NAMED {
                self.source.missing_cases.push(trace.case_id);
            }
            return Ok(None);
        };
        if let Some(judge) = &mut self.judge {
            judge.carry_over(&mut judged)?;
        }
        self.tally.add(&judged);
        let judged = Arc::new(judged);
        self.batch.push(Arc::clone(&judged));
        if self.batch.len() == BATCH {
            self.write()?;
        }
        Ok(Some(judged))
    }

    fn write(&mut self) -> Result<(), StoreError> {
        let batch = self.batch.drain(..).collect::<Vec<_>>();
        self.directory.append(batch.iter().map(|trace| &**trace))
    }

    fn warnings(&self, redactor: &Redactor) -> Vec<Warning> {
        let missing = self.source.missing;
        let missing = (missing > 0).then(|| {
            let words = format!("{missing} cases of that run are not here: they were not recorded");
            Warning::new(WarningCode::RecordingIncomplete, redactor.mask(&words))
        });
        let unused = self.replayer.unused_rules();
        let unused = (!unused.is_empty()).then(|| {
            let words =
                format!("rules of the schema that matched in no answer: {}", unused.join(", "));
            Warning::new(WarningCode::UnusedRules, redactor.mask(&words))
        });
        missing.into_iter().chain(unused).collect()
    }

    /// Writes the files that follow from the records.
    fn finish(mut self, past: &Summary, date: String) -> Result<Summary, StoreError> {
        self.write()?;
        let is_whole = past.status == RunStatus::Complete && self.source.missing == 0;
        let status = if is_whole { RunStatus::Complete } else { RunStatus::Partial };
        let elapsed = Duration::try_from_secs_f64(past.results.duration_seconds);
        self.tally.note_parallelism(past.achieved_parallelism);
        let name = self.directory.name().clone();
        let summary = self.tally.summary(name, date, status, elapsed.unwrap_or_default());
        self.directory.made_from(self.source).finish(&summary)?;
        Ok(summary)
    }
}

fn folder_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn parent_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
