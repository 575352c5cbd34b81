//! The language of expectations as a JSON Schema, for editors.
//!
//! It accepts what [`read`](crate::read) accepts, but for what a JSON Schema cannot say: whether a
//! path, a regular expression or a schema can be used, and which names a template may take.

use fluxloop_trace::{ExpectationKind, Metric, MetricUnit, Quantity};
use serde_json::{Map, Value, json};

use crate::check::Prefix;
use crate::item::kinds;
use crate::tools::Calls;

/// A text that takes a value of the record.
const TEMPLATE: &str = r"^\$[.\[]|\{\{\s*\$[.\[]|\$\{";

/// The definitions of a JSON Schema (draft 2020-12) that describe `expectations`, `thresholds`,
/// `objectives` and `pass_when`. They refer to each other as `#/$defs/…`, and to `path`, `duration` and `placeholder`,
/// which the configuration defines.
pub fn definitions() -> Map<String, Value> {
    let all = [
        ("expectations", expectations()),
        ("expectation", expectation()),
        ("template", json!({"type": "string", "pattern": TEMPLATE})),
        ("thresholds", thresholds()),
        ("objectives", objectives()),
        ("pass_when", pass_when()),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn to(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// Any of these forms, or a text that takes a value of the record.
fn or_template(forms: &[Value]) -> Value {
    let forms: Vec<Value> = forms.iter().cloned().chain([to("template")]).collect();
    json!({ "anyOf": forms })
}

fn text() -> Value {
    json!({"type": ["string", "number", "boolean"], "minLength": 1})
}

fn texts() -> Value {
    json!({"anyOf": [text(), {"type": "array", "items": text(), "minItems": 1}]})
}

fn map(members: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
        "minProperties": 1,
    })
}

fn expectations() -> Value {
    json!({
        "description": "What is expected of the answers: a list of expectations, or one.",
        "anyOf": [
            {"type": "array", "items": to("expectation"), "minItems": 1},
            to("expectation"),
        ],
    })
}

/// A map with one kind, and options.
fn expectation() -> Value {
    let mut properties = Map::new();
    for kind in kinds() {
        let mut schema = of_kind(kind);
        schema["description"] = kind.meaning().into();
        properties.insert(kind.name().to_owned(), schema);
    }
    let flag = |about: &str| json!({"anyOf": [{"type": ["boolean", "null"]}, to("placeholder")], "description": about});
    let options = [
        (
            "channel",
            json!({
                "type": ["string", "null"],
                "description": "The channel that it is about: `reasoning`, `refusal`, or one that \
                                `stream_schema` names; without it, the text of the answer.",
            }),
        ),
        (
            "path",
            json!({
                "anyOf": [to("path"), {"type": "null"}],
                "description": "Where in the text, which is JSON then, the value is.",
            }),
        ),
        ("ignore_case", flag("Whether upper and lower case are the same.")),
        ("trim", flag("Whether blanks at both ends of the text do not count.")),
        (
            "normalize",
            json!({
                "anyOf": [{"enum": ["nfc", "NFC", null]}, to("placeholder")],
                "description": "The Unicode normalization form in which texts are compared.",
            }),
        ),
    ];
    for (name, schema) in options {
        properties.insert(name.to_owned(), schema);
    }
    let one = |kind: ExpectationKind| json!({"required": [kind.name()]});
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "oneOf": kinds().map(one).collect::<Vec<_>>(),
    })
}

