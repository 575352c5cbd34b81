//! Which variables a configuration uses, and where their values come from.

use std::collections::{BTreeMap, BTreeSet};

use fluxloop_redact::naming::is_secret_name;
use fluxloop_redact::{Masked, Redactor};

use super::WhySecret;
use crate::keys::is_foreign;
use crate::layers::variable_key;
use crate::resolve::{Reader, way_to};
use crate::variables::{Otherwise, Piece, Variables, pieces};
use crate::yaml::{Node, Shape};
use crate::{Environment, Origin};

/// A variable that the configuration uses. Its value is not in here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UsedVariable {
    /// Its name.
    pub name: String,
    /// The keys that use it, and `.env` variables whose values are made of it; empty where a file
    /// that the configuration names uses it.
    pub keys: Vec<String>,
    /// Where its value comes from.
    pub source: VariableSource,
    /// Whether that value is an empty text.
    pub is_empty: bool,
    /// Why its value is a secret, if it is one.
    pub secret: Option<WhySecret>,
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum VariableSource {
    /// The environment of the process.
    Environment,
    /// A line of a `.env` file.
    Dotenv(Origin),
    /// The placeholder itself: `${NAME:-default}`.
    Default,
    /// Nowhere.
    Undefined,
    /// It is defined, and cannot be used: why.
    Broken(Masked),
}

/// A variable of the environment that sets a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Override {
    /// Its name: `FLUXLOOP__RUNNER__HTTP__URL`.
    pub name: String,
    /// The key that it sets: `runner.http.url`; absent where the name is not that of a key.
    pub key: Option<Masked>,
    /// What set the key instead, where something stronger did.
    pub loses_to: Option<Masked>,
}

/// What was found about variables.
pub(super) struct Found {
    pub(super) used: Vec<UsedVariable>,
    pub(super) unused: Vec<String>,
}

/// One variable's places.
#[derive(Default)]
struct Uses {
    keys: Vec<String>,
    /// Whether a place has no default for it.
    is_needed: bool,
    /// Whether a place has one.
    has_default: bool,
}

pub(super) fn found(reader: &Reader<'_>, root: &Node, redactor: &Redactor) -> Found {
    let mut uses = BTreeMap::new();
    collect(root, &[], "", redactor, &mut uses);
    let variables = &reader.variables;
    // A file of the configuration, such as a schema, uses the rest.
    let proxies: BTreeSet<&str> = reader.proxy_variables.iter().map(String::as_str).collect();
    for name in variables.used().filter(|name| !proxies.contains(name)) {
        uses.entry(name.to_owned()).or_insert_with(|| Uses { is_needed: true, ..Uses::default() });
    }
    ingredients(&mut uses, variables);
    let secret = reader.secret_variables();
    let unused = variables.dotenv_names().filter(|name| !uses.contains_key(*name));
    let unused = unused.map(str::to_owned).collect();
    let variables = uses.into_iter().map(|(name, uses)| UsedVariable {
        is_empty: uses.is_needed && is_empty(&name, variables),
        source: source(&name, &uses, variables, redactor),
        secret: secret.get(&name).copied().or_else(|| {
            let is_secret = is_secret_name(&name) && !reader.is_unmasked(&name);
            is_secret.then_some(WhySecret::Name)
        }),
        keys: uses.keys,
        name,
    });
    Found { used: variables.collect(), unused }
}

/// Adds the variables that values of `.env` are made of.
fn ingredients(uses: &mut BTreeMap<String, Uses>, variables: &Variables) {
    let mut names: Vec<String> = uses.keys().cloned().collect();
    while let Some(name) = names.pop() {
        for (part, _) in variables.ingredients(&name) {
            let is_new = !uses.contains_key(part);
            let of = uses.entry(part.to_owned()).or_default();
            let place = format!("variable {name}");
            if !of.keys.contains(&place) {
                of.keys.push(place);
                of.is_needed = true;
            }
            if is_new {
                names.push(part.to_owned());
            }
        }
    }
}

fn is_empty(name: &str, variables: &Variables) -> bool {
    variables.get(name).is_some_and(|value| value.expose().is_empty())
}

fn source(name: &str, uses: &Uses, variables: &Variables, redactor: &Redactor) -> VariableSource {
    if is_empty(name, variables) && uses.has_default && !uses.is_needed {
        return VariableSource::Default;
    }
    if variables.environment().get(name).is_some() {
        return VariableSource::Environment;
    }
    if let Some(origin) = variables.dotenv_origin(name) {
        return match variables.why_broken(name) {
            Some(why) => VariableSource::Broken(redactor.mask(&why)),
            None => VariableSource::Dotenv(origin.clone()),
        };
    }
    if variables.environment().not_utf8().contains(name) {
        return VariableSource::Broken(redactor.mask("its value is not UTF-8"));
    }
    if uses.is_needed { VariableSource::Undefined } else { VariableSource::Default }
}

/// Notes which variables the texts of a tree use.
fn collect(
    node: &Node,
    path: &[&str],
    key: &str,
    redactor: &Redactor,
    uses: &mut BTreeMap<String, Uses>,
) {
    // Nothing is replaced in these.
    if matches!(path, ["base_inputs" | "input_template" | "personas", ..]) {
        return;
    }
    match &node.shape {
        Shape::Text(text) => {
            for piece in pieces(&text.text) {
                let Piece::Variable(variable) = piece else { continue };
                let of = uses.entry(variable.name.to_owned()).or_default();
                match variable.otherwise {
                    Otherwise::Default(_) => of.has_default = true,
                    Otherwise::Fault | Otherwise::Message(_) => of.is_needed = true,
                }
                let key = redactor.mask(key).as_str().to_owned();
                if !of.keys.contains(&key) {
                    of.keys.push(key);
                }
            }
        }
        Shape::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, path, &format!("{key}[{index}]"), redactor, uses);
            }
        }
        Shape::Map(entries) => {
            for entry in entries.iter().filter(|it| !is_foreign(&path.join("."), &it.key)) {
                let dot = if key.is_empty() { "" } else { "." };
                let key = format!("{key}{dot}{}", entry.key);
                collect(&entry.node, &way_to(path, &entry.key), &key, redactor, uses);
            }
        }
        Shape::Null | Shape::Bool(_) | Shape::Number(..) => {}
    }
}

/// The variables that set keys.
pub(super) fn overrides(
    environment: &Environment,
    root: &Node,
    redactor: &Redactor,
) -> Vec<Override> {
    let variables = environment.iter().filter_map(|(name, _)| {
        let path = variable_key(name)?;
        let origin = Origin::Variable(name.to_owned());
        let parts: Option<Vec<&str>> =
            path.as_ref().map(|path| path.iter().map(String::as_str).collect());
        let node = parts.and_then(|path| root.at(&path));
        let winner = node.filter(|node| !has_origin(node, &origin));
        Some(Override {
            name: name.to_owned(),
            key: path.map(|path| redactor.mask(&path.join("."))),
            loses_to: winner.map(|node| redactor.mask(&node.origin.to_string())),
        })
    });
    variables.collect()
}

/// Whether anything in a value was written there.
fn has_origin(node: &Node, origin: &Origin) -> bool {
    node.origin == *origin || node.entries().iter().any(|entry| has_origin(&entry.node, origin))
}
