//! Puts the findings together, and tries them on the frames.

use std::borrow::Cow;

use fluxloop_frames::Framing;
use serde_json::{Map, Value, json};

use crate::choose::{Choice, Chosen, choose};
use crate::group::{Group, group};
use crate::place::Place;
use crate::proposal::{Candidate, Confidence, Finding, Line, Outcome, Proposal};
use crate::reads::{kind_of, read, reader, schema_of};
use crate::recording::Recording;
use crate::strand::{Strand, strands};
use crate::table::Table;
use crate::types::Types;
use crate::{document, ends, failure, fit, tools, usage};

/// How much of a text is shown of a candidate, in characters.
const SAMPLE: usize = 60;

/// The places at which every schema looks for a type in the data.
const KNOWN_TYPES: [&str; 3] = ["type", "event", "event_type"];

/// Learns from an answer.
pub fn learn(recording: &Recording) -> Proposal {
    let failure = failure::find(recording);
    let sound = match &failure {
        Some(failure) => Cow::Owned(recording.until(failure.frame)),
        None => Cow::Borrowed(recording),
    };
    let table = Table::new(&sound);
    let types = Types::of(&table);
    let mut strands = strands(&table, &types);
    let groups: Vec<Option<Group>> = strands.iter_mut().map(|it| group(&table, it)).collect();
    let choice =
        if recording.is_document() { document::choose(&strands) } else { choose(&strands) };
    let study = Study {
        recording: &sound,
        table: &table,
        types: &types,
        strands: &strands,
        groups: &groups,
    };
    let mut proposal = Proposal {
        framing: framing(recording),
        preset: None,
        outcome: outcome(&choice, failure.is_some()),
        lines: study.lines(&choice),
        others: study.others(&choice),
        failure,
        has_end: false,
        has_usage: false,
        has_types_in_data: matches!(types, Types::At(_)),
    };
    let text = choice.text.as_ref().map(|chosen| strands[chosen.strand].text());
    study.prove(&mut proposal, text.as_deref());
    let text = text.filter(|_| proposal.outcome == Outcome::Learned);
    let fit = fit::preset(recording, text.as_deref());
    if fit.as_ref().is_some_and(|fit| !fit.agrees) {
        proposal.doubt();
    }
    let has = |proposal: &Proposal, key: &str| proposal.lines.iter().any(|line| line.key == key);
    proposal.has_end = recording.is_document()
        || fit.as_ref().is_some_and(|fit| fit.has_end)
        || has(&proposal, "end")
        || has(&proposal, "finish_reason");
    proposal.has_usage = fit.as_ref().is_some_and(|fit| fit.has_usage) || has(&proposal, "usage");
    proposal.preset = fit.map(|fit| fit.finding);
    proposal
}

/// All texts of an answer, each joined from its pieces: what nobody sees in a single frame is seen
/// here.
pub fn texts(recording: &Recording) -> Vec<String> {
    let table = Table::new(recording);
    let types = Types::of(&table);
    strands(&table, &types).iter().map(Strand::text).collect()
}

fn framing(recording: &Recording) -> Finding<Option<Framing>> {
    let reason = match recording.framing {
        None => "the body is empty",
        Some(Framing::EventStream) => "lines that begin with `data:` or `event:`",
        Some(Framing::Lines) => "each line is a JSON document",
        Some(Framing::Json) => "JSON documents, or the elements of one list",
        Some(Framing::Whole) => "the body is one JSON document",
        Some(_) => "neither events nor JSON",
    };
    let value = recording.framing;
    let is_text = value == Some(Framing::Text);
    let confidence = if is_text { Confidence::Guess } else { Confidence::Certain };
    Finding { value, confidence, reason: reason.to_owned() }
}

fn outcome(choice: &Choice, has_failed: bool) -> Outcome {
    if choice.text.is_some() {
        Outcome::Learned
    } else if has_failed {
        Outcome::Failed
    } else if !choice.undecided.is_empty() {
        Outcome::Undecided
    } else if !choice.reasoning.is_empty() {
        Outcome::OnlyReasoning
    } else {
        Outcome::TooLittle
    }
}

