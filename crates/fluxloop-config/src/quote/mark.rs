//! What of a line is shown, and what of that is marked.

use std::ops::Range;

/// What of a line is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Extent {
    /// A key; its value is not shown.
    Key,
    /// A value, from its first character on.
    Value,
    /// A single character, or the placeholder that begins there.
    Point,
}

/// What stands for the rest of a line that is not shown.
const REST: &str = "…";

/// The longest line that is quoted, in bytes.
const MAX_LINE: usize = 400;

/// The part of a line that may be shown, and what is marked in it, in bytes; `None` where the mark
/// is not in that part. Columns count from 1, in characters.
pub(super) fn cut(line: &str, column: usize, extent: Extent) -> Option<(String, Range<usize>)> {
    let start = line.char_indices().map(|(index, _)| index).nth(column.checked_sub(1)?);
    let start = start.unwrap_or(line.len());
    let end = comment(line);
    let (text, has_comment) = match end {
        Some(end) => (line[..end].trim_end(), true),
        None => (line.trim_end(), false),
    };
    // The sign itself may be what is meant.
    if start > text.len() || text.len() > MAX_LINE || text.trim().is_empty() {
        return None;
    }
    let rest = &text[start..];
    let (end, text) = match extent {
        Extent::Key => {
            let end = start + key_end(rest);
            let colon = end + text[end..].find(':').map_or(0, |colon| colon + 1);
            (end, &text[..colon])
        }
        Extent::Value => (start + value_end(rest, is_in_flow(&text[..start])), text),
        Extent::Point => (start + point_end(rest), text),
    };
    let mut shown = text.to_owned();
    if has_comment || line.trim_end().len() > text.len() {
        shown.push(' ');
        shown.push_str(REST);
    }
    let end = if end == start {
        shown[start..].chars().next().map_or(start, |c| start + c.len_utf8())
    } else {
        end
    };
    Some((shown, start..end))
}

/// Where a comment begins. A `#` in quotes counts too: what follows it is not shown.
fn comment(line: &str) -> Option<usize> {
    let is_start = |index: usize| index == 0 || line[..index].ends_with([' ', '\t']);
    line.match_indices('#').map(|(index, _)| index).find(|index| is_start(*index))
}

fn is_in_flow(before: &str) -> bool {
    before.matches(['{', '[']).count() > before.matches(['}', ']']).count()
}

fn key_end(rest: &str) -> usize {
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted_end(rest, quote),
        _ => rest.find(':').unwrap_or(rest.len()),
    }
}

fn quoted_end(rest: &str, quote: char) -> usize {
    rest[1..].find(quote).map_or(rest.len(), |end| end + 2)
}

fn value_end(rest: &str, is_in_flow: bool) -> usize {
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted_end(rest, quote),
        Some('{' | '[') => rest.len(),
        _ if is_in_flow => rest.find([',', '}', ']']).unwrap_or(rest.len()),
        _ => rest.len(),
    }
}

fn point_end(rest: &str) -> usize {
    match rest.starts_with("${").then(|| rest.find('}')) {
        Some(Some(end)) => end + 1,
        Some(None) => 2,
        None => rest.chars().next().map_or(0, char::len_utf8),
    }
}
