//! What was seen in the body of an answer.

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
    /// The frame that ends the answer came.
    Done,
    /// No such frame, but the transport said where the body ends: a length, or a last chunk.
    Framed,
    /// Neither: the connection closed, or a frame was cut.
    #[default]
    Unverified,
}

/// What separates the frames of a body (`runner.http.stream`).
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// An event stream: a frame is an event.
    #[default]
    Sse,
    /// JSON lines: a frame is a line.
    Jsonl,
    /// JSON: a frame is an element of a growing array, or a document.
    Json,
    /// Text: a frame is what one read brought, and nothing in it is interpreted.
    Text,
    /// The whole body is one frame.
    None,
}

/// What was seen in the stream of the last attempt.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StreamFacts {
    /// What separated the frames of the body.
    pub framing: Framing,
    /// The schema that read the frames: a preset's name, a file's name, or `inline`.
    pub schema: Masked,
    /// Frames that came.
    pub events: u64,
    /// Frames by the type that their `event:` line names.
    pub by_type: BTreeMap<Masked, u64>,
    /// Frames by the type that their data names, where that counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_data_type: BTreeMap<Masked, u64>,
    /// Frames that the conditions of the text let pass.
    pub passed: u64,
    /// Frames in which text was found, or in which the path matched an empty string.
    pub matched: u64,
    /// Frames left out: data that is not JSON in a frame of another type than `message`, and
    /// text after the end of the answer.
    pub skipped: u64,
    /// How sure it is that the answer is whole.
    pub completeness: Completeness,
}

/// What was seen where no text was found, to say why.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoTextReport {
    /// The types that `event:` lines name, with their counts.
    pub by_type: BTreeMap<Masked, u64>,
    /// The types that data names, with their counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_data_type: BTreeMap<Masked, u64>,
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
