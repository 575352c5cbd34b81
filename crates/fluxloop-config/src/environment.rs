//! The environment of the process, and the only place that reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;

use fluxloop_redact::Secret;

/// Variables by name. Values are secrets until a rule says otherwise, so nothing shows them.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, Secret>,
    /// Names of variables whose values are not UTF-8.
    not_utf8: BTreeSet<String>,
}

impl Environment {
    /// The environment of this process. Variables whose names are not UTF-8 are left out: no
    /// configuration can name them.
    pub fn from_process() -> Self {
        Self::of(std::env::vars_os())
    }

    fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => {
                    environment.variables.insert(name, Secret::new(value));
                }
                (Ok(name), Err(_)) => {
                    environment.not_utf8.insert(name);
                }
                (Err(_), _) => {}
            }
        }
        environment
    }

    /// The names of variables whose values are not UTF-8 and cannot be used.
    pub(crate) fn not_utf8(&self) -> &BTreeSet<String> {
        &self.not_utf8
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.variables.get(name)
    }

    /// All variables, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter();
        Self {
            variables: variables.map(|(name, value)| (name.into(), Secret::new(value))).collect(),
            not_utf8: BTreeSet::new(),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn a_value_that_is_not_utf8_is_known_by_its_name() {
        let broken = OsString::from_vec(vec![0xff]);
        let environment = Environment::of([("A".into(), broken), ("B".into(), "b".into())]);
        assert_eq!(environment.not_utf8(), &BTreeSet::from(["A".to_owned()]));
        assert!(environment.get("A").is_none() && environment.get("B").is_some());
    }
}
