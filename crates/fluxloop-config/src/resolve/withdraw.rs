//! Takes options back that undefined variables leave without a value.

use super::expand::INPUTS_FILE;
use crate::Origin;
use crate::keys::{KeyKind, keys};
use crate::layers::default_of;
use crate::variables::{Piece, Variables, pieces};
use crate::yaml::{Node, Shape};

/// Options that mean nothing, or something else, without another.
const GOES_WITH: [(&str, &str); 4] = [
    ("simulation.rate", "simulation.arrival"),
    ("runner.http.stream", "runner.http.stream_output_path"),
    ("runner.http.tls.client_cert", "runner.http.tls.client_key"),
    ("runner.http.tls.client_key", "runner.http.tls.client_cert"),
];

/// The files of TLS, which a run against the mock does not use.
const TLS_FILES: [&str; 3] =
    ["runner.http.tls.ca_file", "runner.http.tls.client_cert", "runner.http.tls.client_key"];

/// Options that use an undefined variable, and that `<NAME>` cannot be the value of, become what
/// they are when nothing is written.
pub(crate) fn withdraw_undefined(root: &mut Node, variables: &mut Variables) {
    for key in keys().iter().filter(|key| !takes_any_text(key.kind) && key.path != INPUTS_FILE) {
        let undefined =
            root.at_key(key.path).map(|node| undefined(node, variables)).unwrap_or_default();
        if !undefined.is_empty() {
            withdraw(root, key.path);
            for (_, other) in GOES_WITH.iter().filter(|(path, _)| *path == key.path) {
                withdraw(root, other);
            }
        }
        for name in undefined {
            variables.fill_in(name);
        }
    }
}

/// Takes the files of TLS back, so that they need not be there.
pub(crate) fn withdraw_tls_files(root: &mut Node) {
    for path in TLS_FILES {
        withdraw(root, path);
    }
}

fn withdraw(root: &mut Node, path: &str) {
    let keys: Vec<&str> = path.split('.').collect();
    let default = default_of(path).unwrap_or_else(|| Node::null(Origin::Default));
    root.set_if_possible(&keys, default);
}

/// Whether `<NAME>` is as good as any other text, or nothing is replaced there at all.
fn takes_any_text(kind: KeyKind) -> bool {
    use KeyKind::{Any, Headers, Inputs, Like, Parameters, Personas, Proxy, Template, Text, Url};
    matches!(
        kind,
        // The keys below are looked at one by one.
        Like(_) | Any | Headers | Inputs | Parameters | Personas | Proxy | Template | Text | Url
    )
}

/// The undefined variables that anything in a value uses.
fn undefined(node: &Node, variables: &Variables) -> Vec<String> {
    match &node.shape {
        Shape::Text(text) => pieces(&text.text)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Variable(it) if variables.lack(&it) => Some(it.name.to_owned()),
                _ => None,
            })
            .collect(),
        Shape::List(items) => items.iter().flat_map(|item| undefined(item, variables)).collect(),
        Shape::Map(entries) => {
            entries.iter().flat_map(|entry| undefined(&entry.node, variables)).collect()
        }
        Shape::Null | Shape::Bool(_) | Shape::Number(..) => Vec::new(),
    }
}
