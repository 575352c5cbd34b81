//! What the mock plays of each preset, read back by the preset's schema.

use std::time::Duration;

use fluxloop_aggregate::{
    Answer, AnswerLimits, AnswerReader, AnswerResult, AnswerRules, BodyEnd, Content, Head, Step,
    Verdict,
};
use fluxloop_mock::{
    Dialect, FaultDoc, Faults, MockAgent, MockError, MockOptions, MockRequest, Transcript,
    count_tokens, placeholders, transcript,
};
use fluxloop_schema::{PRESETS, Page, PlayWhen, Preset, StreamKind};
use serde_json::{Value, json};

use crate::wire::HARD;

/// The options of a mock that plays a preset.
fn playing(preset: &'static Preset) -> MockOptions {
    MockOptions { dialect: Dialect::Preset(preset), seed: 7, ..MockOptions::default() }
}

fn page(preset: &Preset) -> Page {
    preset.page().expect("a preset has a page")
}

/// A request that any preset understands.
fn request(preset: &Preset, input: &str, stream: bool) -> MockRequest {
    let messages = json!([{"role": "user", "content": input}]);
    let message = json!({"role": "user", "parts": [{"text": input}]});
    let mut body = json!({
        "model": "m", "max_tokens": 9, "messages": messages, "input": messages,
        "inputs": messages, "contents": [message], "additional_messages": messages,
        "query": input, "question": input, "message": message,
        "params": {"arguments": {"text": input}}, "id": 7,
        "stream": stream, "streaming": stream,
        "response_mode": if stream { "streaming" } else { "blocking" },
        "stream_options": {"include_usage": true},
    });
    if ["langgraph", "dashscope"].contains(&preset.name) {
        body["input"] = json!({ "messages": messages });
    }
    let path = page(preset).paths[0].replace('*', "it");
    // Some choose by the path whether an answer is a stream.
    let path = match path.as_str() {
        _ if stream => path,
        "/message:stream" => "/message:send".to_owned(),
        "/chain/stream" => "/chain/invoke".to_owned(),
        _ => path.replace(":streamGenerateContent", ":generateContent").replace("-stream", ""),
    };
    MockRequest::post(path, body.to_string())
}

/// What a mock with these options answers.
fn ask(options: &MockOptions, preset: &Preset, input: &str, stream: bool) -> Transcript {
    transcript(options, 0, &request(preset, input, stream)).expect("an answer")
}

/// Reads an answer as its preset says.
fn read(preset: &Preset, played: &Transcript, end: BodyEnd) -> AnswerResult {
    let schema = preset.schema();
    let media_type = played.headers.get("content-type").expect("a media type");
    let media_type = media_type.to_str().expect("text").replace("; charset=utf-8", "");
    let stream = match media_type.as_str() {
        "application/json" => StreamKind::None,
        _ => schema.framing.unwrap_or(StreamKind::Sse),
    };
    let rules = AnswerRules { has_own_path: true, ..AnswerRules::new(stream, schema) };
    let head =
        Head { status: played.status.as_u16(), media_type: Some(media_type), ..Head::default() };
    let limits =
        AnswerLimits { output_char_limit: None, max_frame_bytes: 1 << 20, max_body_bytes: 1 << 24 };
    let mut answer = Answer::new(&AnswerReader::new(&rules), head, limits);
    let mut at = Duration::ZERO;
    for chunk in played.body.chunks(4096) {
        at += Duration::from_millis(10);
        if answer.feed(chunk, at) == Step::Enough {
            return answer.end(BodyEnd::Enough, at);
        }
    }
    answer.end(end, at)
}

const CLEAN: BodyEnd = BodyEnd::Clean { proved: true };

