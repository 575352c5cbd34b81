//! The outline of a YAML text: its structure, and where everything stands.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::TextPlace;
use crate::error::Fault;
use crate::report::Report;
use crate::variables::is_sensitive_header;
use crate::{Origin, Position};

/// How deep mappings and lists may be nested; the library that reads values stops at 128.
pub(crate) const MAX_DEPTH: usize = 120;

/// How much aliases may repeat, in bytes. A short text could stand for terabytes otherwise: the
/// library that reads values counts aliases, and not what is behind them.
const MAX_REPEATED: usize = 64 << 20;

/// What is said of a text that repeats more.
pub(super) const REPEATS_TOO_MUCH: &str = "its aliases repeat too much";

/// What is said of a number that is none of JSON's.
pub(super) const NOT_FINITE: &str =
    "a number is too large or not finite; put it in quotes to make it text";

/// What a value counts for beside its text, in bytes: a million of them take half a gigabyte.
const VALUE_BYTES: usize = 64;

/// A value of the outline. Values that aliases repeat are shared.
#[derive(Debug)]
pub(super) struct Outline {
    /// Where it begins.
    pub(super) position: Position,
    /// Its structure.
    pub(super) shape: OutlineShape,
    /// What it takes when its aliases are replaced, in bytes.
    bytes: usize,
    /// How many lists and mappings are nested in it, itself included.
    depth: usize,
}

/// The structure of a value.
#[derive(Debug)]
pub(super) enum OutlineShape {
    /// A scalar, with its text.
    Scalar {
        /// The text after escapes and folding.
        text: String,
        /// Where its characters are.
        place: TextPlace,
    },
    /// A sequence.
    List(Vec<Rc<Outline>>),
    /// A mapping, with the text and place of each key.
    Map(Vec<(String, Position, Rc<Outline>)>),
}

impl Outline {
    fn new(position: Position, shape: OutlineShape) -> Self {
        let (bytes, depth) = match &shape {
            OutlineShape::Scalar { text, .. } => (text.len(), 0),
            OutlineShape::List(items) => extent(items.iter().map(|item| (0, item))),
            OutlineShape::Map(entries) => {
                extent(entries.iter().map(|(key, _, value)| (key.len(), value)))
            }
        };
        Self { position, shape, bytes: bytes.saturating_add(VALUE_BYTES), depth }
    }

    /// The keys that lead to the scalar that begins here, each with what separates it from the one
    /// before: `.retry.status_codes[0]`.
    fn way_to(&self, at: Position) -> Option<String> {
        match &self.shape {
            OutlineShape::Map(entries) => entries
                .iter()
                .find_map(|(key, _, value)| Some(format!(".{key}{}", value.way_to(at)?))),
            OutlineShape::List(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| Some(format!("[{index}]{}", item.way_to(at)?))),
            OutlineShape::Scalar { .. } => (self.position == at).then(String::new),
        }
    }

    /// The key of the scalar that begins here, as messages show it.
    pub(super) fn key_at(&self, at: Position) -> Option<String> {
        self.way_to(at).map(|way| way.trim_start_matches('.').to_owned())
    }
}

/// The bytes and the depth of a list or mapping with these members, each with the bytes of its key.
fn extent<'m>(members: impl Iterator<Item = (usize, &'m Rc<Outline>)>) -> (usize, usize) {
    members.fold((0, 1), |(bytes, depth), (key, member)| {
        (bytes.saturating_add(key).saturating_add(member.bytes), depth.max(member.depth + 1))
    })
}

/// A list or mapping that is not complete yet.
struct Open {
    position: Position,
    anchor: usize,
    shape: OutlineShape,
    /// In a mapping, the key that waits for its value.
    key: Option<(String, Position)>,
    /// In a mapping, the keys so far.
    seen: HashMap<String, Position>,
}

struct Artist<'a> {
    text: &'a str,
    shown: &'a Arc<Path>,
    report: &'a mut Report,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Outline>>,
    root: Option<Rc<Outline>>,
    documents: usize,
    /// What aliases repeated so far, in bytes.
    repeated: usize,
    faulty: bool,
}

/// Nothing can be read; the report says why.
#[derive(Debug)]
pub(super) struct Unreadable;

/// Draws the outline of a text; `None` where the text is empty. All faults are reported.
pub(super) fn draw(
    text: &str,
    shown: &Arc<Path>,
    report: &mut Report,
) -> Result<Option<Rc<Outline>>, Unreadable> {
    let mut artist = Artist {
        text,
        shown,
        report,
        open: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        documents: 0,
        repeated: 0,
        faulty: false,
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => artist.event(event, span),
            Err(error) => {
                let fault = Fault::Yaml(error.kind().to_string());
                artist.fault(position(*error.marker()), fault);
                break;
            }
        }
        if artist.open.len() > MAX_DEPTH {
            let at = artist.open.last().map_or(Position { line: 1, column: 1 }, |it| it.position);
            artist.fault(at, Fault::TooDeep);
            break;
        }
    }
    if artist.faulty { Err(Unreadable) } else { Ok(artist.root) }
}

