//! Strings inside JSON text: where they end, and what they say (RFC 8259, section 7).

use std::borrow::Cow;

/// Every byte of the word is 1.
const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
/// The top bit of every byte.
const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);

/// The rest of a text from its first quote, backslash or control character on; nothing if there is
/// none.
///
/// Eight bytes at a time.
#[inline]
pub(super) fn plain_end(mut rest: &[u8]) -> &[u8] {
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        let marked = marks(u64::from_le_bytes(*chunk));
        if marked != 0 {
            return &rest[(marked.trailing_zeros() / 8) as usize..];
        }
        rest = tail;
    }
    while let Some((byte, tail)) = rest.split_first()
        && !matches!(byte, b'"' | b'\\' | 0..0x20)
    {
        rest = tail;
    }
    rest
}

/// Marks the quotes, backslashes and control characters among eight bytes with their top bits.
///
/// The borrow of a subtraction moves upward only, so the lowest mark is always a true one; bytes
/// beyond ASCII are never marked.
#[inline]
fn marks(word: u64) -> u64 {
    // Exchanges the quote (0x22) with the blank (0x20), so that it is next to the controls.
    let quote_or_control = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
    (quote_or_control | backslash) & !word & TOPS
}

/// What went wrong in an escape: bytes after the backslash, and what should stand there.
pub(super) type EscapeFault = (usize, &'static str);

/// Checks the escape whose backslash is the first of `bytes`, and returns its length. Half of a
/// surrogate pair is an escape like another: the grammar allows it, and what it says is for the
/// reader to decide (RFC 8259, section 8.2).
#[cold]
pub(super) fn escape_length(bytes: &[u8]) -> Result<usize, EscapeFault> {
    match bytes.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
        Some(b'u') => hex4(bytes.get(2..6)).map(|_| 6).ok_or((2, "four hexadecimal digits")),
        _ => Err((1, "an escape that JSON knows")),
    }
}

fn trailing_surrogate(bytes: Option<&[u8]>) -> Option<u32> {
    let Some([b'\\', b'u', digits @ ..]) = bytes else { return None };
    hex4(Some(digits)).filter(|unit| (0xDC00..0xE000).contains(unit))
}

fn hex4(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |unit, &b| Some(unit * 16 + char::from(b).to_digit(16)?))
}

/// The characters of a string that the scanner accepted, without its quotes.
pub(crate) fn unescape(inside: &str) -> Cow<'_, str> {
    let Some(first) = backslash(inside) else {
        return Cow::Borrowed(inside);
    };
    let (plain, mut rest) = inside.split_at(first);
    let mut text = String::with_capacity(inside.len());
    text.push_str(plain);
    while let Some(kind) = rest.as_bytes().get(1) {
        let mut length = 2;
        text.push(match kind {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (c, read) = unicode(rest.as_bytes());
                length = read;
                c
            }
            other => char::from(*other),
        });
        rest = &rest[length..];
        let end = backslash(rest).unwrap_or(rest.len());
        text.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    Cow::Owned(text)
}

/// The place of the first backslash. The scanner accepted the string, so nothing else in it ends
/// what is plain.
#[inline]
fn backslash(inside: &str) -> Option<usize> {
    let rest = plain_end(inside.as_bytes());
    (!rest.is_empty()).then(|| inside.len() - rest.len())
}

/// The character of a `\u` escape, or of two of them, and its length in bytes. Half of a surrogate
/// pair is what a byte that is no UTF-8 is as well: the replacement character.
fn unicode(bytes: &[u8]) -> (char, usize) {
    let first = hex4(bytes.get(2..6)).unwrap_or_default();
    let (code, length) = match trailing_surrogate(bytes.get(6..12)) {
        Some(second) if (0xD800..0xDC00).contains(&first) => {
            (0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00), 12)
        }
        _ => (first, 6),
    };
    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_at_the_first_byte_that_is_not_plain() {
        let is_plain = |b: &u8| *b != b'"' && *b != b'\\' && *b >= 0x20;
        for end in [b'"', b'\\', 0, 0x1F, b'\n'] {
            for length in 0..24 {
                let plain = [b'#', 0x20, 0x7F, 0xC3, 0xA9, b'!'].iter().cycle().take(length);
                let text: Vec<u8> = plain.chain(&[end, b'"', end]).copied().collect();
                for text in [&text[..length], &text[..=length], &text] {
                    let expected = text.iter().take_while(|b| is_plain(b)).count();
                    assert_eq!(plain_end(text), &text[expected..]);
                }
            }
        }
    }
}
