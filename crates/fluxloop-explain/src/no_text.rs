//! Words for an answer in which no text was found.

use fluxloop_aggregate::{NoText, Only, RulesLook, TextAt, TextBy};
use fluxloop_frames::{Frame, Recognized, recognized};

use crate::Scene;
use crate::words::{TextKeys, Words};

/// Words for a stream. In `empty` frames a text was found, which was empty. What was seen stands
/// elsewhere in the record.
pub(crate) fn in_stream(empty: u64, seen: &NoText, scene: &Scene<'_>) -> Words {
    let by_keys = scene.text_by == TextBy::Keys;
    let path = if by_keys { "`stream_output_path`" } else { "`text` of the schema" };
    let message = match seen.only {
        Some(only) => instead(only, scene.refusal),
        None if empty > 0 => "only empty text came".to_owned(),
        None if seen.passed == 0 && by_keys => "no event passed `stream_event_filter`".to_owned(),
        None if seen.passed == 0 => "no event is one in which the schema looks for text".to_owned(),
        None if seen.matched == 0 => format!("{path} finds nothing in any event"),
        None => format!("{path} finds values, and no text among them"),
    };
    let hint = no_text(seen, scene.text_by);
    Words { message: format!("no text was found: {message}"), hint }
}

/// Words for a body that is one frame, and the path that was to find text in it.
pub(crate) fn in_body(path: &str, empty: u64, seen: &NoText, scene: &Scene<'_>) -> Words {
    let by_keys = scene.text_by == TextBy::Keys;
    let key = if by_keys { "output_path" } else { "text" };
    let path = if path.is_empty() { String::new() } else { format!(" (`{path}`)") };
    let subject = format!("`{key}`{path}");
    let message = match (seen.only, &seen.members) {
        (Some(only), _) => instead(only, scene.refusal),
        _ if empty > 0 => format!("{subject} finds an empty text"),
        _ if seen.matched > 0 => {
            format!("{subject} finds null, an object or an array, and no text")
        }
        (None, Some(members)) => {
            format!("{subject} finds nothing in the body, which has {}", named(members))
        }
        (None, None) => format!("{subject} finds nothing in the body"),
    };
    let looks = seen.sample.as_ref().and_then(|sample| recognized(sample.as_bytes()));
    let at = seen.text_at.as_ref().and_then(|at| at.path.as_deref());
    let keys = TextKeys::of(scene.text_by);
    let hint = match (seen.only, at) {
        (Some(only), _) => of_only(only, seen),
        (None, _) if !by_keys && looks == Some(Recognized::JsonArray) => {
            "if the elements of the body are frames, set `runner.http.stream: json`".to_owned()
        }
        (None, Some(path)) if scene.text_by == TextBy::Schema => {
            format!("set `path: {path:?}`{}", keys.place)
        }
        (None, Some(path)) => format!("set `output_path: \"{path}\"`"),
        (None, None) if scene.text_by == TextBy::Schema => {
            format!("name what holds the text in `path`{}", keys.place)
        }
        (None, None) => "name the key that holds the text in `runner.http.output_path`".to_owned(),
    };
    Words::new(format!("no text was found: {message}"), hint)
}

/// What to do about a stream in which no text was found, if what was seen says it.
fn no_text(seen: &NoText, by: TextBy) -> Option<String> {
    match (&seen.only, &seen.text_at) {
        (Some(only), _) => Some(of_only(*only, seen)),
        (None, Some(at)) => of_text_at(at, &TextKeys::of(by)),
        (None, None) if seen.tells_why => {
            Some("the provider says why there is no text: read the event that is shown".into())
        }
        (None, None) => Some(
            "`fluxloop inspect` sends one request, shows its answer, and proposes how to read it"
                .to_owned(),
        ),
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
fn of_text_at(at: &TextAt, keys: &TextKeys) -> Option<String> {
    if at.is_encoded_twice {
        return Some(
            "the text is a JSON string that holds JSON: have the server encode it once, and send \
             the object itself"
                .to_owned(),
        );
    }
    let TextKeys { filter: key, path: path_key, place } = keys;
    let filter = (!at.passes || at.is_shared).then(|| {
        // A type that was cut is not named: it may have been cut inside a secret.
        match (at.event_type.as_str(), at.event_type_is_whole) {
            (Frame::MESSAGE, _) => format!("take `{key}` out, or let it name `message`"),
            (name, true) => format!("set `{key}: {name:?}`"),
            (_, false) => format!("take `{key}` out"),
        }
    });
    let path = match (&at.path, at.rules_look) {
        (Some(_), RulesLook::AtThatPath) | (None, RulesLook::AtTheData) => None,
        (Some(path), _) => Some(format!("set `{path_key}: \"{path}\"`")),
        (None, _) => Some(format!("take `{path_key}` out: the data itself is the text")),
    };
    let parts: Vec<String> = filter.into_iter().chain(path).collect();
    (!parts.is_empty()).then(|| parts.join(", and ") + place)
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
        let url = "http://localhost".parse().expect("a URL");
        let words = in_body("output", 0, seen, &Scene::new(&url));
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
        let url = "http://localhost".parse().expect("a URL");
        let scene = Scene { refusal: Some("I cannot."), ..Scene::new(&url) };
        let words = in_stream(0, seen, &scene);
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

    #[test]
    fn a_schema_of_the_users_is_named_by_its_rules() {
        let url = "http://localhost".parse().expect("a URL");
        let scene = Scene { text_by: TextBy::Schema, ..Scene::new(&url) };
        let seen = NoText { text_at: Some(text_at("answer")), passed: 1, ..NoText::default() };
        let place = " in the rule of `text` in `runner.http.stream_schema`";
        let words = in_stream(0, &seen, &scene);
        assert_eq!(
            words.message,
            "no text was found: `text` of the schema finds nothing in any event"
        );
        assert_eq!(words.hint, Some(format!("set `path: \"answer\"`{place}")));
        let words = in_body("", 0, &seen, &scene);
        assert_eq!(words.message, "no text was found: `text` finds nothing in the body");
        assert_eq!(words.hint, Some(format!("set `path: \"answer\"`{place}")));
        let sample = Some("[{\"answer\": 1}]".to_owned());
        let words = in_body("a", 0, &NoText { sample, ..seen }, &scene);
        assert!(words.hint.is_some_and(|hint| hint.contains("`runner.http.stream: json`")));
    }
}
