//! Answers that are one body (`stream: none`).

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use fluxloop_frames::Frame;
use fluxloop_jsonpath::{Found, JsonPath, PathSet, RawFound, TooManyMatches};
use serde_json::Value;

use crate::aggregate::{Aggregate, Warning};
use crate::api_error::{error_in_event, error_in_json};
use crate::diagnosis::{NoText, TextAt, path_to_text, value_to_explain};
use crate::error::AggregateError;
use crate::excerpt::excerpt;
use crate::facts::Facts;
use crate::keys::{Keys, Seen, path_set};
use crate::known::RESPONSE_OBJECT;
use crate::media::{is_event_stream, is_json, is_page};
use crate::rules::PlainRules;
use crate::text::{Appended, Text};

/// How one body becomes text, made ready. Clones share it.
#[derive(Clone, Debug)]
pub struct PlainReader(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    path: JsonPath,
    has_own_path: bool,
    require_text: bool,
    keys: Keys,
}

impl PlainReader {
    /// Prepares the rules.
    pub fn new(rules: &PlainRules) -> Self {
        let path = rules.output_path.clone();
        let own: &[&JsonPath] = if path.is_singular() { &[&path] } else { &[] };
        let keys = Keys::new(own);
        let PlainRules { has_own_path, require_text, .. } = *rules;
        Self(Arc::new(Compiled { path, has_own_path, require_text, keys }))
    }

    /// Whether a body that begins like this is text, of which a part is text too. A part of JSON
    /// is nothing.
    pub fn is_text(&self, head: &[u8], media_type: Option<&str>) -> bool {
        let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head);
        let is_blank = head.trim_ascii_start().is_empty();
        let is_json = media_type.is_some_and(is_json) || begins_like_json(head);
        !is_blank && !is_json && !media_type.is_some_and(|it| self.is_no_answer(it))
    }

    /// Whether a body of this type that is no JSON is none that somebody waits for.
    fn is_no_answer(&self, media_type: &str) -> bool {
        is_event_stream(media_type) || (self.0.has_own_path && is_page(media_type))
    }

    /// Reads a text that broke off, without the character in which it did.
    pub fn read_part(
        &self,
        body: &[u8],
        media_type: Option<&str>,
        output_char_limit: Option<u64>,
    ) -> Result<Aggregate, AggregateError> {
        let end = match str::from_utf8(body) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => body.len(),
        };
        self.read(&String::from_utf8_lossy(&body[..end]), media_type, output_char_limit)
    }

    /// Reads a whole body.
    ///
    /// It is JSON if its media type says so, or if it begins like an object or an array and can be
    /// read as one; then the path tells where the text is. Any other body is the text itself,
    /// but for an event stream, and for a page where somebody named a path.
    pub fn read(
        &self,
        body: &str,
        media_type: Option<&str>,
        output_char_limit: Option<u64>,
    ) -> Result<Aggregate, AggregateError> {
        // RFC 8259, section 8.1, lets a reader ignore it.
        let body = body.strip_prefix('\u{feff}').unwrap_or(body);
        let must_be_json = media_type.is_some_and(is_json);
        let mut answer = Answer { text: Text::with_limit(output_char_limit), ..Answer::default() };
        answer.text.begin(body.len());
        if body.trim().is_empty() {
            return Ok(answer.into_aggregate(body));
        }
        if must_be_json || begins_like_json(body.as_bytes()) {
            match self.0.keys.look(body, &mut answer.facts) {
                Ok(seen) => {
                    self.0.read_json(body, &seen, &mut answer)?;
                    return Ok(answer.into_aggregate(body));
                }
                Err(source) if must_be_json => {
                    return Err(AggregateError::MalformedBody { source, data: excerpt(body) });
                }
                Err(_) => {}
            }
        }
        if let Some(media_type) = media_type.filter(|it| self.is_no_answer(it)) {
            return Err(AggregateError::OtherMediaType {
                is_event_stream: is_event_stream(media_type),
                media_type: excerpt(media_type),
                data: excerpt(body),
            });
        }
        answer.take(Found::String(body.into()));
        let is_page = media_type.is_some_and(is_page);
        let warnings = if is_page { vec![Warning::Page] } else { Vec::new() };
        Ok(Aggregate { warnings, ..answer.into_aggregate(body) })
    }
}

impl Compiled {
    fn read_json(
        &self,
        body: &str,
        seen: &Seen<'_>,
        answer: &mut Answer,
    ) -> Result<(), AggregateError> {
        let error = if body.trim_start().starts_with('[') {
            error_in_json(body)
        } else {
            error_in_event(&Frame::message(body), seen)
        };
        if let Some(error) = error {
            return Err(error.into());
        }
        if let Some(status) = response_status(body) {
            answer.facts.set_status(&status);
        }
        let mut found_any = false;
        let mut take = |found| {
            found_any = true;
            answer.take(found);
        };
        if self.path.is_singular() {
            let [output, _] = seen.own;
            output.map(RawFound::read).into_iter().for_each(take);
        } else {
            let malformed = |source| AggregateError::MalformedBody { source, data: excerpt(body) };
            self.path.find(body, &mut take).map_err(malformed)?;
            if answer.appended == Appended::Repeated {
                return Err(malformed(TooManyMatches.into()));
            }
        }
        if found_any || !self.require_text { Ok(()) } else { Err(self.no_output(body)) }
    }