/// Plays a preset and reads it back: everything comes as it was asked for, and nothing is odd.
#[track_caller]
fn check(options: &MockOptions, preset: &Preset, input: &str, stream: bool) -> Content {
    let played = ask(options, preset, input, stream);
    let result = read(preset, &played, CLEAN);
    let about = format!("{} {input:?} stream {stream}", preset.name);
    assert_eq!(result.verdict, Verdict::Succeeded, "{about}");
    let content = result.content.expect("a body was read");
    assert_eq!(content.text.text, input, "{about}");
    let reasoning = if options.reasoning { MockOptions::REASONING } else { "" };
    assert_eq!(content.reasoning.text, reasoning, "{about}");
    let calls = content.tool_calls.iter().map(|call| {
        assert!(call.id.as_ref().is_some_and(|id| !id.is_empty()) || preset.name == "flowise");
        let arguments: Value = serde_json::from_str(&call.arguments).expect("JSON");
        (call.name.clone().expect("a name"), arguments)
    });
    let calls: Vec<_> = calls.collect();
    let call = ("lookup".to_owned(), json!({ "query": input }));
    assert_eq!(calls, vec![call; options.tool_calls], "{about}");
    if let Some(usage) = &content.usage {
        let reasoning = count_tokens(reasoning);
        let output = count_tokens(input) + reasoning;
        assert_eq!((usage.input, usage.output), (count_tokens(input), output), "{about}");
        assert_eq!(usage.total, usage.input + usage.output, "{about}");
        assert_eq!(usage.reasoning.unwrap_or(reasoning), reasoning, "{about}");
    }
    assert!(content.warnings.is_empty(), "{about}: {:?}", content.warnings);
    content
}

/// The presets that can do so, by the blocks of their pages.
fn having(when: &PlayWhen) -> impl Iterator<Item = &'static Preset> {
    let has = |preset: &&Preset| {
        let play = page(preset).play.expect("a page says how it is played");
        play.blocks.iter().any(|block| block.when == *when)
    };
    PRESETS.iter().filter(move |preset| has(preset))
}

#[test]
fn every_preset_says_the_text_that_was_asked_for() {
    for preset in PRESETS {
        for input in ["Hi there", "one", HARD, "a a a a", "{{text}} {\"x\": 1}"] {
            check(&playing(preset), preset, input, true);
            check(&playing(preset), preset, input, false);
        }
    }
}

#[test]
fn every_preset_counts_tokens_if_its_protocol_does() {
    let without = PRESETS
        .iter()
        .filter(|preset| check(&playing(preset), preset, "a b c", true).usage.is_none());
    assert_eq!(without.map(|preset| preset.name).collect::<Vec<_>>(), ["a2a", "mcp"]);
}

#[test]
fn reasoning_comes_before_the_text() {
    for preset in having(&PlayWhen::Reasoning) {
        let options = MockOptions { reasoning: true, ..playing(preset) };
        check(&options, preset, HARD, true);
    }
}

#[test]
fn tools_are_called_as_often_as_asked() {
    for preset in having(&PlayWhen::ToolCall) {
        for tool_calls in [1, 3] {
            let options = MockOptions { tool_calls, ..playing(preset) };
            check(&options, preset, HARD, true);
            check(&MockOptions { reasoning: true, ..options }, preset, "a b", true);
        }
    }
}

#[test]
fn the_finish_reason_names_tool_calls() {
    for (name, path, words) in [
        ("openai-chat", "finish_reason", ["stop", "tool_calls"]),
        ("anthropic", "stop_reason", ["end_turn", "tool_use"]),
        ("bedrock-converse-json", "stopReason", ["end_turn", "tool_use"]),
        ("cohere", "finish_reason", ["COMPLETE", "TOOL_CALL"]),
    ] {
        let preset = fluxloop_schema::preset(name).expect("a preset");
        for stream in [true, false] {
            for (tool_calls, word) in words.iter().enumerate() {
                let options = MockOptions { tool_calls, ..playing(preset) };
                let body = ask(&options, preset, "a", stream).body;
                let body = String::from_utf8_lossy(&body).replace("\": \"", "\":\"");
                assert!(body.contains(&format!("\"{path}\":\"{word}\"")), "{body}");
            }
        }
    }
}

