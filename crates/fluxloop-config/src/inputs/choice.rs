//! Which inputs are sent, and in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fastrand::Rng;
use fluxloop_redact::Redactor;
use fluxloop_schema::{Condition, Test};
use glob::Pattern;
use serde_json::{Number, Value};

use super::members::Entry;
use super::source::At;

/// Keeps the order of `shuffle` apart from the choice of `sample`, which may have the same seed.
const SHUFFLE: u64 = 0x7368_7566_666c_6521;

/// Which inputs are sent, and in which order: the fields in the order in which they are applied.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) condition: Option<Condition>,
    /// Only inputs of these personas; all when empty.
    pub(super) personas: BTreeSet<String>,
    /// Only inputs whose id is one of these, or fits one as a pattern; all when empty.
    pub(super) only: Vec<(String, Pattern)>,
    /// Only inputs with these ids, masked as records have them, and what masks them.
    pub(super) ids: Option<(BTreeSet<String>, Arc<Redactor>)>,
    pub(super) sample: Option<Sample>,
    /// The seed of the order.
    pub(super) shuffle: Option<u64>,
    pub(super) limit: Option<u64>,
}

/// So many inputs, chosen by a seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) count: u64,
    pub(super) seed: u64,
}

impl Choice {
    /// Whether the condition holds of an entry as it was written.
    pub(super) fn holds(&self, entry: &Value) -> bool {
        self.condition.as_ref().is_none_or(|condition| holds(condition, entry))
    }

    /// Notes which paths of the condition an entry has.
    pub(super) fn note_paths(&self, entry: &Value, found: &mut BTreeMap<String, bool>) {
        if let Some(condition) = &self.condition {
            note_paths(condition, entry, found);
        }
    }

    /// Whether an input passes what is asked of it alone.
    pub(super) fn passes(&self, id: &str, entry: &Entry) -> bool {
        let persona = entry.input.persona.as_ref();
        (self.personas.is_empty() || persona.is_some_and(|it| self.personas.contains(it)))
            && (self.only.is_empty() || self.only.iter().any(|only| is_named(only, id)))
            && (self.ids.is_none() || self.has_failed(id))
    }

    /// Whether `--failed-of` is given and found this id.
    pub(super) fn has_failed(&self, id: &str) -> bool {
        self.ids.as_ref().is_some_and(|(ids, redactor)| {
            ids.contains(id) || ids.contains(redactor.mask(id).as_str())
        })
    }

    /// What the user said to choose inputs by.
    pub(super) fn used(&self) -> Vec<&'static str> {
        let used = [
            ("where", self.condition.is_some()),
            ("--personas", !self.personas.is_empty()),
            ("--only", !self.only.is_empty()),
            ("--failed-of", self.ids.is_some()),
            ("limit", self.limit == Some(0)),
            ("sample", self.sample.is_some_and(|sample| sample.count == 0)),
        ];
        used.into_iter().filter(|(_, is_used)| *is_used).map(|(name, _)| name).collect()
    }

    pub(super) fn picker(&self) -> Picker {
        let rng = Rng::with_seed(self.sample.map_or(0, |sample| sample.seed));
        let is_ordered = self.sample.is_some() || self.shuffle.is_some();
        Picker { passed: 0, picked: is_ordered.then(Vec::new), rng }
    }
}

/// Whether an id is what `--only` names.
pub(super) fn is_named((name, pattern): &(String, Pattern), id: &str) -> bool {
    name == id || pattern.matches(id)
}

/// Chooses among the inputs that pass, with 16 bytes for each that may be sent.
pub(super) struct Picker {
    /// How many have passed.
    pub(super) passed: u64,
    picked: Option<Vec<At>>,
    rng: Rng,
}

impl Picker {
    /// An input passes. Each is in a sample with the same chance (algorithm R of Vitter, "Random
    /// sampling with a reservoir", 1985).
    pub(super) fn pass(&mut self, at: At, choice: &Choice) {
        self.passed += 1;
        let Some(picked) = &mut self.picked else { return };
        match choice.sample {
            Some(Sample { count, .. }) if picked.len() as u64 >= count => {
                let place = self.rng.u64(..self.passed);
                if place < count {
                    picked[usize::try_from(place).expect("within the sample")] = at;
                }
            }
            _ => picked.push(at),
        }
    }

    /// How many inputs are sent; which, unless that is the first ones that pass.
    pub(super) fn finish(self, choice: &Choice) -> (u64, Option<Arc<[At]>>) {
        let limit = choice.limit.unwrap_or(u64::MAX);
        let Some(mut picked) = self.picked else { return (self.passed.min(limit), None) };
        // `number` comes first, so that this is the order of the file.
        picked.sort_unstable();
        if let Some(seed) = choice.shuffle {
            Rng::with_seed(seed ^ SHUFFLE).shuffle(&mut picked);
        }
        picked.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        (picked.len() as u64, Some(picked.into()))
    }
}

fn note_paths(condition: &Condition, entry: &Value, found: &mut BTreeMap<String, bool>) {
    match condition {
        // To ask whether a path exists is to expect that it may not.
        Condition::Test { paths, test } if !matches!(test, Test::Exists(_)) => {
            for path in paths {
                if found.get(path.as_str()) != Some(&true) {
                    let is_there = path.select(entry).is_ok_and(|values| !values.is_empty());
                    found.insert(path.as_str().to_owned(), is_there);
                }
            }
        }
        Condition::All(all) | Condition::Any(all) => {
            for condition in all {
                note_paths(condition, entry, found);
            }
        }
        Condition::Not(condition) => note_paths(condition, entry, found),
        Condition::Test { .. } | Condition::Type(_) | Condition::Data(_) => {}
    }
}

