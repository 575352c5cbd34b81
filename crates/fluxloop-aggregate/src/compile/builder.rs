//! Numbers the paths and types of a schema, and puts its rules in the order of their work.

use std::collections::{BTreeMap, HashMap};

use fluxloop_jsonpath::{JsonPath, Step};
use fluxloop_schema::{
    CallPath, CallRule, Channel, Condition, Count, EndRule, ErrorParts, ErrorRule, ExpectedEnd,
    Join, Schema, Test, TextRule, TypePattern, TypePlaces,
};
use serde::de::IgnoredAny;

use super::{
    Bits, Call, Counted, Counter, Ending, Expected, Failing, Part, Parts, Piece, Place, Places,
    Rule, Slot, Work, set_bit,
};
use crate::choices::{ListOfChoices, Select};
use crate::condition::{Cond, Tested};
use crate::known::{ERROR_CODES, LONE_FAILURES};

/// The paths that a rule needs, any of them; empty where it needs none.
pub(super) type Needs = Vec<Slot>;

pub(super) fn wake_up(rules: &[(Needs, Rule)], slots: usize) -> (Vec<Bits>, Bits) {
    let empty = vec![0; rules.len().div_ceil(64)];
    let (mut of_slot, mut always) = (vec![empty.clone(); slots], empty);
    for (number, (needs, _)) in rules.iter().enumerate() {
        for slot in needs {
            set_bit(&mut of_slot[*slot], number);
        }
        if needs.is_empty() {
            set_bit(&mut always, number);
        }
    }
    (of_slot, always)
}

/// Numbers paths and types.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub(super) paths: Vec<JsonPath>,
    slots: HashMap<Vec<Step>, Slot>,
    places: BTreeMap<(Slot, String), usize>,
    /// The values that conditions test.
    tested: Vec<Slot>,
    /// Whether a condition asks for data that may be JSON.
    asks_for_data: bool,
    pub(super) patterns: Vec<TypePattern>,
}

impl Builder {
    /// The number of a singular path; of a wide one, that of its singular beginning.
    pub(super) fn slot(&mut self, path: &JsonPath) -> Slot {
        let (path, _) = path.split();
        let steps = path.steps().unwrap_or_default().to_vec();
        *self.slots.entry(steps).or_insert_with(|| {
            self.paths.push(path);
            self.paths.len() - 1
        })
    }

