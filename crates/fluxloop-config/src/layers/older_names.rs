//! Keys that had another name once.

use super::Layer;
use crate::error::Oddity;
use crate::report::Report;

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

/// Moves values from older names to the newer ones.
pub(super) fn resolve_older_names(layers: &mut [Layer], report: &mut Report) {
    for name in OLDER_NAMES {
        resolve_older_name(layers, name, report);
    }
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
