//! Which rule took what from a frame, for people who write schemas.

use fluxloop_schema::{Test, TypePattern};
use serde_json::Value;

use crate::calls::{Arguments, Said};
use crate::compile::{
    Bits, Call, Compiled, Counted, Counter, Part, Piece, Place, Slot, Work, bits_in,
};
use crate::condition::Cond;
use crate::known::NO_REASON;
use crate::look::Look;
use crate::state::{Seen, State};

/// What a rule took from a frame. Everything in it is raw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Took {
    /// What it is, as the schema calls it: `text`, `usage.input`, `tool_calls.name`, `end`; or what
    /// was done instead, for example `kept apart as reasoning`.
    pub what: String,
    /// The path that found it, or the condition that held; `None` where that is the data itself.
    pub from: Option<String>,
    /// What was found; null where nothing was to be found.
    pub value: Value,
}

impl Took {
    /// What stands at a path.
    pub(crate) fn new(what: &str, from: Option<String>, value: impl Into<Value>) -> Self {
        Self { what: what.to_owned(), from, value: value.into() }
    }

    /// A value of the frame.
    pub(crate) fn of_json(what: &str, from: &str, json: &str) -> Self {
        Self::new(what, Some(from.to_owned()), json_value(json))
    }

    /// What happened without a rule.
    pub(crate) fn note(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }

    /// A rule whose condition holds.
    pub(crate) fn when(what: &str, when: &Cond, rules: &Compiled) -> Self {
        Self::new(what, Some(when.describe(rules)), Value::Null)
    }
}

impl State {
    /// Notes what a rule took, where somebody asks for it.
    #[inline]
    pub(crate) fn explain(&mut self, took: impl FnOnce() -> Took) {
        if let Some(explained) = &mut self.explained {
            explained.push(took());
        }
    }

    /// Notes what a rule about facts takes from a frame, before it does.
    #[cold]
    pub(crate) fn explain_fact(
        &mut self,
        rules: &Compiled,
        work: &Work,
        look: &Look<'_>,
        seen: &Seen,
    ) {
        let found = |slot: Slot| json_value(look.value(slot)?.as_json());
        let at =
            |what: &str, slot: Slot| Some(Took::new(what, Some(rules.path_of(slot)), found(slot)?));
        let took = match work {
            Work::Model(slot) if !self.has_model() => at("model", *slot),
            Work::FinishReason(slot) if seen.is_ours => at("finish_reason", *slot).filter(|took| {
                took.value.as_str().is_some_and(|it| !["", NO_REASON].contains(&it))
            }),
            Work::Count(counter, places) => places.iter().find_map(|counted| {
                let slots = match counted {
                    Counted::At(slot) => std::slice::from_ref(slot),
                    Counted::Sum(slots) => slots,
                };
                let present = slots.iter().filter(|slot| found(**slot).is_some());
                let from: Vec<String> = present.map(|slot| rules.path_of(*slot)).collect();
                let count = counted.read(look)?;
                Some(Took::new(counter.name(), Some(from.join(" + ")), count))
            }),
            Work::Sequence(slot) => at("sequence", *slot),
            Work::Capture(number, slots) => {
                let name = format!("captures.{}", rules.captures[*number]);
                let scalar = |took: &Took| !took.value.is_array() && !took.value.is_object();
                slots.iter().find_map(|slot| at(&name, *slot).filter(scalar))
            }
            Work::Timing(number, slot, _) => {
                at(&format!("server_timings.{}", rules.timings[*number]), *slot)
            }
            Work::OtherChoice => Some(Took::note("further choices are left out")),
            _ => None,
        };
        if let Some(took) = took {
            self.explain(|| took);
        }
    }

    /// Notes what a rule about calls took from a frame.
    #[cold]
    pub(crate) fn explain_call(&mut self, call: &Call, rules: &Compiled, look: &Look<'_>) {
        let mut all = Vec::new();
        let each = call.each.as_ref().map(|each| each.describe(rules));
        let path = |part: &Option<Part>| match part {
            Some(Part::OfFrame(slot)) => Some(rules.path_of(*slot)),
            Some(Part::OfItem(path)) => {
                let path = path.as_str().trim_start_matches('$').trim_start_matches('.');
                Some(format!("{}.{path}", each.as_deref().unwrap_or_default()))
            }
            None => None,
        };
        Said::each(call, look, &mut |said| {
            let parts = [
                ("tool_calls.id", &call.id, said.id),
                ("tool_calls.name", &call.name, said.name),
                ("tool_calls.arguments", &call.arguments, said.arguments.map(Arguments::into_text)),
                ("tool_calls.result", &call.result, said.result),
                ("tool_calls.error", &call.error, said.error),
            ];
            for (what, part, value) in parts {
                all.extend(value.map(|value| Took::new(what, path(part), value)));
            }
        });
        if let Some(explained) = &mut self.explained {
            explained.append(&mut all);
        }
    }
}

impl Counter {
    fn name(self) -> &'static str {
        match self {
            Self::Input => "usage.input",
            Self::Output => "usage.output",
            Self::Total => "usage.total",
            Self::Reasoning => "usage.reasoning",
            Self::Cached => "usage.cached",
        }
    }
}

impl Piece {
    /// The path of the rule; `None` where it takes the data itself.
    pub(crate) fn path(&self, rules: &Compiled) -> Option<String> {
        self.place.as_ref().map(|place| place.describe(rules))
    }
}

impl Place {
    fn describe(&self, rules: &Compiled) -> String {
        match &self.rest {
            Some(rest) => rest.as_str().to_owned(),
            None => rules.path_of(self.slot),
        }
    }
}

impl Cond {
    /// The condition as a schema writes it.
    pub(crate) fn describe(&self, rules: &Compiled) -> String {
        match self {
            Self::Types(bits) => one_or_list(&rules.types_of(bits)),
            Self::Data(text) => format!("{{data: {}}}", Value::from(text.as_str())),
            Self::Test(tested) => {
                let paths = tested.places.iter().map(|place| place.describe(rules));
                let paths = one_or_list(&paths.collect::<Vec<_>>());
                let test = match &tested.test {
                    Test::Equals(value) => format!("equals: {value}"),
                    Test::In(values) => format!("in: {}", Value::from(values.clone())),
                    Test::Exists(exists) => format!("exists: {exists}"),
                    Test::Matches(regex) => format!("matches: {}", Value::from(regex.as_str())),
                };
                format!("{{path: {paths}, {test}}}")
            }
            Self::All(all) => format!("{{all: [{}]}}", list(all, rules)),
            Self::Any(any) => format!("{{any: [{}]}}", list(any, rules)),
            Self::Not(condition) => format!("{{not: {}}}", condition.describe(rules)),
            Self::IfFound(_, condition) => condition.describe(rules),
        }
    }
}

fn list(conditions: &[Cond], rules: &Compiled) -> String {
    conditions.iter().map(|it| it.describe(rules)).collect::<Vec<_>>().join(", ")
}

fn one_or_list(items: &[String]) -> String {
    match items {
        [only] => only.clone(),
        items => format!("[{}]", items.join(", ")),
    }
}

/// A value as it stands in a frame; the frame was read before.
fn json_value(json: &str) -> Option<Value> {
    serde_json::from_str(json).ok()
}

impl Compiled {
    /// The types that these bits stand for.
    fn types_of(&self, bits: &Bits) -> Vec<String> {
        let show = |pattern: &TypePattern| {
            format!("{}{}", pattern.text, if pattern.is_prefix { "*" } else { "" })
        };
        bits_in(bits).map(|bit| show(&self.patterns[bit])).collect()
    }
}
