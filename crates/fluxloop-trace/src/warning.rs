//! What a careful reader should know: a closed list of codes with stable names.

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;

closed_list! {
    /// What a warning is about. The list is closed and the names are stable.
    WarningCode {
        CutFrame "cut_frame"
            "The body ended inside a frame, which was discarded."
        UnfinishedFrame "unfinished_frame"
            "The body ended before the blank line that ends its last event; the data is whole JSON, and the event counts."
        TextAfterEnd "text_after_end"
            "Text came after, or in, the frame that ends the answer, and was left out."
        NotJson "not_json"
            "Frames of other types than `message` carried data that is not JSON, and were left out."
        ListWithText "list_with_text"
            "The text path found lists or objects that hold text, and none of it was taken."
        OtherFraming "other_framing"
            "The body was read as text, and looks like events or JSON lines."
        JsonAsText "json_as_text"
            "The data of each frame is the text, and it is whole JSON: nothing says where the text is in it."
        HtmlPage "html_page"
            "The body is a page of HTML, and the page is the text."
        OtherMediaType "other_media_type"
            "The media type is not that of the framing, and the body was read all the same."
        MixedTypes "mixed_types"
            "Frames of several types gave the text, and no filter chooses between them."
        CumulativeText "cumulative_text"
            "A piece of text repeats all text before it."
        DoneAsText "done_as_text"
            "The text is, or ends with, `[DONE]`, which usually marks the end of a stream."
        LinesNotFields "lines_not_fields"
            "Lines of the event stream have no field name, and were dropped."
        OtherChoices "other_choices"
            "The answer has several choices; the text is that of the first one."
        FailureInSuccess "failure_in_success"
            "A frame reports a failure, and the answer went on to its end."
        OneRead "one_read"
            "Half of the frames or more came at once, so that the times of tokens say nothing."
        OnlyReasoning "only_reasoning"
            "The model sent reasoning, and no text."
        MissingEnd "missing_end"
            "The frames let expect an end of the answer that did not come."
        ClockAfterFinish "clock_after_finish"
            "The model finished, the server kept the connection open, and a clock ended the attempt."
        KeptApart "kept_apart"
            "The text path also finds reasoning, refusals or arguments, which were kept apart from the text."
        FilterByData "filter_by_data"
            "`stream_event_filter` matched some frames by their `event:` line and others by a type in their data."
        NotAContinuation "not_a_continuation"
            "A text that replaces the one before it does not begin with it."
        ArgumentsDiffer "arguments_differ"
            "The whole arguments of a tool call differ from the pieces that came before."
        ArgumentsNotJson "arguments_not_json"
            "The arguments of a tool call are not JSON."
        SequenceGap "sequence_gap"
            "Frames are missing, or came in another order: their sequence numbers do not rise by one."
        FinalTextDiffers "final_text_differs"
            "The whole text that the server repeats at the end differs from its pieces."
        OnlyFinalText "only_final_text"
            "No piece of text came; the text is the whole text that the server sent at the end."
        TooManyParts "too_many_parts"
            "The answer has more groups or tool calls than are kept apart."
        UnusedRules "unused_rules"
            "Rules of `runner.http.stream_schema` matched nothing in any answer of the run."
        NothingAsserted "nothing_asserted"
            "Inputs say what is expected of their answers, and nothing was asserted."
        Standstill "standstill"
            "This process did not run for a time, which the times of the attempt include."
        RateLimitPause "rate_limit_pause"
            "The server answered 429, and no case sent a request for a time."
        RecordingIncomplete "recording_incomplete"
            "Answers that were to be recorded are not: the recording could not be written, or cases were left out of it."
        EndedEarly "ended_early"
            "A limit of `stop` ended the run before its last case; `ended_early` in `summary.json` names it."
        RateNotReached "rate_not_reached"
            "Cases began later than `simulation.rate` asked for."
        ParallelismNotReached "parallelism_not_reached"
            "Fewer cases were under way than asked for, because this process did not keep up."
        SharedConnection "shared_connection"
            "Fewer HTTP/2 answers were read at once than requests were under way."
        OwnLag "own_lag"
            "This process was late itself, and that is part of the times that it measured."
    }
}

/// What a careful reader should know.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Warning {
    /// What it is about, from the closed list.
    pub code: WarningCode,
    /// The same in words.
    pub message: Masked,
    /// How often: in how many frames, or how many times the run said so.
    pub count: u64,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Masked>,
    /// The beginning of the first of them, where that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Masked>,
}

impl Warning {
    /// A warning that was given once.
    pub fn new(code: WarningCode, message: Masked) -> Self {
        Self { code, message, count: 1, hint: None, example: None }
    }
}
