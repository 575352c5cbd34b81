//! Assertions of promptfoo that have a counterpart here
//! (<https://www.promptfoo.dev/docs/configuration/expected-outputs/>).

use serde_json::{Map, Value, json};

/// What an assertion of promptfoo became.
pub(crate) enum Converted {
    /// A list of expectations.
    Expectation(Value),
    /// It has no counterpart here; what it is called there.
    Unknown(String),
}

/// The members that change nothing about what is asserted.
const HARMLESS: [&str; 6] = ["type", "value", "threshold", "metric", "description", "weight"];
/// How many characters of the name of a kind are shown.
const NAME_CHARS: usize = 40;

/// An assertion of promptfoo as expectations; `None` where the entry has another form. `vars` are the
/// variables of the test.
pub(crate) fn converted(entry: &Value, vars: &Map<String, Value>) -> Option<Converted> {
    let members = entry.as_object()?;
    let kind = members.get("type")?.as_str()?;
    let expectation = || {
        let is_plain = members.keys().all(|name| HARMLESS.contains(&name.as_str()));
        let counts = members.get("weight").and_then(Value::as_f64) != Some(0.0);
        let value = match members.get("value") {
            Some(value) => Some(rendered(value, vars)?),
            None => None,
        };
        expectation(kind, value.as_ref(), members.get("threshold")).filter(|_| is_plain && counts)
    };
    Some(expectation().map_or_else(|| Converted::Unknown(name(kind)), Converted::Expectation))
}

/// The name of a kind as messages show it: what stands in a file may be anything.
fn name(kind: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "-:_".contains(*c);
    kind.chars().filter(is_plain).take(NAME_CHARS).collect()
}

fn expectation(kind: &str, value: Option<&Value>, threshold: Option<&Value>) -> Option<Value> {
    let text = || value.and_then(Value::as_str).filter(|text| !text.is_empty());
    let expectation = match kind {
        "equals" => json!({ "equals": value? }),
        "contains" => json!({ "contains": value? }),
        "icontains" => json!({ "contains": value?, "ignore_case": true }),
        "contains-all" => json!({ "contains": all(value)? }),
        "icontains-all" => json!({ "contains": all(value)?, "ignore_case": true }),
        "contains-any" => json!({ "matches": any(value)? }),
        "icontains-any" => json!({ "matches": any(value)?, "ignore_case": true }),
        "not-contains" => json!({ "not_contains": value? }),
        "not-icontains" => json!({ "not_contains": value?, "ignore_case": true }),
        "not-contains-any" => json!({ "not_contains": all(value)? }),
        "not-icontains-any" => json!({ "not_contains": all(value)?, "ignore_case": true }),
        "regex" => json!({ "matches": text()? }),
        "starts-with" => json!({ "matches": format!(r"\A{}", regex::escape(text()?)) }),
        "is-json" => match value {
            None | Some(Value::Null) => json!({ "json_schema": true }),
            Some(schema @ Value::Object(_)) => json!({ "json_schema": schema }),
            Some(_) => return None,
        },
        "latency" => json!({ "duration": format!("{}ms", threshold?.as_f64()?) }),
        "finish-reason" => json!({ "finish_reason": text()? }),
        _ => return None,
    };
    Some(json!([expectation]))
}

/// A list of texts, or a text in which commas separate them.
fn all(value: Option<&Value>) -> Option<Vec<Value>> {
    let items = match value {
        Some(Value::Array(items)) => items.clone(),
        Some(Value::String(text)) => text.split(',').map(|part| part.trim().into()).collect(),
        _ => return None,
    };
    let is_text = |item: &Value| item.as_str().is_some_and(|text| !text.is_empty());
    (!items.is_empty() && items.iter().all(is_text)).then_some(items)
}

/// An expression that matches one of some texts.
fn any(value: Option<&Value>) -> Option<String> {
    let all = all(value)?;
    let escaped: Vec<String> = all.iter().filter_map(Value::as_str).map(regex::escape).collect();
    Some(escaped.join("|"))
}

/// A value with the variables of the test in the place of `{{ name }}`; `None` where another
/// expression is in it, or where it is in another file.
fn rendered(value: &Value, vars: &Map<String, Value>) -> Option<Value> {
    match value {
        Value::String(text) => rendered_text(text, vars).map(Value::String),
        Value::Array(items) => items.iter().map(|item| rendered(item, vars)).collect(),
        other => Some(other.clone()),
    }
}

