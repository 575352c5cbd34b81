//! What came of an answer's frames, masked.

use std::collections::BTreeMap;

use fluxloop_aggregate::{ChannelContent, Content, ToolCall as RawCall, Usage as RawUsage};
use fluxloop_expect::Kept;
use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{
    Channel, Channels, Group, Integrity, MaskedJson, Milliseconds, ToolCall, Usage,
};
use serde_json::Value;

use super::masker::Masker;
use crate::shared::Shared;

/// How much of a channel, of arguments and of a result stands in a record, in bytes.
const KEPT_BYTES: usize = 256 << 10;

/// Which texts of an answer the record keeps, apart from the answer itself.
#[derive(Debug)]
pub(super) struct Keeping {
    /// Of every channel and call.
    all: bool,
    /// What expectations read.
    expected: Kept,
}

impl Keeping {
    /// What the plan asks for, and what the expectations of a case read.
    pub(super) fn of(shared: &Shared, expect: Option<&Value>) -> Self {
        let all = shared.plan.keeps_channels;
        let expected = if all { Kept::default() } else { shared.judging.kept(expect) };
        Self { all, expected }
    }

    fn channel(&self, name: &str) -> bool {
        self.all || self.expected.channels.contains(name)
    }

    fn arguments(&self) -> bool {
        self.all || self.expected.arguments
    }
}

/// Whether a secret may be torn over parts of the answer that the record shows apart, so that what
/// each part has of it is masked. Text that is alone needs no such care.
pub(super) fn is_torn(redactor: &Redactor, content: &Content) -> bool {
    let mut types = content.by_type.keys().chain(content.by_data_type.keys());
    !content.reasoning.is_empty()
        || !content.refusal.is_empty()
        || !content.channels.is_empty()
        || !content.tool_calls.is_empty()
        || !content.captures.is_empty()
        || content.text.groups.len() > 1
        || content.text.rewrites > 0
        // Half of a character was lost, and with it the middle of what it was part of.
        || content.text.text.contains(char::REPLACEMENT_CHARACTER)
        || content.discarded > 0
        || content.integrity.is_some_and(|it| it.final_texts_differ > 0)
        || types.any(|name| redactor.mask_piece(name).1 > 0)
}

/// The channels; without their texts if they are only counted.
pub(super) fn channels(masker: &mut Masker<'_>, content: &Content, keeping: &Keeping) -> Channels {
    let mut of = |channel: &ChannelContent, name: &str| {
        // The text of the answer stands in `output`.
        let with_items = keeping.channel(name);
        let with_text = with_items && name != "text";
        (!channel.is_empty()).then(|| self::channel(masker, channel, with_text, with_items))
    };
    let text = of(&content.text, "text");
    let reasoning = of(&content.reasoning, "reasoning");
    let refusal = of(&content.refusal, "refusal");
    let others = content.channels.iter().filter_map(|(name, it)| Some((name, of(it, name)?)));
    let others: Vec<_> = others.collect();
    let others = others.into_iter().map(|(name, it)| (masker.piece(name), it)).collect();
    Channels { text, reasoning, refusal, others }
}

fn channel(
    masker: &mut Masker<'_>,
    channel: &ChannelContent,
    with_text: bool,
    with_items: bool,
) -> Channel {
    let mut cut = false;
    let text =
        (with_text && !channel.text.is_empty()).then(|| beginning(masker, &channel.text, &mut cut));
    let mut room = KEPT_BYTES;
    let items = channel.items.iter().filter(|_| with_items).map_while(|item| {
        let fits = room.checked_sub(item.len());
        cut |= fits.is_none();
        room = fits?;
        Some(masker.piece(item))
    });
    let items = items.collect();
    let mut start = 0;
    let groups = channel.groups.iter().map(|group| {
        let text = channel.text.get(start..group.end).unwrap_or_default();
        start = group.end;
        Group {
            label: group.label.iter().map(|value| masker.piece(value)).collect(),
            characters: text.chars().count() as u64,
        }
    });
    Channel {
        characters: channel.characters,
        first_ms: channel.first.map(Into::into),
        last_ms: channel.last.map(Into::into),
        groups: groups.collect(),
        text,
        items,
        cut,
    }
}

/// The beginning of a text that may be long. It is cut before it is masked: the end of a piece is
/// masked like any other.
fn beginning(masker: &mut Masker<'_>, text: &str, cut: &mut bool) -> Masked {
    let kept = &text[..text.floor_char_boundary(KEPT_BYTES)];
    *cut |= kept.len() < text.len();
    masker.piece(kept)
}

/// The calls of tools; without arguments and results if they are only counted.
pub(super) fn tool_calls(
    masker: &mut Masker<'_>,
    content: &Content,
    keeping: &Keeping,
) -> Vec<ToolCall> {
    content.tool_calls.iter().map(|call| tool_call(masker, call, keeping)).collect()
}

