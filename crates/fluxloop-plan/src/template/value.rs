//! A value that is filled in from the input.

use std::ops::Range;
use std::{fmt, iter};

use fluxloop_jsonpath::{JsonPath, Step};
use serde_json::Value;

use super::compile::{begins_as_path, braced};
use super::document::Document;
use super::error::NotFilled;
use super::source::{KeyStep, OUTPUT};

/// A value that is filled in from the input.
#[derive(Clone, PartialEq)]
pub struct ValueTemplate {
    pub(crate) root: Node,
}

/// A node of a template.
#[derive(Clone, PartialEq)]
pub(crate) enum Node {
    /// A scalar that is always the same.
    Literal(Value),
    /// The value that a path finds.
    Path(InputPath),
    /// A text with values in it.
    Text(Vec<Piece>),
    /// A list.
    List(Vec<Self>),
    /// A mapping, in the order of its keys.
    Map(Vec<(String, Self)>),
}

/// A piece of a text that takes values of the case.
#[derive(Clone, Debug)]
pub enum TextPiece {
    /// Literal text.
    Literal(String),
    /// A value of the case.
    Value(ValueTemplate),
}

/// A piece of a text.
#[derive(Clone, PartialEq)]
pub(crate) enum Piece {
    /// Literal text.
    Literal(String),
    /// The text of the value that a path finds.
    Path(InputPath),
}

/// A path into the document of a case, with what is known about it beforehand.
#[derive(Clone, PartialEq)]
pub(crate) struct InputPath {
    path: JsonPath,
    reads: Reads,
}

/// What a path reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reads {
    /// `$.input` itself.
    Input,
    /// The content of the last message: the input too, unless the user brings messages.
    LastMessage,
    /// Something else that the user wrote for this input.
    OfInput,
    /// The number of the iteration, or the id: nothing that an agent could answer.
    Bookkeeping,
}

impl InputPath {
    /// Takes in a path.
    pub(crate) fn new(path: JsonPath) -> Self {
        let reads = match path.steps() {
            Some([Step::Name(name)]) if name == "input" => Reads::Input,
            Some([Step::Name(name), Step::Index(-1), Step::Name(content)])
                if name == "messages" && content == "content" =>
            {
                Reads::LastMessage
            }
            Some([Step::Name(name), ..]) if name == "iteration" || name == "id" => {
                Reads::Bookkeeping
            }
            _ => Reads::OfInput,
        };
        Self { path, reads }
    }

    /// The path.
    pub(crate) fn path(&self) -> &JsonPath {
        &self.path
    }

    /// What it reads.
    pub(crate) fn reads(&self) -> Reads {
        self.reads
    }

    fn is_input_text(&self) -> bool {
        matches!(self.reads, Reads::Input | Reads::LastMessage)
    }
}

impl Piece {
    fn is_input_text(&self) -> bool {
        matches!(self, Self::Path(path) if path.is_input_text())
    }
}

/// Shows none of the text: values of variables are in it.
impl fmt::Debug for ValueTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reads_input = self.reads_input();
        f.debug_struct("ValueTemplate").field("reads_input", &reads_input).finish_non_exhaustive()
    }
}

impl ValueTemplate {
    /// A value as it is, which takes nothing from anywhere.
    pub fn literal(value: Value) -> Self {
        Self { root: Node::Literal(value) }
    }

    /// The value, filled in from a document. `within` is applied to the text of each value that stands
    /// in a longer text (`{{ $.input }}`).
    ///
    /// # Errors
    ///
    /// For the first path that finds nothing there.
    pub fn fill(
        &self,
        document: &Value,
        within: &dyn Fn(&str) -> String,
    ) -> Result<Value, NotFilled> {
        Ok(self.root.value(&Document::of(document), within)?)
    }

    /// Whether anything that the user wrote for an input is in it. The number of the iteration and
    /// the id do not count.
    pub fn reads_input(&self) -> bool {
        self.root.any_path(&mut |path| path.reads() != Reads::Bookkeeping)
    }

    /// Whether the answer is in it, which only a request to a judge can have.
    pub fn reads_answer(&self) -> bool {
        self.root.any_path(&mut |path| {
            matches!(path.path().steps(), Some([Step::Name(name), ..]) if name == OUTPUT)
        })
    }

    /// The ways to the strings that hold the input's text (`$.input`, or the content of the last
    /// message): first those that are nothing else, then those with other text around it.
    pub fn input_places(&self) -> Vec<Vec<KeyStep>> {
        let (mut alone, mut within) = (Vec::new(), Vec::new());
        self.root.visit(&mut Vec::new(), &mut |way, node| match node {
            Node::Path(path) if path.is_input_text() => alone.push(way.to_vec()),
            Node::Text(pieces) if pieces.iter().any(Piece::is_input_text) => {
                within.push(way.to_vec());
            }
            _ => {}
        });
        alone.append(&mut within);
        alone
    }

    /// Where a text takes values of the case, in bytes: each `{{ $.path }}`, or all of a text that
    /// is a path.
    pub fn places(text: &str) -> Vec<Range<usize>> {
        if begins_as_path(text) {
            return iter::once(0..text.len()).collect();
        }
        braced(text, 0).into_iter().map(|braced| braced.whole).collect()
    }

    /// Whether a value of the case is in it, of whatever kind.
    pub fn takes_values(&self) -> bool {
        self.root.any_path(&mut |_| true)
    }

    /// The text in pieces: literal ones, and values of the case.
    pub fn into_pieces(self) -> Vec<TextPiece> {
        let value = |path| TextPiece::Value(Self { root: Node::Path(path) });
        match self.root {
            Node::Path(path) => vec![value(path)],
            Node::Text(pieces) => {
                let pieces = pieces.into_iter().map(|piece| match piece {
                    Piece::Literal(text) => TextPiece::Literal(text),
                    Piece::Path(path) => value(path),
                });
                pieces.collect()
            }
            Node::Literal(Value::String(text)) => vec![TextPiece::Literal(text)],
            Node::Literal(_) | Node::List(_) | Node::Map(_) => Vec::new(),
        }
    }

    /// Whether it is a mapping, or a path that may find an object.
    pub(crate) fn may_be_map(&self) -> bool {
        matches!(self.root, Node::Map(_) | Node::Path(_))
    }
}

impl Node {
    /// Visits every node with the way to it.
    fn visit(&self, way: &mut Vec<KeyStep>, visitor: &mut dyn FnMut(&[KeyStep], &Self)) {
        visitor(way, self);
        let mut inside = |step: KeyStep, node: &Self| {
            way.push(step);
            node.visit(way, visitor);
            way.pop();
        };
        match self {
            Self::Literal(_) | Self::Path(_) | Self::Text(_) => {}
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    inside(KeyStep::Index(index), item);
                }
            }
            Self::Map(members) => {
                for (key, member) in members {
                    inside(KeyStep::Key(key.clone()), member);
                }
            }
        }
    }

    /// Whether one of the paths is as asked for.
    fn any_path(&self, wanted: &mut dyn FnMut(&InputPath) -> bool) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Path(path) => wanted(path),
            Self::Text(pieces) => pieces.iter().any(|piece| match piece {
                Piece::Literal(_) => false,
                Piece::Path(path) => wanted(path),
            }),
            Self::List(items) => items.iter().any(|item| item.any_path(wanted)),
            Self::Map(members) => members.iter().any(|(_, member)| member.any_path(wanted)),
        }
    }
}
