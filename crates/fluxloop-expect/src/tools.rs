//! Calls of tools, as they are expected and as they came.

use std::collections::BTreeMap;

use fluxloop_trace::ToolCall;
use serde_json::Value;

use crate::check::{list, member, members};
use crate::difference::{Difference, Mode, difference};
use crate::fault::{ExpectFault, ExpectFaultKind as Kind};
use crate::problem::Problem;
use crate::words::{excerpt, quoted};

/// The calls that are expected.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    names: Option<Vec<String>>,
    order: Match,
    /// By the name of a tool, what one of its calls has for arguments.
    arguments: BTreeMap<String, Value>,
}

/// How the names of the calls have to be those that are expected. The names are those of agentevals'
/// trajectory match modes; `exact` is its `strict`, `any_order` its `unordered`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Match {
    /// The same, in the same order.
    #[default]
    Exact,
    /// The same, each as often.
    AnyOrder,
    /// No other tool is called, and none of them more often.
    Subset,
    /// All of them are called; others may be.
    Superset,
}

impl Match {
    const NAMES: [(&str, Self); 4] = [
        ("exact", Self::Exact),
        ("any_order", Self::AnyOrder),
        ("subset", Self::Subset),
        ("superset", Self::Superset),
    ];
}

impl Calls {
    /// The ways in which names can match.
    pub(crate) const MATCHES: [&str; 4] = ["exact", "any_order", "subset", "superset"];

    /// A list of names, or a map. An empty list of names says that no tool is called.
    pub(crate) fn read(value: &Value) -> Result<Self, ExpectFault> {
        let expected = "a list of names, or a map with `names`, `match` or `arguments`";
        if let Value::Array(_) | Value::String(_) = value {
            let (order, arguments) = (Match::default(), BTreeMap::new());
            return Ok(Self { names: Some(names(value)?), order, arguments });
        }
        let map = members(value, expected, &["names", "match", "arguments"])?;
        let names = member(map, "names", names)?;
        let order = member(map, "match", |value| {
            let name = value.as_str();
            let found = Match::NAMES.iter().find(|(known, _)| Some(*known) == name);
            let expected = "`exact`, `any_order`, `subset` or `superset`";
            found
                .map(|(_, order)| *order)
                .ok_or_else(|| ExpectFault::new(&[], Kind::shape(expected, value)))
        })?;
        let arguments = member(map, "arguments", |value| match value {
            Value::Object(map) if map.is_empty() => {
                let right = "write the name of a tool and its arguments";
                Err(ExpectFault::new(&[], Kind::Empty { right }))
            }
            Value::Object(map) => {
                Ok(map.iter().map(|(name, it)| (name.clone(), it.clone())).collect())
            }
            other => {
                let expected = "a map of the names of tools to arguments";
                Err(ExpectFault::new(&[], Kind::shape(expected, other)))
            }
        })?;
        if names.is_none() && arguments.is_none() {
            let right = "write `names`, `arguments`, or a list of names";
            return Err(ExpectFault::new(&[], Kind::Empty { right }));
        }
        let (order, arguments) = (order.unwrap_or_default(), arguments.unwrap_or_default());
        Ok(Self { names, order, arguments })
    }

    /// Whether the arguments of calls have to be known.
    pub(crate) fn reads_arguments(&self) -> bool {
        !self.arguments.is_empty()
    }

    /// Holds the calls against what is expected.
    pub(crate) fn check(&self, calls: &[ToolCall]) -> Result<(), Problem> {
        let called: Vec<&str> = calls.iter().map(name_of).collect();
        if let Some(names) = &self.names {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            if let Some(message) = self.order.differs(&names, &called) {
                let [expected, actual] = [&names, &called].map(|it| Value::from(it.clone()));
                return Err(Problem::unmet(message)
                    .expected(expected.to_string())
                    .actual(actual.to_string()));
            }
        }
        self.arguments
            .iter()
            .try_for_each(|(name, arguments)| check_arguments(calls, name, arguments))
    }
}

fn names(value: &Value) -> Result<Vec<String>, ExpectFault> {
    match value {
        Value::Array(items) if items.is_empty() => Ok(Vec::new()),
        _ => list(value, "a list of names of tools", "write the name of a tool"),
    }
}

