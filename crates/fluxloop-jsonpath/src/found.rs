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
    /// What a value's JSON text says, which was checked before.
    pub(crate) fn from_text(text: &'a str) -> Self {
        match text.as_bytes().first() {
            Some(b'"') => Self::String(unescape(&text[1..text.len() - 1])),
            Some(b'{') => Self::Object(text),
            Some(b'[') => Self::Array(text),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(text),
        }
    }

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
