//! TEMPORARY

use std::collections::BTreeMap;
use std::time::Duration;

pub use fluxloop_schema::EndsAs;
use serde_json::Value;

use crate::diagnosis::NoText;

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
    /// Token counts; `None` where no frame had any.
    pub usage: Option<Usage>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
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
    /// The arguments: JSON, where they can be read; `{}` where there are none.
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

impl ChannelContent {
    /// Whether anything came.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.items.is_empty()
    }
}
/// What a careful reader of an answer should know. Examples are raw: mask them before they are
/// shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// How often it was seen: frames, unless the kind says otherwise.
    pub count: u64,
    /// The beginning of the first one.
    pub example: Option<String>,
}

/// What a warning is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WarningKind {
    /// The body ended inside a frame that was discarded, as the standard says.
    CutFrame,
    /// The body ended inside a frame whose data is whole JSON: it counts.
    UnfinishedFrame,
    /// Text came after, or in, the frame that ends the answer; it was left out.
    TextAfterEnd,
    /// Frames of other types than `message` carried no JSON and were left out.
    NotJson,
    /// The text path found a list or an object, which is not a text, that holds text. Where known:
    /// the path that reads it.
    ListWithText {
        /// A path that finds that text.
        path: Option<String>,
    },
    /// The body is a page of HTML, and the page is the text: no output path is configured.
    HtmlPage,
    /// The media type is not that of the framing, and the body was read all the same.
    OtherMediaType {
        /// The media type that the answer names, if it names one.
        media_type: Option<String>,
    },
    /// Frames of several types, by name, gave the text, and no condition chooses between them.
    MixedTypes {
        /// The types, at most eight.
        types: Vec<String>,
    },
    /// A text repeats everything before it. `last_only`: only the last one does.
    CumulativeText {
        /// Whether only the last text does.
        last_only: bool,
    },
    /// `[DONE]` came as a text, or at the end of one.
    DoneAsText,
    /// Lines of the event stream are not fields and were dropped.
    LinesNotFields,
    /// Frames of other choices than the first were left out.
    OtherChoices,
    /// A frame that the text's condition leaves out reports a failure, and the answer went on.
    FailureInSuccess,
    /// One read brought half of the frames or more.
    OneRead,
    /// Only reasoning came, and no text.
    OnlyReasoning,
    /// An end was to be expected and did not come.
    MissingEnd {
        /// How the end is called.
        name: String,
    },
    /// A clock ran out after a natural finish reason, and the answer counts as whole.
    ClockAfterFinish {
        /// The setting that would have ended it: path and value.
        done: Option<(String, String)>,
    },
    /// The text's path would have taken reasoning, a refusal or arguments, which were kept apart.
    KeptApart {
        /// The channels, by name.
        channels: Vec<String>,
    },
    /// The filter matched some frames by their line and others by their data.
    FilterByData {
        /// How many frames matched by their line.
        by_line: u64,
        /// How many frames matched by their data.
        by_data: u64,
    },
    /// A text that replaces another one does not begin with it.
    NotAContinuation,
    /// The whole arguments of a call differ from their pieces.
    ArgumentsDiffer,
    /// The arguments of a call are not JSON.
    ArgumentsNotJson,
    /// The sequence has holes.
    SequenceGap,
    /// A final text differs from the text of its group.
    FinalTextDiffers,
    /// The only text is the final text.
    OnlyFinalText,
    /// There are more groups or calls than are kept apart.
    TooManyParts,
}

/// Tokens, as the provider counted them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// Tokens of the request, cached tokens included.
    pub input: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// Both together, or what the provider says.
    pub total: u64,
    /// Tokens of the reasoning, where the provider says.
    pub reasoning: Option<u64>,
    /// Tokens of the request that came from a cache, where the provider says.
    pub cached: Option<u64>,
    /// The provider's own object, the last that came, as JSON; absent above 4 KiB.
    pub provider: Option<String>,
}

impl Content {
    /// Shim.
    pub fn of(old: &crate::Aggregate, times: &crate::Times) -> Self {
        use crate::Warning as Old;
        let text = ChannelContent { text: old.text.clone(), characters: old.characters, first: times.first_text, last: times.last_text, ..ChannelContent::default() };
        let usage = old.usage.map(|u| Usage { input: u.prompt_tokens, output: u.completion_tokens, total: u.total_tokens, ..Usage::default() });
        let warnings = old.warnings.iter().map(|warning| {
            let (kind, count, example) = match warning {
                Old::CutEvent { data } => (WarningKind::CutFrame, 1, Some(data)),
                Old::TextAfterDone(count) => (WarningKind::TextAfterEnd, *count, None),
                Old::NoJson { events, data } => (WarningKind::NotJson, *events, Some(data)),
                Old::Composite(count) => (WarningKind::ListWithText { path: None }, *count, None),
                Old::Page => (WarningKind::HtmlPage, 1, None),
                Old::ReadLeniently { media_type } => (WarningKind::OtherMediaType { media_type: media_type.clone() }, 1, None),
            };
            Warning { kind, count, example: example.cloned() }
        }).collect();
        Self { text, usage, warnings, finish_reason: old.finish_reason.clone(), model: old.model.clone(),
            limit_reached: old.limit_reached, frames: old.events, by_type: old.by_type.clone(), passed: old.passed, matched: old.matched, skipped: old.skipped, done: old.done, shows_end: old.shows_end, ..Self::default() }
    }
}
