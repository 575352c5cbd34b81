//! The cases of a run, as columns.

use std::collections::HashMap;

use fluxloop_redact::Masked;
use fluxloop_trace::{FailureKind, Milliseconds, Outcome, Trace, Verdict};
use serde_json::{Value, json};

use crate::choice;
use crate::columns::{Columns, write_number};
use crate::phases::{self, Phase};
use crate::texts::{Recorded, Texts};

/// How a case ended, as the page sorts cases: by outcome, and among those that succeeded by verdict.
pub(crate) const STATES: [&str; 6] =
    ["passed", "unmet", "unjudged", "failed", "stopped", "interrupted"];

/// How many characters of a question stand in the table.
const EXCERPT_CHARS: usize = 120;

/// How many bytes the questions in the table may have, all inputs together.
const EXCERPT_BYTES: usize = 2 << 20;

/// In how many nanoseconds the length of a phase is counted.
const PHASE_UNIT: u64 = 10_000;

/// How many texts are kept for each case at most when it is estimated how long they are: the input
/// and the output stand there once each.
const RECORD_BYTES: u64 = 2_000;

/// What the page keeps of a case. Times are in microseconds.
#[derive(Debug)]
pub(crate) struct Row {
    /// Where the caller finds the record again.
    place: u64,
    pub(crate) case_index: u64,
    /// The place of its input among all inputs.
    pub(crate) input: u32,
    iteration: u32,
    /// Its place in [`STATES`].
    pub(crate) state: u8,
    pub(crate) success: bool,
    pub(crate) passed: bool,
    pub(crate) kind: Option<FailureKind>,
    /// The place of its persona, from 1; zero without a persona.
    persona: u32,
    /// When it was due: nanoseconds since 1970.
    due: u64,
    pub(crate) duration: u64,
    pub(crate) first_output: Option<u64>,
    pub(crate) first_token: Option<u64>,
    pub(crate) tpot: Option<u64>,
    /// In thousandths.
    pub(crate) tokens_per_second: Option<u64>,
    tokens: Option<u64>,
    attempts: u64,
    tools: u64,
    warnings: u64,
    characters: u64,
    /// Where its phases begin, and how many there are.
    phases: (usize, u64),
    /// About how long its texts are, in bytes.
    pub(crate) text_bytes: u64,
}

/// Texts that many cases share, each once, in the order in which they came.
#[derive(Debug, Default)]
struct Dictionary {
    texts: Vec<Masked>,
    places: HashMap<Masked, u32>,
}

impl Dictionary {
    /// The place of a text, and whether it is new.
    fn place(&mut self, text: &Masked) -> (u32, bool) {
        if let Some(&place) = self.places.get(text) {
            return (place, false);
        }
        let place = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.clone());
        self.places.insert(text.clone(), place);
        (place, true)
    }
}

/// The cases of a run: columns of all of them, and the texts of those that were chosen.
///
/// Memory grows by about 300 bytes for each case, and by the texts of the chosen cases.
#[derive(Debug, Default)]
pub struct RunCases {
    rows: Vec<Row>,
    phases: Vec<u8>,
    inputs: Dictionary,
    /// The beginning of the question of each input.
    questions: Vec<Masked>,
    question_bytes: usize,
    personas: Dictionary,
    models: Dictionary,
    texts: Texts,
}

/// What [`RunCases`] gives to the page.
pub(crate) struct Packed {
    /// Where each column begins.
    pub(crate) index: Value,
    pub(crate) columns: Vec<u8>,
    /// Ids, questions and other names.
    pub(crate) names: Value,
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) count: usize,
    pub(crate) chosen: usize,
    pub(crate) recorded: usize,
    /// When the first case was due: nanoseconds since 1970.
    pub(crate) start: u64,
    pub(crate) models: Vec<Masked>,
}

fn micros(time: Milliseconds) -> u64 {
    time.as_nanos() / 1_000
}

/// The place in [`STATES`].
fn state(trace: &Trace) -> u8 {
    match (trace.success, trace.outcome, trace.verdict) {
        (true, _, Verdict::Unmet) => 1,
        (true, _, Verdict::Unjudged) => 2,
        (true, ..) => 0,
        (false, Outcome::Stopped, _) => 4,
        (false, Outcome::Interrupted, _) => 5,
        (false, ..) => 3,
    }
}

