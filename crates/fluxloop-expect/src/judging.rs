//! Everything that judges the cases of a run.

use std::collections::BTreeSet;
use std::fmt;

use fluxloop_jsonpath::Step;
use fluxloop_plan::Input;
use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{
    ExpectationKind, Expectations, Judgement, MaskedJson, Targets, Trace, UnmetExpectation, Verdict,
};
use serde_json::{Map, Value};

use crate::check::Check;
use crate::facts::{Facts, Parts, assemble, document};
use crate::fault::{ExpectFault, ExpectFaultKind as Kind};
use crate::item::{Item, Literal, below, read};
use crate::judge::judge;
use crate::problem::Problem;
use crate::promptfoo::{self, Converted};

/// Everything that judges the cases of a run: expectations, thresholds and objectives.
#[derive(Default)]
pub struct Judging {
    expectations: Vec<Ready>,
    targets: Targets,
    /// The channels that the schema of the answers names.
    channels: Vec<String>,
}

/// An expectation, ready as far as it is the same for every case.
struct Ready {
    item: Item,
    check: Option<Check>,
}

/// What a record has to keep so that it can be judged, whatever the configuration says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Kept {
    /// The channels whose texts are read.
    pub channels: BTreeSet<String>,
    /// Whether the arguments of tool calls are read.
    pub arguments: bool,
}

/// What an input says is expected of its answer.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InputCheck {
    /// How many expectations it has of its own.
    pub expectations: usize,
    /// The kinds of assertions of promptfoo that have no counterpart here, as they are called there.
    pub without_counterpart: Vec<String>,
}

/// The expectations of an input.
struct Own {
    items: Vec<Item>,
    /// Whether those of the configuration do not count.
    is_alone: bool,
    without_counterpart: Vec<String>,
}

impl Judging {
    /// Makes ready what was read. Texts that were expected are masked by `redactor`, as those of the
    /// record are. `channels` are the channels that the schema of the answers names.
    pub fn new(
        items: Vec<Item>,
        targets: Targets,
        channels: &[String],
        redactor: &Redactor,
    ) -> Self {
        let mask = |value: Value| masked(&value, redactor);
        let ready = |item: Item| {
            let check = item.fixed(&mask).and_then(Result::ok);
            Ready { item, check }
        };
        let expectations = items.into_iter().map(ready).collect();
        Self { expectations, targets, channels: channels.to_vec() }
    }

    /// How many expectations the configuration has.
    pub fn count(&self) -> usize {
        self.expectations.len()
    }

    /// What the run has to reach.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The lengths of the beginnings of a text whose times have to be noted, in order.
    pub fn prefixes(&self) -> Vec<u64> {
        let checks = self.expectations.iter().filter_map(|ready| ready.check.as_ref());
        let lengths: BTreeSet<u64> = checks.filter_map(Check::timed_prefix).collect();
        lengths.into_iter().collect()
    }

    /// What the record of a case with these expectations of its own has to keep. What they say was
    /// checked before; what cannot be read asks for nothing.
    pub fn kept(&self, expect: Option<&Value>) -> Kept {
        let own = expect.and_then(|expect| self.own(expect, &Map::new()).ok());
        let (own, is_alone) = own.map_or((Vec::new(), false), |own| (own.items, own.is_alone));
        let global = self.expectations.iter().filter(|_| !is_alone).map(|ready| &ready.item);
        let mut kept = Kept::default();
        for item in global.chain(&own) {
            kept.channels.extend(item.channel.clone());
            kept.arguments |= item.reads_arguments();
        }
        kept
    }