impl Artist<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) {
        let at = position(span.start);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.fault(at, Fault::SeveralDocuments);
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(at, tag.as_deref());
                if style == ScalarStyle::Plain && tag.is_none() {
                    self.refuse_infinite(at, &text);
                }
                let place = self.place(&text, style, span);
                self.complete_scalar(at, text.into_owned(), place, style, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(at, tag.as_deref());
                self.begin(at, anchor, OutlineShape::List(Vec::new()));
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(at, tag.as_deref());
                self.begin(at, anchor, OutlineShape::Map(Vec::new()));
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(outline) => self.repeat(outline, at),
                None => self.fault(at, Fault::Yaml("an alias stands in its own anchor".to_owned())),
            },
            _ => {}
        }
    }

    /// Puts a value once more where its alias stands, if it fits there.
    fn repeat(&mut self, outline: Rc<Outline>, at: Position) {
        if self.open.len() + outline.depth > MAX_DEPTH {
            self.fault(at, Fault::TooDeep);
            let (text, place) = (String::new(), TextPlace::Unknown);
            return self
                .complete(Rc::new(Outline::new(at, OutlineShape::Scalar { text, place })), at);
        }
        let before = self.repeated;
        self.repeated = before.saturating_add(outline.bytes);
        if before <= MAX_REPEATED && self.repeated > MAX_REPEATED {
            self.fault(at, Fault::Yaml(REPEATS_TOO_MUCH.to_owned()));
        }
        self.complete(outline, at);
    }

    /// Where the characters of a scalar are, if the source holds them as they are.
    fn place(&self, text: &str, style: ScalarStyle, span: Span) -> TextPlace {
        let mut first = position(span.start);
        let source = span.slice(self.text).unwrap_or_default();
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

    fn begin(&mut self, position: Position, anchor: usize, shape: OutlineShape) {
        self.open.push(Open { position, anchor, shape, key: None, seen: HashMap::new() });
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let outline = Rc::new(Outline::new(open.position, open.shape));
        self.remember(open.anchor, &outline);
        self.complete(outline, open.position);
    }

    fn complete_scalar(
        &mut self,
        at: Position,
        text: String,
        place: TextPlace,
        style: ScalarStyle,
        anchor: usize,
    ) {
        if self.is_at_key() && style == ScalarStyle::Plain && text == "<<" {
            self.fault(at, Fault::MergeKey);
        }
        let outline = Rc::new(Outline::new(at, OutlineShape::Scalar { text, place }));
        self.remember(anchor, &outline);
        self.complete(outline, at);
    }

    fn remember(&mut self, anchor: usize, outline: &Rc<Outline>) {
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(outline));
        }
    }

    /// Puts a complete value where it belongs; `at` is where it is used.
    fn complete(&mut self, outline: Rc<Outline>, at: Position) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(outline);
            return;
        };
        match (&mut open.shape, open.key.take()) {
            (OutlineShape::List(items), _) => items.push(outline),
            (OutlineShape::Map(entries), Some((key, key_at))) => {
                entries.push((key, key_at, outline));
            }
            (OutlineShape::Map(_), None) => {
                let OutlineShape::Scalar { text, .. } = &outline.shape else {
                    open.key = Some((String::new(), at));
                    self.fault(at, Fault::KeyNotText);
                    return;
                };
                let first = *open.seen.entry(text.clone()).or_insert(at);
                open.key = Some((text.clone(), at));
                if first != at {
                    let key = self.path();
                    let origin = Origin::at(self.shown, at.line, at.column);
                    self.report.fault(&origin, key, Fault::DuplicateKey { first_line: first.line });
                }
            }
            (OutlineShape::Scalar { .. }, _) => unreachable!("a scalar is never open"),
        }
    }

    /// The keys that lead to the place that is being read. A bracket or a blank that is missing or
    /// too much makes a key of a secret: below a secret name, and behind a colon.
    fn path(&self) -> String {
        let mut path = String::new();
        for (key, _) in self.open.iter().filter_map(|open| open.key.as_ref()) {
            let name = key.split([':', ' ', '\t', '\n']).next().unwrap_or_default();
            let separator = if path.is_empty() { "" } else { "." };
            let rest = if name.len() < key.len() { "…" } else { "" };
            path.extend([separator, name, rest]);
            if is_sensitive_header(name) {
                break;
            }
        }
        path
    }

    /// Whether a key comes next.
    fn is_at_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { shape: OutlineShape::Map(_), key: None, .. }))
    }

    /// Refuses a number like `1e999`, which the library takes for text.
    fn refuse_infinite(&mut self, at: Position, text: &str) {
        let is_infinite = text.parse::<f64>().is_ok_and(f64::is_infinite);
        if is_infinite && text.contains(|c: char| c.is_ascii_digit()) && !self.is_at_key() {
            self.fault(at, Fault::Yaml(NOT_FINITE.to_owned()));
        }
    }

    fn refuse_tag(&mut self, at: Position, tag: Option<&Tag>) {
        if tag.is_some_and(Tag::is_custom) {
            self.fault(at, Fault::CustomTag);
        }
    }

    fn fault(&mut self, at: Position, fault: Fault) {
        let key = self.path();
        self.report.fault(&Origin::at(self.shown, at.line, at.column), key, fault);
        self.faulty = true;
    }
}

/// A position, its column counted from 1.
fn position(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}
