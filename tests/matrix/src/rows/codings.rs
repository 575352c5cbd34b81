//! Compressed bodies.

use FailureKind::{Decode, TooLarge};
use Phase::BeforeText;
use fluxloop_trace::{FailureKind, Phase};

use super::breaks;
use crate::Row;

pub(super) const ROWS: &[Row] = &[
    Row::succeeds("gzip", 1),
    Row::succeeds("gzip=whole", 1),
    Row::succeeds("gzip+slicer=1", 1),
    Row::succeeds("deflate", 1),
    Row::succeeds("br", 1),
    Row::succeeds("zstd", 1),
    broken("gzip=truncated"),
    broken("gzip=lying"),
    broken("deflate=lying"),
    broken("br=lying"),
    broken("zstd=lying"),
    bomb("gzip=bomb"),
    bomb("zstd=bomb"),
    // A break at once would take with it what the client's decoder still holds.
    breaks("gzip+timeout=50ms,deltas=2"),
    Row::fails("header=\"content-encoding: snappy\"", Decode, BeforeText, 1).told(
        "the body is compressed in a way that is not supported: `snappy`; not retried",
        "check what compresses the body, the server or a proxy before it: gzip, deflate, br and \
         zstd are understood",
    ),
];

const fn broken(fault: &'static str) -> Row {
    Row::fails(fault, Decode, BeforeText, 1).told(
        "the body cannot be decompressed: it is cut off, damaged, or not what its header says; \
         not retried",
        "",
    )
}

/// The body grows without end when it is decompressed.
const fn bomb(fault: &'static str) -> Row {
    Row::fails(fault, TooLarge, BeforeText, 1)
        .set(&["runner.http.limits.max_response_bytes=64KiB"])
        .told(
            "the body is larger than `65536` bytes (`limits.max_response_bytes`); not retried",
            "check why the answer is so long, or raise `runner.http.limits.max_response_bytes`",
        )
}
