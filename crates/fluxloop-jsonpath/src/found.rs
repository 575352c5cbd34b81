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
#[derive(Clone, Copy, Debug)]
pub struct RawFound<'a> {
    /// The document from the value on.
    rest: &'a str,
    /// The length of the value in it.
    length: usize,
}

impl<'a> RawFound<'a> {
    /// The value between two places of a document that was checked.
    #[inline]
    pub(crate) fn new(json: &'a str, begin: usize, end: usize) -> Self {
        Self { rest: &json[begin..], length: end - begin }
    }

    /// The value as its JSON text: a string with its quotes and escapes.
    #[inline]
    pub fn as_json(self) -> &'a str {
        &self.rest[..self.length]
    }

    /// Whether the value is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.rest.starts_with('n')
    }

    /// The value, if it is a string: unescaped, borrowed unless it has an escape.
    #[inline]
    pub fn string(self) -> Option<Cow<'a, str>> {
        if !self.rest.starts_with('"') {
            return None;
        }
        let last = self.length - 1;
        let inside = &self.rest[1..last];
        // The last quote ends the search, which is fast where more text follows.
        if plain_end(self.rest.as_bytes(), 1) == last {
            return Some(Cow::Borrowed(inside));
        }
        Some(unescape(inside))
    }

    /// What the value is.
    #[inline]
    pub fn read(self) -> Found<'a> {
        match self.rest.as_bytes().first() {
            Some(b'"') => Found::String(self.string().unwrap_or_default()),
            Some(b'{') => Found::Object(self.as_json()),
            Some(b'[') => Found::Array(self.as_json()),
            Some(b't') => Found::Bool(true),
            Some(b'f') => Found::Bool(false),
            Some(b'n') => Found::Null,
            _ => Found::Number(self.as_json()),
        }
    }
}
