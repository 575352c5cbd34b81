//! Finds rules that can never be reached.

use fluxloop_jsonpath::Step;

use super::{Reader, name};
use crate::fault::SchemaFaultKind;
use crate::{Condition, Schema, Test};

impl Reader {
    /// Reports rules after one that takes every frame that they would take.
    pub(super) fn reach(&mut self, schema: &Schema) {
        self.reach_in("end", &schema.end.iter().map(|rule| &rule.when).collect::<Vec<_>>());
        self.reach_in("error", &schema.error.iter().map(|rule| &rule.when).collect::<Vec<_>>());
        self.reach_in("reset", &schema.reset.iter().map(|rule| &rule.when).collect::<Vec<_>>());
        self.reach_in("needs_input", &schema.needs_input.iter().collect::<Vec<_>>());
    }

    fn reach_in(&mut self, key: &str, rules: &[&Condition]) {
        for (index, later) in (0..).zip(rules) {
            let earlier = rules.iter().take_while(|earlier| !std::ptr::eq(**earlier, *later));
            if let Some((earlier, _)) = earlier.enumerate().find(|(_, it)| it.covers(later)) {
                self.at(name(key), |it| {
                    let kind = SchemaFaultKind::Unreachable { earlier };
                    it.at(Step::Index(index), |it| it.fault(kind));
                });
            }
        }
    }
}

impl Condition {
    /// Whether it holds of every frame of which the other one holds, as far as their form shows.
    ///
    /// Each call takes one of the two apart, so the work is at most the product of their sizes.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All(parts), _) => parts.iter().all(|part| part.covers(other)),
            (_, Self::Any(parts)) => parts.iter().all(|part| self.covers(part)),
            (Self::Any(parts), _) => parts.iter().any(|part| part.covers(other)),
            (_, Self::All(parts)) => parts.iter().any(|part| self.covers(part)),
            (Self::Type(types), Self::Type(others)) => {
                others.iter().all(|other| types.iter().any(|it| it.covers(other)))
            }
            (Self::Not(it), Self::Not(other)) => other.covers(it),
            (Self::Test { paths, test }, Self::Test { paths: others, test: other }) => {
                test.covers(other) && others.iter().all(|path| paths.contains(path))
            }
            (Self::Data(it), Self::Data(other)) => it == other,
            _ => false,
        }
    }
}

impl Test {
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::In(values), Self::Equals(other)) => values.contains(other),
            (Self::In(values), Self::In(others)) => others.iter().all(|it| values.contains(it)),
            (Self::Exists(true), Self::Equals(other)) => !other.is_null(),
            (Self::Exists(true), Self::In(others)) => {
                !others.iter().any(serde_json::Value::is_null)
            }
            (Self::Exists(true), Self::Matches(_)) => true,
            _ => self == other,
        }
    }
}
