//! Words for an answer that is not a success.

use fluxloop_aggregate::{AnswerFault, ApiError, NoText, Protocol};
use fluxloop_frames::FrameError;
use http::StatusCode;

use crate::words::Words;
use crate::{Scene, no_text, status, unreadable};

pub(crate) fn of_answer(fault: &AnswerFault, scene: &Scene<'_>) -> Words {
    match fault {
        AnswerFault::Status { error, body } => status::of_status(error.as_ref(), body, scene),
        AnswerFault::MediaType { body } => {
            let words = media_type_words(scene.media_type);
            let message = format!("the answer {words}, and `text/event-stream` was expected");
            Words::new(message, hint_of_body(body))
        }
        AnswerFault::NoBody => {
            let status = status::status_of(scene);
            let message =
                format!("the server answered {} with an empty body", status::name(status));
            Words::new(message, hint_of_no_body(status))
        }
        AnswerFault::NoEvents { .. } => Words::new(
            "no text was found: the body holds no event",
            "compare the body with an event stream: `data: …` and a blank line",
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

/// What to do about a body whose media type is not that of an event stream, from how it begins.
fn hint_of_body(body: &str) -> &'static str {
    let body = body.trim_start_matches('\u{feff}').trim_start();
    let begins_with = |starts: &[&str]| starts.iter().any(|start| body.starts_with(start));
    if begins_with(&["data:", "event:", "id:", "retry:", ":"]) {
        "it reads like an event stream all the same: set `runner.http.lenient_content_type: true`"
    } else if begins_with(&["<"]) {
        "it is a page: check the path of `runner.http.url`"
    } else if is_json_lines(body) {
        "it is JSON line by line, and no event stream: check whether the server sends one if the \
         request, or its header `Accept`, asks for it"
    } else if begins_with(&["{", "["]) {
        "it is one JSON document: ask for a stream (`stream: true` in the body for most \
         providers), or read it with `runner.http.stream: none`"
    } else {
        "check `runner.http.url`, and that the request asks for a stream (`stream: true` in the \
         body for most providers)"
    }
}

/// Whether there is a second JSON object below a first one that is a line.
fn is_json_lines(body: &str) -> bool {
    let Some((first, rest)) = body.split_once('\n') else { return false };
    let is_object = first.starts_with('{') && first.trim_end().ends_with('}');
    is_object && rest.trim_start().starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &str) {
        assert!(hint_of_body(body).contains(expected), "{}", hint_of_body(body));
    }

    #[test]
    fn a_body_tells_what_it_is_by_how_it_begins() {
        check("data: x\n\n", "lenient_content_type");
        check("\u{feff}: ping\n\n", "lenient_content_type");
        check("\n<!doctype html>", "a page");
        check("{\"answer\": 1}", "stream: none");
        check("{\n  \"answer\": {}\n}", "stream: none");
        check("{\"a\": 1}\r\n{\"a\": 2", "line by line");
        check("Hello", "stream: true");
        check("", "stream: true");
    }
}
