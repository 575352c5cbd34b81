//! Merges layers: figment says who wins, the layers say what they wrote and where. Values under
//! older names of keys move to the newer ones before.

use std::collections::{HashMap, HashSet};

use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider, Source};

use crate::Origin;
use crate::error::Oddity;
use crate::report::Report;
use crate::yaml::{Entry, Node, Shape};

/// Maps that a later layer replaces as a whole: half of one of them and half of another would be a
/// request that nobody wrote.
const REPLACED: &[&[&str]] = &[
    &["expect"],
    &["runner", "http", "body_template", "mapping"],
    &["runner", "http", "query"],
    &["runner", "http", "stream_done"],
    &["runner", "http", "stream_schema"],
    &["judge", "pass_when"],
    &["judge", "http", "body_template", "mapping"],
    &["judge", "http", "query"],
    &["judge", "http", "stream_done"],
    &["judge", "http", "stream_schema"],
];

/// The maps whose keys are alike whatever their case.
pub(super) const HEADERS: [&[&str]; 2] =
    [&["runner", "http", "headers"], &["judge", "http", "headers"]];

/// Merges layers, the weakest first. Maps merge deeply, everything else is replaced.
pub(crate) fn merge(mut layers: Vec<Node>) -> Node {
    for later in 1..layers.len() {
        let (weaker, stronger) = layers.split_at_mut(later);
        for layer in weaker {
            give_way(layer, &stronger[0]);
        }
    }
    let figment = layers
        .iter()
        .enumerate()
        .fold(Figment::new(), |figment, (index, root)| figment.merge(Numbered { index, root }));
    let merged = figment.find_value("").expect("our providers give nothing but values");
    let parts: Vec<Option<&Node>> = layers.iter().map(Some).collect();
    collect(&merged, &parts, &figment)
}

/// Takes from the weaker layer what the stronger one replaces as a whole.
fn give_way(weaker: &mut Node, stronger: &Node) {
    for path in REPLACED {
        let (last, parent) = path.split_last().expect("a path has a last part");
        if stronger.at(path).is_some()
            && let Some(parent) = weaker.at_mut(parent)
        {
            parent.remove(|key| key != *last);
        }
    }
    for path in HEADERS {
        let (Some(headers), Some(stronger)) = (weaker.at_mut(path), stronger.at(path)) else {
            continue;
        };
        let replaced =
            |key: &str| stronger.entries().iter().any(|entry| entry.key.eq_ignore_ascii_case(key));
        headers.remove(|key| !replaced(key));
    }
}

/// A layer as figment's provider; its number is the source of its values.
struct Numbered<'l> {
    index: usize,
    root: &'l Node,
}

impl Provider for Numbered<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::from("layer", Source::Custom(self.index.to_string()))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Map::from([(Profile::Default, dict(self.root))]))
    }
}

/// The keys of a map. What is not a map counts as a whole, so its value does not matter here.
fn dict(node: &Node) -> Dict {
    let value = |node: &Node| match node.shape {
        Shape::Map(_) => dict(node).into(),
        _ => Value::from(true),
    };
    node.entries().iter().map(|entry| (entry.key.clone(), value(&entry.node))).collect()
}

/// Takes each value of the merged tree from the layer that won, with its place, and the keys in
/// the order in which the layers wrote them. `parts` holds what each layer has at this point.
fn collect(merged: &Value, parts: &[Option<&Node>], figment: &Figment) -> Node {
    let winner = figment
        .get_metadata(merged.tag())
        .and_then(|metadata| metadata.source.as_ref()?.custom()?.parse::<usize>().ok())
        .and_then(|index| parts.get(index).copied().flatten());
    let Some(members) = merged.as_dict() else {
        return winner.cloned().unwrap_or_else(|| Node::null(Origin::Default));
    };
    let written: Vec<HashMap<&str, &Entry>> = parts
        .iter()
        .map(|part| {
            part.iter().flat_map(|part| part.entries()).map(|it| (it.key.as_str(), it)).collect()
        })
        .collect();
    let mut seen = HashSet::with_capacity(members.len());
    let mut entries: Vec<Entry> = Vec::with_capacity(members.len());
    for key in parts.iter().flatten().flat_map(|part| part.entries()).map(|entry| &entry.key) {
        let Some(member) = members.get(key).filter(|_| seen.insert(key)) else {
            continue;
        };
        let of_key: Vec<Option<&Entry>> =
            written.iter().map(|part| part.get(key.as_str()).copied()).collect();
        let below: Vec<Option<&Node>> =
            of_key.iter().map(|entry| entry.map(|entry| &entry.node)).collect();
        let node = collect(member, &below, figment);
        let origin = key_origin(&of_key, &node.origin);
        entries.push(Entry { key: key.clone(), origin, node });
    }
    let origin = winner.map_or(Origin::Default, |node| node.origin.clone());
    Node { origin, shape: Shape::Map(entries) }
}

/// Where the key of the value that won was written.
fn key_origin(written: &[Option<&Entry>], value: &Origin) -> Origin {
    let winner = written.iter().flatten().rfind(|entry| entry.node.origin == *value);
    winner.map_or_else(|| value.clone(), |entry| entry.origin.clone())
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
    newer_name(path).is_some()
}

/// Where the value of an older name stands now.
pub(crate) fn newer_name(path: &str) -> Option<&'static [&'static str]> {
    OLDER_NAMES.iter().find(|name| name.old.join(".") == path).map(|name| name.new)
}

/// Moves values from older names to the newer ones.
pub(super) fn resolve_older_names(layers: &mut [Node], report: &mut Report) {
    for name in OLDER_NAMES {
        resolve_older_name(layers, name, report);
    }
}

/// Moves values from an older name to the newer one; where both are set, in whatever layers, the
/// newer one wins.
fn resolve_older_name(layers: &mut [Node], name: &OlderName, report: &mut Report) {
    let is_set = |layer: &Node| layer.at(name.new).is_some_and(|node| !node.is_null());
    let newer_wins = layers.iter().any(is_set);
    let (last, parent) = name.old.split_last().expect("a name has a last part");
    for root in layers {
        let Some(value) = root.at(name.old).cloned() else {
            continue;
        };
        if let Some(parent) = root.at_mut(parent) {
            parent.remove(|key| key != *last);
        }
        if newer_wins {
            report.warn(&value.origin, name.new.join("."), Oddity::OldName { old: last });
        } else {
            root.set(name.new, value);
        }
    }
}
