//! Words for an answer that is not a success.

use fluxloop_aggregate::{AnswerFault, ApiErrorClass, Integrity, TextBy, said_with_code};
use fluxloop_frames::{FrameError, Recognized, recognized};
use fluxloop_schema::StreamKind;
use http::StatusCode;

use crate::malformed::of_malformed;
use crate::words::Words;
use crate::{Scene, no_text, page, status};

pub(crate) fn of_answer(fault: &AnswerFault, scene: &Scene<'_>) -> Words {
    match fault {
        AnswerFault::Status { error, body } => status::of_status(error.as_ref(), body, scene),
        AnswerFault::MediaType { body } => of_media_type(body, scene),
        AnswerFault::NoBody => {
            let status = status::status_of(scene);
            let message =
                format!("the server answered {} with an empty body", status::name(status));
            Words::new(message, hint_of_no_body(status))
        }
        AnswerFault::NoFrames { body } => Words::new(
            "no text was found: the body holds no event",
            match recognized(body.as_bytes()) {
                None | Some(Recognized::EventStream | Recognized::Text) => NO_EVENTS,
                Some(_) => hint_of_body(body, scene),
            },
        ),
        AnswerFault::Reported { error, body, is_ruled } => {
            let mut hint = status::of_class(error.class).to_owned();
            if !is_ruled
                && body.is_none()
                && error.error_type.is_none()
                && error.class == ApiErrorClass::Other
            {
                hint += NOT_AN_ERROR;
            }
            Words::new(error.to_string(), hint)
        }
        AnswerFault::Withheld { error } => Words {
            message: format!("the provider withholds the answer: {}", error.message),
            hint: None,
        },
        AnswerFault::Cancelled => {
            Words { message: "the answer says that it was cancelled".to_owned(), hint: None }
        }
        AnswerFault::Malformed(malformed) => of_malformed(malformed, scene.stream, scene.text_by),
        AnswerFault::NotADocument { body } => not_a_document(body, scene),
        AnswerFault::Frame(error) => of_frame(*error),
        AnswerFault::TooLarge { limit } => Words::new(
            format!("the body is larger than `{limit}` bytes (`limits.max_response_bytes`)"),
            "check why the answer is so long, or raise `runner.http.limits.max_response_bytes`",
        ),
        AnswerFault::NoEnd { name, stopped_by } => {
            of_no_end(name.as_deref(), stopped_by.as_deref(), scene)
        }
        AnswerFault::Integrity(integrity) => of_integrity(*integrity),
        AnswerFault::NoText { output_path: Some(path), empty, seen } => {
            no_text::in_body(path, *empty, seen, scene)
        }
        AnswerFault::NoText { output_path: None, empty, seen } => {
            no_text::in_stream(*empty, seen, scene)
        }
    }
}

/// What to do where a frame that looks like an error is not the failure of the answer.
const NOT_AN_ERROR: &str = "; if the answer goes on after such a frame, set \
     `runner.http.error_key: note`, or write an `error` rule for its type in `stream_schema`";

/// What an answer says about its media type, to follow "the answer".
pub(crate) fn media_type_words(media_type: Option<&str>) -> String {
    match media_type {
        Some(media_type) => format!("is `{media_type}`"),
        None => "names no media type".to_owned(),
    }
}

fn of_frame(error: FrameError) -> Words {
    match error {
        FrameError::TooLarge { .. } => Words::new(
            format!("{error} (`limits.max_event_bytes`)"),
            "check that the server ends each event with a blank line, or raise \
             `runner.http.limits.max_event_bytes`",
        ),
        FrameError::Framing(error) => Words { message: error.to_string(), hint: None },
    }
}

/// A stream that ended in good order without its end.
fn of_no_end(name: Option<&str>, stopped_by: Option<&str>, scene: &Scene<'_>) -> Words {
    let mut message = match name {
        Some(name) => format!("the stream ended without `{name}`, which ends a whole answer"),
        None => "the stream ended without the event that `stream_done` expects".to_owned(),
    };
    if let Some(reason) = stopped_by {
        let hint = format!(
            "the model was stopped before it had finished (`{reason}`): raise the token limit of \
             the request, or accept such answers with `runner.http.require_done: false`"
        );
        return Words::new(message, hint);
    }
    message += &scene.through();
    let Some(name) = name else { return Words { message, hint: None } };
    let cut = "the answer was cut: check the logs of the server and of the proxies before it";
    let hint = if scene.is_end_known {
        cut.to_owned()
    } else {
        format!("{cut}; if this server never sends `{name}`, set `runner.http.require_done: false`")
    };
    Words::new(message, hint)
}

