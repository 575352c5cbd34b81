//! The order in which an answer is judged, as a table: no socket, no clock.
//!
//! A row says what the head was, which chunks came at which millisecond, and how the body ended;
//! then what the answer amounts to.

use std::time::Duration;

use fluxloop_aggregate::{
    Answer, AnswerFault, AnswerLimits, AnswerReader, AnswerResult, AnswerRules, BodyEnd, Head,
    IntegrityRule, Progress, Proof, RequireDone, Step, Verdict, WarningKind,
};
use fluxloop_jsonpath::JsonPath;
use fluxloop_schema::{Schema, StreamKind, load};
use serde_json::json;

const STREAM: &str = "text/event-stream";
const PROVED: BodyEnd = BodyEnd::Clean { proved: true };
const CLOSED: BodyEnd = BodyEnd::Clean { proved: false };

const ONE: &str = "data: {\"delta\": \"one\"}\n\n";
const TWO: &str = "data: {\"delta\": \" two\"}\n\n";
const DONE: &str = "event: done\ndata: {}\n\n";

/// A chat completion of one word, and its finish reason.
const CHAT: &str = "data: {\"object\": \"chat.completion.chunk\", \"delta\": \"one\"}\n\n";
const CHAT_STOP: &str = "data: {\"object\": \"chat.completion.chunk\", \"choices\": [{\"finish_reason\": \"stop\"}]}\n\n";
const MESSAGE: &str = "event: message_start\ndata: {\"delta\": \"one\"}\n\n";
const RESPONSE: &str = "data: {\"type\": \"response.created\", \"delta\": \"one\"}\n\n";
const RESPONSE_STOPPED: &str =
    "data: {\"type\": \"response.incomplete\", \"response\": {\"status\": \"incomplete\"}}\n\n";

/// Text at a path, read with the defaults.
fn at(stream: StreamKind, path: &str) -> AnswerRules {
    let path = JsonPath::parse(path).expect("a path");
    AnswerRules::new(stream, Schema::auto().with_text(None, Some(path)))
}

fn rules() -> AnswerRules {
    at(StreamKind::Sse, "delta")
}

fn plain() -> AnswerRules {
    AnswerRules { has_own_path: true, ..at(StreamKind::None, "output") }
}

/// A schema of the test's own.
fn schema(schema: &serde_json::Value) -> AnswerRules {
    let loaded = load(schema, "inline", &mut |_, _| None).expect("a sound schema");
    AnswerRules::new(StreamKind::Sse, loaded.schema)
}

/// One answer: chunks arrive 10 ms after each other, and the body ends 10 ms after the last.
struct Row<'a> {
    rules: AnswerRules,
    status: u16,
    media_type: Option<&'a str>,
    chunks: &'a [&'a str],
    end: BodyEnd,
    output_char_limit: u64,
}

impl Default for Row<'_> {
    fn default() -> Self {
        let media_type = Some(STREAM);
        let rules = rules();
        Self { rules, status: 200, media_type, chunks: &[], end: PROVED, output_char_limit: 7 }
    }
}

impl Row<'_> {
    fn play(&self) -> AnswerResult {
        let head = Head {
            status: self.status,
            media_type: self.media_type.map(str::to_owned),
            ..Head::default()
        };
        let limits = AnswerLimits {
            output_char_limit: Some(self.output_char_limit),
            max_frame_bytes: 200,
            max_body_bytes: 1000,
        };
        let mut answer = Answer::new(&AnswerReader::new(&self.rules), head, limits);
        let mut at = Duration::ZERO;
        for chunk in self.chunks {
            at += Duration::from_millis(10);
            if answer.feed(chunk.as_bytes(), at) == Step::Enough {
                return answer.end(BodyEnd::Enough, at);
            }
        }
        answer.end(self.end, at + Duration::from_millis(10))
    }
}