fn of_kind(kind: ExpectationKind) -> Value {
    use ExpectationKind as Of;
    let count = || or_template(&[json!({"type": "integer", "minimum": 0})]);
    match kind {
        Of::Contains | Of::NotContains | Of::FinishReason => or_template(&[texts()]),
        Of::Equals => json!({"not": {"type": "null"}}),
        Of::Matches => text(),
        Of::JsonSchema => or_template(&[json!({"type": ["object", "boolean"]})]),
        Of::Similar => {
            let ratio = json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1});
            let members = [("to", text()), ("at_least", or_template(&[ratio]))];
            or_template(&[text(), map(&members, &["to"])])
        }
        Of::Characters => map(&[("at_least", count()), ("at_most", count())], &[]),
        Of::ToolCalls => {
            let names = json!({"anyOf": [text(), {"type": "array", "items": text()}]});
            let members = [
                ("names", or_template(std::slice::from_ref(&names))),
                ("match", json!({"enum": Calls::MATCHES})),
                ("arguments", or_template(&[json!({"type": "object", "minProperties": 1})])),
            ];
            let mut whole = map(&members, &[]);
            whole["anyOf"] = json!([{"required": ["names"]}, {"required": ["arguments"]}]);
            or_template(&[names, whole])
        }
        Of::FirstToken | Of::FirstOutput | Of::Duration => time(),
        Of::ChunkGap => {
            let members = ["p50", "p95", "max"].map(|name| (name, time()));
            json!({"anyOf": [time(), map(&members, &[])]})
        }
        Of::TokensPerSecond => rate(),
        // A key of its own, which no entry names.
        Of::Judge => json!(false),
        Of::Integrity => json!({"anyOf": [{"const": true}, to("template")]}),
        Of::Prefix => {
            let characters = or_template(&[json!({"type": "integer", "minimum": 1})]);
            let mut members = vec![("characters", characters), ("within", time())];
            members.extend(Prefix::KINDS.iter().map(|kind| (kind.name(), of_kind(*kind))));
            let mut prefix = map(&members, &["characters"]);
            prefix["minProperties"] = 2.into();
            prefix
        }
    }
}

/// A duration longer than zero.
fn time() -> Value {
    json!({"anyOf": [to("duration"), to("template")]})
}

/// A number above zero; a variable gives a text.
fn rate() -> Value {
    json!({"anyOf": [
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "string", "pattern": r"^\s*([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"},
        to("template"),
    ]})
}

fn or_null(schema: &Value, about: &str) -> Value {
    json!({"anyOf": [schema, {"type": "null"}], "description": about})
}

fn thresholds() -> Value {
    let percent = r"^\s*(0*100(\.0*)?|0*[0-9]{1,2}(\.[0-9]*)?|\.[0-9]+)\s*%\s*$";
    let share = json!({"anyOf": [{"type": "string", "pattern": percent}, to("placeholder")]});
    let limit = |metric: Metric| match metric.unit() {
        MetricUnit::Share => (share.clone(), "The least share, such as `95%`."),
        MetricUnit::PerSecond => (rate(), "The least number for each second."),
        MetricUnit::Milliseconds => (to("duration"), "The longest time."),
    };
    let properties = Metric::all().map(|metric| {
        let (schema, about) = limit(metric);
        (metric.name().into_owned(), or_null(&schema, about))
    });
    closed(&properties.collect(), "What the figures of the run have to reach.")
}

fn pass_when() -> Value {
    let bound = json!({"anyOf": [{"type": "number"}, to("placeholder")]});
    let properties = json!({
        "path": to("path"),
        "equals": {"not": {"type": "null"}},
        "in": {"type": "array", "minItems": 1},
        "at_least": bound,
        "at_most": bound,
    });
    let about = "Which reply of the judge passes an answer.";
    let mut schema = closed(properties.as_object().unwrap_or(&Map::new()), about);
    schema["required"] = json!(["path"]);
    schema["minProperties"] = 2.into();
    schema
}

fn objectives() -> Value {
    let properties = Quantity::ALL.iter().map(|quantity| {
        let schema = if quantity.is_rate() { rate() } else { to("duration") };
        (quantity.name().to_owned(), or_null(&schema, quantity.meaning()))
    });
    closed(&properties.collect(), "What each case has to keep.")
}

fn closed(properties: &Map<String, Value>, about: &str) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "description": about,
    })
}
