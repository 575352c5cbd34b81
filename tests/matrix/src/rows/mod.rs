//! The table.

mod answers;
mod breaks;
mod clocks;
mod codings;
mod connection;
mod ends;
mod errors;
mod http2;
mod runs;
mod statuses;

use fluxloop_trace::{FailureKind, Phase};

use crate::Row;

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [
        connection::ROWS,
        breaks::ROWS,
        clocks::ROWS,
        statuses::ROWS,
        ends::ROWS,
        answers::ROWS,
        errors::ROWS,
        codings::ROWS,
        http2::ROWS,
        runs::ROWS,
    ]
    .into_iter()
    .flatten()
}

/// The connection breaks after half of the text, each time.
const fn breaks(fault: &'static str) -> Row {
    Row::fails(fault, FailureKind::Truncated, Phase::AfterText, 3)
        .keeps("one two")
        .told("the connection broke before the body was whole", "")
}
