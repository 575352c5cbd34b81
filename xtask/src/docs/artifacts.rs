//! `artifacts.md`: what a run leaves behind, from the declarations of the types.

use fluxloop_explain::warning_remedy;
use fluxloop_trace::WarningCode;
use serde_json::Value;

use super::Page;
use super::members::{List, Members};
use super::page::code;

/// The files, each with its one sentence. What stands in them, the types say.
const FILES: &[(&str, &str)] = &[
    (
        "traces.jsonl",
        "The journal: one JSON object a line for each case, written the moment the case is closed, \
         in the order in which cases close.\n\
         All other files can be made from it.",
    ),
    (
        "summary.json",
        "The run in figures, as one JSON object.\n\
         It is replaced as a whole, so that a reader never sees half of it.",
    ),
    (
        "trace_summary.jsonl",
        "The cases again, one a line, in the order of the inputs, with the members that most \
         readers need.",
    ),
    ("observations.jsonl", "One JSON object a line for each attempt."),
    ("errors.json", "A JSON list of the cases that did not pass; absent when all passed."),
    (
        "set_aside.jsonl",
        "Only in a run that was resumed: the lines that `--resume` took out of the journal, because \
         their cases were interrupted, because the process was killed in the middle of one, because \
         a case was there twice, or because `--retry-failed`, `--retry-unmet` or `--force` asked for it.",
    ),
    (
        "judgements.jsonl",
        "Only in a run with a judge: one JSON object a line for each answer that the judge was asked \
         about, written the moment its votes are in. At the end the records take over their \
         judgements by `hash`; `fluxloop judge` and `--resume` ask only about what is missing or \
         `unjudged`.",
    ),
    (
        "inputs.jsonl",
        "Only in a run that read standard input: what came, one entry a line, as it came and \
         unmasked, for `--resume`.",
    ),
    (
        "recording.zst",
        "The answers as they came, masked: of each attempt the head, every piece of the body with its \
         time of arrival, and how it ended. `record` says of which cases. It is for `fluxloop replay`, \
         and its layout may change; `zstd -dc` shows its texts. `fluxloop record drop RUN` removes it.\n\
         [Recording](../recording.md) says more.",
    ),
    ("recording.idx", "Where the answers to each case stand in the recording."),
    (
        "report.html",
        "The run as one page for a browser, which needs no other file and no network; `report: off` \
         turns it off, and `fluxloop report RUN` writes it again. [The report](../report.md) says more.",
    ),
    (
        "config.yaml",
        "The configuration as it was resolved from all of its layers, with `${NAME}` kept as \
         written: it has no secret and can be loaded again with `--config`.",
    ),
];

