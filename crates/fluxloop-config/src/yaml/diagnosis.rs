//! Finds out what is wrong with YAML that cannot be parsed.
//!
//! A parser says where it could not go on. What a person did is often in an earlier line: a quote
//! that was never closed, a text that needed quotes. Rules on the text around the place find that.

use granit_parser::ErrorKind;

use crate::Position;
use crate::error::{Fault, YamlFault, counted};

/// What is wrong, and where. `at` is the place that the parser names.
pub(super) fn diagnose(text: &str, kind: &ErrorKind, at: Position) -> (Position, Fault) {
    let lines: Vec<&str> = text.lines().collect();
    let found = of_kind(kind, at)
        .or_else(|| quote(&lines, at))
        .or_else(|| tab(&lines, at, kind))
        .or_else(|| bracket(&lines, kind, at))
        .or_else(|| start(&lines, at, kind))
        .or_else(|| colon(&lines, at, kind))
        .or_else(|| spaces(&lines, at))
        .or_else(|| indentation(&lines, at));
    match found {
        Some((at, fault)) => (at, fault.into()),
        None => (at, Fault::Yaml(kind.to_string())),
    }
}

type Found = Option<(Position, YamlFault)>;

/// Errors that say enough by themselves.
fn of_kind(kind: &ErrorKind, at: Position) -> Found {
    let fault = match kind {
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            YamlFault::Escape
        }
        ErrorKind::UnknownAnchor => YamlFault::Alias,
        _ => return None,
    };
    Some((at, fault))
}

/// A line of the file, counted from 1.
fn line<'t>(lines: &[&'t str], number: usize) -> &'t str {
    number.checked_sub(1).and_then(|index| lines.get(index)).copied().unwrap_or_default()
}

/// The last line before this one that says something.
fn before(lines: &[&str], number: usize) -> Option<usize> {
    (1..number).rev().find(|number| says_something(line(lines, *number)))
}

fn says_something(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.chars().take_while(|c| *c == ' ').count()
}

/// Position of a byte of a line.
fn place(text: &str, number: usize, byte: usize) -> Position {
    Position { line: number, column: text[..byte].chars().count() + 1 }
}

/// A quote that is never closed, or closed too early, up to the place where reading ended.
fn quote(lines: &[&str], at: Position) -> Found {
    let mut number = 1;
    while number <= lines.len().min(at.line) {
        let text = line(lines, number);
        let Some((byte, quote)) = opening(text, 0) else {
            number = block_end(lines, number);
            continue;
        };
        match closing(lines, number, byte, quote) {
            Some((end, _))
                if end > number && (number + 1..=end).any(|n| is_structure(line(lines, n))) =>
            {
                return Some((place(text, number, byte), YamlFault::UnclosedQuote));
            }
            None => return Some((place(text, number, byte), YamlFault::UnclosedQuote)),
            Some((end, rest)) => {
                let after = line(lines, end)[rest..].trim_start();
                let is_end = after.is_empty() || after.starts_with([',', ']', '}', ':', '#']);
                if !is_end && end == at.line {
                    let is_apart = line(lines, end)[rest..].starts_with(' ');
                    if is_apart && is_in_flow(&text[..byte]) {
                        return Some((place(line(lines, end), end, rest), YamlFault::Comma));
                    }
                    return Some((place(line(lines, end), end, rest), YamlFault::AfterQuote));
                }
                number = end + 1;
                // Further quotes of the line.
                if let Some((byte, quote)) = opening(line(lines, end), rest)
                    && closing(lines, end, byte, quote).is_none_or(|(last, _)| last > end)
                {
                    return Some((place(line(lines, end), end, byte), YamlFault::UnclosedQuote));
                }
            }
        }
    }
    None
}

fn is_in_flow(before: &str) -> bool {
    before.matches(['{', '[']).count() > before.matches(['}', ']']).count()
}

/// The line after this one, or after the block scalar that begins here.
fn block_end(lines: &[&str], number: usize) -> usize {
    let text = line(lines, number);
    let is_block = text.trim_end().ends_with(['|', '>'])
        || [": |", ": >", "- |", "- >"].iter().any(|sign| text.contains(sign));
    if !is_block {
        return number + 1;
    }
    let is_inside = |n: &usize| {
        let inner = line(lines, *n);
        inner.trim().is_empty() || indent(inner) > indent(text)
    };
    (number + 1..=lines.len()).take_while(is_inside).last().unwrap_or(number) + 1
}

