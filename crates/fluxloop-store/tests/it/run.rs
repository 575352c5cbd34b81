//! A small run that holds one of everything that an artifact must be able to say.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fluxloop_redact::{Masked, Redactor};
use fluxloop_store::{RunDirectory, RunInfo};
use fluxloop_trace::{
    Attempt, AttemptOutcome, AttemptTimings, CaseId, Channel, Channels, ConversationState, Failure,
    FailureKind, GaveUp, GiveUpReason, GuardKind, MaskedJson, Milliseconds, Outcome, Phase,
    RecordVersion, RunStatus, StreamFacts, Tally, Timings, TokenUsage, Trace, Turn, Usage, Verdict,
};
use jiff::Zoned;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Text that came from outside.
pub(crate) fn text(text: &str) -> Masked {
    Redactor::none().mask(text)
}

/// The moment at which every run of these tests begins.
pub(crate) fn started() -> Zoned {
    "2026-11-21T10:15:00.25+01:00[Europe/Berlin]".parse().expect("a time with its zone")
}

/// What is known of the run.
pub(crate) fn info() -> RunInfo {
    RunInfo {
        name: text("smoke"),
        config: json!({
            "name": "smoke",
            "iterations": 2,
            "runner": {"http": {
                "url": "http://localhost:8000/chat",
                "headers": {"Authorization": "Bearer ${OPENAI_API_KEY}"},
            }},
        }),
        config_yaml: "name: smoke # and more\n".to_owned(),
        config_hash: "fnv1a64:85944171f73967e8".to_owned(),
        inputs_hash: "fnv1a64:cbf29ce484222325".to_owned(),
        is_mock: false,
        source: None,
        proxy: None,
    }
}

/// A case that went well.
pub(crate) fn success(place: u64) -> Trace {
    let last_attempt = AttemptTimings {
        first_token_ms: Some(Milliseconds::from_millis(120.5)),
        total_ms: Milliseconds::from_millis(1_240.125),
        ..AttemptTimings::default()
    };
    let input = text(&format!("question {place}")).into();
    let output = text("Hello \"wörld\"\n漢字 ").into();
    let (conversation, conversation_state) = ConversationState::of(&input, &output);
    let usage = Usage { input: 3, output: 4, total: 7, ..Usage::default() };
    Trace {
        version: RecordVersion,
        trace_id: format!("00000000-0000-4000-8000-{place:012}"),
        case_id: CaseId::new(text(&format!("q-{place}")), 1),
        case_index: place,
        iteration: 1,
        persona: None,
        input: input.clone(),
        metadata: [(text("topic"), MaskedJson::Text(text("orders")))].into(),
        expected: None,
        expect: None,
        output,
        success: true,
        outcome: Outcome::Succeeded,
        verdict: Verdict::None,
        expectations: None,
        judge: None,
        error: None,
        duration_ms: Milliseconds::from_millis(1_240.125),
        token_usage: TokenUsage::sum([Some(&usage)]),
        finish_reason: Some(text("stop")),
        model: Some(text("gpt-4o")),
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
                text: Some(Channel { characters: 16, ..Channel::default() }),
                ..Channels::default()
            },
            tool_calls: Vec::new(),
            usage: Some(usage),
            captures: [].into(),
            needs_input: None,
            integrity: None,
            discarded: 0,
            finish_reason: Some(text("stop")),
            model: Some(text("gpt-4o")),
            timings: Timings { last_attempt, ..Timings::default() },
            stream: Some(StreamFacts::default()),
            gave_up: None,
            attempts: vec![attempt(last_attempt)],
        }],
    }
}

fn attempt(timings: AttemptTimings) -> Attempt {
    Attempt {
        number: 1,
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
        wait_before_ms: Milliseconds::from_millis(0.0),
        started_at: "2026-11-21T09:15:00.9Z".to_owned(),
        timings,
        bytes: 2_345,
        events: 45,
        characters: 16,
        text: None,
    }
}

/// The first attempt of this case broke after text had come.
pub(crate) fn retried(place: u64) -> Trace {
    let mut trace = success(place);
    let mut broken = trace.turns[0].attempts[0].clone();
    broken.outcome = AttemptOutcome::Failed;
    broken.phase = Phase::AfterText;
    broken.cause = Some(FailureKind::Truncated);
    broken.message = Some(text("the connection was reset"));
    broken.text = Some(text("Hel"));
    broken.resend = true;
    trace.turns[0].attempts.insert(0, broken);
    trace.turns[0].attempts[1].number = 2;
    trace.turns[0].attempts[1].started_at = String::from("2026-11-21T09:15:02Z");
    trace.turns[0].attempts[1].wait_before_ms = Milliseconds::from_millis(200.0);
    trace.observation_count = 2;
    trace
}

/// A case that failed for good.
pub(crate) fn failed(place: u64) -> Trace {
    let mut trace = success(place);
    trace.persona = Some(text("novice"));
    trace.output = text("").into();
    trace.success = false;
    trace.outcome = Outcome::Failed;
    trace.token_usage = None;
    trace.turns[0].attempts[0].outcome = AttemptOutcome::Failed;
    trace.turns[0].attempts[0].message = Some(text("the server answered 503"));
    let gave_up = GaveUp { reason: GiveUpReason::Spent, wait_ms: None, furthest: None };
    trace.turns[0].gave_up = Some(gave_up);
    trace.error = Some(Failure {
        kind: FailureKind::Status,
        message: text("the server answered 503"),
        hint: text("read the body"),
        phase: Phase::Status,
        status: Some(503),
        clock: None,
        body: Some(text("<html>")),
        retry_after_ms: None,
        api_type: None,
        seen: None,
    });
    trace
}

/// A case that a guard or the user ended.
pub(crate) fn ended(place: u64, guard: Option<GuardKind>) -> Trace {
    let mut trace = success(place);
    trace.success = guard.is_some_and(GuardKind::counts_as_success);
    trace.outcome = if guard.is_some() { Outcome::Stopped } else { Outcome::Interrupted };
    trace.termination_reason = guard;
    trace.turns[0].attempts[0].outcome =
        if guard.is_some() { AttemptOutcome::Stopped } else { AttemptOutcome::Interrupted };
    trace.turns[0].attempts[0].guard = guard;
    trace
}

/// One of everything, in order of completion.
pub(crate) fn mixed() -> Vec<Trace> {
    vec![
        retried(4),
        failed(1),
        success(0),
        ended(3, Some(GuardKind::OutputCharLimit)),
        ended(2, Some(GuardKind::MaxDuration)),
        ended(5, None),
    ]
}

/// A run that has begun, below a folder that goes away with the first value.
pub(crate) fn begun() -> (TempDir, RunDirectory) {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let run = RunDirectory::create(parent.path(), &started(), info()).expect("a folder");
    (parent, run)
}

/// A run that is over: its folder, and the temporary folder that holds it.
pub(crate) fn finished(traces: &[Trace], status: RunStatus) -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut directory =
        RunDirectory::create(parent.path(), &started(), info()).expect("the folder can be made");
    let mut tally = Tally::new();
    for trace in traces {
        tally.add(trace);
    }
    directory.append(traces).expect("the disk takes it");
    let path = directory.path().to_owned();
    let date = started().timestamp().to_string();
    let summary = tally.summary(text("smoke"), date, status, Duration::from_millis(4_210));
    directory.finish(&summary).expect("everything can be derived");
    (parent, path)
}

/// The JSON of a file.
pub(crate) fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("the file is there")).expect("it is JSON")
}

/// The JSON of each line of a file.
pub(crate) fn read_lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the file is there");
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    text.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
