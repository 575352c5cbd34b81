//! What was seen in an event stream.

use std::collections::BTreeMap;

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};

/// How sure it is that the answer is whole.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// The event that ends the answer came (`stream_done`).
    Done,
    /// No such event, but the transport said where the body ends: a length, or a last chunk.
    Framed,
    /// Neither: the connection closed, or an event was cut.
    #[default]
    Unverified,
}

/// How the body was cut into pieces (`runner.http.stream`).
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// An event stream.
    #[default]
    Sse,
    /// The whole body is one piece.
    None,
}

/// What was seen in the stream of the last attempt.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StreamFacts {
    /// How the body was cut into pieces.
    pub framing: Framing,
    /// Events dispatched.
    pub events: u64,
    /// Events by type.
    pub by_type: BTreeMap<Masked, u64>,
    /// Events that passed `stream_event_filter`.
    pub passed: u64,
    /// Events in which text was found, or in which the path matched an empty string.
    pub matched: u64,
    /// Events left out: data that is not JSON in an event of another type than `message`, and
    /// text after the done marker.
    pub skipped: u64,
    /// How sure it is that the answer is whole.
    pub completeness: Completeness,
}

/// What was seen where no text was found, to say why.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoTextReport {
    /// Event types with their counts.
    pub by_type: BTreeMap<Masked, u64>,
    /// How many events passed the filter.
    pub passed: u64,
    /// In how many of them the path matched something (null, an object, an empty string).
    pub matched: u64,
    /// The beginning of an event's data, masked before it was cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<Masked>,
    /// Whether the model called tools, which is an answer without text.
    pub tool_calls: bool,
    /// A path that would find text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_with_text: Option<Masked>,
    /// The event type in which that path finds text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_with_text: Option<Masked>,
}
