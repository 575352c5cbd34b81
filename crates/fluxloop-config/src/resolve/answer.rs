//! How the answer is read.

use std::borrow::Cow;

use fluxloop_aggregate::{AnswerRules, ErrorKey, IntegrityRule, RequireDone, TextBy};
use fluxloop_jsonpath::JsonPath;
use fluxloop_schema::{Condition, Schema, SchemaFaultKind, StreamKind, Test, TypePattern, nearest};

use super::Reader;
use super::reader::Scalar;
use super::schema::{SCHEMA, WrittenSchema};
use crate::error::{Fault, Oddity};
use crate::keys::KeyKind;
use crate::yaml::{Entry, Node, Shape};

/// The key of the framing.
const STREAM: &str = "runner.http.stream";
/// The key of the text in the frames of a stream.
const STREAM_PATH: &str = "runner.http.stream_output_path";
/// The key of the text in a body that is one frame.
const OUTPUT_PATH: &str = "runner.http.output_path";
/// The key of the types of the frames that carry text.
const FILTER: &str = "runner.http.stream_event_filter";
/// The key of the end of a stream.
const DONE: &str = "runner.http.stream_done";
/// Keys that a body which is one frame gives no meaning. Their contradiction is harmless, so they
/// warn.
const ONLY_STREAM: [&str; 5] = [
    FILTER,
    DONE,
    "runner.http.require_done",
    "runner.http.lenient_content_type",
    "runner.http.event_timeout",
];
/// Keys that text which is not interpreted gives no meaning.
const ONLY_FRAMES: [&str; 6] =
    [SCHEMA, STREAM_PATH, FILTER, DONE, OUTPUT_PATH, "runner.http.require_done"];

