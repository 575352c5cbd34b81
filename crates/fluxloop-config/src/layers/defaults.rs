//! The layer of the built-in defaults, made of the table of keys.

use std::path::Path;
use std::sync::Arc;

use super::outside::relocate;
use crate::Origin;
use crate::keys::{Key, key, keys};
use crate::report::Report;
use crate::yaml::{self, Node};

/// The layer of the built-in defaults.
pub(super) fn layer() -> Node {
    let mut root = Node::empty_map(Origin::Default);
    for key in keys() {
        if let Some(default) = value(key) {
            let path: Vec<String> = key.path.split('.').map(str::to_owned).collect();
            root.set(&path, default);
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