    fn no_output(&self, body: &str) -> AggregateError {
        let value = value_to_explain(body);
        // None is cut: a secret that is cut can be masked only where nothing follows.
        let short = |key: &&String| key.len() <= MAX_KEY;
        let keys = |value: &Value| {
            let members = value.as_object().into_iter().flatten();
            members.map(|(key, _)| key).filter(short).cloned().collect()
        };
        AggregateError::NoOutput {
            path: self.path.as_str().to_owned(),
            keys: value.as_ref().map(keys),
            path_with_text: value.as_ref().and_then(path_to_text),
        }
    }
}

fn begins_like_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The longest key of a body that is told, in bytes.
const MAX_KEY: usize = 256;

/// The `status` of a whole answer of the responses API, which says there why it stopped.
fn response_status(body: &str) -> Option<String> {
    static PARTS: LazyLock<PathSet> = LazyLock::new(|| path_set(&["object", "status"]));
    let mut parts = [None, None];
    // What cannot be read has no such value.
    let _ = PARTS.scan(body, |which, found| parts[which] = found.into_text().map(Cow::into_owned));
    let [object, status] = parts;
    status.filter(|_| object.as_deref() == Some(RESPONSE_OBJECT))
}

/// What is known of a body.
#[derive(Default)]
struct Answer {
    text: Text,
    matched: bool,
    no_text: bool,
    appended: Appended,
    facts: Facts,
}

impl Answer {
    fn take(&mut self, found: Found<'_>) {
        match found.into_text() {
            None => self.no_text = true,
            Some(text) => {
                self.matched = true;
                self.appended = self.appended.max(self.text.append(&text));
            }
        }
    }

