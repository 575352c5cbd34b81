//! What a careful reader of an answer should know, as facts.

use fluxloop_frames::Framing;

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
    /// The body was read as text, and looks like a stream of this framing.
    OtherFraming {
        /// The framing that would read it.
        framing: Framing,
    },
    /// The text is a row of JSON documents: the data of each frame was taken whole.
    JsonAsText,
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
