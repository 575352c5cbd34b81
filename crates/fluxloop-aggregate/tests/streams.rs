//! Whole streams, from their bytes to what came of them.
//!
//! `streams/NAME.sse` is what a server sent, `streams/NAME.expected` what is made of it. Every
//! stream is read in one piece, byte by byte, and in pieces of some other sizes.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use fluxloop_aggregate::{Aggregator, AnswerReader, AnswerRules, Content, ContentFault, Unended};
use fluxloop_frames::{Frames, Framing, Rest};
use fluxloop_jsonpath::JsonPath;
use fluxloop_schema::{Condition, Schema, StreamKind, Test, TypePattern};
use proptest::prelude::*;

/// What became of a stream.
type Read = (Content, Option<ContentFault>);

fn rules() -> Schema {
    Schema::auto()
}

fn at(path: &str) -> Schema {
    rules().with_text(None, Some(parsed(path)))
}

fn only(event_type: &str, path: &str) -> Schema {
    let pattern = TypePattern { text: event_type.to_owned(), is_prefix: false };
    rules().with_text(Some(vec![pattern]), Some(parsed(path)))
}

fn until(path: &str, equals: impl Into<serde_json::Value>, rules: Schema) -> Schema {
    let test = Test::Equals(equals.into());
    rules.with_end(Condition::Test { paths: vec![parsed(path)], test })
}

fn parsed(path: &str) -> JsonPath {
    JsonPath::parse(path).expect("the test's path is valid")
}

/// Reads a stream that arrives in pieces of so many bytes.
fn read(stream: &[u8], piece: usize, schema: &Schema) -> Read {
    let rules = AnswerRules::new(StreamKind::Sse, schema.clone());
    let mut frames = Frames::new(Framing::EventStream, 1 << 20);
    let mut aggregator = Aggregator::new(&AnswerReader::new(&rules), None);
    for chunk in stream.chunks(piece) {
        let mut fed = frames.feed(chunk);
        while let Some(frame) = fed.next() {
            let frame = frame.expect("the test's events are small");
            if let Err(fault) = aggregator.push(&frame, Duration::ZERO) {
                return (aggregator.finish(None, Duration::ZERO).0, Some(fault));
            }
        }
    }
    let rest = frames.finish();
    let pending = match &rest {
        Rest::Unfinished { frame, .. } => Some((frame, Unended::Cleanly)),
        Rest::Nothing | Rest::Last(_) => None,
    };
    aggregator.finish(pending, Duration::ZERO)
}

#[track_caller]
fn check(name: &str, rules: &Schema) {
    check_as(name, name, rules);
}

#[expect(clippy::disallowed_methods, reason = "who updates the fixtures says so there")]
#[track_caller]
fn check_as(stream: &str, expected: &str, rules: &Schema) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/streams");
    let stream = std::fs::read(folder.join(stream).with_extension("sse")).expect("a stream");
    let whole = read(&stream, stream.len(), rules);
    for piece in [1, 2, 3, 7, 64] {
        assert_eq!(read(&stream, piece, rules), whole, "in pieces of {piece} bytes");
    }
    let path = folder.join(expected).with_extension("expected");
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let shown = show(&whole);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &shown).expect("the fixture is written");
    }
    assert!(shown == written, "{} should be:\n{shown}", path.display());
}

