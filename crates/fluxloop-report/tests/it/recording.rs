//! A run that holds one of everything that a reporter must be able to show.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{
    Amount, Attempt, AttemptOutcome, AttemptTimings, CaseId, Channel, Channels, ChunkGap,
    Completeness, ConversationState, ExpectationKind, Expectations, Failure, FailureKind,
    GuardKind, Metric, Milliseconds, NoTextReport, Objective, Outcome, Phase, Quantity,
    RecordVersion, RunEvent, RunStatus, StreamFacts, Tally, Targets, Threshold, TimedEvent,
    Timings, TokenUsage, TokensPerSecond, ToolCall, Trace, Turn, UnmetExpectation, Usage, Verdict,
    Warning, WarningCode,
};

/// Text that came from outside.
pub(crate) fn text(text: &str) -> Masked {
    Redactor::none().mask(text)
}

/// So many milliseconds.
fn ms(millis: f64) -> Milliseconds {
    Milliseconds::from_millis(millis)
}

/// A case that went well: 120 ms until text, 1.24 s in all.
pub(crate) fn success(place: u64) -> Trace {
    let last_attempt = AttemptTimings {
        connect_ms: Some(ms(1.8)),
        headers_ms: Some(ms(46.0)),
        first_byte_ms: Some(ms(48.2)),
        first_token_ms: Some(ms(120.5)),
        last_token_ms: Some(ms(1_200.0)),
        total_ms: ms(1_240.0),
        ..AttemptTimings::default()
    };
    let (input, output) = (text("What is Rust?").into(), text("A language\nfor systems. ").into());
    let (conversation, conversation_state) = ConversationState::of(&input, &output);
    let usage = Usage { input: 617, output: 2_839, total: 3_456, ..Usage::default() };
    Trace {
        version: RecordVersion,
        trace_id: format!("00000000-0000-4000-8000-{place:012}"),
        case_id: CaseId::new(text(&format!("q-{place}")), 0),
        case_index: place,
        iteration: 0,
        persona: None,
        input: input.clone(),
        metadata: BTreeMap::new(),
        expected: None,
        expect: None,
        output,
        success: true,
        outcome: Outcome::Succeeded,
        verdict: Verdict::None,
        expectations: None,
        judge: None,
        error: None,
        duration_ms: ms(1_240.0),
        token_usage: TokenUsage::sum([Some(&usage)]),
        finish_reason: None,
        model: None,
        warnings: Vec::new(),
        conversation,
        conversation_state,
        observation_count: 1,
        termination_reason: None,
        input_hash: format!("fnv1a64:{place:016x}"),
        redactions: 0,
        turns: vec![Turn {
            number: 1,
            input,
            outcome: Outcome::Succeeded,
            error: None,
            channels: Channels {
                text: Some(Channel { characters: 24, ..Channel::default() }),
                ..Channels::default()
            },
            tool_calls: Vec::new(),
            usage: Some(usage),
            captures: BTreeMap::new(),
            needs_input: None,
            integrity: None,
            discarded: 0,
            finish_reason: None,
            model: None,
            timings: Timings {
                scheduled_at: "2026-11-21T09:15:00Z".to_owned(),
                sent_at: Some("2026-11-21T09:15:00Z".to_owned()),
                last_attempt,
                chunk_gap_ms: Some(ChunkGap { p50: ms(0.812), p95: ms(20.0), max: ms(31.0) }),
                ..Timings::default()
            },
            stream: Some(StreamFacts {
                completeness: Completeness::Done,
                ..StreamFacts::default()
            }),
            gave_up: None,
            attempts: vec![attempt(1, last_attempt)],
        }],
    }
}

fn attempt(number: u32, timings: AttemptTimings) -> Attempt {
    Attempt {
        number,
        phase: Phase::Complete,
        outcome: AttemptOutcome::Succeeded,
        cause: None,
        message: None,
        guard: None,
        status: Some(200),
        retry_after_ms: None,
        retry_after_from: None,
        resend: false,
        redirects: 0,
        wait_before_ms: ms(0.0),
        started_at: "2026-11-21T09:15:00Z".to_owned(),
        timings,
        bytes: 2_345,
        events: 45,
        characters: 24,
        text: None,
    }
}

/// A failure of a kind, with a message and the remedy that the kind has.
pub(crate) fn failure(kind: FailureKind, phase: Phase, message: &str) -> Failure {
    Failure {
        kind,
        message: text(message),
        hint: text(fluxloop_explain::remedy(kind)),
        phase,
        status: None,
        clock: None,
        body: None,
        retry_after_ms: None,
        api_type: None,
        seen: None,
    }
}

