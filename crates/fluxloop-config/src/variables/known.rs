//! The variables that a configuration can use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluxloop_redact::Secret;
use fluxloop_redact::naming::{evident, is_secret_name};
use fluxloop_schema::nearest;

use super::{Otherwise, Placeholder, dotenv, git_ignore, own_values};
use crate::error::{ConfigError, Fault, Oddity};
use crate::layers::shown;
use crate::report::Report;
use crate::{Environment, LoadOptions, Origin};

/// The variables that name a proxy, where the process has them.
const PROXIES: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/// All variables that a configuration can use, and which ones it did use.
#[derive(Debug)]
pub(crate) struct Variables {
    environment: Environment,
    pub(super) dotenv: BTreeMap<String, Secret>,
    /// Why variables of `.env` have no value.
    pub(super) broken: BTreeMap<String, ConfigError>,
    /// Whether undefined variables become `<NAME>`.
    pub(crate) fills_undefined: bool,
    /// Where `.env` was looked for, as messages show it.
    looked: Vec<PathBuf>,
    /// The `.env` files that were read, the nearest first.
    pub(crate) files: Vec<PathBuf>,
    /// Where the variables of `.env` stand.
    lines: BTreeMap<String, Origin>,
    used: BTreeSet<String>,
    /// Undefined variables that became `<NAME>`.
    filled_in: BTreeSet<String>,
    /// The variables that a value of `.env` is made of.
    pub(super) ingredients: BTreeMap<String, BTreeSet<String>>,
}

impl Variables {
    /// Reads the `.env` files of a project; `root` is the folder that `configs/` stands in.
    pub(crate) fn read(options: &LoadOptions, root: &Path, report: &mut Report) -> Self {
        let candidates = match &options.env_file {
            Some(file) => vec![options.current_dir.join(file)],
            None => dotenv::candidates(root),
        };
        let mut variables = Self {
            environment: options.environment.clone(),
            dotenv: BTreeMap::new(),
            broken: BTreeMap::new(),
            fills_undefined: options.fills_undefined(),
            looked: Vec::new(),
            files: Vec::new(),
            lines: BTreeMap::new(),
            used: BTreeSet::new(),
            filled_in: BTreeSet::new(),
            ingredients: BTreeMap::new(),
        };
        let mut assignments = BTreeMap::new();
        for path in candidates {
            let name = shown(&path, &options.current_dir);
            // A pipe of a password manager counts; a folder or a dangling link is an error.
            let proposed = options.proposed(&path);
            if proposed.is_some() || options.env_file.is_some() || path.symlink_metadata().is_ok() {
                let mut read = match proposed {
                    Some(text) => dotenv::parse(text, &name, report),
                    None => options.reading(&path, &name, || dotenv::read(&path, &name, report)),
                };
                read.append(&mut assignments);
                assignments = read;
                variables.files.push(path);
            }
            variables.looked.push(name);
        }
        own_values::resolve(&mut variables, &assignments);
        for assignment in assignments.values() {
            if let Some(name) = assignment.bare.as_ref().filter(|name| variables.is_defined(name)) {
                report.warn(&assignment.origin, "", Oddity::BareVariable(name.clone()));
            }
        }
        let lines = assignments.into_iter();
        variables.lines = lines.map(|(name, assignment)| (name, assignment.origin)).collect();
        variables
    }