/// The first quote that begins a value, from a byte of the line on.
fn opening(text: &str, from: usize) -> Option<(usize, char)> {
    let content = text.len() - text.trim_start().len();
    text.char_indices().skip_while(|(byte, _)| *byte < from).find(|(byte, c)| {
        let before = text[..*byte].trim_end();
        let is_begun = *byte == content
            || (before.ends_with([':', '-', '?']) && before.len() < *byte)
            || before.ends_with(['[', '{', ','])
            || (before.ends_with(':') && text[..*byte].contains(['{', '"']));
        matches!(c, '"' | '\'') && is_begun
    })
}

/// Where a quote is closed: the line, and the byte after the closing quote.
fn closing(lines: &[&str], number: usize, byte: usize, quote: char) -> Option<(usize, usize)> {
    let mut from = byte + 1;
    for number in number..=lines.len() {
        let text = line(lines, number);
        let mut signs = text.char_indices().skip_while(|(at, _)| *at < from).peekable();
        while let Some((at, c)) = signs.next() {
            if c == '\\' && quote == '"' {
                signs.next();
            } else if c == quote {
                if quote == '\'' && signs.peek().is_some_and(|(_, c)| *c == '\'') {
                    signs.next();
                } else {
                    return Some((number, at + 1));
                }
            }
        }
        from = 0;
    }
    None
}

/// Whether a line looks like a key or like an entry of a list, and not like the rest of a text.
fn is_structure(line: &str) -> bool {
    let line = line.trim_start();
    let is_of_key = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let key = line.find(|c| !is_of_key(c)).map_or("", |end| &line[end..]);
    let is_key = key.starts_with(':') && (key.len() == 1 || key[1..].starts_with(' '));
    line.starts_with("- ") || is_key
}

fn tab(lines: &[&str], at: Position, kind: &ErrorKind) -> Found {
    let is_of_tabs = kind.to_string().contains("tab");
    let last = if is_of_tabs { lines.len() } else { at.line + 1 };
    let first = if is_of_tabs { 1 } else { before(lines, at.line).unwrap_or(at.line) };
    let mut numbers = (at.line..=last).chain(first..at.line);
    let number = numbers.find(|number| {
        let text = line(lines, *number);
        says_something(text) && text[..text.len() - text.trim_start().len()].contains('\t')
    })?;
    let text = line(lines, number);
    Some((place(text, number, text.find('\t')?), YamlFault::Tab))
}

fn bracket(lines: &[&str], kind: &ErrorKind, at: Position) -> Found {
    match kind {
        ErrorKind::UnclosedFlowCollection { open } => Some((at, unclosed(*open))),
        ErrorKind::MismatchedFlowCollectionEnd { open, .. }
            if line(lines, at.line).chars().nth(at.column.saturating_sub(1)) == Some(*open) =>
        {
            Some((at, unclosed(*open)))
        }
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::InvalidFlowScalarIndent
        | ErrorKind::MismatchedFlowCollectionEnd { .. } => open_bracket(lines, at),
        ErrorKind::MisplacedFlowCollectionEnd => {
            let c = line(lines, at.line).chars().nth(at.column.saturating_sub(1))?;
            Some((at, YamlFault::StrayBracket(c)))
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            // A bracket that stays open takes the lines below in.
            let open = open_bracket(lines, at);
            let is_above = open
                .as_ref()
                .is_some_and(|(open, _)| open.line < at.line && is_structure(line(lines, at.line)));
            if is_above { open } else { Some((at, YamlFault::Comma)) }
        }
        _ => None,
    }
}

/// The innermost bracket outside of quotes that is open where reading ended.
fn open_bracket(lines: &[&str], at: Position) -> Found {
    let mut open: Vec<(Position, char)> = Vec::new();
    let mut quote = None;
    for number in 1..=lines.len().min(at.line) {
        let text = line(lines, number);
        let mut last = ' ';
        for (byte, c) in text.char_indices() {
            if number == at.line && text[..byte].chars().count() + 1 >= at.column {
                break;
            }
            match (quote, c) {
                (Some(known), c) if known == c => quote = None,
                (None, '"' | '\'') if !last.is_alphanumeric() => quote = Some(c),
                (None, '#') if last.is_whitespace() => break,
                (None, '[' | '{') if !open.is_empty() || !last.is_alphanumeric() => {
                    open.push((place(text, number, byte), c));
                }
                (None, ']' | '}') => drop(open.pop()),
                _ => {}
            }
            last = c;
        }
    }
    let (at, open) = open.pop()?;
    Some((at, unclosed(open)))
}

fn unclosed(open: char) -> YamlFault {
    YamlFault::UnclosedBracket { open, close: if open == '[' { ']' } else { '}' } }
}

