//! The layer of one file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Layer;
use crate::error::Fault;
use crate::report::Report;
use crate::yaml::{self, Node, Shape};
use crate::{LoadOptions, Origin};

/// Reads a file as a layer. An empty file says nothing.
pub(super) fn layer(path: &Path, options: &LoadOptions, report: &mut Report) -> Option<Layer> {
    let shown: Arc<Path> = shown(path, &options.current_dir).into();
    let text = yaml::read_text(path, &shown, report)?;
    let root = yaml::parse(&text, &shown, report)?;
    match root.shape {
        Shape::Map(_) => Some(Layer { root }),
        Shape::Null => Some(Layer { root: Node::empty_map(Origin::file(&shown)) }),
        other => {
            report.fault(&root.origin, "", Fault::RootNotMapping(other.name()));
            None
        }
    }
}

/// The path of a file as messages show it: relative to the current folder where it lies inside, or
/// beside it.
pub(crate) fn shown(path: &Path, current_dir: &Path) -> PathBuf {
    match (path.strip_prefix(current_dir), path.file_name()) {
        (Ok(relative), _) if !relative.as_os_str().is_empty() => relative.to_owned(),
        (Err(_), Some(name)) if path.parent() == current_dir.parent() => Path::new("..").join(name),
        _ => path.to_owned(),
    }
}