/// About how many bytes of text the record has.
fn text_bytes(trace: &Trace) -> u64 {
    let channels = trace.turns.iter().flat_map(|turn| turn.channels.iter());
    let channels: u64 = channels.map(|(_, channel)| channel.characters).sum();
    let tools = trace.turns.iter().flat_map(|turn| &turn.tool_calls);
    let length = |text: &Option<Masked>| text.as_ref().map_or(0, |it| it.as_str().len());
    let tools: usize = tools.map(|call| 2 * length(&call.arguments) + length(&call.result)).sum();
    let texts = trace.attempts().map(|attempt| length(&attempt.text)).sum::<usize>();
    let own = trace.input.as_str().len() * 2 + trace.output.as_str().len() + tools + texts;
    RECORD_BYTES + channels + own as u64
}

impl RunCases {
    /// No case yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many cases there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Takes the record of a case, which the caller finds again at `place`.
    pub fn add(&mut self, trace: &Trace, place: u64) {
        let last = trace.last_turn();
        let timings = last.map(|turn| &turn.timings);
        let times = timings.map(|timings| timings.last_attempt).unwrap_or_default();
        let (input, is_new) = self.inputs.place(&trace.case_id.input_id);
        if is_new {
            self.add_question(trace);
        }
        if let Some(model) = &trace.model {
            self.models.place(model);
        }
        let persona = trace.persona.as_ref().map_or(0, |name| self.personas.place(name).0 + 1);
        let start = self.phases.len();
        let parts = phases::phases(trace);
        for (phase, took) in &parts {
            write_number(&mut self.phases, (took / PHASE_UNIT) << 3 | phase.number());
        }
        self.rows.push(Row {
            place,
            case_index: trace.case_index,
            input,
            iteration: trace.iteration,
            state: state(trace),
            success: trace.success,
            passed: trace.passed(),
            kind: trace.error.as_ref().map(|failure| failure.kind),
            persona,
            due: phases::due(trace),
            duration: micros(trace.duration_ms),
            first_output: times.first_output_ms.map(micros),
            first_token: times.first_token_ms.map(micros),
            tpot: timings.and_then(|it| it.tpot_ms).map(micros),
            tokens_per_second: timings.and_then(|it| it.tokens_per_second).map(thousandths),
            tokens: trace.token_usage.map(|usage| usage.completion_tokens),
            attempts: trace.attempts().count() as u64,
            tools: trace.turns.iter().map(|turn| turn.tool_calls.len() as u64).sum(),
            warnings: trace.warnings.len() as u64,
            characters: last
                .and_then(|turn| turn.channels.text.as_ref())
                .map_or(0, |text| text.characters),
            phases: (start, parts.len() as u64),
            text_bytes: text_bytes(trace),
        });
    }

    fn add_question(&mut self, trace: &Trace) {
        let question = trace.input.to_masked().excerpt(EXCERPT_CHARS);
        let bytes = question.as_str().len();
        let has_room = self.question_bytes + bytes <= EXCERPT_BYTES;
        self.question_bytes += if has_room { bytes } else { 0 };
        self.questions.push(if has_room { question } else { Masked::default() });
    }

    /// Chooses the cases whose texts the page has: those with the indices in `first`, those that did
    /// not pass, the slowest, and a sample of the others. Gives the places of their records, in
    /// order.
    pub fn choose(&mut self, first: &[u64]) -> Vec<u64> {
        self.rows.sort_by_key(|row| row.case_index);
        let find = |index: &u64| self.rows.binary_search_by_key(index, |row| row.case_index).ok();
        let first: Vec<usize> = first.iter().filter_map(find).collect();
        let chosen = choice::choose(&self.rows, &first);
        let mut places: Vec<u64> = chosen.iter().map(|&row| self.rows[row].place).collect();
        places.sort_unstable();
        places
    }

    /// Takes the texts of a chosen case, and what was recorded of it.
    pub fn add_texts(&mut self, trace: &Trace, recorded: Option<&Recorded>) {
        self.texts.add(trace, recorded);
    }