/// Where the members of version 1 stand in version 2: file, old path, new path, as `jq` writes them.
const MOVED: &[(&str, &str, &str)] = &[
    ("traces.jsonl", ".attempts", ".turns[0].attempts"),
    ("traces.jsonl", ".attempts[0].cause", ".turns[0].attempts[0].cause"),
    ("traces.jsonl", ".timings.scheduled_at", ".turns[0].timings.scheduled_at"),
    ("traces.jsonl", ".timings.sent_at", ".turns[0].timings.sent_at"),
    ("traces.jsonl", ".timings.connect_ms", ".turns[0].timings.connect_ms"),
    ("traces.jsonl", ".timings.headers_ms", ".turns[0].timings.headers_ms"),
    ("traces.jsonl", ".timings.first_byte_ms", ".turns[0].timings.first_byte_ms"),
    ("traces.jsonl", ".timings.first_token_ms", ".turns[0].timings.first_token_ms"),
    ("traces.jsonl", ".timings.last_token_ms", ".turns[0].timings.last_token_ms"),
    ("traces.jsonl", ".timings.total_ms", ".turns[0].timings.total_ms"),
    ("traces.jsonl", ".timings.inter_token", ".turns[0].timings.chunk_gap_ms"),
    ("traces.jsonl", ".stream.by_type", ".turns[0].stream.by_type"),
    ("traces.jsonl", ".stream.completeness", ".turns[0].stream.completeness"),
    ("traces.jsonl", ".stream.events", ".turns[0].stream.events"),
    ("traces.jsonl", ".stream.matched", ".turns[0].stream.matched"),
    ("traces.jsonl", ".stream.passed", ".turns[0].stream.passed"),
    ("traces.jsonl", ".stream.skipped", ".turns[0].stream.skipped"),
    ("traces.jsonl", ".stream.warnings[0]", ".warnings[0].message"),
    ("traces.jsonl", ".error.budget_denied", ".turns[0].gave_up.reason"),
    ("summary.json", ".percentiles.inter_token_ms", ".percentiles.chunk_gap_ms"),
    ("summary.json", ".warnings[0]", ".warnings[0].message"),
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
         Members whose name ends in `_ms` are milliseconds with at most six decimals.\n\
         A member that has nothing to say is absent, unless its description says otherwise.\n\
         [JSON Schemas](schema) describe `traces.jsonl`, `summary.json`, and the events of a run.",
    );
    let schemas = schemas();
    let mut lists = Vec::new();
    for (file, about) in FILES {
        page.heading(&code(file));
        page.block(about);
        if let Some((_, schema)) = schemas.iter().find(|(name, _)| name == file) {
            let record = (*file != "traces.jsonl").then_some(&schemas[0].1);
            let members = Members::of(schema, record);
            page.table(["member", "meaning"], members.rows);
            for list in members.lists {
                if !lists.iter().any(|it: &List| it.name == list.name) {
                    lists.push(list);
                }
            }
        }
    }
    values(&mut page, lists);
    moved(&mut page);
    page
}

/// The schemas of all files that have one; the record's is the first.
fn schemas() -> Vec<(&'static str, Value)> {
    let [record, summary, _] = fluxloop_trace::schemas();
    let own = [("traces.jsonl", record.1), ("summary.json", summary.1)];
    let derived = fluxloop_store::schemas();
    own.into_iter().chain(derived).map(|(file, schema)| (file, schema.to_value())).collect()
}

/// The names that a member may have as its value, with their meanings.
fn values(page: &mut Page, lists: Vec<List>) {
    page.heading("Values");
    page.block(
        "These lists are closed; [failures](failures.md) has that of the kinds of failures.",
    );
    for List { member, values, .. } in lists {
        page.block(&format!("### {}", code(member)));
        page.table(
            ["value", "meaning"],
            values.into_iter().map(|(it, meaning)| [code(it), meaning]),
        );
    }
    page.block("### Warnings");
    page.block("The codes in `warnings`, of a case and of the run.");
    let codes = WarningCode::ALL.iter();
    page.table(
        ["code", "meaning", "what to do"],
        codes.map(|it| [code(it), it.meaning().to_owned(), sentence(warning_remedy(*it))]),
    );
}

/// A fragment as a sentence.
fn sentence(fragment: &str) -> String {
    let (first, rest) = fragment.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}

