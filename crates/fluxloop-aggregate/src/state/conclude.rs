//! What everything together amounts to.

use std::collections::BTreeMap;

use super::{Odd, Oddities, State};
use crate::channel::{Appended, ChannelState};
use crate::choices::Choices;
use crate::compile::{Bits, Compiled, REASONING, REFUSAL, TEXT, bits_in};
use crate::content::{Content, Integrity};
use crate::diagnosis::{NoText, Only, TextAt};
use crate::known::DONE_DATA;
use crate::reader::Prepared;
use crate::repeats::Repeated;
use crate::rules::IntegrityRule;
use crate::types::NamedBy;
use crate::warning::{Warning, WarningKind};

impl Odd {
    fn warning(self, kind: WarningKind) -> Option<Warning> {
        let Self { count, first } = self;
        (count > 0).then_some(Warning { kind, count, example: first })
    }
}

fn several(count: u64, kind: WarningKind) -> Option<Warning> {
    (count > 0).then_some(Warning { kind, count, example: None })
}

impl State {
    pub(crate) fn into_content(mut self, reader: &Prepared, choices: &Choices) -> Content {
        let rules = &reader.compiled;
        let mut warnings = Vec::new();
        self.calls.conclude();
        let integrity = self.compare(reader, &mut warnings);
        self.warn(rules, choices, &mut warnings);
        let has_text = !self.channels[TEXT].is_empty();
        let no_text = (!has_text).then(|| Box::new(self.no_text(rules)));
        let by_reason = self.expected.as_ref().is_some_and(|end| end.or_finish_reason);
        let by_marker = self.shows_marker && !self.has_other_end();
        let shows_end =
            self.done || self.shows_end || by_marker || (by_reason && self.finish_reason.is_some());
        let has_end = shows_end || self.finish_reason.is_some();
        let missing_own_end = rules.own_end.clone().filter(|_| !has_end);
        let skipped = self.oddities.not_json.count + self.oddities.text_after_end.count;
        let (tool_calls, broken, first_broken) = std::mem::take(&mut self.calls).into_content();
        let broken = Odd { count: broken, first: first_broken };
        warnings.extend(broken.warning(WarningKind::ArgumentsNotJson));
        std::mem::take(&mut self.oddities).warn(&self, rules, &mut warnings);
        let names = |names: &[String], number: usize| names[number].clone();
        let mut channels: BTreeMap<_, _> = BTreeMap::new();
        let mut all = std::mem::take(&mut self.channels).into_iter().enumerate();
        let mut next = || {
            let (number, channel) = all.next()?;
            Some((names(&rules.channels, number), channel.into_content(rules.join_of(number))))
        };
        let [text, reasoning, refusal] =
            [(); 3].map(|()| next().map(|(_, content)| content).unwrap_or_default());
        while let Some((name, content)) = next() {
            if !content.is_empty() {
                channels.insert(name, content);
            }
        }
        let captures = self.captures.into_iter();
        let timings = self.timings.into_iter();
        Content {
            text,
            reasoning,
            refusal,
            channels,
            tool_calls,
            used_rules: self.used,
            usage: self.usage.sum(),
            finish_reason_at: self.finish_reason_at.map(|slot| rules.path_of(slot)),
            finish_reason: self.finish_reason,
            model: self.model,
            captures: captures.map(|(n, value)| (names(&rules.captures, n), value)).collect(),
            server_timings: timings.map(|(n, time)| (names(&rules.timings, n), time)).collect(),
            integrity,
            ends_as: self.ends_as,
            needs_input: self.needs_input,
            limit_reached: self.limit_reached,
            discarded: self.discarded,
            frames: self.frames,
            by_type: self.types.counts(NamedBy::Framing),
            by_data_type: self.types.counts(NamedBy::Data),
            passed: self.passed,
            matched: self.matched,
            skipped,
            done: self.done,
            shows_end,
            noted: self.noted.filter(|noted| !noted.is_part).map(|noted| noted.error),
            missing_end: self.expected.filter(|_| !shows_end).map(|end| end.name),
            missing_own_end,
            warnings,
            no_text,
        }
    }

    /// Takes back an end that is only the marker of a gateway, where the protocol has another end.
    /// What somebody configured as the end is one.
    pub(crate) fn judge_end(&mut self, rules: &Compiled) {
        let is_end = !rules.ends_are_known || !self.has_other_end();
        self.done &= is_end || !self.ends_in_marker;
    }

    /// Whether the answer was to end otherwise than with `[DONE]`, and has no finish reason.
    fn has_other_end(&self) -> bool {
        let is_other = self.expected.as_ref().is_some_and(|end| end.name != DONE_DATA);
        is_other && self.finish_reason.is_none()
    }

