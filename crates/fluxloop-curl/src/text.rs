//! Text with variables of the shell in it.

/// What stands before and after the name of a variable. Both are in a plane for private use, which
/// no command line has; [`Text::is_sound`] checks it.
const OPEN: char = '\u{F_FF00}';
const CLOSE: char = '\u{F_FF01}';

/// A text in which variables of the shell may stand.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Text(String);

/// A piece of a [`Text`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part<'t> {
    /// Text as it is.
    Literal(&'t str),
    /// A variable: `NAME`, or `NAME:-default`.
    Variable(&'t str),
}

impl Text {
    /// A text without variables.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether a text can be told apart from the marks of variables.
    pub(crate) fn is_sound(text: &str) -> bool {
        !text.contains([OPEN, CLOSE])
    }

    /// The text if it has no variable.
    pub fn literal(&self) -> Option<&str> {
        (!self.has_variables()).then_some(&self.0)
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a variable stands in it.
    pub fn has_variables(&self) -> bool {
        self.0.contains(OPEN)
    }

    /// The text with its variables between marks, to be searched or parsed. The marks are letters
    /// to every parser, and [`from_marked`](Self::from_marked) understands them.
    pub fn marked(&self) -> &str {
        &self.0
    }

    /// The text that [`marked`](Self::marked) gave, or a part of it.
    pub fn from_marked(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its pieces in order.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (name, after) = after.split_once(CLOSE).unwrap_or((after, ""));
            if !before.is_empty() {
                parts.push(Part::Literal(before));
            }
            parts.push(Part::Variable(name));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest));
        }
        parts
    }

    /// The text in which something stands in the place of each variable.
    pub fn with_variables(&self, variable: impl FnMut(&str) -> String) -> String {
        self.written(str::to_owned, variable)
    }

    /// The text with its literal pieces and its variables written in another way.
    pub fn written(
        &self,
        mut literal: impl FnMut(&str) -> String,
        mut variable: impl FnMut(&str) -> String,
    ) -> String {
        let write = |part| match part {
            Part::Literal(text) => literal(text),
            Part::Variable(name) => variable(name),
        };
        self.parts().into_iter().map(write).collect()
    }

    /// The text with its literal pieces changed.
    #[must_use]
    pub fn map(&self, literal: impl FnMut(&str) -> String) -> Self {
        Self(self.written(literal, |name| format!("{OPEN}{name}{CLOSE}")))
    }

    /// The text in which each literal piece has become another text.
    #[must_use]
    pub fn parts_mapped(&self, mut literal: impl FnMut(&str) -> Self) -> Self {
        Self(self.written(|text| literal(text).0, |name| format!("{OPEN}{name}{CLOSE}")))
    }

    /// The names of its variables, without defaults.
    pub fn variables(&self) -> Vec<&str> {
        let name = |part| match part {
            Part::Variable(name) => Some(name_of(name)),
            Part::Literal(_) => None,
        };
        self.parts().into_iter().filter_map(name).collect()
    }

    /// The text before and after the first of these characters outside a variable.
    pub fn split_once(&self, at: char) -> Option<(Self, Self)> {
        let mut is_name = false;
        for (index, c) in self.0.char_indices() {
            match c {
                OPEN => is_name = true,
                CLOSE => is_name = false,
                c if c == at && !is_name => {
                    let (before, after) = self.0.split_at(index);
                    return Some((Self(before.into()), Self(after[c.len_utf8()..].into())));
                }
                _ => {}
            }
        }
        None
    }

    /// The text without blanks at both ends.
    #[must_use]
    pub fn trim(&self) -> Self {
        Self(self.0.trim_matches([' ', '\t']).to_owned())
    }

    /// Appends a variable.
    pub fn append_variable(&mut self, name: &str) {
        self.0.push(OPEN);
        self.0.push_str(name);
        self.0.push(CLOSE);
    }

    pub(crate) fn push(&mut self, c: char) {
        self.0.push(c);
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// Appends a text.
    pub fn append(&mut self, text: &Self) {
        self.0.push_str(&text.0);
    }

    pub(crate) fn strip_prefix(&self, prefix: &str) -> Option<Self> {
        self.0.strip_prefix(prefix).map(Self::new)
    }
}

/// The name of a variable without its default.
fn name_of(variable: &str) -> &str {
    variable.split_once(":-").map_or(variable, |(name, _)| name)
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
