//! What a path finds in JSON text.

use std::borrow::Cow;

use crate::scan::unescape;

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
    text: &'a str,
    /// Whether there is surely no backslash in it.
    is_plain: bool,
}

impl<'a> RawFound<'a> {
    /// A value's JSON text, which was checked.
    #[inline]
    pub(crate) fn new(text: &'a str, is_plain: bool) -> Self {
        Self { text, is_plain }
    }

    /// The value as its JSON text: a string with its quotes and escapes.
    #[inline]
    pub fn as_json(self) -> &'a str {
        self.text
    }

    /// Whether the value is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.text.as_bytes().first() == Some(&b'n')
    }

    /// The value, if it is a string: unescaped, borrowed unless it has an escape.
    #[inline]
    pub fn string(self) -> Option<Cow<'a, str>> {
        let [b'"', _inside @ .., b'"'] = self.text.as_bytes() else { return None };
        let inside = &self.text[1..self.text.len() - 1];
        Some(if self.is_plain { Cow::Borrowed(inside) } else { unescape(inside) })
    }

    /// What the value is.
    #[inline]
    pub fn read(self) -> Found<'a> {
        match self.text.as_bytes().first() {
            Some(b'"') => Found::String(self.string().unwrap_or_default()),
            Some(b'{') => Found::Object(self.text),
            Some(b'[') => Found::Array(self.text),
            Some(b't') => Found::Bool(true),
            Some(b'f') => Found::Bool(false),
            Some(b'n') => Found::Null,
            _ => Found::Number(self.text),
        }
    }
}