/// A case that failed.
pub(crate) fn failed(place: u64, failure: Failure) -> Trace {
    let mut trace = success(place);
    trace.output = text("").into();
    trace.success = false;
    trace.outcome = Outcome::Failed;
    trace.token_usage = None;
    trace.duration_ms = ms(52.0);
    trace.turns[0].attempts[0].outcome = AttemptOutcome::Failed;
    trace.turns[0].attempts[0].phase = failure.phase;
    trace.turns[0].attempts[0].cause = Some(failure.kind);
    trace.turns[0].attempts[0].status = failure.status;
    trace.turns[0].attempts[0].message = Some(failure.message.clone());
    trace.error = Some(failure);
    trace
}

/// Eleven events, none of which holds text where the path looks.
fn no_text() -> Failure {
    let by_type = [("message", 10), ("ping", 1)];
    let mut failure = failure(
        FailureKind::NoText,
        Phase::BeforeText,
        "11 events came, and none held text at `$.delta`",
    );
    failure.hint = text("set `stream_output_path` to `$.choices[0].delta.content`");
    failure.seen = Some(NoTextReport {
        by_type: by_type.map(|(name, count)| (text(name), count)).into(),
        by_data_type: [(text("text-delta"), 10)].into(),
        passed: 10,
        matched: 0,
        sample: Some(text("{\"choices\":[{\"delta\":{\"content\":\"\u{1b}[31mHi\"}}]}")),
        tool_calls: true,
        path_with_text: Some(text("$.choices[0].delta.content")),
        event_with_text: Some(text("message")),
    });
    failure
}

/// A status with a body.
fn unavailable() -> Failure {
    let mut failure =
        failure(FailureKind::Status, Phase::Status, "the server answered 503 Service Unavailable");
    failure.status = Some(503);
    failure.body = Some(text("<html>\n  <h1>Service Unavailable</h1>\n</html>\n"));
    failure
}

/// A connection that broke after text.
fn truncated() -> Failure {
    failure(
        FailureKind::Truncated,
        Phase::AfterText,
        "the connection was reset after 24 characters",
    )
}

/// A case whose model thought, called tools, took text back, and waits for a person.
fn thinking(place: u64) -> Trace {
    let mut trace = success(place);
    let turn = &mut trace.turns[0];
    let thoughts = Channel { characters: 1_200, ..Channel::default() };
    turn.channels.others =
        [(text("citations"), Channel { characters: 30, ..thoughts.clone() })].into();
    turn.channels.reasoning = Some(thoughts);
    let failed = ToolCall { error: Some(text("no such river")), ..ToolCall::default() };
    turn.tool_calls = vec![ToolCall::default(), failed];
    turn.needs_input = Some(text("tool-approval-request"));
    turn.discarded = 12;
    let usage = turn.usage.as_mut().expect("it is there");
    (usage.reasoning, usage.cached) = (Some(1_000), Some(120));
    turn.timings.last_attempt.first_output_ms = Some(ms(60.0));
    turn.timings.tpot_ms = Some(ms(0.4));
    turn.timings.tokens_per_second = TokensPerSecond::of(2_839, ms(1_140.0));
    trace
}

/// The closed cases of the run, in order of completion.
pub(crate) fn traces() -> Vec<Trace> {
    let mut hostile = success(1);
    hostile.output = text("\u{1b}]0;owned\u{7}漢字 \u{202e}txt.exe\r\n").into();
    hostile.case_id = CaseId::new(text("q-1\u{1b}[2J"), 0);
    let mut cut = success(4);
    cut.outcome = Outcome::Stopped;
    cut.termination_reason = Some(GuardKind::OutputCharLimit);
    let mut late = success(5);
    late.outcome = Outcome::Stopped;
    late.success = false;
    late.termination_reason = Some(GuardKind::MaxDuration);
    let mut retried = success(6);
    let broken = failed(6, unavailable()).turns[0].attempts.remove(0);
    retried.turns[0].attempts.insert(0, broken);
    retried.turns[0].attempts[1].number = 2;
    retried.turns[0].attempts[1].resend = true;
    let mut loose = success(7);
    loose.turns[0].stream = Some(StreamFacts::default());
    let words = text("the body ended inside a frame, which was discarded");
    let hint = text("check whether the server closes the connection early");
    let example = text("{\"delta\": \"for sys");
    let warning = Warning::new(WarningCode::CutFrame, words);
    loose.warnings = vec![Warning { hint: Some(hint), example: Some(example), ..warning }];
    vec![
        hostile,
        success(0),
        thinking(10),
        failed(2, no_text()),
        failed(8, no_text()),
        failed(3, unavailable()),
        cut,
        late,
        retried,
        loose,
        failed(9, truncated()),
    ]
}

/// The events of a run with these cases, one after the other.
pub(crate) fn events(traces: &[Trace], status: RunStatus) -> Vec<RunEvent> {
    events_of(Tally::new(), traces, status)
}

