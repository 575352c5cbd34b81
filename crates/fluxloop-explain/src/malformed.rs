//! Words for a frame, or a body, that should be JSON and is not.

use fluxloop_aggregate::{Malformed, TextBy};
use fluxloop_jsonpath::JsonError;
use fluxloop_schema::StreamKind;

use crate::data::Looks;
use crate::words::{TextKeys, Words};

/// How much of data that is not JSON a message says, in characters.
const SAID_CHARS: usize = 200;

/// Whether the data is JSON that broke on its way, which may come whole the next time.
pub fn is_broken_json(malformed: &Malformed) -> bool {
    !is_limit(&malformed.source) && Looks::of(&malformed.data) == Looks::Json
}

/// Whether the data may be valid, and is more than is read here.
fn is_limit(error: &JsonError) -> bool {
    matches!(error, JsonError::TooManyMatches(_) | JsonError::TooDeep { .. })
}

pub(crate) fn of_malformed(malformed: &Malformed, stream: StreamKind, by: TextBy) -> Words {
    let Malformed { number, event_type, source, data } = malformed;
    let keys = TextKeys::of(by);
    let message = malformed.to_string();
    match source {
        JsonError::TooManyMatches(_) => {
            return Words::new(message, "write the path with one `..` at most");
        }
        JsonError::TooDeep { .. } => {
            return Words::new(
                message,
                "check what the server sends: no answer is nested as deeply",
            );
        }
        JsonError::Syntax { .. } => {}
    }
    let subject = match number {
        Some(number) => format!("event {number} (`{event_type}`)"),
        None => "the body".to_owned(),
    };
    let said: String = data.trim().chars().take(SAID_CHARS).collect();
    // The data is the last that is said: it may be cut inside a secret.
    let quoted = |what: &str| format!("{subject} {what}: {said}");
    match Looks::of(data) {
        Looks::KeepAlive => Words::new(
            quoted("is a comment or keep-alive, sent as data"),
            format!(
                "have the server send it as a comment, a line that begins with a colon and not with \
                 `data:`, or name the types that carry the text in `{}`{}",
                keys.filter, keys.place
            ),
        ),
        Looks::Field if stream != StreamKind::Sse => {
            Words::new(quoted("is a line of an event stream"), "set `runner.http.stream: sse`")
        }
        Looks::Field => Words::new(
            quoted("has its prefix twice"),
            "the data holds a line of an event stream: check what wraps the lines of the server in \
             `data:` a second time",
        ),
        Looks::Documents if stream != StreamKind::Sse => Words::new(
            format!("{subject} holds several JSON documents"),
            "set `runner.http.stream: json`, which reads documents one after another",
        ),
        Looks::Documents => Words::new(
            format!("{subject} holds several JSON documents"),
            "have the server write a blank line after each event: without it, the lines are one \
             event",
        ),
        Looks::Python => Words::new(
            quoted("is a value as Python prints it, and not JSON"),
            "have the server write its events with `json.dumps`",
        ),
        Looks::Json => Words::new(
            message,
            "the server, or a proxy before it, sends JSON that is cut off or damaged: check their \
             logs",
        ),
        Looks::Error => Words::new(
            quoted("is an error in plain words"),
            "read the server's words, and check its logs",
        ),
        Looks::Text => Words::new(quoted("is not JSON"), of_text(*number, event_type, &keys)),
    }
}

fn of_text(number: Option<u64>, event_type: &str, keys: &TextKeys) -> String {
    let TextKeys { filter, path, place } = keys;
    let or_filter =
        format!("if `{event_type}` events carry no text, name those that do in `{filter}`{place}");
    match number {
        None => "check what `runner.http.url` answers with".to_owned(),
        // The data itself is the text only where it is never JSON.
        Some(1) => format!("if this is the text, take `{path}` out{place}; {or_filter}"),
        Some(_) => {
            format!("the events before are JSON: check why the server sends this; {or_filter}")
        }
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_jsonpath::JsonPath;

    use super::*;

    /// What is said of the data of an event.
    #[track_caller]
    fn check(number: u64, data: &str, message: &str, hint: &str) {
        check_in(StreamKind::Sse, number, data, message, hint);
    }

    #[track_caller]
    fn check_in(stream: StreamKind, number: u64, data: &str, message: &str, hint: &str) {
        let source = JsonPath::parse("a").expect("a path").find(data, &mut |_| {}).expect_err(data);
        let (number, event_type, data) = (Some(number), "message".to_owned(), data.to_owned());
        let words =
            of_malformed(&Malformed { number, event_type, source, data }, stream, TextBy::Keys);
        assert!(words.message.contains(message), "{words:?}");
        assert!(words.hint.as_ref().is_some_and(|it| it.contains(hint)), "{words:?}");
    }

    #[test]
    fn data_that_is_not_json_is_named_for_what_it_is() {
        check(1, ": PROCESSING", "comment or keep-alive, sent as data: : PROCESSING", "a comment");
        check(2, "error: out of memory", "error in plain words: error: out of memory", "logs");
        check(1, "data: {}", "has its prefix twice", "a second time");
        check(1, "{'a': 1}", "as Python prints it", "json.dumps");
        check(1, "{\"a\": 1}\n{\"a\": 2}", "several JSON documents", "blank line");
        check(1, "{\"a\": ", "cannot be read as JSON", "cut off or damaged");
    }

    #[test]
    fn lines_of_another_framing_name_it() {
        let (line, several) = ("is a line of an event stream", "several JSON documents");
        check_in(StreamKind::JsonLines, 1, "data: {}", line, "stream: sse");
        check_in(StreamKind::JsonLines, 1, "{}{}", several, "stream: json");
    }

    #[test]
    fn only_the_first_event_may_be_the_text() {
        check(
            1,
            "Hello",
            "event 1 (`message`) is not JSON: Hello",
            "take `stream_output_path` out",
        );
        check(2, "Hello", "event 2 (`message`) is not JSON: Hello", "the events before are JSON");
    }
}
