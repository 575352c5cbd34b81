//! Prints what the answer amounts to: channels, tool calls, counts, warnings, outcome.

use std::io::Write;
use std::time::Duration;

use fluxloop_aggregate::{
    Answer, AnswerFault, AnswerLimits, AnswerReader, AnswerRules, BodyEnd, ChannelContent, Content,
    Head, Step, TextBy, Verdict,
};
use fluxloop_explain::{Reason, Scene, Words, words};
use fluxloop_runner::answer_failure_kind;
use fluxloop_schema::{EndsAs, StreamKind};
use serde_json::{Map, Value, json};
use url::Url;

use super::input::Input;
use super::{MAX_BODY_BYTES, MAX_FRAME_BYTES, Stop, judge, show};
use crate::args::DecodeArgs;
use crate::output;

/// Reads the input as a run reads an answer of status 200, and prints what it amounts to.
pub(super) fn print(
    args: &DecodeArgs,
    rules: &AnswerRules,
    mut input: Input,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let limits = AnswerLimits {
        output_char_limit: None,
        max_frame_bytes: MAX_FRAME_BYTES,
        max_body_bytes: MAX_BODY_BYTES,
    };
    // The framing is that of the arguments, whatever the server called it.
    let media_type = (rules.stream == StreamKind::Sse).then(|| "text/event-stream".to_owned());
    let mut answer = Answer::new(
        &AnswerReader::new(rules),
        Head { status: 200, media_type, ..Head::default() },
        limits,
    );
    let mut end = BodyEnd::Clean { proved: true };
    loop {
        let piece = input.next()?;
        if piece.is_empty() {
            break;
        }
        if answer.feed(piece, Duration::ZERO) == Step::Enough {
            end = BodyEnd::Enough;
            break;
        }
    }
    let result = answer.end(end, Duration::ZERO);
    let content = result.content.unwrap_or_default();
    let terminal = output::stdout_is_terminal();
    let mut lines = lines(&content);
    lines.push(outcome(&result.verdict, &content, rules));
    for line in lines {
        show(out, &line.to_string(), terminal).map_err(|_| Stop::Write)?;
    }
    out.flush().map_err(|_| Stop::Write)?;
    judge(args, rules, &result.verdict, input.beginning())
}

fn lines(content: &Content) -> Vec<Value> {
    let mut lines = Vec::new();
    let named = content.channels.iter().map(|(name, channel)| (name.as_str(), channel));
    let known =
        [("text", &content.text), ("reasoning", &content.reasoning), ("refusal", &content.refusal)];
    for (name, channel) in known.into_iter().chain(named) {
        lines.extend(pieces(name, channel));
    }
    for call in &content.tool_calls {
        let parts = [
            ("id", call.id.as_ref()),
            ("name", call.name.as_ref()),
            ("arguments", Some(&call.arguments)),
            ("result", call.result.as_ref()),
            ("error", call.error.as_ref()),
        ];
        let parts = parts.into_iter();
        let parts = parts.filter_map(|(name, part)| Some((name.to_owned(), part?.clone().into())));
        lines.push(json!({ "tool_call": parts.collect::<Map<_, Value>>() }));
    }
    if let Some(usage) = &content.usage {
        let counts = [
            ("input", Some(usage.input)),
            ("output", Some(usage.output)),
            ("total", Some(usage.total)),
            ("reasoning", usage.reasoning),
            ("cached", usage.cached),
        ];
        let counts = counts.into_iter();
        let counts = counts.filter_map(|(name, count)| Some((name.to_owned(), count?.into())));
        lines.push(json!({ "usage": counts.collect::<Map<_, Value>>() }));
    }
    let texts = [
        ("finish_reason", &content.finish_reason),
        ("model", &content.model),
        ("needs_input", &content.needs_input),
    ];
    for (name, text) in texts {
        lines.extend(text.iter().map(|text| json!({ (name): text })));
    }
    if !content.captures.is_empty() {
        lines.push(json!({ "captures": content.captures }));
    }
    if !content.server_timings.is_empty() {
        let timings = content.server_timings.iter();
        let timings =
            timings.map(|(name, time)| (name.clone(), Value::from(time.as_nanos() as f64 / 1e6)));
        lines.push(json!({ "server_timings_ms": timings.collect::<Map<_, _>>() }));
    }
    if content.discarded > 0 {
        lines.push(json!({ "discarded_characters": content.discarded }));
    }
    for warning in &content.warnings {
        let (code, Words { message, .. }) = fluxloop_explain::warning(warning, TextBy::Keys);
        let mut line = json!({ "code": code.name(), "count": warning.count, "message": message });
        if let Some(example) = &warning.example {
            line["example"] = example.as_str().into();
        }
        lines.push(json!({ "warning": line }));
    }
    lines
}