    /// Compares final texts with their groups. Where a channel is empty, the final text is its text.
    fn compare(&mut self, reader: &Prepared, warnings: &mut Vec<Warning>) -> Option<Integrity> {
        let finals = std::mem::take(&mut self.finals);
        let was_off = reader.rules.integrity == IntegrityRule::Off;
        let sequence_gaps = self.oddities.sequence.count;
        let mut integrity = Integrity { sequence_gaps, ..Integrity::default() };
        let mut differing = Odd::default();
        let mut only_final = Odd::default();
        let is_empty: Vec<bool> = self.channels.iter().map(ChannelState::is_empty).collect();
        let has_finals = !finals.is_empty();
        for (channel, label, text) in finals {
            let state = &mut self.channels[channel];
            let group = state.group(&label);
            // Servers that name a group anew repeat a text that is known.
            let is_missing = is_empty[channel]
                || (group.is_none() && state.is_grouped_like(&label) && !state.has_text(&text));
            if is_missing && !self.limit_reached {
                state.begin(text.len());
                self.limit_reached |= state.append(&label, &text) == Appended::Cut;
                if !text.is_empty() {
                    only_final.note(&text);
                }
                continue;
            }
            let is_cut = self.limit_reached || self.was_reset || self.failed;
            let group = if label.is_empty() { Some(state.whole().into_owned()) } else { group };
            let Some(group) = group.filter(|_| !is_cut && !was_off) else { continue };
            if group == text {
                integrity.final_texts_equal += 1;
            } else {
                integrity.final_texts_differ += 1;
                differing.note(&text);
            }
        }
        if was_off {
            self.oddities.sequence = Odd::default();
        }
        warnings.extend(differing.warning(WarningKind::FinalTextDiffers));
        warnings.extend(only_final.warning(WarningKind::OnlyFinalText));
        ((has_finals || self.sequence.is_some()) && !was_off).then_some(integrity)
    }

    /// Warnings about the answer as a whole.
    fn warn(&mut self, rules: &Compiled, choices: &Choices, warnings: &mut Vec<Warning>) {
        let text = &self.channels[TEXT];
        if let Some(repeated) = text.repeated().filter(|_| !self.failed) {
            let last_only = repeated == Repeated::ByLast;
            warnings.extend(several(1, WarningKind::CumulativeText { last_only }));
        }
        warnings.extend(several(text.not_continued, WarningKind::NotAContinuation));
        let too_many = self.channels.iter().map(|channel| channel.too_many).sum::<u64>();
        warnings.extend(several(too_many + self.calls.too_many, WarningKind::TooManyParts));
        let differ = Odd { count: self.calls.differ, first: self.calls.first_differing.take() };
        warnings.extend(differ.warning(WarningKind::ArgumentsDiffer));
        let (others, first) = choices.others();
        let others = if others > 0 {
            Odd { count: others, first }
        } else {
            std::mem::take(&mut self.oddities.several_choices)
        };
        warnings.extend(others.warning(WarningKind::OtherChoices));
        if let Some(noted) = self.noted.as_ref().filter(|noted| !noted.is_part && !self.failed) {
            warnings.push(Warning {
                kind: WarningKind::FailureInSuccess,
                count: noted.count,
                example: Some(noted.example.clone()),
            });
        }
        let is_empty = text.is_empty() && rules.channels.len() > REASONING;
        if is_empty && !self.channels[REASONING].is_empty() && self.calls.is_empty() {
            warnings.extend(several(1, WarningKind::OnlyReasoning));
        }
    }

    fn no_text(&self, rules: &Compiled) -> NoText {
        let is = |channel: usize| !self.channels[channel].is_empty();
        let seen = NoText::explain(&self.samples, &self.types, rules);
        let text_at = self.oddities.list_path.clone().map(TextAt::in_any_frame).or(seen.text_at);
        // A model may say something before it calls a tool.
        let only = if !self.calls.is_empty() {
            text_at.is_none().then_some(Only::ToolCalls)
        } else if is(REFUSAL) {
            Some(Only::Refusal)
        } else {
            is(REASONING).then_some(Only::Reasoning)
        };
        NoText {
            by_type: self.types.counts(NamedBy::Framing),
            by_data_type: self.types.counts(NamedBy::Data),
            passed: self.passed,
            matched: self.matched + self.not_text,
            only,
            finish_reason: self.finish_reason.clone(),
            text_at,
            ..seen
        }
    }
}

impl Oddities {
    fn warn(self, state: &State, rules: &Compiled, warnings: &mut Vec<Warning>) {
        let Self { by_line, by_data, mixed, list_path: path, .. } = self;
        warnings.extend(self.cut.warning(WarningKind::CutFrame));
        warnings.extend(self.unfinished.warning(WarningKind::UnfinishedFrame));
        warnings.extend(self.text_after_end.warning(WarningKind::TextAfterEnd));
        warnings.extend(self.not_json.warning(WarningKind::NotJson));
        warnings.extend(self.lists.warning(WarningKind::ListWithText { path }));
        warnings.extend(self.lines.warning(WarningKind::LinesNotFields));
        warnings.extend(self.sequence.warning(WarningKind::SequenceGap));
        let channels = names_of(&self.kept_in, rules);
        warnings.extend(self.kept_apart.warning(WarningKind::KeptApart { channels }));
        if mixed.len() > 1 {
            let types = mixed.iter().map(|place| state.types.name(*place).to_owned()).collect();
            warnings.extend(several(1, WarningKind::MixedTypes { types }));
        }
        if by_line > 0 && by_data > 0 {
            let kind = WarningKind::FilterByData { by_line, by_data };
            warnings.extend(several(by_line + by_data, kind));
        }
        warnings.extend(several(u64::from(self.ends_in_marker), WarningKind::DoneAsText));
    }
}

/// The channels that took what the text's path would have taken.
fn names_of(kept_in: &Bits, rules: &Compiled) -> Vec<String> {
    let name = |number| rules.channels.get(number).map_or("tool_calls", String::as_str);
    bits_in(kept_in).map(|number| name(number).to_owned()).collect()
}