fn tool_call(masker: &mut Masker<'_>, call: &RawCall, keeping: &Keeping) -> ToolCall {
    let mut cut = false;
    let mut kept = |masker: &mut Masker<'_>, text: &String| beginning(masker, text, &mut cut);
    let arguments = keeping.arguments().then(|| kept(masker, &call.arguments));
    let result = call.result.as_ref().filter(|_| keeping.all).map(|text| kept(masker, text));
    // What a mask has made of it is read, so that no escape hides a secret.
    let parsed = arguments.as_ref().and_then(|text| serde_json::from_str(text.as_str()).ok());
    ToolCall {
        id: masker.option(call.id.as_ref()),
        name: masker.option(call.name.as_ref()),
        parsed: parsed.map(|value: Value| masker.json(&value)),
        arguments,
        result,
        error: masker.option(call.error.as_ref()),
        first_ms: call.first.into(),
        done_ms: call.last.into(),
        cut,
    }
}

/// Values by name. Where something was masked, the value says so.
pub(super) fn captures(masker: &mut Masker<'_>, content: &Content) -> BTreeMap<Masked, MaskedJson> {
    let captures = content.captures.iter().map(|(name, value)| {
        let before = masker.places;
        let value = masker.json(value);
        let is_altered = masker.places > before;
        (masker.piece(name), if is_altered { altered(value) } else { value })
    });
    captures.collect()
}

fn altered(value: MaskedJson) -> MaskedJson {
    let members = [("value", value), ("altered", MaskedJson::Bool(true))];
    MaskedJson::Object(members.map(|(name, it)| (Masked::from_static(name), it)).into())
}

pub(super) fn usage(masker: &mut Masker<'_>, usage: &RawUsage) -> Usage {
    let provider = usage.provider.as_ref().and_then(|json| serde_json::from_str(json).ok());
    Usage {
        input: masker.number(usage.input),
        output: masker.number(usage.output),
        total: masker.number(usage.total),
        reasoning: usage.reasoning.map(|count| masker.number(count)),
        cached: usage.cached.map(|count| masker.number(count)),
        provider: provider.map(|value: Value| masker.json(&value)),
    }
}

pub(super) fn integrity(content: &Content) -> Option<Integrity> {
    content.integrity.map(|it| Integrity {
        final_texts_equal: it.final_texts_equal,
        final_texts_differ: it.final_texts_differ,
        sequence_gaps: it.sequence_gaps,
    })
}