/// What an answer amounts to: its verdict by name, its text, how far it came, what proves its end.
#[track_caller]
fn check(row: &Row<'_>, expected: (&str, &str, Progress, Proof)) {
    let result = row.play();
    let verdict = match &result.verdict {
        Verdict::Succeeded => "succeeded",
        Verdict::LimitReached => "limit reached",
        Verdict::Cut => "cut",
        Verdict::Failed(fault) => name(fault),
    };
    let text = result.content.as_ref().map_or("", |content| &content.text.text);
    assert_eq!((verdict, text, result.progress, result.proof), expected, "{result:?}");
}

fn name(fault: &AnswerFault) -> &'static str {
    match fault {
        AnswerFault::Status { error: Some(_), .. } => "status with an error",
        AnswerFault::Status { error: None, .. } => "status",
        AnswerFault::MediaType { .. } => "media type",
        AnswerFault::NoBody => "no body",
        AnswerFault::NoFrames { .. } => "no events",
        AnswerFault::Reported { body: Some(_), .. } => "error as the body",
        AnswerFault::Reported { body: None, .. } => "error in a frame",
        AnswerFault::Withheld { .. } => "withheld",
        AnswerFault::Cancelled => "cancelled",
        AnswerFault::Malformed(_) => "malformed",
        AnswerFault::NotADocument { .. } => "not a document",
        AnswerFault::Frame(_) => "frame",
        AnswerFault::TooLarge { .. } => "too large",
        AnswerFault::NoEnd { stopped_by: Some(_), .. } => "stopped without its end",
        AnswerFault::NoEnd { stopped_by: None, .. } => "without its end",
        AnswerFault::Integrity(_) => "not intact",
        AnswerFault::NoText { output_path: None, .. } => "no text",
        AnswerFault::NoText { output_path: Some(_), .. } => "no output",
    }
}

use Progress::{Complete, Text, Waiting};
use Proof::{Done, Framed, Nothing};

#[test]
fn a_shown_end_proves_the_answer() {
    for end in [PROVED, CLOSED, BodyEnd::Broken, BodyEnd::Late] {
        let row = Row { chunks: &[ONE, TWO, DONE], end, ..Row::default() };
        check(&row, ("succeeded", "one two", Complete, Done));
    }
}

#[test]
fn framing_proves_what_closing_does_not() {
    let row = Row { chunks: &[ONE], ..Row::default() };
    check(&row, ("succeeded", "one", Complete, Framed));
    check(&Row { end: CLOSED, ..row }, ("succeeded", "one", Complete, Nothing));
}

#[test]
fn what_ends_a_body_early_decides() {
    for end in [BodyEnd::Broken, BodyEnd::Late, BodyEnd::Stopped, BodyEnd::Abandoned] {
        check(&Row { chunks: &[ONE], end, ..Row::default() }, ("cut", "one", Text, Nothing));
        check(&Row { chunks: &["da"], end, ..Row::default() }, ("cut", "", Waiting, Nothing));
    }
}

#[test]
fn a_marker_without_its_blank_line_survives_a_broken_end() {
    let chunks = &[ONE, "data: [DONE]\n"];
    for end in [PROVED, CLOSED, BodyEnd::Broken, BodyEnd::Late, BodyEnd::Stopped] {
        check(&Row { chunks, end, ..Row::default() }, ("succeeded", "one", Complete, Done));
    }
    let row = Row { chunks, end: BodyEnd::Abandoned, ..Row::default() };
    check(&row, ("cut", "one", Text, Done));
}

#[test]
fn a_torn_line_ends_an_answer_only_where_the_body_ended() {
    for torn in ["data: [DONE]", "event: done"] {
        let chunks = &[ONE, torn];
        for end in [PROVED, CLOSED] {
            check(&Row { chunks, end, ..Row::default() }, ("succeeded", "one", Complete, Done));
        }
        for end in [BodyEnd::Broken, BodyEnd::Late, BodyEnd::Stopped] {
            check(&Row { chunks, end, ..Row::default() }, ("cut", "one", Text, Nothing));
        }
    }
}

#[test]
fn a_finish_reason_that_says_null_ends_nothing() {
    let null = CHAT_STOP.replace("stop", "null");
    let row = Row { chunks: &[CHAT, &null], ..Row::default() };
    check(&row, ("without its end", "one", Text, Framed));
}

