//! What took how long.

use serde::{Deserialize, Serialize};

/// A duration in milliseconds, with the fraction kept: the unit of every `_ms` field.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Milliseconds(pub f64);

impl From<std::time::Duration> for Milliseconds {
    /// Rounds to a microsecond: what lies below is noise, and it makes long lines.
    fn from(duration: std::time::Duration) -> Self {
        Self((duration.as_secs_f64() * 1e6).round() / 1e3)
    }
}

/// The times of one attempt, from its start. A step that was not reached is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct AttemptTimings {
    /// Name lookup, TCP and TLS; absent when a pooled connection was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<Milliseconds>,
    /// Until the status and the headers were there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers_ms: Option<Milliseconds>,
    /// Until the first byte of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<Milliseconds>,
    /// Until the first event that carried text (time to first token).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<Milliseconds>,
    /// Until the last event that carried text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_token_ms: Option<Milliseconds>,
    /// Until the end: the done marker, the end of the body, or the failure.
    pub total_ms: Milliseconds,
}

/// The gaps between events that carried text. A chunk is not a token, so a gap is only an upper
/// bound of the latency between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct InterToken {
    /// The median.
    pub p50: Milliseconds,
    /// The 95th percentile.
    pub p95: Milliseconds,
    /// The longest.
    pub max: Milliseconds,
}

/// The times of a case: those of its last attempt, and when it was due and sent.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Timings {
    /// When the case was due (ISO 8601, UTC): in an open loop by its schedule, else when it began.
    pub scheduled_at: String,
    /// When its first request was sent (ISO 8601, UTC); absent when none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<String>,
    /// The times of the last attempt.
    #[serde(flatten)]
    pub last_attempt: AttemptTimings,
    /// The gaps between text events of the last attempt; absent with fewer than two of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inter_token: Option<InterToken>,
}
