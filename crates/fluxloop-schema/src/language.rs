//! The language of schemas as a JSON Schema, for editors.
//!
//! It accepts what [`load`](crate::load) accepts, but for what a JSON Schema cannot say: whether a
//! path or a regular expression can be parsed, and which rules may stand together.

use serde_json::{Map, Value, json};

use crate::StreamKind;
use crate::presets::PRESETS;
use crate::read::{ENDS_AS, JOINS, KINDS, UNITS};

/// The definitions of a JSON Schema (draft 2020-12) that describe a schema: `schema` is a schema as a
/// map, `schema_name` the name of one, and `value_condition` a condition of values alone. They refer
/// to each other as `#/$defs/…`, and to `#/$defs/placeholder`: a text whose variables are replaced
/// before it is read.
pub fn definitions() -> Map<String, Value> {
    let all = [
        ("path", path()),
        ("paths", one_or_more(&to("path"))),
        ("text", json!({"type": "string", "minLength": 1})),
        ("texts", one_or_many(&to("text"))),
        ("types", one_or_more(&to("text"))),
        ("condition", condition()),
        ("value_condition", value_condition()),
        ("text_rule", text_rule(JOINS)),
        ("text_rules", one_or_many(&to("text_rule"))),
        ("named_rules", one_or_many(&named_rule())),
        ("final_text", final_text()),
        ("channel", channel("text_rules")),
        ("named_channel", channel("named_rules")),
        ("call_path", call_path()),
        ("call", call()),
        ("count", count()),
        ("value_rules", value_rules()),
        ("schema_name", schema_name()),
        ("schema", schema()),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A reference to a definition.
fn to(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A reference that says what its value is for.
fn about(name: &str, description: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}"), "description": description})
}

fn or_null(schema: &Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn one_or_many(schema: &Value) -> Value {
    json!({"anyOf": [schema, {"type": "array", "items": schema}]})
}

fn one_or_more(schema: &Value) -> Value {
    json!({"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]})
}

fn one_of(names: &[&str]) -> Value {
    json!({"anyOf": [{"enum": names}, to("placeholder")]})
}

/// A map with these members and no others. Each may be null, which is as if it were absent, unless it
/// is required.
fn map(members: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> = members
        .iter()
        .map(|(name, schema)| {
            let is_required = required.contains(name);
            let schema = if is_required { schema.clone() } else { or_null_with_words(schema) };
            ((*name).to_owned(), schema)
        })
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The description stays at the outside, where editors look for it.
fn or_null_with_words(schema: &Value) -> Value {
    let mut inner = schema.clone();
    let words = inner.as_object_mut().and_then(|it| it.shift_remove("description"));
    let mut outer = or_null(&inner);
    if let Some(words) = words {
        outer["description"] = words;
    }
    outer
}

fn path() -> Value {
    json!({
        "type": "string",
        "description": "A JSONPath (RFC 9535); the `$.` in front may be left out.",
        // The empty text and `$.` alone are not paths; what is wrong elsewhere, only the program says.
        "pattern": r"\$\{|^\s*(\$?\.?\.?[^\s$.]|\$\s*$)",
    })
}

fn condition() -> Value {
    let nested = to("condition");
    let members = [
        ("type", about("types", "The types of the frame; a type may end in `*`.")),
        ("data", about("text", "Exactly this data.")),
        ("all", about_list(&nested, "All of these hold.")),
        ("any", about_list(&nested, "One of these holds.")),
        ("not", about("condition", "This does not hold.")),
    ];
    json!({
        "description": "Which frames are meant: a type, a list of types, or a map.",
        "anyOf": [
            to("text"),
            {"type": "array", "items": nested, "minItems": 1},
            tested(&members),
        ],
    })
}

fn value_condition() -> Value {
    let nested = to("value_condition");
    let members = [
        ("all", about_list(&nested, "All of these hold.")),
        ("any", about_list(&nested, "One of these holds.")),
        ("not", about("value_condition", "This does not hold.")),
    ];
    json!({
        "description": "What holds of a value: `path` and a test, or conditions that are joined.",
        "anyOf": [{"type": "array", "items": nested, "minItems": 1}, tested(&members)],
    })
}

fn about_list(schema: &Value, description: &str) -> Value {
    let mut list = one_or_more(schema);
    list["description"] = description.into();
    list
}

/// A condition as a map: with these members, and the test of a path.
fn tested(members: &[(&str, Value)]) -> Value {
    let tests = [
        ("equals", json!({"description": "Equals this value."})),
        ("in", json!({"type": "array", "minItems": 1, "description": "Is one of these values."})),
        ("exists", json!({"type": "boolean", "description": "Whether there is a value."})),
        ("matches", about("text", "A regular expression that is found in the text.")),
    ];
    let place = ("path", about("paths", "The place that is tested; it finds one value."));
    let names: Vec<&str> = tests.iter().map(|(name, _)| *name).collect();
    let plain: Vec<(&str, Value)> = members.iter().cloned().chain([place]).collect();
    let mut schema = map(&plain, &[]);
    for (name, test) in tests {
        schema["properties"][name] = test;
    }
    let exactly_one: Vec<Value> = names.iter().map(|name| json!({"required": [name]})).collect();
    schema["minProperties"] = 1.into();
    schema["dependentRequired"] = names.iter().map(|name| (*name, json!(["path"]))).collect();
    schema["dependentSchemas"] = json!({"path": {"oneOf": exactly_one}});
    schema
}

/// Where a text is: a path, or a map.
fn text_rule(joins: &[&str]) -> Value {
    let joins: Vec<&str> = joins.iter().copied().filter(|join| *join != "list").collect();
    rule_of_text(&joins)
}

/// A rule of a channel that the schema names.
fn named_rule() -> Value {
    rule_of_text(JOINS)
}

fn rule_of_text(joins: &[&str]) -> Value {
    let mut join = one_of(joins);
    join["description"] = "How pieces are joined; `append` without one.".into();
    let members = [
        ("when", about("condition", "The frames that carry the text.")),
        ("path", about("paths", "Where the text is in the frame.")),
        ("join", join),
        (
            "append_when",
            about("condition", "Frames whose text is appended although `join` is `replace`."),
        ),
        ("group", about("paths", "What tells several texts apart.")),
    ];
    let mut rule = map(&members, &[]);
    let replaces = json!({"properties": {"join": {"not": {"enum": ["append", "list"]}}}, "required": ["join"]});
    rule["dependentSchemas"] = json!({"append_when": replaces});
    json!({"anyOf": [to("path"), rule]})
}

fn final_text() -> Value {
    let members = [
        ("when", about("condition", "The frames that carry the whole text.")),
        ("path", about("paths", "Where the whole text is.")),
        ("group", about("paths", "What tells several texts apart.")),
    ];
    one_or_many(&map(&members, &["path"]))
}

fn channel(rules: &str) -> Value {
    let members = [
        ("rules", about(rules, "Where pieces of the text are.")),
        ("final_text", about("final_text", "Where the whole text is said again.")),
    ];
    let mut whole = map(&members, &[]);
    whole["minProperties"] = 1.into();
    json!({"anyOf": [to(rules), whole]})
}

fn call_path() -> Value {
    json!({
        "description": "A path from the call, or with `^` in front from the frame.",
        "anyOf": [{"type": "string", "pattern": r"^\^"}, to("path")],
    })
}

fn call() -> Value {
    let at = |what: &str| about("call_path", what);
    let mut join = one_of(&["append", "replace"]);
    join["description"] = "How pieces of the arguments are joined.".into();
    let mut key = one_or_many(&to("call_path"));
    key["description"] = "What tells calls apart.".into();
    let members = [
        ("when", about("condition", "The frames that are about calls.")),
        ("each", about("path", "The calls in a frame; without it, the frame is one.")),
        ("key", key),
        ("id", at("Where the id is.")),
        ("name", at("Where the name of the tool is.")),
        ("arguments", at("Where the arguments are.")),
        ("join", join),
        ("result", at("Where the result is.")),
        ("error", at("Where the error is.")),
    ];
    let mut rule = map(&members, &[]);
    let part = |name: &str| json!({"required": [name]});
    rule["anyOf"] = ["id", "name", "arguments", "result", "error"].map(part).into_iter().collect();
    rule
}

/// Where a number of tokens is.
fn count() -> Value {
    let sum = map(&[("sum", about("paths", "Places whose numbers are added."))], &["sum"]);
    one_or_many(&json!({"anyOf": [to("path"), sum]}))
}

fn usage() -> Value {
    let by = map(&[("sum_of_last_by", to("path"))], &["sum_of_last_by"]);
    let again = json!({
        "description": "What counts where counts come again.",
        "anyOf": [{"enum": ["last", "sum"]}, to("placeholder"), by],
    });
    let members = [
        ("input", about("count", "Tokens of the request.")),
        ("output", about("count", "Tokens of the answer.")),
        ("total", about("count", "All tokens.")),
        ("reasoning", about("count", "Tokens of the reasoning.")),
        ("cached", about("count", "Tokens that the server had in its cache.")),
        ("provider", about("paths", "Where the provider's own count is.")),
        ("count", again),
    ];
    map(&members, &[])
}

fn value_rules() -> Value {
    let rule = map(&[("when", to("condition")), ("path", to("paths"))], &["path"]);
    one_or_many(&json!({"anyOf": [to("path"), rule]}))
}

/// Rules with a condition; a text is short for one.
fn rules(members: &[(&str, Value)]) -> Value {
    let when = ("when", about("condition", "The frames that it is about."));
    let all: Vec<(&str, Value)> = [when].into_iter().chain(members.iter().cloned()).collect();
    one_or_many(&json!({"anyOf": [to("text"), map(&all, &["when"])]}))
}

/// The parts of an error.
fn parts() -> [(&'static str, Value); 3] {
    [
        ("message", about("paths", "Where the message is.")),
        ("code", about("paths", "Where the code is.")),
        ("retry_after", about("paths", "Where the seconds to wait are.")),
    ]
}

fn errors() -> Value {
    let mut kind = one_of(KINDS);
    kind["description"] = "What it makes of the answer; `api_error` without one.".into();
    let members: Vec<_> = [("kind", kind)].into_iter().chain(parts()).collect();
    rules(&members)
}

fn ends() -> Value {
    let mut ends_as = one_of(ENDS_AS);
    ends_as["description"] = "What it makes of the answer; `succeeded` without one.".into();
    let members: Vec<_> = [("as", ends_as)].into_iter().chain(parts()).collect();
    let mut schema = rules(&members);
    let failed = json!({
        "properties": {"as": {"anyOf": [{"const": "failed"}, to("placeholder")]}},
        "required": ["as"],
    });
    let only_failed: Map<String, Value> =
        parts().into_iter().map(|(name, _)| (name.to_owned(), failed.clone())).collect();
    for place in ["/anyOf/0/anyOf/1", "/anyOf/1/items/anyOf/1"] {
        if let Some(rule) = schema.pointer_mut(place) {
            rule["dependentSchemas"] = Value::Object(only_failed.clone());
        }
    }
    schema
}

fn expected_ends() -> Value {
    let members = [
        ("when", about("condition", "The frames that show the protocol.")),
        ("name", about("text", "What messages call the end.")),
        (
            "or_finish_reason",
            json!({"type": "boolean", "description": "Whether a finish reason counts as the end."}),
        ),
    ];
    one_or_many(&map(&members, &["name"]))
}

fn named(value: &Value) -> Value {
    json!({"type": "object", "additionalProperties": or_null(value)})
}

fn timings() -> Value {
    named(&map(&[("path", to("path")), ("unit", one_of(UNITS))], &["path", "unit"]))
}

fn type_places() -> Value {
    let names = one_or_more(&to("text"));
    json!({"anyOf": [to("paths"), map(&[("member", names)], &["member"])]})
}

fn layers() -> Value {
    let number = json!({"type": "integer", "minimum": 0, "maximum": 255});
    json!({"type": "object", "additionalProperties": number})
}

fn channels() -> Value {
    let mut schema = named(&to("named_channel"));
    schema["maxProperties"] = 60.into();
    schema["propertyNames"] = json!({"not": {"enum": ["text", "reasoning", "refusal"]}});
    schema
}

/// The name of a preset, or the path of a file.
fn schema_name() -> Value {
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    json!({
        "anyOf": [
            {"enum": names},
            {"type": "string", "pattern": r"^(\.\.?)?/|\.(ya?ml|json)$|\$\{"},
        ],
    })
}

fn schema() -> Value {
    let words = |mut schema: Value, description: &str| {
        schema["description"] = description.into();
        schema
    };
    let parent = json!({"anyOf": [to("schema_name"), {"const": "none"}]});
    let bool = || json!({"type": "boolean"});
    let members = [
        (
            "extends",
            words(parent, "The schema that this one adds to; `auto` without it, `none` for none."),
        ),
        ("framing", words(one_of(&StreamKind::NAMES), "What separates the frames.")),
        ("type", words(type_places(), "Where the type of a frame is in its data.")),
        ("text", about("channel", "The text of the answer.")),
        ("final_text", about("final_text", "Where the whole text is said again.")),
        ("reasoning", about("channel", "The reasoning.")),
        ("refusal", about("channel", "The refusal.")),
        ("channels", words(channels(), "Further texts, by name.")),
        ("tool_calls", words(one_or_many(&to("call")), "Calls of tools.")),
        ("usage", words(usage(), "Numbers of tokens.")),
        ("finish_reason", about("value_rules", "Where the finish reason is.")),
        ("failed_finish_reasons", about("texts", "Finish reasons that fail the answer.")),
        ("model", about("value_rules", "Where the name of the model is.")),
        ("reset", words(rules(&[("since", to("condition"))]), "What withdraws the text so far.")),
        ("error", words(errors(), "What fails the answer.")),
        ("fail_by_name", words(bool(), "Whether a type such as `run_failed` fails the answer.")),
        ("needs_input", words(rules(&[]), "What shows that the agent waits for the user.")),
        ("end", words(ends(), "What ends the answer.")),
        ("expects_end", words(expected_ends(), "Which frames show that an end must come.")),
        ("sequence", about("path", "Where the number of a frame is.")),
        ("captures", words(named(&to("paths")), "Values to keep, by name.")),
        ("server_timings", words(timings(), "Times that the server reports, by name.")),
        (
            "select",
            words(
                map(&[("by", to("path"))], &["by"]),
                "What tells several answers in one stream apart.",
            ),
        ),
        (
            "layers",
            words(layers(), "Which rules win over others; written by `fluxloop schema show`."),
        ),
    ];
    words(map(&members, &[]), "What the frames of an answer mean.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain;
    use crate::read::{CALL, CONDITION, END, ERROR, EXPECTED_END, FINAL, RULE, USAGE};

    /// The members that a part of the definitions knows.
    #[track_caller]
    fn check(place: &str, keys: &[&str]) {
        let all = Value::Object(definitions());
        let schema = all.pointer(place).unwrap_or_else(|| panic!("{place}"));
        let properties = schema["properties"].as_object().unwrap_or_else(|| panic!("{place}"));
        let mut names: Vec<&str> = properties.keys().map(String::as_str).collect();
        let mut keys = keys.to_vec();
        names.sort_unstable();
        keys.sort_unstable();
        assert_eq!(names, keys, "{place}");
    }

    #[test]
    fn it_has_the_keys_that_are_read() {
        check("/schema", chain::KEYS);
        check("/condition/anyOf/2", CONDITION);
        check("/text_rule/anyOf/1", RULE);
        check("/final_text/anyOf/0", FINAL);
        check("/call", CALL);
        check("/schema/properties/usage/anyOf/0", USAGE);
        check("/schema/properties/error/anyOf/0/anyOf/0/anyOf/1", ERROR);
        check("/schema/properties/end/anyOf/0/anyOf/0/anyOf/1", END);
        check("/schema/properties/expects_end/anyOf/0/anyOf/0", EXPECTED_END);
    }
}