#[test]
fn an_end_before_the_limit_counts_in_one_chunk() {
    let chunk = format!("{ONE}{DONE}{}", ": ping\n".repeat(200));
    check(&Row { chunks: &[&chunk], ..Row::default() }, ("succeeded", "one", Complete, Done));
}

#[test]
fn an_unfinished_event_is_not_proved_by_framing() {
    let row = Row { chunks: &[ONE, "data: {\"delta\""], ..Row::default() };
    check(&row, ("succeeded", "one", Complete, Nothing));
}

#[test]
fn a_status_decides_however_its_body_ends() {
    let ends = [PROVED, CLOSED, BodyEnd::Broken, BodyEnd::Late, BodyEnd::Stopped, BodyEnd::Enough];
    for end in ends {
        for rules in [rules(), plain()] {
            let row = Row { rules, status: 503, chunks: &["busy"], end, ..Row::default() };
            check(&row, ("status", "", Waiting, Nothing));
        }
    }
    let row = Row { status: 503, end: BodyEnd::Abandoned, ..Row::default() };
    check(&row, ("cut", "", Waiting, Nothing));
    let error = &["{\"error\": {\"message\": \"busy\"}}"];
    let row = Row { status: 429, chunks: error, ..Row::default() };
    check(&row, ("status with an error", "", Waiting, Nothing));
}

#[test]
fn an_error_in_the_body_comes_before_the_media_type() {
    let json = Some("application/json");
    let row = Row { media_type: json, chunks: &["{\"error\": \"no\"}"], ..Row::default() };
    check(&row, ("error as the body", "", Waiting, Nothing));
    let row = Row { media_type: json, chunks: &["{\"answer\": 1}"], ..Row::default() };
    check(&row, ("media type", "", Waiting, Nothing));
    let row = Row { media_type: None, ..Row::default() };
    check(&row, ("no body", "", Waiting, Nothing));
    let row = Row { media_type: None, end: BodyEnd::Late, ..Row::default() };
    check(&row, ("cut", "", Waiting, Nothing));
    let row = Row { media_type: None, chunks: &["x"], end: BodyEnd::Late, ..Row::default() };
    check(&row, ("media type", "", Waiting, Nothing));
}

#[test]
fn an_empty_body_is_accepted_where_no_text_is_required() {
    let rules = AnswerRules { require_text: false, ..rules() };
    let row = Row { rules, media_type: None, ..Row::default() };
    check(&row, ("succeeded", "", Complete, Framed));
}

#[test]
fn a_lenient_reader_reads_any_media_type() {
    let rules = AnswerRules { lenient_content_type: true, ..rules() };
    let row = Row { rules, media_type: Some("text/plain"), chunks: &[ONE], ..Row::default() };
    check(&row, ("succeeded", "one", Complete, Framed));
    let warnings = row.play().content.map(|content| content.warnings.len());
    assert_eq!(warnings, Some(1));
}

#[test]
fn a_protocol_that_always_ends_must_show_its_end() {
    for begin in [CHAT, MESSAGE, RESPONSE] {
        for (end, proof) in [(PROVED, Framed), (CLOSED, Nothing)] {
            let row = Row { chunks: &[begin], end, ..Row::default() };
            check(&row, ("without its end", "one", Text, proof));
        }
        let row = Row { chunks: &[begin], end: BodyEnd::Broken, ..Row::default() };
        check(&row, ("cut", "one", Text, Nothing));
    }
    let row = Row { chunks: &[CHAT, CHAT_STOP], ..Row::default() };
    check(&row, ("succeeded", "one", Complete, Framed));
    let row = Row { chunks: &[RESPONSE, RESPONSE_STOPPED], ..Row::default() };
    check(&row, ("succeeded", "one", Complete, Done));
}

#[test]
fn a_finish_reason_ends_chat_completions_alone() {
    let stop = "event: message_delta\ndata: {\"delta\": {\"stop_reason\": \"end_turn\"}}\n\n";
    let row = Row { chunks: &[MESSAGE, stop], ..Row::default() };
    check(&row, ("without its end", "one", Text, Framed));
}

