//! Makes text of bytes, which may not be UTF-8.

use super::pending::KEPT_CAPACITY;
use super::work;

/// The bytes as text, if they are UTF-8.
#[inline]
pub(super) fn utf8(bytes: &[u8]) -> Option<&str> {
    work::count(bytes.len());
    simdutf8::basic::from_utf8(bytes).ok()
}

/// The longest beginning that is UTF-8; at its end bytes may be missing that end no line.
pub(super) fn utf8_lines(bytes: &[u8]) -> &str {
    // The last character may be cut. A line end is ASCII, so no complete line is lost.
    let end = bytes.iter().rposition(u8::is_ascii).map_or(0, |last| last + 1);
    work::count(bytes.len() - end);
    utf8(&bytes[..end]).unwrap_or_else(|| utf8_start(&bytes[..end]))
}

/// The longest beginning that is UTF-8.
#[cold]
fn utf8_start(bytes: &[u8]) -> &str {
    work::count(bytes.len());
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

/// The text of the bytes, where U+FFFD stands for what is not UTF-8; `mended` holds it then.
pub(super) fn lossy<'a>(bytes: &'a [u8], mended: &'a mut String) -> &'a str {
    if let Some(text) = utf8(bytes) {
        return text;
    }
    replace(mended, bytes);
    mended
}

/// Replaces a text by that of the bytes, where U+FFFD stands for what is not UTF-8.
pub(super) fn replace(text: &mut String, bytes: &[u8]) {
    work::count(bytes.len());
    clear(text);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    // An ID may stay for long, and growing may have taken twice as much as there is to hold.
    text.shrink_to(KEPT_CAPACITY);
}

/// Empties a text; one that bad bytes made large gives its memory back.
#[inline]
pub(super) fn clear(text: &mut String) {
    text.clear();
    text.shrink_to(KEPT_CAPACITY);
}
