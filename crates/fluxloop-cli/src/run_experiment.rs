//! `fluxloop run experiment`: from the command line to the exit code.

use std::collections::BTreeSet;
use std::error::Error;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fluxloop_config::{Inputs, LoadOptions, Loaded};
use fluxloop_expect::Judging;
use fluxloop_explain::counted;
use fluxloop_mock::{Dialect, MockAgent, MockOptions, Reply};
use fluxloop_plan::{Plan, RecordMode, cases, sealed};
use fluxloop_redact::{Masked, Redactor};
use fluxloop_report::{
    LineReporter, ProgressReporter, Reporter, SummaryReporter, VerboseReporter, visible,
};
use fluxloop_runner::{RunError, Runner, Sink};
use fluxloop_store::{RunDirectory, RunInfo};
use fluxloop_trace::{Summary, Warning, WarningCode};

use crate::args::ExperimentArgs;
use crate::case_source::{InputCases, total};
use crate::confirm::{Answer, Asked};
use crate::errors::Ended;
use crate::exit::Exit;
use crate::export::AtEnd;
use crate::judging::{Judge, Pending};
use crate::recording::Kept;
use crate::resume::{self, Resumed};
use crate::signals::{Signals, UnderWay};
use crate::sinks::{Show, Store};
use crate::{
    confirm, descriptors, dry_run, findings, judging, loading, logging, mock_agent, output,
    runtime, sinks,
};

/// How long the mock may take to end answers that nobody reads any more.
pub(crate) const MOCK_GRACE: Duration = Duration::from_millis(100);

pub(crate) fn run(args: &ExperimentArgs) -> Result<Exit, Ended> {
    let failed = args.failed_of.as_ref().map(|run| run.folder(&args.load)).transpose()?;
    let failed = failed.as_deref().map(resume::failed_of).transpose()?;
    if failed.as_ref().is_some_and(BTreeSet::is_empty) {
        output::note("every case of that run passed: nothing is sent");
        return Ok(Exit::Success);
    }
    let loaded = load(args, failed)?;
    let redactor = loaded.plan.redactor.clone();
    logging::install(&redactor);
    run_loaded(args, loaded).map_err(|ended| ended.masked(&redactor))
}

/// Says where the configuration is and what is wrong with it; returns the proxy, as it is shown.
fn show_what_is_used(loaded: &Loaded) -> Option<Masked> {
    for file in loaded.settings.files() {
        tracing::debug!(file = %file.display(), "read");
    }
    if loaded.is_above {
        let root = output::shown_path(&loaded.project_root);
        output::note(
            loaded.plan.redactor.mask(&format!("using the project in {}", root.display())),
        );
    }
    findings::show(&loaded.findings);
    let proxy = loaded.plan.connection.proxy.as_ref();
    let proxy = proxy.map(|proxy| loaded.plan.redactor.mask(&proxy.to_string()));
    if let Some(proxy) = &proxy {
        tracing::info!(%proxy, "requests go through a proxy");
    }
    proxy
}