fn rendered_text(text: &str, vars: &Map<String, Value>) -> Option<String> {
    if text.starts_with("file://") {
        return None;
    }
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}")?;
        let value = vars.get(name.trim())?;
        out.push_str(before);
        out.push_str(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        rest = after;
    }
    let is_other = ["{%", "{#"].iter().any(|open| text.contains(open));
    (!is_other).then(|| out + rest)
}

/// What to write in the place of an assertion.
pub(crate) fn remedy(members: &Map<String, Value>) -> String {
    let kind = members.get("type").and_then(Value::as_str).unwrap_or_default();
    let (list, text) = (json!(["a"]), json!("a"));
    let found = [Some(&list), Some(&text), None]
        .into_iter()
        .find_map(|value| expectation(kind, value, Some(&json!(1))));
    let Some(Value::Object(found)) = found.and_then(|found| found.get(0).cloned()) else {
        return "it has no counterpart here".to_owned();
    };
    let name = found.keys().find(|name| *name != "ignore_case").cloned().unwrap_or_default();
    let case = if found.contains_key("ignore_case") { " with `ignore_case: true`" } else { "" };
    format!("write `{name}`{case}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an assertion becomes; without a counterpart, its name.
    #[track_caller]
    fn check(entry: &Value, expected: &Value) {
        let vars = json!({"city": "Paris"}).as_object().cloned().unwrap_or_default();
        match converted(entry, &vars) {
            Some(Converted::Expectation(found)) => assert_eq!(found, json!([expected]), "{entry}"),
            Some(Converted::Unknown(name)) => assert_eq!(json!(name), *expected, "{entry}"),
            None => panic!("it is an assertion: {entry}"),
        }
    }

    #[test]
    fn assertions_with_a_counterpart_become_expectations() {
        for (kind, value, expected) in [
            ("equals", json!("a"), json!({"equals": "a"})),
            ("contains", json!("in {{ city }}"), json!({"contains": "in Paris"})),
            ("icontains", json!("a"), json!({"contains": "a", "ignore_case": true})),
            ("contains-all", json!(["a", "b"]), json!({"contains": ["a", "b"]})),
            ("contains-any", json!("a, b.c"), json!({"matches": r"a|b\.c"})),
            ("not-contains", json!("a"), json!({"not_contains": "a"})),
            ("regex", json!("^a+$"), json!({"matches": "^a+$"})),
            ("starts-with", json!("1."), json!({"matches": r"\A1\."})),
            ("is-json", json!({"type": "object"}), json!({"json_schema": {"type": "object"}})),
            ("finish-reason", json!("stop"), json!({"finish_reason": "stop"})),
        ] {
            check(&json!({"type": kind, "value": value, "metric": "m"}), &expected);
        }
        check(&json!({"type": "is-json"}), &json!({"json_schema": true}));
        check(&json!({"type": "latency", "threshold": 1500}), &json!({"duration": "1500ms"}));
    }

    #[test]
    fn the_others_keep_their_names() {
        for entry in [
            json!({"type": "llm-rubric", "value": "is polite"}),
            json!({"type": "llm-rubric", "value": "x", "provider": "y"}),
        ] {
            check(&entry, &json!("llm-rubric"));
        }
        check(&json!({"type": "contains", "value": "a", "transform": "x"}), &json!("contains"));
        check(&json!({"type": "contains", "value": "{{ a | b }}"}), &json!("contains"));
        check(&json!({"type": "equals", "value": "file://a.txt"}), &json!("equals"));
        check(&json!({"type": "equals", "value": "a", "weight": 0}), &json!("equals"));
    }

    #[test]
    fn another_form_is_no_assertion() {
        for entry in [json!({"contains": "a"}), json!({"type": 1}), json!("contains: a")] {
            assert!(converted(&entry, &Map::new()).is_none(), "{entry}");
        }
    }

    #[test]
    fn the_remedy_names_the_counterpart() {
        let remedy =
            |kind: &str| remedy(&json!({"type": kind}).as_object().cloned().unwrap_or_default());
        assert_eq!(remedy("icontains-all"), "write `contains` with `ignore_case: true`");
        assert_eq!(remedy("is-json"), "write `json_schema`");
        assert_eq!(remedy("regex"), "write `matches`");
        assert_eq!(remedy("python"), "it has no counterpart here");
    }
}