/// One line for a channel, for each of its groups, or for each of its items.
fn pieces(name: &str, channel: &ChannelContent) -> Vec<Value> {
    if !channel.items.is_empty() {
        let items = channel.items.iter();
        return items.map(|item| json!({ "channel": name, "text": item })).collect();
    }
    if channel.groups.is_empty() {
        let line = json!({ "channel": name, "text": channel.text });
        return if channel.text.is_empty() { Vec::new() } else { vec![line] };
    }
    let mut start = 0;
    let groups = channel.groups.iter().map(|group| {
        let text = &channel.text[start..group.end];
        start = group.end;
        json!({ "channel": name, "text": text, "group": group.label })
    });
    groups.collect()
}

fn outcome(verdict: &Verdict, content: &Content, rules: &AnswerRules) -> Value {
    match verdict {
        Verdict::Failed(AnswerFault::Cancelled) => json!({ "outcome": "cancelled" }),
        Verdict::Failed(fault) => {
            let url = Url::parse("http://localhost").expect("it is a URL");
            let (stream, text_by) = (rules.stream, rules.text_by);
            let scene = Scene { stream, text_by, ..Scene::new(&url) };
            let kind = answer_failure_kind(fault, &scene).name();
            let Words { message, hint } = words(&Reason::Answer(fault.clone()), &scene);
            let error = json!({ "kind": kind, "message": message, "hint": hint });
            json!({ "outcome": "failed", "error": error })
        }
        _ if content.ends_as == EndsAs::NeedsInput => json!({ "outcome": "needs_input" }),
        Verdict::Succeeded | Verdict::LimitReached | Verdict::Cut => {
            json!({ "outcome": "succeeded" })
        }
    }
}

/// Whether the input is what the arguments say.
fn judge(
    args: &DecodeArgs,
    rules: &AnswerRules,
    verdict: &Verdict,
    beginning: &[u8],
) -> Result<(), Stop> {
    use AnswerFault as Fault;
    let ended = match verdict {
        Verdict::Failed(Fault::Frame(error)) => return Err(Stop::Frame(*error)),
        Verdict::Failed(Fault::TooLarge { .. }) => return Err(Stop::TooLarge),
        Verdict::Failed(
            Fault::NoBody
            | Fault::NoFrames { .. }
            | Fault::NotADocument { .. }
            | Fault::Malformed(_),
        ) => judge::other_framing(rules.stream, beginning),
        Verdict::Failed(Fault::Reported { body: Some(_), .. })
            if rules.stream == StreamKind::Sse =>
        {
            judge::other_framing(rules.stream, beginning)
        }
        Verdict::Failed(Fault::NoText { seen, .. })
            if rules.has_own_path && seen.only.is_none() && seen.matched == 0 =>
        {
            Some(judge::no_match(args.path.is_some(), seen))
        }
        _ if judge::is_no_json(rules.stream, beginning) => {
            judge::other_framing(rules.stream, beginning)
        }
        _ => None,
    };
    ended.map_or(Ok(()), |ended| Err(Stop::Judged(ended)))
}
