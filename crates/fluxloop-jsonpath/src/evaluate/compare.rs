//! Filters: tests and comparisons (RFC 9535, section 2.3.5.2.2).

use std::cmp::Ordering;

use serde_json::Number;

use super::document::{Document, Scalar};
use super::select::index_of;
use crate::ast::{Filter, Literal, Operator, Step};

/// Whether a filter holds for a child. Recursion is as deep as the filter's parentheses.
pub(super) fn holds<D: Document>(filter: &Filter, child: D) -> bool {
    match filter {
        Filter::Any(parts) => parts.iter().any(|part| holds(part, child)),
        Filter::All(parts) => parts.iter().all(|part| holds(part, child)),
        Filter::Not(inner) => !holds(inner, child),
        Filter::Exists(steps) => follow(steps, child).is_some(),
        Filter::Compare(steps, operator, literal) => {
            compares(follow(steps, child), *operator, literal)
        }
    }
}

/// The one value to which names and indices lead.
pub(super) fn follow<D: Document>(steps: &[Step], from: D) -> Option<D> {
    steps.iter().try_fold(from, |at, step| match step {
        Step::Name(name) => at.member(name),
        Step::Index(index) => at.element(index_of(*index, at.length()?)?),
    })
}

/// How a value, or the absence of one, compares with a literal. What cannot be compared is
/// unequal, and neither less nor greater.
fn compares<D: Document>(value: Option<D>, operator: Operator, literal: &Literal) -> bool {
    let (equal, order) = match value.as_ref().and_then(Document::scalar) {
        None => (false, None),
        Some(scalar) => equality_and_order(&scalar, literal),
    };
    match operator {
        Operator::Equal => equal,
        Operator::NotEqual => !equal,
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => equal || order == Some(Ordering::Less),
        Operator::Greater => order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => equal || order == Some(Ordering::Greater),
    }
}

/// Only numbers and strings have an order; strings have that of their Unicode scalar values,
/// which is the order of their UTF-8 bytes.
fn equality_and_order(scalar: &Scalar<'_>, literal: &Literal) -> (bool, Option<Ordering>) {
    let order = match (scalar, literal) {
        (Scalar::Null, Literal::Null) => return (true, None),
        (Scalar::Bool(a), Literal::Bool(b)) => return (a == b, None),
        (Scalar::Number(a), Literal::Number(b)) => number_order(a, b),
        (Scalar::String(a), Literal::String(b)) => Some(a.as_ref().cmp(b.as_str())),
        _ => None,
    };
    (order == Some(Ordering::Equal), order)
}

/// The order of two numbers: exact where both are whole, as doubles otherwise.
fn number_order(a: &Number, b: &Number) -> Option<Ordering> {
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// The number, if it is whole and small enough to tell; `1.0` is as whole as `1`.
fn whole(number: &Number) -> Option<i128> {
    number.as_i128().or_else(|| {
        let float = number.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and below 2^100")]
        (float.fract() == 0.0 && float.abs() < 2f64.powi(100)).then_some(float as i128)
    })
}
