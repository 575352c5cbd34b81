//! Parses YAML: values and their places from one stream of events.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::naming::is_sensitive_header;
use granit_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::diagnosis::diagnose;
use super::settle::settle;
use super::{Entry, Node, Shape, Text, TextPlace};
use crate::error::{Fault, Oddity};
use crate::report::Report;
use crate::variables::{Meant, foreign};
use crate::{Origin, Position};

/// How deep mappings and lists may be nested; `serde_yaml` stops at 128.
pub(crate) const MAX_DEPTH: usize = 120;

/// How much aliases may repeat, in bytes. A short text could stand for terabytes otherwise.
const MAX_REPEATED: usize = 64 << 20;

/// What a value counts for in addition to its text, in bytes: a million of them take half a
/// gigabyte.
const VALUE_BYTES: usize = 64;

/// What is said of a text that repeats more.
pub(super) const REPEATS_TOO_MUCH: &str = "its aliases repeat too much";

/// What is said of a number that is none of JSON's.
pub(super) const NOT_FINITE: &str =
    "a number is too large or not finite; put it in quotes to make it text";

/// A fault after which nothing more can be read, and where it is.
type Stop = (Position, Fault);

/// Parses one YAML document. All faults are reported; `None` means that some of them leave nothing
/// to read.
pub(crate) fn parse(text: &str, shown: &Arc<Path>, report: &mut Report) -> Option<Node> {
    // `serde_yaml` gives a block scalar at the very end its line end.
    let text = &format!("{text}\n");
    let events = events(text);
    let mut reader = Reader {
        text,
        shown,
        report,
        events: &events,
        next: 0,
        anchors: HashMap::new(),
        keys: Vec::new(),
        depth: 0,
        is_repeating: false,
        repeated: 0,
        is_faulty: false,
    };
    let root = reader.document().map_err(|(at, fault)| reader.fault(at, fault)).ok()?;
    if reader.is_faulty {
        return None;
    }
    let Some(mut root) = root else { return Some(Node::null(Origin::at(shown, 1, 1))) };
    // They take as much memory as the values; the library needs that for events of its own.
    drop(events);
    if let Err((at, key, fault)) = settle(&mut root, text) {
        report.fault(&Origin::file(shown).moved(at), key, fault);
        return None;
    }
    Some(root)
}

type Events<'t> = Vec<Result<(Event<'t>, Span), Stop>>;

/// The events of a text, up to its end or the first error.
fn events(text: &str) -> Events<'_> {
    let mut events = Vec::new();
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::Comment(..), _)) => {}
            Ok(event) => events.push(Ok(event)),
            Err(error) => {
                let at = position(*error.marker());
                events.push(Err(if is_bracket_in_text(text, at) {
                    (at, Fault::BracketInFlow)
                } else {
                    diagnose(text, error.kind(), at)
                }));
                break;
            }
        }
    }
    events
}

struct Reader<'e, 't> {
    text: &'t str,
    shown: &'e Arc<Path>,
    report: &'e mut Report,
    events: &'e Events<'t>,
    /// The event to be read next.
    next: usize,
    /// The event at which the value of each anchor begins.
    anchors: HashMap<usize, usize>,
    /// The keys that lead to the place that is being read.
    keys: Vec<String>,
    /// How many lists and mappings are open.
    depth: usize,
    /// Whether an alias is being replaced.
    is_repeating: bool,
    /// What aliases repeated so far, in bytes.
    repeated: usize,
    is_faulty: bool,
}

