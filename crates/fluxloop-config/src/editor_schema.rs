//! The configuration as a JSON Schema, for editors.
//!
//! It is made of the table of keys, so that it knows the same keys, defaults and meanings. A file may
//! be one of several layers, so nothing is required in it.

use fluxloop_schema::definitions;
use serde_json::{Map, Value, json};

use crate::inputs::TEXTS;
use crate::keys::{FOREIGN, FOREIGN_RUNNER, Key, KeyKind, keys};
use crate::layers::{default_of, is_older_name};

/// A number as durations, sizes and rates have it.
const NUMBER: &str = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)";
/// The units of a duration, as jiff reads them ("friendly" format).
const UNITS: &str = "(hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s|milliseconds?|millis?|msecs?|ms|\
                     microseconds?|micros?|usecs?|[uµμ]s|nanoseconds?|nanos?|nsecs?|ns)";
/// What is said about a key of FluxLoop.
const WITHOUT_EFFECT: &str = "A key of FluxLoop. It has no effect on an HTTP run.";

/// The JSON Schema (draft 2020-12) of a configuration file.
///
/// It accepts every file that the program accepts as its whole configuration, and refuses unknown
/// keys and values of the wrong kind. What it cannot say it accepts: a JSONPath that cannot be
/// parsed, a file that is not there, keys that exclude each other.
pub fn configuration_schema() -> Value {
    let mut root = section();
    for key in keys() {
        insert(&mut root, &key.path.split('.').collect::<Vec<_>>(), property(key));
    }
    foreign(&mut root, FOREIGN, "variation_");
    foreign(&mut root["properties"]["runner"], FOREIGN_RUNNER, "docker_");
    root["properties"]["runner"]["properties"]["http"]["allOf"] = json!([body_or_get()]);
    let mut defs = definitions();
    defs.extend(fluxloop_expect::definitions());
    defs.extend(own_definitions());
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of fluxloop",
        "description": "A configuration file: `simulation.yaml`, `project.yaml`, `input.yaml`, or any \
                        other that `--config` names.",
    });
    let members = root.as_object().cloned().unwrap_or_default();
    for (name, member) in members {
        schema[name] = member;
    }
    schema["$defs"] = Value::Object(defs);
    schema
}

/// Keys below a key. As anywhere, null is as if nothing were written.
fn section() -> Value {
    json!({"type": ["object", "null"], "properties": {}, "additionalProperties": false})
}

fn insert(parent: &mut Value, path: &[&str], property: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    let properties = parent["properties"].as_object_mut().expect("a section has properties");
    match rest {
        [] => {
            properties.insert((*first).to_owned(), property);
        }
        rest => insert(properties.entry(*first).or_insert_with(section), rest, property),
    }
}

fn foreign(section: &mut Value, names: &str, prefix: &str) {
    let about = json!({ "description": WITHOUT_EFFECT });
    for name in names.split(' ') {
        section["properties"][name] = about.clone();
    }
    section["patternProperties"] = json!({ (format!("^{prefix}")): about });
}

/// A key of the table.
fn property(key: &Key) -> Value {
    let mut schema = match key.path {
        "input_template" => json!({"type": ["string", "null"]}),
        "inputs.delimiter" => scalar(&json!({
            "type": "string",
            "pattern": r"^(auto|tab|\\t|[\x00-\x09\x0b\x0c\x0e-!#-~])$",
        })),
        // One word is a list, too.
        "tags" => kind(KeyKind::TextOrList),
        _ => kind(key.kind),
    };
    schema["description"] = key.meaning.into();
    if let Some(default) = default_of(key.path) {
        schema["default"] = default.to_json();
    }
    if is_older_name(key.path) {
        schema["deprecated"] = true.into();
    }
    schema
}

