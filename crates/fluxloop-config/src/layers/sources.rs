//! Reads the layers, each as a tree of what one source says.

use std::path::Path;
use std::sync::Arc;

use serde_json::Number;

use super::merge::resolve_older_names;
use super::outside::{of_arguments, of_environment, relocate};
use super::project::{Project, shown};
use crate::error::Fault;
use crate::keys::{Key, key, keys};
use crate::report::Report;
use crate::yaml::{self, Node, Shape};
use crate::{LoadOptions, Origin};

/// All layers, the weakest first, and whether they are complete. Faults are reported; a file that
/// cannot be read is left out.
pub(crate) fn read(
    options: &LoadOptions,
    project: &Project,
    report: &mut Report,
) -> (Vec<Node>, bool) {
    let mut layers = vec![defaults(&[])];
    for path in &project.files {
        layers.extend(of_file(path, options, report));
    }
    let complete = layers.len() == project.files.len() + 1;
    layers.push(of_environment(&options.environment, report));
    layers.push(of_arguments(&options.set, report));
    resolve_older_names(&mut layers[1..], report);
    layers.push(of_flags(options));
    (layers, complete)
}

/// The built-in defaults of the table of keys; of some keys, the defaults are `others`.
pub(crate) fn defaults(others: &[(&str, &'static str)]) -> Node {
    let mut root = Node::empty_map(Origin::Default);
    for key in keys() {
        let other = others.iter().find(|(path, _)| *path == key.path);
        let key = other.map_or(*key, |(_, default)| Key { default: Some(default), ..*key });
        if let Some(default) = value(&key) {
            root.set(&key.path.split('.').collect::<Vec<_>>(), default);
        }
    }
    root
}

/// The built-in default of a key of the table.
pub(crate) fn default_of(path: &str) -> Option<Node> {
    value(key(path))
}

fn value(key: &Key) -> Option<Node> {
    let nowhere: Arc<Path> = Path::new("").into();
    let node = yaml::parse(key.default?, &nowhere, &mut Report::default())
        .expect("the table's defaults are valid YAML");
    Some(relocate(node, &Origin::Default))
}

/// What a file says. An empty one says nothing.
fn of_file(path: &Path, options: &LoadOptions, report: &mut Report) -> Option<Node> {
    let shown: Arc<Path> = shown(path, &options.current_dir).into();
    let text = match options.proposed(path) {
        Some(text) => text.to_owned(),
        None => options.reading(path, &shown, || yaml::read_text(path, &shown, report))?,
    };
    if let Some(format) = yaml::format(path, &text) {
        report.fault(&Origin::file(&shown), "", Fault::NotYaml(format));
        return None;
    }
    let root = yaml::parse(&text, &shown, report);
    report.source(&shown, text);
    let root = root?;
    match root.shape {
        Shape::Map(_) => Some(root),
        Shape::Null => Some(Node::empty_map(Origin::file(&shown))),
        other => {
            report.fault(&root.origin, "", Fault::RootNotMapping(other.name()));
            None
        }
    }
}

/// The flags that have a key of their own.
fn of_flags(options: &LoadOptions) -> Node {
    let mut root = Node::empty_map(Origin::Flag("the command line"));
    let numbers = [
        ("--iterations", &["iterations"][..], options.iterations),
        ("--parallelism", &["simulation", "parallelism"], options.parallelism),
    ];
    for (flag, path, value) in numbers {
        if let Some(value) = value {
            let shape = Shape::Number(Number::from(value), value.to_string());
            root.set(path, Node { origin: Origin::Flag(flag), shape });
        }
    }
    if let Some(output) = &options.output {
        let text = output.to_string_lossy().replace("${", "$${");
        root.set(&["output_directory"], Node::text(Origin::Flag("--output"), text));
    }
    root
}
