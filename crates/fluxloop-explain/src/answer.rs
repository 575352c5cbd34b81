//! Words for an answer that is not a success.

use fluxloop_aggregate::{AnswerFault, ApiError, ApiErrorClass, NoText, Protocol};
use fluxloop_frames::{FrameError, Recognized, recognized};
use http::StatusCode;

use crate::data::reported;
use crate::words::Words;
use crate::{Scene, no_text, status, unreadable};

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
        AnswerFault::NoEvents { body } => Words::new(
            "no text was found: the body holds no event",
            match recognized(body.as_bytes()) {
                None | Some(Recognized::EventStream | Recognized::Text) => NO_EVENTS,
                Some(_) => hint_of_body(body, scene),
            },
        ),
        AnswerFault::Reported { error, .. } => of_reported(error),
        AnswerFault::Unreadable(error) => unreadable::of_unreadable(error),
        AnswerFault::Frame(error) => of_frame(*error),
        AnswerFault::TooLarge { limit } => Words::new(
            format!("the body is larger than `{limit}` bytes (`limits.max_response_bytes`)"),
            "check why the answer is so long, or raise `runner.http.limits.max_response_bytes`",
        ),
        AnswerFault::NoEnd { protocol, was_stopped } => {
            of_no_end(*protocol, *was_stopped, scene.is_end_known)
        }
        AnswerFault::NoText { empty, seen } => {
            Words { message: no_text::message(*empty, seen).to_owned(), hint: no_text(seen) }
        }
        AnswerFault::NoOutput { path, is_empty, seen } => of_no_output(path, *is_empty, seen),
    }
}

/// What an answer says about its media type, to follow "the answer".
pub(crate) fn media_type_words(media_type: Option<&str>) -> String {
    match media_type {
        Some(media_type) => format!("is `{media_type}`"),
        None => "names no media type".to_owned(),
    }
}

fn of_reported(error: &ApiError) -> Words {
    Words::new(error.to_string(), status::of_class(error.class))
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
fn of_no_end(protocol: Option<Protocol>, was_stopped: bool, is_end_known: bool) -> Words {
    let Some(protocol) = protocol else {
        let message = "the stream ended without the event that `stream_done` expects";
        let hint = was_stopped.then(|| MODEL_WAS_STOPPED.to_owned());
        return Words { message: message.to_owned(), hint };
    };
    let end = protocol.end();
    let message = format!("the stream ended without `{end}`, which ends a whole answer");
    let cut = "the answer was cut: check the logs of the server and of the proxies before it";
    let hint = if is_end_known {
        cut.to_owned()
    } else {
        format!("{cut}; if this server never sends `{end}`, set `runner.http.require_done: false`")
    };
    Words::new(message, hint)
}

/// What to do about an answer that says of itself that the model could not finish it, where the end
/// of a finished one is required. The responses API ends such a stream with `response.incomplete`.
const MODEL_WAS_STOPPED: &str = "the model was stopped before it had finished (`response.incomplete`): raise \
     `max_output_tokens` in the request, or take such answers with `runner.http.require_done: false`";

/// One body came, and what its path finds there is not text.
fn of_no_output(path: &str, is_empty: bool, seen: &NoText) -> Words {
    let what = match (is_empty, seen.matched) {
        (true, _) => "an empty text",
        (false, 1..) => "null, an object or an array, which is no text",
        (false, 0) => "nothing",
    };
    let message = format!("no text was found: `output_path` (`{path}`) finds {what}");
    Words::new(message, hint_of_output(seen.text_at.as_ref().and_then(|at| at.path.as_deref())))
}

/// What to do about one body in which no text was found.
pub(crate) fn hint_of_output(path_with_text: Option<&str>) -> String {
    match path_with_text {
        Some(path) => format!("set `output_path: \"{path}\"`"),
        None => "name the key that holds the text in `runner.http.output_path`".to_owned(),
    }
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
    if let Some(said) = reported(body) {
        let message = format!("the answer {words}, and reports a failure: {said}");
        return Words::new(message, status::of_class(ApiErrorClass::Other));
    }
    let message = format!("the answer {words}, and `text/event-stream` was expected");
    Words::new(message, hint_of_body(body, scene))
}

/// What to do about a body that the framing does not read, from how it begins.
pub(crate) fn hint_of_body(body: &str, scene: &Scene<'_>) -> &'static str {
    let is_bedrock = scene.media_type.is_some_and(|it| it.starts_with(BEDROCK));
    match recognized(body.as_bytes()) {
        _ if is_bedrock => BEDROCK_IS_NOT_READ,
        Some(Recognized::BedrockEventStream) => BEDROCK_IS_NOT_READ,
        Some(Recognized::EventStream) => {
            "it reads like an event stream all the same: set `runner.http.lenient_content_type: true`"
        }
        Some(Recognized::Html) => "it is a page: check the path of `runner.http.url`",
        Some(Recognized::JsonLines) => "it is JSON line by line: set `runner.http.stream: jsonl`",
        Some(Recognized::JsonArray) => "it is a JSON array: set `runner.http.stream: json`",
        Some(Recognized::Json) => {
            "it is one JSON document: ask for a stream (`\"stream\": true` in the body for most \
             providers), or read it with `runner.http.stream: none`"
        }
        Some(Recognized::VercelDataStream) => {
            "its lines begin with a code and a colon (version 1 of Vercel's data stream), which is \
             not read: have the server send the UI message stream of a later version, or keep the \
             lines as they are with `runner.http.stream: text`"
        }
        _ if body.trim_start().starts_with('<') => "it is a page: check the path of `runner.http.url`",
        _ => {
            "check `runner.http.url`, and that the request asks for a stream (`\"stream\": true` in \
             the body for most providers)"
        }
    }
}

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
        let hint = hint_of_body(body, &Scene::new(&url));
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

    /// The words for a body of another media type.
    #[track_caller]
    fn check_media_type(media_type: &str, body: &str, message: &str, hint: &str) {
        let url = "http://localhost".parse().expect("it is a URL");
        let scene = Scene { media_type: Some(media_type), ..Scene::new(&url) };
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
