//! The layers of a configuration, from the built-in defaults to the command line.

mod defaults;
mod file;
mod flags;
mod merge;
mod project;
mod set;
mod variables;

use std::path::Path;
use std::sync::Arc;

use crate::error::Oddity;
use crate::report::Report;
use crate::yaml::{self, Entry, Node, Shape, Text};
use crate::{LoadOptions, Origin};

pub(crate) use defaults::default_of;
pub(crate) use file::shown;
pub(crate) use merge::merge;
pub(crate) use project::Project;

/// What one source says. Later layers win.
#[derive(Debug)]
pub(crate) struct Layer {
    /// What it says: a mapping.
    pub(crate) root: Node,
}

/// All layers, the weakest first, and whether they are complete. Faults are reported; a file that
/// cannot be read is left out.
pub(crate) fn read(
    options: &LoadOptions,
    project: &Project,
    report: &mut Report,
) -> (Vec<Layer>, bool) {
    let mut layers = vec![Layer { root: defaults::layer() }];
    for path in &project.files {
        layers.extend(file::layer(path, options, report));
    }
    let complete = layers.len() == project.files.len() + 1;
    layers.push(Layer { root: variables::layer(&options.environment, report) });
    layers.push(Layer { root: set::layer(&options.set, report) });
    for name in OLDER_NAMES {
        resolve_older_name(&mut layers[1..], name, report);
    }
    layers.push(Layer { root: flags::layer(options) });
    (layers, complete)
}

/// An older name of a key, and where it stands now.
struct OlderName {
    old: &'static [&'static str],
    new: &'static [&'static str],
}

/// Older names of keys, and where they stand now.
const OLDER_NAMES: &[OlderName] = &[
    OlderName { old: &["parallel_runs"], new: &["simulation", "parallelism"] },
    OlderName {
        old: &["runner", "stream_output_path"],
        new: &["runner", "http", "stream_output_path"],
    },
];

/// Whether a key is an older name of another.
pub(crate) fn is_older_name(path: &str) -> bool {
    OLDER_NAMES.iter().any(|name| name.old.join(".") == path)
}

/// Moves values from an older name to the newer one; where both are set, in whatever layers, the
/// newer one wins.
fn resolve_older_name(layers: &mut [Layer], name: &OlderName, report: &mut Report) {
    let is_set = |layer: &Layer| layer.root.at(name.new).is_some_and(|node| !node.is_null());
    let newer_wins = layers.iter().any(is_set);
    let (last, parent) = name.old.split_last().expect("a name has a last part");
    for Layer { root } in layers {
        let Some(value) = root.at(name.old).cloned() else {
            continue;
        };
        if let Some(parent) = root.at_mut(parent) {
            parent.remove(|key| key != *last);
        }
        if newer_wins {
            report.warn(&value.origin, name.new.join("."), Oddity::OldName { old: last });
        } else {
            let path: Vec<String> = name.new.iter().map(|key| (*key).to_owned()).collect();
            root.set(&path, value);
        }
    }
}

/// A scalar from outside of a file, read as YAML would read it in a block mapping: a plain scalar,
/// or a flow value where it begins like one.
fn outside_value(text: &str, origin: &Origin, key: &str, report: &mut Report) -> Option<Node> {
    let flow = text.trim_start().starts_with(['{', '[', '"', '\'']);
    let mut own = Report::default();
    let nowhere: Arc<Path> = Path::new("").into();
    let parsed = yaml::parse(text, &nowhere, &mut own);
    match parsed {
        Some(node) if flow || is_plain(&node) => Some(relocate(node, origin)),
        None if flow => {
            for error in own.into_faults() {
                report.fault(origin, key, error.fault);
            }
            None
        }
        _ => Some(Node::text(origin.clone(), text)),
    }
}

/// Whether a text was read as something else than a string: `60`, `true`, nothing.
fn is_plain(node: &Node) -> bool {
    matches!(node.shape, Shape::Null | Shape::Bool(_) | Shape::Number(..))
}

/// The same value, with every place replaced: positions within an argument help nobody.
fn relocate(mut node: Node, origin: &Origin) -> Node {
    node.origin = origin.clone();
    node.shape = match node.shape {
        Shape::Text(text) => Shape::Text(Text::new(text.text)),
        Shape::List(items) => {
            Shape::List(items.into_iter().map(|item| relocate(item, origin)).collect())
        }
        Shape::Map(entries) => Shape::Map(
            entries
                .into_iter()
                .map(|entry| Entry {
                    key: entry.key,
                    origin: origin.clone(),
                    node: relocate(entry.node, origin),
                })
                .collect(),
        ),
        other => other,
    };
    node
}
