//! Which crate may depend on which.

use serde_json::Value;

use super::violation::Violation;
use crate::workspace;

/// Our crates from the lowest layer up, and what each may depend on. This is the table of
/// `docs/architecture.md`: an edge is added there first, with its reason.
pub(super) const LAYERS: &[(&str, &[&str])] = &[
    ("redact", &[]),
    ("sse", &[]),
    ("jsonpath", &[]),
    ("curl", &[]),
    ("statistics", &[]),
    ("schema", &["jsonpath"]),
    ("init", &["redact", "curl", "schema"]),
    ("frames", &["sse"]),
    ("recording", &["redact"]),
    ("trace", &["redact", "statistics"]),
    ("compare", &["redact", "statistics", "trace"]),
    ("mock", &["sse", "schema"]),
    ("aggregate", &["jsonpath", "schema", "frames"]),
    ("learn", &["jsonpath", "schema", "frames", "aggregate"]),
    ("plan", &["redact", "jsonpath", "schema", "aggregate"]),
    ("expect", &["redact", "jsonpath", "schema", "trace", "plan"]),
    ("config", &["redact", "jsonpath", "schema", "aggregate", "trace", "plan", "expect"]),
    ("http", &["redact", "plan"]),
    ("explain", &["jsonpath", "schema", "frames", "trace", "aggregate", "plan", "http"]),
    ("store", &["redact", "recording", "trace"]),
    ("report", &["statistics", "trace", "compare", "explain"]),
    ("html", &["redact", "recording", "trace", "compare"]),
    ("export", &["redact", "trace", "report"]),
    (
        "runner",
        &[
            "redact",
            "recording",
            "frames",
            "trace",
            "aggregate",
            "plan",
            "expect",
            "http",
            "explain",
        ],
    ),
    (
        "cli",
        &[
            "redact",
            "sse",
            "jsonpath",
            "curl",
            "statistics",
            "schema",
            "init",
            "frames",
            "recording",
            "trace",
            "compare",
            "mock",
            "aggregate",
            "learn",
            "plan",
            "expect",
            "config",
            "http",
            "explain",
            "store",
            "report",
            "html",
            "export",
            "runner",
        ],
    ),
];

/// Crates of others that belong to some of ours alone, and why.
const RESERVED: &[(&str, &[&str], &str)] = &[
    ("annotate-snippets", &["cli"], "config gives facts, and only the command line draws them"),
    ("anyhow", &["cli"], "a library has an error enum of its own"),
    ("aho-corasick", &["redact"], "masking happens in one place"),
    ("backoff", &["http"], "unmaintained: it stays behind one module"),
    ("clap", &["cli"], "arguments are the command line's business"),
    ("encoding_rs", &["aggregate"], "a charset belongs to the reading of an answer"),
    ("figment", &["config"], "only config reads the configuration"),
    ("opentelemetry-proto", &["export"], "only an export speaks OTLP"),
    ("parquet", &["export"], "only an export writes Parquet"),
    ("prost", &["export"], "only an export speaks OTLP"),
    ("quick-junit", &["export"], "only an export writes JUnit reports"),
    ("granit-parser", &["config"], "only config reads YAML"),
    ("hyper", &["http", "mock"], "only the two ends of a connection speak HTTP"),
    ("indicatif", &["report"], "only a reporter draws"),
    ("jsonschema", &["expect"], "only an expectation holds an answer against a JSON Schema"),
    ("jsonpath_lib", &["jsonpath"], "its faults are fenced off there"),
    ("reqwest", &["http"], "only http names the HTTP client"),
    ("schemars", &["redact", "trace", "store"], "only what is serialized has a JSON Schema"),
    ("secrecy", &["redact"], "a secret is a type of redact"),
    (
        "serde_yaml",
        &["config", "schema", "init"],
        "only config reads and writes YAML; presets and promptfoo's files are YAML",
    ),
    ("tokio", &["http", "mock", "runner", "cli"], "the rest knows neither runtime nor time"),
    ("zstd", &["recording"], "only recordings are compressed by us"),
    ("tracing-subscriber", &["cli"], "only the command line decides where the log goes"),
];

/// The short name of a crate of ours: `fluxloop-sse` is `sse`.
pub(super) fn short(package: &str) -> &str {
    package.strip_prefix("fluxloop-").unwrap_or(package)
}

