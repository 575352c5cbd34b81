//! Replaces `${…}` in the values of `.env`.

use std::collections::{BTreeMap, BTreeSet};

use fluxloop_redact::Secret;

use super::dotenv::Assignment;
use super::{Misspelt, Otherwise, Piece, Placeholder, Variables, pieces};
use crate::error::Fault;
use crate::report::Report;

/// Gives every variable of `.env` its value, whatever the order of the lines. A variable that leads
/// back to itself is not defined there.
pub(super) fn resolve(
    variables: &mut Variables,
    assignments: &BTreeMap<String, Assignment>,
    fills_undefined: bool,
    report: &mut Report,
) {
    let mut resolver = Resolver {
        variables,
        assignments,
        fills_undefined,
        report,
        under_way: BTreeSet::new(),
        length: 0,
        gave_up: false,
    };
    for assignment in assignments.values() {
        resolver.resolve(assignment);
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
    fills_undefined: bool,
    report: &'r mut Report,
    under_way: BTreeSet<String>,
    /// The length of all values.
    length: usize,
    /// Whether a limit was exceeded, which is told once.
    gave_up: bool,
}

impl Resolver<'_> {
    fn resolve(&mut self, assignment: &Assignment) {
        let name = &assignment.name;
        if self.variables.dotenv.contains_key(name) || !self.under_way.insert(name.clone()) {
            return;
        }
        let value = if self.under_way.len() > MAX_CHAIN {
            self.give_up(assignment, Fault::LongChain(MAX_CHAIN))
        } else {
            self.replaced(assignment)
        };
        self.under_way.remove(name);
        self.length += value.len();
        self.variables.dotenv.insert(name.clone(), Secret::new(value));
    }

    /// The value that an assignment means.
    fn replaced(&mut self, assignment: &Assignment) -> String {
        let mut value = String::with_capacity(assignment.value.expose().len());
        for piece in pieces(assignment.value.expose()) {
            match piece {
                Piece::Literal(literal) => value.push_str(&literal),
                Piece::Variable(placeholder) => {
                    value.push_str(&self.value(&placeholder, assignment));
                }
                Piece::Misspelt(Misspelt { problem, .. }) => {
                    let name = &assignment.name;
                    self.report.fault(&assignment.origin, name, Fault::Placeholder { problem });
                }
            }
            if self.length + value.len() > MAX_VALUES_MIB << 20 {
                let fault = Fault::LargeVariables { mebibytes: MAX_VALUES_MIB };
                return self.give_up(assignment, fault);
            }
        }
        value
    }

    /// Tells once that a limit was exceeded; from then on nothing is replaced any more.
    fn give_up(&mut self, assignment: &Assignment, fault: Fault) -> String {
        if !self.gave_up {
            self.report.fault(&assignment.origin, &assignment.name, fault);
        }
        self.gave_up = true;
        String::new()
    }

    /// The value of a variable that another one uses; what it lacks is reported.
    fn value(&mut self, placeholder: &Placeholder<'_>, user: &Assignment) -> String {
        if self.gave_up {
            return String::new();
        }
        let name = placeholder.name;
        if let Some(assignment) = self.assignments.get(name) {
            self.resolve(assignment);
        }
        let or_empty = !matches!(placeholder.otherwise, Otherwise::Fault);
        if let Some(value) = self.variables.take(name, or_empty) {
            let ingredients = self.variables.ingredients.entry(user.name.clone()).or_default();
            ingredients.insert(name.to_owned());
            return value.expose().to_owned();
        }
        let fault = match placeholder.otherwise {
            Otherwise::Default(default) => return default.to_owned(),
            _ if self.fills_undefined => return self.variables.fill_in(name),
            Otherwise::Fault => self.variables.undefined(name),
            Otherwise::Message(message) => self.variables.demanded(name, message),
        };
        self.report.fault(&user.origin, &user.name, fault);
        String::new()
    }
}
