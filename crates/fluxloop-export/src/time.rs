//! Times of records.

use fluxloop_trace::{Attempt, Milliseconds, Summary, Trace};
use jiff::Timestamp;

/// When the run began.
pub(crate) fn began(run: &Summary) -> Option<Timestamp> {
    run.date.parse().ok()
}

/// When a case was due: in an open loop by its schedule, else when it began.
pub(crate) fn due(trace: &Trace) -> Option<Timestamp> {
    trace.turns.first()?.timings.scheduled_at.parse().ok()
}

/// When an attempt began.
pub(crate) fn started(attempt: &Attempt) -> Option<Timestamp> {
    attempt.started_at.parse().ok()
}

/// Nanoseconds from one time to another; zero if it is not later.
pub(crate) fn nanos_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_nanosecond() - from.as_nanosecond()).unwrap_or(0)
}

/// Nanoseconds since the Unix epoch; zero before it.
pub(crate) fn unix_nanos(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanosecond()).unwrap_or(0)
}

/// Seconds with their fraction.
pub(crate) fn seconds(duration: Milliseconds) -> f64 {
    duration.as_nanos() as f64 / 1e9
}
