//! Keeps cases under way, and closes the run.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use std::{mem, panic};

use fluxloop_expect::Judging;
use fluxloop_explain::{ended_early, ended_early_remedy};
use fluxloop_plan::{Case, Pace, Plan};
use fluxloop_redact::Masked;
use fluxloop_trace::{
    Completeness, EndedBy, EndedEarly, Outcome, RecordingStop, RunEvent, RunStatus, Summary, Tally,
    Trace, Warning, WarningCode,
};
use jiff::Timestamp;
use tokio::task::{JoinError, JoinSet, yield_now};
use tokio::time::Instant;

use crate::clock::{LagMeter, RunClock};
use crate::concurrency::{Concurrency, spoiling_lag};
use crate::endpoint::Endpoint;
use crate::first_cases::{FEWEST_CASES, FirstCases};
use crate::limits::{Limits, Reached};
use crate::pace::{Pacer, Wait};
use crate::recording::{Recorder, Recording, RecordingThread};
use crate::resume::Past;
use crate::shared::Shared;
use crate::sink::{Events, SinkFailure, SinkThread};
use crate::source::{CaseSource, CasesLeft, Next};
use crate::stop::DRAIN;
use crate::{RunError, Sink, Stage, Stop, StopHandle, case, stop_signal};

/// Drives a plan.
#[derive(Debug)]
pub struct Runner {
    shared: Box<Shared>,
    past: Option<Past>,
    warnings: Vec<Warning>,
    recorder: Option<RecordingThread>,
}

impl Runner {
    /// Sets up everything that a plan needs.
    ///
    /// # Errors
    ///
    /// [`RunError::Transport`] when no HTTP client can be made of the plan.
    pub fn new(plan: Plan) -> Result<Self, RunError> {
        let endpoint = Endpoint::of(&plan)?;
        let shared = Box::new(Shared::new(plan, endpoint, RunClock::start()));
        Ok(Self { shared, past: None, warnings: Vec::new(), recorder: None })
    }

    /// Records the answers, as [`Plan::record`] says.
    ///
    /// # Errors
    ///
    /// [`RunError::Thread`] when the thread that writes cannot be started.
    pub fn record(mut self, recorder: Box<dyn Recorder>) -> Result<Self, RunError> {
        let mode = self.shared.plan.record;
        let (side, thread) = Recording::start(mode, recorder).map_err(RunError::Thread)?;
        (self.shared.recording, self.recorder) = (Some(side), Some(thread));
        Ok(self)
    }

    /// Judges each case that is closed from now on; without it, nothing is expected of any. Cases of
    /// an earlier part of the run are counted as their records say.
    #[must_use]
    pub fn judge_by(mut self, judging: Arc<Judging>) -> Self {
        self.shared.judging = judging;
        self
    }

    /// Goes on with a run that ended early: what is closed already is counted and not sent again.
    #[must_use]
    pub fn resume(self, past: Past) -> Self {
        Self { past: Some(past), ..self }
    }

    /// Says in the summary what was known before the run began.
    #[must_use]
    pub fn warn(mut self, warning: Warning) -> Self {
        self.warnings.push(warning);
        self
    }

    /// When the run began, which every time of its records starts from.
    pub fn started(&self) -> Timestamp {
        self.shared.clock.wall()
    }

