//! Runs against the mock, on real sockets: what a library user of the runner relies on.

mod early;
mod pauses;
mod recording;
mod sources;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::num::{NonZeroU32, NonZeroUsize};
use std::pin::pin;
use std::sync::{Arc, Mutex, Once};
use std::task::{Context, Waker};
use std::time::Duration;
use std::{fmt, iter};

use fluxloop_aggregate::AnswerRules;
use fluxloop_jsonpath::JsonPath;
use fluxloop_mock::{Dialect, MockAgent, MockOptions, Script};
use fluxloop_plan::{
    Arrival, Case, Clocks, Connection, Guards, Input, Limits, Pace, Plan, Rate, RateUnit,
    RecordMode, RequestTemplate, RetryPolicy, StopLimits,
};
use fluxloop_redact::{Masked, Redactor, Secret};
use fluxloop_runner::{CaseList, CaseSource, Past, RunError, Runner, Sink, SinkError, stop_signal};
use fluxloop_schema::{Schema, StreamKind};
use fluxloop_trace::{
    FailureKind, Outcome, Phase, RunEvent, RunStatus, Summary, Tally, TimedEvent, Trace, Warning,
    WarningCode,
};
use tracing::field::{Field, Visit};
use tracing::span;

/// A plan for this URL: one after the other, no retries.
fn plan(url: &str) -> Plan {
    let text = JsonPath::parse("delta").expect("a path");
    Plan {
        name: "test".to_owned(),
        iterations: NonZeroU32::MIN,
        parallelism: NonZeroUsize::MIN,
        seed: Some(1),
        keeps_channels: true,
        record: RecordMode::Off,
        pace: Pace::default(),
        request: RequestTemplate {
            method: http::Method::POST,
            url: url.parse().expect("a URL"),
            url_template: None,
            query: Vec::new(),
            headers: http::HeaderMap::new(),
            header_templates: Vec::new(),
            body: None,
        },
        connection: Connection::default(),
        clocks: Clocks::default(),
        retry: RetryPolicy { attempts: 0, ..RetryPolicy::default() },
        response: AnswerRules::new(StreamKind::Sse, Schema::auto().with_text(None, Some(text))),
        guards: Guards::default(),
        stop: StopLimits::default(),
        limits: Limits::default(),
        redactor: Arc::new(Redactor::none()),
    }
}

fn cases(count: u64) -> impl CaseSource<Error = Infallible> {
    CaseList::new(count, (0..count).map(|index| Ok(case(index))))
}

fn case(index: u64) -> Case {
    let input = format!("input {index}");
    let input = Input { id: index.to_string(), input, ..Input::default() };
    Case { index, iteration: 0, input: Arc::new(input) }
}

/// Remembers everything, and does something at every event.
struct Spy<F> {
    seen: Arc<Mutex<Vec<RunEvent>>>,
    react: F,
    wants_text: bool,
}

impl<F: FnMut(&RunEvent) -> Result<(), SinkError> + Send> Sink for Spy<F> {
    fn events(&mut self, events: &[TimedEvent]) -> Result<(), SinkError> {
        let mut events = events.iter().map(|timed| &timed.event);
        self.seen.lock().expect("nobody panicked").extend(events.clone().cloned());
        events.try_for_each(&mut self.react)
    }

    fn wants_text(&self) -> bool {
        self.wants_text
    }
}

struct Seen {
    summary: Result<Arc<Summary>, RunError>,
    events: Vec<RunEvent>,
}

impl Seen {
    fn traces(&self) -> Vec<&Trace> {
        let traces = self.events.iter().filter_map(|event| match event {
            RunEvent::CaseFinished(trace) => Some(&**trace),
            _ => None,
        });
        traces.collect()
    }

    fn outcomes(&self) -> Vec<Outcome> {
        self.traces().iter().map(|trace| trace.outcome).collect()
    }

    fn summary(&self) -> &Summary {
        self.summary.as_ref().expect("the run was done")
    }

    /// The warnings about the run.
    fn warnings(&self) -> Vec<&Warning> {
        self.summary().warnings.iter().filter(|warning| !is_of_machine(warning)).collect()
    }
}

/// Whether a warning depends on how busy this machine is, and not on what a test does.
fn is_of_machine(warning: &Warning) -> bool {
    warning.code == WarningCode::OwnLag
}