fn name_of(call: &ToolCall) -> &str {
    call.name.as_ref().map_or("", |name| name.as_str())
}

impl Match {
    /// What differs, if anything does.
    fn differs(self, expected: &[&str], called: &[&str]) -> Option<String> {
        let missing = without(expected, called);
        let unexpected = without(called, expected);
        let wants_all = self != Self::Subset;
        let wants_no_other = self != Self::Superset;
        let name = match (missing.first(), unexpected.first()) {
            (Some(name), _) if wants_all => *name,
            (_, Some(name)) if wants_no_other => *name,
            _ if self == Self::Exact && expected != called => {
                return Some("the tools were called in another order".to_owned());
            }
            _ => return None,
        };
        let count = |names: &[&str]| names.iter().filter(|it| **it == name).count();
        let tool = format!("the tool {}", quoted(name));
        Some(match (count(expected), count(called)) {
            (_, 0) => format!("{tool} was not called"),
            (0, _) => format!("{tool} was called, and was not expected"),
            (wanted, came) => {
                format!("{tool} was called {}, and {} expected", times(came), were(wanted))
            }
        })
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn were(count: usize) -> String {
    if count == 1 { "one call was".to_owned() } else { format!("{count} calls were") }
}

/// The names of one list that the other one lacks, each as often as it does.
fn without<'n>(names: &[&'n str], others: &[&str]) -> Vec<&'n str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for other in others {
        *counts.entry(*other).or_default() += 1;
    }
    let mut missing = Vec::new();
    for name in names {
        match counts.get_mut(*name).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => missing.push(*name),
        }
    }
    missing
}

/// Whether one of the calls of a tool has these arguments; others may be there, too.
fn check_arguments(calls: &[ToolCall], name: &str, expected: &Value) -> Result<(), Problem> {
    let mut nearest = None;
    let of_tool: Vec<&ToolCall> = calls.iter().filter(|call| name_of(call) == name).collect();
    for call in &of_tool {
        let Some(arguments) = &call.arguments else {
            return Err(Problem::unjudged("the arguments of tool calls are not in the record"));
        };
        let parsed = call.parsed.as_ref().and_then(|it| serde_json::to_value(it).ok());
        let parsed = parsed.unwrap_or_else(|| arguments.as_str().into());
        match difference(expected, &parsed, Mode::Members) {
            None => return Ok(()),
            Some(difference) => nearest.get_or_insert((difference, parsed)),
        };
    }
    let problem = match nearest {
        None => Problem::unmet(format!("the tool {} was not called", quoted(name))),
        Some((Difference { pointer, .. }, parsed)) => {
            let which = if of_tool.len() == 1 { "the call" } else { "each call" };
            let what = format!("{which} of {} has other arguments", quoted(name));
            Problem::unmet(what).actual(excerpt(&parsed.to_string(), 0)).pointer(pointer)
        }
    };
    Err(problem.expected(expected.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(order: Match, expected: &[&str], called: &[&str], differs: Option<&str>) {
        assert_eq!(order.differs(expected, called).as_deref(), differs, "{order:?}");
    }

    #[test]
    fn exact_wants_the_same_names_in_order() {
        check(Match::Exact, &["a", "b"], &["a", "b"], None);
        let order = "the tools were called in another order";
        check(Match::Exact, &["a", "b"], &["b", "a"], Some(order));
        check(Match::Exact, &["a", "b"], &["a"], Some("the tool `b` was not called"));
        check(Match::Exact, &[], &["a"], Some("the tool `a` was called, and was not expected"));
        check(
            Match::Exact,
            &["a", "a"],
            &["a"],
            Some("the tool `a` was called once, and 2 calls were expected"),
        );
    }

    #[test]
    fn other_ways_leave_order_or_some_tools_open() {
        check(Match::AnyOrder, &["a", "b"], &["b", "a"], None);
        let twice = "the tool `a` was called 2 times, and one call was expected";
        check(Match::AnyOrder, &["a"], &["a", "a"], Some(twice));
        check(Match::Subset, &["a", "b"], &["b"], None);
        check(Match::Subset, &["a"], &["b"], Some("the tool `b` was called, and was not expected"));
        check(Match::Superset, &["a"], &["b", "a"], None);
        check(Match::Superset, &["a"], &["b"], Some("the tool `a` was not called"));
    }
}