    /// Runs the cases in their order, and returns when the last one is closed and every sink has
    /// taken every event.
    ///
    /// A failed case is no error: it is in its trace and in the summary. The summary's status is
    /// `complete` when all cases are closed, `ended_early` when a limit of [`Plan::stop`] ended the
    /// run, and `interrupted` when `stop` did; cases that were never begun leave no trace.
    ///
    /// # Errors
    ///
    /// [`RunError::Inputs`] and [`RunError::Sink`], after the cases under way were finished.
    pub async fn run(
        self,
        cases: impl CaseSource,
        sinks: Vec<Box<dyn Sink>>,
        stop: Stop,
    ) -> Result<Arc<Summary>, RunError> {
        let Self { shared, past, warnings, recorder } = self;
        let shared: Arc<Shared> = Arc::from(shared);
        let (sink_thread, events) =
            SinkThread::start(sinks, shared.clock.started()).map_err(RunError::Thread)?;
        let name = shared.plan.redactor.mask(&shared.plan.name);
        let closed = past.as_ref().map_or(0, |past| past.closed);
        let total = cases.total();
        let started = RunEvent::RunStarted { name: name.clone(), total, closed };
        events.send(started).await;

        let left = total.map_or(u64::MAX, |total| total.saturating_sub(closed));
        let is_new = past.is_none();
        let mut pool = Pool::new(shared.clone(), events.clone(), stop, left, is_new);
        let restored = pool.restore(past).await;
        for warning in warnings {
            pool.warn(warning).await;
        }
        let ended = match restored {
            Ok(closed) => pool.drive(CasesLeft::new(cases, closed), &sink_thread).await,
            // Without its records the run cannot be ended: it stays as it was left.
            Err(error) => {
                drop((pool, events));
                let _ = sink_thread.finish();
                return Err(error);
            }
        };
        let status = match &ended {
            Ok(End::AllCases) => RunStatus::Complete,
            Ok(End::Stopped) if pool.ended_early => RunStatus::EndedEarly,
            Ok(End::Stopped) | Err(_) => RunStatus::Interrupted,
        };
        if status == RunStatus::Complete {
            pool.judge_figures().await;
        }
        pool.end_recording(recorder).await;
        let summary = pool.close(name, status);
        events.send(RunEvent::RunFinished(summary.clone())).await;
        drop(events);
        sink_thread.finish().map_err(|failure| match failure {
            SinkFailure::Error(error) => RunError::Sink(error),
            SinkFailure::Panic => RunError::SinkPanicked,
        })?;
        ended.map(|_| summary)
    }
}

/// Which part of the cases that may be under way is worth waking the sinks: fewer cases wait for
/// the end of their rest, because waking a thread costs more than a place that is free for a few
/// milliseconds.
const WORTH_WAKING: usize = 32;

/// How the cases came to an end.
enum End {
    AllCases,
    Stopped,
}

/// Waits until then; without a time, for ever.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The end of a run that begins no more cases. It is complete when no case is left: the last ones
/// may be under way.
async fn early_end<S: CaseSource>(cases: &mut CasesLeft<S>, stop: &mut Stop) -> End {
    tokio::select! {
        biased;
        next = cases.read() => if let Next::End = next { End::AllCases } else { End::Stopped },
        () = stop.reached(Stage::Ending) => End::Stopped,
    }
}

/// The cases that are under way.
struct Pool {
    shared: Arc<Shared>,
    events: Events,
    /// Asks the run to end.
    stop: Stop,
    /// Asks the cases under way to end, which they are to hear later than the run.
    end_cases: StopHandle,
    hear_end: Stop,
    tasks: JoinSet<Arc<Trace>>,
    /// How many cases have begun, and the place of the last one.
    begun: u64,
    last_begun: u64,
    /// How many cases ended before a request of theirs was sent.
    unsent: u64,
    /// The retries of an earlier part of the run.
    earlier_retries: u64,
    /// How many cases were closed and told.
    closed: u64,
    tally: Tally,
    /// What the run had been before it was taken up again.
    earlier: Option<Summary>,
    pacer: Pacer,
    concurrency: Concurrency,
    limits: Limits,
    first_cases: FirstCases,
    /// The limit after which no case begins.
    reached: Option<Reached>,
    /// Whether that leaves cases unsent.
    ended_early: bool,
    /// Whether a case was ended before its time.
    interrupted: bool,
}

impl Pool {
    fn new(shared: Arc<Shared>, events: Events, stop: Stop, total: u64, is_new: bool) -> Self {
        let (end_cases, hear_end) = stop_signal();
        let parallelism = shared.plan.parallelism.get();
        let asked = parallelism.min(usize::try_from(total).unwrap_or(usize::MAX));
        let now = Instant::now();
        let pacer = Pacer::start(&shared.plan.pace, parallelism, shared.seed, now);
        let limits = Limits::start(shared.plan.stop, total, now);
        let is_open_loop = matches!(shared.plan.pace, Pace::Open { .. });
        let goes_alone = is_new && !is_open_loop && total >= FEWEST_CASES;
        let first_cases = FirstCases::start(shared.plan.stop.first_cases.filter(|_| goes_alone));
        let tally = Tally::with_targets(shared.judging.targets().clone())
            .with_iterations(shared.plan.iterations.get());
        Self {
            shared,
            events,
            stop,
            end_cases,
            hear_end,
            tasks: JoinSet::new(),
            begun: 0,
            last_begun: 0,
            unsent: 0,
            earlier_retries: 0,
            closed: 0,
            tally,
            earlier: None,
            pacer,
            concurrency: Concurrency::start(asked, now),
            limits,
            first_cases,
            reached: None,
            ended_early: false,
            interrupted: false,
        }
    }