/// Runs so many cases; `react` sees every event, and the handle that ends the run.
async fn run(
    plan: Plan,
    count: u64,
    react: impl FnMut(&RunEvent, &fluxloop_runner::StopHandle) -> Result<(), SinkError> + Send + 'static,
) -> Seen {
    watch(plan, count, false, react).await
}

/// The same, with the text while it comes or without.
async fn watch(
    plan: Plan,
    count: u64,
    wants_text: bool,
    mut react: impl FnMut(&RunEvent, &fluxloop_runner::StopHandle) -> Result<(), SinkError>
    + Send
    + 'static,
) -> Seen {
    let (handle, stop) = stop_signal();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let react = move |event: &RunEvent| react(event, &handle);
    let spy = Spy { seen: seen.clone(), react, wants_text };
    let runner = Runner::new(plan).expect("the plan can be run");
    let summary = runner.run(cases(count), vec![Box::new(spy)], stop).await;
    let mut events = seen.lock().expect("nobody panicked").clone();
    events.retain(|event| !matches!(event, RunEvent::Warning(warning) if is_of_machine(warning)));
    Seen { summary, events }
}

/// A mock that answers as this script says.
async fn scripted(script: &str) -> MockAgent {
    let dialect = Dialect::Script(Script::from_json(script).expect("a script"));
    let options = MockOptions { dialect, ..MockOptions::default() };
    MockAgent::start(options).await.expect("the mock starts")
}

async fn echo() -> MockAgent {
    MockAgent::start(at_root()).await.expect("the mock starts")
}

/// The custom agent, at the path that the plans of these tests have.
fn at_root() -> MockOptions {
    MockOptions { paths: vec!["/".to_owned()], ..MockOptions::default() }
}

/// Answers that begin and never end.
async fn stalling() -> MockAgent {
    let script = r#"{"answers": [{"steps": [
        {"event": {"type": "message", "data": {"delta": "begun"}}}, "stall"]}]}"#;
    scripted(script).await
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_case_come_in_their_order() {
    let mock = echo().await;
    let seen = run(plan(&mock.url()), 1, |_, _| Ok(())).await;
    let names: Vec<_> = seen
        .events
        .iter()
        .map(|event| match event {
            RunEvent::RunStarted { total: Some(1), .. } => "run started",
            RunEvent::CaseStarted { .. } => "case started",
            RunEvent::AttemptStarted { number: 1, .. } => "attempt started",
            RunEvent::FirstText { .. } => "first text",
            RunEvent::CaseFinished(_) => "case finished",
            RunEvent::RunFinished(_) => "run finished",
            _ => "something else",
        })
        .collect();
    assert_eq!(
        names,
        [
            "run started",
            "case started",
            "attempt started",
            "first text",
            "case finished",
            "run finished"
        ]
    );
    assert_eq!(seen.traces()[0].output.as_str(), "input 0");
}

/// An answer that goes on for ever after it has said a key in two pieces; the run is ended by
/// whoever sees that there was one.
#[tokio::test(flavor = "multi_thread")]
async fn text_is_told_while_it_comes_to_whom_asks_for_it() {
    let script = r#"{"answers": [{"steps": [
        {"event": {"type": "message", "data": {"delta": "It is sk-li"}}},
        {"event": {"type": "message", "data": {"delta": "ve-0123456789, I think: sk-live-0"}}},
        "stall"]}]}"#;
    let mock = scripted(script).await;
    let key = Redactor::builder().secret("KEY", &Secret::new(SECRET)).build();
    let plan = Plan { redactor: Arc::new(key), ..plan(&mock.url()) };
    let seen = watch(plan, 1, true, |event, handle| {
        if matches!(event, RunEvent::Text { text, .. } if text.as_str().contains("***")) {
            handle.end();
        }
        Ok(())
    })
    .await;
    let told: String = seen.events.iter().filter_map(text).collect();
    assert_eq!(
        (told.as_str(), seen.traces()[0].output.as_str()),
        ("It is ***, I think: ***", &*told)
    );
    assert!(seen.events.iter().filter_map(text).count() > 1, "it came in pieces");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_text_who_did_not_ask() {
    let mock = echo().await;
    let seen = run(plan(&mock.url()), 1, |_, _| Ok(())).await;
    assert_eq!(seen.events.iter().find_map(text), None);
}

