//! Words for an answer in which no text was found.

use fluxloop_aggregate::{NoText, Only, RulesLook, TextAt};
use fluxloop_frames::Frame;

use crate::words::Words;

/// Words for a stream. In `empty` frames a text was found, which was empty. What was seen stands
/// elsewhere in the record.
pub(crate) fn in_stream(empty: u64, seen: &NoText, refusal: Option<&str>) -> Words {
    let message = match seen.only {
        Some(only) => &instead(only, refusal),
        None if empty > 0 => "only empty text came",
        None if seen.passed == 0 => "no event passed `stream_event_filter`",
        None if seen.matched == 0 => "`stream_output_path` finds nothing in any event",
        None => "`stream_output_path` finds values, and no text among them",
    };
    Words { message: format!("no text was found: {message}"), hint: no_text(seen) }
}

/// Words for a body that is one frame, and the path that was to find text in it.
pub(crate) fn in_body(path: &str, empty: u64, seen: &NoText, refusal: Option<&str>) -> Words {
    let message = match (seen.only, &seen.members) {
        (Some(only), _) => instead(only, refusal),
        _ if empty > 0 => format!("`output_path` (`{path}`) finds an empty text"),
        _ if seen.matched > 0 => {
            format!("`output_path` (`{path}`) finds null, an object or an array, and no text")
        }
        (None, Some(members)) => {
            format!(
                "`output_path` (`{path}`) finds nothing in the body, which has {}",
                named(members)
            )
        }
        (None, None) => format!("`output_path` (`{path}`) finds nothing in the body"),
    };
    let at = seen.text_at.as_ref().and_then(|at| at.path.as_deref());
    let hint = match (seen.only, at) {
        (Some(only), _) => of_only(only, seen),
        (None, Some(path)) => format!("set `output_path: \"{path}\"`"),
        (None, None) => "name the key that holds the text in `runner.http.output_path`".to_owned(),
    };
    Words::new(format!("no text was found: {message}"), hint)
}

/// What to do about a stream in which no text was found, if what was seen says it.
pub fn no_text(seen: &NoText) -> Option<String> {
    match (&seen.only, &seen.text_at) {
        (Some(only), _) => Some(of_only(*only, seen)),
        (None, Some(at)) => of_text_at(at),
        (None, None) if seen.tells_why => {
            Some("the provider says why there is no text: read the event that is shown".into())
        }
        (None, None) => None,
    }
}

/// What came instead of text.
fn instead(only: Only, refusal: Option<&str>) -> String {
    let said = refusal.map(|said| said.chars().take(REFUSAL_CHARS).collect::<String>());
    match (only, said) {
        (Only::ToolCalls, _) => "the model called tools, and said nothing".to_owned(),
        (Only::Reasoning, _) => "only reasoning came".to_owned(),
        (Only::Refusal, Some(said)) => format!("the model refused: {said}"),
        (Only::Refusal, None) => "the model refused".to_owned(),
    }
}

/// How much of a refusal a message says, in characters.
const REFUSAL_CHARS: usize = 300;

fn of_only(only: Only, seen: &NoText) -> String {
    let accepts = "`runner.http.require_text: false` accepts such answers";
    let stopped = seen.finish_reason.as_deref();
    match only {
        Only::ToolCalls => format!("{accepts}, and the record keeps the calls"),
        Only::Reasoning if stopped.is_some_and(is_length) => {
            "the tokens were used up by reasoning: raise the token limit of the request, or lower \
             its reasoning effort"
                .to_owned()
        }
        Only::Reasoning => format!(
            "raise the token limit of the request, or lower its reasoning effort; {accepts}"
        ),
        Only::Refusal => {
            format!("read the refusal in the record, and change the input; {accepts}")
        }
    }
}

/// Whether a finish reason says that the tokens ran out.
fn is_length(reason: &str) -> bool {
    ["length", "max_tokens", "max_output_tokens"].iter().any(|it| it.eq_ignore_ascii_case(reason))
}