impl<'e, 't> Reader<'e, 't> {
    fn peek(&self) -> Result<&'e (Event<'t>, Span), Stop> {
        self.events[self.next].as_ref().map_err(Clone::clone)
    }

    /// The value of the document; `None` where the text is empty.
    fn document(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        let mut documents = 0;
        loop {
            let (event, span) = self.peek()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents == 2 {
                        self.fault(position(span.start), Fault::SeveralDocuments);
                    }
                }
                _ => {
                    let value = self.value(false)?;
                    root.get_or_insert(value);
                    continue;
                }
            }
            self.next += 1;
        }
    }

    /// Reads a value, or a key.
    fn value(&mut self, is_key: bool) -> Result<Node, Stop> {
        let (start, (event, span)) = (self.next, self.peek()?);
        let at = position(span.start);
        self.next += 1;
        let (anchor, tag) = match event {
            Event::Alias(anchor) => return self.repeat(*anchor, at, is_key),
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => (*anchor, tag),
            _ => return Err((at, Fault::Ambiguous)),
        };
        if tag.as_ref().is_some_and(|tag| tag.is_custom()) {
            self.fault(at, Fault::CustomTag);
        }
        let shape = match event {
            Event::Scalar(text, style, ..) => {
                self.count(text.len() + if is_key { 0 } else { VALUE_BYTES }, at)?;
                if is_key && *style == ScalarStyle::Plain && text == "<<" {
                    self.fault(at, Fault::MergeKey);
                }
                if !is_key && *style == ScalarStyle::Plain && tag.is_none() && is_infinite(text) {
                    self.fault(at, Fault::Yaml(NOT_FINITE.to_owned()));
                }
                if !is_key && *style == ScalarStyle::Plain && !self.is_repeating {
                    self.warn_cut(text, span, at);
                }
                let place = place(self.text, span, text, *style);
                Shape::Text(Text { text: text.to_string(), place })
            }
            Event::SequenceStart(..) => Shape::List(self.nested(at, Self::list)?),
            _ => Shape::Map(self.nested(at, Self::map)?),
        };
        self.anchors.insert(anchor, start);
        Ok(self.node(at, shape))
    }

    fn node(&self, at: Position, shape: Shape) -> Node {
        Node { origin: Origin::at(self.shown, at.line, at.column), shape }
    }

    /// Reads the members of a list or mapping.
    fn nested<T>(
        &mut self,
        at: Position,
        members: fn(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.count(VALUE_BYTES, at)?;
        if self.depth == MAX_DEPTH {
            return Err((at, Fault::TooDeep));
        }
        self.depth += 1;
        let members = members(self)?;
        self.depth -= 1;
        self.next += 1;
        Ok(members)
    }

    fn list(&mut self) -> Result<Vec<Node>, Stop> {
        let mut items = Vec::new();
        while !matches!(self.peek()?.0, Event::SequenceEnd) {
            items.push(self.value(false)?);
        }
        Ok(items)
    }

    fn map(&mut self) -> Result<Vec<Entry>, Stop> {
        let mut entries = Vec::new();
        let mut seen = HashMap::new();
        while let (event, span) = self.peek()?
            && !matches!(event, Event::MappingEnd)
        {
            let at = position(span.start);
            let key = if let Shape::Text(text) = self.value(true)?.shape {
                text.text
            } else {
                let fault = self.braces(at).unwrap_or(Fault::KeyNotText);
                self.fault(at, fault);
                String::new()
            };
            let origin = Origin::at(self.shown, at.line, at.column);
            self.keys.push(key.clone());
            let first = *seen.entry(key.clone()).or_insert(at);
            if first != at && !self.is_repeating {
                let fault = Fault::DuplicateKey { first_line: first.line };
                self.report.fault(&origin, path(&self.keys), fault);
            }
            let node = self.value(false)?;
            self.keys.pop();
            entries.push(Entry { key, origin, node });
        }
        Ok(entries)
    }

    /// What is wrong where `{{ NAME }}` stands without quotes, which YAML reads as two mappings.
    fn braces(&self, at: Position) -> Option<Fault> {
        let line = self.text.lines().nth(at.line.checked_sub(1)?)?;
        let start = line.char_indices().nth(at.column.checked_sub(2)?)?.0;
        let found = foreign(&line[start..]).filter(|it| line[start..].starts_with(it.written))?;
        let right = match found.meant {
            Meant::Variable(name) => format!("write `${{{name}}}` for the variable"),
            Meant::Input | Meant::Path => "write it in quotes".to_owned(),
        };
        let written = found.written.to_owned();
        found.written.starts_with("{{").then_some(Fault::ForeignPlaceholder { written, right })
    }

    /// Warns where ` #` cuts a text short: one of several words, an input, or before a number.
    fn warn_cut(&mut self, text: &str, span: &Span, at: Position) {
        let Some(end) = span.end.byte_offset() else { return };
        let rest = self.text.get(end..).unwrap_or_default();
        let rest = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let Some(comment) = rest.trim_start().strip_prefix('#') else { return };
        let is_apart = rest.starts_with([' ', '\t']);
        let is_glued = !comment.is_empty() && !comment.starts_with([' ', '#', '!']);
        let is_of_inputs = || self.keys.first().is_some_and(|key| key == "base_inputs");
        let is_number = || comment.starts_with(|c: char| c.is_ascii_digit());
        let is_text =
            text.parse::<f64>().is_err() && !["true", "false", "null", "~", ""].contains(&text);
        if is_apart && is_glued && is_text && (text.contains(' ') || is_of_inputs() || is_number())
        {
            let origin = Origin::at(self.shown, at.line, at.column);
            self.report.warn(&origin, path(&self.keys), Oddity::CommentCuts);
        }
    }

    /// Reads the value of an anchor once more.
    fn repeat(&mut self, anchor: usize, at: Position, is_key: bool) -> Result<Node, Stop> {
        let Some(start) = self.anchors.get(&anchor).copied() else {
            self.fault(at, Fault::Yaml("an alias stands in its own anchor".to_owned()));
            return Ok(self.node(at, Shape::Null));
        };
        let (next, keys) = (std::mem::replace(&mut self.next, start), self.keys.len());
        let outer = std::mem::replace(&mut self.is_repeating, true);
        let value = self.value(is_key);
        (self.next, self.is_repeating) = (next, outer);
        self.keys.truncate(keys);
        value.map_err(|(_, fault)| (at, fault))
    }

    /// Counts what an alias repeats.
    fn count(&mut self, bytes: usize, at: Position) -> Result<(), Stop> {
        if self.is_repeating {
            self.repeated += bytes;
        }
        let fault = || (at, Fault::Yaml(REPEATS_TOO_MUCH.to_owned()));
        if self.repeated > MAX_REPEATED { Err(fault()) } else { Ok(()) }
    }

    /// Reports a fault; what an alias repeats has its faults reported already.
    fn fault(&mut self, at: Position, fault: Fault) {
        self.is_faulty = true;
        if !self.is_repeating {
            self.report.fault(&Origin::at(self.shown, at.line, at.column), path(&self.keys), fault);
        }
    }
}

