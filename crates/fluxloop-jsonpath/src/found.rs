//! What a path finds in JSON text.

use std::borrow::Cow;

use crate::scan::{plain_end, unescape};

/// One value that a path found, borrowed from the JSON text wherever that is possible.
///
/// Numbers, arrays and objects are the stretch of JSON text as the server wrote it: `1.50` stays
/// `1.50`, and a member that a duplicate key overrides is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// A string, unescaped; borrowed unless it has an escape.
    String(Cow<'a, str>),
    /// A number, as its JSON text.
    Number(&'a str),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// An array, as its JSON text with both brackets.
    Array(&'a str),
    /// An object, as its JSON text with both braces.
    Object(&'a str),
}

impl<'a> Found<'a> {
    /// The value as text: a string's characters, a number's or boolean's JSON text.
    ///
    /// `None` for `null`, arrays and objects, which are no text.
    pub fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::String(text) => Some(text),
            Self::Number(text) => Some(Cow::Borrowed(text)),
            Self::Bool(true) => Some(Cow::Borrowed("true")),
            Self::Bool(false) => Some(Cow::Borrowed("false")),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
        }
    }
}

/// A value as it stands in a document that was checked: not looked at before somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawFound<'a> {
    text: &'a str,
}

impl<'a> RawFound<'a> {
    /// A value's JSON text, which was checked before.
    #[inline]
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// The value as its JSON text: a string with its quotes and escapes.
    pub fn as_json(self) -> &'a str {
        self.text
    }

    /// Whether the value is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.text.starts_with('n')
    }

    /// The value, if it is a string: unescaped, borrowed unless it has an escape.
    #[inline]
    pub fn string(self) -> Option<Cow<'a, str>> {
        let inside = self.text.strip_prefix('"')?;
        // The last quote ends the search, so that it never comes to the end of the text.
        let end = plain_end(inside.as_bytes(), 0);
        if end + 1 == inside.len() {
            return Some(Cow::Borrowed(&inside[..end]));
        }
        Some(unescape(&inside[..inside.len() - 1]))
    }

    /// What the value is.
    #[inline]
    pub fn read(self) -> Found<'a> {
        let text = self.text;
        match text.as_bytes().first() {
            Some(b'"') => Found::String(self.string().unwrap_or_default()),
            Some(b'{') => Found::Object(text),
            Some(b'[') => Found::Array(text),
            Some(b't') => Found::Bool(true),
            Some(b'f') => Found::Bool(false),
            Some(b'n') => Found::Null,
            _ => Found::Number(text),
        }
    }
}
