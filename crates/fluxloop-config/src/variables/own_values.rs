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
    let mut resolver =
        Resolver { variables, assignments, fills_undefined, report, under_way: BTreeSet::new() };
    for assignment in assignments.values() {
        resolver.resolve(assignment);
    }
}

struct Resolver<'r> {
    variables: &'r mut Variables,
    assignments: &'r BTreeMap<String, Assignment>,
    fills_undefined: bool,
    report: &'r mut Report,
    under_way: BTreeSet<String>,
}

impl Resolver<'_> {
    fn resolve(&mut self, assignment: &Assignment) {
        let name = &assignment.name;
        if self.variables.dotenv.contains_key(name) || !self.under_way.insert(name.clone()) {
            return;
        }
        let mut value = String::new();
        for piece in pieces(&assignment.value) {
            match piece {
                Piece::Literal(literal) => value.push_str(&literal),
                Piece::Variable(placeholder) => {
                    value.push_str(&self.value(&placeholder, assignment));
                }
                Piece::Misspelt(Misspelt { problem, .. }) => {
                    self.report.fault(&assignment.origin, name, Fault::Placeholder { problem });
                }
            }
        }
        self.under_way.remove(name);
        self.variables.dotenv.insert(name.clone(), Secret::new(value));
    }

    /// The value of a variable that another one uses; what it lacks is reported.
    fn value(&mut self, placeholder: &Placeholder<'_>, user: &Assignment) -> String {
        let name = placeholder.name;
        if let Some(assignment) = self.assignments.get(name) {
            self.resolve(assignment);
        }
        let or_empty = !matches!(placeholder.otherwise, Otherwise::Fault);
        if let Some(value) = self.variables.take(name, or_empty) {
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
