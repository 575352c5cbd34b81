//! `configuration.md`: every key.

use fluxloop_config::Key;

use super::Page;
use super::page::code;

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("Configuration");
    page.block(
        "Every key, with what may be written behind it and what holds when nothing is.\n\
         A dot separates levels: `runner.http.url` is the key `url` below `http` below `runner`.\n\
         The [guide](../guide.md) explains how the keys work together, and \
         [schemas](../schema.md) what `stream_schema` takes.",
    );
    page.block(
        "- The environment sets a key by its path: `FLUXLOOP__RUNNER__HTTP__URL`.\n\
         - The command line does so too: `--set runner.http.timeout=5s`.\n\
         - An unknown key is an error that names the nearest known one.\n\
         - A [JSONPath](jsonpath.md) of a form that is not supported is an error, too.\n\
         - Keys of FluxLoop that do not concern an HTTP run are accepted, with a warning that they \
           have no effect.",
    );
    let keys = fluxloop_config::keys();
    for parent in parents(keys) {
        page.heading(&if parent.is_empty() { "Top level".to_owned() } else { code(parent) });
        let below = keys.iter().filter(|key| split(key).0 == parent);
        page.table(["key", "value", "default", "meaning"], below.map(row));
    }
    page
}

/// The parents of all keys, in the order of the table.
fn parents(keys: &[Key]) -> Vec<&'static str> {
    let mut parents = Vec::new();
    for key in keys {
        let (parent, _) = split(key);
        if !parents.contains(&parent) {
            parents.push(parent);
        }
    }
    parents
}

/// A key's parent and its own name.
fn split(key: &Key) -> (&'static str, &'static str) {
    key.path.rsplit_once('.').unwrap_or(("", key.path))
}

fn row(key: &Key) -> [String; 4] {
    let (_, name) = split(key);
    let default = key.default.map_or_else(|| "–".to_owned(), code);
    [code(name), key.kind.to_string(), default, key.meaning.to_owned()]
}