/// How the rules would find the text: by another filter, by another path, or both.
fn of_text_at(at: &TextAt) -> Option<String> {
    if at.is_encoded_twice {
        return Some(
            "the text is a JSON string that holds JSON: have the server encode it once, and send \
             the object itself"
                .to_owned(),
        );
    }
    let filter = (!at.passes || at.is_shared).then(|| {
        // A type that was cut is not named: it may have been cut inside a secret.
        match (at.event_type.as_str(), at.event_type_is_whole) {
            (Frame::MESSAGE, _) => {
                "take `stream_event_filter` out, or let it name `message`".to_owned()
            }
            (name, true) => format!("set `stream_event_filter: {name:?}`"),
            (_, false) => "take `stream_event_filter` out".to_owned(),
        }
    });
    let path = match (&at.path, at.rules_look) {
        (Some(_), RulesLook::AtThatPath) | (None, RulesLook::AtTheData) => None,
        (Some(path), _) => Some(format!("set `stream_output_path: \"{path}\"`")),
        (None, _) => Some("take `stream_output_path` out: the data itself is the text".to_owned()),
    };
    let parts: Vec<String> = filter.into_iter().chain(path).collect();
    (!parts.is_empty()).then(|| parts.join(", and "))
}

/// The members of an object, as a list.
fn named(members: &[String]) -> String {
    if members.is_empty() {
        return "no members".to_owned();
    }
    let names: Vec<_> = members.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_at(path: &str) -> TextAt {
        TextAt {
            path: Some(path.to_owned()),
            rules_look: RulesLook::Elsewhere,
            event_type: "delta".to_owned(),
            event_type_is_whole: true,
            passes: true,
            is_shared: false,
            is_encoded_twice: false,
        }
    }

    /// What is said of a body in which `output` finds no text.
    #[track_caller]
    fn check_body(seen: &NoText, message: &str, hint: &str) {
        let words = in_body("output", 0, seen, None);
        assert_eq!(words.message, format!("no text was found: {message}"));
        assert_eq!(words.hint.as_deref(), Some(hint));
    }

    #[test]
    fn a_path_that_finds_nothing_shows_the_members() {
        let members = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect());
        let name = "name the key that holds the text in `runner.http.output_path`";
        check_body(
            &NoText {
                members: members(&["answer", "id"]),
                text_at: Some(text_at("answer")),
                ..NoText::default()
            },
            "`output_path` (`output`) finds nothing in the body, which has `answer`, `id`",
            "set `output_path: \"answer\"`",
        );
        check_body(
            &NoText { members: members(&[]), ..NoText::default() },
            "`output_path` (`output`) finds nothing in the body, which has no members",
            name,
        );
        check_body(&NoText::default(), "`output_path` (`output`) finds nothing in the body", name);
    }

    /// What is said of a stream without text.
    #[track_caller]
    fn check_stream(seen: &NoText, message: &str, hint: Option<&str>) {
        let words = in_stream(0, seen, Some("I cannot."));
        assert!(words.message.contains(message), "{words:?}");
        assert_eq!(words.hint.as_deref(), hint);
    }

    #[test]
    fn what_came_instead_has_words_of_its_own() {
        let only = |only, reason: Option<&str>| NoText {
            only: Some(only),
            finish_reason: reason.map(str::to_owned),
            text_at: Some(text_at("delta.refusal")),
            ..NoText::default()
        };
        check_stream(
            &only(Only::Reasoning, Some("length")),
            "only reasoning came",
            Some(
                "the tokens were used up by reasoning: raise the token limit of the request, or \
                 lower its reasoning effort",
            ),
        );
        check_stream(
            &only(Only::Refusal, Some("stop")),
            "the model refused: I cannot.",
            Some(
                "read the refusal in the record, and change the input; \
                 `runner.http.require_text: false` accepts such answers",
            ),
        );
        check_stream(
            &only(Only::ToolCalls, None),
            "the model called tools",
            Some(
                "`runner.http.require_text: false` accepts such answers, and the record keeps the \
                 calls",
            ),
        );
    }

    #[test]
    fn a_hint_writes_the_type_and_the_path() {
        let mut seen = NoText { text_at: Some(text_at("$")), passed: 1, ..NoText::default() };
        check_stream(&seen, "finds nothing", Some("set `stream_output_path: \"$\"`"));
        seen.text_at.as_mut().expect("it is there").passes = false;
        check_stream(
            &seen,
            "finds nothing",
            Some("set `stream_event_filter: \"delta\"`, and set `stream_output_path: \"$\"`"),
        );
        seen.text_at.as_mut().expect("it is there").is_encoded_twice = true;
        check_stream(
            &seen,
            "finds nothing",
            Some(
                "the text is a JSON string that holds JSON: have the server encode it once, and \
                 send the object itself",
            ),
        );
    }
}
