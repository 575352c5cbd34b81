//! `artifacts.md`: what a run leaves behind.

use super::Page;
use super::page::code;

/// A file, its one sentence, and its fields: name, meaning. Names with a dot lie one level down.
struct Artifact {
    file: &'static str,
    about: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

const ARTIFACTS: &[Artifact] = &[
    Artifact {
        file: "traces.jsonl",
        about: "The journal: one JSON object a line for each case, written the moment the case is \
                closed, in the order in which cases close.\n\
                All other files can be made from it.",
        fields: TRACE,
    },
    Artifact {
        file: "summary.json",
        about: "The run in figures, as one JSON object.\n\
                It is replaced as a whole, so that a reader never sees half of it.",
        fields: SUMMARY,
    },
    Artifact {
        file: "trace_summary.jsonl",
        about: "The cases again, one a line, in the order of the inputs, with the fields that most \
                readers need.",
        fields: TRACE_SUMMARY,
    },
    Artifact {
        file: "observations.jsonl",
        about: "One JSON object a line for each attempt.",
        fields: OBSERVATION,
    },
    Artifact {
        file: "errors.json",
        about: "A JSON list of the cases that did not succeed; absent when there are none.",
        fields: ERROR,
    },
    Artifact {
        file: "set_aside.jsonl",
        about: "Only in a run that was taken up again: the lines that `--resume` took out of the \
                journal, because their cases were interrupted, because the process was killed in \
                the middle of one, because a case was there twice, or because `--retry-failed` or \
                `--force` asked for it.",
        fields: &[],
    },
    Artifact {
        file: "config.yaml",
        about: "The configuration as it was resolved from all of its layers, with `${NAME}` kept \
                as written: it holds no secret and can be loaded again with `--config`.",
        fields: &[],
    },
];

const TRACE: &[(&str, &str)] = &[
    ("version", "the layout of the record: 2"),
    ("trace_id", "a UUID, new for every case"),
    ("case_id", "`<input id>/<iteration>`"),
    ("case_index", "the place of the case in the order of the inputs, from 0"),
    ("iteration", "the iteration, from 0"),
    ("persona", "the persona of the input, or null"),
    ("input", "the text of the input"),
    ("metadata", "the input's `metadata` and its other keys"),
    ("output", "the text that was collected; of a failed case what its last attempt had so far"),
    ("success", "whether the case counts as a success"),
    ("outcome", "`succeeded`, `failed`, `stopped` or `interrupted`"),
    ("error", "why the case failed; absent otherwise"),
    ("error.kind", "the kind, see [failures](failures.md)"),
    ("error.message", "what happened"),
    ("error.hint", "what to do about it"),
    (
        "error.phase",
        "how far the last attempt came: `before_connect`, `connect`, `sent`, `status`, `before_text`, `after_text`, `complete`",
    ),
    ("error.status", "the HTTP status, where one came"),
    ("error.clock", "the clock that ran out: `attempt`, `connect`, `idle`, `event`"),
    ("error.body", "the beginning of the answer's body, at most 2 KiB"),
    ("error.retry_after_ms", "how long the server asked to wait"),
    ("error.api_type", "the provider's name for the error"),
    (
        "error.seen",
        "where no text was found: `by_type` (events by type), `passed` (the filter), `matched` (the path), `sample`, `tool_calls`, `path_with_text`, `event_with_text`",
    ),
    (
        "duration_ms",
        "the whole case since it was due, attempts and waits together; of a success until the answer was complete",
    ),
    (
        "token_usage",
        "`prompt_tokens`, `completion_tokens`, `total_tokens` as the provider counted them; absent when it did not",
    ),
    ("finish_reason", "why the model stopped, as the provider says it"),
    ("model", "the model, as the provider names it"),
    (
        "warnings",
        "what a careful reader should know: a list of `code`, `message`, `count` and sometimes `example`",
    ),
    (
        "conversation",
        "question and answer as a list of `turn_index` (from 1, shared by both), `role`, `content`, `source` (`input` or `agent`), `metadata`",
    ),
    ("conversation_state", "the same as `turns`, a list of `role` and `content`"),
    ("observation_count", "how many attempts there were"),
    ("termination_reason", "the guard that stopped the case; absent otherwise"),
    (
        "input_hash",
        "shows `--resume --force` whether the input is still the same: a hash of its text, persona, `messages`, `context` and `metadata`, masked",
    ),
    ("redactions", "how many places of this record were masked"),
    ("turns", "each question and its answer, in order"),
    ("turns[].number", "counts from 1"),
    ("turns[].input", "what was asked"),
    ("turns[].outcome", "as the case's"),
    ("turns[].error", "as the case's"),
    (
        "turns[].channels",
        "what came, by kind: of `text` its `characters`, `first_ms` and `last_ms`",
    ),
    (
        "turns[].usage",
        "`input`, `output` and `total` tokens; absent when the provider did not count",
    ),
    ("turns[].finish_reason", "as the case's"),
    ("turns[].model", "as the case's"),
    ("turns[].timings", "the times of the last attempt, as in `turns[].attempts[].timings`"),
    (
        "turns[].timings.scheduled_at",
        "when the turn was due (ISO 8601, UTC): with `simulation.rate` by its schedule, else when it began",
    ),
    ("turns[].timings.sent_at", "when its first request was sent (ISO 8601, UTC)"),
    (
        "turns[].timings.chunk_gap_ms",
        "`p50`, `p95` and `max` of the gaps between events that carried text; a chunk is not a token",
    ),
    (
        "turns[].timings.tokens_per_second",
        "output tokens for each second between first and last output",
    ),
    ("turns[].timings.tpot_ms", "the time for each output token after the first one"),
    ("turns[].stream", "what was seen in the last attempt's stream"),
    ("turns[].stream.framing", "how the body was cut into pieces: `sse` or `none`"),
    ("turns[].stream.events", "events dispatched"),
    ("turns[].stream.by_type", "events by type"),
    ("turns[].stream.passed", "events that passed the filter"),
    ("turns[].stream.matched", "events in which text was found"),
    (
        "turns[].stream.skipped",
        "events left out: no JSON in an event of another type than `message`, or text after the end of the answer",
    ),
    (
        "turns[].stream.completeness",
        "`done` (the end marker came), `framed` (the transport said that the body is whole) or `unverified`",
    ),
    (
        "turns[].gave_up",
        "why nothing followed the attempt that failed last: `reason`, `wait_ms`, `furthest`",
    ),
    ("turns[].attempts", "every request, in order"),
    ("turns[].attempts[].number", "counts from 1"),
    ("turns[].attempts[].phase", "how far it came"),
    ("turns[].attempts[].outcome", "`succeeded`, `failed`, `stopped` or `interrupted`"),
    ("turns[].attempts[].cause", "the kind of failure"),
    ("turns[].attempts[].message", "the failure in words"),
    ("turns[].attempts[].guard", "the guard that stopped it"),
    ("turns[].attempts[].status", "the HTTP status, where one came"),
    (
        "turns[].attempts[].resend",
        "true when the connection had died unanswered and the request was sent once more at once; absent otherwise",
    ),
    (
        "turns[].attempts[].redirects",
        "how many redirects it followed (`redirects: same-origin`), each by a further request; absent when none",
    ),
    ("turns[].attempts[].wait_before_ms", "the pause before it"),
    ("turns[].attempts[].started_at", "when it began (ISO 8601, UTC)"),
    (
        "turns[].attempts[].timings",
        "`connect_ms`, `headers_ms`, `first_byte_ms`, `first_event_ms`, `first_output_ms`, `first_token_ms`, `last_token_ms`, `total_ms`, each from the start of the attempt; a step that was not reached is absent",
    ),
    ("turns[].attempts[].bytes", "bytes of the body, after decompression"),
    ("turns[].attempts[].events", "events of the stream"),
    ("turns[].attempts[].characters", "characters of text (Unicode scalar values)"),
    (
        "turns[].attempts[].text",
        "the text of an attempt that failed; that of the last one is the `output` too",
    ),
];

const SUMMARY: &[(&str, &str)] = &[
    ("name", "the name of the run"),
    ("date", "when it began (ISO 8601)"),
    ("status", "`running`, `interrupted` or `complete`"),
    ("resumed_at", "when the run was taken up again with `--resume`, each time; absent when never"),
    ("mock", "`true` when the mock agent answered (`--mock`); absent otherwise"),
    (
        "config_hash",
        "tells whether `--resume` has the same configuration: a hash of `config` without name, folders, parallelism, rate and pauses",
    ),
    ("inputs_hash", "the same of the inputs"),
    ("config", "the configuration as resolved, `${NAME}` kept as written"),
    ("results.total_runs", "cases closed"),
    ("results.successful", "those that count as a success"),
    ("results.failed", "the others, interrupted ones too"),
    ("results.success_rate", "`successful` in `total_runs`, 0 to 1"),
    ("results.avg_duration_ms", "the mean duration of the successes"),
    ("results.duration_seconds", "the whole run"),
    ("outcomes", "cases by outcome"),
    ("failures", "failed cases by kind"),
    ("stopped", "stopped cases by guard"),
    ("attempts", "attempts, retries included"),
    ("resends", "requests sent a second time because a connection had died unanswered"),
    ("redirects", "redirects that were followed, each by a further request of the same attempt"),
    ("retries_denied", "cases that `retry.budget` denied a retry"),
    ("retries_denied_to", "the first hundred of them"),
    ("bytes", "bytes of bodies, after decompression"),
    ("events", "events"),
    (
        "percentiles",
        "`p50`, `p90`, `p95`, `p99`, `max` over the successes of `first_byte_ms`, `first_token_ms`, `chunk_gap_ms` (per case its median) and `duration_ms`",
    ),
    ("achieved_parallelism", "the most cases that were under way at once"),
    (
        "own_lag_ms",
        "percentiles of how late this process itself was, of a run that was resumed in its last part; absent when it was not measured",
    ),
    (
        "warnings",
        "what concerns the run as a whole: a target that is gone, fewer cases under way than asked for, an own lag that spoils the times; absent without any",
    ),
    ("versions", "`fluxloop`, the version of the tool, and `artifacts`, that of these files"),
];

const TRACE_SUMMARY: &[(&str, &str)] = &[
    ("trace_id", "as in `traces.jsonl`"),
    ("case_id", "as in `traces.jsonl`"),
    ("iteration", "as in `traces.jsonl`"),
    ("persona", "as in `traces.jsonl`"),
    ("input", "as in `traces.jsonl`"),
    ("metadata", "as in `traces.jsonl`"),
    ("output", "as in `traces.jsonl`"),
    ("duration_ms", "as in `traces.jsonl`"),
    ("success", "as in `traces.jsonl`"),
    ("outcome", "as in `traces.jsonl`"),
    ("token_usage", "as in `traces.jsonl`, when present"),
    ("conversation", "as in `traces.jsonl`"),
    ("conversation_state", "as in `traces.jsonl`"),
    ("termination_reason", "as in `traces.jsonl`, when present"),
];

const OBSERVATION: &[(&str, &str)] = &[
    ("id", "the observation"),
    ("type", "always `generation`"),
    ("name", "what was called"),
    ("start_time", "when the attempt began (ISO 8601 with offset)"),
    ("end_time", "when it ended (ISO 8601 with offset)"),
    ("input", "the text of the input"),
    ("output", "the text that came"),
    ("error", "why it failed; absent otherwise"),
    ("level", "`info`, `warning` or `error`"),
    ("metadata", "the attempt's figures"),
    ("model", "the model, when the provider names it"),
    ("prompt_tokens", "as in `token_usage`, when present"),
    ("completion_tokens", "as in `token_usage`, when present"),
    ("total_tokens", "as in `token_usage`, when present"),
    ("trace_id", "the case that it belongs to"),
];

const ERROR: &[(&str, &str)] = &[
    ("iteration", "as in `traces.jsonl`"),
    ("persona", "as in `traces.jsonl`"),
    ("input", "as in `traces.jsonl`"),
    ("metadata", "as in `traces.jsonl`"),
    ("error", "what happened, in words"),
    ("outcome", "as in `traces.jsonl`"),
    ("kind", "the kind, see [failures](failures.md)"),
    ("hint", "what to do about it"),
    ("trace_id", "as in `traces.jsonl`"),
    ("case_id", "as in `traces.jsonl`"),
];

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("What a run leaves behind");
    page.block(
        "A run makes a folder `exp_YYYYmmdd_HHMMSS` below `output_directory` when it really \
         starts.\n\
         The folder and its files belong to the user alone (modes 0700 and 0600 where the system \
         has them).\n\
         Secrets are masked as `***` before text becomes part of any file.\n\
         Fields whose name ends in `_ms` are milliseconds, with fractions.",
    );
    for artifact in ARTIFACTS {
        page.heading(&code(artifact.file));
        page.block(artifact.about);
        if !artifact.fields.is_empty() {
            let fields = artifact.fields.iter();
            page.table(
                ["field", "meaning"],
                fields.map(|(name, meaning)| [code(name), (*meaning).to_owned()]),
            );
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::Duration;

    use fluxloop_redact::Masked;
    use fluxloop_store::{RunDirectory, RunInfo};
    use fluxloop_trace::{
        Attempt, AttemptOutcome, AttemptTimings, CaseId, Channels, ChunkGap, Clock,
        ConversationState, Failure, FailureKind, GaveUp, GiveUpReason, GuardKind, Milliseconds,
        NoTextReport, Outcome, OwnLag, Phase, Quoted, RecordVersion, RunStatus, StreamFacts, Tally,
        Timings, TokenUsage, TokensPerSecond, Trace, Turn, Usage, Warning, WarningCode,
    };
    use jiff::Zoned;
    use serde_json::{Value, json};

    use super::*;
    use crate::workspace;

    fn attempt() -> Attempt {
        Attempt {
            number: 1,
            phase: Phase::Status,
            outcome: AttemptOutcome::Failed,
            cause: Some(FailureKind::Status),
            message: Some(Masked::default()),
            guard: Some(GuardKind::MaxDuration),
            status: Some(500),
            resend: true,
            redirects: 1,
            wait_before_ms: Milliseconds::default(),
            started_at: String::new(),
            timings: AttemptTimings::default(),
            bytes: 0,
            events: 0,
            characters: 0,
            text: Some(Masked::default()),
        }
    }

    fn failure() -> Failure {
        Failure {
            kind: FailureKind::Status,
            message: Masked::default(),
            hint: Masked::default(),
            phase: Phase::Status,
            status: Some(500),
            clock: Some(Clock::Attempt),
            body: Some(Masked::default()),
            retry_after_ms: Some(Milliseconds::from_nanos(1)),
            api_type: Some(Masked::default()),
            seen: Some(NoTextReport::default()),
        }
    }

    /// A record in which nothing is absent.
    fn full_trace() -> Trace {
        let gap = Milliseconds::from_millis(1.0);
        let nothing = Quoted::from(Masked::default());
        let (conversation, conversation_state) = ConversationState::of(&nothing, &nothing);
        Trace {
            version: RecordVersion,
            trace_id: String::new(),
            case_id: CaseId::new(Masked::from_static("0"), 0),
            case_index: 0,
            iteration: 0,
            persona: None,
            input: nothing.clone(),
            metadata: BTreeMap::new(),
            output: nothing.clone(),
            success: false,
            outcome: Outcome::Failed,
            error: Some(failure()),
            duration_ms: gap,
            token_usage: Some(TokenUsage::default()),
            finish_reason: Some(Masked::default()),
            model: Some(Masked::default()),
            warnings: Vec::new(),
            conversation,
            conversation_state,
            observation_count: 1,
            termination_reason: Some(GuardKind::MaxDuration),
            input_hash: String::new(),
            redactions: 0,
            turns: vec![turn(nothing, gap)],
        }
    }

    fn turn(input: Quoted, gap: Milliseconds) -> Turn {
        Turn {
            number: 1,
            input,
            outcome: Outcome::Failed,
            error: Some(failure()),
            channels: Channels::default(),
            usage: Some(Usage::default()),
            finish_reason: Some(Masked::default()),
            model: Some(Masked::default()),
            timings: Timings {
                sent_at: Some(String::new()),
                chunk_gap_ms: Some(ChunkGap { p50: gap, p95: gap, max: gap }),
                tokens_per_second: TokensPerSecond::of(2, gap),
                tpot_ms: Some(gap),
                ..Timings::default()
            },
            stream: Some(StreamFacts::default()),
            gave_up: Some(GaveUp { reason: GiveUpReason::Spent, wait_ms: None, furthest: None }),
            attempts: vec![attempt()],
        }
    }

    /// A run of one failed case and one that succeeded, on disk: the text of a file.
    fn written(file: &str) -> String {
        let failed = full_trace();
        let mut succeeded = failed.clone();
        (succeeded.outcome, succeeded.error) = (Outcome::Succeeded, None);
        succeeded.turns[0].attempts[0].outcome = AttemptOutcome::Succeeded;

        let parent = tempfile::tempdir().expect("a folder for the test");
        let name = Masked::from_static("run");
        let run = RunInfo {
            name: name.clone(),
            config: json!({}),
            config_yaml: String::new(),
            config_hash: String::new(),
            inputs_hash: String::new(),
            is_mock: true,
        };
        let mut directory =
            RunDirectory::create(parent.path(), &Zoned::now(), run).expect("it can be created");
        let path = directory.path().join(file);
        let mut tally = Tally::new();
        let mut lag = OwnLag::default();
        lag.note(Duration::ZERO);
        tally.set_own_lag(lag);
        tally.warn(Warning::new(WarningCode::OwnLag, Masked::default()));
        tally.note_resumed(String::new());
        for trace in [failed, succeeded] {
            tally.add(&trace);
            directory.append([&trace]).expect("it can be written");
        }
        let date = String::new();
        let summary = tally.summary(name, date, RunStatus::Complete, Duration::ZERO);
        directory.finish(&summary).expect("it can be written");
        workspace::read(&path).expect("it is there")
    }

    /// The records of a file: a list, one object, or one a line.
    fn records(file: &str) -> Vec<Value> {
        let text = written(file);
        match serde_json::from_str(&text) {
            Ok(Value::Array(records)) => records,
            Ok(record) => vec![record],
            Err(_) => {
                let lines = text.lines().map(serde_json::from_str);
                lines.collect::<Result<_, _>>().expect("every line is JSON")
            }
        }
    }

    /// The names of the members that any of these objects has, each after a prefix.
    fn members<'v>(prefix: &str, values: impl IntoIterator<Item = &'v Value>) -> BTreeSet<String> {
        let objects = values.into_iter().filter_map(Value::as_object);
        objects.flat_map(|object| object.keys()).map(|name| format!("{prefix}{name}")).collect()
    }

    /// The documented fields directly below a prefix.
    fn documented(fields: &[(&str, &str)], prefix: &str) -> BTreeSet<String> {
        let below = fields
            .iter()
            .filter(|(name, _)| name.strip_prefix(prefix).is_some_and(|rest| !rest.contains('.')));
        below.map(|(name, _)| (*name).to_owned()).collect()
    }

    #[test]
    fn every_field_of_a_trace_is_documented() {
        let traces = records("traces.jsonl");
        let each = |key: &'static str| traces.iter().map(move |trace| &trace[key]);
        assert_eq!(documented(TRACE, ""), members("", &traces));
        assert_eq!(documented(TRACE, "error."), members("error.", each("error")));
        let turns = || each("turns").map(|turns| &turns[0]);
        assert_eq!(documented(TRACE, "turns[]."), members("turns[].", turns()));
        let streams = turns().map(|turn| &turn["stream"]);
        assert_eq!(documented(TRACE, "turns[].stream."), members("turns[].stream.", streams));
        let attempts = turns().map(|turn| &turn["attempts"][0]);
        assert_eq!(
            documented(TRACE, "turns[].attempts[]."),
            members("turns[].attempts[].", attempts)
        );
    }

    #[test]
    fn every_field_of_the_summary_is_documented() {
        let summary = records("summary.json");
        let results = summary.iter().map(|summary| &summary["results"]);
        assert_eq!(documented(SUMMARY, "results."), members("results.", results));
        let mut fields = members("", &summary);
        assert!(fields.remove("results"), "it is described by its fields");
        assert_eq!(documented(SUMMARY, ""), fields);
    }

    #[test]
    fn every_field_of_the_other_files_is_documented() {
        for (file, fields) in [
            ("trace_summary.jsonl", TRACE_SUMMARY),
            ("observations.jsonl", OBSERVATION),
            ("errors.json", ERROR),
        ] {
            assert_eq!(documented(fields, ""), members("", &records(file)), "{file}");
        }
    }
}