fn text(event: &RunEvent) -> Option<&str> {
    match event {
        RunEvent::Text { text, .. } => Some(text.as_str()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_cases_than_allowed_are_under_way() {
    let mock = echo().await;
    let plan = Plan { parallelism: NonZeroUsize::new(4).expect("not 0"), ..plan(&mock.url()) };
    let (mut under_way, mut most) = (0_i64, 0_i64);
    let shared = Arc::new(Mutex::new(0));
    let most_seen = shared.clone();
    let seen = run(plan, 50, move |event, _| {
        match event {
            RunEvent::CaseStarted { .. } => under_way += 1,
            RunEvent::CaseFinished(_) => under_way -= 1,
            _ => {}
        }
        most = most.max(under_way);
        *most_seen.lock().expect("nobody panicked") = most;
        Ok(())
    })
    .await;
    assert_eq!(seen.traces().len(), 50);
    assert_eq!(seen.summary().achieved_parallelism, 4);
    // A case may be announced before the end of another one that made room has been told.
    assert!(*shared.lock().expect("nobody panicked") <= 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn draining_starts_no_new_cases_and_finishes_the_others() {
    let mock = echo().await;
    let seen = run(plan(&mock.url()), 100, |event, handle| {
        if matches!(event, RunEvent::FirstText { .. }) {
            handle.drain();
        }
        Ok(())
    })
    .await;
    assert_eq!(seen.summary().status, RunStatus::Interrupted);
    assert!(seen.traces().len() < 100, "{}", seen.traces().len());
    assert!(seen.outcomes().iter().all(|outcome| *outcome == Outcome::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_drained_during_its_last_case_is_complete() {
    let options = MockOptions { delay: Duration::from_millis(100), ..at_root() };
    let mock = MockAgent::start(options).await.expect("the mock starts");
    let seen = run(plan(&mock.url()), 1, |event, handle| {
        if matches!(event, RunEvent::CaseStarted { .. }) {
            handle.drain();
        }
        Ok(())
    })
    .await;
    assert_eq!(seen.outcomes(), [Outcome::Succeeded]);
    assert_eq!(seen.summary().status, RunStatus::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_records_what_is_under_way_as_interrupted_with_its_text() {
    let mock = stalling().await;
    let seen = run(plan(&mock.url()), 5, |event, handle| {
        if matches!(event, RunEvent::FirstText { .. }) {
            handle.end();
        }
        Ok(())
    })
    .await;
    assert_eq!(seen.outcomes(), [Outcome::Interrupted]);
    assert_eq!(seen.traces()[0].output.as_str(), "begun");
    assert_eq!(seen.summary().status, RunStatus::Interrupted);
    assert_eq!(seen.summary().results.failed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_fails_ends_the_run() {
    let mock = echo().await;
    let seen = run(plan(&mock.url()), 1000, |event, _| match event {
        RunEvent::CaseFinished(_) => Err("the disk is full".into()),
        _ => Ok(()),
    })
    .await;
    assert!(matches!(seen.summary, Err(RunError::Sink(_))), "{:?}", seen.summary);
    assert!(mock.served().requests < 1000, "{:?}", mock.served());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_panics_ends_the_run_and_the_others_see_its_end() {
    let mock = echo().await;
    let (_handle, stop) = stop_signal();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let store = Spy { seen: seen.clone(), react: |_: &RunEvent| Ok(()), wants_text: false };
    let broken = Spy {
        seen: Arc::default(),
        react: |event: &RunEvent| match event {
            RunEvent::CaseFinished(_) => panic!("a bar of no width"),
            _ => Ok(()),
        },
        wants_text: false,
    };
    let runner = Runner::new(plan(&mock.url())).expect("the plan can be run");
    let ended = runner.run(cases(1000), vec![Box::new(store), Box::new(broken)], stop).await;
    assert!(matches!(ended, Err(RunError::SinkPanicked)), "{ended:?}");
    assert!(mock.served().requests < 1000, "{:?}", mock.served());
    let seen = seen.lock().expect("nobody panicked");
    let Some(RunEvent::RunFinished(summary)) = seen.last() else { panic!("{:?}", seen.last()) };
    assert_eq!(summary.status, RunStatus::Interrupted);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_store_that_fails_at_the_end_nobody_hears_of_an_end() {
    let mock = echo().await;
    let (_handle, stop) = stop_signal();
    let store = Spy {
        seen: Arc::default(),
        react: |event: &RunEvent| match event {
            RunEvent::RunFinished(_) => Err("the disk is full".into()),
            _ => Ok(()),
        },
        wants_text: false,
    };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let page = Spy { seen: seen.clone(), react: |_: &RunEvent| Ok(()), wants_text: false };
    let runner = Runner::new(plan(&mock.url())).expect("the plan can be run");
    let ended = runner.run(cases(1), vec![Box::new(store), Box::new(page)], stop).await;
    assert_eq!(ended.expect_err("the store failed").to_string(), "the disk is full");
    let seen = seen.lock().expect("nobody panicked");
    assert!(seen.iter().any(|event| matches!(event, RunEvent::CaseFinished(_))), "it was kept");
    assert!(!seen.iter().any(|event| matches!(event, RunEvent::RunFinished(_))), "{seen:?}");
}

thread_local! {
    /// The message at which the log of this thread panics, and how often it may be written before.
    static TRAP: Cell<Option<(&'static str, usize)>> = const { Cell::new(None) };
}

/// The log of this process. It panics where a thread has set a trap, which is the only way to make
/// a case panic from outside. One for each test would not do: whether anybody listens at all is
/// remembered by the process, and forgotten when one of them goes.
struct Log;

static LOG: Once = Once::new();

/// What the trap says: it must not be seen.
const SECRET: &str = "sk-live-0123456789";

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("fluxloop_runner")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        struct Message(String);
        impl Visit for Message {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        match TRAP.get() {
            Some((trapped, 0)) if message.0 == trapped => {
                TRAP.set(None);
                panic!("the key {SECRET} is too long");
            }
            Some((trapped, more)) if message.0 == trapped => TRAP.set(Some((trapped, more - 1))),
            _ => {}
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Two cases. The first one is refused, sent again, and panics where the nth such message would be
/// written; the second one must not notice.
async fn panicking(message: &'static str, nth: usize) -> Trace {
    let mock = scripted(
        r#"{"answers": [{"status": 503, "steps": []}, {"steps": [
            {"event": {"type": "message", "data": {"delta": "begun"}}},
            {"pause": "100ms"},
            {"event": {"type": "message", "data": {"delta": " and ended"}}}]}]}"#,
    )
    .await;
    let redactor = Redactor::builder().secret("KEY", &Secret::new(SECRET)).build();
    let retry = RetryPolicy { attempts: 1, backoff: Duration::ZERO, ..RetryPolicy::default() };
    let plan = Plan { redactor: redactor.into(), retry, ..plan(&mock.url()) };
    LOG.call_once(|| tracing::subscriber::set_global_default(Log).expect("there is no other log"));
    // The cases run on this thread.
    TRAP.set(Some((message, nth - 1)));
    let seen = run(plan, 2, |_, _| Ok(())).await;
    assert_eq!(seen.outcomes(), [Outcome::Failed, Outcome::Succeeded]);
    assert_eq!(seen.summary().status, RunStatus::Complete);
    seen.traces()[0].clone()
}

/// Cause, status, whether bytes came, and the text that is kept.
type Told<'t> = (Option<FailureKind>, Option<u16>, bool, Option<&'t str>);

/// What a trace tells of each attempt.
fn attempts(trace: &Trace) -> Vec<Told<'_>> {
    let attempts = trace.attempts();
    attempts
        .map(|it| (it.cause, it.status, it.bytes > 0, it.text.as_ref().map(Masked::as_str)))
        .collect()
}

#[tokio::test]
async fn a_panic_in_an_attempt_leaves_what_was_known_of_it() {
    let trace = panicking("chunk", 2).await;
    let failure = trace.error.as_ref().expect("it failed");
    assert_eq!((failure.kind, failure.phase), (FailureKind::Internal, Phase::AfterText));
    let message = failure.message.as_str();
    assert!(message.contains("panic") && message.contains("the key *** is too long"), "{message}");
    assert_eq!(trace.output.as_str(), "begun");
    assert_eq!(
        attempts(&trace),
        [
            (Some(FailureKind::Status), Some(503), false, None),
            (Some(FailureKind::Internal), Some(200), true, Some("begun")),
        ]
    );
}

#[tokio::test]
async fn a_panic_between_attempts_leaves_those_that_ended() {
    let trace = panicking("attempt begins", 2).await;
    let failure = trace.error.as_ref().expect("it failed");
    assert_eq!(failure.kind, FailureKind::Internal);
    assert!(failure.message.as_str().contains("the key *** is too long"), "{failure:?}");
    assert_eq!(attempts(&trace), [(Some(FailureKind::Status), Some(503), false, None)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pause_between_starts_is_kept() {
    let mock = echo().await;
    let pause = Duration::from_millis(20);
    let plan = Plan { pace: Pace::Spaced(pause), ..plan(&mock.url()) };
    let started = tokio::time::Instant::now();
    let seen = run(plan, 4, |_, _| Ok(())).await;
    assert_eq!(seen.traces().len(), 4);
    assert!(started.elapsed() >= 3 * pause, "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_waits_after_the_last_case() {
    let mock = echo().await;
    let plan = Plan { pace: Pace::Spaced(Duration::from_hours(1)), ..plan(&mock.url()) };
    let seen = run(plan, 1, |_, _| Ok(())).await;
    assert_eq!(seen.summary().status, RunStatus::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_takes_up_its_place_until_its_record_is_kept() {
    const AT_ONCE: u64 = 3;
    let mock = Arc::new(echo().await);
    let mut plan = plan(&mock.url());
    plan.parallelism = NonZeroUsize::new(3).expect("not 0");
    let (mut kept, served) = (0, mock.clone());
    let seen = run(plan, 60, move |event, _| {
        if let RunEvent::CaseFinished(_) = event {
            // All that was sent is kept, this one or among those that may be under way.
            let sent = served.served().requests;
            assert!(sent <= kept + AT_ONCE, "{sent} were sent, and {kept} are kept");
            kept += 1;
        }
        Ok(())
    })
    .await;
    assert_eq!(seen.summary().outcomes[&Outcome::Succeeded], 60);
}

/// How long reading the records of [`resumed`] takes.
const READING: Duration = Duration::from_hours(1);

/// Goes on with a run of which no case is closed, with so many cases.
async fn resumed(pace: Pace, count: u64) -> Seen {
    let nothing =
        Tally::new().summary(Masked::default(), String::new(), RunStatus::Running, Duration::ZERO);
    let records = Box::new(iter::from_fn(|| {
        // Advances at its first poll: nothing else is to go on meanwhile.
        let read = pin!(tokio::time::advance(READING));
        let _ = read.poll(&mut Context::from_waker(Waker::noop()));
        None
    }));
    let past = Past { summary: nothing, closed: 0, records };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let spy = Spy { seen: seen.clone(), react: |_: &_| Ok(()), wants_text: false };
    let (_handle, stop) = stop_signal();
    let runner = Runner::new(Plan { pace, ..plan("http://127.0.0.1:1/") }).expect("a good plan");
    let summary = runner
        .resume(past)
        .run(
            CaseList::new(1, (0..count).map(|index| Ok::<_, Infallible>(case(index)))),
            vec![Box::new(spy)],
            stop,
        )
        .await;
    let events = seen.lock().expect("nobody panicked").clone();
    Seen { summary, events }
}

#[tokio::test(start_paused = true)]
async fn no_case_was_due_while_the_records_of_a_resumed_run_were_read() {
    let rate = Rate::new(1.0, RateUnit::Second).expect("a rate");
    let seen = resumed(Pace::Open { rate, arrival: Arrival::Constant }, 1).await;
    let at = |time: &str| time.parse::<jiff::Timestamp>().expect("a time");
    let began = at(&seen.summary().resumed_at[0]);
    let due = at(&seen.traces()[0].turns[0].timings.scheduled_at);
    assert!(due.duration_since(began).unsigned_abs() >= READING, "{began} {due}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_missed_under_way_while_the_records_of_a_resumed_run_were_read() {
    let seen = resumed(Pace::default(), 0).await;
    assert!(seen.warnings().is_empty(), "{:?}", seen.warnings());
}
