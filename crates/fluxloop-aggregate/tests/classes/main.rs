//! Classes of situations that people report of streamed answers, each with its neighbors: whole
//! bodies in, and in one line what came of them.

mod calls;
mod choices;
mod ends;
mod failures;
mod finals;
mod finish;
mod framings;
mod halves;
mod harmless;
mod hints;
mod lines;
mod lists;
mod repeats;
mod silent;
mod types;

use std::time::Duration;

use fluxloop_aggregate::{
    Answer, AnswerFault, AnswerLimits, AnswerReader, AnswerResult, AnswerRules, BodyEnd, Head,
    NoText, RulesLook, Step, TextAt, Verdict,
};
use fluxloop_jsonpath::JsonPath;
use fluxloop_schema::{Schema, StreamKind, TypePattern, load};
use serde_json::Value;

/// How an answer is read.
#[derive(Clone)]
struct Reading {
    rules: AnswerRules,
    media_type: &'static str,
    filter: Option<String>,
    path: Option<String>,
}

impl Reading {
    fn new(stream: StreamKind, filter: Option<&str>, path: Option<&str>) -> Self {
        let media_type = match stream {
            StreamKind::Sse => "text/event-stream",
            StreamKind::JsonLines => "application/x-ndjson",
            StreamKind::Json | StreamKind::None | StreamKind::Auto => "application/json",
            StreamKind::Text => "text/plain",
        };
        let patterns = filter.map(|filter| {
            let (text, is_prefix) = match filter.strip_suffix('*') {
                Some(text) => (text, true),
                None => (filter, false),
            };
            vec![TypePattern { text: text.to_owned(), is_prefix }]
        });
        let parsed = path.map(|path| JsonPath::parse(path).expect("a path"));
        let schema = Schema::auto().with_text(patterns, parsed);
        let rules =
            AnswerRules { has_own_path: path.is_some(), ..AnswerRules::new(stream, schema) };
        let [filter, path] = [filter, path].map(|it| it.map(str::to_owned));
        Self { rules, media_type, filter, path }
    }

    /// What comes of a body that arrives in pieces of so many bytes.
    fn read(&self, body: &[u8], piece: usize, end: BodyEnd) -> AnswerResult {
        let head =
            Head { status: 200, media_type: Some(self.media_type.to_owned()), ..Head::default() };
        let limits = AnswerLimits {
            output_char_limit: None,
            max_frame_bytes: 1 << 20,
            max_body_bytes: 1 << 20,
        };
        let mut answer = Answer::new(&AnswerReader::new(&self.rules), head, limits);
        for chunk in body.chunks(piece) {
            if answer.feed(chunk, Duration::ZERO) == Step::Enough {
                return answer.end(BodyEnd::Enough, Duration::ZERO);
            }
        }
        answer.end(end, Duration::ZERO)
    }
}

/// An event stream whose text is at a path.
fn sse(path: &str) -> Reading {
    Reading::new(StreamKind::Sse, None, Some(path))
}

/// The same, in frames of one type.
fn sse_of(filter: &str, path: &str) -> Reading {
    Reading::new(StreamKind::Sse, Some(filter), Some(path))
}

/// An event stream whose data is the text.
fn plain() -> Reading {
    Reading::new(StreamKind::Sse, None, None)
}

fn jsonl(path: &str) -> Reading {
    Reading::new(StreamKind::JsonLines, None, Some(path))
}

fn json(path: &str) -> Reading {
    Reading::new(StreamKind::Json, None, Some(path))
}

fn whole(path: &str) -> Reading {
    Reading::new(StreamKind::None, None, Some(path))
}

/// An event stream that a schema of the test's own describes.
fn by_schema(schema: &Value) -> Reading {
    let loaded = load(schema, "inline", &mut |_, _| None).expect("a sound schema");
    Reading { rules: AnswerRules::new(StreamKind::Sse, loaded.schema), ..plain() }
}

/// An event of no name.
fn data(data: &str) -> String {
    format!("data: {data}\n\n")
}

/// An event with a name.
fn named(name: &str, data: &str) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// Events of no name.
fn events(all: &[&str]) -> String {
    all.iter().map(|it| data(it)).collect()
}