/// What became of a stream, as the fixtures write it.
fn show((answer, fault): &Read) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| writeln!(out, "{name}: {value}").expect("memory");
    line("text", format!("{:?}", answer.text.text));
    line("characters", answer.text.characters.to_string());
    line("done", answer.done.to_string());
    for (event_type, count) in &answer.by_type {
        line("events", format!("{count} {event_type}"));
    }
    for (event_type, count) in &answer.by_data_type {
        line("events by data", format!("{count} {event_type}"));
    }
    let Content { passed, matched, skipped, .. } = answer;
    line("counts", format!("{passed} passed, {matched} matched, {skipped} skipped"));
    for (name, channel) in [("reasoning", &answer.reasoning), ("refusal", &answer.refusal)] {
        if !channel.is_empty() {
            line(name, format!("{:?}", channel.text));
        }
    }
    for call in &answer.tool_calls {
        let [id, name] = [&call.id, &call.name].map(|it| it.as_deref().unwrap_or("?"));
        line("call", format!("{id} {name} {}", call.arguments));
    }
    if let Some(usage) = &answer.usage {
        line("usage", format!("{} + {} = {}", usage.input, usage.output, usage.total));
    }
    for (name, value) in [("finish reason", &answer.finish_reason), ("model", &answer.model)] {
        if let Some(value) = value {
            line(name, value.clone());
        }
    }
    for warning in &answer.warnings {
        line("warning", format!("{:?} ({})", warning.kind, warning.count));
    }
    if let Some(fault) = fault {
        line("error", fault.to_string());
        if let ContentFault::Reported(error) | ContentFault::Ruled(error) = fault {
            line("class", format!("{:?}", error.class));
        }
    }
    if let Some(seen) = &answer.no_text {
        line("no text", format!("{} passed, {} matched", seen.passed, seen.matched));
        line("only", format!("{:?}", seen.only));
        line("sample", format!("{:.60}", seen.sample.clone().unwrap_or_default()));
        if let Some(at) = &seen.text_at {
            let path = at.path.as_deref().unwrap_or("the data");
            let passes = if at.passes { "passes" } else { "does not pass" };
            line("text at", format!("{path} of {} ({passes})", at.event_type));
        }
    }
    out
}

proptest! {
    #[test]
    fn any_text_arrives_however_it_is_cut(
        deltas in prop::collection::vec(".{0,12}", 0..12),
        piece in 1_usize..40,
    ) {
        let mut stream = String::new();
        for delta in &deltas {
            writeln!(stream, "data: {}\n", serde_json::json!({ "delta": delta })).unwrap();
        }
        let (answer, error) = read(stream.as_bytes(), piece, &at("delta"));
        prop_assert_eq!((answer.text.text, error), (deltas.concat(), None));
        prop_assert_eq!(answer.matched, deltas.len() as u64);
    }
}

proptest! {
    #[test]
    fn no_stream_makes_it_panic(
        lines in prop::collection::vec(
            prop_oneof![
                Just(String::new()),
                "(event|data|id)?: ?(done|error|\\[DONE\\]|x)?",
                "data: \\{\"(type|error|delta|usage|response)\": (null|1|\"error\"|\\{\\}|\\[)\\}?",
                ".{0,20}",
            ],
            0..40,
        ),
        which in 0_usize..4,
    ) {
        let wide = until("$..type", 1, at("$..delta"));
        let rules = [rules(), at("delta"), only("x", "response.delta"), wide][which].clone();
        let stream = lines.join("\n");
        prop_assert_eq!(
            read(stream.as_bytes(), 1, &rules),
            read(stream.as_bytes(), stream.len().max(1), &rules)
        );
    }
}

#[test]
fn a_chat_completion_is_joined() {
    check("openai_chat", &at("choices[0].delta.content"));
}

#[test]
fn a_done_marker_that_one_newline_ends_counts() {
    check("openai_chat_one_newline_at_the_end", &at("choices[0].delta.content"));
}

#[test]
fn line_ends_do_not_matter() {
    check("openai_chat_crlf", &at("choices[0].delta.content"));
}

#[test]
fn a_chat_completion_that_calls_a_tool_has_no_text() {
    check("openai_chat_tool_calls", &at("choices[0].delta.content"));
}

#[test]
fn a_path_that_finds_nothing_is_told_a_better_one() {
    check_as("openai_chat", "openai_chat_wrong_path", &at("choices[0].message.content"));
}

#[test]
fn a_filter_that_lets_nothing_pass_is_told_the_event_type() {
    let rules = only("text_delta", "choices[0].delta.content");
    check_as("openai_chat", "openai_chat_wrong_filter", &rules);
}

