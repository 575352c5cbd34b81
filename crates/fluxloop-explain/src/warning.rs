//! Words for what a careful reader of an answer should know.

use fluxloop_aggregate::{TextBy, Warning, WarningKind as Kind};
use fluxloop_trace::WarningCode as Code;

use crate::answer::media_type_words;
use crate::count::{count, counted};
use crate::words::{TextKeys, Words};

/// The code of a warning and its words. Without a hint, that of the code holds
/// ([`warning_remedy`]).
pub fn warning(warning: &Warning, by: TextBy) -> (Code, Words) {
    let code = code(&warning.kind);
    let message = specific(&warning.kind).unwrap_or_else(|| fragment(code.meaning()));
    let message = match warning.count {
        1 => message,
        times => format!("{message} ({} times)", count(times)),
    };
    (code, Words { message, hint: hint(&warning.kind, by) })
}

fn code(kind: &Kind) -> Code {
    match kind {
        Kind::CutFrame => Code::CutFrame,
        Kind::UnfinishedFrame => Code::UnfinishedFrame,
        Kind::TextAfterEnd => Code::TextAfterEnd,
        Kind::NotJson => Code::NotJson,
        Kind::ListWithText { .. } => Code::ListWithText,
        Kind::OtherFraming { .. } => Code::OtherFraming,
        Kind::JsonAsText => Code::JsonAsText,
        Kind::HtmlPage => Code::HtmlPage,
        Kind::OtherMediaType { .. } => Code::OtherMediaType,
        Kind::MixedTypes { .. } => Code::MixedTypes,
        Kind::CumulativeText { .. } => Code::CumulativeText,
        Kind::DoneAsText => Code::DoneAsText,
        Kind::LinesNotFields => Code::LinesNotFields,
        Kind::OtherChoices => Code::OtherChoices,
        Kind::FailureInSuccess => Code::FailureInSuccess,
        Kind::OneRead => Code::OneRead,
        Kind::OnlyReasoning => Code::OnlyReasoning,
        Kind::MissingEnd { .. } => Code::MissingEnd,
        Kind::ClockAfterFinish { .. } => Code::ClockAfterFinish,
        Kind::KeptApart { .. } => Code::KeptApart,
        Kind::FilterByData { .. } => Code::FilterByData,
        Kind::NotAContinuation => Code::NotAContinuation,
        Kind::ArgumentsDiffer => Code::ArgumentsDiffer,
        Kind::ArgumentsNotJson => Code::ArgumentsNotJson,
        Kind::SequenceGap => Code::SequenceGap,
        Kind::FinalTextDiffers => Code::FinalTextDiffers,
        Kind::OnlyFinalText => Code::OnlyFinalText,
        Kind::TooManyParts => Code::TooManyParts,
    }
}

/// What is known of a warning beyond the meaning of its code.
fn specific(kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::OtherMediaType { media_type } => {
            let words = media_type_words(media_type.as_deref());
            format!("the answer {words}, and was read as `runner.http.stream` says")
        }
        Kind::MixedTypes { types } => {
            let types = quoted(types);
            format!("frames of several types gave the text, and no filter chooses: {types}")
        }
        Kind::CumulativeText { last_only: true } => {
            "the last text repeats everything before it: the output has the answer twice".to_owned()
        }
        Kind::MissingEnd { name } => {
            format!("the answer ended without `{name}`, and may have been cut")
        }
        Kind::KeptApart { channels } => {
            let channels = quoted(channels);
            format!("the text path also finds what was kept apart from the text: {channels}")
        }
        Kind::FilterByData { by_line, by_data } => {
            let by_line = counted(*by_line, "frame by its", "frames by their");
            let by_data = count(*by_data);
            format!(
                "`stream_event_filter` matched {by_line} `event:` line, and {by_data} by a type in \
                 the data"
            )
        }
        _ => return None,
    })
}

/// What to do, where what is known says more than the code.
fn hint(kind: &Kind, by: TextBy) -> Option<String> {
    let TextKeys { filter, path: key, place } = TextKeys::of(by);
    Some(match kind {
        Kind::ListWithText { path: Some(path) } => {
            format!("set `{key}: {path:?}`{place}, which reads that text")
        }
        Kind::OtherFraming { framing } => {
            format!("set `runner.http.stream: {}`, which reads its frames", framing.name())
        }
        Kind::MixedTypes { types } => format!(
            "name the types that carry the text, for example `{filter}: {:?}`{place}",
            types.first()?
        ),
        Kind::CumulativeText { last_only: true } => {
            format!(
                "leave the last frame out: name the types that carry the pieces in `{filter}`{place}, \
                 or the frame that ends the answer in `stream_done`"
            )
        }
        Kind::ClockAfterFinish { done: Some((path, value)) } => {
            format!("set `stream_done: {{path: {path:?}, equals: {value:?}}}`")
        }
        _ => return None,
    })
}

