//! Reads a script's JSON.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::{Answer, Head, ScriptFault, Step, duration};
use crate::{Dialect, Fault, MockError, Rule, When};

type Parsed<T> = Result<T, ScriptFault>;

/// The answers of a script.
pub(super) fn answers(text: &str) -> Parsed<Vec<Answer>> {
    let script: Value = serde_json::from_str(text)
        .map_err(|error| ScriptFault::new(format!("not valid JSON: {error}")))?;
    let script = object(&script, &["answers"])?;
    let list = script.get("answers").ok_or_else(|| ScriptFault::new("`answers` is missing"))?;
    each(list, answer).map_err(|fault| fault.within("answers"))
}

fn answer(value: &Value) -> Parsed<Answer> {
    let fields =
        object(value, &["status", "headers", "delay", "steps", "raw", "dialect", "fault"])?;
    if let Some(name) = fields.get("dialect") {
        only(fields, &["dialect", "fault"], "an answer with `dialect`")?;
        let dialect = string(name).and_then(dialect).map_err(|fault| fault.within("dialect"))?;
        let faults = optional(fields, "fault", faults)?.unwrap_or_default();
        return Ok(Answer::Dialect { dialect, faults });
    }
    only(fields, &["status", "headers", "delay", "steps", "raw"], "an answer without `dialect`")?;
    let raw = optional(fields, "raw", boolean)?.unwrap_or(false);
    if raw {
        only(fields, &["raw", "delay", "steps"], "a raw answer")?;
    }
    Ok(Answer::Steps {
        delay: optional(fields, "delay", duration::parse)?.unwrap_or(Duration::ZERO),
        head: if raw { None } else { Some(head(fields)?) },
        steps: optional(fields, "steps", |steps| each(steps, step))?.unwrap_or_default(),
    })
}

fn dialect(name: &str) -> Parsed<Dialect> {
    Dialect::named(name).ok_or_else(|| unknown("dialect", name, Dialect::NAMES))
}

fn head(fields: &Map<String, Value>) -> Parsed<Head> {
    Ok(Head {
        status: optional(fields, "status", status)?.unwrap_or_default(),
        headers: optional(fields, "headers", headers)?.unwrap_or_default(),
    })
}

fn status(value: &Value) -> Parsed<StatusCode> {
    let code = value.as_u64().and_then(|code| u16::try_from(code).ok());
    code.and_then(|code| StatusCode::from_u16(code).ok())
        .filter(|status| !status.is_informational())
        .ok_or_else(|| ScriptFault::new("expected a status from 200 to 999"))
}

fn headers(value: &Value) -> Parsed<HeaderMap> {
    let fields = value.as_object().ok_or_else(|| ScriptFault::new("expected an object"))?;
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let here = |fault: ScriptFault| fault.within(name);
        let header: HeaderName =
            name.parse().map_err(|_| here(ScriptFault::new("not a header name")))?;
        headers.append(header, header_value(value).map_err(here)?);
    }
    Ok(headers)
}

fn header_value(value: &Value) -> Parsed<HeaderValue> {
    string(value)?.parse().map_err(|_| ScriptFault::new("not a header value"))
}

const STEPS: &[&str] =
    &["send", "send_hex", "event", "comment", "pause", "end", "close", "reset", "stall"];

fn step(value: &Value) -> Parsed<Step> {
    if let Value::String(name) = value {
        return Ok(match name.as_str() {
            "end" => Step::End,
            "close" => Step::Close,
            "reset" => Step::Reset,
            "stall" => Step::Stall,
            _ => return Err(unknown("step", name, STEPS)),
        });
    }
    let (name, argument) = single(value, "a step")?;
    let step = match name {
        "send" => string(argument).map(|text| Step::Send(text.to_owned().into())),
        "send_hex" => string(argument).and_then(hex).map(Step::Send),
        "event" => event(argument),
        "comment" => string(argument).map(|text| Step::Comment(text.to_owned())),
        "pause" => duration::parse(argument).map(Step::Pause),
        _ => return Err(unknown("step", name, STEPS)),
    };
    step.map_err(|fault| fault.within(name))
}

fn event(value: &Value) -> Parsed<Step> {
    let fields = object(value, &["type", "id", "data"])?;
    let owned = |value: &Value| string(value).map(str::to_owned);
    let data = match fields.get("data") {
        None => return Err(ScriptFault::new("`data` is missing")),
        Some(Value::String(text)) => text.clone(),
        Some(document) => document.to_string(),
    };
    let event_type = optional(fields, "type", owned)?;
    Ok(Step::Event { event_type, id: optional(fields, "id", owned)?, data })
}

/// Faults in their written form, which strike whenever the answer is given.
fn faults(value: &Value) -> Parsed<Vec<Fault>> {
    let rule: Rule =
        string(value)?.parse().map_err(|error: MockError| ScriptFault::new(error.to_string()))?;
    match rule.when {
        When::Always => Ok(rule.faults),
        _ => Err(ScriptFault::new("the faults of an answer strike always: leave `@…` out")),
    }
}

