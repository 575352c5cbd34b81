//! What is checked, made ready.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fluxloop_jsonpath::Step;
use fluxloop_plan::{parse_duration, seconds};
use fluxloop_redact::MASK;
use fluxloop_schema::{nearest, regex_fault};
use fluxloop_trace::{Amount, ExpectationKind, Quantity};
use jsonschema::{PatternOptions, Validator};
use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use crate::fault::{ExpectFault, ExpectFaultKind as Kind};
use crate::item::{TextOptions, below};
use crate::tools::Calls;

/// How large a compiled regular expression may be, in bytes.
const MAX_REGEX_BYTES: usize = 1 << 20;
/// How similar two texts have to be without `at_least`.
const SIMILAR: f64 = 0.8;

/// What is checked, made ready. Texts are as their options make them.
#[derive(Clone, Debug)]
pub(crate) enum Check {
    Contains(Vec<String>),
    NotContains(Vec<String>),
    Equals(Value),
    Matches(Regex),
    JsonSchema(Schema),
    Similar {
        to: String,
        at_least: f64,
    },
    Characters {
        at_least: Option<u64>,
        at_most: Option<u64>,
    },
    ToolCalls(Calls),
    FinishReason(Vec<String>),
    /// Each of these quantities is within its limit.
    Measured(Vec<(Quantity, Amount)>),
    Integrity,
    Prefix(Prefix),
}

/// A JSON Schema.
#[derive(Clone)]
pub(crate) struct Schema(pub(crate) Arc<Validator>);

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").finish_non_exhaustive()
    }
}

/// What holds of the beginning of a text.
#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    /// How many characters (Unicode scalar values) it has.
    pub(crate) characters: u64,
    /// When it has to be there, at the latest, in milliseconds.
    pub(crate) within: Option<Amount>,
    /// What holds of its text.
    pub(crate) check: Option<Box<Check>>,
}

type Read<T> = Result<T, ExpectFault>;

fn fault<T>(at: &[Step], kind: Kind) -> Read<T> {
    Err(ExpectFault::new(at, kind))
}

impl Check {
    /// Reads what follows the name of a kind.
    pub(crate) fn read(kind: ExpectationKind, value: &Value, options: TextOptions) -> Read<Self> {
        use ExpectationKind as Of;
        Ok(match kind {
            Of::Contains => Self::Contains(texts(value, options)?),
            Of::NotContains => Self::NotContains(texts(value, options)?),
            Of::Equals => Self::Equals(equals(value, options)),
            Of::Matches => Self::Matches(expression(value, options)?),
            Of::JsonSchema => Self::JsonSchema(schema(value)?),
            Of::Similar => similar(value, options)?,
            Of::Characters => characters(value)?,
            Of::ToolCalls => Self::ToolCalls(Calls::read(value)?),
            Of::FinishReason => Self::FinishReason(reasons(value)?),
            Of::FirstToken => time(value, Quantity::FirstToken)?,
            Of::FirstOutput => time(value, Quantity::FirstOutput)?,
            Of::Duration => time(value, Quantity::Duration)?,
            Of::ChunkGap => chunk_gap(value)?,
            Of::TokensPerSecond => Self::Measured(vec![(Quantity::TokensPerSecond, rate(value)?)]),
            Of::Integrity => integrity(value)?,
            Of::Prefix => Self::Prefix(Prefix::read(value, options)?),
            // A key of its own, which no entry names.
            Of::Judge => return fault(&[], Kind::NoKind),
        })
    }

    /// The length of the beginning whose time has to be known.
    pub(crate) fn timed_prefix(&self) -> Option<u64> {
        match self {
            Self::Prefix(Prefix { characters, within: Some(_), .. }) => Some(*characters),
            _ => None,
        }
    }
}

/// The text of a scalar.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// One text, or several, as the options make them; what is left has to be something.
fn texts(value: &Value, options: TextOptions) -> Read<Vec<String>> {
    let right = "write a text that is looked for";
    let all = list(value, "text, or a list of texts", right)?;
    let texts: Vec<String> = all.iter().map(|text| options.apply(text)).collect();
    if texts.iter().any(String::is_empty) { fault(&[], Kind::Empty { right }) } else { Ok(texts) }
}

/// One text, or a list of texts that is not empty.
pub(crate) fn list(
    value: &Value,
    expected: &'static str,
    right: &'static str,
) -> Read<Vec<String>> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    if items.is_empty() {
        return fault(&[], Kind::Empty { right });
    }
    let text = |item: &Value| {
        text_of(item).ok_or_else(|| ExpectFault::new(&[], Kind::shape(expected, item)))
    };
    items.iter().map(text).collect()
}

