//! Why a failed attempt is not followed by another one.

use serde::{Deserialize, Serialize};

use crate::{FailureKind, Milliseconds, Phase};

/// Why a failed attempt is not followed by another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GaveUp {
    /// The reason, from the closed list.
    pub reason: GiveUpReason,
    /// How long the server asked to wait (`asked_to_wait`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<Milliseconds>,
    /// The attempt that came further than the last one, if there was such an attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub furthest: Option<Furthest>,
}

/// Why a failed attempt is not followed by another one. The list is closed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GiveUpReason {
    /// Such a failure is not retried.
    Final,
    /// Text had come, and `retry.on_partial: fail` keeps it.
    Partial,
    /// Retries are off (`retry.attempts: 0`).
    Off,
    /// All attempts are spent.
    Spent,
    /// The server asks for a longer wait than two minutes.
    AskedToWait,
    /// The wait would outlast the time that `guards.max_duration` leaves.
    NoTime,
    /// `retry.budget` is used up.
    Budget,
    /// Only in a replay: these rules would have tried again, and no further attempt was recorded.
    Replay,
}

/// A failed attempt that came further than the last one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Furthest {
    /// Its number, from 1.
    pub attempt: u32,
    /// How far it came.
    pub phase: Phase,
    /// Why it failed.
    pub kind: FailureKind,
}
