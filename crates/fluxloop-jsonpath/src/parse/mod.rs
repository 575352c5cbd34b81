//! From the text of a path to its segments.
//!
//! The parser is the fence of this crate: what it lets through is evaluated as RFC 9535 says,
//! everything else is refused here with its position. It recurses into parentheses alone, and only
//! [`MAX_PARENTHESES`](crate::MAX_PARENTHESES) deep.

mod cursor;
mod filter;
mod literal;
mod segment;

pub(crate) use segment::segments;