fn equals(value: &Value, options: TextOptions) -> Value {
    match value {
        Value::String(text) => options.apply(text).into(),
        other => other.clone(),
    }
}

fn expression(value: &Value, options: TextOptions) -> Read<Regex> {
    let Some(text) = text_of(value) else {
        return fault(&[], Kind::shape("a regular expression", value));
    };
    if text.is_empty() {
        return fault(&[], Kind::Empty { right: "write a regular expression such as `^[0-9]+$`" });
    }
    // The mask of a secret means itself, and is no expression.
    let text = text.replace(MASK, &regex::escape(MASK));
    let text = if options.nfc {
        TextOptions { nfc: true, ..TextOptions::default() }.apply(&text)
    } else {
        text
    };
    let mut builder = RegexBuilder::new(&text);
    let builder = builder.case_insensitive(options.ignore_case);
    let built = builder.size_limit(MAX_REGEX_BYTES).dfa_size_limit(MAX_REGEX_BYTES).build();
    built.map_err(|error| ExpectFault::new(&[], Kind::Regex { why: regex_fault(&error) }))
}

fn schema(value: &Value) -> Read<Schema> {
    if !matches!(value, Value::Object(_) | Value::Bool(_)) {
        return fault(&[], Kind::shape("a JSON Schema", value));
    }
    // The engine without backtracking: a pattern takes no longer than its text.
    let engine = PatternOptions::regex().size_limit(MAX_REGEX_BYTES);
    let built = jsonschema::options().with_pattern_options(engine).build(value);
    let validator = built.map_err(|error| {
        let pointer = error.instance_path().to_string();
        ExpectFault::new(&[], Kind::Schema { pointer })
    })?;
    Ok(Schema(Arc::new(validator)))
}

/// The members of a map; all of them have to be known.
pub(crate) fn members<'v>(
    value: &'v Value,
    expected: &'static str,
    known: &'static [&'static str],
) -> Read<&'v Map<String, Value>> {
    let Value::Object(map) = value else {
        return fault(&[], Kind::shape(expected, value));
    };
    match map.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            let nearest = nearest(name, known.iter().copied()).map(str::to_owned);
            fault(&below(&[], name), Kind::UnknownKey { nearest, options: known })
        }
        None => Ok(map),
    }
}

/// A member, read; a fault in it is at its name.
pub(crate) fn member<T>(
    map: &Map<String, Value>,
    name: &'static str,
    read: impl FnOnce(&Value) -> Read<T>,
) -> Read<Option<T>> {
    let value = map.get(name).filter(|value| !value.is_null());
    value.map(|value| read(value).map_err(|it| it.within(&below(&[], name)))).transpose()
}

fn similar(value: &Value, options: TextOptions) -> Read<Check> {
    let (to, at_least) = if let Some(to) = text_of(value) {
        (Some(to), None)
    } else {
        let expected = "text, or a map with `to` and `at_least`";
        let map = members(value, expected, &["to", "at_least"])?;
        let text = |value: &Value| {
            text_of(value).ok_or_else(|| ExpectFault::new(&[], Kind::shape("text", value)))
        };
        (member(map, "to", text)?, member(map, "at_least", ratio)?)
    };
    let to = to.map(|text| options.apply(&text)).filter(|text| !text.trim().is_empty());
    match to {
        Some(to) => Ok(Check::Similar { to, at_least: at_least.unwrap_or(SIMILAR) }),
        None => fault(&[], Kind::Empty { right: "write in `to` the text that is compared with" }),
    }
}

/// A number above 0, up to 1.
fn ratio(value: &Value) -> Read<f64> {
    let ratio = number(value).filter(|ratio| *ratio > 0.0 && *ratio <= 1.0);
    ratio.ok_or_else(|| {
        ExpectFault::new(&[], Kind::Number("a number above 0, and at most 1, such as `0.8`"))
    })
}

/// A number; a variable gives a text.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

fn count(value: &Value) -> Read<u64> {
    let count = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    count.ok_or_else(|| ExpectFault::new(&[], Kind::Number("a whole number")))
}