#[test]
fn a_whole_answer_has_reasoning_and_tool_calls() {
    for name in ["openai-chat", "openai-responses", "anthropic", "gemini", "ollama", "cohere"] {
        let preset = fluxloop_schema::preset(name).expect("a preset");
        let options = MockOptions { reasoning: true, tool_calls: 2, ..playing(preset) };
        let played = ask(&options, preset, HARD, false);
        assert_eq!(played.headers["content-type"], "application/json");
        check(&options, preset, HARD, false);
    }
}

#[tokio::test]
async fn what_a_protocol_does_not_have_is_refused() {
    let refusal = async |dialect: &str, reasoning, tool_calls| {
        let dialect = Dialect::named(dialect).expect("a dialect");
        let options = MockOptions { dialect, reasoning, tool_calls, ..MockOptions::default() };
        let error = MockAgent::start(options).await.expect_err("a refusal");
        assert!(matches!(error, MockError::Lacking { .. }));
        error.to_string()
    };
    let expected = "`mcp` has no reasoning that the mock can play";
    assert_eq!(refusal("mcp", true, 0).await, expected);
    let expected = "`custom` has no tool calls that the mock can play";
    assert_eq!(refusal("custom", false, 1).await, expected);
    // Where requests choose the preset, each request is refused.
    let options = MockOptions { reasoning: true, ..MockOptions::default() };
    let preset = fluxloop_schema::preset("mcp").expect("a preset");
    assert_eq!(ask(&options, preset, "a", true).status, 400);
}

/// How an answer to `a b c d` with this fault ends.
fn broken(preset: &'static Preset, fault: &str, end: BodyEnd) -> AnswerResult {
    let faults = Faults::new([fault.parse().expect("a good rule")]).expect("no chances");
    let options = MockOptions { faults, ..playing(preset) };
    read(preset, &ask(&options, preset, "a b c d", true), end)
}

#[test]
fn an_answer_that_breaks_in_its_middle_is_not_a_success() {
    for preset in PRESETS {
        for fault in [
            "close:deltas=2",
            "reset_peer:inside=1",
            "timeout:deltas=0",
            "bad_chunk",
            "goaway:deltas=2",
            "rst_stream:deltas=2",
        ] {
            if preset.name == "mcp" && fault.ends_with(['1', '2']) {
                continue; // Its one piece of text is the end.
            }
            let result = broken(preset, fault, BodyEnd::Broken);
            assert_ne!(result.verdict, Verdict::Succeeded, "{} {fault}", preset.name);
            let text = result.content.map(|content| content.text.text).unwrap_or_default();
            assert!("a b c".starts_with(&text), "{} {fault}: {text}", preset.name);
        }
    }
}

#[test]
fn an_error_in_the_stream_is_the_failure_with_its_words() {
    for preset in PRESETS {
        // Of `mcp`, the one piece of text is the end.
        for deltas in if preset.name == "mcp" { 0..1 } else { 0..6 } {
            let fault = format!("error=overloaded,message=\"it is \\\"full\\\"\",deltas={deltas}");
            let result = broken(preset, &fault, CLEAN);
            let verdict = format!("{:?}", result.verdict);
            assert!(verdict.contains("Reported"), "{} {fault}: {verdict}", preset.name);
            assert!(verdict.contains("it is"), "{} {fault}: {verdict}", preset.name);
            assert!(verdict.contains("overloaded") || preset.name == "gemini", "{verdict}");
        }
    }
}

#[test]
fn a_frame_that_is_not_json_never_passes_silently() {
    for preset in PRESETS {
        let deltas = usize::from(preset.name != "mcp");
        for what in ["cut", "deep"] {
            let fault = &format!("malformed={what},deltas={deltas}");
            let result = broken(preset, fault, CLEAN);
            let warnings = result.content.map(|content| content.warnings).unwrap_or_default();
            let is_silent = result.verdict == Verdict::Succeeded && warnings.is_empty();
            assert!(!is_silent, "{} {fault}", preset.name);
        }
    }
}