fn hex(text: &str) -> Parsed<Bytes> {
    let fault = || ScriptFault::new("expected pairs of hexadecimal digits");
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let (pairs, []) = digits.as_chunks::<2>() else {
        return Err(fault());
    };
    let byte = |pair: &[u8; 2]| {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        u8::try_from(high? * 16 + low?).ok()
    };
    pairs.iter().map(byte).collect::<Option<Vec<_>>>().map(Bytes::from).ok_or_else(fault)
}

fn string(value: &Value) -> Parsed<&str> {
    value.as_str().ok_or_else(|| ScriptFault::new("expected text"))
}

fn boolean(value: &Value) -> Parsed<bool> {
    value.as_bool().ok_or_else(|| ScriptFault::new("expected `true` or `false`"))
}

/// An object with no other keys than these.
fn object<'v>(value: &'v Value, known: &[&str]) -> Parsed<&'v Map<String, Value>> {
    let fields = value.as_object().ok_or_else(|| ScriptFault::new("expected an object"))?;
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(unknown("key", key, known)),
        None => Ok(fields),
    }
}

/// Refuses keys that make no sense in company.
fn only(fields: &Map<String, Value>, known: &[&str], whose: &str) -> Parsed<()> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(ScriptFault::new(format!("`{key}` has no meaning in {whose}"))),
        None => Ok(()),
    }
}

/// The one key of an object, and its value.
fn single<'v>(value: &'v Value, what: &str) -> Parsed<(&'v str, &'v Value)> {
    let mut fields = value.as_object().into_iter().flatten();
    match (fields.next(), fields.next()) {
        (Some((name, argument)), None) => Ok((name, argument)),
        _ => Err(ScriptFault::new(format!("expected {what}: an object with one key"))),
    }
}

/// A key that may be missing.
fn optional<'v, T>(
    fields: &'v Map<String, Value>,
    key: &str,
    parse: impl FnOnce(&'v Value) -> Parsed<T>,
) -> Parsed<Option<T>> {
    fields.get(key).map(parse).transpose().map_err(|fault| fault.within(key))
}

/// Every element of a list; a fault says which.
fn each<T>(list: &Value, parse: impl Fn(&Value) -> Parsed<T>) -> Parsed<Vec<T>> {
    let items = list.as_array().ok_or_else(|| ScriptFault::new("expected a list"))?;
    let parse = |(index, item)| parse(item).map_err(|fault| fault.within(format!("[{index}]")));
    items.iter().enumerate().map(parse).collect()
}

fn unknown(what: &str, name: &str, known: &[&str]) -> ScriptFault {
    ScriptFault::new(format!("unknown {what} `{name}`, known are `{}`", known.join("`, `")))
}

#[cfg(test)]
mod tests {
    use crate::Script;

    #[track_caller]
    fn check(script: &str, expected: &str) {
        let error = Script::from_json(script).expect_err("the script is at fault");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_script_that_is_no_json_says_where() {
        check("{", "script: not valid JSON: EOF while parsing an object at line 1 column 1");
    }

    #[test]
    fn a_script_without_answers_is_refused() {
        check("{}", "script: `answers` is missing");
        check(r#"{"answers": []}"#, "answers: a script needs at least one answer");
        check(r#"{"answers": {}}"#, "answers: expected a list");
    }

    #[test]
    fn a_fault_names_its_place() {
        check(
            r#"{"answers": [{}, {"status": 99}]}"#,
            "answers[1].status: expected a status from 200 to 999",
        );
        check(
            r#"{"answers": [{"headers": {"x y": "1"}}]}"#,
            "answers[0].headers.x y: not a header name",
        );
        check(
            r#"{"answers": [{"steps": [{"pause": "soon"}]}]}"#,
            "answers[0].steps[0].pause: expected a duration such as `250ms`, `1.5s`, `2m`, \
             or seconds as a number",
        );
        check(
            r#"{"answers": [{"dialect": "custom", "fault": "close:deltas=x"}]}"#,
            "answers[0].fault: the fault `close:deltas=x`: `deltas=x`: expected a whole number",
        );
        check(
            r#"{"answers": [{"dialect": "custom", "fault": "bom@30%"}]}"#,
            "answers[0].fault: the faults of an answer strike always: leave `@…` out",
        );
        check(
            r#"{"answers": [{"steps": [{"event": {"type": "a\nb", "data": ""}}]}]}"#,
            "answers[0].steps[0]: the event type holds a line break",
        );
    }

    #[test]
    fn keys_that_make_no_sense_together_are_refused() {
        check(
            r#"{"answers": [{"raw": true, "status": 200}]}"#,
            "answers[0]: `status` has no meaning in a raw answer",
        );
        check(
            r#"{"answers": [{"dialect": "anthropic", "steps": []}]}"#,
            "answers[0]: `steps` has no meaning in an answer with `dialect`",
        );
        check(
            r#"{"answers": [{"steps": ["close", {"send": "x"}]}]}"#,
            "answers[0].steps[0]: the steps behind this one are never reached",
        );
    }

    #[test]
    fn bytes_are_written_in_hexadecimal() {
        check(
            r#"{"answers": [{"steps": [{"send_hex": "0g"}]}]}"#,
            "answers[0].steps[0].send_hex: expected pairs of hexadecimal digits",
        );
    }
}
