//! Streams that are not event streams.

use fluxloop_schema::StreamKind;

use crate::{Reading, check, events, json, jsonl, lines, plain, sse, whole};

const ONE: &str = r#"{"t": "One"}"#;
const TWO: &str = r#"{"t": " two"}"#;

fn of(media_type: &'static str, reading: Reading) -> Reading {
    Reading { media_type, ..reading }
}

#[test]
fn lines_and_documents_are_read() {
    let good = "succeeded \"One two\"";
    for body in [
        format!("{ONE}\n{TWO}\n"),
        format!("{ONE}\r\n\r\n{TWO}\r\n"),
        format!("\u{feff}{ONE}\n{TWO}"),
        format!("\n\n{ONE}\n\n\n{TWO}\n\n"),
        format!("  {ONE}\n\t{TWO} \n"),
    ] {
        check(&jsonl("t"), &body, good);
        check(&json("t"), &body, good);
    }
    for body in [
        format!("[{ONE},{TWO}]"),
        format!("[\n{ONE}\n,\n{TWO}\n]\n"),
        format!("{ONE}{TWO}"),
        format!("{ONE} {TWO}"),
        format!("\u{feff}[{ONE}, {TWO}]"),
    ] {
        check(&json("t"), &body, good);
    }
    check(&json("t"), ONE, "succeeded \"One\"");
    check(&json("t"), "[]", "no_frames \"\"");
}

#[test]
fn the_framing_is_found() {
    let auto = |media_type| of(media_type, Reading::new(StreamKind::Auto, None, Some("t")));
    let good = "succeeded \"One two\"";
    for media_type in ["text/plain", "application/octet-stream"] {
        check(&auto(media_type), &events(&[ONE, TWO]), good);
        check(&auto(media_type), &lines(&[ONE, TWO]), good);
        check(&auto(media_type), &format!(": hi\n\n{}", events(&[ONE, TWO])), good);
    }
    check(&auto("application/x-ndjson"), &lines(&[ONE, TWO]), good);
    check(&auto("application/jsonl"), &lines(&[ONE, TWO]), good);
    check(&auto("application/json"), &format!("[{ONE},{TWO}]"), good);
    check(&auto("text/event-stream"), &events(&[ONE, TWO]), good);
}

#[test]
fn one_document_is_wanted_where_a_path_is_set() {
    let several = "not_a_document \"\"";
    for body in [
        lines(&[ONE, TWO]),
        events(&[ONE, TWO]),
        format!("{ONE}{TWO}"),
        "One two".to_owned(),
        "<html>".to_owned(),
        format!("{ONE}\n{TWO}\n[DONE]\n"),
    ] {
        check(&whole("t"), &body, several);
        check(&of("application/x-ndjson", whole("t")), &body, several);
        check(&of("text/plain", whole("t")), &body, several);
    }
    check(&whole("t"), ONE, "succeeded \"One\"");
    check(&of("text/plain", whole("t")), ONE, "succeeded \"One\"");
}

#[test]
fn a_broken_line_fails() {
    check(&jsonl("t"), &lines(&[ONE, r#"{"t": "#, TWO]), "malformed \"One\"");
    check(&jsonl("t"), &lines(&[ONE, "oops", TWO]), "malformed \"One\"");
    check(&jsonl("t"), &format!("{ONE}\n{{\"t\": \" tw"), "succeeded \"One\", warns cut_frame");
    check(&json("t"), &format!("[{ONE}, {{\"t\": \" tw"), "succeeded \"One\", warns cut_frame");
    check(&jsonl("t"), &format!("{ONE}\n{TWO}"), "succeeded \"One two\"");
    for end in ["", ",", ", "] {
        let body = format!("[{ONE}, {TWO}{end}");
        check(&json("t"), &body, "succeeded \"One two\", warns cut_frame");
    }
    for end in ["nul", "{", "\"x"] {
        check(&json("t"), &format!("[{ONE}, {end}"), "succeeded \"One\", warns cut_frame");
    }
}

#[test]
fn usage_and_errors_hold_in_every_framing() {
    let done = r#"{"done": true, "done_reason": "stop", "prompt_eval_count": 1, "eval_count": 1}"#;
    check(&jsonl("t"), &lines(&[ONE, done]), "succeeded \"One\"");
    check(
        &jsonl("t"),
        &lines(&[ONE, r#"{"error": "no luck here"}"#]),
        "api_error (no luck here) \"One\"",
    );
    check(
        &json("t"),
        &format!("[{ONE}, {{\"error\": {{\"message\": \"no luck\"}}}}]"),
        "api_error (no luck) \"One\"",
    );
}

#[test]
fn text_is_not_interpreted() {
    let text = of("text/plain", Reading::new(StreamKind::Text, None, None));
    let show = |found: &str, warns: &str| format!("succeeded {found:?}{warns}");
    for body in ["One two", "[DONE]", "error: no", "", "{", "- {\"a\": 1}"] {
        let expected = if body.is_empty() { "no_body \"\"".to_owned() } else { show(body, "") };
        check(&text, body, &expected);
    }
    let body = events(&[ONE, TWO]);
    check(&text, &body, &show(&body, ", warns other_framing"));
    let body = lines(&[ONE, TWO]);
    check(&text, &body, &show(&body, ", warns other_framing"));
    let body = format!("[{ONE}, {TWO}]");
    check(&text, &body, &show(&body, ", warns other_framing"));
    check(&text, "[1, 2]", &show("[1, 2]", ""));
    check(
        &text,
        r#"{"error": {"message": "no luck"}}"#,
        "api_error (no luck) \"{\\\"error\\\": {\\\"message\\\": \\\"no luck\\\"}}\"",
    );
}

/// A single document may be what the agent was asked for.
#[test]
fn json_that_is_taken_whole_warns() {
    let show = |found: &str, warns: &str| format!("succeeded {found:?}{warns}");
    let whole = format!("{ONE}{TWO}");
    check(&plain(), &events(&[ONE, TWO]), &show(&whole, ", warns json_as_text"));
    check(&plain(), &events(&[ONE, TWO, "[DONE]"]), &show(&whole, ", warns json_as_text"));
    check(&plain(), &events(&[ONE]), &show(ONE, ""));
    let auto = Reading::new(StreamKind::Auto, None, None);
    check(&auto, ONE, &show(ONE, ", warns json_as_text"));
    check(&of("text/plain", auto), "Once.", &show("Once.", ""));
    check(&plain(), &events(&["{\"a\"", ": 1}", " is JSON"]), &show("{\"a\": 1} is JSON", ""));
}

#[test]
fn bodies_of_other_media_types_are_not_read() {
    for (media_type, body) in [
        ("application/json", ONE.to_owned()),
        ("application/x-ndjson", lines(&[ONE, TWO])),
        ("text/plain", "One two".to_owned()),
        ("text/html", "<html>".to_owned()),
        ("application/vnd.amazon.eventstream", "\u{0}\u{0}".to_owned()),
    ] {
        check(&of(media_type, sse("t")), &body, "media_type \"\"");
        check(&of(media_type, plain()), &body, "media_type \"\"");
    }
    check(
        &of("application/json", sse("t")),
        r#"{"code": 7, "msg": "no luck", "success": false}"#,
        "media_type \"\"",
    );
}