#[test]
fn an_end_is_required_always_or_never() {
    let with = |require_done| AnswerRules { require_done, ..rules() };
    let row = Row { rules: with(RequireDone::Always), chunks: &[ONE], ..Row::default() };
    check(&row, ("without its end", "one", Text, Framed));
    let length = CHAT_STOP.replace("stop", "length");
    let row = Row { chunks: &[CHAT, &length], ..row };
    check(&row, ("stopped without its end", "one", Text, Framed));
    let row = Row { rules: with(RequireDone::Never), chunks: &[CHAT], ..row };
    check(&row, ("succeeded", "one", Complete, Framed));
}

#[test]
fn a_missing_end_comes_before_missing_text() {
    let chunks = &["data: {\"object\": \"chat.completion.chunk\"}\n\n"];
    check(&Row { chunks, ..Row::default() }, ("without its end", "", Waiting, Framed));
    let chunks = &["data: {}\n\n"];
    check(&Row { chunks, ..Row::default() }, ("no text", "", Waiting, Framed));
}

#[test]
fn a_stream_without_events_says_what_it_is() {
    check(&Row::default(), ("no body", "", Waiting, Framed));
    check(&Row { chunks: &["Hello\n\n"], ..Row::default() }, ("no events", "", Waiting, Framed));
    let chunks = &["{\"error\":", " \"no\"}"];
    check(&Row { chunks, ..Row::default() }, ("error as the body", "", Waiting, Framed));
}

#[test]
fn what_ends_the_reading_is_the_verdict() {
    let error = "data: {\"error\": \"no\"}\n\n";
    let row = Row { chunks: &[ONE, error, DONE], ..Row::default() };
    check(&row, ("error in a frame", "one", Text, Nothing));
    let row = Row { chunks: &[ONE, "data: no JSON\n\n", DONE], ..Row::default() };
    check(&row, ("malformed", "one", Text, Nothing));
    let row = Row { chunks: &[ONE, TWO, TWO, DONE], ..Row::default() };
    check(&row, ("limit reached", "one two", Text, Nothing));
    // A text that was held back may be what reaches the limit, in the stream or at its end.
    let held = "data: {\"delta\": \"[DONE]\"}\n\n";
    let row = Row { chunks: &[ONE, held, ONE, DONE], ..Row::default() };
    check(&row, ("limit reached", "one[DON", Text, Nothing));
    let row = Row { chunks: &[held, DONE], output_char_limit: 3, ..Row::default() };
    check(&row, ("limit reached", "[DO", Complete, Done));
    let long = "data: {}\n".repeat(100);
    let row = Row { chunks: &[ONE, &long, DONE], ..Row::default() };
    check(&row, ("frame", "one", Text, Nothing));
    let ping = ": ping\n".repeat(200);
    let row = Row { chunks: &[ONE, &ping, DONE], ..Row::default() };
    check(&row, ("too large", "one", Text, Nothing));
}

#[test]
fn what_follows_the_end_takes_nothing_away() {
    for late in ["data: {\"error\": \"no\"}\n\n", "data: no JSON\n\n"] {
        let row = Row { chunks: &[ONE, DONE, late], ..Row::default() };
        check(&row, ("succeeded", "one", Complete, Done));
    }
    let ping = ": ping\n".repeat(200);
    let row = Row { chunks: &[ONE, DONE, &ping], ..Row::default() };
    check(&row, ("succeeded", "one", Complete, Done));
}