/// The times that the server measured, by name.
pub(super) fn server_timings(
    masker: &mut Masker<'_>,
    content: &Content,
) -> BTreeMap<Masked, Milliseconds> {
    let timings = content.server_timings.iter();
    let known: Vec<_> = timings.filter(|(_, took)| !masker.hides(took.as_nanos())).collect();
    known.into_iter().map(|(name, took)| (masker.piece(name), (*took).into())).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fluxloop_aggregate::Group as RawGroup;
    use fluxloop_redact::Secret;
    use serde_json::json;

    use super::*;

    const KEY: &str = "sk-live-0123456789";

    /// Of all channels and calls, or of none.
    fn keeping(all: bool) -> Keeping {
        Keeping { all, expected: Kept::default() }
    }

    fn of(text: &str) -> ChannelContent {
        ChannelContent {
            text: text.to_owned(),
            characters: text.chars().count() as u64,
            ..ChannelContent::default()
        }
    }

    fn call(arguments: &str) -> RawCall {
        RawCall { arguments: arguments.to_owned(), ..RawCall::default() }
    }

    /// What the record has of an answer whose server knows a key.
    fn record(content: &Content, keeping: &Keeping) -> Value {
        let redactor = Redactor::builder().secret("KEY", &Secret::new(KEY)).build();
        let masker = &mut Masker::new(&redactor);
        json!({
            "channels": channels(masker, content, keeping),
            "tool_calls": tool_calls(masker, content, keeping),
            "captures": captures(masker, content),
            "usage": content.usage.as_ref().map(|it| usage(masker, it)),
        })
    }

    #[track_caller]
    fn check(content: &Content, path: &str, expected: &Value) {
        let record = record(content, &keeping(true));
        assert_eq!(record.pointer(path), Some(expected), "{record:#}");
    }

    #[test]
    fn a_channel_has_its_text_groups_and_times() {
        let group = |label: &str, end| RawGroup { label: vec![label.to_owned()], end };
        let reasoning = ChannelContent {
            groups: vec![group("a", 6), group("b", 8)],
            first: Some(Duration::from_millis(10)),
            ..of("Pärisé")
        };
        let content = Content { text: of("Paris"), reasoning, ..Content::default() };
        check(&content, "/channels/text", &json!({"characters": 5}));
        check(
            &content,
            "/channels/reasoning",
            &json!({"characters": 6, "first_ms": 10.0, "text": "Pärisé", "groups": [
                {"label": ["a"], "characters": 5},
                {"label": ["b"], "characters": 1},
            ]}),
        );
        assert_eq!(record(&content, &keeping(true)).pointer("/channels/refusal"), None);
    }

    #[test]
    fn a_long_channel_is_cut_and_its_characters_are_exact() {
        let content = Content { reasoning: of(&"é".repeat(KEPT_BYTES)), ..Content::default() };
        let record = record(&content, &keeping(true));
        let reasoning = &record["channels"]["reasoning"];
        assert_eq!(reasoning["characters"], KEPT_BYTES);
        assert_eq!(reasoning["cut"], true);
        assert_eq!(reasoning["text"].as_str().map(str::len), Some(KEPT_BYTES));
    }

    #[test]
    fn counts_alone_leave_texts_out() {
        let list = ChannelContent { items: vec!["https://a".to_owned()], ..of("") };
        let content = Content {
            reasoning: of("A river."),
            channels: [("citations".to_owned(), list)].into(),
            tool_calls: vec![RawCall { id: Some("c1".to_owned()), ..call("{}") }],
            ..Content::default()
        };
        let record = record(&content, &keeping(false));
        assert_eq!(
            record["channels"],
            json!({
                "reasoning": {"characters": 8},
                "citations": {"characters": 0},
            })
        );
        assert_eq!(record["tool_calls"], json!([{"id": "c1", "first_ms": 0.0, "done_ms": 0.0}]));
    }

    #[test]
    fn what_expectations_read_is_kept() {
        let kept = Kept { channels: ["refusal".to_owned()].into(), arguments: true };
        let (reasoning, refusal) = (of("A river."), of("No."));
        let tool_calls = vec![RawCall { result: Some("Loire".to_owned()), ..call("{}") }];
        let content = Content { reasoning, refusal, tool_calls, ..Content::default() };
        let record = record(&content, &Keeping { all: false, expected: kept });
        assert_eq!(
            record["channels"],
            json!({"reasoning": {"characters": 8}, "refusal": {"characters": 3, "text": "No."}})
        );
        let call = json!({"arguments": "{}", "parsed": {}, "first_ms": 0.0, "done_ms": 0.0});
        assert_eq!(record["tool_calls"], json!([call]));
    }

    #[test]
    fn arguments_are_parsed_where_they_are_json() {
        let calls = vec![call(r#"{"river": "Loire"}"#), call("{\"river\": "), call("{}")];
        let content = Content { tool_calls: calls, ..Content::default() };
        check(&content, "/tool_calls/0/parsed", &json!({"river": "Loire"}));
        check(&content, "/tool_calls/2/parsed", &json!({}));
        assert_eq!(record(&content, &keeping(true)).pointer("/tool_calls/1/parsed"), None);
    }

    #[test]
    fn usage_keeps_the_object_of_the_provider() {
        let usage = RawUsage {
            input: 3,
            output: 2,
            total: 5,
            reasoning: Some(1),
            // Digits of the key.
            cached: Some(123_456_789),
            provider: Some(format!("{{\"prompt_tokens\": 3, \"user\": \"{KEY}\"}}")),
        };
        let content = Content { usage: Some(usage), ..Content::default() };
        check(
            &content,
            "/usage",
            &json!({
                "input": 3, "output": 2, "total": 5, "reasoning": 1, "cached": 0,
                "provider": {"prompt_tokens": 3, "user": "***"},
            }),
        );
    }

    #[test]
    fn a_capture_says_whether_it_was_altered() {
        let captures = [("thread", json!("t-1")), ("key", json!(KEY)), ("turn", json!(2))];
        let captures = captures.map(|(name, value)| (name.to_owned(), value)).into();
        let content = Content { captures, ..Content::default() };
        check(
            &content,
            "/captures",
            &json!({
                "thread": "t-1", "key": {"value": "***", "altered": true}, "turn": 2,
            }),
        );
    }

    /// Expects that no eight characters of the key are in the record.
    #[track_caller]
    fn check_torn(content: &Content) {
        let record = record(content, &keeping(true)).to_string();
        for start in 0..=KEY.len() - 8 {
            assert!(!record.contains(&KEY[start..start + 8]), "{record}");
        }
        let redactor = Redactor::none();
        assert!(is_torn(&redactor, content), "the text is masked as a piece, too");
    }

    #[test]
    fn a_key_that_is_torn_over_parts_is_masked_in_each() {
        let (head, tail) = KEY.split_at(9);
        let group = |label: &str, end| RawGroup { label: vec![label.to_owned()], end };
        let groups = vec![group("a", 9), group("b", KEY.len())];
        check_torn(&Content { text: of(head), reasoning: of(tail), ..Content::default() });
        check_torn(&Content { text: ChannelContent { groups, ..of(KEY) }, ..Content::default() });
        check_torn(&Content { tool_calls: vec![call(head), call(tail)], ..Content::default() });
        let in_json = format!("{{\"key\": \"{}\"}}", KEY.replace('-', "\\u002d"));
        check_torn(&Content { tool_calls: vec![call(&in_json)], ..Content::default() });
        check_torn(&Content { text: of(tail), discarded: 9, ..Content::default() });
        let rewritten = ChannelContent { rewrites: 1, ..of(tail) };
        check_torn(&Content { text: rewritten, ..Content::default() });
        check_torn(&Content { text: of("sk-liv\u{fffd}\u{fffd}e"), ..Content::default() });
        let items = vec![head.to_owned(), tail.to_owned()];
        let list = ChannelContent { items, ..ChannelContent::default() };
        let channels = [("citations".to_owned(), list)].into();
        check_torn(&Content { channels, ..Content::default() });
    }
}