    /// Checks what an input expects, and that it has what the expectations of the configuration take.
    ///
    /// # Errors
    ///
    /// With the first thing that is wrong. Its place begins in `expect` of the input, or of the
    /// configuration.
    pub fn check_input(&self, input: &Input) -> Result<InputCheck, ExpectFault> {
        let vars = input.metadata.get("vars").and_then(Value::as_object).cloned();
        let at = [Step::Name("expect".to_owned())];
        let vars = vars.unwrap_or_default();
        let own = input.expect.as_ref().map(|expect| self.own(expect, &vars));
        let own = own.transpose().map_err(|fault| fault.within(&at))?;
        let is_alone = own.as_ref().is_some_and(|own| own.is_alone);
        let of_case = self.expectations.iter().filter(|ready| ready.check.is_none() && !is_alone);
        let mut made = None;
        for Ready { item, .. } in of_case {
            let document = made.get_or_insert_with(|| {
                assemble(Parts {
                    id: &input.id,
                    input: &input.input,
                    persona: input.persona.as_deref(),
                    iteration: 0,
                    metadata: Value::Object(input.metadata.clone()),
                    expected: input.expected.clone(),
                })
            });
            item.filled(document, &|value| value).map_err(|fault| fault.within(&at))?;
        }
        let own = own.map(|own| InputCheck {
            expectations: own.items.len(),
            without_counterpart: own.without_counterpart,
        });
        Ok(own.unwrap_or_default())
    }