    /// Counts what is closed already, and tells the places of those cases.
    async fn restore(&mut self, past: Option<Past>) -> Result<HashSet<u64>, RunError> {
        let mut closed = HashSet::new();
        let Some(past) = past else { return Ok(closed) };
        for record in past.records {
            let trace = Arc::new(record.map_err(RunError::Past)?);
            closed.insert(trace.case_index);
            self.shared.gate.note_restored(trace.attempts().count());
            self.limits.note_restored(&trace);
            self.note_shown_end(&trace);
            self.tally.add(&trace);
            self.events.send(RunEvent::CaseRestored(trace)).await;
        }
        for warning in &past.summary.warnings {
            self.tally.warn(warning.clone());
        }
        self.tally.note_parallelism(past.summary.achieved_parallelism);
        for at in &past.summary.resumed_at {
            self.tally.note_resumed(at.clone());
        }
        self.tally.note_resumed(self.shared.clock.iso(self.shared.clock.started()));
        self.earlier = Some(past.summary);
        // Reading them back took its time, for which no case was due.
        let now = Instant::now();
        let Plan { pace, parallelism, .. } = &self.shared.plan;
        self.pacer = Pacer::start(pace, parallelism.get(), self.shared.seed, now);
        self.concurrency.start_again(now);
        self.limits.start_again(now);
        self.earlier_retries = self.shared.gate.retries();
        Ok(closed)
    }

    /// An answer of an earlier part of the run showed its end.
    fn note_shown_end(&self, trace: &Trace) {
        let turn = trace.last_turn().filter(|_| trace.success);
        let stream = turn.and_then(|turn| turn.stream.as_ref());
        let is_done = stream.is_some_and(|stream| stream.completeness == Completeness::Done);
        if is_done || trace.finish_reason.is_some() && trace.success {
            self.shared.note_shown_end();
        }
    }

    /// Starts cases while there is room for them, until there are no more or the run shall end;
    /// then waits for those that are under way.
    async fn drive<S: CaseSource>(
        &mut self,
        mut cases: CasesLeft<S>,
        sinks: &SinkThread,
    ) -> Result<End, RunError> {
        let lag = LagMeter::start(self.shared.pulse.clone());
        let mut stop = self.stop.clone();
        let mut has_begun_one = false;
        let parallelism = self.shared.plan.parallelism.get();
        let end = loop {
            if self.reached.is_some() || stop.stage() >= Stage::Draining {
                break Ok(early_end(&mut cases, &mut stop).await);
            }
            let at_once = if self.first_cases.is_alone() { 1 } else { parallelism };
            // A case is under way until it is kept: a process that is killed has never sent more
            // in vain than it may have under way.
            let unkept = self.closed - sinks.taken();
            let room = self.tasks.len() as u64 + unkept < at_once as u64;
            let now = Instant::now();
            if let Some(pause) = self.shared.gate.pause(now) {
                self.pacer.hold(pause, now);
            }
            let next_start = self.pacer.next();
            let is_read = cases.read_now().await;
            if cases.is_case() {
                self.reached = self.limits.before_case(self.requests(), now);
                if self.reached.is_some() {
                    continue;
                }
            }
            // Only a case has to wait for its time: no pause follows the last one.
            let no_wait = is_read && (next_start <= now || !cases.is_case());
            if room && no_wait {
                // Thousands of cases that begin at the same moment would wait for each other, and
                // their clocks would call that the server's time: what is under way goes first. What
                // comes of it may be that nothing begins.
                if mem::replace(&mut has_begun_one, false) {
                    yield_now().await;
                    continue;
                }
                match cases.take() {
                    Next::Case(case) => self.start(case),
                    Next::Failed(error) => break Err(RunError::Inputs(error.into())),
                    Next::Unread | Next::End => break Ok(End::AllCases),
                }
                has_begun_one = true;
                continue;
            }
            has_begun_one = false;
            let wait = match room {
                true if !is_read => Wait::Source,
                true => Wait::Turn,
                false if self.tasks.len() >= at_once => Wait::Room,
                false => Wait::Records,
            };
            if !room && unkept >= (at_once / WORTH_WAKING).max(1) as u64 {
                sinks.wake();
            }
            let since = Instant::now();
            self.concurrency.may_grow(is_read || !room, since);
            let deadline = self.limits.deadline().filter(|at| *at > now);
            let patience = self.first_cases.deadline();
            tokio::select! {
                biased;
                () = stop.reached(Stage::Draining) => {}
                () = sinks.failed() => break Ok(End::Stopped),
                _ = cases.read(), if !is_read => {}
                Some(ended) = self.tasks.join_next() => self.close_case(ended).await,
                () = tokio::time::sleep_until(next_start), if room && is_read => {}
                () = self.shared.gate.closes() => {}
                () = sinks.have_more(), if !room && unkept > 0 => {}
                () = sleep_until(deadline) => {}
                () = self.shared.first_output.comes(), if self.first_cases.is_alone() => self.open(),
                () = sleep_until(patience), if self.first_cases.is_alone() => self.open(),
            }
            self.pacer.waited(wait, since, Instant::now());
        };
        self.concurrency.may_grow(false, Instant::now());
        if let (Ok(End::Stopped), Some(reached)) = (&end, self.reached.take()) {
            self.end_early(reached).await;
        }
        self.drain(sinks).await;
        self.tally.set_own_lag(lag.stop().await);
        match end {
            Ok(End::AllCases) if self.interrupted => Ok(End::Stopped),
            end => end,
        }
    }

