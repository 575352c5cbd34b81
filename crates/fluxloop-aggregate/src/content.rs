//! What came of the frames of one answer.

use std::collections::BTreeMap;
use std::time::Duration;

use fluxloop_schema::EndsAs;
use serde_json::Value;

use crate::api_error::ApiError;
use crate::diagnosis::NoText;
use crate::known::NATURAL_ENDS;
use crate::usage::Usage;
use crate::warning::{Warning, WarningKind};

/// What came of the frames of one answer. Everything in it is raw: mask it before it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// The text.
    pub text: ChannelContent,
    /// What the model thought, where frames carried it.
    pub reasoning: ChannelContent,
    /// What the model said where it refused.
    pub refusal: ChannelContent,
    /// Further channels of the schema, by name.
    pub channels: BTreeMap<String, ChannelContent>,
    /// The calls of tools, in the order in which they began.
    pub tool_calls: Vec<ToolCall>,
    /// Which rules had work, as bits: see [`AnswerReader::unused_rules`](crate::AnswerReader).
    pub used_rules: Vec<u64>,
    /// Token counts; `None` where no frame had any.
    pub usage: Option<Usage>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Where the finish reason stood, as a path.
    pub finish_reason_at: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// Scalars that the schema captures, by name.
    pub captures: BTreeMap<String, Value>,
    /// Times that the server measured, by name.
    pub server_timings: BTreeMap<String, Duration>,
    /// Whether what the protocol says about itself is true; `None` where nothing could be compared.
    pub integrity: Option<Integrity>,
    /// What the answer amounts to by its own words.
    pub ends_as: EndsAs,
    /// The type of the frame with which the agent began to wait for a person.
    pub needs_input: Option<String>,
    /// Whether the text was cut at the character limit.
    pub limit_reached: bool,
    /// How many characters resets took back, of all channels together.
    pub discarded: u64,
    /// How many frames came.
    pub frames: u64,
    /// Frames by the type that their framing names.
    pub by_type: BTreeMap<String, u64>,
    /// Frames by the type that their data names, where it counts.
    pub by_data_type: BTreeMap<String, u64>,
    /// How many frames the conditions of the text rules let pass.
    pub passed: u64,
    /// In how many frames text was found, the empty text included.
    pub matched: u64,
    /// How many frames were left out: text after the end, frames that are not JSON.
    pub skipped: u64,
    /// Whether the end of the answer came.
    pub done: bool,
    /// Whether the answer shows its end in a way that its protocol knows, whatever end is configured.
    pub shows_end: bool,
    /// The end that the frames let expect and did not show.
    pub missing_end: Option<String>,
    /// The end that a schema of the user's own names, and that did not come.
    pub missing_own_end: Option<String>,
    /// An error that was only noted, and is not that of a part of the run.
    pub noted: Option<ApiError>,
    /// What a careful reader should know.
    pub warnings: Vec<Warning>,
    /// What was seen instead of text; `None` where there is text.
    pub no_text: Option<Box<NoText>>,
}

/// What came of one channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelContent {
    /// The text of all groups, joined in the order in which they first came.
    pub text: String,
    /// How many characters (Unicode scalar values) it has.
    pub characters: u64,
    /// The groups, where the schema has a `group`.
    pub groups: Vec<Group>,
    /// The items, where the schema says `join: list`.
    pub items: Vec<String>,
    /// When its first piece came, since the attempt began.
    pub first: Option<Duration>,
    /// When it grew last.
    pub last: Option<Duration>,
    /// How often it was taken back or changed elsewhere than at its end.
    pub rewrites: u64,
}

/// A part of a channel.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Group {
    /// The values that name it.
    pub label: Vec<String>,
    /// Where its text ends in the text of the channel, in bytes.
    pub end: usize,
}

/// A call of a tool.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ToolCall {
    /// Its id.
    pub id: Option<String>,
    /// The tool's name.
    pub name: Option<String>,
    /// The arguments as JSON text, `{}` for a call without arguments. Text that is not JSON stays as
    /// it came.
    pub arguments: String,
    /// What the tool gave.
    pub result: Option<String>,
    /// Why the tool failed.
    pub error: Option<String>,
    /// When its first piece came, since the attempt began.
    pub first: Duration,
    /// When its last piece came.
    pub last: Duration,
}

/// What the protocol says about itself, compared with what came.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Integrity {
    /// How many final texts were the text of their group.
    pub final_texts_equal: u64,
    /// How many were not.
    pub final_texts_differ: u64,
    /// How many holes the sequence has.
    pub sequence_gaps: u64,
}

impl Content {
    /// Whether any text was found. An empty text does not count.
    pub fn has_text(&self) -> bool {
        !self.text.is_empty()
    }

    /// Whether the body ended inside a frame that counts all the same.
    pub(crate) fn has_unfinished_frame(&self) -> bool {
        self.warnings.iter().any(|warning| warning.kind == WarningKind::UnfinishedFrame)
    }

    /// Whether the model stopped because it had finished.
    pub fn is_finished(&self) -> bool {
        let reason = self.finish_reason.as_deref();
        reason.is_some_and(|reason| NATURAL_ENDS.iter().any(|it| is_reason(reason, it)))
    }

    /// Whether the text ends where the model ended it, and was not cut: the model says so, or it
    /// gives no reason and the frame that ends the answer came.
    pub fn is_whole(&self) -> bool {
        let has_reason = self.finish_reason.is_some();
        !self.limit_reached && if has_reason { self.is_finished() } else { self.done }
    }
}

/// Whether a finish reason is this one, however it is written: `content-filter`.
pub(crate) fn is_reason(reason: &str, known: &str) -> bool {
    let plain = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    reason.len() == known.len() && reason.bytes().map(plain).eq(known.bytes().map(plain))
}

impl ChannelContent {
    /// Whether anything came.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.items.is_empty()
    }
}
