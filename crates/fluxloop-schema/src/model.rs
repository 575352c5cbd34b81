//! A schema as rules.

use std::collections::BTreeMap;

use fluxloop_jsonpath::JsonPath;
use regex::Regex;
use serde_json::Value;

/// What separates one frame of an answer from the next (`runner.http.stream`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum StreamKind {
    /// `sse`: a frame is an event.
    Sse,
    /// `jsonl`: a frame is a line.
    JsonLines,
    /// `json`: a frame is an element of one growing array, or a document.
    Json,
    /// `text`: a frame is what one read brought, and nothing in it is interpreted.
    Text,
    /// `auto`: the media type decides, or the first line.
    Auto,
    /// `none`: the whole body is one frame.
    #[default]
    None,
}

impl StreamKind {
    /// The kinds in the order of their names.
    const ALL: [Self; 6] =
        [Self::Sse, Self::JsonLines, Self::Json, Self::Text, Self::Auto, Self::None];

    /// Their names in the configuration.
    pub const NAMES: [&str; 6] = ["sse", "jsonl", "json", "text", "auto", "none"];

    /// The kind of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Whether an answer is read frame by frame while it comes.
    pub fn is_stream(self) -> bool {
        self != Self::None
    }
}

/// What the frames of an answer mean.
///
/// Lists of rules are in the order in which they were written; the order decides where a rule's
/// documentation says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The preset's name, the file's name, or `inline` for a map of the configuration.
    pub name: String,
    /// The framing to use where `runner.http.stream` names none.
    pub framing: Option<StreamKind>,
    /// Where the type of a frame is.
    pub types: TypePlaces,
    /// The text of the answer.
    pub text: Channel,
    /// What the model thinks before it answers.
    pub reasoning: Channel,
    /// What the model says where it refuses.
    pub refusal: Channel,
    /// Further channels by name.
    pub channels: BTreeMap<String, Channel>,
    /// Calls of tools.
    pub tool_calls: Vec<CallRule>,
    /// Whose rules `tool_calls` are, as [`Channel::layer`] counts.
    pub calls_layer: u8,
    /// Token counts.
    pub usage: UsageRules,
    /// Why the model stopped: the last rule that finds a text counts.
    pub finish_reason: Vec<ValueRule>,
    /// The model's name: the first name that is found counts.
    pub model: Vec<ValueRule>,
    /// What takes channels and calls back.
    pub reset: Vec<ResetRule>,
    /// What fails the answer. The first rule whose condition holds decides.
    pub error: Vec<ErrorRule>,
    /// Whether a type that ends in `error` or `failed` fails the answer only where a rule says so.
    pub ignores_failing_names: bool,
    /// What says that the agent waits for a person.
    pub needs_input: Vec<Condition>,
    /// What ends the answer. The first rule whose condition holds decides.
    pub end: Vec<EndRule>,
    /// What shows that the answer will have an end of its own.
    pub expects_end: Vec<ExpectedEnd>,
    /// Finish reasons that fail the answer, compared without regard to case.
    pub failed_finish_reasons: Vec<String>,
    /// A number that rises by 1 from frame to frame.
    pub sequence: Option<JsonPath>,
    /// Values to keep, by name: the first path that finds a scalar supplies it.
    pub captures: BTreeMap<String, Vec<JsonPath>>,
    /// Times that the server measured, by name.
    pub server_timings: BTreeMap<String, TimingRule>,
    /// The number of the choice that a frame belongs to.
    pub select: Option<JsonPath>,
}

/// Where the type of a frame is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum TypePlaces {
    /// In the `event:` line; where that is absent or `message`, also at `type`, `event` and
    /// `event_type` of the data.
    #[default]
    Known,
    /// In the `event:` line, and at the first of these singular paths that finds a text.
    At(Vec<JsonPath>),
    /// In the `event:` line, and the name of the first of these members that is present.
    Member(Vec<String>),
}

/// How one channel is filled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Channel {
    /// Whose rules these are: 0 is `auto`, each schema that extends another one counts 1 more. A
    /// higher layer wins a place of a frame that two channels want.
    pub layer: u8,
    /// The rules; the first that finds text in a frame supplies it.
    pub rules: Vec<TextRule>,
    /// Where the whole text of a group is repeated, to be compared.
    pub final_text: Vec<TextRule>,
}

impl Channel {
    /// Whether the channel is a list of items; else how its first rule joins pieces.
    pub fn join(&self) -> Join {
        self.rules.first().map_or(Join::Append, |rule| rule.join)
    }
}

/// Where a piece of text is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextRule {
    /// Which frames; every frame without one.
    pub when: Option<Condition>,
    /// Where in the data; `None`: the data itself.
    pub path: Option<JsonPath>,
    /// What is done with it.
    pub join: Join,
    /// With [`Join::Replace`]: the piece is appended where this holds.
    pub append_when: Option<Condition>,
    /// What the piece belongs to: the values at these singular paths.
    pub group: Vec<JsonPath>,
}

/// How a piece joins those before it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Join {
    /// It is appended.
    #[default]
    Append,
    /// It replaces what its group holds.
    Replace,
    /// It is an item of its own (only in `channels`).
    List,
}

/// What holds of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The frame has one of these types.
    Type(Vec<TypePattern>),
    /// The whole data, without white space around it, is this text.
    Data(String),
    /// What one of the paths finds passes the test.
    Test {
        /// Singular paths.
        paths: Vec<JsonPath>,
        /// The test.
        test: Test,
    },
    /// All of them hold.
    All(Vec<Self>),
    /// One of them holds, or more.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
}

