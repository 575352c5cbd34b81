//! Words for a frame or a body that cannot be read.

use fluxloop_aggregate::AggregateError;
use fluxloop_frames::{Recognized, recognized};
use fluxloop_jsonpath::JsonError;

use crate::answer::hint_of_output;
use crate::data::Looks;
use crate::status::of_class;
use crate::words::Words;

pub(crate) fn of_unreadable(error: &AggregateError) -> Words {
    match error {
        AggregateError::Api(api) => Words::new(error.to_string(), of_class(api.class)),
        AggregateError::MalformedEvent { number, event_type, source, data } => {
            of_event(*number, event_type, source, data, error.to_string())
        }
        AggregateError::MalformedBody { source, data } => {
            let hint = of_path(source).unwrap_or_else(|| match recognized(data.as_bytes()) {
                Some(Recognized::EventStream) => EVENT_STREAM,
                Some(Recognized::JsonLines) => JSON_LINES,
                _ if data.trim_start().starts_with(['{', '[', '"']) => DAMAGED,
                _ => "check what `runner.http.url` answers with",
            });
            Words::new(error.to_string(), hint)
        }
        AggregateError::OtherMediaType { is_event_stream: true, .. } => {
            Words::new(error.to_string(), EVENT_STREAM)
        }
        AggregateError::OtherMediaType { is_event_stream: false, .. } => Words::new(
            error.to_string(),
            "it is a page: check the path of `runner.http.url`; without `output_path` the page \
             itself is the text",
        ),
        AggregateError::NoOutput { path, keys, path_with_text } => {
            let has = which_has(keys.as_deref());
            let message = format!("`output_path` (`{path}`) finds nothing in the body{has}");
            Words::new(message, hint_of_output(path_with_text.as_deref()))
        }
    }
}

/// The place of an event, its type, why its data is not JSON, and the data: what to do.
fn of_event(
    number: u64,
    event_type: &str,
    source: &JsonError,
    data: &str,
    message: String,
) -> Words {
    if let Some(hint) = of_path(source) {
        return Words::new(message, hint);
    }
    // The data is the last that is said: it may be cut inside a secret.
    let said: String = data.trim().chars().take(SAID_CHARS).collect();
    let quote = |what: &str| format!("event {number} (`{event_type}`) {what}: {said}");
    match Looks::of(data) {
        Looks::KeepAlive => Words::new(
            quote("is a comment or keep-alive, sent as data"),
            "have the server send it as a comment, a line that begins with a colon and not with \
             `data:`, or name the types that carry the text in `stream_event_filter`",
        ),
        Looks::Field => Words::new(
            quote("has its prefix twice"),
            "the data holds a line of an event stream: check what wraps the lines of the server in \
             `data:` a second time",
        ),
        Looks::Documents => Words::new(
            format!("event {number} (`{event_type}`) holds several JSON documents"),
            "have the server write a blank line after each event: without it, the lines are one \
             event",
        ),
        Looks::Python => Words::new(
            quote("is a value as Python prints it, and not JSON"),
            "have the server write its events with `json.dumps`",
        ),
        Looks::Json => Words::new(message, DAMAGED),
        Looks::Error => Words::new(
            quote("is an error in plain words"),
            "the server failed after the answer had begun: check its logs",
        ),
        Looks::Text if number > 1 => Words::new(
            quote("is not JSON"),
            format!(
                "the events before were JSON: check why the server sends this; if `{event_type}` \
                 events carry no text, name those that do in `stream_event_filter`"
            ),
        ),
        Looks::Text => Words::new(
            quote("is not JSON"),
            format!(
                "if this is the text, take `stream_output_path` out; if `{event_type}` events \
                 carry no text, name those that do in `stream_event_filter`"
            ),
        ),
    }
}

const EVENT_STREAM: &str = "it is an event stream: set `runner.http.stream: sse`";

const JSON_LINES: &str = "it is JSON line by line: set `runner.http.stream: jsonl`";

/// How much of data that is not JSON a message says, in characters.
const SAID_CHARS: usize = 200;

const DAMAGED: &str = "the server, or a proxy before it, sends JSON that is cut off or damaged: check \
                       their logs";

/// What to do about JSON that is not read though it is JSON.
fn of_path(source: &JsonError) -> Option<&'static str> {
    match source {
        JsonError::TooManyMatches(_) => Some("write the path with one `..` at most"),
        JsonError::TooDeep { .. } => {
            Some("check what the server sends: no answer is nested as deeply")
        }
        _ => None,
    }
}

fn which_has(keys: Option<&[String]>) -> String {
    let Some(keys) = keys else { return String::new() };
    if keys.is_empty() {
        return ", which has no keys".to_owned();
    }
    let names: Vec<_> = keys.iter().map(|name| format!("`{name}`")).collect();
    format!(", which has {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where `output` finds nothing in a body that has such keys, and a text at such a path.
    #[track_caller]
    fn check(keys: Option<&[&str]>, path_with_text: Option<&str>, message: &str, hint: &str) {
        let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let words = of_unreadable(&AggregateError::NoOutput {
            path: "output".to_owned(),
            keys: keys.map(owned),
            path_with_text: path_with_text.map(str::to_owned),
        });
        assert_eq!((words.message.as_str(), words.hint.as_deref()), (message, Some(hint)));
    }

    #[test]
    fn a_path_that_finds_nothing_shows_the_keys() {
        let name = "name the key that holds the text in `runner.http.output_path`";
        check(
            Some(&["answer", "id"]),
            Some("answer"),
            "`output_path` (`output`) finds nothing in the body, which has `answer`, `id`",
            "set `output_path: \"answer\"`",
        );
        check(
            Some(&[]),
            None,
            "`output_path` (`output`) finds nothing in the body, which has no keys",
            name,
        );
        check(None, None, "`output_path` (`output`) finds nothing in the body", name);
    }
}