/// JSON lines.
fn lines(all: &[&str]) -> String {
    all.iter().flat_map(|line| [*line, "\n"]).collect()
}

/// What came of a body: how it was judged, its text, and the codes of its warnings.
fn outcome(result: &AnswerResult) -> String {
    let content = result.content.as_ref();
    let text = content.map_or("", |content| content.text.text.as_str());
    let verdict = match &result.verdict {
        Verdict::Succeeded => "succeeded".to_owned(),
        Verdict::LimitReached => "limit_reached".to_owned(),
        Verdict::Cut => "cut".to_owned(),
        Verdict::Failed(fault) => name(fault),
    };
    let codes = content.iter().flat_map(|content| &content.warnings);
    let codes: Vec<String> = codes.map(|warning| code(&format!("{:?}", warning.kind))).collect();
    let warns =
        if codes.is_empty() { String::new() } else { format!(", warns {}", codes.join(" ")) };
    format!("{verdict} {text:?}{warns}")
}

/// The name of a kind, as codes are written.
fn code(kind: &str) -> String {
    let name = kind.split([' ', '{', '(']).next().unwrap_or_default();
    let mut code = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.extend(letter.to_lowercase());
    }
    code
}

fn name(fault: &AnswerFault) -> String {
    match fault {
        AnswerFault::Reported { error, .. } => {
            let name = error.error_type.as_ref().map(|name| format!("{name}: "));
            format!("api_error ({}{})", name.unwrap_or_default(), error.message)
        }
        AnswerFault::Withheld { error } => {
            format!("withheld ({})", error.error_type.as_deref().unwrap_or(&error.message))
        }
        AnswerFault::NoText { seen, .. } => no_text(seen),
        fault => code(&format!("{fault:?}")),
    }
}

fn no_text(seen: &NoText) -> String {
    match (&seen.only, &seen.text_at) {
        (Some(only), _) => format!("no_text (only {})", code(&format!("{only:?}"))),
        (None, Some(at)) if at.is_encoded_twice => "no_text (encoded twice)".to_owned(),
        (None, Some(at)) => {
            let path = at.path.as_deref().unwrap_or("the data");
            let filter = if at.passes { String::new() } else { format!("{}: ", at.event_type) };
            format!("no_text (at {filter}{path})")
        }
        (None, None) => "no_text".to_owned(),
    }
}

/// A body comes to this, in one piece and byte by byte.
#[track_caller]
fn check(reading: &Reading, body: &str, expected: &str) {
    check_end(reading, body, BodyEnd::Clean { proved: true }, expected);
}

#[track_caller]
fn check_end(reading: &Reading, body: &str, end: BodyEnd, expected: &str) {
    for piece in [usize::MAX, 1] {
        let result = reading.read(body.as_bytes(), piece.min(body.len().max(1)), end);
        let found = outcome(&result);
        assert_eq!(found, expected, "{body}\nin pieces of {piece}: {result:#?}");
    }
}

/// An answer has no text, and the settings that its hint names find this text.
#[track_caller]
fn check_hint(reading: &Reading, body: &str, text: &str) {
    let result = reading.read(body.as_bytes(), body.len(), BodyEnd::Clean { proved: true });
    let at = match &result.verdict {
        Verdict::Failed(AnswerFault::NoText { seen, .. }) => seen.text_at.clone(),
        _ => None,
    };
    let Some(TextAt { path, rules_look, event_type, passes, is_shared, .. }) = at else {
        panic!("{body}\nno hint: {result:#?}");
    };
    let filter = if passes && !is_shared { reading.filter.clone() } else { Some(event_type) };
    let path = match rules_look {
        RulesLook::AtThatPath | RulesLook::AtTheData if path.is_none() => reading.path.clone(),
        RulesLook::AtThatPath => reading.path.clone(),
        _ => path,
    };
    let followed = Reading::new(reading.rules.stream, filter.as_deref(), path.as_deref());
    let followed = Reading { media_type: reading.media_type, ..followed };
    check(&followed, body, &format!("succeeded {text:?}"));
}