    /// The cases behind the first ones begin.
    fn open(&mut self) {
        self.first_cases = FirstCases::Open;
        // Fewer were under way on purpose.
        self.concurrency.start_again(Instant::now());
    }

    /// How many requests this part of the run has sent.
    fn requests(&self) -> u64 {
        self.begun - self.unsent + self.shared.gate.retries() - self.earlier_retries
    }

    fn start(&mut self, case: Case) {
        let now = Instant::now();
        (self.begun, self.last_begun) = (self.begun + 1, case.index);
        self.first_cases.note_start(now);
        let due = self.pacer.begin(now);
        let driven =
            case::drive(self.shared.clone(), case, due, self.events.clone(), self.hear_end.clone());
        self.tasks.spawn(driven);
        self.concurrency.note(self.tasks.len(), now);
    }

    /// Waits for the cases under way. From the moment when the run shall end they get [`DRAIN`];
    /// what is not finished then is ended.
    async fn drain(&mut self, sinks: &SinkThread) {
        let (mut draining, mut ending) = (self.stop.clone(), self.stop.clone());
        let mut deadline = self.ended_early.then(|| Instant::now() + DRAIN);
        while !self.tasks.is_empty() {
            if deadline.is_some() {
                self.end_cases.drain();
            }
            let due = deadline.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                () = ending.reached(Stage::Ending), if self.end_cases.is_open() => {
                    self.end_cases.end();
                }
                () = draining.reached(Stage::Draining), if deadline.is_none() => {
                    deadline = Some(Instant::now() + DRAIN);
                }
                () = sinks.failed(), if deadline.is_none() => {
                    deadline = Some(Instant::now() + DRAIN);
                }
                () = tokio::time::sleep_until(due),
                    if deadline.is_some() && self.end_cases.is_open() =>
                {
                    self.end_cases.end();
                }
                Some(ended) = self.tasks.join_next() => self.close_case(ended).await,
            }
        }
    }

    /// A panic of a case is in its trace. One that comes here came while even the barest trace was
    /// made: without records there is no run.
    async fn close_case(&mut self, ended: Result<Arc<Trace>, JoinError>) {
        let trace = ended.unwrap_or_else(|error| panic::resume_unwind(error.into_panic()));
        let now = Instant::now();
        self.concurrency.note(self.tasks.len(), now);
        self.tally.add(&trace);
        self.interrupted |= trace.outcome == Outcome::Interrupted;
        self.closed += 1;
        self.unsent += u64::from(trace.attempts().next().is_none());
        self.judge(&trace, now);
        self.events.send(RunEvent::CaseFinished(trace)).await;
        self.tell_recording().await;
    }

    /// Tells that recording has ended before the run.
    async fn tell_recording(&mut self) {
        let stopped = self.shared.recording.as_ref().and_then(|it| it.news()).cloned();
        if let Some(RecordingStop { reason, case_id }) = stopped {
            let why = reason.words();
            self.warn_of_recording(&format!("{why}: nothing is recorded from case {case_id} on"))
                .await;
        }
    }

    /// Waits until the recording is written.
    async fn end_recording(&mut self, recorder: Option<RecordingThread>) {
        let (Some(side), Some(thread)) = (self.shared.recording.clone(), recorder) else { return };
        thread.finish(&side);
        self.tell_recording().await;
        let earlier = self.earlier.as_ref().and_then(|earlier| earlier.recording.as_ref());
        let facts = side.facts(earlier);
        if facts.withheld > 0 {
            let words = format!(
                "{} of the answers are not recorded: a secret in them could not be masked for \
                 certain, or those under way were too large together",
                facts.withheld
            );
            self.warn_of_recording(&words).await;
        }
        self.tally.set_recording(facts);
    }

    async fn warn_of_recording(&mut self, words: &str) {
        let words = self.shared.plan.redactor.mask(words);
        self.warn(Warning::new(WarningCode::RecordingIncomplete, words)).await;
    }

    /// Holds a closed case against the limits.
    fn judge(&mut self, trace: &Trace, now: Instant) {
        let was_alone = self.first_cases.is_alone();
        let by_first = self.first_cases.judge(trace);
        if was_alone && !self.first_cases.is_alone() {
            self.open();
        }
        let by_limits = self.limits.judge(trace, self.last_begun, now);
        if self.reached.is_none() {
            self.reached = by_first.or(by_limits);
        }
    }

    /// Tells, and keeps, which limit ends the run.
    async fn end_early(&mut self, reached: Reached) {
        let Reached { by, limit, value, cause, until } = reached;
        let ended = EndedEarly { by, limit, value, after_cases: self.tally.total() };
        self.ended_early = true;
        self.tally.note_ended_early(ended);
        let mask = |words: &str| self.shared.plan.redactor.mask(words);
        let mut message = vec![mask(&format!("the run ends early: {}", ended_early(&ended)))];
        if let Some(until) = until.filter(|_| by == EndedBy::Late429) {
            // A second for the part of one that is not shown: nobody shall come back too early.
            let until = self.shared.clock.wall_at(until + Duration::from_secs(1));
            message.push(mask(&format!(", and asks to wait until {until:.0}")));
        } else if let Some(cause) = &cause {
            // Those that did not fail alike have no cause in common.
            let are_alike = matches!(by, EndedBy::FirstCases | EndedBy::SameFailures);
            let between = if are_alike { ": " } else { "; the last failure: " };
            message.extend([mask(between), cause.message.clone()]);
        }
        let cause = cause.as_ref().map(|cause| cause.hint.as_str());
        let hint = Some(mask(&ended_early_remedy(&ended, cause)));
        let message = Masked::concat(&message);
        self.warn(Warning { hint, ..Warning::new(WarningCode::EndedEarly, message) }).await;
    }

    /// Tells what concerns the run as a whole.
    async fn warn(&mut self, warning: Warning) {
        self.tally.warn(warning.clone());
        self.events.send(RunEvent::Warning(warning)).await;
    }

    /// Warns of what the figures of the whole run do not tell by themselves. That starts are
    /// spaced, and fewer are under way for it, was asked for, by the plan or by the server.
    async fn judge_figures(&mut self) {
        let (lag, first_token) = (self.tally.own_lag(), self.tally.first_token());
        let spaced = self.pacer.is_spaced() || self.shared.gate.was_closed();
        let warnings = self.concurrency.warnings(spaced, &self.shared.answering, lag, first_token);
        let busy = spoiling_lag(lag, first_token).is_some();
        let unkept = self.pacer.warning(busy).map(|words| (WarningCode::RateNotReached, words));
        let unused = self.shared.unused_rules();
        let unused = (!unused.is_empty()).then(|| {
            let words =
                format!("rules of the schema that matched in no answer: {}", unused.join(", "));
            (WarningCode::UnusedRules, words)
        });
        for (code, words) in unkept.into_iter().chain(warnings).chain(unused) {
            let words = self.shared.plan.redactor.mask(&words);
            self.warn(Warning::new(code, words)).await;
        }
    }

    /// The figures of the run.
    fn close(mut self, name: Masked, status: RunStatus) -> Arc<Summary> {
        self.tally.note_parallelism(self.concurrency.peak() as u64);
        let clock = self.shared.clock;
        let mut elapsed = clock.started().elapsed();
        let mut date = clock.iso(clock.started());
        if let Some(earlier) = self.earlier {
            let before = Duration::try_from_secs_f64(earlier.results.duration_seconds);
            elapsed += before.unwrap_or_default();
            date = earlier.date;
        }
        Arc::new(self.tally.summary(name, date, status, elapsed))
    }
}