    fn into_aggregate(self, body: &str) -> Aggregate {
        let no_text = self.text.is_empty().then(|| {
            let path = value_to_explain(body).as_ref().and_then(path_to_text);
            Box::new(NoText {
                matched: u64::from(self.matched || self.no_text),
                sample: (!body.is_empty()).then(|| excerpt(body)),
                text_at: path.map(TextAt::in_body),
                ..NoText::default()
            })
        });
        Aggregate {
            characters: self.text.characters(),
            text: self.text.into_string(),
            limit_reached: self.appended == Appended::Cut,
            matched: u64::from(self.matched),
            usage: self.facts.usage.sum(),
            finish_reason: self.facts.finish_reason,
            model: self.facts.model,
            no_text,
            ..Aggregate::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a body; an error is its text.
    fn read(path: &str, body: &str, media_type: &str) -> Result<Aggregate, String> {
        let output_path = JsonPath::parse(path).unwrap();
        PlainReader::new(&PlainRules { output_path, has_own_path: true, require_text: true })
            .read(body, Some(media_type), Some(12))
            .map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check(path: &str, body: &str, media_type: &str, expected: Result<&str, &str>) {
        let read = read(path, body, media_type).map(|answer| answer.text);
        assert_eq!(read, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn a_long_body_is_not_looked_through_for_advice() {
        let body = format!(r#"{{"a": [1{}]}}"#, ",1".repeat(600_000));
        let read = read("answer", &body, "application/json");
        assert_eq!(read.unwrap_err(), "`answer` finds nothing in the body");
    }

    #[test]
    fn a_path_that_finds_a_text_many_times_gives_no_more_than_the_body_has() {
        let nested = (0..20).fold(r#"{"text": "again and again"}"#.to_owned(), |inner, _| {
            format!(r#"{{"a": {inner}}}"#)
        });
        let read = |path: &str| {
            let output_path = JsonPath::parse(path).unwrap();
            let reader = PlainReader::new(&PlainRules {
                output_path,
                has_own_path: true,
                require_text: true,
            });
            reader.read(&nested, None, None).map(|answer| answer.text)
        };
        assert_eq!(read("$..text").unwrap(), "again and again");
        assert_eq!(
            read("$..a..text").unwrap_err().to_string(),
            "the body cannot be read as JSON: the path repeats `..` and would find too many values"
        );
    }

    #[test]
    fn text_is_taken_out_of_json() {
        check("$.output", r#"{"output": "Hello"}"#, "application/json", Ok("Hello"));
        check("output", r#"{"output": 1.50}"#, "application/problem+json; q", Ok("1.50"));
        check("$..t", r#"[{"t": "a"}, {"t": "b"}]"#, "Application/JSON", Ok("ab"));
    }

    #[test]
    fn json_is_recognized_without_its_media_type() {
        check("output", r#" {"output": "Hello"}"#, "text/plain", Ok("Hello"));
    }

    #[test]
    fn another_body_is_the_text() {
        check("output", "Hello\n", "text/plain", Ok("Hello\n"));
        check("output", "{Hello}", "text/plain", Ok("{Hello}"));
        check("output", "42", "text/plain", Ok("42"));
    }

    #[test]
    fn an_event_stream_is_no_body_and_a_page_is_none_where_a_path_was_named() {
        let error = "the answer is `text/event-stream`, and one body was expected";
        check("output", "data: x\n\n", "text/event-stream", Err(error));
        let error = "the answer is `text/html`, and one body was expected";
        check("output", "<p>log in", "text/html", Err(error));
        check("output", r#"{"output": "Hello"}"#, "text/html", Ok("Hello"));
    }

    #[test]
    fn a_page_is_text_with_a_warning_where_no_path_was_named() {
        let output_path = JsonPath::parse("output").unwrap();
        let rules = PlainRules { output_path, has_own_path: false, require_text: true };
        let answer = PlainReader::new(&rules).read("<p>Hi", Some("text/html"), None).unwrap();
        assert_eq!((answer.text.as_str(), &*answer.warnings), ("<p>Hi", &[Warning::Page][..]));
    }

    #[test]
    fn broken_json_is_an_error() {
        let message = "the body cannot be read as JSON: ";
        let error = read("output", "{Hello}", "application/json").unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }

    /// What is known where `output` finds nothing: the keys of the body, and a path to text.
    #[track_caller]
    fn check_nothing(body: &str, keys: &[&str], path_with_text: Option<&str>) {
        let output_path = JsonPath::parse("output").unwrap();
        let rules = PlainRules { output_path, has_own_path: true, require_text: true };
        let error = PlainReader::new(&rules).read(body, None, None).unwrap_err();
        let expected = AggregateError::NoOutput {
            path: "output".to_owned(),
            keys: Some(keys.iter().map(|key| (*key).to_owned()).collect()),
            path_with_text: path_with_text.map(str::to_owned),
        };
        assert_eq!(error, expected);
    }

    #[test]
    fn a_path_that_finds_nothing_shows_the_keys() {
        check_nothing(r#"{"answer": "Hello", "id": 1}"#, &["answer", "id"], Some("answer"));
        check_nothing("[]", &[], None);
        let long = format!(r#"{{"{}": 1}}"#, "k".repeat(MAX_KEY + 1));
        check_nothing(&long, &[], None);
    }

    #[test]
    fn a_path_that_finds_nothing_is_told_a_better_one() {
        check_nothing(r#"{"a": [{"text": "Hello"}]}"#, &["a"], Some("a[0].text"));
        check_nothing(r#"{"a b": "Hello"}"#, &["a b"], Some("$['a b']"));
    }

    #[test]
    fn a_name_that_a_path_would_escape_is_not_told() {
        for (written, name) in
            [("a\\\\b", "a\\b"), ("a'b", "a'b"), ("a\\\"b", "a\"b"), ("a\\nb", "a\nb")]
        {
            check_nothing(&format!("{{\"{written}\": \"Hello\"}}"), &[name], None);
        }
    }

    #[test]
    fn null_and_objects_are_no_text() {
        let answer =
            read("output", r#"{"output": {"text": "Hello"}}"#, "application/json").unwrap();
        let seen = answer.no_text.unwrap();
        let path = seen.text_at.and_then(|at| at.path);
        assert_eq!((seen.matched, path.as_deref()), (1, Some("output.text")));
        check("output", r#"{"output": null}"#, "application/json", Ok(""));
    }

    #[test]
    fn an_empty_body_has_no_text() {
        let answer = read("output", " \n", "application/json").unwrap();
        assert!(!answer.has_text() && answer.no_text.is_some());
    }

    #[test]
    fn a_path_that_finds_nothing_is_no_error_where_no_text_is_required() {
        let output_path = JsonPath::parse("output").unwrap();
        let reader =
            PlainReader::new(&PlainRules { output_path, has_own_path: true, require_text: false });
        assert!(!reader.read("{}", None, None).unwrap().has_text());
    }

    #[test]
    fn an_error_inside_is_an_error() {
        let error = "the answer reports an error: `overloaded_error`: busy";
        let body = r#"{"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}"#;
        check("output", body, "text/plain", Err(error));
        check("output", &format!("[{body}]"), "application/json", Err(error));
    }

    #[test]
    fn the_limit_holds_for_bodies_too() {
        let answer = read("output", "0123456789abc", "text/plain").unwrap();
        assert_eq!((answer.text.as_str(), answer.limit_reached), ("0123456789ab", true));
    }

    #[test]
    fn tokens_model_and_reason_are_taken_along() {
        let body = r#"{"model": "m", "choices": [{"message": {"content": "Hello"},
            "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}"#;
        let answer = read("choices[0].message.content", body, "application/json").unwrap();
        assert_eq!(answer.usage.unwrap().total_tokens, 3);
        assert_eq!(answer.finish_reason.as_deref(), Some("stop"));
        assert_eq!(answer.model.as_deref(), Some("m"));
    }
}