/// Where to find what stood elsewhere in version 1.
fn moved(page: &mut Page) {
    page.heading("From version 1 to version 2");
    page.block(
        "A run of version 1 cannot be resumed by this program.\n\
         Members that are not in this table have the place that they had.",
    );
    page.table(
        ["file", "version 1", "version 2"],
        MOVED.iter().map(|(file, old, new)| [file, old, new].map(code)),
    );
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;
    use std::time::Duration;

    use fluxloop_redact::{Masked, Redactor};
    use fluxloop_store::{JudgedAnswer, Judgements, RunDirectory, RunInfo};
    use fluxloop_trace::{
        Amount, Attempt, AttemptOutcome, AttemptTimings, CaseId, Channel, Channels, ChunkGap,
        Clock, ConversationState, EndedBy, EndedEarly, ExpectationKind, Expectations, Failure,
        FailureKind, Furthest, GaveUp, GiveUpReason, Group, GuardKind, Integrity, Judgement,
        MaskedJson, Milliseconds, NoTextReport, Objective, Outcome, OwnLag, Phase, Quantity,
        Quoted, RecordVersion, RecordingFacts, RecordingStop, RecordingStopReason, RunSource,
        RunSourceKind, RunStatus, StreamFacts, Tally, Targets, Timings, TokenUsage,
        TokensPerSecond, ToolCall, Trace, Turn, UnmetExpectation, Usage, Verdict, Votes,
        WaitSource, Warning, WarningCode,
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
            retry_after_ms: Some(Milliseconds::from_nanos(1)),
            retry_after_from: Some(WaitSource::Header),
            resend: true,
            redirects: 1,
            wait_before_ms: Milliseconds::default(),
            started_at: String::new(),
            timings: times(Milliseconds::from_millis(1.0)),
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
            seen: Some(NoTextReport {
                sample: Some(Masked::default()),
                path_with_text: Some(Masked::default()),
                event_with_text: Some(Masked::default()),
                by_data_type: [(Masked::default(), 1)].into(),
                ..NoTextReport::default()
            }),
        }
    }

    fn warning() -> Warning {
        let [hint, example] = [Some(Masked::default()), Some(Masked::default())];
        Warning { hint, example, ..Warning::new(WarningCode::OwnLag, Masked::default()) }
    }

    fn expectations() -> Expectations {
        let open = UnmetExpectation {
            number: 1,
            kind: Some(ExpectationKind::Equals),
            channel: Some(Masked::default()),
            path: Some(Masked::default()),
            message: Masked::default(),
            expected: Some(Masked::default()),
            actual: Some(Masked::default()),
            character: Some(1),
            pointer: Some(Masked::default()),
        };
        let met = [(ExpectationKind::Contains, 1)].into();
        Expectations { met, unmet: vec![open.clone()], unjudged: vec![open] }
    }

    fn judgement() -> Judgement {
        Judgement {
            verdict: Verdict::Unmet,
            reason: Some(Masked::default()),
            votes: Some(Votes { pass: 1, fail: 2, unjudged: 0 }),
            attempts: 3,
            duration_ms: Milliseconds::from_millis(1.0),
            token_usage: Some(TokenUsage::default()),
            model: Some(Masked::default()),
            hash: String::new(),
            reused: true,
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
            expected: Some(MaskedJson::Bool(true)),
            expect: Some(MaskedJson::Bool(true)),
            output: nothing.clone(),
            success: false,
            outcome: Outcome::Failed,
            verdict: Verdict::Unmet,
            expectations: Some(expectations()),
            judge: Some(judgement()),
            error: Some(failure()),
            duration_ms: gap,
            token_usage: Some(TokenUsage::default()),
            finish_reason: Some(Masked::default()),
            model: Some(Masked::default()),
            warnings: vec![warning()],
            conversation,
            conversation_state,
            observation_count: 1,
            termination_reason: Some(GuardKind::MaxDuration),
            input_hash: String::new(),
            redactions: 0,
            turns: vec![turn(nothing, gap)],
        }
    }

    fn times(gap: Milliseconds) -> AttemptTimings {
        AttemptTimings {
            connect_ms: Some(gap),
            headers_ms: Some(gap),
            first_byte_ms: Some(gap),
            first_event_ms: Some(gap),
            first_output_ms: Some(gap),
            first_token_ms: Some(gap),
            last_token_ms: Some(gap),
            total_ms: gap,
        }
    }

    fn turn(input: Quoted, gap: Milliseconds) -> Turn {
        let channel = Channel {
            characters: 1,
            first_ms: Some(gap),
            last_ms: Some(gap),
            text: Some(Masked::default()),
            groups: vec![Group { label: vec![Masked::default()], characters: 1 }],
            items: vec![Masked::default()],
            cut: true,
        };
        let name = Masked::from_static("citations");
        let furthest = Furthest { attempt: 1, phase: Phase::Sent, kind: FailureKind::Timeout };
        Turn {
            number: 1,
            input,
            outcome: Outcome::Failed,
            error: Some(failure()),
            channels: Channels {
                text: Some(channel.clone()),
                reasoning: Some(channel.clone()),
                refusal: Some(channel.clone()),
                others: [(name.clone(), channel)].into(),
            },
            tool_calls: vec![ToolCall {
                id: Some(name.clone()),
                name: Some(name.clone()),
                arguments: Some(name.clone()),
                parsed: Some(MaskedJson::Null),
                result: Some(name.clone()),
                error: Some(name.clone()),
                first_ms: gap,
                done_ms: gap,
                cut: true,
            }],
            usage: Some(Usage {
                reasoning: Some(1),
                cached: Some(1),
                provider: Some(MaskedJson::Null),
                ..Usage::default()
            }),
            captures: [(name.clone(), MaskedJson::Null)].into(),
            needs_input: Some(name.clone()),
            integrity: Some(Integrity::default()),
            discarded: 1,
            finish_reason: Some(Masked::default()),
            model: Some(Masked::default()),
            timings: Timings {
                sent_at: Some(String::new()),
                chunk_gap_ms: Some(ChunkGap { p50: gap, p95: gap, max: gap }),
                tokens_per_second: TokensPerSecond::of(2, gap),
                tpot_ms: Some(gap),
                last_attempt: times(gap),
                prefix_ms: [(1, gap)].into(),
                server: [(name.clone(), gap)].into(),
                ..Timings::default()
            },
            stream: Some(StreamFacts {
                by_data_type: [(name, 1)].into(),
                ..StreamFacts::default()
            }),
            gave_up: Some(GaveUp {
                reason: GiveUpReason::Budget,
                wait_ms: Some(gap),
                furthest: Some(furthest),
            }),
            attempts: vec![attempt()],
        }
    }

    /// A run of one failed case and one that succeeded, on disk: the text of a file.
    fn written(file: &str) -> String {
        let failed = full_trace();
        let mut succeeded = failed.clone();
        (succeeded.outcome, succeeded.error) = (Outcome::Succeeded, None);
        succeeded.success = true;
        succeeded.turns[0].attempts[0].outcome = AttemptOutcome::Succeeded;
        let passed = Trace { verdict: Verdict::Met, ..succeeded.clone() };

        let parent = tempfile::tempdir().expect("a folder for the test");
        let name = Masked::from_static("run");
        let run = RunInfo {
            name: name.clone(),
            config: json!({}),
            config_yaml: String::new(),
            config_hash: String::new(),
            inputs_hash: String::new(),
            is_mock: true,
            source: Some(RunSource {
                run: Masked::from_static("exp"),
                kind: RunSourceKind::Replay,
                missing: 1,
                missing_cases: vec![CaseId::new(Masked::from_static("q"), 0)],
            }),
            proxy: Some(Masked::from_static("http://proxy:3128")),
        };
        let mut directory =
            RunDirectory::create(parent.path(), &Zoned::now(), run).expect("it can be created");
        let path = directory.path().join(file);
        let objective = Objective { quantity: Quantity::Duration, limit: Amount::count(1) };
        let mut tally =
            Tally::with_targets(Targets { thresholds: Vec::new(), objectives: vec![objective] })
                .with_iterations(2);
        let mut lag = OwnLag::default();
        lag.note(Duration::ZERO);
        tally.set_own_lag(lag);
        tally.warn(warning());
        tally.note_resumed(String::new());
        let by = EndedBy::Requests;
        let limit = Amount::count(1);
        tally.note_ended_early(EndedEarly { after_cases: 2, by, limit, value: limit });
        tally.set_recording(RecordingFacts {
            cases: 1,
            bytes: 1,
            withheld: 1,
            stopped: Some(RecordingStop {
                reason: RecordingStopReason::Disk,
                case_id: CaseId::new(Masked::from_static("q"), 0),
            }),
        });
        let nothing = Arc::new(Redactor::none());
        let judgements = Judgements::open(directory.path(), &nothing, false);
        let judged = JudgedAnswer { trace_id: String::new(), judge: judgement() };
        judgements.expect("it is new").append(&judged).expect("it can be written");
        for trace in [failed, succeeded, passed] {
            tally.add(&trace);
            directory.append([&trace]).expect("it can be written");
        }
        let date = String::new();
        let summary = tally.summary(name, date, RunStatus::EndedEarly, Duration::ZERO);
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

    /// The paths of all members below a value, as the page writes them.
    fn paths(prefix: &str, value: &Value) -> BTreeSet<String> {
        match value {
            Value::Object(members) => members
                .iter()
                .flat_map(|(name, value)| {
                    let path = format!("{prefix}{name}");
                    let below = paths(&format!("{path}."), value);
                    below.into_iter().chain([path])
                })
                .collect(),
            Value::Array(values) => {
                let prefix = format!("{}[].", prefix.trim_end_matches('.'));
                values.iter().flat_map(|value| paths(&prefix, value)).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// The documented members of a file.
    fn documented(file: &str) -> BTreeSet<String> {
        let schemas = schemas();
        let (_, schema) = schemas.iter().find(|(name, _)| *name == file).expect("it has a schema");
        let rows = Members::of(schema, None).rows;
        rows.into_iter().map(|[member, _]| member.trim_matches('`').to_owned()).collect()
    }

    /// Whether a path leads to a member of another one, or is the same.
    fn is_below(path: &str, parent: &str) -> bool {
        path.strip_prefix(parent)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    #[test]
    fn every_member_is_documented_and_written() {
        for (file, _) in schemas() {
            let documented = documented(file);
            let written: BTreeSet<_> =
                records(file).iter().flat_map(|record| paths("", record)).collect();
            for path in &written {
                // What is in a map, or in a type that was described before, has no row.
                let is_documented = documented.iter().any(|it| is_below(path, it));
                assert!(is_documented, "{file}: `{path}` is not documented");
            }
            for path in &documented {
                assert!(written.contains(path), "{file}: `{path}` is never written");
            }
        }
    }

    /// The value at a path as `jq` writes it.
    fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
        value.pointer(&path.replace(['.', '['], "/").replace(']', ""))
    }

    #[test]
    fn every_moved_member_is_found_where_the_table_says() {
        let old: Value = serde_json::from_str(include_str!("version_1.json")).expect("JSON");
        for (file, before, after) in MOVED {
            let new = &records(file)[0];
            assert!(at(&old[file], before).is_some(), "{file}: version 1 had no `{before}`");
            assert!(at(new, after).is_some(), "{file}: version 2 has no `{after}`");
            assert!(at(new, before) != at(&old[file], before), "{file}: `{before}` is there still");
        }
    }

    #[test]
    fn every_member_of_version_1_stays_or_moves() {
        let old: Value = serde_json::from_str(include_str!("version_1.json")).expect("JSON");
        for file in ["traces.jsonl", "summary.json"] {
            let new: BTreeSet<_> =
                records(file).iter().flat_map(|record| paths("", record)).collect();
            for path in paths("", &old[file]) {
                // A member moves with all that is below it, and what holds it may go away.
                let moves = MOVED.iter().any(|(_, before, _)| {
                    let before = before.trim_start_matches('.').replace("[0]", "[]");
                    is_below(&path, &before) || is_below(&before, &path)
                });
                assert!(new.contains(&path) || moves, "{file}: `{path}` is gone");
            }
        }
    }
}
