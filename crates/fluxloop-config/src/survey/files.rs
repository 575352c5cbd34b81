//! Which files are read, and which are not.

use std::path::{Path, PathBuf};

use crate::keys::{is_foreign, keys};
use crate::layers::{self, Project};
use crate::variables::Variables;
use crate::yaml::Node;
use crate::{LoadOptions, Origin};

/// A file that was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileRead {
    /// Its path as messages show it.
    pub path: PathBuf,
    /// How many keys of the configuration it sets; absent for a `.env` file, and where it cannot be
    /// read.
    pub keys: Option<usize>,
    /// Whether it is a `.env` file.
    pub is_dotenv: bool,
    /// Keys in it that are FluxLoop's and have no effect here.
    pub without_effect: Vec<String>,
}

/// A file of the project that was not read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileIgnored {
    /// Its path as messages show it.
    pub path: PathBuf,
    /// Why.
    pub why: &'static str,
}

/// Names of files that FluxLoop reads and that do not concern a run.
const OF_FLUXLOOP: [&str; 2] = ["evaluation", "pytest"];

/// The files of a project, those that were read, the weakest first, and those that were not.
pub(super) fn of_project(
    options: &LoadOptions,
    project: &Project,
    layers: &[Node],
    variables: &Variables,
) -> (Vec<FileRead>, Vec<FileIgnored>) {
    let shown = |path: &Path| layers::shown(path, &options.current_dir);
    let layer = |path: &Path| {
        let file =
            |node: &&Node| matches!(&node.origin, Origin::File { path: of, .. } if **of == *path);
        layers.iter().find(file)
    };
    let of_layer = |path: &PathBuf| {
        let path = shown(path);
        let root = layer(&path);
        let keys = root.map(|root| keys().iter().filter(|key| is_set(root, key.path)).count());
        let without_effect = root.map(without_effect).unwrap_or_default();
        FileRead { path, keys, is_dotenv: false, without_effect }
    };
    let of_variables = |path: &PathBuf| FileRead {
        path: shown(path),
        keys: None,
        is_dotenv: true,
        without_effect: Vec::new(),
    };
    let read = project.files.iter().map(of_layer);
    let files = read.chain(variables.files.iter().map(of_variables)).collect();
    (files, ignored(project, &shown))
}

fn is_set(root: &Node, path: &str) -> bool {
    root.at_key(path).is_some()
}

/// Keys that have no effect here.
fn without_effect(root: &Node) -> Vec<String> {
    let below = |parent: &'static str, node: &Node| -> Vec<String> {
        let dot = if parent.is_empty() { "" } else { "." };
        let names = node.entries().iter().map(|entry| &entry.key);
        let foreign = names.filter(|name| is_foreign(parent, name));
        foreign.map(|name| format!("{parent}{dot}{name}")).collect()
    };
    let mut keys = below("", root);
    keys.extend(root.get("runner").into_iter().flat_map(|runner| below("runner", runner)));
    keys
}

/// Files next to the main file that look like configurations and were not read. A main file outside of
/// `configs/` has no such neighbors.
fn ignored(project: &Project, shown: &impl Fn(&Path) -> PathBuf) -> Vec<FileIgnored> {
    let folder = project.main.parent().filter(|folder| *folder != project.root);
    let entries = folder.and_then(|folder| std::fs::read_dir(folder).ok());
    let mut paths: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_yaml(path) && !project.files.contains(path))
        .collect();
    paths.sort();
    paths.iter().map(|path| FileIgnored { path: shown(path), why: why(path) }).collect()
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml") && path.is_file()
}

fn why(path: &Path) -> &'static str {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match &*stem {
        name if OF_FLUXLOOP.contains(&name) => "it configures another part of FluxLoop, and no run",
        "project" | "input" | "simulation" if path.extension().is_some_and(|it| it == "yml") => {
            "its name must end in `.yaml`"
        }
        "simulation" => "`--config` names another file in its place",
        _ => "read only with `--config`",
    }
}
