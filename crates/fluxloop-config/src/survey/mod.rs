//! Looks at a configuration without running it: what each layer wrote, which variables are used, and
//! which files are read. A configuration with faults can be looked at too.

mod explain;
mod files;
mod secrecy;
mod unreadable;
mod variables;

use std::collections::BTreeMap;
use std::mem;
use std::path::PathBuf;

use fluxloop_redact::{Masked, Redactor};
use serde_json::Value;

pub use self::explain::{Explanation, KeyRole, UnknownKey, Written, explain};
pub use self::files::{FileIgnored, FileRead};
pub use self::secrecy::WhySecret;
pub use self::variables::{Override, UsedVariable, VariableSource};
use crate::load::Merged;
use crate::resolve::{self, Reader};
pub use crate::resolve::{ProxyReport, ProxyRoute};
use crate::settings::{shown_with_origins, to_yaml, written};
use crate::yaml::Node;
use crate::{ConfigErrors, LoadOptions, Origin, layers};

/// A configuration that was looked at.
///
/// **Invariant:** nothing that it gives holds a secret, or the value of a variable.
#[derive(Debug)]
pub struct Survey {
    /// What each layer wrote, the weakest first; values that cannot be read are masked.
    layers: Vec<Node>,
    /// All layers merged, likewise.
    root: Node,
    /// The merged configuration as it is shown.
    shown: Value,
    redactor: Redactor,
    /// The files that were read, the weakest first, `.env` last.
    pub files: Vec<FileRead>,
    /// Files beside them that were not read.
    pub ignored: Vec<FileIgnored>,
    /// The variables that the configuration uses, by name.
    pub variables: Vec<UsedVariable>,
    /// Variables of `.env` files that nothing uses, by name.
    pub unused: Vec<String>,
    /// A `.env` file that git does not ignore.
    pub not_ignored: Option<PathBuf>,
    /// The variables `FLUXLOOP__…`, by name.
    pub overrides: Vec<Override>,
    /// How the server is reached.
    pub proxy: ProxyReport,
    /// How many faults were found. The inputs were not looked at.
    pub faults: usize,
    /// Whether a file could not be read, so that its keys are missing.
    pub is_incomplete: bool,
}

/// Looks at the configuration that the options mean.
///
/// # Errors
///
/// If no configuration is found.
pub fn survey(options: &LoadOptions) -> Result<Survey, ConfigErrors> {
    let Merged { options, project, mut layers, mut root, is_complete, mut variables, mut report } =
        Merged::read(options)?;
    let main = Origin::file(&layers::shown(&project.main, &options.current_dir));
    let effective = root.clone();
    let judge = resolve::AsRun::of(&effective, &options, &mut variables, &mut report);
    let mut reader = Reader::new(&effective, main, &project.root, &options, variables, report);
    if is_complete {
        // What comes of it does not matter: it takes the secrets into custody, and notes what is used.
        resolve::plan(&mut reader, &project.folder_name(), options.mock, judge.as_ref());
    } else {
        reader.take_custody();
    }
    let faults = reader.report.faults();
    take_custody_of_layers(&mut reader, &layers);
    let proxy = reader.proxy_report();
    let redactor = reader.redactor();
    let found = variables::found(&reader, &effective, &redactor);
    let (files, ignored) = files::of_project(&options, &project, &layers, &reader.variables);
    let not_ignored = reader.variables.not_ignored();
    let not_ignored = not_ignored.map(|path| layers::shown(path, &options.current_dir));
    let overrides = variables::overrides(&options.environment, &effective, &redactor);
    layers.iter_mut().chain([&mut root]).for_each(unreadable::mask);
    let shown = written(&root, &redactor);
    Ok(Survey {
        layers,
        root,
        shown,
        redactor,
        files,
        ignored,
        variables: found.used,
        unused: found.unused,
        not_ignored,
        overrides,
        proxy,
        faults,
        is_incomplete: !is_complete,
    })
}

/// Takes the secrets of all layers into custody, those that a stronger layer hides too. They are not
/// used, so nothing is reported about them.
fn take_custody_of_layers(reader: &mut Reader<'_>, layers: &[Node]) {
    let report = mem::take(&mut reader.report);
    for layer in layers {
        reader.collector().tree(layer, &[], "");
    }
    reader.report = report;
}

impl Survey {
    /// The merged configuration. Placeholders are kept, secrets are `***`.
    pub fn value(&self) -> &Value {
        &self.shown
    }

    /// The merged configuration as YAML; with the place of each key as a comment, if asked for.
    pub fn to_yaml(&self, with_origins: bool) -> Masked {
        let yaml = if with_origins {
            shown_with_origins(&self.shown, &self.root)
        } else {
            to_yaml(&self.shown)
        };
        self.redactor.mask(&yaml)
    }

    /// The merged configuration as YAML, as [`to_yaml`](Self::to_yaml), without the texts of inputs.
    pub fn without_inputs(&self, with_origins: bool) -> Masked {
        let mut shown = self.shown.clone();
        if let Some(inputs) = shown.get_mut("base_inputs") {
            let count = inputs.as_array().map_or(0, Vec::len);
            *inputs = format!("({count} left out)").into();
        }
        let root = with_origins.then_some(&self.root);
        self.redactor
            .mask(&root.map_or_else(|| to_yaml(&shown), |root| shown_with_origins(&shown, root)))
    }

    /// Where each value of the merged configuration was written, by its key.
    pub fn origins(&self) -> BTreeMap<String, Masked> {
        let mut origins = BTreeMap::new();
        places(&self.root, "", &mut |key, origin| {
            origins.insert(
                self.redactor.mask(key).as_str().to_owned(),
                self.redactor.mask(&origin.to_string()),
            );
        });
        origins
    }

    /// Masks a text that goes with what the survey says, such as the path of a file.
    pub fn mask(&self, text: &str) -> Masked {
        self.redactor.mask(text)
    }
}

/// Visits the places of all values that are not maps.
fn places(node: &Node, key: &str, visit: &mut impl FnMut(&str, &Origin)) {
    let entries = node.entries();
    if entries.is_empty() && !node.is_null() && !key.is_empty() {
        visit(key, &node.origin);
    }
    for entry in entries {
        let dot = if key.is_empty() { "" } else { "." };
        places(&entry.node, &format!("{key}{dot}{}", entry.key), visit);
    }
}
