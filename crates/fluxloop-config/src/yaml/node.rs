//! A value as it was written, with its place.

use std::fmt;

use fluxloop_jsonpath::Step;
use serde_json::{Number, Value};

use crate::{Origin, Position};

/// A value as it was written, with its place.
#[derive(Clone, PartialEq)]
pub(crate) struct Node {
    /// Where it was written.
    pub(crate) origin: Origin,
    /// What it is.
    pub(crate) shape: Shape,
}

/// What a value is.
#[derive(Clone, PartialEq)]
pub(crate) enum Shape {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, and how it was written: a header `1.10` is no `1.1`.
    Number(Number, String),
    /// A string.
    Text(Text),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of its keys.
    Map(Vec<Entry>),
}

/// One key of a mapping, and its value.
#[derive(Clone, PartialEq)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// Where the key was written.
    pub(crate) origin: Origin,
    /// The value.
    pub(crate) node: Node,
}

/// A string.
#[derive(Clone, PartialEq)]
pub(crate) struct Text {
    /// Its text.
    pub(crate) text: String,
    /// Where its characters are.
    pub(crate) place: TextPlace,
}

/// Where the characters of a string are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TextPlace {
    /// In one line, without escapes: the position of the first character.
    Line(Position),
    /// In a block scalar: the position of the first character of its first line.
    Block(Position),
    /// Escaped or folded, so that nobody can tell; or not in a file.
    Unknown,
}

impl Text {
    /// Text from elsewhere than a file.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), place: TextPlace::Unknown }
    }

    /// Whether it was written as a block scalar.
    pub(crate) fn is_block(&self) -> bool {
        matches!(self.place, TextPlace::Block(_))
    }

    /// Where the character with this number is, counted from 0.
    pub(crate) fn position(&self, character: usize) -> Option<Position> {
        match self.place {
            TextPlace::Line(Position { line, column }) => {
                Some(Position { line, column: column + character })
            }
            TextPlace::Block(first) => {
                let before = self.text.chars().take(character);
                let (lines, columns) =
                    before.fold(
                        (0, 0),
                        |(line, column), c| {
                            if c == '\n' { (line + 1, 0) } else { (line, column + 1) }
                        },
                    );
                Some(Position { line: first.line + lines, column: first.column + columns })
            }
            TextPlace::Unknown => None,
        }
    }
}

impl Shape {
    /// What to call it in a message.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "`true` or `false`",
            Self::Number(..) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// Keys, and none of the values: a secret can stand in any of them.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::List(items) => f.debug_list().entries(items).finish(),
            Shape::Map(entries) => f
                .debug_map()
                .entries(entries.iter().map(|entry| (&entry.key, &entry.node)))
                .finish(),
            scalar => f.write_str(scalar.name()),
        }
    }
}

impl Node {
    /// Nothing.
    pub(crate) fn null(origin: Origin) -> Self {
        Self { origin, shape: Shape::Null }
    }

    /// A mapping without keys.
    pub(crate) fn empty_map(origin: Origin) -> Self {
        Self { origin, shape: Shape::Map(Vec::new()) }
    }

    /// Text from elsewhere than a file.
    pub(crate) fn text(origin: Origin, text: impl Into<String>) -> Self {
        Self { origin, shape: Shape::Text(Text::new(text)) }
    }

    /// Whether it is nothing.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.shape, Shape::Null)
    }

    /// How many lists and mappings are nested in it, itself included.
    pub(crate) fn depth(&self) -> usize {
        let of_members = match &self.shape {
            Shape::List(items) => items.iter().map(Self::depth).max(),
            Shape::Map(entries) => entries.iter().map(|entry| entry.node.depth()).max(),
            _ => return 0,
        };
        1 + of_members.unwrap_or_default()
    }

    /// The entries of a mapping; none of anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.shape {
            Shape::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The member of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The node that these keys lead to.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The node behind a key as messages show it: `runner.http.url`.
    pub(crate) fn at_key(&self, key: &str) -> Option<&Self> {
        key.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// The node that these steps lead to, as far as they lead, and where its key was written.
    pub(crate) fn below(&self, steps: &[Step]) -> (&Self, &Origin) {
        let (mut node, mut origin) = (self, &self.origin);
        for step in steps {
            let next = match (step, &node.shape) {
                (Step::Name(name), Shape::Map(entries)) => {
                    entries.iter().find(|entry| entry.key == *name).map(|it| (&it.node, &it.origin))
                }
                (Step::Index(index), Shape::List(items)) => {
                    let item = usize::try_from(*index).ok().and_then(|index| items.get(index));
                    item.map(|item| (item, &item.origin))
                }
                _ => None,
            };
            let Some((below, at)) = next else { break };
            (node, origin) = (below, at);
        }
        (node, origin)
    }

    /// The node that these keys lead to, to be changed.
    pub(crate) fn at_mut(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter().try_fold(self, |node, key| match &mut node.shape {
            Shape::Map(entries) => {
                entries.iter_mut().find(|entry| entry.key == **key).map(|entry| &mut entry.node)
            }
            _ => None,
        })
    }

    /// Takes the member of a mapping away.
    pub(crate) fn remove(&mut self, keep: impl Fn(&str) -> bool) {
        if let Shape::Map(entries) = &mut self.shape {
            entries.retain(|entry| keep(&entry.key));
        }
    }

    /// Sets the value that these keys lead to, and makes the mappings on the way.
    pub(crate) fn set(&mut self, path: &[impl AsRef<str>], value: Self) {
        let Some((first, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        if !matches!(self.shape, Shape::Map(_)) {
            self.shape = Shape::Map(Vec::new());
        }
        let Shape::Map(entries) = &mut self.shape else {
            return;
        };
        let key = first.as_ref();
        let index = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
            let origin = value.origin.clone();
            let node = Self::null(origin.clone());
            entries.push(Entry { key: key.to_owned(), origin, node });
            entries.len() - 1
        });
        entries[index].node.set(rest, value);
    }

    /// Like [`set`](Self::set), unless something that is no mapping is in the way.
    pub(crate) fn set_if_possible(&mut self, path: &[&str], value: Self) {
        let free = (1..path.len()).all(|length| {
            let parent = self.at(&path[..length]);
            parent.is_none_or(|node| matches!(node.shape, Shape::Map(_) | Shape::Null))
        });
        if free {
            self.set(path, value);
        }
    }

    /// The value as JSON, without its places.
    pub(crate) fn to_json(&self) -> Value {
        match &self.shape {
            Shape::Null => Value::Null,
            Shape::Bool(value) => Value::Bool(*value),
            Shape::Number(number, _) => Value::Number(number.clone()),
            Shape::Text(text) => Value::String(text.text.clone()),
            Shape::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Shape::Map(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect(),
            ),
        }
    }
}
