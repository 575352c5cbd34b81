//! Reads all layers.

use super::older_names::resolve_older_names;
use super::{Project, defaults, file, flags, set, variables};
use crate::LoadOptions;
use crate::report::Report;
use crate::yaml::Node;

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
    resolve_older_names(&mut layers[1..], report);
    layers.push(Layer { root: flags::layer(options) });
    (layers, complete)
}
