//! Filters (RFC 9535, section 2.3.5), without functions and with `@` singular.

use super::cursor::{Cursor, is_name_char, is_name_first};
use super::{literal, segment};
use crate::ast::{Filter, Literal, Operator, Step};
use crate::{MAX_PARENTHESES, PathError, PathFault};

const OPERAND: &str = "`@`, a literal, `!` or `(`";

/// Reads what follows the `?`.
pub(super) fn filter(cursor: &mut Cursor<'_>) -> Result<Filter, PathError> {
    any(cursor, 0)
}

/// `… || …`.
fn any(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, PathError> {
    let mut parts = vec![all(cursor, depth)?];
    while cursor.eat("||") {
        parts.push(all(cursor, depth)?);
    }
    Ok(one_or(parts, Filter::Any))
}

/// `… && …`, which binds tighter. Leaves the cursor behind the blank space that follows.
fn all(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, PathError> {
    let mut parts = Vec::new();
    loop {
        cursor.skip_blank();
        parts.push(basic(cursor, depth)?);
        cursor.skip_blank();
        if !cursor.eat("&&") {
            return Ok(one_or(parts, Filter::All));
        }
    }
}

fn one_or(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// One condition: in parentheses, negated, a test or a comparison.
fn basic(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, PathError> {
    if cursor.peek() == Some('(') {
        return parenthesized(cursor, depth);
    }
    if cursor.peek() != Some('!') {
        return test_or_comparison(cursor);
    }
    cursor.bump();
    cursor.skip_blank();
    let begin = cursor.at();
    let negated = match cursor.peek() {
        Some('(') => parenthesized(cursor, depth)?,
        Some('@') => test_or_comparison(cursor)?,
        _ => return Err(cursor.unexpected("`@` or `(`")),
    };
    match negated {
        Filter::Compare(..) if !cursor.since(begin).starts_with('(') => {
            Err(cursor.fault_at(begin, PathFault::NegatedComparison))
        }
        negated => Ok(Filter::Not(Box::new(negated))),
    }
}

fn parenthesized(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, PathError> {
    if depth == MAX_PARENTHESES {
        return Err(cursor.fault(PathFault::TooManyParentheses));
    }
    cursor.bump();
    let inner = any(cursor, depth + 1)?;
    if cursor.eat(")") { Ok(inner) } else { Err(cursor.unexpected("`)`, `&&` or `||`")) }
}

/// One side of a comparison.
enum Operand {
    Query(Vec<Step>),
    Literal(Literal),
}

fn test_or_comparison(cursor: &mut Cursor<'_>) -> Result<Filter, PathError> {
    let begin = cursor.at();
    let left = operand(cursor)?;
    cursor.skip_blank();
    let Some(operator) = operator(cursor)? else {
        return match left {
            Operand::Query(steps) => Ok(Filter::Exists(steps)),
            Operand::Literal(_) => Err(cursor.unexpected("a comparison with `@`")),
        };
    };
    cursor.skip_blank();
    let right_begin = cursor.at();
    match (left, operand(cursor)?) {
        (Operand::Query(steps), Operand::Literal(literal)) => {
            Ok(Filter::Compare(steps, operator, literal))
        }
        (Operand::Literal(literal), Operand::Query(steps)) => {
            Ok(Filter::Compare(steps, operator.mirrored(), literal))
        }
        (Operand::Query(_), Operand::Query(_)) => {
            Err(cursor.fault_at(right_begin, PathFault::TwoQueries))
        }
        (Operand::Literal(_), Operand::Literal(_)) => {
            Err(cursor.fault_at(begin, PathFault::TwoLiterals))
        }
    }
}

fn operator(cursor: &mut Cursor<'_>) -> Result<Option<Operator>, PathError> {
    for wrong in ["===", "!==", "=~"] {
        if cursor.rest().starts_with(wrong) {
            return Err(cursor.fault(PathFault::Operator { found: wrong }));
        }
    }
    // The longer ones come first.
    let known = [
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ];
    if let Some((_, operator)) = known.into_iter().find(|(token, _)| cursor.eat(token)) {
        return Ok(Some(operator));
    }
    match cursor.peek() {
        Some('=') => Err(cursor.fault(PathFault::Operator { found: "=" })),
        _ => Ok(None),
    }
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, PathError> {
    match cursor.peek() {
        Some('@') => {
            cursor.bump();
            query(cursor).map(Operand::Query)
        }
        Some('$') => Err(cursor.fault(PathFault::RootInFilter)),
        Some('\'' | '"') => literal::quoted(cursor).map(Literal::String).map(Operand::Literal),
        Some('0'..='9' | '-') => literal::number(cursor).map(Literal::Number).map(Operand::Literal),
        Some(c) if is_name_first(c) => word(cursor).map(Operand::Literal),
        _ => Err(cursor.unexpected(OPERAND)),
    }
}

/// `true`, `false` or `null`.
fn word(cursor: &mut Cursor<'_>) -> Result<Literal, PathError> {
    let begin = cursor.at();
    match cursor.take_while(is_name_char) {
        "true" => Ok(Literal::Bool(true)),
        "false" => Ok(Literal::Bool(false)),
        "null" => Ok(Literal::Null),
        _ if cursor.peek() == Some('(') => Err(cursor.fault_at(begin, PathFault::Function)),
        word => {
            let found = word.chars().next().unwrap_or_default();
            Err(cursor.fault_at(begin, PathFault::Unexpected { found, expected: OPERAND }))
        }
    }
}

/// The names and indices after `@`. Nothing in here recurses: a filter inside a filter is refused.
fn query(cursor: &mut Cursor<'_>) -> Result<Vec<Step>, PathError> {
    let mut steps = Vec::new();
    loop {
        cursor.skip_blank();
        let begin = cursor.at();
        let step = match cursor.peek() {
            Some('.') => name_step(cursor)?,
            Some('[') => bracketed_step(cursor)?,
            _ => return Ok(steps),
        };
        steps.push(step.ok_or_else(|| cursor.fault_at(begin, PathFault::WideQuery))?);
    }
}

/// `.name`; `None` if what stands there may lead to several values.
fn name_step(cursor: &mut Cursor<'_>) -> Result<Option<Step>, PathError> {
    cursor.bump();
    match cursor.peek() {
        Some('.') => Ok(None),
        _ => segment::dotted(cursor, false, segment::AFTER_DOT).map(|segment| segment.as_step()),
    }
}

/// `[0]` or `['name']`; `None` if what stands there may lead to several values.
fn bracketed_step(cursor: &mut Cursor<'_>) -> Result<Option<Step>, PathError> {
    cursor.bump();
    cursor.skip_blank();
    let step = match cursor.peek() {
        Some('\'' | '"') => Step::Name(literal::quoted(cursor)?),
        Some('0'..='9' | '-') => Step::Index(literal::integer(cursor)?),
        Some('*' | '?' | ':') => return Ok(None),
        _ => return Err(cursor.unexpected("a quoted name or an index")),
    };
    cursor.skip_blank();
    match cursor.peek() {
        Some(',' | ':') => Ok(None),
        _ if cursor.eat("]") => Ok(Some(step)),
        _ => Err(cursor.unexpected("`]`")),
    }
}