#[test]
fn what_only_decorates_a_stream_leaves_its_text() {
    for preset in PRESETS {
        for fault in ["bom", "long_line=4KiB", "line_ends=crlf", "one_chunk", "slicer=3"] {
            let result = broken(preset, fault, CLEAN);
            assert_eq!(result.verdict, Verdict::Succeeded, "{} {fault}", preset.name);
            assert_eq!(result.content.expect("a body").text.text, "a b c d", "{}", preset.name);
        }
        let result = broken(preset, "invalid_utf8", CLEAN);
        assert!(result.content.expect("a body").text.text.contains('\u{FFFD}'), "{}", preset.name);
    }
}

#[test]
fn every_fault_can_be_played_in_every_preset() {
    for preset in PRESETS {
        for doc in FaultDoc::all() {
            let fault = match doc.name {
                "status" => "status=500",
                "header" => "header=\"a: b\"",
                "bandwidth" => "bandwidth=10KiB",
                "endless" => "endless+close:bytes=9000",
                name => name,
            };
            let faults = Faults::new([fault.parse().expect("a good rule")]).expect("no chances");
            let options = MockOptions { faults, ..playing(preset) };
            transcript(&options, 0, &request(preset, "a b c d", true));
        }
    }
}

#[test]
fn a_status_is_refused_in_the_words_of_the_protocol() {
    for preset in PRESETS {
        let result = broken(preset, "status=529", CLEAN);
        assert_ne!(result.verdict, Verdict::Succeeded, "{}", preset.name);
        let faults = Faults::new(["status=529".parse().expect("a rule")]).expect("no chances");
        let options = MockOptions { faults, ..playing(preset) };
        let body = ask(&options, preset, "a", true).body;
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert!(body.to_string().contains("the mock answers with 529"), "{body}");
    }
}

#[test]
fn a_page_is_served_at_its_paths() {
    for preset in PRESETS {
        for path in page(preset).paths {
            let path = path.replace('*', "it");
            let found = Dialect::for_path(&path).map(|dialect| dialect.name());
            // Two protocols share this path.
            let expected = if path == "/api/chat" { "vercel-ui" } else { preset.name };
            assert_eq!(found, Some(expected), "{path}");
        }
    }
}

/// Vercel's SDK sends parts, and perhaps a model of the application's own; Ollama's clients send a
/// model and contents.
#[test]
fn protocols_that_share_a_path_are_told_apart_by_the_body() {
    let options = MockOptions::default();
    let text = "a b";
    let content = json!([{"role": "user", "content": text}]);
    let parts = json!([{"role": "user", "parts": [{"type": "text", "text": text}]}]);
    for (body, expected) in [
        (json!({"model": "m", "messages": content}), "application/x-ndjson"),
        (json!({"model": "m", "messages": content, "id": "c"}), "application/x-ndjson"),
        (json!({"id": "c", "messages": parts}), "text/event-stream; charset=utf-8"),
        (json!({"id": "c", "model": "m", "messages": parts}), "text/event-stream; charset=utf-8"),
        (json!({"id": "c", "messages": content}), "text/event-stream; charset=utf-8"),
    ] {
        let request = MockRequest::post("/api/chat", body.to_string());
        let answer = transcript(&options, 0, &request).expect("an answer");
        assert_eq!(answer.headers["content-type"], expected, "{body}");
        assert_eq!(answer.status, 200, "{body}");
    }
}

#[test]
fn a_page_has_only_placeholders_that_are_known() {
    for preset in PRESETS {
        let after = preset.page.split_once("## Play\n").expect("a page has a play").1;
        for name in after.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")) {
            let is_known = placeholders().iter().any(|(known, _)| *known == name.0)
                || ["stop", "end_turn", "COMPLETE"].iter().any(|it| name.0.starts_with(it));
            assert!(is_known, "{}: {}", preset.name, name.0);
        }
    }
}
