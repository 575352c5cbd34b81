//! Folders of runs that no server answered: what they hold is known exactly.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fluxloop_redact::{Masked, Redactor};
use fluxloop_store::{RunDirectory, RunInfo};
use fluxloop_trace::{
    AttemptTimings, CaseId, Channels, ConversationState, Failure, FailureKind, Milliseconds,
    Outcome, Phase, RecordVersion, RunStatus, StreamFacts, Tally, Timings, TokenUsage, ToolCall,
    Trace, Turn, Usage, Verdict,
};
use serde_json::json;

/// A case as a comparison sees it.
#[derive(Clone, Debug)]
pub(crate) struct Written<'w> {
    pub(crate) id: &'w str,
    pub(crate) iteration: u32,
    pub(crate) question: &'w str,
    /// The answer, or why there is none.
    pub(crate) answer: Result<&'w str, &'w str>,
    pub(crate) first_token: f64,
    pub(crate) duration: f64,
    pub(crate) tokens: u64,
    /// The names of the tools that were called.
    pub(crate) tools: &'w [&'w str],
}

/// The cases of a run, and what was configured.
#[derive(Debug)]
pub(crate) struct WrittenRun<'w> {
    pub(crate) name: &'w str,
    pub(crate) model: &'w str,
    pub(crate) cases: Vec<Written<'w>>,
}

fn text(text: &str) -> Masked {
    Redactor::none().mask(text)
}

impl WrittenRun<'_> {
    /// Writes the folder `name` below `parent`.
    pub(crate) fn write(&self, parent: &Path) -> PathBuf {
        let scratch = tempfile::tempdir_in(parent).expect("a folder");
        let started = "2026-11-21T10:15:00+01:00[Europe/Berlin]".parse().expect("a time");
        let info = RunInfo {
            name: text(self.name),
            config: json!({
                "name": self.name,
                "runner": {"http": {
                    "url": "http://localhost:8000/chat",
                    "body_template": {"mapping": {"model": self.model, "input": "$.input"}},
                }},
            }),
            config_yaml: format!("name: {}\n", self.name),
            config_hash: format!("fnv1a64:{}", self.model),
            inputs_hash: "fnv1a64:0".to_owned(),
            is_mock: false,
            proxy: None,
            source: None,
        };
        let mut directory = RunDirectory::create(scratch.path(), &started, info).expect("a folder");
        let mut tally = Tally::new();
        let traces: Vec<Trace> =
            (0..).zip(&self.cases).map(|(place, case)| self.trace(place, case)).collect();
        for trace in &traces {
            tally.add(trace);
        }
        directory.append(&traces).expect("the disk takes it");
        let date = started.timestamp().to_string();
        let elapsed = Duration::from_secs(1);
        let summary = tally.summary(text(self.name), date, RunStatus::Complete, elapsed);
        let written = directory.path().to_owned();
        directory.finish(&summary).expect("everything can be derived");
        let path = parent.join(self.name);
        std::fs::rename(written, &path).expect("the same file system");
        path
    }

    #[expect(clippy::too_many_lines, reason = "a record has many members")]
    fn trace(&self, place: u64, case: &Written<'_>) -> Trace {
        let input = text(case.question).into();
        let output = text(case.answer.unwrap_or_default()).into();
        let (conversation, conversation_state) = ConversationState::of(&input, &output);
        let outcome = if case.answer.is_ok() { Outcome::Succeeded } else { Outcome::Failed };
        let error = case.answer.err().map(|message| Failure {
            kind: FailureKind::Status,
            message: text(message),
            hint: text("read the body"),
            phase: Phase::Status,
            status: Some(503),
            clock: None,
            body: None,
            retry_after_ms: None,
            api_type: None,
            seen: None,
        });
        let is_answered = case.answer.is_ok();
        let usage = is_answered.then(|| Usage {
            output: case.tokens,
            total: case.tokens,
            ..Usage::default()
        });
        let first_token = Milliseconds::from_millis(case.first_token);
        let last_attempt = AttemptTimings {
            first_output_ms: is_answered.then_some(first_token),
            first_token_ms: is_answered.then_some(first_token),
            total_ms: Milliseconds::from_millis(case.duration),
            ..AttemptTimings::default()
        };
        let timings = Timings { last_attempt, ..Timings::default() };
        let last = Some(Milliseconds::from_millis(case.duration));
        let call = |name: &&str| ToolCall {
            name: Some(text(name)),
            arguments: Some(text("{}")),
            ..ToolCall::default()
        };
        Trace {
            version: RecordVersion,
            trace_id: format!("00000000-0000-4000-8000-{place:012}"),
            case_id: CaseId::new(text(case.id), case.iteration),
            case_index: place,
            iteration: case.iteration,
            persona: None,
            input: input.clone(),
            metadata: [].into(),
            expected: None,
            expect: None,
            output,
            success: is_answered,
            outcome,
            verdict: Verdict::None,
            expectations: None,
            judge: None,
            error: error.clone(),
            duration_ms: Milliseconds::from_millis(case.duration),
            token_usage: TokenUsage::sum([usage.as_ref()]),
            finish_reason: None,
            model: Some(text(self.model)),
            warnings: Vec::new(),
            conversation,
            conversation_state,
            observation_count: 0,
            termination_reason: None,
            input_hash: format!("fnv1a64:{}", case.question),
            redactions: 0,
            turns: vec![Turn {
                number: 1,
                input,
                outcome,
                error,
                channels: Channels::default(),
                tool_calls: case.tools.iter().map(call).collect(),
                usage,
                captures: [].into(),
                needs_input: None,
                integrity: None,
                discarded: 0,
                finish_reason: None,
                model: Some(text(self.model)),
                timings: timings.with_tokens(case.tokens, last, true),
                stream: Some(StreamFacts::default()),
                gave_up: None,
                attempts: Vec::new(),
            }],
        }
    }
}
