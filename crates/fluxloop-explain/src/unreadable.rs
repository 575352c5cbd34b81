//! Words for a frame or a body that cannot be read.

use fluxloop_aggregate::AggregateError;
use fluxloop_jsonpath::JsonError;

use crate::answer::hint_of_output;
use crate::status::of_class;
use crate::words::Words;

pub(crate) fn of_unreadable(error: &AggregateError) -> Words {
    match error {
        AggregateError::Api(api) => Words::new(error.to_string(), of_class(api.class)),
        AggregateError::MalformedEvent { event_type, source, data, .. } => {
            let hint = of_json(source, data).unwrap_or_else(|| {
                format!(
                    "if this is the text, take `stream_output_path` out; if `{event_type}` events \
                     carry no text, name those that do in `stream_event_filter`"
                )
            });
            Words::new(error.to_string(), hint)
        }
        AggregateError::MalformedBody { source, data } => {
            let hint = of_json(source, data).unwrap_or_else(|| {
                "check what `runner.http.url` answers with; an event stream is read with \
                 `stream: sse`"
                    .to_owned()
            });
            Words::new(error.to_string(), hint)
        }
        AggregateError::OtherMediaType { is_event_stream: true, .. } => {
            Words::new(error.to_string(), "it is an event stream: set `runner.http.stream: sse`")
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

/// What to do about JSON that cannot be read, where that follows from why it cannot.
fn of_json(source: &JsonError, data: &str) -> Option<String> {
    let hint = match source {
        JsonError::TooManyMatches(_) => "write the path with one `..` at most",
        JsonError::TooDeep { .. } => "check what the server sends: no answer is nested as deeply",
        _ if data.trim_start().starts_with(['{', '[', '"']) => {
            "the server, or a proxy before it, sends JSON that is cut off or damaged: check their \
             logs"
        }
        _ => return None,
    };
    Some(hint.to_owned())
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
