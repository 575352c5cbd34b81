//! What a comparison keeps of a run.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use fluxloop_redact::Masked;
use fluxloop_statistics::Share;
use fluxloop_trace::{Milliseconds, Outcome, TokensPerSecond, Trace};

/// What a comparison keeps of a case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// The iteration, from 0.
    pub iteration: u32,
    /// The place of the case in the order of its run, from 0.
    pub case_index: u64,
    /// Where the caller finds the record again.
    pub place: u64,
    /// Whether it passed.
    pub passed: bool,
    /// Whether it counts as a success.
    pub success: bool,
    /// Whether it says nothing about the agent ([`Trace::is_repeat`]).
    pub says_nothing: bool,
    /// The time to first token.
    pub first_token: Option<Milliseconds>,
    /// The time to the first output of any channel.
    pub first_output: Option<Milliseconds>,
    /// The whole case.
    pub duration: Milliseconds,
    /// Output tokens in each second.
    pub tokens_per_second: Option<TokensPerSecond>,
    /// Output tokens, as the provider counted them.
    pub output_tokens: Option<u64>,
    /// A hash of the text.
    pub text: u128,
    /// A hash of the calls of tools: names and arguments, in order.
    pub tools: u128,
}

impl Facts {
    /// The facts of a record that is found again at `place`.
    pub fn of(trace: &Trace, place: u64) -> Self {
        let last = trace.last_turn();
        let timings = last.map(|turn| &turn.timings);
        let times = timings.map(|timings| timings.last_attempt);
        let calls = trace.turns.iter().flat_map(|turn| &turn.tool_calls);
        let calls: Vec<_> =
            calls.map(|call| (call.name.as_ref(), call.arguments.as_ref())).collect();
        Self {
            iteration: trace.iteration,
            case_index: trace.case_index,
            place,
            passed: trace.passed(),
            success: trace.success,
            says_nothing: !trace.is_repeat(),
            first_token: times.and_then(|times| times.first_token_ms),
            first_output: times.and_then(|times| times.first_output_ms),
            duration: trace.duration_ms,
            tokens_per_second: timings.and_then(|timings| timings.tokens_per_second),
            output_tokens: trace.token_usage.map(|usage| usage.completion_tokens),
            text: hash(trace.output.as_str()),
            tools: hash(&calls),
        }
    }
}

/// So long that two values have the same by chance alone never.
fn hash(value: &(impl Hash + ?Sized)) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        value.hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// An input of a run, and its cases.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its id.
    pub id: Masked,
    /// The hash of what was asked.
    pub hash: Box<str>,
    /// Its cases, in the order of iterations.
    pub cases: Vec<Facts>,
}

impl Input {
    /// How many of its cases passed; `None` without a case.
    pub fn passed(&self) -> Option<Share> {
        self.share(|case| case.passed)
    }

    /// How many of its cases have a property.
    pub(crate) fn share(&self, has: impl Fn(&Facts) -> bool) -> Option<Share> {
        let hits = self.cases.iter().filter(|case| has(case)).count();
        Share::new(hits as u64, self.cases.len() as u64)
    }

    /// The same without those cases that say nothing about the agent.
    pub(crate) fn passed_repeats(&self) -> Option<Share> {
        let counted = self.cases.iter().filter(|case| !case.says_nothing);
        let passed = counted.clone().filter(|case| case.passed).count();
        Share::new(passed as u64, counted.count() as u64)
    }

    /// Whether the id is a number. Nobody wrote such an id, as far as a record shows: it is what an
    /// entry without an id gets, its place among the inputs.
    pub(crate) fn is_numbered(&self) -> bool {
        let id = self.id.as_str();
        let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
        is_number && !id.is_empty() && (id == "0" || !id.starts_with('0'))
    }

    /// Where its first case stands in the order of the run.
    pub(crate) fn order(&self) -> u64 {
        self.cases.iter().map(|case| case.case_index).min().unwrap_or(u64::MAX)
    }
}

/// The facts of a run.
#[derive(Clone, Debug, Default)]
pub struct Run {
    inputs: Vec<Input>,
    places: HashMap<u128, u32>,
    cases: u64,
    models: BTreeMap<Masked, u64>,
}

impl Run {
    /// Adds a closed case of the input with this id and this hash of what was asked.
    pub fn add(&mut self, id: &Masked, input_hash: &str, facts: Facts) {
        let next = u32::try_from(self.inputs.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(hash(&(id, input_hash))).or_insert(next);
        if place == next {
            let (id, hash) = (id.clone(), input_hash.into());
            self.inputs.push(Input { id, hash, cases: Vec::new() });
        }
        let cases = &mut self.inputs[place as usize].cases;
        let after = cases.partition_point(|case| case.iteration <= facts.iteration);
        cases.insert(after, facts);
        self.cases += 1;
    }

    /// Adds the record of a closed case that is found again at `place`. A case that the end of the
    /// run interrupted is left out: it has not been answered yet.
    pub fn add_trace(&mut self, trace: &Trace, place: u64) {
        if trace.outcome == Outcome::Interrupted {
            return;
        }
        self.add(&trace.case_id.input_id, &trace.input_hash, Facts::of(trace, place));
        if let Some(model) = &trace.model {
            *self.models.entry(model.clone()).or_default() += 1;
        }
    }

    /// The inputs, each once.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// How many cases were added.
    pub fn cases(&self) -> u64 {
        self.cases
    }

    /// The models that answered, as the provider names them, and how many cases each.
    pub fn models(&self) -> &BTreeMap<Masked, u64> {
        &self.models
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_redact::Redactor;

    use super::*;

    #[track_caller]
    fn check_id(id: &str, numbered: bool) {
        let input = Input { id: Redactor::none().mask(id), hash: "".into(), cases: Vec::new() };
        assert_eq!(input.is_numbered(), numbered, "{id}");
    }

    #[test]
    fn ids_by_place_are_numbers() {
        check_id("0", true);
        check_id("17", true);
        check_id("017", false);
        check_id("", false);
        check_id("q-17", false);
        check_id("1.5", false);
    }

    #[test]
    fn repeats_of_an_input_are_sorted() {
        let mut run = Run::default();
        let id = Masked::from_static("a");
        for iteration in [2, 0, 1] {
            run.add(&id, "h", Facts { iteration, ..Facts::default() });
        }
        run.add(&id, "other", Facts::default());
        let iterations: Vec<_> = run.inputs()[0].cases.iter().map(|case| case.iteration).collect();
        assert_eq!((iterations, run.inputs().len(), run.cases()), (vec![0, 1, 2], 2, 4));
    }
}
