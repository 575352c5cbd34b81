//! `fluxloop judge`: asks the judge about the answers of a run that is ended.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;
use fluxloop_config::{LoadOptions, Loaded, to_yaml};
use fluxloop_expect::{JudgePlan, Judging};
use fluxloop_redact::Redactor;
use fluxloop_store::{PastRun, RunInfo, StoreError};
use fluxloop_trace::RunStatus;

use crate::args::LoadArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::judging::{Judge, settle};
use crate::run_experiment::{exit_of, summary_reporter};
use crate::runs::RunArg;
use crate::signals::{Signals, UnderWay};
use crate::sinks::Show;
use crate::{findings, loading, logging, output, resume, runtime};

const JUDGE_EXAMPLES: &str = "\
Examples:
  fluxloop judge last
  fluxloop judge experiments/exp_20260102_030405 --config configs/with_judge.yaml
  fluxloop judge experiments/exp_20260102_030405 --again --set judge.repeat=3";

#[derive(Args, Clone, Debug)]
#[command(after_help = JUDGE_EXAMPLES)]
pub(crate) struct JudgeArgs {
    /// The folder of the run, or `last`
    #[arg(value_name = "RUN")]
    pub(crate) run: RunArg,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Ask about every answer, also where there is a verdict
    #[arg(long)]
    pub(crate) again: bool,
    /// Let the mock agent play the judge: it passes every answer
    #[arg(long)]
    pub(crate) mock: bool,
    /// Exit with 0 although cases failed
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

pub(crate) fn run(args: &JudgeArgs) -> Result<Exit, Ended> {
    let folder = args.run.folder(&args.load)?;
    let loaded = load(&folder, &args.load, args.mock)?;
    let redactor = loaded.plan.redactor.clone();
    logging::install(&redactor);
    judge(args, &folder, loaded).map_err(|ended| ended.masked(&redactor))
}

/// Loads a configuration; if none is named, that of the run. The inputs are those that were recorded,
/// and nothing is sent to the agent, so neither they nor its variables have to be there.
fn load(folder: &Path, args: &LoadArgs, mock: bool) -> Result<Loaded, Ended> {
    let options = loading::options_of_run(folder, args)?;
    let options = LoadOptions { mock, judge_only: true, ..options };
    fluxloop_config::load(&options).map_err(|errors| findings::ended(&errors))
}

/// Whether a run is ended, with all of its files.
fn is_ended(past: &PastRun) -> bool {
    let status = past.summary().status;
    !matches!(status, RunStatus::Running | RunStatus::Interrupted) && past.is_in_order()
}

fn judge(args: &JudgeArgs, folder: &Path, loaded: Loaded) -> Result<Exit, Ended> {
    let Loaded { plan, judging, judge, settings, findings, writes_report, .. } = loaded;
    let redactor = plan.redactor;
    let Some(judge) = judge else {
        let hint = "add `judge` to the configuration, or name one that has it with `--config`";
        let what = "the configuration has no `judge`";
        return Err(Ended::message(Exit::Configuration, what).hint(Some(hint)));
    };
    let judging = if args.load.names_other_config() {
        findings::show(&findings);
        load(folder, &LoadArgs::default(), args.mock)?.judging
    } else {
        judging
    };
    let past = PastRun::open(folder, &redactor).map_err(|error| resume::refused(&error))?;
    if !is_ended(&past) {
        let what = format!("`{}` is not ended, or its files are not whole", folder.display());
        let hint = "resume it first; a run with `judge` in its configuration is judged then, too";
        return Err(Ended::message(Exit::Configuration, what).hint(Some(hint)));
    }
    let mut config = past.config().clone();
    config["judge"] = settings.as_written()["judge"].clone();
    let info = RunInfo {
        name: past.summary().name.clone(),
        config_yaml: to_yaml(&config),
        config,
        config_hash: past.config_hash().to_owned(),
        inputs_hash: past.inputs_hash().to_owned(),
        is_mock: past.is_mock(),
        source: past.source().cloned(),
        proxy: past.proxy().cloned(),
    };
    let threads = |error: io::Error| Ended::new(Exit::Failure, &error);
    let runtime = runtime::start(args.mock).map_err(threads)?;
    let signals = Signals::listen().map_err(threads)?;
    output::never_wait_for_stderr().map_err(threads)?;
    let report = writes_report.then(|| redactor.clone());
    let by = (judge, judging, redactor, report);
    let exit = runtime.block_on(execute(args, (past, info), by, signals));
    runtime.shutdown_background();
    exit
}

async fn execute(
    args: &JudgeArgs,
    (past, info): (PastRun, RunInfo),
    (judge, judging, redactor, report): (
        JudgePlan,
        Arc<Judging>,
        Arc<Redactor>,
        Option<Arc<Redactor>>,
    ),
    (signals, _under_way): (Signals, UnderWay),
) -> Result<Exit, Ended> {
    let failure = |error: StoreError| Ended::new(Exit::Failure, &error).hint(error.hint());
    let (directory, summary) = past.reopen(info).map_err(failure)?;
    let path = directory.path().to_owned();
    let judge = Judge::start(judge, args.mock).await?;
    let is_over = Arc::new(AtomicBool::new(true));
    let mut asked = judge.ask(path.clone(), args.again, is_over, signals.stop()).await?;
    // The run was ended before.
    asked.is_interrupted = false;
    directory.write_config().map_err(failure)?;
    let page = Show::result(summary_reporter(&path, &redactor).with_report(report.is_some()));
    let summary = settle((directory, report), asked, (&judging, &redactor), &summary, page)?;
    Ok(signals.exit().unwrap_or_else(|| exit_of(args.exit_zero, &summary)))
}