    /// The environment alone.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The value of a variable: the environment's before that of `.env`.
    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        self.environment.get(name).or_else(|| self.dotenv.get(name))
    }

    /// The value of a variable that the configuration uses. An empty one counts as undefined where
    /// `or_empty` says so.
    pub(crate) fn take(&mut self, name: &str, or_empty: bool) -> Option<Secret> {
        self.used.insert(name.to_owned());
        self.get(name).filter(|value| !(or_empty && value.expose().is_empty())).cloned()
    }

    /// What a placeholder stands for, and whether the variable is defined. `may_fill`: whether an
    /// undefined one may become `<NAME>`.
    pub(crate) fn value(
        &mut self,
        placeholder: &Placeholder<'_>,
        may_fill: bool,
    ) -> Result<(Secret, bool), Fault> {
        let name = placeholder.name;
        let or_empty = !matches!(placeholder.otherwise, Otherwise::Fault);
        if let Some(value) = self.take(name, or_empty) {
            return Ok((value, true));
        }
        if let Some(why) = self.broken.get(name).filter(|_| !self.fills_undefined) {
            let (name, why) = (name.to_owned(), Box::new(why.clone()));
            return Err(match why.fault {
                Fault::BrokenVariable { .. } => why.fault,
                _ => Fault::BrokenVariable { name, why },
            });
        }
        match placeholder.otherwise {
            Otherwise::Default(default) => Ok((Secret::new(default), false)),
            _ if self.fills_undefined && may_fill => {
                self.filled_in.insert(name.to_owned());
                Ok((Secret::new(format!("<{name}>")), false))
            }
            Otherwise::Fault => Err(self.undefined(name)),
            Otherwise::Message(message) => {
                let (is_empty, hides) = (self.get(name).is_some(), self.hides(name));
                let (name, message) = (name.to_owned(), message.to_owned());
                Err(Fault::Demanded { name, message, is_empty, hides })
            }
        }
    }

    /// Why variables of `.env` have no value, in the order of the lines, and whether they are used;
    /// those that are reported where they are used aside.
    pub(crate) fn unreported_faults(&self) -> Vec<(ConfigError, bool)> {
        let faults = self.broken.iter().map(|(name, error)| {
            (error.clone(), self.is_used(name) || self.filled_in.contains(name))
        });
        let mut faults: Vec<_> =
            faults.filter(|(_, is_used)| self.fills_undefined || !is_used).collect();
        faults.sort_by(|(a, _), (b, _)| a.origin.cmp(&b.origin));
        faults
    }

    /// Whether a placeholder has nothing to stand for. As in a shell, an empty variable is as good as
    /// an undefined one where something is said about that case.
    pub(crate) fn lack(&self, placeholder: &Placeholder<'_>) -> bool {
        let value = self.get(placeholder.name);
        match placeholder.otherwise {
            Otherwise::Default(_) => false,
            Otherwise::Fault => value.is_none(),
            Otherwise::Message(_) => value.is_none_or(|value| value.expose().is_empty()),
        }
    }

    /// Whether the environment or `.env` has a value.
    pub(super) fn is_defined(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether an empty variable of the process hides a value of `.env`.
    fn hides(&self, name: &str) -> bool {
        let is_empty = |value: Option<&Secret>| value.map(|value| value.expose().is_empty());
        is_empty(self.environment.get(name)) == Some(true)
            && is_empty(self.dotenv.get(name)) == Some(false)
    }

    /// The variables that are used, empty in the process, and not in `.env`.
    pub(crate) fn hidden(&self) -> Vec<String> {
        self.used.iter().filter(|name| self.hides(name)).cloned().collect()
    }

    /// Variables of `.env` that would name a proxy in the environment, and are not used.
    pub(crate) fn proxies(&self) -> Vec<String> {
        let is_proxy = |name: &&String| {
            PROXIES.iter().any(|it| it.eq_ignore_ascii_case(name)) && !self.is_used(name)
        };
        self.dotenv.keys().filter(is_proxy).cloned().collect()
    }

    /// Whether the configuration uses the variable.
    pub(crate) fn is_used(&self, name: &str) -> bool {
        self.used.contains(name)
    }

    /// The variables that were asked for.
    pub(crate) fn used(&self) -> impl Iterator<Item = &str> {
        self.used.iter().map(String::as_str)
    }

    /// The variables that stand in `.env` files.
    pub(crate) fn dotenv_names(&self) -> impl Iterator<Item = &str> {
        self.lines.keys().map(String::as_str)
    }

    /// The line of a `.env` file where a variable stands.
    pub(crate) fn dotenv_origin(&self, name: &str) -> Option<&Origin> {
        self.lines.get(name)
    }

    /// Why a variable of a `.env` file has no value.
    pub(crate) fn why_broken(&self, name: &str) -> Option<String> {
        self.broken.get(name).map(ToString::to_string)
    }

    /// Notes that a variable became `<NAME>`.
    pub(crate) fn fill_in(&mut self, name: String) {
        self.filled_in.insert(name);
    }

    /// Whether a variable became `<NAME>`.
    pub(crate) fn is_filled_in(&self, name: &str) -> bool {
        self.filled_in.contains(name)
    }

    /// The variables that became `<NAME>`.
    pub(crate) fn filled_in(&self) -> Vec<String> {
        self.filled_in.iter().cloned().collect()
    }

    /// The fault of using a variable that is not defined.
    fn undefined(&self, name: &str) -> Fault {
        if self.environment.not_utf8().contains(name) {
            return Fault::VariableNotUtf8(name.to_owned());
        }
        Fault::Undefined {
            name: name.to_owned(),
            nearest: self.similar(name),
            looked: self.looked.clone(),
        }
    }

    /// A defined variable with a similar name.
    fn similar(&self, name: &str) -> Option<String> {
        let names = self.dotenv.keys().map(String::as_str);
        nearest(name, names.chain(self.environment.iter().map(|(name, _)| name))).map(str::to_owned)
    }

    /// What is secret in all of `.env`, and in the variables that are used: by the name, or by the
    /// shape. Where the environment hides a value of `.env`, both are secret.
    pub(crate) fn secrets(&self) -> Vec<(String, Secret)> {
        let used = self.used.iter().filter_map(|name| Some((name, self.get(name)?)));
        let secrets = |(name, value): (&String, &Secret)| -> Vec<(String, Secret)> {
            if is_secret_name(name) {
                return vec![(name.clone(), value.clone())];
            }
            let text = value.expose();
            let parts = evident(text).into_iter().map(|range| Secret::new(&text[range]));
            parts.map(|part| (name.clone(), part)).collect()
        };
        self.dotenv.iter().chain(used).flat_map(secrets).collect()
    }

    /// The variables that a value of `.env` is made of, with their values.
    pub(crate) fn ingredients(&self, name: &str) -> impl Iterator<Item = (&str, &Secret)> {
        let names = self.ingredients.get(name).into_iter().flatten();
        names.filter_map(|name| Some((name.as_str(), self.get(name)?)))
    }

    /// Whether the configuration uses a variable that is secret by its name, or that is to be masked.
    pub(crate) fn uses_secret(&self, is_masked: impl Fn(&str) -> bool) -> bool {
        let is_secret = |name: &String| is_secret_name(name) || is_masked(name);
        self.used.iter().any(|name| is_secret(name) && self.get(name).is_some())
    }

    /// The nearest `.env` that git would not ignore, if there is one and git is used.
    pub(crate) fn not_ignored(&self) -> Option<&Path> {
        self.files.iter().map(PathBuf::as_path).find(|path| !git_ignore::is_ignored(path))
    }
}
