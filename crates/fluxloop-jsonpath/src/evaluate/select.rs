//! Segments and selectors (RFC 9535, sections 2.3 and 2.5).

use super::compare::holds;
use super::document::Document;
use crate::ast::{Segment, Selector, Slice};
use crate::{MAX_VISITS, TooManyMatches};

/// Every value that the segments find, in the order of RFC 9535.
///
/// Nothing recurses here, so that no document is too deep.
pub(crate) fn select<D: Document>(segments: &[Segment], root: D) -> Result<Vec<D>, TooManyMatches> {
    let mut found = vec![root];
    // The first `..` visits every value once; only further ones can repeat themselves. Whatever
    // they find was visited with all below it, so that the limit bounds later segments too.
    let mut visits_left = usize::MAX;
    let mut descended = false;
    for segment in segments {
        let mut next = Vec::new();
        if segment.descends && descended {
            visits_left = visits_left.min(MAX_VISITS);
        }
        for value in found {
            if segment.descends {
                descend(segment, value, &mut visits_left, &mut next)?;
            } else {
                apply(segment, value, &mut next);
            }
        }
        descended |= segment.descends;
        found = next;
        if found.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Applies a segment to a value and everything below it, each value before its children.
fn descend<D: Document>(
    segment: &Segment,
    from: D,
    visits_left: &mut usize,
    found: &mut Vec<D>,
) -> Result<(), TooManyMatches> {
    let mut open = vec![from];
    while let Some(value) = open.pop() {
        *visits_left = visits_left.checked_sub(1).ok_or(TooManyMatches)?;
        apply(segment, value, found);
        let begin = open.len();
        value.append_children(&mut open);
        open[begin..].reverse();
    }
    Ok(())
}

fn apply<D: Document>(segment: &Segment, value: D, found: &mut Vec<D>) {
    for selector in &segment.selectors {
        match selector {
            Selector::Name(name) => found.extend(value.member(name)),
            Selector::Index(index) => found.extend(
                value
                    .length()
                    .and_then(|length| index_of(*index, length))
                    .and_then(|index| value.element(index)),
            ),
            Selector::Wildcard => value.append_children(found),
            Selector::Slice(slice) => apply_slice(*slice, value, found),
            Selector::Filter(filter) => {
                let mut children = Vec::new();
                value.append_children(&mut children);
                found.extend(children.into_iter().filter(|child| holds(filter, *child)));
            }
        }
    }
}

/// The place that an index means in an array of this length.
pub(super) fn index_of(index: i64, length: usize) -> Option<usize> {
    let from_start = match usize::try_from(index) {
        Ok(index) => index,
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    (from_start < length).then_some(from_start)
}

/// A slice, as RFC 9535 computes its bounds (section 2.3.4.2.2).
fn apply_slice<D: Document>(slice: Slice, array: D, found: &mut Vec<D>) {
    let Some(length) = array.length() else {
        return;
    };
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let normal = |bound: i64| {
        if bound < 0 { length.saturating_add(bound) } else { bound }
    };
    let (mut at, end) = if slice.step > 0 {
        let bound = |bound: Option<i64>, or| bound.map_or(or, normal).clamp(0, length);
        (bound(slice.start, 0), bound(slice.end, length))
    } else {
        let bound = |bound: Option<i64>, or| bound.map_or(or, normal).clamp(-1, length - 1);
        (bound(slice.start, length - 1), bound(slice.end, -1))
    };
    while (slice.step > 0 && at < end) || (slice.step < 0 && at > end) {
        found.extend(usize::try_from(at).ok().and_then(|at| array.element(at)));
        at = at.saturating_add(slice.step);
    }
}