    /// The expectations of an input: a list, or a map with `only` and a list.
    fn own(&self, expect: &Value, vars: &Map<String, Value>) -> Result<Own, ExpectFault> {
        let only = expect.as_object().and_then(|map| map.get("only"));
        let at = if only.is_some() { below(&[], "only") } else { Vec::new() };
        if let (Some(_), Some(other)) = (only, other_than_only(expect)) {
            let options: &[&str] = &["only"];
            let kind = Kind::UnknownKey { nearest: None, options };
            return Err(ExpectFault::new(&below(&[], other), kind));
        }
        let (is_alone, list) = (only.is_some(), only.unwrap_or(expect));
        let mut without_counterpart = Vec::new();
        let entries = match list {
            Value::Array(entries) => entries.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut items = Vec::new();
        let mut were_asserted = false;
        for (index, entry) in (0..).zip(entries) {
            let at = match list {
                Value::Array(_) => {
                    at.iter().cloned().chain([Step::Index(index)]).collect::<Vec<_>>()
                }
                _ => at.clone(),
            };
            let converted = match promptfoo::converted(entry, vars) {
                Some(Converted::Expectation(entries)) => entries,
                Some(Converted::Unknown(kind)) => {
                    were_asserted = true;
                    without_counterpart.push(kind);
                    continue;
                }
                None => Value::Array(vec![entry.clone()]),
            };
            let read = read(&converted, &self.channels, &mut Literal);
            items.extend(read.map_err(|faults| first(faults, &at))?);
        }
        if items.is_empty() && !were_asserted && !is_alone {
            let right = "write at least one expectation, or leave `expect` out";
            return Err(ExpectFault::new(&at, Kind::Empty { right }));
        }
        Ok(Own { items, is_alone, without_counterpart })
    }

    /// Judges the record of a closed case. The result says nothing where nothing was expected, or
    /// where the case did not succeed.
    ///
    /// `redactor` masks what is said of it.
    pub fn judge(&self, trace: &Trace, redactor: &Redactor) -> Expectations {
        let mut result = Expectations::default();
        if !trace.success {
            return result;
        }
        if self.expectations.is_empty() && trace.expect.is_none() {
            join(&mut result, 1, trace.judge.as_ref());
            return result;
        }
        let own = match self.own_of(trace) {
            Ok(own) => own,
            Err(fault) => {
                result.unjudged.push(unreadable(&fault, redactor));
                join(&mut result, 2, trace.judge.as_ref());
                return result;
            }
        };
        let is_alone = own.as_ref().is_some_and(|own| own.is_alone);
        let facts = Facts::new(trace);
        let mask = |value: Value| masked(&value, redactor);
        let mut made = None;
        let mut number = 0;
        for Ready { item, check } in self.expectations.iter().filter(|_| !is_alone) {
            number += 1;
            let filled = match check {
                Some(check) => Ok(check.clone()),
                None => item.filled(made.get_or_insert_with(|| document(trace)), &mask),
            };
            note(&mut result, number, item, filled, (&facts, redactor));
        }
        for item in own.into_iter().flat_map(|own| own.items) {
            number += 1;
            let filled = item.filled(&Value::Null, &mask);
            note(&mut result, number, &item, filled, (&facts, redactor));
        }
        join(&mut result, number + 1, trace.judge.as_ref());
        result
    }

    /// Judges a record and puts the result into it; says whether that changed it.
    pub fn judge_again(&self, trace: &mut Trace, redactor: &Redactor) -> bool {
        let expectations = self.judge(trace, redactor);
        let verdict = expectations.verdict();
        let expectations = (verdict != Verdict::None).then_some(expectations);
        let changes = trace.verdict != verdict || trace.expectations != expectations;
        (trace.verdict, trace.expectations) = (verdict, expectations);
        changes
    }

    fn own_of(&self, trace: &Trace) -> Result<Option<Own>, ExpectFault> {
        let Some(expect) = &trace.expect else { return Ok(None) };
        let vars = trace.metadata.iter().find(|(name, _)| name.as_str() == "vars");
        let vars = vars.map(|(_, vars)| of_masked(vars));
        let vars = vars.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        self.own(&of_masked(expect), &vars).map(Some)
    }
}

/// Adds what came of one expectation.
fn note(
    result: &mut Expectations,
    number: u32,
    item: &Item,
    check: Result<Check, ExpectFault>,
    (facts, redactor): (&Facts<'_>, &Redactor),
) {
    let judged = match check {
        Ok(check) => judge(facts, item, &check),
        Err(fault) => Err(Problem::unjudged(fault.to_string())),
    };
    match judged {
        Ok(()) => *result.met.entry(item.kind).or_default() += 1,
        Err(problem) => {
            let list = if problem.is_unjudged { &mut result.unjudged } else { &mut result.unmet };
            list.push(problem.recorded(number, item, redactor));
        }
    }
}

/// Adds what the judge made of the answer, as the last expectation of all.
fn join(result: &mut Expectations, number: u32, judgement: Option<&Judgement>) {
    let Some(Judgement { verdict, reason, .. }) = judgement else { return };
    let without = Masked::from_static("the judge gives no reason");
    let open = || UnmetExpectation {
        number,
        kind: Some(ExpectationKind::Judge),
        channel: None,
        path: None,
        message: reason.clone().filter(|it| !it.is_empty()).unwrap_or(without),
        expected: None,
        actual: None,
        character: None,
        pointer: None,
    };
    match verdict {
        Verdict::Met => *result.met.entry(ExpectationKind::Judge).or_default() += 1,
        Verdict::Unmet => result.unmet.push(open()),
        Verdict::Unjudged => result.unjudged.push(open()),
        Verdict::None => {}
    }
}

/// What is said where the expectations of an input cannot be read, which were checked before.
fn unreadable(fault: &ExpectFault, redactor: &Redactor) -> UnmetExpectation {
    UnmetExpectation {
        number: 1,
        kind: None,
        channel: None,
        path: None,
        message: redactor.mask(&format!("`expect` {fault}")),
        expected: None,
        actual: None,
        character: None,
        pointer: None,
    }
}

fn other_than_only(expect: &Value) -> Option<&str> {
    let mut names = expect.as_object()?.keys().map(String::as_str);
    names.find(|name| *name != "only")
}

/// The first of some faults, in an entry that was read as a list of its own.
fn first(faults: Vec<ExpectFault>, at: &[Step]) -> ExpectFault {
    let mut fault = faults
        .into_iter()
        .next()
        .unwrap_or_else(|| ExpectFault::new(&[], Kind::Empty { right: "write what is expected" }));
    if matches!(fault.at.first(), Some(Step::Index(_))) {
        fault.at.remove(0);
    }
    fault.within(at)
}

/// A value of which every text is masked.
fn masked(value: &Value, redactor: &Redactor) -> Value {
    of_masked(&MaskedJson::of(value, &mut |text| redactor.mask(text)))
}

fn of_masked(value: &MaskedJson) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// How many there are, and none of the values: a secret can stand in any of them.
impl fmt::Debug for Judging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judging")
            .field("expectations", &self.expectations.len())
            .field("thresholds", &self.targets.thresholds.len())
            .finish_non_exhaustive()
    }
}