#[test]
fn a_whole_body_is_judged_when_it_is_whole() {
    let json = Some("application/json");
    let of = |chunks, end| Row { rules: plain(), media_type: json, chunks, end, ..Row::default() };
    let body = &["{\"output\": ", "\"one\"}"];
    check(&of(body, PROVED), ("succeeded", "one", Complete, Framed));
    check(&of(body, CLOSED), ("succeeded", "one", Complete, Nothing));
    check(&of(body, BodyEnd::Broken), ("cut", "", Waiting, Nothing));
    check(
        &of(&["{\"output\": \"one two three\"}"], PROVED),
        ("limit reached", "one two", Text, Framed),
    );
    check(&of(&["{\"output\": null}"], PROVED), ("no output", "", Waiting, Framed));
    check(&of(&["{\"error\": \"no\"}"], PROVED), ("error in a frame", "", Waiting, Framed));
    check(&of(&["{\"answer\": 1}"], PROVED), ("no output", "", Waiting, Framed));
    check(&of(&[], PROVED), ("no body", "", Waiting, Framed));
    check(&of(&[&"x".repeat(1001)], PROVED), ("too large", "", Waiting, Nothing));
}

#[test]
fn a_text_that_broke_off_is_kept() {
    let row = Row {
        rules: at(StreamKind::None, "output"),
        media_type: Some("text/plain"),
        chunks: &["on", "e"],
        end: BodyEnd::Broken,
        ..Row::default()
    };
    check(&row, ("cut", "one", Text, Nothing));
}

#[test]
fn times_are_those_of_the_chunks() {
    let chunks = &[": ping\n\n", "data: {}\n\n", ONE, TWO, DONE];
    let times = Row { chunks, ..Row::default() }.play().times;
    let ms = |at| Some(Duration::from_millis(at));
    assert_eq!((times.first_byte, times.first_frame), (ms(10), ms(20)));
    assert_eq!((times.first_text, times.last_text), (ms(30), ms(40)));
    assert_eq!((times.last_frame, times.complete), (ms(50), ms(50)));
}

#[test]
fn a_clock_after_a_natural_finish_reason_ends_a_whole_answer() {
    for end in [BodyEnd::Late, BodyEnd::Stopped] {
        let row = Row { chunks: &[CHAT, CHAT_STOP, ": ping\n\n"], end, ..Row::default() };
        check(&row, ("succeeded", "one", Complete, Nothing));
        let result = row.play();
        assert_eq!(result.times.complete, Some(Duration::from_millis(20)));
        let warnings = result.content.expect("it was read").warnings;
        let done = Some(("choices[0].finish_reason".to_owned(), "stop".to_owned()));
        assert_eq!(warnings[0].kind, WarningKind::ClockAfterFinish { done });
    }
    let length = CHAT_STOP.replace("stop", "length");
    let row = Row { chunks: &[CHAT, &length], end: BodyEnd::Late, ..Row::default() };
    check(&row, ("cut", "one", Text, Nothing));
}

#[test]
fn a_finish_reason_may_fail_the_answer() {
    for (reason, verdict) in
        [("error", "error in a frame"), ("ERROR", "error in a frame"), ("SAFETY", "withheld")]
    {
        let finish = format!("data: {{\"finish_reason\": \"{reason}\"}}\n\n");
        let row = Row { chunks: &[ONE, &finish, DONE], ..Row::default() };
        check(&row, (verdict, "one", Complete, Done));
    }
}

#[test]
fn an_ordinary_word_is_a_good_finish_reason() {
    for reason in ["language", "LANGUAGE", "timeout"] {
        let finish = format!("data: {{\"finish_reason\": \"{reason}\"}}\n\n");
        let row = Row { chunks: &[ONE, &finish, DONE], ..Row::default() };
        check(&row, ("succeeded", "one", Complete, Done));
    }
}

#[test]
fn a_schema_says_how_an_answer_ends() {
    let rules = schema(&json!({
        "text": "delta",
        "needs_input": [{ "when": "ask" }],
        "end": [
            { "when": "stopped", "as": "cancelled" },
            { "when": "broke", "as": "failed", "message": "why" },
            { "when": { "type": "over", "path": "open", "equals": true }, "as": "needs_input" },
            { "when": "over" },
        ],
    }));
    let of = |end: &'static str| {
        let rules = rules.clone();
        Row { rules, chunks: Box::leak(Box::new([ONE, end])), ..Row::default() }
    };
    check(&of("event: over\ndata: {}\n\n"), ("succeeded", "one", Complete, Done));
    check(&of("event: stopped\n\n"), ("cancelled", "one", Complete, Done));
    check(
        &of("event: broke\ndata: {\"why\": \"no\"}\n\n"),
        ("error in a frame", "one", Text, Done),
    );
    let row = Row { chunks: &["event: over\ndata: {\"open\": true}\n\n"], ..of("") };
    check(&row, ("succeeded", "", Complete, Done));
    let row = Row { chunks: &["event: ask\n\n", "event: over\n\n"], ..of("") };
    check(&row, ("succeeded", "", Complete, Done));
}