    fn slots<'p>(&mut self, paths: impl IntoIterator<Item = &'p JsonPath>) -> Vec<Slot> {
        paths.into_iter().map(|path| self.slot(path)).collect()
    }

    fn place(&mut self, path: &JsonPath) -> Place {
        let (beginning, rest) = path.split();
        let slot = self.slot(&beginning);
        let wide = rest.as_ref().map_or_else(String::new, |rest| rest.as_str().to_owned());
        let next = self.places.len();
        let id = *self.places.entry((slot, wide)).or_insert(next);
        Place { slot, rest, id }
    }

    pub(super) fn cond(&mut self, condition: &Condition) -> Cond {
        self.part_of_cond(condition).guarded()
    }

    fn part_of_cond(&mut self, condition: &Condition) -> Cond {
        let mut all = |conditions: &[Condition]| -> Vec<Cond> {
            conditions.iter().map(|condition| self.part_of_cond(condition)).collect()
        };
        match condition {
            Condition::All(conditions) => Cond::All(all(conditions)),
            Condition::Any(conditions) => Cond::Any(all(conditions)),
            Condition::Not(condition) => Cond::Not(Box::new(self.part_of_cond(condition))),
            Condition::Type(patterns) => Cond::Types(self.types(patterns)),
            Condition::Data(text) => {
                self.asks_for_data |= serde_json::from_str::<IgnoredAny>(text).is_ok();
                Cond::Data(text.clone())
            }
            Condition::Test { paths, test } => {
                let places: Vec<Place> = paths.iter().map(|path| self.place(path)).collect();
                // Whether a value is there is a matter of the structure alone.
                let decides =
                    |place: &&Place| place.rest.is_some() || !matches!(test, Test::Exists(_));
                self.tested.extend(places.iter().filter(decides).map(|place| place.slot));
                Cond::Test(Tested { places, test: test.clone() })
            }
        }
    }

    fn types(&mut self, patterns: &[TypePattern]) -> Bits {
        let mut bits = Bits::new();
        for pattern in patterns {
            let known = self.patterns.iter().position(|known| known == pattern);
            let bit = known.unwrap_or_else(|| {
                self.patterns.push(pattern.clone());
                self.patterns.len() - 1
            });
            set_bit(&mut bits, bit);
        }
        bits
    }

    /// The types of which the configuration or a preset says by itself that they fail the answer.
    pub(super) fn judged_types(&mut self, errors: &[ErrorRule]) -> Bits {
        let mut named = Vec::new();
        for rule in errors.iter().filter(|rule| rule.layer > 0) {
            collect_types(&rule.when, &mut named);
        }
        self.types(&named)
    }

    pub(super) fn places(&mut self, types: &TypePlaces) -> Places {
        let error = self.slot(&known_path("error"));
        let signs = ERROR_CODES.into_iter().chain(LONE_FAILURES).map(known_path);
        let in_list = JsonPath::of_steps(vec![Step::Index(0), Step::Name("error".to_owned())]);
        let failures = signs.chain([in_list]).map(|path| self.slot(&path)).collect();
        let places = Places { error, failures, ..Places::default() };
        match types {
            TypePlaces::Known => {
                let known = ["type", "event", "event_type"].map(known_path);
                Places { types: self.slots(&known), only_untyped: true, ..places }
            }
            TypePlaces::At(paths) => Places { types: self.slots(paths), ..places },
            TypePlaces::Member(names) => {
                let member = |name: &String| {
                    let path = JsonPath::of_steps(vec![Step::Name(name.clone())]);
                    (self.slot(&path), name.clone())
                };
                Places { members: names.iter().map(member).collect(), ..places }
            }
        }
    }

    /// The values on which it depends what is done with a frame.
    pub(super) fn deciding(&self, places: &Places, select: Option<Slot>) -> Option<Vec<Slot>> {
        let mut slots = self.tested.clone();
        slots.extend(places.types.iter().copied());
        slots.extend(places.members.iter().map(|(slot, _)| *slot));
        slots.push(places.error);
        slots.extend(&places.failures);
        slots.extend(select);
        slots.sort_unstable();
        slots.dedup();
        (!self.asks_for_data).then_some(slots)
    }

    /// The rules about facts (counts, names, captures), in the order of their work.
    pub(super) fn facts(&mut self, schema: &Schema) -> Vec<(Needs, Rule)> {
        let mut rules = Vec::new();
        let mut add = |needs: Needs, when: Option<Cond>, work: Work| {
            rules.push((needs, Rule::new(when, work)));
        };
        if let Some(path) = &schema.sequence {
            let slot = self.slot(path);
            add(vec![slot], None, Work::Sequence(slot));
        }
        for (number, paths) in schema.captures.values().enumerate() {
            let slots = self.slots(paths);
            add(slots.clone(), None, Work::Capture(number, slots));
        }
        for (number, timing) in schema.server_timings.values().enumerate() {
            let slot = self.slot(&timing.path);
            add(vec![slot], None, Work::Timing(number, slot, timing.nanos));
        }
        for rule in &schema.model {
            let when = rule.when.as_ref().map(|when| self.cond(when));
            let slot = self.slot(&rule.path);
            add(vec![slot], when, Work::Model(slot));
        }
        let usage = &schema.usage;
        let counters = [
            (Counter::Input, &usage.input),
            (Counter::Output, &usage.output),
            (Counter::Total, &usage.total),
            (Counter::Reasoning, &usage.reasoning),
            (Counter::Cached, &usage.cached),
        ];
        for (counter, counts) in counters {
            let counted: Vec<Counted> = counts.iter().map(|count| self.counted(count)).collect();
            let needs = counted.iter().map(|counted| match counted {
                Counted::At(slot) => *slot,
                Counted::Sum(slots) => slots[0],
            });
            let needs: Needs = needs.collect();
            if !needs.is_empty() {
                add(needs, None, Work::Count(counter, counted));
            }
        }
        let provider = self.slots(&usage.provider);
        if !provider.is_empty() {
            add(provider.clone(), None, Work::Provider(provider));
        }
        for rule in &schema.finish_reason {
            let when = rule.when.as_ref().map(|when| self.cond(when));
            let slot = self.slot(&rule.path);
            add(vec![slot], when, Work::FinishReason(slot));
        }
        rules
    }

    fn counted(&mut self, count: &Count) -> Counted {
        match count {
            Count::At(path) => Counted::At(self.slot(path)),
            Count::Sum(paths) => Counted::Sum(self.slots(paths)),
        }
    }

    /// Where the number of a choice is, and the list of choices around it.
    pub(super) fn select(&mut self, path: &JsonPath) -> Select {
        let steps = path.steps().unwrap_or_default();
        let at = steps.iter().position(|step| *step == Step::Index(0));
        let list = at.map(|at| {
            let mut slot = |step: &[Step]| {
                let steps = steps[..at].iter().chain(step).cloned();
                self.slot(&JsonPath::of_steps(steps.collect()))
            };
            ListOfChoices {
                list: slot(&[]),
                first: slot(&[Step::Index(0)]),
                second: slot(&[Step::Index(1)]),
                number: steps[at + 1..].iter().map(Step::to_string).collect(),
            }
        });
        Select { number: self.slot(path), list }
    }

    /// The rules about channels and calls. Where two want one place of a frame, one with a condition
    /// comes before one without, and then the higher layer comes first.
    pub(super) fn pieces(
        &mut self,
        channels: &[(String, &Channel)],
        calls: &[CallRule],
        calls_layer: u8,
    ) -> Vec<(Needs, Rule)> {
        let mut rules = Vec::new();
        for (number, (_, channel)) in channels.iter().enumerate() {
            for rule in &channel.rules {
                let piece = self.piece(number, channel.layer, rule);
                let needs = piece.place.iter().map(|place| place.slot).collect();
                let when = rule.when.as_ref().map(|when| self.cond(when));
                rules.push((needs, Rule::new(when, Work::Piece(piece))));
            }
        }
        for rule in calls {
            let call = self.call(rule, calls_layer);
            let needs = call.needs();
            let when = rule.when.as_ref().map(|when| self.cond(when));
            rules.push((needs, Rule::new(when, Work::Call(call))));
        }
        rules.sort_by_key(|(_, rule)| {
            let layer = match &rule.work {
                Work::Piece(piece) => piece.layer,
                Work::Call(call) => call.layer,
                _ => 0,
            };
            (rule.when.is_none(), u8::MAX - layer)
        });
        for (number, (_, channel)) in channels.iter().enumerate() {
            for rule in &channel.final_text {
                let piece = self.piece(number, channel.layer, rule);
                let needs = piece.place.iter().map(|place| place.slot).collect();
                let when = rule.when.as_ref().map(|when| self.cond(when));
                rules.push((needs, Rule::new(when, Work::FinalText(piece))));
            }
        }
        rules
    }

    fn piece(&mut self, channel: usize, layer: u8, rule: &TextRule) -> Piece {
        let mut types = Vec::new();
        rule.when.iter().for_each(|when| collect_types(when, &mut types));
        Piece {
            channel,
            layer,
            path: rule.path.as_ref().map(|path| path.as_str().to_owned()),
            place: rule.path.as_ref().map(|path| self.place(path)),
            join: rule.join,
            append_when: rule.append_when.as_ref().map(|when| self.cond(when)),
            group: self.slots(&rule.group),
            names_type: !types.is_empty(),
            has_when: rule.when.is_some(),
        }
    }

    fn call(&mut self, rule: &CallRule, layer: u8) -> Call {
        let each = rule.each.as_ref().map(|path| self.place(path));
        let arguments = rule.arguments.as_ref().filter(|_| each.is_none());
        let place = arguments.map(|path| self.place(&path.path).id);
        let mut part = |path: &CallPath| {
            if each.is_none() || path.from_frame {
                Part::OfFrame(self.slot(&path.path))
            } else {
                Part::OfItem(path.path.clone())
            }
        };
        let key = rule.key.iter().map(&mut part).collect();
        let mut one = |path: &Option<CallPath>| path.as_ref().map(&mut part);
        let (id, name) = (one(&rule.id), one(&rule.name));
        let (arguments, result, error) =
            (one(&rule.arguments), one(&rule.result), one(&rule.error));
        let are_whole = rule.join == Join::Replace;
        Call { each, key, id, name, arguments, result, error, are_whole, place, layer }
    }

    pub(super) fn failing(&mut self, rule: &ErrorRule) -> Failing {
        let (when, parts) = (self.cond(&rule.when), self.parts(&rule.parts));
        Failing { when, kind: rule.kind, parts, is_own: rule.layer > 0 }
    }

    fn parts(&mut self, parts: &ErrorParts) -> Parts {
        Parts {
            message: parts.message.iter().map(|path| self.place(path)).collect(),
            code: self.slots(&parts.code),
            retry_after: self.slots(&parts.retry_after),
        }
    }

    pub(super) fn expected(&mut self, end: &ExpectedEnd) -> (Option<Cond>, Expected) {
        let when = end.when.as_ref().map(|when| self.cond(when));
        (when, Expected { name: end.name.clone(), or_finish_reason: end.or_finish_reason })
    }

    pub(super) fn ending(&mut self, rule: &EndRule) -> Ending {
        Ending {
            when: self.cond(&rule.when),
            ends_as: rule.ends_as,
            parts: self.parts(&rule.parts),
            tests_path: tests_path(&rule.when),
        }
    }
}

/// How the end with this condition is called: by its type, where it has one.
pub(super) fn name_of(condition: &Condition) -> String {
    let mut types = Vec::new();
    collect_types(condition, &mut types);
    types.first().map_or_else(|| "end".to_owned(), |first| first.text.clone())
}

/// The types that a condition asks for.
fn collect_types(condition: &Condition, types: &mut Vec<TypePattern>) {
    match condition {
        Condition::Type(patterns) => types.extend(patterns.iter().cloned()),
        Condition::All(all) | Condition::Any(all) => {
            for condition in all {
                collect_types(condition, types);
            }
        }
        Condition::Data(_) | Condition::Test { .. } | Condition::Not(_) => {}
    }
}

fn tests_path(condition: &Condition) -> bool {
    match condition {
        Condition::Test { .. } => true,
        Condition::All(all) | Condition::Any(all) => all.iter().any(tests_path),
        Condition::Not(condition) => tests_path(condition),
        Condition::Type(_) | Condition::Data(_) => false,
    }
}

fn known_path(name: &str) -> JsonPath {
    JsonPath::of_steps(vec![Step::Name(name.to_owned())])
}