/// A text without quotes that begins with a sign of YAML's own.
fn start(lines: &[&str], at: Position, kind: &ErrorKind) -> Found {
    if matches!(kind, ErrorKind::BlockSequenceEntryNotAllowed) {
        return Some((at, YamlFault::EntryNotAllowed));
    }
    for number in [Some(at.line), before(lines, at.line)].into_iter().flatten() {
        let text = line(lines, number);
        let value = text.find(": ").map_or_else(|| text.find("- "), Some).map(|at| at + 2);
        let byte = value.map(|at| at + text[at..].len() - text[at..].trim_start().len());
        let sign = byte.and_then(|byte| Some((byte, text[byte..].chars().next()?)));
        if let Some((byte, sign)) = sign
            && ("@`%&*!>|".contains(sign) || (sign == '-' && text[byte..].len() > 1))
            && !is_block_header(&text[byte..])
        {
            return Some((place(text, number, byte), YamlFault::Start(sign)));
        }
    }
    None
}

/// Whether this is `|` or `>`, with indentation and chomping.
fn is_block_header(text: &str) -> bool {
    let header = text.split(" #").next().unwrap_or_default().trim_end();
    header.starts_with(['|', '>'])
        && header[1..].chars().all(|c| "+-".contains(c) || c.is_ascii_digit())
}

/// A second `: ` in a line, where a text without quotes has it.
fn colon(lines: &[&str], at: Position, kind: &ErrorKind) -> Found {
    if !matches!(kind, ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement) {
        return None;
    }
    let text = line(lines, at.line);
    let (first, _) = text.split_once(": ")?;
    let value = first.len() + 2;
    let value = value + text[value..].len() - text[value..].trim_start().len();
    let has_second = text[value..].contains(": ") || text[value..].trim_end().ends_with(':');
    has_second.then(|| (place(text, at.line, value), YamlFault::Colon))
}

/// A missing space after `-` or `:`, or a missing colon.
fn spaces(lines: &[&str], at: Position) -> Found {
    let numbers = [before(lines, at.line), Some(at.line)].into_iter().flatten();
    for number in numbers {
        let text = line(lines, number);
        let content = text.trim_start();
        let byte = text.len() - content.len();
        let after_dash = content.strip_prefix('-').unwrap_or("- ");
        if !after_dash.is_empty() && !after_dash.starts_with([' ', '-']) {
            return Some((place(text, number, byte), YamlFault::Dash));
        }
        let is_of_key = |c: char| c.is_alphanumeric() || c == '_';
        let key = content.find(|c| !is_of_key(c)).unwrap_or(content.len());
        let rest = &content[key..];
        let is_glued =
            rest.starts_with(':') && rest.len() > 1 && !rest[1..].starts_with([' ', '/']);
        if key > 0 && is_glued {
            return Some((place(text, number, byte), YamlFault::SpaceAfterColon));
        }
        let has_no_colon = !content.contains(':') && !content.starts_with('-');
        if key > 0 && has_no_colon && is_neighbor(lines, number) {
            return Some((place(text, number, byte), YamlFault::NoColon));
        }
    }
    None
}

/// Whether a line is indented like the keys around it.
fn is_neighbor(lines: &[&str], number: usize) -> bool {
    let near = [
        before(lines, number),
        (number + 1..=lines.len()).find(|n| says_something(line(lines, *n))),
    ];
    near.into_iter().flatten().any(|near| {
        is_structure(line(lines, near)) && indent(line(lines, near)) == indent(line(lines, number))
    })
}

/// A line that is indented like none of the lines that it may belong to.
fn indentation(lines: &[&str], at: Position) -> Found {
    let number = (at.line..=lines.len()).find(|number| says_something(line(lines, *number)))?;
    let text = line(lines, number);
    let before = before(lines, number)?;
    let found = indent(text);
    let mut known: Vec<usize> = Vec::new();
    for text in (1..number).map(|number| line(lines, number)).filter(|text| says_something(text)) {
        known.retain(|known| *known < indent(text));
        known.push(indent(text));
    }
    let last = indent(line(lines, before));
    let is_odd = found > last || !known.contains(&found);
    let expected = if found > last {
        last
    } else {
        known.into_iter().filter(|known| *known > found).min().unwrap_or(last)
    };
    // The line before is the odd one if the lines around it agree.
    let earlier = self::before(lines, before).map(|number| indent(line(lines, number)));
    let (number, found, expected) = match earlier {
        Some(earlier) if found > last && earlier == found => (before, last, found),
        _ => (number, found, expected),
    };
    let text = line(lines, number);
    let position = place(text, number, text.len() - text.trim_start().len());
    is_odd.then(|| {
        (
            position,
            YamlFault::Indentation { found: spaces_of(found), expected: spaces_of(expected) },
        )
    })
}

fn spaces_of(count: usize) -> String {
    counted(count as u64, "space", "spaces")
}
