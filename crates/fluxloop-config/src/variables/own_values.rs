//! Replaces `${…}` in the values of `.env`.

use std::collections::{BTreeMap, BTreeSet};

use fluxloop_redact::Secret;

use super::dotenv::Assignment;
use super::{Otherwise, Variables, replaced};
use crate::error::{ConfigError, Fault};

/// Gives every variable of `.env` its value, whatever the order of the lines, or notes why it has
/// none. A variable that leads back to itself is not defined there.
pub(super) fn resolve(variables: &mut Variables, assignments: &BTreeMap<String, Assignment>) {
    let mut resolver = Resolver { variables, assignments, under_way: BTreeSet::new(), length: 0 };
    for name in assignments.keys() {
        resolver.resolve(name);
    }
}

/// How many variables may lead from one to the next.
const MAX_CHAIN: usize = 100;

/// How long all values together may be, in MiB: about what the system lets the environment of a
/// process be. Each line may double the one before it, so that a short file could fill the memory.
const MAX_VALUES_MIB: usize = 1;

struct Resolver<'r> {
    variables: &'r mut Variables,
    assignments: &'r BTreeMap<String, Assignment>,
    under_way: BTreeSet<String>,
    /// The length of all values.
    length: usize,
}

impl Resolver<'_> {
    fn resolve(&mut self, name: &str) {
        let Some(assignment) = self.assignments.get(name) else { return };
        let is_known =
            self.variables.dotenv.contains_key(name) || self.variables.broken.contains_key(name);
        if is_known || !self.under_way.insert(name.to_owned()) {
            return;
        }
        let value = if self.under_way.len() > MAX_CHAIN {
            Err(Fault::LongChain(MAX_CHAIN))
        } else {
            self.replaced(name, assignment)
        };
        self.under_way.remove(name);
        match value {
            Ok(value) => {
                self.length += value.len();
                self.variables.dotenv.insert(name.to_owned(), Secret::new(value));
            }
            Err(fault) => {
                let origin = assignment.origin.clone();
                let error = ConfigError { origin, key: String::new(), fault };
                self.variables.broken.insert(name.to_owned(), error);
            }
        }
    }

    /// The value that an assignment means.
    fn replaced(&mut self, name: &str, assignment: &Assignment) -> Result<String, Fault> {
        let written = assignment.value.as_ref().map_err(Clone::clone)?.expose();
        let too_large = Fault::LargeVariables { mebibytes: MAX_VALUES_MIB };
        let mut room = (MAX_VALUES_MIB << 20).checked_sub(self.length + written.len());
        let value = replaced(written, |placeholder| {
            self.resolve(placeholder.name);
            let is_own = self.under_way.contains(placeholder.name)
                && !self.variables.is_defined(placeholder.name);
            if is_own && matches!(placeholder.otherwise, Otherwise::Fault) {
                return Err(Fault::Cycle(placeholder.name.to_owned()));
            }
            let (value, is_defined) = self.variables.value(placeholder, true)?;
            room = room.and_then(|room| room.checked_sub(value.expose().len()));
            if room.is_none() {
                return Err(too_large.clone());
            }
            if is_defined {
                let ingredients = self.variables.ingredients.entry(name.to_owned());
                ingredients.or_default().insert(placeholder.name.to_owned());
            }
            Ok(value)
        });
        if room.is_none() {
            // From here on, no value is worth its work.
            self.length = MAX_VALUES_MIB << 20;
            return Err(too_large);
        }
        value
            .map(|expanded| expanded.text)
            .map_err(|faults| faults.into_iter().next().map_or(too_large, |(_, fault)| fault))
    }
}
