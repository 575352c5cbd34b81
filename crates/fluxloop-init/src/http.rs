//! Writes what stands below `runner.http`.

use fluxloop_curl::Text;
use fluxloop_redact::Redactor;
use serde_json::{Map, Value};

use crate::template::{Place, written};
use crate::vault::Vault;
use crate::yaml;

/// The lines of members whose texts are [marked](Text::marked). Known secrets in them have become
/// variables.
pub(crate) fn lines(members: &Map<String, Value>, vault: &mut Vault, finder: &Redactor) -> String {
    let line = |(name, member): (&String, &Value)| {
        let place = match name.as_str() {
            "url" => Place::Url,
            "headers" | "body_template" => Place::Template,
            _ => Place::Plain,
        };
        let mut sealed =
            |name: &str, text: &Text| written(&vault.sealed(finder, name, text), place);
        yaml::member(name, &mapped(name, member, &mut sealed), 0)
    };
    members.iter().map(line).collect()
}

/// A value in which each text, under its name, has become another one.
fn mapped(name: &str, value: &Value, map: &mut dyn FnMut(&str, &Text) -> String) -> Value {
    match value {
        Value::String(text) => map(name, &Text::from_marked(&**text)).into(),
        Value::Array(items) => items.iter().map(|item| mapped(name, item, map)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            members.map(|(name, member)| (name.clone(), mapped(name, member, map))).collect()
        }
        other => other.clone(),
    }
}