fn to(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A value of this form, a text with a placeholder, or nothing.
fn scalar(form: &Value) -> Value {
    json!({"anyOf": [form, to("placeholder"), {"type": "null"}]})
}

/// One of these forms, `off`, a text with a placeholder, or nothing. A reader of YAML 1.1 takes `off`
/// for false.
fn or_off(mut forms: Vec<Value>) -> Value {
    forms.extend([json!({"enum": ["off", false]}), to("placeholder"), json!({"type": "null"})]);
    json!({ "anyOf": forms })
}

fn or_null(form: &Value) -> Value {
    json!({"anyOf": [form, {"type": "null"}]})
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

/// What may be written behind a key of this kind.
fn kind(kind: KeyKind) -> Value {
    let word = to("word");
    match kind {
        KeyKind::Any | KeyKind::Template => json!({}),
        KeyKind::Text => json!({"type": ["string", "number", "boolean", "null"]}),
        KeyKind::Bool => scalar(&json!({"type": "boolean"})),
        KeyKind::AutoBool => scalar(&json!({"enum": ["auto", true, false]})),
        KeyKind::Integer { min, max: u64::MAX } => {
            scalar(&json!({"type": "integer", "minimum": min}))
        }
        KeyKind::Integer { min, max } => {
            scalar(&json!({"type": "integer", "minimum": min, "maximum": max}))
        }
        KeyKind::Pause => to_scalar("pause"),
        KeyKind::Duration => to_scalar("duration"),
        KeyKind::Size => to_scalar("size"),
        KeyKind::Percent => to_scalar("share"),
        KeyKind::CountOrOff => or_off(vec![json!({"type": "integer", "minimum": 1})]),
        KeyKind::CountOrShare => {
            or_off(vec![json!({"type": "integer", "minimum": 1}), to("share")])
        }
        KeyKind::DurationOrOff => or_off(vec![to("duration")]),
        KeyKind::Rate => to_scalar("rate"),
        KeyKind::OneOf(names) => scalar(&json!({ "enum": names })),
        KeyKind::Url => scalar(&url(&["http", "https"])),
        KeyKind::Proxy => {
            let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
            json!({"anyOf": [{"const": "none"}, url(&schemes), to("placeholder"), {"type": "null"}]})
        }
        KeyKind::Path => scalar(&to("path")),
        KeyKind::File => to_scalar("word"),
        KeyKind::Files => {
            json!({"anyOf": [word, {"type": "array", "items": word, "minItems": 1}, {"type": "null"}]})
        }
        KeyKind::TextOrList => {
            json!({"anyOf": [to("scalar"), list(&to("scalar")), {"type": "null"}]})
        }
        KeyKind::TextList => or_null(&list(&to("scalar"))),
        KeyKind::StatusCodes => or_null(&list(&to("status"))),
        KeyKind::Headers => to_scalar("headers"),
        KeyKind::Parameters => json!({"type": ["object", "null"]}),
        KeyKind::Done => to_scalar("done"),
        KeyKind::Schema => {
            json!({"anyOf": [to("schema_name"), to("schema"), {"type": "null"}]})
        }
        KeyKind::Condition => or_null(&to("value_condition")),
        KeyKind::Expectations => or_null(&to("expectations")),
        KeyKind::Thresholds => or_null(&to("thresholds")),
        KeyKind::Objectives => or_null(&to("objectives")),
        KeyKind::PassWhen => or_null(&to("pass_when")),
        KeyKind::Like(section) => {
            let place = section.replace('.', "/properties/");
            json!({"$ref": format!("#/properties/{place}")})
        }
        KeyKind::Inputs => or_null(&to("inputs")),
        KeyKind::Personas => or_null(&to("personas")),
    }
}

fn to_scalar(name: &str) -> Value {
    json!({"anyOf": [to(name), {"type": "null"}]})
}

/// A URL with one of these schemes, in whatever case, and a host.
fn url(schemes: &[&str]) -> Value {
    let any_case = |c: char| match c {
        c if c.is_ascii_alphabetic() => format!("[{c}{}]", c.to_ascii_uppercase()),
        c => c.to_string(),
    };
    let schemes = schemes.iter().map(|name| name.chars().map(any_case).collect::<String>());
    let schemes = schemes.collect::<Vec<_>>().join("|");
    json!({"type": "string", "pattern": format!(r"^({schemes})://[^\s/\\]([^\s]|\{{\{{[^{{}}]*\}}\}})*$")})
}

/// A text with one of these forms, all of which a placeholder may stand for.
fn text_of(forms: &[&str]) -> Value {
    json!({"type": "string", "pattern": format!("^\\s*({})\\s*$", forms.join("|"))})
}

fn own_definitions() -> Map<String, Value> {
    let positive = |schema: Value| json!({"allOf": [schema, {"pattern": "[1-9]"}]});
    let seconds = format!("{NUMBER}([eE][-+]?[0-9]+)?");
    let friendly = format!(r"\+?([0-9]+([.,][0-9]+)?\s*{UNITS}[\s,]*)+");
    let clock = r"\+?[0-9]+:[0-9]{1,2}:[0-9]{1,2}([.,][0-9]+)?";
    let iso = r"\+?[pP][tT]([0-9]+([.,][0-9]+)?[hHmMsS])+";
    let duration = text_of(&[&seconds, &friendly, clock, iso]);
    let size = text_of(&["[0-9]+\\s*([bB]|[kKmMgG][iI]?[bB])?"]);
    let percent = text_of(&[r"(0*100(\.0*)?|0*[0-9]{1,2}(\.[0-9]*)?|\.[0-9]+)\s*%"]);
    let rate = text_of(&[&format!(r"{NUMBER}\s*(/\s*(s|m|min|h))?")]);
    let any_of = |forms: Vec<Value>| json!({ "anyOf": forms });
    let definitions = [
        (
            "placeholder",
            json!({
                "type": "string",
                "pattern": r"\$\{[A-Za-z_]",
                "description": "A text in which `${NAME}` is replaced by the variable's value.",
            }),
        ),
        ("scalar", json!({"type": ["string", "number", "boolean"]})),
        ("word", json!({"type": ["string", "number", "boolean"], "minLength": 1})),
        (
            "pause",
            any_of(vec![
                json!({"type": "number", "minimum": 0}),
                duration.clone(),
                to("placeholder"),
            ]),
        ),
        (
            "duration",
            any_of(vec![
                json!({"type": "number", "exclusiveMinimum": 0}),
                positive(duration),
                to("placeholder"),
            ]),
        ),
        (
            "size",
            any_of(vec![
                json!({"type": "integer", "minimum": 1}),
                positive(size),
                to("placeholder"),
            ]),
        ),
        ("share", any_of(vec![json!({"enum": ["off", false]}), percent, to("placeholder")])),
        (
            "rate",
            any_of(vec![
                json!({"type": "number", "exclusiveMinimum": 0}),
                positive(rate),
                to("placeholder"),
            ]),
        ),
        (
            "status",
            any_of(vec![
                json!({"type": "integer", "minimum": 300, "maximum": 599}),
                text_of(&["0*[3-5][0-9]{2}"]),
                to("placeholder"),
            ]),
        ),
        ("headers", headers()),
        ("done", done()),
        ("inputs", json!({"type": "array", "items": input(), "minItems": 1})),
        (
            "personas",
            json!({"type": "array", "items": {"anyOf": [
                {"type": "string"},
                {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
            ]}}),
        ),
    ];
    definitions.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Names are tokens (RFC 9110, section 5.6.2), values ASCII without line ends.
fn headers() -> Value {
    let computed = ["content-length", "transfer-encoding"].map(|name| {
        let letter = |c: char| match c {
            c if c.is_ascii_alphabetic() => format!("[{c}{}]", c.to_ascii_uppercase()),
            c => c.to_string(),
        };
        name.chars().map(letter).collect::<String>()
    });
    json!({
        "type": "object",
        "propertyNames": {
            "pattern": "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$",
            "not": {"pattern": format!("^({})$", computed.join("|"))},
        },
        "additionalProperties": {"anyOf": [
            {"type": "string", "pattern": "^[\\t -~]*$"},
            {"type": ["number", "boolean", "null"]},
            to("placeholder"),
        ]},
    })
}

/// `auto`, or one of three maps.
fn done() -> Value {
    let form = |members: Value, required: &[&str]| {
        json!({
            "type": "object",
            "properties": members,
            "required": required,
            "additionalProperties": false,
        })
    };
    json!({"anyOf": [
        {"const": "auto"},
        to("placeholder"),
        form(json!({"event": to("scalar")}), &["event"]),
        form(json!({"data": to("scalar")}), &["data"]),
        form(json!({"path": to("path"), "equals": {}}), &["path", "equals"]),
    ]})
}

/// A text, or a map with one, or with messages.
fn input() -> Value {
    let text_or_parts = json!({"type": ["string", "array", "null"]});
    let mut properties: Map<String, Value> = json!({
        "messages": {
            "type": ["array", "string", "null"],
            "description": "A conversation. Its last message of the user is the input, unless there is one.",
        },
        "id": {"type": ["string", "number", "null"]},
        "persona": {"type": ["string", "null"]},
        "metadata": {"type": ["object", "string", "null"]},
    })
    .as_object()
    .cloned()
    .unwrap_or_default();
    properties.insert("input".to_owned(), text_or_parts);
    let names = TEXTS.iter().chain(&["messages"]);
    let has_text: Vec<Value> = names.map(|name| json!({"required": [name]})).collect();
    json!({"anyOf": [
        {"type": "string"},
        {"type": "object", "properties": properties, "anyOf": has_text},
    ]})
}

/// A GET has no body.
fn body_or_get() -> Value {
    json!({
        "if": {"properties": {"method": {"const": "GET"}}, "required": ["method"]},
        "then": {"properties": {"body_template": {"properties": {"mapping": {"type": "null"}}}}},
    })
}
