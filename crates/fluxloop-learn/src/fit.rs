//! Which preset reads an answer.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fluxloop_aggregate::AnswerReader;
use fluxloop_frames::Framing;
use fluxloop_schema::{PRESETS, Preset, StreamKind};

use crate::proposal::{Confidence, Finding};
use crate::reads::{AUTO, Reading, read, reader};
use crate::recording::Recording;

/// A preset, ready to read.
struct OfPreset {
    preset: &'static Preset,
    framing: Option<StreamKind>,
    reader: AnswerReader,
}

static READERS: LazyLock<Vec<OfPreset>> = LazyLock::new(|| {
    let of_preset = |preset: &'static Preset| {
        let schema = preset.schema();
        OfPreset { preset, framing: schema.framing, reader: reader(schema) }
    };
    PRESETS.iter().map(of_preset).collect()
});

/// Something that a rule took, and from where.
type Took = (String, String);

/// The preset that reads an answer best.
pub(crate) struct Fit {
    pub(crate) finding: Finding<&'static str>,
    /// Whether it finds the text that was learned, if any was.
    pub(crate) agrees: bool,
    /// Whether it finds the end.
    pub(crate) has_end: bool,
    /// Whether it finds counts of tokens.
    pub(crate) has_usage: bool,
}

/// A preset, and how well it reads an answer.
struct Rated {
    preset: &'static Preset,
    reading: Reading,
    /// How many places it reads that are not known to every schema.
    own: usize,
    /// How much that is worth.
    worth: f64,
}

/// The preset that reads an answer best. `text` is what was learned without presets: a preset that
/// finds another text is at most likely.
pub(crate) fn preset(recording: &Recording, text: Option<&str>) -> Option<Fit> {
    let known = read(recording, &AUTO).took;
    let rated = READERS.iter().filter_map(|reader| rate(recording, reader, &known));
    let mut rated: Vec<Rated> = rated.collect();
    rated.sort_by(|a, b| b.worth.total_cmp(&a.worth));
    let best = rated.first()?;
    let second = rated.get(1);
    let read = best.reading.content.text.text.trim();
    let agrees = text.is_none_or(|text| text.trim() == read);
    let is_clear = second.is_none_or(|second| second.worth < best.worth);
    let confidence = match (agrees, is_clear) {
        (true, true) if best.reading.content.done || best.own > 3 => Confidence::Certain,
        (true, true) => Confidence::Likely,
        _ => Confidence::Guess,
    };
    let mut reason = format!("it {}", what(&best.reading, best.own));
    if let Some(second) = second.filter(|_| !is_clear) {
        reason = format!("{reason}; `{}` reads as much", second.preset.name);
    }
    if !agrees {
        reason.push_str("; what was learned from the frames alone is another text");
    }
    let content = &best.reading.content;
    Some(Fit {
        finding: Finding { value: best.preset.name, confidence, reason },
        agrees,
        has_end: content.done || content.finish_reason.is_some(),
        has_usage: content.usage.is_some(),
    })
}

/// How well a preset reads an answer; `None` if it does not.
fn rate(recording: &Recording, of: &OfPreset, known: &BTreeSet<Took>) -> Option<Rated> {
    if !is_framing(of.framing, recording.framing?) {
        return None;
    }
    let is_strict =
        of.framing.is_some_and(|framing| framing != StreamKind::Auto) && !recording.is_document();
    let reading = read(recording, &of.reader);
    let is_kept_apart = |(what, _): &&Took| what.starts_with("kept apart");
    let own: Vec<&Took> = reading
        .took
        .iter()
        .filter(|took| !known.contains(*took) && !is_kept_apart(took) && took.0 != "type")
        .collect();
    let texts = reading.took.iter().filter(|(what, _)| what == "text");
    // A text that `auto` would take from anywhere proves nothing.
    let reads_text = texts.clone().any(|took| !known.contains(took)) && reading.content.has_text();
    let content = &reading.content;
    let reads_call = !content.tool_calls.is_empty()
        && own.iter().any(|(what, _)| what.starts_with("tool_calls"));
    if !reads_text && !reads_call && own.len() < 3 {
        return None;
    }
    let worth = own.len() as f64
        + f64::from(u8::from(content.done)) * 2.0
        + f64::from(u8::from(reads_text)) * 2.0
        + f64::from(u8::from(is_strict)) * 0.5
        - f64::from(u8::from(!content.warnings.is_empty()))
        - f64::from(u8::from(content.missing_end.is_some())) * 2.0;
    let own = own.len();
    Some(Rated { preset: of.preset, reading, own, worth })
}

fn is_framing(wanted: Option<StreamKind>, framing: Framing) -> bool {
    // Every protocol may answer with one document, too.
    if framing == Framing::Whole {
        return true;
    }
    match wanted.unwrap_or(StreamKind::Sse) {
        StreamKind::Auto | StreamKind::None => true,
        wanted => wanted.name() == framing.name(),
    }
}

/// What a preset finds, in words.
fn what(reading: &Reading, own: usize) -> String {
    let content = &reading.content;
    let mut found = Vec::new();
    let mut add = |is_found: bool, what: &str| {
        if is_found {
            found.push(what.to_owned());
        }
    };
    add(content.has_text(), "the text");
    add(!content.reasoning.is_empty(), "the reasoning");
    add(!content.tool_calls.is_empty(), "tool calls");
    add(content.usage.is_some(), "token counts");
    add(content.finish_reason.is_some(), "the finish reason");
    add(content.done, "the end");
    if reading.has_failed {
        found.push("an error".to_owned());
    }
    format!("finds {}; places that only its protocol has: {own}", found.join(", "))
}