/// The text is not what the protocol says about it.
fn of_integrity(integrity: Integrity) -> Words {
    let Integrity { final_texts_differ, sequence_gaps, .. } = integrity;
    let mut parts = Vec::new();
    if final_texts_differ > 0 {
        parts.push(format!("repeated whole texts differ from their pieces ({final_texts_differ})"));
    }
    if sequence_gaps > 0 {
        parts.push(format!("sequence numbers do not rise by one ({sequence_gaps})"));
    }
    Words::new(
        format!("the answer is not whole: {}", parts.join(", and ")),
        "find out what drops frames between the server and this machine, or accept such answers \
         with `runner.http.integrity: warn`",
    )
}

/// The body was to be one JSON document.
fn not_a_document(body: &str, scene: &Scene<'_>) -> Words {
    let words = media_type_words(scene.media_type);
    let message = format!("the answer {words}, and one JSON document was expected");
    let hint = match recognized(body.as_bytes()) {
        Some(Recognized::EventStream) => "it is an event stream: set `runner.http.stream: sse`",
        Some(Recognized::Html) if scene.text_by == TextBy::Keys => {
            "it is a page: check the path of `runner.http.url`; without `output_path` the page \
             itself is the text"
        }
        Some(Recognized::Text) if scene.text_by == TextBy::Keys => {
            "it is text: check `runner.http.url`; without `output_path` the body itself is the text"
        }
        Some(Recognized::Json) => {
            "if it is several JSON documents, set `runner.http.stream: json`; else check what \
             `runner.http.url` answers with"
        }
        None => "check what `runner.http.url` answers with",
        Some(_) => hint_of_body(body, scene),
    };
    Words::new(message, hint)
}

/// What to do about an answer without a body.
fn hint_of_no_body(status: StatusCode) -> &'static str {
    if status == StatusCode::OK {
        "the server sent no body at all: check its logs"
    } else {
        "the server says that it has nothing to send: check `runner.http.url` and \
         `runner.http.method`; `runner.http.require_text: false` accepts it"
    }
}

/// What to do about a body that should be an event stream and holds no event.
const NO_EVENTS: &str = "compare the body with an event stream: each event is a line that begins \
                         with `data:`, and a blank line";

/// The media type is not that of the framing.
fn of_media_type(body: &str, scene: &Scene<'_>) -> Words {
    let words = media_type_words(scene.media_type);
    if let Some(said) = said_with_code(body) {
        let message = format!("the answer {words}, and reports a failure: {said}");
        return Words::new(message, status::of_class(ApiErrorClass::Other));
    }
    let expected = match scene.stream {
        StreamKind::Sse => "`text/event-stream`",
        StreamKind::JsonLines => "`application/x-ndjson`",
        StreamKind::Json => "`application/json`",
        StreamKind::Text => "`text/plain`",
        StreamKind::None => "text or JSON",
        StreamKind::Auto => "a stream",
    };
    let through = scene.through();
    let mut message = format!("the answer {words}, and {expected} was expected{through}");
    if recognized(body.as_bytes()) == Some(Recognized::Html)
        && let Some(said) = page::text_of(body)
    {
        message = format!("{message}: {said}");
    }
    Words::new(message, hint_of_body(body, scene))
}