    /// The place of the case with this index; the cases were chosen by then.
    pub(crate) fn row(&self, case_index: u64) -> Option<usize> {
        self.rows.binary_search_by_key(&case_index, |row| row.case_index).ok()
    }

    /// Makes columns of the rows.
    pub(crate) fn pack(mut self) -> Packed {
        self.rows.sort_by_key(|row| row.case_index);
        let rows = &self.rows;
        let start = rows.iter().map(|row| row.due).filter(|due| *due > 0).min().unwrap_or(0);
        let kinds = FailureKind::ALL;
        let mut columns = Columns::default();
        columns.add("index", rows.iter().map(|row| row.case_index));
        columns.add("input", rows.iter().map(|row| row.input.into()));
        columns.add("iteration", rows.iter().map(|row| row.iteration.into()));
        columns.add("state", rows.iter().map(|row| row.state.into()));
        let kind = |kind| kinds.iter().position(|it| *it == kind).map(|place| place as u64);
        columns.add_some("kind", rows.iter().map(|row| row.kind.and_then(kind)));
        columns.add("persona", rows.iter().map(|row| row.persona.into()));
        columns.add("start", rows.iter().map(|row| row.due.saturating_sub(start) / 1_000));
        columns.add("duration", rows.iter().map(|row| row.duration));
        columns.add_some("first_output", rows.iter().map(|row| row.first_output));
        columns.add_some("first_token", rows.iter().map(|row| row.first_token));
        columns.add_some("tpot", rows.iter().map(|row| row.tpot));
        columns.add_some("tokens_per_second", rows.iter().map(|row| row.tokens_per_second));
        columns.add_some("tokens", rows.iter().map(|row| row.tokens));
        columns.add("attempts", rows.iter().map(|row| row.attempts));
        columns.add("tools", rows.iter().map(|row| row.tools));
        columns.add("warnings", rows.iter().map(|row| row.warnings));
        columns.add("characters", rows.iter().map(|row| row.characters));
        columns.add("succeeded", rows.iter().map(|row| row.success.into()));
        let text = |row: &Row| self.texts.chunk(row.case_index);
        columns.add_some("text", rows.iter().map(text));
        let ticks = |row: &Row| self.texts.ticks(row.case_index);
        columns.add("tick_count", rows.iter().map(|row| ticks(row).len() as u64));
        columns.add("ticks", rows.iter().flat_map(|row| differences(ticks(row))));
        columns.add("phase_count", rows.iter().map(|row| row.phases.1));
        let mut phases = Vec::with_capacity(self.phases.len());
        for row in rows {
            phases.extend(numbers(&self.phases[row.phases.0..], row.phases.1));
        }
        columns.add("phases", phases);
        let (chosen, recorded) = (self.texts.count(), self.texts.recorded());
        let (index, columns) = columns.finish();
        let names = json!({
            "ids": self.inputs.texts,
            "questions": self.questions,
            "personas": self.personas.texts,
            "kinds": kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
            "kind_meanings": kinds.iter().map(|kind| kind.meaning()).collect::<Vec<_>>(),
            "states": STATES,
            "phases": Phase::NAMES,
        });
        Packed {
            index,
            columns,
            names,
            chunks: self.texts.finish(),
            count: self.rows.len(),
            chosen,
            recorded,
            start,
            models: self.models.texts,
        }
    }
}

/// A rate in thousandths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is positive, and the conversion saturates"
)]
fn thousandths(rate: fluxloop_trace::TokensPerSecond) -> u64 {
    (rate.as_tokens() * 1e3).round() as u64
}

/// Each number less the one before it.
fn differences(numbers: &[u64]) -> impl Iterator<Item = u64> {
    let before = std::iter::once(0).chain(numbers.iter().copied());
    numbers.iter().zip(before).map(|(number, before)| number.saturating_sub(before))
}

/// The first numbers of these bytes.
fn numbers(mut bytes: &[u8], count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |_| {
        let (mut number, mut shift) = (0, 0);
        while let Some((&byte, rest)) = bytes.split_first() {
            bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
            shift += 7;
        }
        number
    })
}
