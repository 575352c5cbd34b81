//! The merged configuration.

use std::fmt;
use std::mem::take;
use std::path::PathBuf;

use fluxloop_plan::Fingerprint;
use fluxloop_redact::Redactor;
use serde_json::{Map, Value, json};

use super::as_written::{Places, as_written};
use super::to_yaml::to_yaml;
use crate::Origin;
use crate::yaml::Node;

/// Keys that decide what results are called, where they go, how fast they come and what is made of
/// them, but not what they are. What is in the file of inputs has a hash of its own.
const INCIDENTAL: [&str; 12] = [
    "name",
    "output_directory",
    "simulation",
    "run_delay_seconds",
    "inputs_file",
    "stop",
    "record",
    "report",
    "expect",
    "thresholds",
    "slo",
    "judge",
];

/// The configuration as it was written: all layers merged, defaults included, placeholders kept.
pub struct Settings {
    root: Node,
    files: Vec<PathBuf>,
    as_written: Value,
    hash: String,
}

impl Settings {
    pub(crate) fn new(
        root: Node,
        schemas: [Option<&Value>; 2],
        files: Vec<PathBuf>,
        places: &Places<'_>,
        name: &str,
        redactor: &Redactor,
    ) -> Self {
        let as_written = as_written(&root, schemas, places, name, redactor);
        let mut sorted = essential(&as_written);
        sorted.sort_all_objects();
        let hash = Fingerprint::of(sorted.to_string().as_bytes()).to_string();
        Self { root, files, as_written, hash }
    }

    /// The configuration as a value. Placeholders are kept as they are, but in the name, which is
    /// the resolved one; a secret that stood there literally is `***`.
    pub fn as_written(&self) -> &Value {
        &self.as_written
    }

    /// The configuration as YAML that means the same when it is loaded again, from whatever folder.
    /// `.env` is looked for beside the new file, unless `--env-file` names it; a literal secret has
    /// to be given anew.
    pub fn to_yaml(&self) -> String {
        to_yaml(&self.as_written)
    }

    /// A hash of what decides the results: of [`as_written`](Self::as_written) without the name, the
    /// folder of the results, the parallelism, the rate, the pauses, the limits of `stop`, what is
    /// recorded, the report, and what judges the answers.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The keys by which another configuration, in the form of [`as_written`](Self::as_written),
    /// has another [`hash`](Self::hash): no value of either, which may be a secret of the other.
    pub fn differences(&self, other: &Value) -> Vec<String> {
        let mut keys = Vec::new();
        differences(&essential(&self.as_written), &essential(other), "", &mut keys);
        keys
    }

    /// Where the value behind a key (`runner.http.url`) was written. A dot within a key cannot be
    /// asked for.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.root.at_key(key).map(|node| &node.origin)
    }

    /// The files that were read, `.env` among them, the strongest last.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

/// Keys, and none of the values: what is no secret by its place can be one all the same.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("root", &self.root)
            .field("files", &self.files)
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

/// What decides the results.
fn essential(as_written: &Value) -> Value {
    let mut essential = as_written.clone();
    if let Some(members) = essential.as_object_mut() {
        if let Some(inputs) = members.get_mut("inputs").and_then(Value::as_object_mut) {
            inputs.shift_remove("file");
        }
        members.retain(|key, value| {
            !INCIDENTAL.contains(&key.as_str()) && (key != "inputs" || *value != json!({}))
        });
    }
    // The names of headers are the same in any case (RFC 9110, section 5.1).
    if let Some(Value::Object(headers)) = essential.pointer_mut("/runner/http/headers") {
        *headers = take(headers).into_iter().map(|(k, v)| (k.to_lowercase(), v)).collect();
    }
    essential
}

/// Adds the keys below `prefix` whose values differ.
fn differences(one: &Value, other: &Value, prefix: &str, keys: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let added = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(added) {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                let value = |members: &Map<String, Value>| members.get(key).cloned();
                let pair = (value(one).unwrap_or_default(), value(other).unwrap_or_default());
                differences(&pair.0, &pair.1, &path, keys);
            }
        }
        _ if one == other => {}
        _ => keys.push(prefix.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &Value, other: &Value, expected: &[&str]) {
        let mut keys = Vec::new();
        differences(&essential(one), &essential(other), "", &mut keys);
        assert_eq!(keys, expected);
    }

    #[test]
    fn differences_are_told_by_key() {
        let one = json!({"iterations": 1, "runner": {"http": {"url": "a", "timeout": "5s"}}});
        check(&one, &one, &[]);
        let other = json!({"iterations": 2, "runner": {"http": {"url": "a", "method": "GET"}}});
        check(&one, &other, &["iterations", "runner.http.timeout", "runner.http.method"]);
        let headers = |name: &str| json!({"runner": {"http": {"headers": {name: "v"}}}});
        check(&headers("X-Name"), &headers("x-name"), &[]);
        check(
            &headers("X-Name"),
            &headers("X-Nome"),
            &["runner.http.headers.x-name", "runner.http.headers.x-nome"],
        );
        check(&json!({"base_inputs": ["a"]}), &json!({"base_inputs": ["b"]}), &["base_inputs"]);
        check(&json!({"seed": 1.5}), &json!({"seed": null}), &["seed"]);
        check(&json!({"seed": 1}), &json!({}), &["seed"]);
        check(&json!({"tags": null}), &json!({}), &[]);
    }

    #[test]
    fn how_fast_and_where_to_makes_no_difference() {
        let one = json!({"name": "a", "output_directory": "b", "run_delay_seconds": 1});
        check(&one, &json!({"simulation": {"parallelism": 4}}), &[]);
        check(&json!({"expect": [{"contains": "a"}], "slo": {"tpot": "1s"}}), &json!({}), &[]);
    }
}