fn run_loaded(args: &ExperimentArgs, mut loaded: Loaded) -> Result<Exit, Ended> {
    let proxy = show_what_is_used(&loaded);
    if let Some(count) = args.dry_run {
        if let Some(proxy) = proxy {
            output::note(format_args!("requests go through the proxy {proxy}"));
        }
        return show_requests(&loaded, count);
    }
    let total = total(&loaded.inputs, &loaded.plan);
    let info = info(&loaded, args.mock.is_some());
    let mut resumed = match &args.resume {
        Some(run) => Some(resume::open(&run.folder(&args.load)?, &loaded, &info, args)?),
        None => None,
    };
    if let Some(resumed) = resumed.take_if(|resumed| resumed.is_complete(total)) {
        output::note("every case was done before: nothing is sent");
        let page = summary_reporter(resumed.path(), &loaded.plan.redactor);
        let summary = resumed.tell(Show::result(page))?;
        return Ok(exit_of(args.exit_zero, summary));
    }
    let left = resumed.as_ref().map_or(total, |resumed| resumed.left(total));
    let asked = Asked {
        left,
        yes: args.yes,
        mock: args.mock.is_some(),
        resume: args.resume.is_some(),
        terminal: output::can_ask(),
    };
    match confirm::large_run(asked) {
        Answer::Yes => {}
        Answer::No => {
            output::note("nothing was sent");
            return Ok(Exit::Failure);
        }
        Answer::NeedsYes => {
            let why =
                format!("{left} runs would be sent, and nobody can be asked; nothing was sent");
            let hint = "add `--yes`, or send fewer inputs with `--limit`";
            return Err(Ended::message(Exit::Usage, why).hint(Some(hint)));
        }
    }
    let at_once = left.min(loaded.plan.parallelism.get() as u64);
    // The mock agent has the other end of each connection.
    let ends = if args.mock.is_some() { 2 } else { 1 };
    if let Some(connections) = descriptors::make_room(at_once.saturating_mul(ends)) {
        let possible = NonZeroUsize::new(usize::try_from(connections / ends).unwrap_or(usize::MAX))
            .unwrap_or(NonZeroUsize::MIN);
        output::warning(format!(
            "this process may not open enough files for {at_once} cases at once, so at most \
             {possible} run at once; raise the limit (`ulimit -Hn`), or lower `parallelism`"
        ));
        loaded.plan.parallelism = possible;
    }
    let threads = |error: io::Error| {
        let why = format!("the threads of a run could not be started: {error}");
        let hint =
            "raise the limit of processes and threads (`ulimit -u`, or that of the container)";
        Ended::message(Exit::Failure, why).hint(Some(hint))
    };
    let runtime = runtime::start(args.mock.is_some()).map_err(threads)?;
    let signals = Signals::listen().map_err(threads)?;
    output::never_wait_for_stderr().map_err(threads)?;
    // As a task it runs where its cases run: handing them over costs no switch of threads.
    let driven = runtime.spawn(execute(args.clone(), loaded, info, resumed, signals));
    let exit = runtime.block_on(driven).unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(cancelled) => Err(Ended::new(Exit::Failure, &cancelled)),
    });
    // Nothing that is still under way (a connection that closes slowly) may hold the exit up.
    runtime.shutdown_background();
    exit
}

fn load(args: &ExperimentArgs, failed: Option<BTreeSet<String>>) -> Result<Loaded, Ended> {
    let resumed = args.resume.as_ref().map(|run| run.folder(&args.load)).transpose()?;
    let options = LoadOptions {
        iterations: args.iterations,
        parallelism: args.parallelism,
        output: args.output.clone(),
        personas: args.personas.clone(),
        inputs: args.input.clone(),
        only: args.only.clone(),
        limit: args.limit,
        ids: failed,
        saved_input: resumed.map(|folder| folder.join(RunDirectory::INPUTS)),
        mock: args.mock.is_some(),
        dry_run: args.dry_run.is_some(),
        ..loading::options(&args.load)?
    };
    fluxloop_config::load(&options).map_err(|errors| findings::ended(&errors))
}

fn show_requests(loaded: &Loaded, count: usize) -> Result<Exit, Ended> {
    let all = cases(loaded.inputs.iter(), loaded.plan.iterations);
    let mut exit = Exit::Success;
    for case in all.take(count) {
        let case = case.map_err(|error| Ended::new(Exit::Configuration, &error))?;
        let shown = dry_run::show(&loaded.plan, &case).unwrap_or_else(|why_not| {
            exit = Exit::CasesFailed;
            why_not
        });
        output::result(visible(shown.as_str()));
        let judge = loaded.judge.as_ref();
        if let Some(shown) = judge.map(|judge| dry_run::show_question(judge, &case)) {
            output::result(visible(shown.unwrap_or_else(|why_not| why_not).as_str()));
        }
    }
    let total = total(&loaded.inputs, &loaded.plan);
    let runs = counted(total, "run", "runs");
    output::note(format_args!("dry run: nothing was sent, nothing was written ({runs})"));
    Ok(exit)
}

