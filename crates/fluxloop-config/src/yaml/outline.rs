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
const MAX_DEPTH: usize = 120;

/// A value of the outline. Values that aliases repeat are shared.
#[derive(Debug)]
pub(super) struct Outline {
    /// Where it begins.
    pub(super) position: Position,
    /// Its structure.
    pub(super) shape: OutlineShape,
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
            artist.fault(at, Fault::Yaml("it is nested too deeply".to_owned()));
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
                Some(outline) => self.complete(outline, at),
                None => self.fault(at, Fault::Yaml("an alias stands in its own anchor".to_owned())),
            },
            _ => {}
        }
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
        let outline = Rc::new(Outline { position: open.position, shape: open.shape });
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
        let is_key =
            matches!(self.open.last(), Some(Open { shape: OutlineShape::Map(_), key: None, .. }));
        if is_key && style == ScalarStyle::Plain && text == "<<" {
            self.fault(at, Fault::MergeKey);
        }
        let outline =
            Rc::new(Outline { position: at, shape: OutlineShape::Scalar { text, place } });
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
