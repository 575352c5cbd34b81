//! Words for what a careful reader of an answer should know.

use fluxloop_aggregate::{Warning, WarningKind};
use fluxloop_trace::WarningCode;

use crate::answer::media_type_words;
use crate::words::Words;

/// The code of a warning and its words. Without a hint, that of the code holds
/// ([`warning_remedy`]).
pub fn warning(warning: &Warning) -> (WarningCode, Words) {
    use WarningCode as Code;
    use WarningKind as Kind;
    let frames = match warning.count {
        1 => "1 frame".to_owned(),
        count => format!("{count} frames"),
    };
    let say = |message: &str| Words { message: message.to_owned(), hint: None };
    match &warning.kind {
        Kind::CutFrame => {
            (Code::CutFrame, say("the body ended inside a frame, which was discarded"))
        }
        Kind::UnfinishedFrame => (
            Code::UnfinishedFrame,
            say("the body ended before the blank line of its last event, which counts: its data is \
                 whole JSON"),
        ),
        Kind::TextAfterEnd => (
            Code::TextAfterEnd,
            say(&format!("text after the end of the answer was left out ({frames})")),
        ),
        Kind::NotJson => (
            Code::NotJson,
            say(&format!("frames of other types that are not JSON were left out ({frames})")),
        ),
        Kind::ListWithText { path } => {
            let message = format!("the text path skipped lists or objects that hold text ({frames})");
            let hint = path.as_ref().map(|path| {
                format!("set `stream_output_path: {path:?}`, which reads that text")
            });
            (Code::ListWithText, Words { message, hint })
        }
        Kind::OtherFraming { framing } => (
            Code::OtherFraming,
            Words::new(
                "the body was read as text, and looks like a stream of frames",
                format!("set `runner.http.stream: {}`, which reads its frames", framing.name()),
            ),
        ),
        Kind::HtmlPage => {
            (Code::HtmlPage, say("the answer is a page (`text/html`), and the page is the text"))
        }
        Kind::OtherMediaType { media_type } => {
            let words = media_type_words(media_type.as_deref());
            (
                Code::OtherMediaType,
                say(&format!("the answer {words}, and was read as `runner.http.stream` says")),
            )
        }
        Kind::MixedTypes { types } => {
            let message = format!("frames of several types gave the text: {}", quoted(types));
            let first = types.first();
            let hint = first.map(|it| {
                format!(
                    "name the types that carry the text, for example `stream_event_filter: {it:?}`"
                )
            });
            (Code::MixedTypes, Words { message, hint })
        }
        Kind::CumulativeText { last_only: false } => (
            Code::CumulativeText,
            Words::new(
                format!("texts repeat everything before them ({frames})"),
                warning_remedy(WarningCode::CumulativeText),
            ),
        ),
        Kind::CumulativeText { last_only: true } => (
            Code::CumulativeText,
            Words::new(
                "the last text repeats everything before it, so the output holds the answer twice",
                "leave the last frame out: name the types that carry the pieces in \
                 `stream_event_filter`, or the frame that ends the answer in `stream_done`",
            ),
        ),
        Kind::DoneAsText => (Code::DoneAsText, say("`[DONE]` came as a text, or at the end of one")),
        Kind::LinesNotFields => (
            Code::LinesNotFields,
            say(&format!("lines without a field name were dropped ({})", lines(warning.count))),
        ),
        Kind::OtherChoices => (
            Code::OtherChoices,
            say(&format!("other choices than the first one were left out ({frames})")),
        ),
        Kind::FailureInSuccess => (
            Code::FailureInSuccess,
            say(&format!("the answer reports a failure, and went on ({frames})")),
        ),
        Kind::OneRead => {
            (Code::OneRead, say(&format!("{frames} came at once: times of tokens say nothing")))
        }
        Kind::OnlyReasoning => (Code::OnlyReasoning, say("the model sent reasoning, and no text")),
        Kind::MissingEnd { name } => (
            Code::MissingEnd,
            say(&format!("the answer ended without `{name}`, and may have been cut")),
        ),
        Kind::ClockAfterFinish { done } => {
            let message = "the model finished, and the server kept the connection open until a \
                           clock ended the attempt";
            let hint = done.as_ref().map(|(path, value)| {
                format!("set `stream_done: {{path: {path:?}, equals: {value:?}}}`")
            });
            (Code::ClockAfterFinish, Words { message: message.to_owned(), hint })
        }
        Kind::KeptApart { channels } => (
            Code::KeptApart,
            say(&format!(
                "the text path also found {}, which the text does not have ({frames})",
                quoted(channels)
            )),
        ),
        Kind::FilterByData { by_line, by_data } => (
            Code::FilterByData,
            say(&format!(
                "`stream_event_filter` matched {by_line} frames by their `event:` line, and \
                 {by_data} by a type in their data"
            )),
        ),
        Kind::NotAContinuation => (
            Code::NotAContinuation,
            say(&format!("texts replaced one that they do not continue ({frames})")),
        ),
        Kind::ArgumentsDiffer => (
            Code::ArgumentsDiffer,
            say("the whole arguments of a tool call differ from their pieces, and count"),
        ),
        Kind::ArgumentsNotJson => {
            (Code::ArgumentsNotJson, say("the arguments of a tool call are not JSON"))
        }
        Kind::SequenceGap => (
            Code::SequenceGap,
            say(&format!("sequence numbers do not rise by one ({frames}): frames may be missing")),
        ),
        Kind::FinalTextDiffers => (
            Code::FinalTextDiffers,
            say("the whole text that the server repeats differs from its pieces"),
        ),
        Kind::OnlyFinalText => {
            (Code::OnlyFinalText, say("no piece of text came; the repeated whole text counts"))
        }
        Kind::TooManyParts => (
            Code::TooManyParts,
            say("there are more than 1,024 groups or tool calls; the others were joined to the last"),
        ),
    }
}

