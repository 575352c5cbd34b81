//! A run for tests: a case of each kind.

use std::time::Duration;

use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{
    Attempt, AttemptOutcome, AttemptTimings, CaseId, Channels, ConversationState, ExpectationKind,
    Expectations, ExportKind, Failure, FailureKind, GuardKind, Milliseconds, Outcome, Phase,
    RecordVersion, RunStatus, Summary, Tally, Timings, TokenUsage, Trace, Turn, UnmetExpectation,
    Usage, Verdict,
};

use crate::{Options, exporter};

pub(crate) fn masked(text: &str) -> Masked {
    Redactor::none().mask(text)
}

fn ms(millis: f64) -> Milliseconds {
    Milliseconds::from_millis(millis)
}

/// The figures of these cases.
pub(crate) fn run(cases: &[Trace]) -> Summary {
    let mut tally = Tally::new();
    for trace in cases {
        tally.add(trace);
    }
    let date = "2026-01-02T03:04:05.000000Z".to_owned();
    tally.summary(Masked::from_static("smoke"), date, RunStatus::Complete, Duration::from_secs(4))
}

/// What the exporter of a kind writes.
pub(crate) fn export(kind: ExportKind, cases: &[Trace]) -> String {
    String::from_utf8(export_bytes(kind, cases)).expect("it is text")
}

/// The same, whatever it is.
pub(crate) fn export_bytes(kind: ExportKind, cases: &[Trace]) -> Vec<u8> {
    let run = run(cases);
    let mut written = Vec::new();
    let mut exporter =
        exporter(kind, &run, Options::default(), &mut written).expect("memory takes it");
    for trace in cases {
        exporter.case(trace).expect("memory takes it");
    }
    exporter.finish().expect("memory takes it");
    written
}

/// A case that passed, a case that failed after a retry, a case with an expectation that is not met,
/// a case that a guard stopped.
pub(crate) fn cases() -> Vec<Trace> {
    let passed = case(0, "=1+1", "Hello, \"world\"\nof CSV");
    let mut failed = case(1, "fails", "");
    fail(&mut failed);
    let mut unmet = case(2, "unmet", "<b>no</b>\u{1b}[31m");
    unmet.verdict = Verdict::Unmet;
    let open = UnmetExpectation {
        number: 1,
        kind: Some(ExpectationKind::Contains),
        channel: None,
        path: None,
        message: masked("the text does not contain it"),
        expected: Some(masked("42")),
        actual: Some(masked("<b>no</b>\u{1b}[31m")),
        character: None,
        pointer: None,
    };
    unmet.expectations = Some(Expectations { unmet: vec![open], ..Expectations::default() });
    let mut stopped = case(3, "slow", "half an");
    stopped.success = false;
    stopped.outcome = Outcome::Stopped;
    stopped.termination_reason = Some(GuardKind::MaxDuration);
    vec![passed, failed, unmet, stopped]
}

/// A case that succeeded, half a second after the one before, and took a second.
pub(crate) fn case(place: u64, question: &str, answer: &str) -> Trace {
    let (input, output) = (masked(question).into(), masked(answer).into());
    let (conversation, conversation_state) = ConversationState::of(&input, &output);
    let usage = Usage { input: 10, output: 20, total: 30, ..Usage::default() };
    let start = format!("2026-01-02T03:04:{:02}.{}00000Z", 5 + place / 2, place % 2 * 5);
    let times = AttemptTimings {
        connect_ms: Some(ms(10.0)),
        headers_ms: Some(ms(200.0)),
        first_byte_ms: Some(ms(200.0)),
        first_event_ms: Some(ms(200.5)),
        first_output_ms: Some(ms(250.0)),
        first_token_ms: Some(ms(250.0)),
        last_token_ms: Some(ms(950.0)),
        total_ms: ms(1_000.0),
    };
    let timings = Timings {
        scheduled_at: start.clone(),
        sent_at: Some(start.clone()),
        last_attempt: times,
        ..Timings::default()
    };
    Trace {
        version: RecordVersion,
        trace_id: format!("00000000-0000-4000-8000-{place:012}"),
        case_id: CaseId::new(masked(question), 0),
        case_index: place,
        iteration: 0,
        persona: None,
        input: input.clone(),
        metadata: [].into(),
        expected: None,
        expect: None,
        judge: None,
        output,
        success: true,
        outcome: Outcome::Succeeded,
        verdict: Verdict::None,
        expectations: None,
        error: None,
        duration_ms: ms(1_000.0),
        token_usage: TokenUsage::sum([Some(&usage)]),
        finish_reason: Some(Masked::from_static("stop")),
        model: Some(Masked::from_static("small-1")),
        warnings: Vec::new(),
        conversation,
        conversation_state,
        observation_count: 1,
        termination_reason: None,
        input_hash: "fnv1a64:0".to_owned(),
        redactions: 0,
        turns: vec![Turn {
            number: 1,
            input,
            outcome: Outcome::Succeeded,
            error: None,
            channels: Channels::default(),
            tool_calls: Vec::new(),
            usage: Some(usage),
            captures: [].into(),
            needs_input: None,
            integrity: None,
            discarded: 0,
            finish_reason: Some(Masked::from_static("stop")),
            model: Some(Masked::from_static("small-1")),
            timings: timings.with_tokens(20, Some(ms(950.0)), true),
            stream: None,
            gave_up: None,
            attempts: vec![attempt(1, &start, times)],
        }],
    }
}

fn attempt(number: u32, started_at: &str, timings: AttemptTimings) -> Attempt {
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
        started_at: started_at.to_owned(),
        timings,
        bytes: 1_000,
        events: 5,
        characters: 20,
        text: None,
    }
}

/// Lets a case fail in two attempts.
fn fail(trace: &mut Trace) {
    trace.success = false;
    trace.outcome = Outcome::Failed;
    trace.token_usage = None;
    trace.finish_reason = None;
    trace.error = Some(Failure {
        kind: FailureKind::Status,
        message: masked("the server answered 503: try, again\n::error::x"),
        hint: masked("wait"),
        phase: Phase::Status,
        status: Some(503),
        clock: None,
        body: None,
        retry_after_ms: None,
        api_type: None,
        seen: None,
    });
    let turn = &mut trace.turns[0];
    turn.outcome = Outcome::Failed;
    turn.usage = None;
    let times = AttemptTimings {
        headers_ms: Some(ms(100.0)),
        total_ms: ms(100.0),
        ..AttemptTimings::default()
    };
    turn.timings.last_attempt = times;
    turn.timings.tokens_per_second = None;
    turn.timings.tpot_ms = None;
    let failed = |number, started_at| Attempt {
        outcome: AttemptOutcome::Failed,
        phase: Phase::Status,
        cause: Some(FailureKind::Status),
        message: Some(masked("the server answered 503")),
        status: Some(503),
        ..attempt(number, started_at, times)
    };
    let first = failed(1, "2026-01-02T03:04:05.500000Z");
    let second = Attempt { wait_before_ms: ms(300.0), ..failed(2, "2026-01-02T03:04:05.900000Z") };
    turn.attempts = vec![first, second];
}
