//! How the answer is read.

use std::borrow::Cow;

use fluxloop_aggregate::{
    Completion, EventFilter, PlainRules, RequireDone, ResponseRules, StreamRules, TextPath,
};

use super::Reader;
use super::reader::Scalar;
use crate::error::{Fault, Oddity};
use crate::keys::{KeyKind, nearest};
use crate::yaml::{Entry, Node, Shape};

/// The key of the kind of answer.
const STREAM: &str = "runner.http.stream";
/// The key of the end of a stream.
const DONE: &str = "runner.http.stream_done";
/// Keys that a plain answer gives no meaning. Their contradiction is harmless, so they warn.
const ONLY_STREAM: [&str; 5] = [
    "runner.http.stream_event_filter",
    DONE,
    "runner.http.require_done",
    "runner.http.lenient_content_type",
    "runner.http.event_timeout",
];

impl Reader<'_> {
    /// How the answer is read.
    pub(super) fn response(&mut self) -> Option<ResponseRules> {
        let stream = self.stream_rules();
        let plain = self.plain_rules();
        let is_stream = self.stream()?;
        self.warn_contradictions(is_stream);
        if is_stream {
            stream.map(ResponseRules::EventStream)
        } else {
            plain.map(ResponseRules::Plain)
        }
    }

    /// Whether the answer is an event stream.
    fn stream(&mut self) -> Option<bool> {
        let scalar = self.scalar(STREAM)?;
        if scalar.text().eq_ignore_ascii_case("websocket") {
            self.fault(&scalar.node, STREAM, Fault::WebsocketNotYet);
            return None;
        }
        self.one_of(STREAM).map(|name| name == "sse")
    }

    fn stream_rules(&mut self) -> Option<StreamRules> {
        let text = match self.node("runner.http.stream_output_path") {
            Some(_) => self.path("runner.http.stream_output_path").map(TextPath::Path),
            None => Some(TextPath::Data),
        };
        let filter = self.filter();
        let completion = self.completion();
        let require_done = self.require_done();
        let require_text = self.bool("runner.http.require_text");
        let lenient_content_type = self.bool("runner.http.lenient_content_type");
        Some(StreamRules {
            filter: filter?,
            text: text?,
            completion: completion?,
            require_done: require_done?,
            require_text: require_text?,
            lenient_content_type: lenient_content_type?,
        })
    }

    fn require_done(&mut self) -> Option<RequireDone> {
        let key = "runner.http.require_done";
        if self.scalar(key)?.text() == "auto" {
            return Some(RequireDone::Auto);
        }
        self.bool(key).map(|always| if always { RequireDone::Always } else { RequireDone::Never })
    }

    fn plain_rules(&mut self) -> Option<PlainRules> {
        let has_own_path = self.is_written("runner.http.output_path");
        let output_path = self.path("runner.http.output_path");
        let require_text = self.bool("runner.http.require_text");
        Some(PlainRules { output_path: output_path?, has_own_path, require_text: require_text? })
    }

    fn warn_contradictions(&mut self, is_stream: bool) {
        let path = "runner.http.stream_output_path";
        if !is_stream && let Some(node) = self.node(path) {
            self.fault(node, path, Fault::OnlyWithStream);
        }
        let (keys, condition): (&[&'static str], _) = if is_stream {
            (&["runner.http.output_path"], "with `stream: none`")
        } else {
            (&ONLY_STREAM, "with `stream: sse`")
        };
        for key in keys {
            if self.is_written(key)
                && let Some(node) = self.node(key)
            {
                self.warn(node, key, Oddity::NoMeaning(condition));
            }
        }
    }

    fn filter(&mut self) -> Option<EventFilter> {
        let path = "runner.http.stream_event_filter";
        let Some(node) = self.node(path) else {
            return Some(EventFilter::All);
        };
        let types = self.texts(path, true)?;
        if types.iter().any(String::is_empty) || types.is_empty() {
            let right = "name at least one event type, or leave the filter out";
            self.fault(node, path, Fault::Empty { right });
            return None;
        }
        Some(EventFilter::Only(types))
    }

    fn completion(&mut self) -> Option<Completion> {
        let node = self.node(DONE)?;
        let Shape::Map(entries) = &node.shape else {
            let scalar = self.scalar(DONE)?;
            if scalar.text() == "auto" {
                return Some(Completion::Auto);
            }
            self.not_a(&scalar, DONE, Some(FORMS.to_owned()));
            return None;
        };
        if let Some(entry) = entries.iter().find(|entry| !PARTS.contains(&entry.key.as_str())) {
            self.unknown_part(entry);
            return None;
        }
        match (node.get("event"), node.get("data"), node.get("path"), node.get("equals")) {
            (Some(event), None, None, None) => self.part(event, "event").map(Completion::Event),
            (None, Some(data), None, None) => self.part(data, "data").map(Completion::Data),
            (None, None, Some(path), Some(equals)) => self.path_equals(path, equals),
            (None, None, Some(_), None) => self.misshapen(node, Fault::Needs("equals")),
            (None, None, None, Some(_)) => self.misshapen(node, Fault::Needs("path")),
            _ => {
                let expected = KeyKind::Done.in_sentence();
                self.misshapen(node, Fault::NotA { expected, right: Some(FORMS.to_owned()) })
            }
        }
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

    fn path_equals(&mut self, path: &Node, equals: &Node) -> Option<Completion> {
        let key = format!("{DONE}.path");
        let expanded = self.expand_node(path, &key, "a JSONPath")?;
        let path = self.parse_path(&Scalar { node: Cow::Borrowed(path), expanded }, &key)?;
        let equals = self.expand_tree(equals, &format!("{DONE}.equals"));
        Some(Completion::Path { path, equals })
    }
}

/// The forms of `stream_done`.
const FORMS: &str =
    "write `auto`, `{event: NAME}`, `{data: TEXT}`, or `{path: PATH, equals: VALUE}`";
/// The keys of `stream_done`.
const PARTS: [&str; 4] = ["event", "data", "path", "equals"];
