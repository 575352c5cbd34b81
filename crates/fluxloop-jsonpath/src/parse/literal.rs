//! Quoted text and numbers (RFC 9535, sections 2.3.1.1, 2.3.3.1 and 2.3.5.1).

use serde_json::Number;

use super::cursor::Cursor;
use crate::{PathError, PathFault};

/// The largest integer of a path: 2^53 - 1, which every JSON implementation can hold exactly
/// (RFC 9535, section 2.1).
const MAX_INTEGER: i64 = (1 << 53) - 1;

/// Text in single or double quotes; the cursor stands on the opening one.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Result<String, PathError> {
    let begin = cursor.at();
    let quote = cursor.bump();
    let mut text = String::new();
    loop {
        let at = cursor.at();
        match cursor.bump() {
            None => return Err(cursor.fault_at(begin, PathFault::Unclosed)),
            found if found == quote => return Ok(text),
            Some('\\') => text
                .push(escape(cursor, quote).ok_or_else(|| cursor.fault_at(at, PathFault::Escape))?),
            Some(c) if c < ' ' => return Err(cursor.fault_at(at, PathFault::ControlCharacter)),
            Some(c) => text.push(c),
        }
    }
}

/// What follows a backslash; only the quote that encloses the text may be escaped.
fn escape(cursor: &mut Cursor<'_>, quote: Option<char>) -> Option<char> {
    match cursor.bump()? {
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        c @ ('/' | '\\') => Some(c),
        c if Some(c) == quote => Some(c),
        'u' => unicode(cursor),
        _ => None,
    }
}

/// The digits after `\u`: one UTF-16 unit, or a surrogate pair.
fn unicode(cursor: &mut Cursor<'_>) -> Option<char> {
    let first = hex4(cursor)?;
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(first);
    }
    if !cursor.eat("\\u") {
        return None;
    }
    let second = hex4(cursor)?;
    if !(0xDC00..0xE000).contains(&second) {
        return None;
    }
    char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
}

fn hex4(cursor: &mut Cursor<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit * 16 + cursor.bump()?.to_digit(16)?))
}

/// An index, or a part of a slice.
pub(super) fn integer(cursor: &mut Cursor<'_>) -> Result<i64, PathError> {
    let begin = cursor.at();
    let negative = cursor.eat("-");
    let digits = cursor.take_while(|c| c.is_ascii_digit());
    if digits.is_empty() {
        return Err(cursor.unexpected("a digit"));
    }
    if digits.starts_with('0') && (negative || digits.len() > 1) {
        return Err(cursor.fault_at(begin, PathFault::LeadingZero));
    }
    match digits.parse::<i64>() {
        Ok(value) if value <= MAX_INTEGER => Ok(if negative { -value } else { value }),
        _ => Err(cursor.fault_at(begin, PathFault::IndexOutOfRange)),
    }
}

/// A number to compare with. JSON's syntax and the syntax of RFC 9535 are the same here.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<Number, PathError> {
    let begin = cursor.at();
    cursor.eat("-");
    let digits = cursor.take_while(|c| c.is_ascii_digit());
    if digits.is_empty() {
        return Err(cursor.unexpected("a digit"));
    }
    if digits.starts_with('0') && digits.len() > 1 {
        return Err(cursor.fault_at(begin, PathFault::LeadingZero));
    }
    if cursor.eat(".") {
        digit(cursor)?;
    }
    if cursor.eat("e") || cursor.eat("E") {
        let _ = cursor.eat("+") || cursor.eat("-");
        digit(cursor)?;
    }
    // The syntax was checked above, so only the range is left.
    let number = cursor.since(begin).parse::<Number>().ok();
    let number = number.filter(|number| number.as_f64().is_some());
    number.ok_or_else(|| cursor.fault_at(begin, PathFault::NumberOutOfRange))
}

fn digit(cursor: &mut Cursor<'_>) -> Result<(), PathError> {
    if cursor.take_while(|c| c.is_ascii_digit()).is_empty() {
        return Err(cursor.unexpected("a digit"));
    }
    Ok(())
}