/// What to do about a body that the framing does not read, from how it begins.
pub(crate) fn hint_of_body(body: &str, scene: &Scene<'_>) -> &'static str {
    let is = |stream| scene.stream == stream;
    let is_bedrock = scene.media_type.is_some_and(|it| it.starts_with(BEDROCK));
    match recognized(body.as_bytes()) {
        _ if is_bedrock => BEDROCK_IS_NOT_READ,
        Some(Recognized::BedrockEventStream) => BEDROCK_IS_NOT_READ,
        Some(Recognized::EventStream) if is(StreamKind::Sse) => {
            "it reads like an event stream all the same: set \
             `runner.http.lenient_content_type: true`"
        }
        Some(Recognized::JsonLines) if is(StreamKind::JsonLines) => READS_LIKE_IT,
        Some(Recognized::JsonArray | Recognized::Json) if is(StreamKind::Json) => READS_LIKE_IT,
        Some(Recognized::EventStream) => "it is an event stream: set `runner.http.stream: sse`",
        Some(Recognized::Html) => "it is a page: check the path of `runner.http.url`",
        Some(Recognized::JsonLines) => "it is JSON line by line: set `runner.http.stream: jsonl`",
        Some(Recognized::JsonArray) => "it is a JSON array: set `runner.http.stream: json`",
        Some(Recognized::Json) if !is(StreamKind::None) => {
            "it is one JSON document: ask for a stream (`\"stream\": true` in the body for most \
             providers), or read it with `runner.http.stream: none`"
        }
        Some(Recognized::VercelDataStream) => {
            "its lines begin with a code and a colon (version 1 of Vercel's data stream), which is \
             not read: have the server send the UI message stream of a later version, or keep the \
             lines as they are with `runner.http.stream: text`"
        }
        _ if body.trim_start().starts_with('<') => {
            "it is a page: check the path of `runner.http.url`"
        }
        _ if is(StreamKind::None) => {
            "check what `runner.http.url` answers with, and which charset the answer names"
        }
        _ => {
            "check `runner.http.url`, and that the request asks for a stream (`\"stream\": true` in \
             the body for most providers)"
        }
    }
}

const READS_LIKE_IT: &str =
    "it reads like one all the same: set `runner.http.lenient_content_type: true`";

/// The media type of Amazon's binary event stream.
const BEDROCK: &str = "application/vnd.amazon.eventstream";

const BEDROCK_IS_NOT_READ: &str = "it is the binary event stream of AWS (Bedrock), which is not read: \
                                   call a gateway that answers with `text/event-stream`";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &str) {
        let url = "http://localhost".parse().expect("it is a URL");
        let scene = Scene { stream: StreamKind::Sse, ..Scene::new(&url) };
        let hint = hint_of_body(body, &scene);
        assert!(hint.contains(expected), "{hint}");
    }

    #[test]
    fn a_hint_names_the_framing_that_reads_the_body() {
        check("data: x\n\n", "lenient_content_type");
        check("\u{feff}: ping\n\n", "lenient_content_type");
        check("\n<!doctype html>", "a page");
        check("<h1>Not here</h1>", "a page");
        check("{\"answer\": 1}", "stream: none");
        check("{\n  \"answer\": {}\n}", "stream: none");
        check("{\"a\": 1}\r\n{\"a\": 2", "stream: jsonl");
        check("[{\"a\": 1},\n", "stream: json");
        check("0:\"Par\"\n", "a code and a colon");
        check("Hello", "asks for a stream");
        check("", "asks for a stream");
    }

    #[test]
    fn an_error_of_a_rule_needs_no_other_rule() {
        let error = fluxloop_aggregate::error_in_json(r#"{"error": "no luck"}"#).expect("an error");
        for is_ruled in [false, true] {
            let fault = AnswerFault::Reported { error: error.clone(), body: None, is_ruled };
            let url = "http://localhost".parse().expect("it is a URL");
            let hint = of_answer(&fault, &Scene::new(&url)).hint.expect("there is a hint");
            assert_eq!(hint.contains("error_key"), !is_ruled, "{hint}");
        }
    }

    /// The words for a body of another media type.
    #[track_caller]
    fn check_media_type(media_type: &str, body: &str, message: &str, hint: &str) {
        let url = "http://localhost".parse().expect("it is a URL");
        let stream = StreamKind::Sse;
        let scene = Scene { media_type: Some(media_type), stream, ..Scene::new(&url) };
        let words = of_media_type(body, &scene);
        assert!(words.message.ends_with(message), "{words:?}");
        assert!(words.hint.as_ref().is_some_and(|it| it.contains(hint)), "{words:?}");
    }

    #[test]
    fn a_failure_in_another_media_type_is_not_proposed_as_the_answer() {
        check_media_type(
            "application/json",
            r#"{"code": 1113, "msg": "Insufficient balance", "success": false}"#,
            "reports a failure: Insufficient balance",
            "read the provider's message",
        );
        check_media_type(BEDROCK, "\0\0", "was expected", "gateway");
    }
}