/// What to do about a warning of a code: a fragment that begins in lower case, like every hint.
pub fn warning_remedy(code: WarningCode) -> &'static str {
    match code {
        WarningCode::CutFrame => {
            "check whether the server closes the connection early: the last event needs a blank line"
        }
        WarningCode::UnfinishedFrame => "have the server end its last event with a blank line",
        WarningCode::TextAfterEnd => {
            "check which frame ends the answer: `runner.http.stream_done`, or `end` in \
             `runner.http.stream_schema`"
        }
        WarningCode::NotJson | WarningCode::MixedTypes => {
            "name the types that carry the text in `runner.http.stream_event_filter`"
        }
        WarningCode::ListWithText => "choose a path that ends at the text",
        WarningCode::OtherFraming => "set `runner.http.stream` to the framing of the body",
        WarningCode::HtmlPage => "check the path of `runner.http.url`",
        WarningCode::OtherMediaType => {
            "have the server send the media type of what it writes: `text/event-stream`, or \
             `application/x-ndjson` for JSON lines"
        }
        WarningCode::CumulativeText => {
            "if each frame carries the whole text so far, keep the last one: set `join` to `replace` \
             in the rule of `text` in `runner.http.stream_schema`"
        }
        WarningCode::DoneAsText => {
            "if it is the end marker, have the server send `[DONE]` as the data of an event"
        }
        WarningCode::LinesNotFields => {
            "have the server begin each line of an event with `data:`, also within a text"
        }
        WarningCode::OtherChoices => "ask for one choice only",
        WarningCode::FailureInSuccess => {
            "if the answer failed, add a rule to `error` in `runner.http.stream_schema`"
        }
        WarningCode::OneRead => {
            "find out what collects the answer: a proxy that buffers, or compression"
        }
        WarningCode::OnlyReasoning => {
            "raise the token limit of the request, or lower its reasoning effort"
        }
        WarningCode::MissingEnd => {
            "check the logs of the server and of the proxies before it; `runner.http.require_done` \
             makes such an answer fail"
        }
        WarningCode::ClockAfterFinish => {
            "name the frame that ends the answer in `runner.http.stream_done`"
        }
        WarningCode::KeptApart => {
            "if it belongs to the text, add a `when` to the rule of `text` in \
             `runner.http.stream_schema`"
        }
        WarningCode::FilterByData => {
            "if only one of them is meant, set `type` in `runner.http.stream_schema` to its place"
        }
        WarningCode::NotAContinuation => {
            "if the pieces belong together, set `join` to `append` in the rule of `text`, or name \
             what they belong to in `group`"
        }
        WarningCode::ArgumentsDiffer | WarningCode::ArgumentsNotJson => {
            "check the rules of `tool_calls` in `runner.http.stream_schema`: `key` and `arguments`"
        }
        WarningCode::SequenceGap | WarningCode::FinalTextDiffers => {
            "find out what drops frames between the server and this machine; \
             `runner.http.integrity` makes such an answer fail"
        }
        WarningCode::OnlyFinalText => {
            "check whether the request asks for a stream, and the rules of `text` in \
             `runner.http.stream_schema`"
        }
        WarningCode::TooManyParts => {
            "check `group` and `key` in `runner.http.stream_schema`: they may name a value that \
             differs from frame to frame"
        }
        WarningCode::UnusedRules => {
            "compare the types and paths of the rules with `fluxloop decode --explain`"
        }
        WarningCode::Standstill => "give this machine more cores, or keep it from sleeping",
        WarningCode::RateLimitPause => {
            "lower `simulation.parallelism`, or set `simulation.rate`"
        }
        WarningCode::DeadTarget => {
            "check `runner.http.url` and the key, and go on with `--resume`"
        }
        WarningCode::AskedToWait => "go on with `--resume` after the wait",
        WarningCode::RateNotReached => {
            "lower `simulation.rate`, or change what the message names"
        }
        WarningCode::ParallelismNotReached | WarningCode::OwnLag => {
            "give this machine more cores, or lower `simulation.parallelism`"
        }
        WarningCode::SharedConnection => {
            "raise the number of streams that the server allows for each connection, or take \
             `runner.http.http2` out"
        }
    }
}

/// `` `a`, `b` ``
fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn lines(count: u64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}