#[test]
fn an_error_in_the_middle_keeps_the_text_before_it() {
    check("gateway_error_in_the_middle", &at("choices[0].delta.content"));
}

#[test]
fn an_exhausted_quota_is_not_transient() {
    check("quota_error", &at("choices[0].delta.content"));
}

#[test]
fn a_response_is_joined_from_its_deltas_alone() {
    check("openai_responses", &only("response.output_text.delta", "delta"));
}

#[test]
fn the_event_that_completes_a_response_does_not_repeat_its_text() {
    check_as("openai_responses", "openai_responses_wide", &at("$..text"));
}

#[test]
fn thoughts_are_not_taken_for_the_answer() {
    check("openai_responses_thoughts", &only("text_delta", "content"));
}

#[test]
fn a_failed_response_is_an_error() {
    check("openai_responses_failed", &only("response.output_text.delta", "delta"));
}

#[test]
fn the_type_inside_the_data_ends_an_answer_too() {
    check("openai_responses_without_types", &at("delta"));
}

#[test]
fn a_message_of_anthropic_is_joined() {
    check("anthropic", &only("content_block_delta", "delta.text"));
}

#[test]
fn a_message_of_anthropic_needs_no_filter() {
    check_as("anthropic", "anthropic_unfiltered", &at("delta.text"));
}

#[test]
fn a_message_of_anthropic_that_uses_a_tool_has_no_text() {
    check("anthropic_tool_use", &only("content_block_delta", "delta.text"));
}

#[test]
fn an_overload_is_transient() {
    check("anthropic_overloaded", &only("content_block_delta", "delta.text"));
}

#[test]
fn the_last_space_of_a_plain_server_stays() {
    check("plain_server", &at("delta"));
}

#[test]
fn without_a_path_the_data_is_the_text() {
    check("data_is_text", &rules());
}

#[test]
fn a_path_over_plain_text_is_malformed() {
    check_as("data_is_text", "data_is_text_with_path", &at("delta"));
}

#[test]
fn a_filtered_plain_text_is_found() {
    check_as("data_is_text", "data_is_text_with_filter", &only("delta", "delta"));
}

#[test]
fn keep_alives_of_other_types_need_not_be_json() {
    check("keep_alive_is_no_json", &at("delta"));
}

#[test]
fn keep_alives_that_pass_a_filter_must_be_json() {
    let name = "keep_alive_is_no_json";
    check_as(name, "keep_alive_passes_filter", &only("heartbeat", "delta"));
}

#[test]
fn a_broken_event_is_malformed() {
    check("malformed", &at("delta"));
}

#[test]
fn the_event_whose_flag_ends_the_answer_may_carry_text() {
    check("flag_in_the_last_event", &until("done", true, at("response")));
}

#[test]
fn a_wide_path_may_end_the_answer() {
    let rules = until("$..done", true, at("$.response"));
    check_as("flag_in_the_last_event", "flag_in_the_last_event", &rules);
}

#[test]
fn half_an_event_is_discarded() {
    check("cut_in_an_event", &at("delta"));
}

#[test]
fn an_error_event_need_not_be_json() {
    check("error_with_text", &at("delta"));
}

#[test]
fn an_object_that_calls_itself_an_error_is_one() {
    check("error_as_object", &at("choices[0].delta.content"));
}

#[test]
fn the_reason_why_a_prompt_was_blocked_is_not_taken_for_text() {
    check("blocked_prompt", &at("candidates[0].content.parts[0].text"));
}

#[test]
fn what_an_exception_says_is_not_taken_for_text() {
    check("exception_event", &at("delta"));
}

#[test]
fn every_match_of_a_wide_path_is_text() {
    check("wide_path", &at("$.outputs[*].text"));
}

#[test]
fn objects_at_the_path_are_no_text() {
    check("objects_at_the_path", &at("delta"));
}