#[test]
fn integrity_is_a_matter_of_the_rules() {
    let rules =
        schema(&json!({ "text": { "rules": ["delta"], "final_text": { "path": "whole" } } }));
    for (integrity, verdict) in [
        (IntegrityRule::Warn, "succeeded"),
        (IntegrityRule::Strict, "not intact"),
        (IntegrityRule::Off, "succeeded"),
    ] {
        let rules = AnswerRules { integrity, ..rules.clone() };
        let chunks = &[ONE, "data: {\"whole\": \"once\"}\n\n", DONE];
        let row = Row { rules, chunks, ..Row::default() };
        check(&row, (verdict, "one", Complete, Done));
        let warnings = row.play().content.expect("it was read").warnings;
        assert_eq!(warnings.len(), usize::from(integrity != IntegrityRule::Off), "{warnings:?}");
    }
}

#[test]
fn a_body_that_is_not_a_document_is_never_an_answer_with_a_path() {
    for body in ["{\"output\": \"a\"}\n{\"output\": \"b\"}\n", "Hello", "data: {}\n\n"] {
        let row = Row {
            rules: plain(),
            media_type: Some("text/plain"),
            chunks: &[body],
            ..Row::default()
        };
        check(&row, ("not a document", "", Waiting, Framed));
    }
}

/// What the rules read in a body of this media type, in pieces of any size.
#[track_caller]
fn check_body(stream: StreamKind, media_type: Option<&str>, body: &str, expected: (&str, &str)) {
    for piece in [1, 3, body.len()] {
        let chunks: Vec<&str> = body
            .as_bytes()
            .chunks(piece)
            .map(|chunk| std::str::from_utf8(chunk).expect("ASCII"))
            .collect();
        let rules = at(stream, "delta");
        let row = Row { rules, media_type, chunks: &chunks, ..Row::default() };
        let result = row.play();
        let verdict = match &result.verdict {
            Verdict::Succeeded => "succeeded",
            Verdict::Failed(fault) => name(fault),
            Verdict::LimitReached => "limit reached",
            Verdict::Cut => "cut",
        };
        let text = result.content.as_ref().map_or("", |content| &content.text.text);
        assert_eq!((verdict, text), expected, "in pieces of {piece}: {result:?}");
    }
}

#[test]
fn a_framing_is_chosen_by_media_type_or_first_line() {
    use StreamKind::{Auto, Json, JsonLines, Sse, Text};
    let (events, lines) =
        ("data: {\"delta\":\"one\"}\n\n", "{\"delta\":\"o\"}\n{\"delta\":\"ne\"}\n");
    let (array, json) = ("[{\"delta\":\"o\"},\n{\"delta\":\"ne\"}]", Some("application/json"));
    check_body(Auto, Some(STREAM), events, ("succeeded", "one"));
    check_body(Auto, None, events, ("succeeded", "one"));
    check_body(Auto, None, lines, ("succeeded", "one"));
    check_body(Auto, Some("application/x-ndjson"), lines, ("succeeded", "one"));
    check_body(Auto, json, array, ("succeeded", "one"));
    check_body(Auto, None, array, ("succeeded", "one"));
    check_body(Auto, Some("text/plain"), "one\n", ("succeeded", "one\n"));
    check_body(JsonLines, json, lines, ("succeeded", "one"));
    check_body(JsonLines, Some("application/octet-stream"), lines.trim_end(), ("succeeded", "one"));
    check_body(Json, json, array, ("succeeded", "one"));
    check_body(Text, Some("text/plain"), "one [DONE]", ("limit reached", "one [DO"));
    check_body(JsonLines, Some(STREAM), events, ("media type", ""));
    check_body(Sse, Some("application/x-ndjson"), lines, ("media type", ""));
}