/// A type, or the beginning of types.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct TypePattern {
    /// The text, without the `*`.
    pub text: String,
    /// Whether any ending may follow (`messages|*`).
    pub is_prefix: bool,
}

impl TypePattern {
    /// Whether a type is this one, or begins so.
    pub fn fits(&self, name: &str) -> bool {
        if self.is_prefix { name.starts_with(&self.text) } else { name == self.text }
    }
}

/// What is asked of a value.
///
/// Two tests that are equal pass the same values.
#[derive(Clone, Debug)]
pub enum Test {
    /// It is this value; 1 equals 1.0, and a text is no number.
    Equals(Value),
    /// It is one of these values.
    In(Vec<Value>),
    /// Whether it is present and not null.
    Exists(bool),
    /// It is a text in which the expression matches.
    Matches(Regex),
}

impl PartialEq for Test {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Equals(a), Self::Equals(b)) => a == b,
            (Self::In(a), Self::In(b)) => a == b,
            (Self::Exists(a), Self::Exists(b)) => a == b,
            (Self::Matches(a), Self::Matches(b)) => a.as_str() == b.as_str(),
            _ => false,
        }
    }
}

/// Where parts of a tool call are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallRule {
    /// Which frames; every frame without one.
    pub when: Option<Condition>,
    /// The calls of a frame; without it, the frame is about one call.
    pub each: Option<JsonPath>,
    /// What groups the pieces of a call; without it, `id`.
    pub key: Vec<CallPath>,
    /// The call's id.
    pub id: Option<CallPath>,
    /// The tool's name.
    pub name: Option<CallPath>,
    /// A piece of the arguments, or the whole arguments as an object or array.
    pub arguments: Option<CallPath>,
    /// With [`Join::Replace`], a text is the whole arguments, too.
    pub join: Join,
    /// What the tool gave.
    pub result: Option<CallPath>,
    /// Why the tool failed.
    pub error: Option<CallPath>,
}

/// A singular path of a [`CallRule`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallPath {
    /// Whether it begins at the frame (`^`) though the rule has `each`.
    pub from_frame: bool,
    /// The path.
    pub path: JsonPath,
}

/// Where token counts are. Each list supplies the first of its counts that is a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageRules {
    /// Tokens of the request, cached tokens included.
    pub input: Vec<Count>,
    /// Tokens of the answer, reasoning included.
    pub output: Vec<Count>,
    /// Both together.
    pub total: Vec<Count>,
    /// Tokens of the reasoning.
    pub reasoning: Vec<Count>,
    /// Tokens of the request that came from a cache.
    pub cached: Vec<Count>,
    /// Where the provider's own object is.
    pub provider: Vec<JsonPath>,
    /// What counts that come again mean.
    pub again: CountAgain<JsonPath>,
}

/// What a count means that comes again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum CountAgain<P> {
    /// The last one counts.
    #[default]
    Last,
    /// All of them are added up.
    Sum,
    /// The last ones of each value of this path are added up.
    SumOfLastBy(P),
}

/// One count.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Count {
    /// The number at a path.
    At(JsonPath),
    /// The sum of the numbers at these paths, of which the first has to be present.
    Sum(Vec<JsonPath>),
}

/// A value of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueRule {
    /// Which frames; every frame without one.
    pub when: Option<Condition>,
    /// Where, as a singular path.
    pub path: JsonPath,
}

/// Takes text, reasoning, refusal, channels and calls back.
#[derive(Clone, Debug, PartialEq)]
pub struct ResetRule {
    /// Which frames do it.
    pub when: Condition,
    /// To where they were when such a frame last came; to nothing without it.
    pub since: Option<Condition>,
}

/// Fails the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorRule {
    /// Which frames do it.
    pub when: Condition,
    /// What it means.
    pub kind: ErrorKind,
    /// The rule of `auto`, 0, or of a later layer.
    pub layer: u8,
    /// Where the parts of the error are.
    pub parts: ErrorParts,
}

/// What an error of a frame means.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ErrorKind {
    /// The answer failed.
    #[default]
    Failed,
    /// The provider withholds the answer, which is not retried.
    Withheld,
    /// It is noted, and fails the answer only where neither text nor an end follows.
    Noted,
}

/// Where the parts of an error are: the first path that finds a text supplies each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorParts {
    /// The message.
    pub message: Vec<JsonPath>,
    /// The provider's name or number of the error.
    pub code: Vec<JsonPath>,
    /// How long to wait before the request is sent again: seconds, a duration or a date.
    pub retry_after: Vec<JsonPath>,
}

/// Ends the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct EndRule {
    /// Which frames do it.
    pub when: Condition,
    /// As what.
    pub ends_as: EndsAs,
    /// With [`EndsAs::Failed`]: where the parts of the error are.
    pub parts: ErrorParts,
}

/// What the end of an answer makes of it, the gravest last.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum EndsAs {
    /// It succeeded.
    #[default]
    Succeeded,
    /// It succeeded so far, and the agent waits for a person.
    NeedsInput,
    /// It was cancelled.
    Cancelled,
    /// It failed.
    Failed,
}

/// What shows that an answer will have an end of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedEnd {
    /// Which frames show it; without it, every answer has the end.
    pub when: Option<Condition>,
    /// How messages call the end.
    pub name: String,
    /// Whether a finish reason of the first choice is an end, too.
    pub or_finish_reason: bool,
}

/// A time that the server measured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimingRule {
    /// Where, as a singular path.
    pub path: JsonPath,
    /// How many nanoseconds a unit has: 1, 1,000, 1,000,000 or 1,000,000,000.
    pub nanos: u64,
}