impl Reader<'_> {
    /// How the answer is read.
    pub(super) fn response(&mut self) -> Option<AnswerRules> {
        let schema = self.schema();
        let stream = self.stream(schema.as_ref());
        let (stream_path, output_path) = (self.own_path(STREAM_PATH), self.path(OUTPUT_PATH));
        let (filter, done) = (self.filter(), self.done());
        let require_done = self.require_done();
        let require_text = self.bool("runner.http.require_text");
        let lenient_content_type = self.bool("runner.http.lenient_content_type");
        let error_key = self.one_of("runner.http.error_key").map(|name| match name {
            "note" => ErrorKey::Note,
            "ignore" => ErrorKey::Ignore,
            _ => ErrorKey::Failure,
        });
        let integrity = self.one_of("runner.http.integrity").map(|name| match name {
            "strict" => IntegrityRule::Strict,
            "off" => IntegrityRule::Off,
            _ => IntegrityRule::Warn,
        });
        let (schema, stream) = (schema?, stream?);
        self.warn_contradictions(stream);
        let (filter, done, path) = (filter?, done?, stream_path?);
        self.fault_contradictions(&schema, stream, done.is_some());
        self.warn_almost_known(&schema, filter.as_deref());
        if schema.has_files() {
            self.schema_of_files = Some(schema.loaded.value.clone());
        }
        let is_written = self.is_written(SCHEMA);
        let by_keys = match stream {
            StreamKind::None => self.is_written(OUTPUT_PATH),
            _ => filter.is_some() || path.is_some(),
        };
        let text_by = match is_written && !by_keys {
            true if schema.has_own("text") => TextBy::Schema,
            true => TextBy::Preset,
            false => TextBy::Keys,
        };
        let mut rules = AnswerRules {
            text_by,
            has_own_path: self.is_written(OUTPUT_PATH)
                || (is_written && !schema.loaded.schema.text.rules.is_empty()),
            has_own_end: done.is_some(),
            schema: schema.loaded.schema,
            stream,
            require_done: require_done?,
            require_text: require_text?,
            lenient_content_type: lenient_content_type?,
            error_key: error_key?,
            integrity: integrity?,
        };
        rules.schema = match stream {
            // Nothing of it is interpreted.
            StreamKind::Text => Schema::auto().with_text(None, None),
            StreamKind::None => {
                let is_needed = self.is_written(OUTPUT_PATH) || rules.schema.text.rules.is_empty();
                rules.schema.with_text(None, Some(output_path?).filter(|_| is_needed))
            }
            _ => rules.schema.with_text(filter, path),
        };
        if let Some(when) = done.filter(|_| stream.is_stream()) {
            rules.schema = rules.schema.with_end(when);
        }
        self.check_json_text(&rules)?;
        Some(rules)
    }

    /// What separates the frames: the key, else the schema, else the body is one frame.
    fn stream(&mut self, schema: Option<&WrittenSchema>) -> Option<StreamKind> {
        if self.node(STREAM).is_none() {
            return Some(schema?.loaded.schema.framing.unwrap_or_default());
        }
        let scalar = self.scalar(STREAM)?;
        if scalar.text().eq_ignore_ascii_case("websocket") {
            self.fault(&scalar.node, STREAM, Fault::WebsocketNotYet);
            return None;
        }
        self.one_of(STREAM).and_then(StreamKind::of_name)
    }

    /// The path behind a key without a default; the outer `None` is a fault.
    #[expect(clippy::option_option, reason = "absent is not wrong")]
    fn own_path(&mut self, key: &'static str) -> Option<Option<JsonPath>> {
        match self.node(key) {
            Some(_) => self.path(key).map(Some),
            None => Some(None),
        }
    }

    fn require_done(&mut self) -> Option<RequireDone> {
        let key = "runner.http.require_done";
        if self.scalar(key)?.text() == "auto" {
            return Some(RequireDone::Auto);
        }
        self.bool(key).map(|always| if always { RequireDone::Always } else { RequireDone::Never })
    }

    fn warn_contradictions(&mut self, stream: StreamKind) {
        if stream == StreamKind::None
            && let Some(node) = self.node(STREAM_PATH)
        {
            self.fault(node, STREAM_PATH, Fault::OnlyWithStream);
        }
        let (keys, only, advice): (&[&'static str], _, _) = match stream {
            StreamKind::None => (
                &ONLY_STREAM,
                "with a `stream` such as `sse`",
                "set `stream` to the framing of the answer, or take it out",
            ),
            StreamKind::Text => (
                &ONLY_FRAMES,
                "with a `stream` other than `text`",
                "set `stream` to the framing of the answer, or take it out",
            ),
            _ => (
                &[OUTPUT_PATH],
                "with `stream: none`",
                "set `stream: none` if the answer is one JSON document, or write \
                 `stream_output_path`",
            ),
        };
        for key in keys {
            if self.is_written(key)
                && let Some(node) = self.node(key)
            {
                self.warn(node, key, Oddity::NoMeaning { only, advice });
            }
        }
    }

    /// Reports keys that say the same as a map of the user's own, where they have a meaning.
    fn fault_contradictions(
        &mut self,
        schema: &WrittenSchema,
        stream: StreamKind,
        has_own_end: bool,
    ) {
        let of_text: &[&'static str] = match stream {
            StreamKind::Text => return,
            StreamKind::None => &[OUTPUT_PATH],
            _ => &[STREAM_PATH, FILTER],
        };
        let is_ended = has_own_end && stream.is_stream();
        let of_end: &[&'static str] = if is_ended { &[DONE] } else { &[] };
        for (keys, own, name) in
            [(of_text, "text", "stream_schema.text"), (of_end, "end", "stream_schema.end")]
        {
            for key in keys.iter().filter(|_| schema.has_own(own)) {
                if self.is_written(key)
                    && let Some(node) = self.node(key)
                {
                    self.fault(node, key, Fault::Excludes(name));
                }
            }
        }
    }

    #[expect(clippy::option_option, reason = "absent is not wrong")]
    fn filter(&mut self) -> Option<Option<Vec<TypePattern>>> {
        let Some(node) = self.node(FILTER) else {
            return Some(None);
        };
        let types = self.texts(FILTER, true)?;
        if types.iter().any(String::is_empty) || types.is_empty() {
            let right = "name at least one event type, or leave the filter out";
            self.fault(node, FILTER, Fault::Empty { right });
            return None;
        }
        Some(Some(types.iter().map(|name| TypePattern::parse(name)).collect()))
    }

    /// Warns about types of the filter that are almost types of the schema.
    fn warn_almost_known(&mut self, schema: &WrittenSchema, filter: Option<&[TypePattern]>) {
        let Some(node) = self.node(FILTER).filter(|_| self.is_written(SCHEMA)) else { return };
        let items = match &node.shape {
            Shape::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for (item, pattern) in items.iter().zip(filter.into_iter().flatten()) {
            if let Some(near) = schema.loaded.nearest_type(pattern) {
                self.warn_almost_known_type(item, FILTER, near);
            }
        }
    }

    /// JSON is never the text itself.
    fn check_json_text(&mut self, rules: &AnswerRules) -> Option<()> {
        let is_json = matches!(rules.stream, StreamKind::JsonLines | StreamKind::Json);
        if !is_json || rules.schema.text.rules.iter().any(|rule| rule.path.is_some()) {
            return Some(());
        }
        let key = if self.node(STREAM).is_some() { STREAM } else { SCHEMA };
        if let Some(node) = self.node(key) {
            self.fault(node, key, Fault::JsonWithoutText);
        }
        None
    }

    /// The end that the user wrote, if another one than `auto`.
    #[expect(clippy::option_option, reason = "absent is not wrong")]
    fn done(&mut self) -> Option<Option<Condition>> {
        let node = self.node(DONE)?;
        let Shape::Map(entries) = &node.shape else {
            let scalar = self.scalar(DONE)?;
            if scalar.text() == "auto" {
                return Some(None);
            }
            self.not_a(&scalar, DONE, Some(FORMS.to_owned()));
            return None;
        };
        if let Some(entry) = entries.iter().find(|entry| !PARTS.contains(&entry.key.as_str())) {
            self.unknown_part(entry);
            return None;
        }
        let when = match (node.get("event"), node.get("data"), node.get("path"), node.get("equals"))
        {
            (Some(event), None, None, None) => {
                let event = self.part(event, "event")?;
                Condition::Type(vec![TypePattern::parse(&event)])
            }
            (None, Some(data), None, None) => {
                Condition::Data(self.part(data, "data")?.trim().to_owned())
            }
            (None, None, Some(path), Some(equals)) => self.path_equals(path, equals)?,
            (None, None, Some(_), None) => return self.misshapen(node, Fault::Needs("equals")),
            (None, None, None, Some(_)) => return self.misshapen(node, Fault::Needs("path")),
            _ => {
                let expected = KeyKind::Done.in_sentence();
                let right = Some(FORMS.to_owned());
                return self.misshapen(node, Fault::NotA { expected, right });
            }
        };
        Some(Some(when))
    }

    fn misshapen<T>(&mut self, node: &Node, fault: Fault) -> Option<T> {
        self.fault(node, DONE, fault);
        None
    }

    fn unknown_part(&mut self, entry: &Entry) {
        let near = nearest(&entry.key, PARTS).map(str::to_owned);
        let fault = Fault::UnknownKey { nearest: near.into_iter().collect() };
        self.report.fault(&entry.origin, format!("{DONE}.{}", entry.key), fault);
    }

    fn part(&mut self, node: &Node, name: &str) -> Option<String> {
        self.expand_node(node, &format!("{DONE}.{name}"), "text").map(|expanded| expanded.text)
    }

    fn path_equals(&mut self, path: &Node, equals: &Node) -> Option<Condition> {
        let key = format!("{DONE}.path");
        let expanded = self.expand_node(path, &key, "a JSONPath")?;
        let parsed = self.parse_path(&Scalar { node: Cow::Borrowed(path), expanded }, &key)?;
        if !parsed.is_singular() {
            self.fault(path, &key, Fault::Schema(SchemaFaultKind::WidePath));
            return None;
        }
        let equals = self.expand_tree(equals, &format!("{DONE}.equals"));
        Some(Condition::Test { paths: vec![parsed], test: Test::Equals(equals) })
    }
}

/// The forms of `stream_done`.
const FORMS: &str =
    "write `auto`, `{event: NAME}`, `{data: TEXT}`, or `{path: PATH, equals: VALUE}`";
/// The keys of `stream_done`.
const PARTS: [&str; 4] = ["event", "data", "path", "equals"];
