//! How much of a text that is at fault is kept.

/// How much of an offending text an error carries, in bytes.
///
/// A text of this length was cut, perhaps inside a secret: mask it as text that ended early.
pub const EXCERPT_BYTES: usize = 4096;

/// The beginning of a text that an error carries along.
pub(crate) fn excerpt(text: &str) -> String {
    text[..text.floor_char_boundary(EXCERPT_BYTES)].to_owned()
}