/// Cases of which one is as expected, and what the run has to reach.
pub(crate) fn judged_events() -> Vec<RunEvent> {
    let threshold = |name: &str, limit: f64| Threshold {
        metric: Metric::named(name).expect("a metric"),
        limit: Amount::part(limit),
    };
    let objective = |quantity, limit| Objective { quantity, limit: Amount::count(limit) };
    let thresholds = [
        ("expectations", 0.3),
        ("first_token_p95", 100.0),
        ("goodput_per_s", 0.5),
        ("tpot_p50", 20.0),
    ];
    let targets = Targets {
        thresholds: thresholds.map(|(name, limit)| threshold(name, limit)).to_vec(),
        objectives: vec![
            objective(Quantity::FirstToken, 500),
            objective(Quantity::Tpot, 20),
            objective(Quantity::Duration, 1_000),
        ],
    };
    let traces = [
        judged(0, None),
        judged(1, Some((ExpectationKind::Equals, "the text differs from its character 8 on"))),
        judged(2, Some((ExpectationKind::Contains, "`42` is not in the text\u{1b}[2J"))),
        judged(3, Some((ExpectationKind::Contains, "`43` is not in the text"))),
        failed(4, unavailable()),
    ];
    events_of(Tally::with_targets(targets), &traces, RunStatus::Complete)
}

/// A success with an expectation that is met, and perhaps another one that is not.
fn judged(place: u64, open: Option<(ExpectationKind, &str)>) -> Trace {
    let met = [(ExpectationKind::JsonSchema, 1)].into();
    let open = open.map(|(kind, message)| UnmetExpectation {
        number: 2,
        kind: Some(kind),
        channel: (kind == ExpectationKind::Contains).then(|| text("reasoning")),
        path: None,
        message: text(message),
        expected: Some(text("A language\nfor people.")),
        actual: Some(text("")),
        character: Some(8),
        pointer: None,
    });
    let expectations = Expectations { met, unmet: Vec::from_iter(open), ..Expectations::default() };
    let verdict = expectations.verdict();
    Trace { verdict, expectations: Some(expectations), ..success(place) }
}

pub(crate) fn events_of(mut tally: Tally, traces: &[Trace], status: RunStatus) -> Vec<RunEvent> {
    tally.note_parallelism(4);
    let name = text("streaming smoke");
    let total = if status == RunStatus::Complete { traces.len() as u64 } else { 20 };
    let mut events = vec![
        RunEvent::RunStarted { name: name.clone(), total: Some(total), closed: 0 },
        RunEvent::Warning(Warning::new(WarningCode::OwnLag, text("`.env` is not ignored by git"))),
    ];
    for trace in traces {
        tally.add(trace);
        events.extend(case_events(trace));
    }
    let date = "2026-11-21T09:15:00Z".to_owned();
    let summary = tally.summary(name, date, status, Duration::from_millis(4_210));
    events.push(RunEvent::RunFinished(Arc::new(summary)));
    events
}

/// The same of a run whose number of cases is not known beforehand.
pub(crate) fn of_unknown_length(events: Vec<RunEvent>) -> Vec<RunEvent> {
    let unknown = |event| match event {
        RunEvent::RunStarted { name, closed, .. } => {
            RunEvent::RunStarted { name, total: None, closed }
        }
        event => event,
    };
    events.into_iter().map(unknown).collect()
}

/// The same with times, as reporters take them.
pub(crate) fn timed(events: &[RunEvent]) -> Vec<TimedEvent> {
    events.iter().map(|event| TimedEvent::new(Duration::ZERO, event.clone())).collect()
}

fn case_events(trace: &Trace) -> Vec<RunEvent> {
    let case_id = trace.case_id.clone();
    let mut events = vec![RunEvent::CaseStarted { case_id: case_id.clone() }];
    for attempt in trace.attempts() {
        let (case_id, number) = (case_id.clone(), attempt.number);
        events.push(RunEvent::AttemptStarted { case_id: case_id.clone(), number });
        if attempt.outcome == AttemptOutcome::Succeeded {
            let after = Duration::from_micros(120_500);
            events.push(RunEvent::FirstText { case_id, after });
        } else if trace.attempts().count() as u64 > u64::from(number) {
            events.push(RunEvent::RetryPlanned {
                case_id,
                number,
                cause: attempt.cause.expect("a failed attempt has a cause"),
                status: attempt.status,
                message: attempt.message.clone().expect("a failed attempt has a message"),
                wait: Duration::from_millis(210),
            });
        }
    }
    events.push(RunEvent::CaseFinished(Arc::new(trace.clone())));
    events
}

/// An empty map says what a stream without events says.
pub(crate) fn nothing_seen() -> Failure {
    let mut failure = failure(FailureKind::NoText, Phase::BeforeText, "the body was empty");
    failure.seen = Some(NoTextReport { by_type: BTreeMap::new(), ..NoTextReport::default() });
    failure
}