fn holds(condition: &Condition, entry: &Value) -> bool {
    match condition {
        Condition::Test { paths, test } => {
            let found = paths.iter().filter_map(|path| path.select(entry).ok()).flatten();
            let mut found = found.filter(|value| !value.is_null());
            match test {
                Test::Exists(wanted) => found.next().is_some() == *wanted,
                Test::Equals(wanted) => found.any(|value| is_same(value, wanted)),
                Test::In(wanted) => found.any(|value| wanted.iter().any(|it| is_same(value, it))),
                Test::Matches(regex) => found.any(|value| match value {
                    Value::String(text) => regex.is_match(text),
                    Value::Number(number) => regex.is_match(&number.to_string()),
                    _ => false,
                }),
            }
        }
        Condition::All(all) => all.iter().all(|condition| holds(condition, entry)),
        Condition::Any(any) => any.iter().any(|condition| holds(condition, entry)),
        Condition::Not(condition) => !holds(condition, entry),
        // A condition of inputs has none of them.
        Condition::Type(_) | Condition::Data(_) => false,
    }
}

/// Whether two values are equal; 1 is 1.0, and cells are text, so that `5` is `"5"` too.
fn is_same(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Number(value), Value::Number(wanted)) => is_equal(value, wanted),
        (Value::String(text), Value::Number(number))
        | (Value::Number(number), Value::String(text)) => {
            *text == number.to_string()
                || text.parse().is_ok_and(|written| is_equal(&written, number))
        }
        (Value::String(text), Value::Bool(wanted)) => text.parse() == Ok(*wanted),
        _ => value == wanted,
    }
}

/// Whether two numbers are equal: integers to the last digit, others as doubles.
fn is_equal(value: &Number, wanted: &Number) -> bool {
    let [value_text, wanted_text] = [value, wanted].map(ToString::to_string);
    let is_integer = |text: &str| !text.contains(['.', 'e', 'E']);
    if is_integer(&value_text) && is_integer(&wanted_text) {
        value_text == wanted_text
    } else {
        value.as_f64() == wanted.as_f64()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(condition: &Value, entry: &Value, expected: bool) {
        let condition = Condition::of_paths(condition).expect("a condition");
        assert_eq!(holds(&condition, entry), expected, "{condition:?} {entry}");
    }

    #[test]
    fn conditions_test_the_entry() {
        let entry = json!({"lang": "en", "n": 5, "cell": "5", "a": {"b": null}, "tags": ["x"]});
        check(&json!({"path": "lang", "equals": "en"}), &entry, true);
        check(&json!({"path": "lang", "equals": "de"}), &entry, false);
        check(&json!({"path": "n", "equals": 5.0}), &entry, true);
        check(&json!({"path": "cell", "equals": 5}), &entry, true);
        check(&json!({"path": "n", "equals": "5"}), &entry, true);
        check(&json!({"path": "n", "matches": "^5$"}), &entry, true);
        check(&json!({"path": "lang", "in": ["de", "en"]}), &entry, true);
        check(&json!({"path": "lang", "matches": "^e"}), &entry, true);
        check(&json!({"path": "a.b", "exists": true}), &entry, false);
        check(&json!({"not": {"path": "tags", "exists": true}}), &entry, false);
        check(
            &json!({"any": [{"path": "x", "exists": true}, {"path": "tags[0]", "equals": "x"}]}),
            &entry,
            true,
        );
        check(&json!({"path": "lang", "equals": "en"}), &json!("en"), false);
    }

    fn picked(count: u64, choice: &Choice) -> Vec<u32> {
        let mut picker = choice.picker();
        for number in 0..count {
            let number = u32::try_from(number).expect("small");
            picker.pass(At { number, ..At::default() }, choice);
        }
        let (total, order) = picker.finish(choice);
        let numbers: Vec<u32> = order.iter().flat_map(|it| it.iter()).map(|at| at.number).collect();
        assert_eq!(numbers.len() as u64, total);
        numbers
    }

    #[test]
    fn a_sample_keeps_the_order_and_is_repeatable() {
        let sample =
            |count, seed| Choice { sample: Some(Sample { count, seed }), ..Choice::default() };
        let seven = picked(100, &sample(7, 1));
        assert_eq!((seven.len(), seven.is_sorted()), (7, true));
        assert_eq!(seven, picked(100, &sample(7, 1)));
        assert_ne!(seven, picked(100, &sample(7, 2)));
        assert_eq!(picked(3, &sample(7, 1)), [0, 1, 2]);
    }

    #[test]
    fn each_input_has_the_same_chance() {
        let mut counts = [0_u32; 10];
        for seed in 0..2000 {
            let choice = Choice { sample: Some(Sample { count: 3, seed }), ..Choice::default() };
            for number in picked(10, &choice) {
                counts[number as usize] += 1;
            }
        }
        assert!(counts.iter().all(|count| (500..=700).contains(count)), "{counts:?}");
    }

    #[test]
    fn shuffle_comes_before_the_limit() {
        let choice = Choice { shuffle: Some(1), ..Choice::default() };
        let all = picked(20, &choice);
        assert!(!all.is_sorted());
        let first = picked(20, &Choice { limit: Some(5), ..choice });
        assert_eq!(first, all[..5]);
    }
}
