//! Segments and selectors (RFC 9535, sections 2.3 and 2.5).

use std::collections::HashSet;

use super::cursor::{Cursor, is_blank, is_name_char, is_name_first};
use super::{filter, literal};
use crate::ast::{Segment, Selector, Slice};
use crate::{PathError, PathFault};

pub(super) const AFTER_DOT: &str = "a name or `*`";
const IN_BRACKETS: &str = "a quoted name, an index, a slice, `*` or `?`";

/// Reads a whole path.
pub(crate) fn segments(text: &str) -> Result<Vec<Segment>, PathError> {
    let mut cursor = Cursor::new(text);
    let mut segments = Vec::new();
    segments.extend(first(&mut cursor)?);
    loop {
        let before = cursor.at();
        cursor.skip_blank();
        match cursor.peek() {
            None if cursor.at() > before => return Err(cursor.fault_at(before, PathFault::Blank)),
            None => return Ok(segments),
            Some(_) => segments.push(segment(&mut cursor)?),
        }
    }
}

/// Reads the `$`, or the first segment of a path that leaves it out. Such a path begins with a
/// name, `*`, or anything that may follow the `$`.
fn first(cursor: &mut Cursor<'_>) -> Result<Option<Segment>, PathError> {
    match cursor.peek() {
        None => Err(cursor.fault(PathFault::Empty)),
        Some(c) if is_blank(c) => Err(cursor.fault(PathFault::Blank)),
        Some('@') => Err(cursor.fault(PathFault::CurrentOutsideFilter)),
        Some('.' | '[') => Ok(None),
        Some('$') => {
            cursor.bump();
            match cursor.peek() {
                Some(c) if is_name_first(c) => Err(cursor.fault(PathFault::NameAfterRoot)),
                _ => Ok(None),
            }
        }
        Some(_) => dotted(cursor, false, "`$` or a name").map(Some),
    }
}

fn segment(cursor: &mut Cursor<'_>) -> Result<Segment, PathError> {
    if cursor.eat("..") {
        return match cursor.peek() {
            Some('[') => bracketed(cursor, true),
            _ => dotted(cursor, true, "a name, `*` or `[`"),
        };
    }
    if cursor.eat(".") {
        return dotted(cursor, false, AFTER_DOT);
    }
    match cursor.peek() {
        Some('[') => bracketed(cursor, false),
        _ => Err(cursor.unexpected("`.`, `[` or the end")),
    }
}

/// What follows a dot: a name without quotes, or `*`.
pub(super) fn dotted(
    cursor: &mut Cursor<'_>,
    descends: bool,
    expected: &'static str,
) -> Result<Segment, PathError> {
    let begin = cursor.at();
    let selector = match cursor.peek() {
        Some('*') => {
            cursor.bump();
            Selector::Wildcard
        }
        Some(c) if is_name_first(c) => Selector::Name(bare_name(cursor)?),
        Some(c) if c.is_ascii_digit() => {
            let digits = cursor.take_while(|c| c.is_ascii_digit()).to_owned();
            return Err(cursor.fault_at(begin, PathFault::NumberAfterDot { digits }));
        }
        _ => return Err(cursor.unexpected(expected)),
    };
    Ok(Segment { descends, selectors: vec![selector] })
}

/// A name without quotes. A `-` or the like right after it is a name that forgot its quotes, by
/// far the likeliest fault of people who know only dots.
fn bare_name(cursor: &mut Cursor<'_>) -> Result<String, PathError> {
    let name = cursor.take_while(is_name_char);
    let end = cursor.at();
    let more = cursor.take_while(|c| !is_blank(c) && !".[]()*,'\"=!<>&|".contains(c));
    if more.is_empty() {
        return Ok(name.to_owned());
    }
    Err(cursor.fault_at(end, PathFault::NameNeedsQuotes { name: format!("{name}{more}") }))
}

/// `[…]`: selectors, separated by commas.
fn bracketed(cursor: &mut Cursor<'_>, descends: bool) -> Result<Segment, PathError> {
    cursor.bump();
    let mut selectors = Vec::new();
    let mut seen = HashSet::new();
    loop {
        cursor.skip_blank();
        let begin = cursor.at();
        if selectors.is_empty() && cursor.peek() == Some(']') {
            return Err(cursor.fault(PathFault::EmptyBrackets));
        }
        let selector = selector(cursor)?;
        let step = selector.as_step();
        let joins = selectors.first().is_none_or(|first| joins(first, &selector));
        if !joins || !step.is_none_or(|step| seen.insert(step)) {
            return Err(cursor.fault_at(begin, PathFault::Overlap));
        }
        let end = match selector {
            Selector::Filter(_) => "an operator or `]`",
            _ => "`]`",
        };
        selectors.push(selector);
        cursor.skip_blank();
        if cursor.eat("]") {
            return Ok(Segment { descends, selectors });
        }
        if !cursor.eat(",") {
            return Err(cursor.unexpected(end));
        }
    }
}

/// Whether two selectors that differ never select the same child: names, and indices that count
/// from the same end. RFC 9535 keeps duplicates, so that a few overlapping segments in a row would
/// multiply the matches without bound.
fn joins(first: &Selector, other: &Selector) -> bool {
    match (first, other) {
        (Selector::Name(_), Selector::Name(_)) => true,
        (Selector::Index(first), Selector::Index(other)) => (*first < 0) == (*other < 0),
        _ => false,
    }
}

fn selector(cursor: &mut Cursor<'_>) -> Result<Selector, PathError> {
    match cursor.peek() {
        Some('\'' | '"') => literal::quoted(cursor).map(Selector::Name),
        Some('*') => {
            cursor.bump();
            Ok(Selector::Wildcard)
        }
        Some('?') => {
            cursor.bump();
            filter::filter(cursor).map(Selector::Filter)
        }
        Some('0'..='9' | '-' | ':') => index_or_slice(cursor),
        Some(c) if is_name_first(c) => {
            let begin = cursor.at();
            let name = cursor.take_while(|c| !is_blank(c) && !"[](),'\"".contains(c)).to_owned();
            Err(match cursor.peek() {
                Some('(') => cursor.fault_at(begin, PathFault::Function),
                _ => cursor.fault_at(begin, PathFault::NameInBrackets { name }),
            })
        }
        _ => Err(cursor.unexpected(IN_BRACKETS)),
    }
}

fn index_or_slice(cursor: &mut Cursor<'_>) -> Result<Selector, PathError> {
    let start = optional_integer(cursor)?;
    let after_start = cursor.at();
    cursor.skip_blank();
    if !cursor.eat(":") {
        return match start {
            Some(index) => Ok(Selector::Index(index)),
            None => Err(cursor.fault_at(after_start, PathFault::EmptyBrackets)),
        };
    }
    cursor.skip_blank();
    let end = optional_integer(cursor)?;
    cursor.skip_blank();
    let mut step = 1;
    if cursor.eat(":") {
        cursor.skip_blank();
        let begin = cursor.at();
        step = optional_integer(cursor)?.unwrap_or(1);
        if step == 0 {
            return Err(cursor.fault_at(begin, PathFault::StepZero));
        }
    }
    Ok(Selector::Slice(Slice { start, end, step }))
}

fn optional_integer(cursor: &mut Cursor<'_>) -> Result<Option<i64>, PathError> {
    match cursor.peek() {
        Some('0'..='9' | '-') => literal::integer(cursor).map(Some),
        _ => Ok(None),
    }
}