/// The packages of the workspace.
pub(super) fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

/// A field of a package that is a string.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// The dependencies of a package: the name under which its code knows each, and whether it is
/// needed in production.
pub(super) fn dependencies(package: &Value) -> impl Iterator<Item = (&str, bool)> {
    package["dependencies"].as_array().into_iter().flatten().map(|dependency| {
        let name = dependency["rename"].as_str().unwrap_or_else(|| text(dependency, "name"));
        (name, dependency["kind"].is_null())
    })
}

/// Crates that no user gets. They may use everything.
const DEVELOPMENT: &[&str] = &["fluxloop-matrix", "fluxloop-properties", "xtask"];

/// Holds `cargo metadata --no-deps` against the two tables; development dependencies are free.
pub(super) fn check(metadata: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in packages(metadata) {
        let name = text(package, "name");
        if DEVELOPMENT.contains(&name) {
            continue;
        }
        let file = workspace::relative(text(package, "manifest_path").as_ref());
        let Some(&(_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == short(name)) else {
            violations.push(Violation::new(
                &file,
                1,
                format!("`{name}` has no layer"),
                "add it to the table of docs/architecture.md and to xtask/src/tidy/layers.rs",
            ));
            continue;
        };
        for (dependency, _) in dependencies(package).filter(|&(_, production)| production) {
            if let Some(mend) = refused(short(name), allowed, dependency) {
                let what = format!("`{name}` may not depend on `{dependency}`");
                violations.push(Violation::new(&file, 1, what, mend));
            }
        }
    }
    violations
}

/// Why a crate may not depend on another, if it may not.
fn refused(name: &str, allowed: &[&str], dependency: &str) -> Option<String> {
    if let Some(ours) = dependency.strip_prefix("fluxloop-") {
        let mend = match allowed {
            [] => "it stands below all other crates of ours".to_owned(),
            _ => format!("of our crates it may use {}", allowed.join(", ")),
        };
        return (!allowed.contains(&ours)).then_some(mend);
    }
    let (_, users, reason) = RESERVED.iter().find(|(reserved, ..)| *reserved == dependency)?;
    (!users.contains(&name)).then(|| format!("it belongs to {}: {reason}", users.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_edge(from: &str, to: &str, kind: &Value) -> Vec<String> {
        let metadata = json!({"packages": [{
            "name": from,
            "manifest_path": "crates/x/Cargo.toml",
            "dependencies": [{"name": to, "rename": null, "kind": kind}],
        }]});
        check(&metadata).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_table_points_down() {
        for (place, (name, allowed)) in LAYERS.iter().enumerate() {
            for dependency in *allowed {
                let below = LAYERS[..place].iter().any(|(lower, _)| lower == dependency);
                assert!(below, "`{name}` may depend on `{dependency}`, which is not below it");
            }
        }
    }

    #[test]
    fn an_edge_of_the_table_is_fine() {
        assert!(check_edge("fluxloop-runner", "fluxloop-http", &Value::Null).is_empty());
        assert!(check_edge("fluxloop-http", "reqwest", &Value::Null).is_empty());
        assert!(check_edge("fluxloop-sse", "memchr", &Value::Null).is_empty());
    }

    #[test]
    fn an_edge_that_looks_up_is_named() {
        assert_eq!(
            check_edge("fluxloop-plan", "fluxloop-config", &Value::Null),
            ["crates/x/Cargo.toml:1: `fluxloop-plan` may not depend on `fluxloop-config`; of our \
              crates it may use redact, jsonpath, schema, aggregate"]
        );
    }

    #[test]
    fn a_reserved_crate_is_refused_elsewhere() {
        assert_eq!(
            check_edge("fluxloop-runner", "reqwest", &Value::Null),
            ["crates/x/Cargo.toml:1: `fluxloop-runner` may not depend on `reqwest`; it belongs \
              to http: only http names the HTTP client"]
        );
    }

    #[test]
    fn development_dependencies_are_free() {
        assert!(check_edge("fluxloop-sse", "tokio", &json!("dev")).is_empty());
    }

    #[test]
    fn a_crate_without_a_layer_is_named() {
        assert_eq!(check_edge("fluxloop-new", "memchr", &Value::Null).len(), 1);
    }
}