#[test]
fn a_text_that_is_an_error_as_json_fails() {
    let row = Row {
        rules: at(StreamKind::Text, "delta"),
        media_type: Some("text/plain"),
        chunks: &["{\"error\": ", "\"no\"}"],
        output_char_limit: 100,
        ..Row::default()
    };
    check(&row, ("error as the body", "{\"error\": \"no\"}", Text, Framed));
}

#[test]
fn a_character_that_two_frames_share_is_whole() {
    let of = |delta: &str| format!("data: {{\"delta\": \"{delta}\"}}\n\n");
    let play = |deltas: &[&str]| {
        let frames: Vec<String> = deltas.iter().map(|delta| of(delta)).collect();
        let chunks: Vec<&str> = frames.iter().map(String::as_str).collect();
        let row = Row { chunks: &chunks, output_char_limit: 100, ..Row::default() };
        row.play().content.expect("it was read").text.text
    };
    assert_eq!(play(&["a\\ud83d", "\\ude00b"]), "a😀b");
    assert_eq!(play(&["x", "y", "z", "\\ud83d", "\\ude00\\ud83d", "\\ude00"]), "xyz😀😀");
    assert_eq!(play(&["a\\ud83d", "b", "\\ude00"]), "a\u{fffd}b\u{fffd}");
    assert_eq!(play(&["\\ud83d"]), "\u{fffd}");
}

/// The text or the fault of a whole body of text in a charset.
#[track_caller]
fn check_charset(charset: Option<&str>, pieces: &[&[u8]], expected: Result<&str, &str>) {
    for stream in [StreamKind::None, StreamKind::Text] {
        let rules = AnswerRules { has_own_path: false, stream, ..plain() };
        let head = Head {
            status: 200,
            media_type: Some("text/plain".to_owned()),
            charset: charset.map(str::to_owned),
        };
        let limits =
            AnswerLimits { output_char_limit: None, max_frame_bytes: 200, max_body_bytes: 1000 };
        let mut answer = Answer::new(&AnswerReader::new(&rules), head, limits);
        for piece in pieces {
            answer.feed(piece, Duration::ZERO);
        }
        let result = answer.end(PROVED, Duration::ZERO);
        let found = match &result.verdict {
            Verdict::Failed(fault) => Err(name(fault)),
            _ => Ok(&*result.content.as_ref().expect("it was read").text.text),
        };
        assert_eq!(found, expected, "{charset:?} {pieces:?}");
    }
}

#[test]
fn a_body_is_read_in_the_charset_that_it_names() {
    check_charset(Some("iso-8859-1"), &[b"caf\xe9"], Ok("caf\u{e9}"));
    check_charset(Some("shift_jis"), &[b"\x93", b"\xfa\x96{"], Ok("\u{65e5}\u{672c}"));
    check_charset(Some("utf-16le"), &[b"o\0n", b"\0e\0"], Ok("one"));
    check_charset(Some("utf-8"), &["caf\u{e9}".as_bytes()], Ok("caf\u{e9}"));
    check_charset(Some("none-such"), &[b"one"], Ok("one"));
    check_charset(None, &[b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"], Err("media type"));
}

#[test]
fn an_event_stream_is_utf_8_whatever_it_names() {
    let head = Head {
        status: 200,
        media_type: Some(STREAM.to_owned()),
        charset: Some("iso-8859-1".to_owned()),
    };
    let limits =
        AnswerLimits { output_char_limit: None, max_frame_bytes: 200, max_body_bytes: 1000 };
    let mut answer = Answer::new(&AnswerReader::new(&rules()), head, limits);
    answer.feed("data: {\"delta\": \"caf\u{e9}\"}\n\n".as_bytes(), Duration::ZERO);
    let content = answer.end(PROVED, Duration::ZERO).content.expect("it was read");
    assert_eq!(content.text.text, "caf\u{e9}");
}
