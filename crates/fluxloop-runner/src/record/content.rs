//! What came of an answer's frames, masked.

use std::collections::BTreeMap;

use fluxloop_aggregate::{ChannelContent, Content, ToolCall as RawCall, Usage as RawUsage};
use fluxloop_redact::Masked;
use fluxloop_trace::{
    Channel, Channels, Group, Integrity, MaskedJson, Milliseconds, ToolCall, Usage,
};
use serde_json::Value;

use super::masker::Masker;

/// How much of a channel, of arguments and of a result stands in a record, in bytes.
const KEPT_BYTES: usize = 256 << 10;

/// Whether a secret may be torn over parts of the answer that the record shows apart, so that what
/// each part has of it is masked. Text that is alone needs no such care.
pub(super) fn is_torn(content: &Content) -> bool {
    !content.reasoning.is_empty()
        || !content.refusal.is_empty()
        || !content.channels.is_empty()
        || !content.tool_calls.is_empty()
        || content.text.groups.len() > 1
        || content.discarded > 0
        || content.integrity.is_some()
}

/// The channels; without their texts if they are only counted.
pub(super) fn channels(masker: &mut Masker<'_>, content: &Content, with_texts: bool) -> Channels {
    let mut of = |channel: &ChannelContent, with_text| {
        let with_text = with_text && with_texts;
        (!channel.is_empty()).then(|| self::channel(masker, channel, with_text, with_texts))
    };
    let text = of(&content.text, false);
    let [reasoning, refusal] = [&content.reasoning, &content.refusal].map(|it| of(it, true));
    let others = content.channels.iter().filter_map(|(name, it)| Some((name, of(it, true)?)));
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
    let text = (with_text && !channel.text.is_empty())
        .then(|| beginning(masker, &channel.text, &mut cut));
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
    with_texts: bool,
) -> Vec<ToolCall> {
    content.tool_calls.iter().map(|call| tool_call(masker, call, with_texts)).collect()
}

fn tool_call(masker: &mut Masker<'_>, call: &RawCall, with_texts: bool) -> ToolCall {
    let mut cut = false;
    let mut kept = |masker: &mut Masker<'_>, text: &String| beginning(masker, text, &mut cut);
    let arguments = with_texts.then(|| kept(masker, &call.arguments));
    let result = call.result.as_ref().filter(|_| with_texts).map(|text| kept(masker, text));
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
pub(super) fn captures(
    masker: &mut Masker<'_>,
    content: &Content,
) -> BTreeMap<Masked, MaskedJson> {
    let captures = content.captures.iter().map(|(name, value)| {
        let before = masker.places;
        let masked = masker.json(value);
        let is_altered = masker.places > before;
        (masker.piece(name), if is_altered { altered(masked) } else { masked })
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
        input: usage.input,
        output: usage.output,
        total: usage.total,
        reasoning: usage.reasoning,
        cached: usage.cached,
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
    timings.map(|(name, took)| (masker.piece(name), (*took).into())).collect()
}