fn characters(value: &Value) -> Read<Check> {
    let map = members(value, "a map with `at_least` or `at_most`", &["at_least", "at_most"])?;
    let (at_least, at_most) = (member(map, "at_least", count)?, member(map, "at_most", count)?);
    match (at_least, at_most) {
        (None, None) => fault(&[], Kind::Empty { right: "write `at_least` or `at_most`" }),
        (Some(least), Some(most)) if most < least => fault(&below(&[], "at_most"), Kind::Bounds),
        _ => Ok(Check::Characters { at_least, at_most }),
    }
}

fn reasons(value: &Value) -> Read<Vec<String>> {
    let right = "write a finish reason such as `stop`";
    let reasons = list(value, "a finish reason, or a list of them", right)?;
    if reasons.iter().any(String::is_empty) {
        fault(&[], Kind::Empty { right })
    } else {
        Ok(reasons)
    }
}

/// A duration longer than zero, in milliseconds.
pub(crate) fn milliseconds(value: &Value) -> Read<Amount> {
    let duration = match value {
        Value::Number(number) => number.as_f64().and_then(seconds),
        Value::String(text) => parse_duration(text),
        _ => None,
    };
    let duration = duration.filter(|duration| !duration.is_zero());
    duration.map(of_duration).ok_or_else(|| ExpectFault::new(&[], Kind::Duration))
}

fn of_duration(duration: Duration) -> Amount {
    Amount::from_millionths(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

/// A number for each second.
pub(crate) fn rate(value: &Value) -> Read<Amount> {
    let rate = number(value).filter(|rate| *rate > 0.0);
    rate.map(Amount::part).ok_or_else(|| {
        ExpectFault::new(&[], Kind::Number("a number above 0, for each second, such as `20`"))
    })
}

fn time(value: &Value, quantity: Quantity) -> Read<Check> {
    Ok(Check::Measured(vec![(quantity, milliseconds(value)?)]))
}

fn chunk_gap(value: &Value) -> Read<Check> {
    const GAPS: [(&str, Quantity); 3] = [
        ("p50", Quantity::ChunkGapP50),
        ("p95", Quantity::ChunkGapP95),
        ("max", Quantity::ChunkGapMax),
    ];
    if !value.is_object() {
        return time(value, Quantity::ChunkGapMax);
    }
    let map = members(value, "a duration, or a map", &["p50", "p95", "max"])?;
    let mut limits = Vec::new();
    for (name, quantity) in GAPS {
        limits.extend(member(map, name, milliseconds)?.map(|limit| (quantity, limit)));
    }
    if limits.is_empty() {
        return fault(&[], Kind::Empty { right: "write `p50`, `p95`, `max`, or a duration" });
    }
    Ok(Check::Measured(limits))
}

fn integrity(value: &Value) -> Read<Check> {
    match value {
        Value::Bool(true) => Ok(Check::Integrity),
        Value::String(text) if text == "true" => Ok(Check::Integrity),
        other => fault(&[], Kind::shape("`true`", other)),
    }
}

impl Prefix {
    /// The kinds that can hold of a beginning.
    pub(crate) const KINDS: [ExpectationKind; 5] = [
        ExpectationKind::Contains,
        ExpectationKind::NotContains,
        ExpectationKind::Equals,
        ExpectationKind::Matches,
        ExpectationKind::Similar,
    ];

    fn read(value: &Value, options: TextOptions) -> Read<Self> {
        const KEYS: &[&str] =
            &["characters", "within", "contains", "not_contains", "equals", "matches", "similar"];
        let expected = "a map with `characters`, and `within` or a kind such as `contains`";
        let map = members(value, expected, KEYS)?;
        let at_least_one = |value: &Value| match count(value)? {
            0 => fault(&[], Kind::Number("a whole number from 1")),
            count => Ok(count),
        };
        let Some(characters) = member(map, "characters", at_least_one)? else {
            return fault(&[], Kind::Empty { right: "write how many `characters` are meant" });
        };
        let within = member(map, "within", milliseconds)?;
        let mut check = None;
        for kind in Self::KINDS {
            let read = |value: &Value| Check::read(kind, value, options);
            let Some(found) = member(map, kind.name(), read)? else { continue };
            if let Some((first, _)) = &check {
                return fault(&below(&[], kind.name()), Kind::SeveralKinds(*first, kind));
            }
            check = Some((kind, found));
        }
        if within.is_none() && check.is_none() {
            let right = "write `within`, or a kind such as `contains`";
            return fault(&[], Kind::Empty { right });
        }
        let check = check.map(|(_, check)| Box::new(check));
        Ok(Self { characters, within, check })
    }
}