/// What is known of an answer.
struct Study<'s> {
    recording: &'s Recording,
    table: &'s Table<'s>,
    types: &'s Types,
    strands: &'s [Strand],
    groups: &'s [Option<Group>],
}

impl Study<'_> {
    /// The lines of the schema.
    fn lines(&self, choice: &Choice) -> Vec<Line> {
        let mut lines = Vec::new();
        let Some(chosen) = &choice.text else { return lines };
        if let Some(framing) = self.recording.framing {
            lines.push(Line {
                key: "framing",
                value: json!(kind_of(framing).name()),
                confidence: Confidence::Certain,
                reason: match framing {
                    Framing::Whole => "the body is one JSON document".to_owned(),
                    _ => "how the frames of this answer were cut".to_owned(),
                },
            });
        }
        let text = &self.strands[chosen.strand];
        lines.push(self.channel("text", std::slice::from_ref(chosen)));
        if !choice.reasoning.is_empty() {
            lines.push(self.channel("reasoning", &choice.reasoning));
        }
        if self.recording.is_document() {
            let usage = usage::usage(self.table, 0, &self.expected_tokens(choice));
            // Numbers of one document change nowhere: that two of them fit a text proves nothing.
            lines.extend(usage.filter(|usage| usage.confidence > Confidence::Guess));
            lines.extend(ends::named_finish_reason(self.table));
            return lines;
        }
        lines.extend(tools::tool_calls(self.table, self.types, self.strands));
        if self.recording.is_whole && !self.recording.is_cut {
            lines.extend(usage::usage(self.table, text.last(), &self.expected_tokens(choice)));
            let end = ends::end(self.table, self.types, text);
            let calls = self.strands.iter().filter(|it| it.look.is_json && it.is_streamed());
            let from = calls.map(Strand::last).fold(text.last(), usize::max);
            lines.extend(ends::finish_reason(self.table, self.types, text, from, end.is_some()));
            lines.extend(end);
        }
        self.add_type(&mut lines);
        lines
    }

    /// How many tokens the answer may have: as many as pieces, or one for four characters; with the
    /// arguments of calls or without them.
    fn expected_tokens(&self, choice: &Choice) -> Vec<f64> {
        let chosen = choice.text.iter().chain(&choice.reasoning);
        let texts: Vec<&Strand> = chosen.map(|it| &self.strands[it.strand]).collect();
        let calls = self.strands.iter().filter(|it| it.look.is_json);
        let with_calls: Vec<&Strand> = texts.iter().copied().chain(calls).collect();
        let count = |strands: &[&Strand]| {
            let pieces: usize = strands.iter().map(|it| it.look.filled).sum();
            let characters: usize = strands.iter().map(|it| it.look.characters).sum();
            [pieces as f64, characters as f64 / 4.0]
        };
        [count(&texts), count(&with_calls)].concat()
    }

    /// Says where the type is, where a rule asks for it and not every schema knows the place.
    fn add_type(&self, lines: &mut Vec<Line>) {
        let Types::At(place) = self.types else { return };
        let path = place.first();
        let is_asked = lines.iter().any(|line| asks_for_type(&line.value));
        if is_asked && !KNOWN_TYPES.contains(&path.as_str()) {
            lines.insert(
                1,
                Line {
                    key: "type",
                    value: json!(path),
                    confidence: Confidence::Likely,
                    reason: "few values in many frames, and each has a shape of its own".to_owned(),
                },
            );
        }
    }

    fn channel(&self, key: &'static str, chosen: &[Chosen]) -> Line {
        let mut rules: Vec<Value> = chosen.iter().map(|it| self.rule(it.strand)).collect();
        let value = if rules.len() == 1 { rules.remove(0) } else { Value::Array(rules) };
        let weakest = chosen.iter().min_by_key(|it| it.confidence);
        let confidence = weakest.map_or(Confidence::Guess, |it| it.confidence);
        let reason = weakest.map(|it| it.reason.clone()).unwrap_or_default();
        Line { key, value, confidence, reason }
    }

    /// The rule that reads a strand.
    fn rule(&self, strand: usize) -> Value {
        let (group, strand) = (&self.groups[strand], &self.strands[strand]);
        let mut rule = Map::new();
        rule.extend(strand.condition().map(|when| ("when".to_owned(), when)));
        rule.extend(strand.path(self.table).map(|path| ("path".to_owned(), json!(path))));
        if strand.look.is_cumulative {
            rule.insert("join".to_owned(), json!("replace"));
        }
        if let Some(Group { place }) = group {
            rule.insert("group".to_owned(), json!(Place::first(place)));
        }
        Value::Object(rule)
    }

    /// The texts that are neither the answer nor reasoning, the longest first.
    fn others(&self, choice: &Choice) -> Vec<Candidate> {
        let mut others: Vec<(usize, &'static str)> = Vec::new();
        others.extend(choice.undecided.iter().map(|it| (*it, "may be the text")));
        for (copy, _) in &choice.copies {
            others.push((*copy, "repeats a text that came in pieces"));
        }
        let is_taken = |it: usize| {
            let chosen = choice.text.iter().chain(&choice.reasoning);
            chosen.map(|chosen| chosen.strand).any(|strand| strand == it)
                || choice.undecided.contains(&it)
                || choice.copies.iter().any(|(copy, _)| *copy == it)
        };
        let mut rest: Vec<usize> = (0..self.strands.len())
            .filter(|it| {
                !is_taken(*it)
                    && (self.strands[*it].look.is_prose
                        || self.strands[*it].look.is_json
                        || self.strands[*it].look.filled < 3
                            && crate::prose::is_prose(&self.strands[*it].text()))
            })
            .collect();
        rest.sort_by_key(|it| std::cmp::Reverse(self.strands[*it].look.characters));
        others.extend(rest.into_iter().map(|it| {
            let strand = &self.strands[it];
            let note = if strand.look.is_json {
                "JSON: arguments of a tool, or data"
            } else if self.recording.is_document() {
                "another text of the body"
            } else if strand.is_enough() {
                "reads like items of a list"
            } else {
                "in too few frames to learn from"
            };
            (it, note)
        }));
        others.into_iter().map(|(it, note)| self.candidate(it, note)).collect()
    }

    fn candidate(&self, strand: usize, note: &'static str) -> Candidate {
        let (rule, strand) = (self.rule(strand), &self.strands[strand]);
        let sample = strand.text().chars().take(SAMPLE).collect();
        let (frames, characters) = (strand.look.filled, strand.look.characters);
        Candidate { rule, frames, characters, sample, note }
    }

    /// Reads the answer with what was learned. A line that does not do what it says is dropped; if
    /// the text does not come out, nothing was learned.
    fn prove(&self, proposal: &mut Proposal, text: Option<&str>) {
        let Some(text) = text else { return };
        let reads = |lines: &[Line]| {
            let members = lines.iter().map(|line| (line.key.to_owned(), line.value.clone()));
            let schema = schema_of(&Value::Object(members.collect::<Map<_, _>>()))?;
            let reading = read(self.recording, &reader(schema));
            (!reading.has_failed && reading.content.text.text == text).then_some(reading)
        };
        if reads(&proposal.lines).is_some() {
            return;
        }
        let is_needed = |line: &Line| ["framing", "type", "text"].contains(&line.key);
        let mut kept: Vec<Line> =
            proposal.lines.iter().filter(|it| is_needed(it)).cloned().collect();
        if reads(&kept).is_none() {
            proposal.outcome = Outcome::Undecided;
            proposal.lines.clear();
            return;
        }
        for line in proposal.lines.iter().filter(|it| !is_needed(it)) {
            kept.push(line.clone());
            if reads(&kept).is_none() {
                kept.pop();
            }
        }
        proposal.lines = kept;
    }
}

/// Whether a rule names a type.
fn asks_for_type(value: &Value) -> bool {
    match value {
        Value::Array(rules) => rules.iter().any(asks_for_type),
        Value::Object(rule) => match rule.get("when") {
            Some(Value::String(_)) => true,
            Some(when) => when.get("type").is_some(),
            None => false,
        },
        _ => false,
    }
}
