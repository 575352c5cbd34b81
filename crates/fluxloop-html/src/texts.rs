//! The texts of chosen cases, in compressed chunks, each of which is unpacked when it is needed.

use std::collections::HashMap;

use fluxloop_recording::RecordedCase;
use fluxloop_trace::Trace;
use serde_json::{Value, json};

/// How many bytes a chunk has before compression; a case is never divided.
const CHUNK_BYTES: usize = 256 << 10;

/// How many characters of one text the page has.
const MOST_CHARS: usize = 32_000;

/// Members of a record that repeat others.
const REPEATED: [&str; 6] = [
    "conversation",
    "conversation_state",
    "version",
    "observation_count",
    "trace_id",
    "input_hash",
];

/// How long the text of an attempt was at a moment.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Arrival {
    /// Nanoseconds since the attempt began.
    pub at: u64,
    /// The length of the text, in units of UTF-16: those in which browsers count.
    pub length: u64,
}

/// How many moments of a case the strips show at most.
const MOST_TICKS: usize = 160;

/// What the page shows of the recording of a case.
#[derive(Clone, Debug)]
pub struct Recorded {
    attempts: Value,
    /// When pieces of the last attempt's text arrived: microseconds since the case was due.
    ticks: Vec<u64>,
}

impl Recorded {
    /// Takes the heads of the answers, and for each attempt when its text arrived.
    pub fn new(case: &RecordedCase, arrivals: &[Vec<Arrival>]) -> Self {
        let attempts = case.attempts.iter().enumerate().map(|(place, attempt)| {
            let arrivals = arrivals.get(place).map(Vec::as_slice).unwrap_or_default();
            let head = attempt.head();
            json!({
                "started": attempt.facts().started / 1_000,
                "ended": attempt.facts().ended / 1_000,
                "head": head.map(|head| json!({
                    "at": head.at / 1_000, "status": head.status, "headers": head.headers,
                })),
                "bytes": attempt.body().len(),
                "arrivals": differences(arrivals),
            })
        });
        let last = case.attempts.last().zip(arrivals.last());
        let ticks = last.map_or_else(Vec::new, |(attempt, arrivals)| {
            let step = arrivals.len().div_ceil(MOST_TICKS).max(1);
            let moments = arrivals.iter().step_by(step);
            moments.map(|it| (attempt.facts().started + it.at) / 1_000).collect()
        });
        Self { attempts: attempts.collect(), ticks }
    }
}

/// Microseconds and units of text since the arrival before, in turn. Text that was taken back gives a
/// negative number.
fn differences(arrivals: &[Arrival]) -> Vec<i64> {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let (mut at, mut length) = (0, 0);
    let mut differences = Vec::with_capacity(2 * arrivals.len());
    for arrival in arrivals {
        let (now, so_far) = (number(arrival.at / 1_000), number(arrival.length));
        differences.extend([now - at, so_far - length]);
        (at, length) = (now, so_far);
    }
    differences
}

/// The texts of the cases that were chosen so far.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    chunks: Vec<Vec<u8>>,
    /// The chunk under way.
    current: Vec<u8>,
    /// In which chunk a case stands.
    places: HashMap<u64, u64>,
    ticks: HashMap<u64, Vec<u64>>,
    recorded: usize,
}

impl Texts {
    pub(crate) fn add(&mut self, trace: &Trace, recorded: Option<&Recorded>) {
        let mut record = serde_json::to_value(trace).unwrap_or_default();
        if let Some(members) = record.as_object_mut() {
            members.retain(|name, _| !REPEATED.contains(&name.as_str()));
        }
        clip(&mut record);
        let detail = match recorded {
            Some(it) => json!({"record": record, "recording": it.attempts}),
            None => json!({"record": record}),
        };
        if let Some(recorded) = recorded {
            self.recorded += 1;
            self.ticks.insert(trace.case_index, recorded.ticks.clone());
        }
        self.places.insert(trace.case_index, self.chunks.len() as u64);
        self.current.push(if self.current.is_empty() { b'[' } else { b',' });
        self.current.extend_from_slice(detail.to_string().as_bytes());
        if self.current.len() >= CHUNK_BYTES {
            self.end_chunk();
        }
    }

    fn end_chunk(&mut self) {
        if !self.current.is_empty() {
            self.current.push(b']');
            let chunk = std::mem::take(&mut self.current);
            // Writing to memory cannot fail.
            self.chunks.push(crate::columns::deflated(&chunk).unwrap_or_default());
        }
    }

    /// In which chunk a case stands, if it was chosen.
    pub(crate) fn chunk(&self, case_index: u64) -> Option<u64> {
        self.places.get(&case_index).copied()
    }

    /// When pieces of the text of a case arrived, as far as that is known: microseconds since it was
    /// due.
    pub(crate) fn ticks(&self, case_index: u64) -> &[u64] {
        self.ticks.get(&case_index).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn count(&self) -> usize {
        self.places.len()
    }

    /// How many of the chosen cases are recorded.
    pub(crate) fn recorded(&self) -> usize {
        self.recorded
    }

    /// The chunks, compressed.
    pub(crate) fn finish(mut self) -> Vec<Vec<u8>> {
        self.end_chunk();
        self.chunks
    }
}

/// Cuts long texts.
fn clip(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(MOST_CHARS) {
                let more = text[end..].chars().count();
                text.truncate(end);
                *text +=
                    &["… [", &more.to_string(), " more characters are in traces.jsonl]"].concat();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(clip),
        Value::Object(members) => members.values_mut().for_each(clip),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let mut value = json!({"a": ["ä".repeat(MOST_CHARS + 2), "short"]});
        clip(&mut value);
        let cut = value["a"][0].as_str().expect("a text");
        assert!(cut.ends_with("ä… [2 more characters are in traces.jsonl]"), "{cut}");
        assert_eq!(value["a"][1], "short");
    }

    #[test]
    fn arrivals_are_differences() {
        let arrivals = [(5_000, 3), (9_000, 1)].map(|(at, length)| Arrival { at, length });
        assert_eq!(differences(&arrivals), [5, 3, 4, -2]);
    }
}
