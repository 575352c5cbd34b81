//! The judge of a run: another endpoint that says whether an answer is good.
//!
//! It is asked about the closed cases of a run, which are read from its journal. So it sees what the
//! record has, masked, and a run that was killed goes on where it was: each judgement is on disk the
//! moment it is made, under a hash of all that decides about it. At the end the records take over
//! their judgements.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fluxloop_expect::{JudgePhase, JudgePlan, Judging, Questions, ReplyRules};
use fluxloop_mock::{MockAgent, Reply};
use fluxloop_plan::Plan;
use fluxloop_redact::{Masked, Redactor};
use fluxloop_runner::{Runner, Sink, Stop};
use fluxloop_store::{Judge as JudgeRecord, Judgements, RunDirectory, StoreError, StoredRun};
use fluxloop_trace::{Judgement, RunEvent, RunStatus, Summary, Tally, Trace, Verdict};

use crate::errors::Ended;
use crate::exit::Exit;
use crate::run_experiment::{MOCK_GRACE, run_failed, start_mock};
use crate::{mock_agent, output, report_command, sinks};

mod bench;
mod carried;
mod source;

use bench::{Bench, Votes};
pub(crate) use carried::Carried;
use source::{ClosedCases, Waiting};

/// A judge that is asked about the cases of a run.
pub(crate) struct Judge {
    plan: Plan,
    rules: ReplyRules,
    repeat: u64,
    pub(crate) phase: JudgePhase,
    questions: Questions,
    /// Plays the judge in a run with `--mock`.
    mock: Option<MockAgent>,
}

/// What the judge was asked, while a run goes on or after it.
pub(crate) struct Asked {
    bench: Bench,
    questions: Questions,
    /// Why an answer has no judgement.
    without: &'static str,
    /// Whether a signal ended it.
    pub(crate) is_interrupted: bool,
}

impl Judge {
    /// Makes a judge ready. With `is_mock`, the mock agent plays it.
    pub(crate) async fn start(judge: JudgePlan, is_mock: bool) -> Result<Self, Ended> {
        let JudgePlan { mut plan, rules, repeat, phase, mut questions } = judge;
        let mut mock = None;
        if is_mock {
            let reply = Reply::Text(rules.sample().to_string().into());
            let agent = start_mock(&plan, &fluxloop_mock::Dialect::Auto, reply).await?;
            let redirected = mock_agent::redirect(&mut plan, agent.addr());
            redirected.map_err(|error| Ended::new(Exit::Failure, &error))?;
            questions = questions.to_a_mock();
            mock = Some(agent);
        }
        Ok(Self { plan, rules, repeat: repeat.get().into(), phase, questions, mock })
    }

    /// Asks about each closed case of a run that succeeded and has no verdict of the judge by now.
    /// Goes on until `is_over` says that no more cases will be closed, or until `stop` ends it.
    ///
    /// This process has to hold the folder. With `anew`, earlier judgements do not count.
    pub(crate) async fn ask(
        self,
        folder: PathBuf,
        anew: bool,
        is_over: Arc<AtomicBool>,
        stop: Stop,
    ) -> Result<Asked, Ended> {
        let Self { plan, rules, repeat, questions, mock, .. } = self;
        let redactor = plan.redactor.clone();
        let judgements = Judgements::open(&folder, &redactor, anew).map_err(|it| failed(&it))?;
        let stored = StoredRun::open(&folder, &redactor).map_err(|error| failed(&error))?;
        let records = stored.records().map_err(|error| failed(&error))?;
        let bench = Bench::new(judgements, repeat);
        let cases =
            ClosedCases::read(Waiting { records, is_over }, bench.clone(), questions.clone());
        let votes = Votes::new(bench.clone(), rules, redactor);
        let runner = Runner::new(plan).map_err(|error| run_failed(&error))?;
        let sinks: Vec<Box<dyn Sink>> = vec![Box::new(votes)];
        // The future of a run is large.
        let run = Box::pin(runner.run(cases, sinks, stop));
        let summary = run.await.map_err(|error| {
            run_failed(&error).hint(Some("resume the run to ask the judge again"))
        })?;
        if let Some(mock) = mock {
            mock.shutdown(MOCK_GRACE).await;
        }
        bench.tell_end();
        Ok(Asked {
            bench,
            questions,
            without: match summary.status {
                RunStatus::EndedEarly => {
                    "the judge was not asked: a limit of `judge.stop` was reached"
                }
                _ => "the judge was not asked: the run was ended before",
            },
            is_interrupted: summary.status == RunStatus::Interrupted,
        })
    }

    /// Asks nothing: a signal has ended the run.
    pub(crate) fn ask_nothing(self, folder: &Path) -> Result<Asked, Ended> {
        let judgements = Judgements::open(folder, &self.plan.redactor, false);
        Ok(Asked {
            bench: Bench::new(judgements.map_err(|error| failed(&error))?, self.repeat),
            questions: self.questions,
            without: "the judge was not asked: the run was ended before",
            is_interrupted: true,
        })
    }
}