/// What is to be kept of a run beside its cases.
fn info(loaded: &Loaded, is_mock: bool) -> RunInfo {
    let proxy = loaded.plan.connection.proxy.as_ref();
    RunInfo {
        name: loaded.plan.redactor.mask(&loaded.plan.name),
        config: loaded.settings.as_written().clone(),
        config_yaml: loaded.settings.to_yaml(),
        config_hash: loaded.settings.hash().to_owned(),
        inputs_hash: sealed(loaded.inputs.hash(), loaded.settings.hash()),
        is_mock,
        source: None,
        proxy: proxy.map(|proxy| loaded.plan.redactor.mask(&proxy.address())),
    }
}

async fn execute(
    args: ExperimentArgs,
    loaded: Loaded,
    info: RunInfo,
    resumed: Option<Resumed>,
    (signals, under_way): (Signals, UnderWay),
) -> Result<Exit, Ended> {
    let Loaded {
        mut plan, inputs, judging, judge, exports, output_directory, writes_report, ..
    } = loaded;
    let exports = AtEnd::new(exports)?;
    let failure = |error: &(dyn Error + 'static)| Ended::new(Exit::Failure, error);
    let mock = match &args.mock {
        Some(dialect) => {
            let mock = start_mock(&plan, dialect, Reply::Echo).await?;
            mock_agent::redirect(&mut plan, mock.addr()).map_err(|error| failure(&error))?;
            Some(mock)
        }
        None => None,
    };

    let judge = match judge {
        Some(judge) => Some(Judge::start(judge, args.mock.is_some()).await?),
        None => None,
    };
    let cases = InputCases::new(&inputs, &plan);
    let records = plan.record != RecordMode::Off;
    let redactor = plan.redactor.clone();
    let mut runner = Runner::new(plan).map_err(|error| run_failed(&error))?;
    let warning = nothing_asserted(&inputs, &judging, &redactor).filter(|_| judge.is_none());
    if let Some(warning) = warning {
        runner = runner.warn(warning);
    }
    let runner = runner.judge_by(judging.clone());
    let is_new = resumed.is_none();
    let (directory, runner) = begin(runner, resumed, info, &redactor, &output_directory)?;
    // Standard input cannot be read a second time: it is kept before anything is sent.
    if let Some(lines) = inputs.standard_input().filter(|_| is_new) {
        let lines = lines.map(|line| line.map_err(Box::<dyn Error + Send + Sync>::from));
        directory.keep_inputs(lines).map_err(|error| failure(&*error))?;
    }

    let runner = if records {
        let recording =
            directory.recording().map_err(|error| failure(&error).hint(error.hint()))?;
        runner.record(Box::new(Kept(recording))).map_err(|error| run_failed(&error))?
    } else {
        runner
    };
    let folder = output::shown_path(directory.path());
    let path = directory.path().to_owned();
    let judge = judge.map(|judge| Pending::begin(judge, &path, signals.stop()));
    let page = Show::result(summary_reporter(&path, &redactor).with_report(writes_report));
    let progress = Box::new(Show::progress(progress(&args)));
    let kept = Arc::new(Mutex::new(None));
    let report = writes_report.then(|| redactor.clone());
    // The store first: what is shown as done is on disk. A judge comes before the page.
    let store = Store::new(directory, under_way).with_report(report.clone());
    let (sinks, page): (Vec<Box<dyn Sink>>, _) = if judge.is_some() {
        (vec![Box::new(store.handing_over(kept.clone())), progress], Some(page))
    } else {
        (vec![Box::new(store), progress, Box::new(page)], None)
    };
    let mut summary =
        runner.run(cases, sinks, signals.stop()).await.map_err(|error| match &error {
            RunError::Sink(sink) => failure(&error).hint(Some(sinks::hint(sink, &folder))),
            _ => run_failed(&error),
        })?;
    if let Some(mock) = mock {
        mock.shutdown(MOCK_GRACE).await;
    }
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let (Some(judge), Some((directory, _under_way)), Some(page)) = (judge, kept, page) {
        let asked = judging::finished(judge, &path, summary.status, signals.stop()).await?;
        let by = (&judging, &redactor);
        summary = Arc::new(judging::settle((directory, report), asked, by, &summary, page)?);
    }
    let exported = exports.export(&path).await;
    match signals.exit() {
        // A signal decides the exit code, whatever came of the exports.
        Some(exit) => Ok(exit),
        None => exported.map(|()| exit_of(args.exit_zero, &summary)),
    }
}

/// Makes the folder of the run, or goes on in that of a run that is resumed.
fn begin(
    runner: Runner,
    resumed: Option<Resumed>,
    info: RunInfo,
    redactor: &Arc<Redactor>,
    parent: &Path,
) -> Result<(RunDirectory, Runner), Ended> {
    let started = runner.started();
    let begun = if let Some(resumed) = resumed {
        let begun = resumed.begin(info, redactor, started);
        begun.map(|(directory, past)| (directory, runner.resume(past)))
    } else {
        let started = started.to_zoned(jiff::tz::TimeZone::system());
        let begun = RunDirectory::create(parent, &started, info);
        begun.map(|directory| (directory, runner))
    };
    begun.map_err(|error| Ended::new(Exit::Failure, &error).hint(error.hint()))
}

/// That inputs say what is expected, which no expectation checks.
fn nothing_asserted(inputs: &Inputs, judging: &Judging, redactor: &Redactor) -> Option<Warning> {
    let asserts = judging.count() > 0 || inputs.with_expectations() > 0;
    let count = Some(inputs.with_expected()).filter(|count| *count > 0 && !asserts)?;
    let words = format!("nothing was asserted, although {count} inputs say what is expected");
    Some(Warning::new(WarningCode::NothingAsserted, redactor.mask(&words)))
}

/// Starts the mock agent that plays the endpoint of a plan.
pub(crate) async fn start_mock(
    plan: &Plan,
    dialect: &Dialect,
    reply: Reply,
) -> Result<MockAgent, Ended> {
    let options = mock_agent::options(plan, dialect).map_err(|error| {
        Ended::new(Exit::Configuration, &error).hint(Some(
            "name a dialect: `--mock=openai-chat`, `--mock=anthropic` or another preset",
        ))
    })?;
    MockAgent::start(MockOptions { reply, ..options })
        .await
        .map_err(|error| Ended::new(Exit::Failure, &error).hint(error.hint()))
}

pub(crate) fn run_failed(error: &RunError) -> Ended {
    let exit = if error.is_configuration() { Exit::Configuration } else { Exit::Failure };
    Ended::new(exit, error).hint(error.hint())
}

/// What the figures say.
pub(crate) fn exit_of(exit_zero: bool, summary: &Summary) -> Exit {
    if summary.is_good() || exit_zero { Exit::Success } else { Exit::CasesFailed }
}

/// Tells what came of a run.
pub(crate) fn summary_reporter(
    artifacts: &Path,
    redactor: &Redactor,
) -> SummaryReporter<io::Stdout> {
    let artifacts = redactor.mask(&output::shown_path(artifacts).to_string_lossy());
    let artifacts = PathBuf::from(artifacts.as_str());
    SummaryReporter::new(output::stdout(), output::stdout_style(), Some(artifacts))
}

/// What shows a run while it goes on.
fn progress(args: &ExperimentArgs) -> Box<dyn Reporter + Send> {
    let err = output::stderr_style();
    let bars = !args.no_display && (args.display || output::stderr_can_draw());
    if args.verbose {
        Box::new(VerboseReporter::new(output::stderr(), err))
    } else if bars {
        Box::new(ProgressReporter::new(output::screen(), err))
    } else {
        Box::new(LineReporter::new(output::stderr()))
    }
}