/// What to do about a warning of a code: a fragment that begins in lower case, like every hint.
pub fn warning_remedy(code: Code) -> &'static str {
    match code {
        Code::CutFrame => {
            "check whether the server closes the connection early: the last event needs a blank line"
        }
        Code::UnfinishedFrame => "have the server end its last event with a blank line",
        Code::TextAfterEnd => {
            "check which frame ends the answer: `runner.http.stream_done`, or `end` in \
             `runner.http.stream_schema`"
        }
        Code::NotJson | Code::MixedTypes => {
            "name the types that carry the text in `runner.http.stream_event_filter`"
        }
        Code::ListWithText => "choose a path that ends at the text",
        Code::OtherFraming => "set `runner.http.stream` to the framing of the body",
        Code::JsonAsText => "name the path of the text, which `fluxloop inspect` finds",
        Code::HtmlPage => "check the path of `runner.http.url`",
        Code::OtherMediaType => {
            "have the server send the media type of what it writes, such as `text/event-stream`"
        }
        Code::CumulativeText => {
            "if each frame carries the whole text so far, keep the last one: set `join` to `replace` \
             in the rule of `text` in `runner.http.stream_schema`"
        }
        Code::DoneAsText => {
            "if it is the end marker, have the server send `[DONE]` as the data of an event"
        }
        Code::LinesNotFields => "have the server begin each line of an event with `data:`",
        Code::OtherChoices => "ask for one choice only",
        Code::FailureInSuccess => {
            "if the answer failed, add a rule to `error` in `runner.http.stream_schema`"
        }
        Code::OneRead => "find out what collects the answer: a buffering proxy, compression",
        Code::OnlyReasoning => {
            "raise the token limit of the request, or lower its reasoning effort"
        }
        Code::RecordingIncomplete => "free disk space; the records of the cases are complete",
        Code::MissingEnd => {
            "check the logs of the server; name another last frame in `end` or `error` of \
             `stream_schema`; `runner.http.require_done` makes such an answer fail"
        }
        Code::ClockAfterFinish => "name the frame that ends it in `runner.http.stream_done`",
        Code::KeptApart => {
            "if it belongs to the text, add a `when` to the rule of `text` in \
             `runner.http.stream_schema`"
        }
        Code::FilterByData => "if one of them is meant, set `type` in the schema to its place",
        Code::NotAContinuation => "if the pieces belong together, name to what in `group`",
        Code::ArgumentsDiffer | Code::ArgumentsNotJson => {
            "check the rules of `tool_calls` in `runner.http.stream_schema`: `key` and `arguments`"
        }
        Code::SequenceGap | Code::FinalTextDiffers => {
            "find out what drops frames between the server and this machine; \
             `runner.http.integrity` makes such an answer fail"
        }
        Code::OnlyFinalText => {
            "check whether the request asks for a stream, and the rules of `text` in \
             `runner.http.stream_schema`"
        }
        Code::TooManyParts => {
            "check `group` and `key` in the schema: their values may differ from frame to frame"
        }
        Code::UnusedRules => "compare the types and paths of the rules with `fluxloop inspect`",
        Code::NothingAsserted => {
            "say in `expect` what has to hold, for example `- contains: $.expected`"
        }
        Code::Standstill => "give this machine more cores, or keep it from sleeping",
        Code::RateLimitPause => "lower `simulation.parallelism`, or set `simulation.rate`",
        Code::EndedEarly => {
            "remove the cause, then go on with `--resume`, or raise the limit of `stop` that it names"
        }
        Code::RateNotReached => "lower `simulation.rate`, or change what the message names",
        Code::ParallelismNotReached | Code::OwnLag => {
            "give this machine more cores, or lower `simulation.parallelism`"
        }
        Code::SharedConnection => {
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

/// A sentence as a fragment.
fn fragment(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let (first, rest) = sentence.split_at(1);
    format!("{}{rest}", first.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, count: u64, message: &str, hint: Option<&str>) {
        let (_, words) = warning(&Warning { kind, count, example: None }, TextBy::Keys);
        assert_eq!((words.message.as_str(), words.hint.as_deref()), (message, hint));
    }

    #[test]
    fn a_warning_says_what_its_code_means() {
        check(Kind::CutFrame, 1, "the body ended inside a frame, which was discarded", None);
        check(
            Kind::NotAContinuation,
            3,
            "a text that replaces the one before it does not begin with it (3 times)",
            None,
        );
    }

    #[test]
    fn what_is_known_stands_in_words_and_setting() {
        check(
            Kind::MixedTypes { types: vec!["a".to_owned(), "b".to_owned()] },
            1,
            "frames of several types gave the text, and no filter chooses: `a`, `b`",
            Some("name the types that carry the text, for example `stream_event_filter: \"a\"`"),
        );
        let done = Some(("choices[0].finish_reason".to_owned(), "stop".to_owned()));
        check(
            Kind::ClockAfterFinish { done },
            1,
            "the model finished, the server kept the connection open, and a clock ended the attempt",
            Some(r#"set `stream_done: {path: "choices[0].finish_reason", equals: "stop"}`"#),
        );
    }
}