impl Asked {
    /// What the judge made of the answer of a case; `None` for a case that did not succeed.
    fn judgement(&self, trace: &Trace) -> Option<Judgement> {
        if !trace.success {
            return None;
        }
        let hash = self.questions.hash(&self.questions.question(0, trace));
        let judgement = self.bench.judgement(&hash, &trace.trace_id);
        Some(judgement.unwrap_or_else(|| unjudged(self.without, hash)))
    }

    /// What puts the judgements into records, together with what expectations make of them.
    pub(crate) fn into_judge(self, judging: Arc<Judging>, redactor: Arc<Redactor>) -> JudgeRecord {
        Box::new(move |trace| {
            let judgement = self.judgement(trace);
            let is_new = trace.judge != judgement;
            trace.judge = judgement;
            judging.judge_again(trace, &redactor) || is_new
        })
    }
}

/// Nothing was asked about an answer.
fn unjudged(why: &'static str, hash: String) -> Judgement {
    Judgement {
        verdict: Verdict::Unjudged,
        reason: Some(Masked::from_static(why)),
        votes: None,
        attempts: 0,
        duration_ms: Duration::ZERO.into(),
        token_usage: None,
        model: None,
        hash,
        reused: false,
    }
}

/// Gives the records of a run their judgements, writes the files that follow from them, and shows what
/// came of the run. With a redactor, `report.html` is written, too. `summary` is that of the run
/// without its judge.
pub(crate) fn settle(
    (mut directory, report): (RunDirectory, Option<Arc<Redactor>>),
    asked: Asked,
    (judging, redactor): (&Arc<Judging>, &Arc<Redactor>),
    summary: &Summary,
    mut show: impl Sink,
) -> Result<Summary, Ended> {
    let status = match summary.status {
        RunStatus::Complete if asked.is_interrupted => RunStatus::Interrupted,
        status => status,
    };
    let judge = asked.into_judge(judging.clone(), redactor.clone());
    directory.judge_again(redactor, judge).map_err(|error| failed(&error))?;
    let mut show = |event| sinks::show_event(&mut show, event);
    let total = summary.results.total_runs;
    let name = summary.name.clone();
    show(RunEvent::RunStarted { name: name.clone(), total: Some(total), closed: total })?;
    let mut tally = Tally::with_targets(judging.targets().clone()).with_any_iterations();
    for record in directory.records(redactor.clone()).map_err(|error| failed(&error))? {
        let trace = Arc::new(record.map_err(|error| failed(&error))?);
        tally.add(&trace);
        show(RunEvent::CaseRestored(trace))?;
    }
    let elapsed = Duration::try_from_secs_f64(summary.results.duration_seconds);
    let judged = tally.summary(name, summary.date.clone(), status, elapsed.unwrap_or_default());
    let summary = Summary { status, ..summary.clone() }.judged_as(judged);
    let folder = directory.path().to_owned();
    directory.finish(&summary).map_err(|error| failed(&error))?;
    report_command::at_end(&folder, report.as_ref());
    show(RunEvent::RunFinished(Arc::new(summary.clone())))?;
    Ok(summary)
}

/// Waits for a judge that is asked while the run goes on, or asks it now.
pub(crate) async fn finished(
    judge: Pending,
    folder: &Path,
    status: RunStatus,
    stop: Stop,
) -> Result<Asked, Ended> {
    match judge {
        Pending::Inline { asked, is_over } => {
            is_over.store(true, Ordering::Release);
            asked.await.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(cancelled) => Err(Ended::new(Exit::Failure, &cancelled)),
            })
        }
        Pending::After(judge) if status == RunStatus::Interrupted => judge.ask_nothing(folder),
        Pending::After(judge) => {
            output::note("all cases are closed: the judge is asked about their answers");
            judge.ask(folder.to_owned(), false, Arc::new(AtomicBool::new(true)), stop).await
        }
    }
}

/// A judge that is asked, or will be.
pub(crate) enum Pending {
    After(Box<Judge>),
    Inline {
        asked: tokio::task::JoinHandle<Result<Asked, Ended>>,
        /// Whether no more cases will be closed.
        is_over: Arc<AtomicBool>,
    },
}

impl Pending {
    /// Begins to ask a judge that is asked while the run goes on.
    pub(crate) fn begin(judge: Judge, folder: &Path, stop: Stop) -> Self {
        match judge.phase {
            JudgePhase::After => Self::After(Box::new(judge)),
            JudgePhase::Inline => {
                let is_over = Arc::new(AtomicBool::new(false));
                let asked = judge.ask(folder.to_owned(), false, is_over.clone(), stop);
                Self::Inline { asked: tokio::spawn(asked), is_over }
            }
        }
    }
}

fn failed(error: &StoreError) -> Ended {
    Ended::new(Exit::Failure, error).hint(error.hint())
}