/// Whether a bracket or brace stands here right after a text without quotes or after a quote, as in
/// `{ path: choices[0].delta }`: inside of brackets and braces it ends the text.
fn is_bracket_in_text(text: &str, at: Position) -> bool {
    let line = text.lines().nth(at.line.saturating_sub(1)).unwrap_or_default();
    let mut before = line.chars().skip(at.column.saturating_sub(2));
    let is_of_text = |c: char| !c.is_whitespace() && !"[]{},:\"'".contains(c);
    before.next().is_some_and(is_of_text) && before.next().is_some_and(|c| "[{".contains(c))
}

/// The key of a fault. A bracket or a blank that is missing or too much makes a key of a secret:
/// nothing is shown below a secret name, and nothing after a colon.
pub(super) fn path(keys: &[String]) -> String {
    let mut path = String::new();
    for key in keys {
        let name = key.split([':', ' ', '\t', '\n']).next().unwrap_or_default();
        let separator = if path.is_empty() || key.starts_with('[') { "" } else { "." };
        let rest = if name.len() < key.len() { "…" } else { "" };
        path.extend([separator, name, rest]);
        if is_sensitive_header(name) {
            break;
        }
    }
    path
}

/// Whether a text is a number like `1e999`, which the library takes for text.
fn is_infinite(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok_and(f64::is_infinite)
}

/// Where the characters of a scalar are, if the source holds them as they are.
fn place(source: &str, span: &Span, text: &str, style: ScalarStyle) -> TextPlace {
    let mut first = position(span.start);
    let source = span.slice(source).unwrap_or_default();
    match style {
        ScalarStyle::Plain if source == text => TextPlace::Line(first),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted
            if source.get(1..source.len().saturating_sub(1)) == Some(text) =>
        {
            first.column += 1;
            TextPlace::Line(first)
        }
        ScalarStyle::Literal | ScalarStyle::Folded => TextPlace::Block(first),
        _ => TextPlace::Unknown,
    }
}

/// A position, its column counted from 1.
fn position(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}
