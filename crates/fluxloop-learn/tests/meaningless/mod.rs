//! Gives everything in an answer that is a name another name, which means nothing.

use std::collections::BTreeMap;

use fluxloop_frames::Frame;
use fluxloop_learn::{Recorded, Recording};
use fluxloop_mock::MockOptions;
use serde_json::Value;

/// The same answer with meaningless names of members, types and states, and another marker at its
/// end. Texts, arguments, ids, numbers and the order stay.
pub(crate) fn rename(recording: &Recording, text: &str) -> Recording {
    let mut names = Names { known: BTreeMap::new(), text: text.to_owned() };
    let frames = recording.frames.iter().map(|frame| names.frame(frame)).collect();
    Recording { frames, ..recording.clone() }
}

struct Names {
    known: BTreeMap<String, String>,
    text: String,
}

const SYLLABLES: [&str; 20] = [
    "zu", "vra", "mo", "ki", "pel", "ost", "ru", "fen", "gi", "lu", "dra", "wex", "no", "bip",
    "sa", "tor", "yul", "qua", "je", "hax",
];

impl Names {
    fn name(&mut self, name: &str) -> String {
        let number = self.known.len();
        let known = self.known.entry(name.to_owned()).or_insert_with(|| {
            let syllable = |divisor: usize| SYLLABLES[number / divisor % SYLLABLES.len()];
            format!("{}{}{}", syllable(1), syllable(20), syllable(400))
        });
        known.clone()
    }

    fn frame(&mut self, frame: &Recorded) -> Recorded {
        let event_type = match frame.event_type.as_str() {
            Frame::MESSAGE => Frame::MESSAGE.to_owned(),
            name => self.name(name),
        };
        let data = match serde_json::from_str::<Value>(&frame.data) {
            Ok(value) => self.value(value).to_string(),
            Err(_) => frame.data.replace("[DONE]", "<ZUVRA>"),
        };
        Recorded { event_type, data, ..frame.clone() }
    }

    fn value(&mut self, value: Value) -> Value {
        match value {
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (self.name(&name), self.value(value)))
                .collect(),
            Value::Array(elements) => elements.into_iter().map(|it| self.value(it)).collect(),
            Value::String(text) if text == "[DONE]" => "<ZUVRA>".into(),
            Value::String(text) if self.is_name(&text) => self.name(&text).into(),
            value => value,
        }
    }

    /// Whether a text is a name: a word that is no part of what was said, no id, no time and not the
    /// word for nothing.
    fn is_name(&self, text: &str) -> bool {
        let is_word = !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/|".contains(&byte))
            && text.bytes().any(|byte| byte.is_ascii_alphabetic());
        let is_id = text.bytes().any(|byte| byte.is_ascii_digit());
        let is_said = self.text.contains(text) || MockOptions::REASONING.contains(text);
        is_word && !is_id && !is_said && text != "null" && text != "lookup"
    }
}
