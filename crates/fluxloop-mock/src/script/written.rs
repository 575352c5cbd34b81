//! A script as it is written in JSON.

use std::time::Duration;

use bytes::Bytes;
use fluxloop_sse::Encoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Compiled, Head};
use crate::program::{Cut, Op, Program, encode};
use crate::{Dialect, Fault, Rule, When, fault};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) answers: Vec<Answer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    status: Option<Status>,
    headers: Option<Headers>,
    delay: Option<Wait>,
    steps: Option<Vec<Step>>,
    raw: Option<bool>,
    dialect: Option<Named>,
    fault: Option<Faults>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Send(String),
    SendHex(Hex),
    Event(Event),
    Comment(String),
    Pause(Wait),
    End,
    Close,
    Reset,
    Stall,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    data: Value,
}

/// Defines types that are made of what JSON has.
macro_rules! parsed {
    ($($Type:ident($inner:ty) from $json:ty, $text:literal: $parse:expr;)*) => {$(
        #[derive(Deserialize)]
        #[serde(try_from = $text)]
        pub(super) struct $Type(pub(super) $inner);

        impl TryFrom<$json> for $Type {
            type Error = String;

            fn try_from(written: $json) -> Result<Self, String> {
                let parse: fn($json) -> Result<$inner, String> = $parse;
                parse(written).map(Self)
            }
        }
    )*};
}

parsed! {
    Status(StatusCode) from u16, "u16": |code| {
        let status = StatusCode::from_u16(code).ok().filter(|it| !it.is_informational());
        status.ok_or_else(|| "expected a status from 200 to 999".to_owned())
    };
    Headers(HeaderMap) from Map<String, Value>, "Map<String, Value>": |fields| {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let value = value.as_str().and_then(|value| value.parse::<HeaderValue>().ok());
            let value = value.ok_or_else(|| format!("the value of `{name}` is not a header value"))?;
            let known: http::HeaderName =
                name.parse().map_err(|_| format!("`{name}` is not a header name"))?;
            headers.append(known, value);
        }
        Ok(headers)
    };
    Wait(Duration) from Value, "Value": |value| {
        let duration = match value {
            Value::Number(seconds) => {
                seconds.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            }
            Value::String(text) => fault::duration(text.trim()),
            _ => None,
        };
        let expected = "a duration such as `250ms`, `1.5s`, `2m`, or seconds as a number";
        duration.ok_or_else(|| format!("expected {expected}"))
    };
    Hex(Bytes) from String, "String": |text| {
        let digits: Option<Vec<u32>> = text.chars().filter(|it| !it.is_ascii_whitespace())
            .map(|digit| digit.to_digit(16)).collect();
        let pairs = digits.as_deref().map(<[u32]>::as_chunks::<2>);
        let Some((pairs, [])) = pairs else {
            return Err("expected pairs of hexadecimal digits".to_owned());
        };
        let byte = |[high, low]: &[u32; 2]| u8::try_from(high * 16 + low).unwrap_or(u8::MAX);
        Ok(pairs.iter().map(byte).collect())
    };
    Named(Dialect) from String, "String": |name| {
        let known = || Dialect::names().collect::<Vec<_>>().join("`, `");
        Dialect::named(&name)
            .ok_or_else(|| format!("unknown dialect `{name}`, known are `{}`", known()))
    };
    Faults(Vec<Fault>) from String, "String": |text| {
        match text.parse::<Rule>().map_err(|error| error.to_string())? {
            Rule { faults, when: When::Always, .. } => Ok(faults),
            _ => Err("the faults of an answer strike always: leave `@…` out".to_owned()),
        }
    };
}

impl Answer {
    /// Makes the answer ready to be played; an error has the step where it is, if it is in a step.
    pub(super) fn compile(self) -> Result<Compiled, (Option<usize>, String)> {
        self.check().map_err(|problem| (None, problem))?;
        if let Some(Named(dialect)) = self.dialect {
            let faults = self.fault.map(|Faults(faults)| faults).unwrap_or_default();
            return Ok(Compiled::Dialect { dialect, faults });
        }
        let steps = self.steps.unwrap_or_default();
        let streamed = steps.iter().any(|step| matches!(step, Step::Event(_) | Step::Comment(_)));
        let program = program(steps)?;
        let head = (self.raw != Some(true)).then(|| {
            let status = self.status.map(|Status(status)| status).unwrap_or_default();
            let mut headers = self.headers.map(|Headers(headers)| headers).unwrap_or_default();
            let default = if streamed { "text/event-stream" } else { "text/plain; charset=utf-8" };
            let default = HeaderValue::from_static(default);
            headers.entry(header::CONTENT_TYPE).or_insert(default);
            Head { status, headers }
        });
        let announced = head.as_ref().is_some_and(|it| it.headers.contains_key("content-length"));
        // A body that is sent at once has a length, unless the script announces a length, true or
        // not; anything else is a stream of unknown length.
        let at_once = program.ops.iter().all(|op| matches!(op, Op::Send(_)));
        let sized = at_once && !streamed && !announced;
        let delay = self.delay.map(|Wait(delay)| delay).unwrap_or_default();
        Ok(Compiled::Program { delay, head, program, sized })
    }

    /// Refuses keys that make no sense together.
    fn check(&self) -> Result<(), String> {
        let raw = self.raw == Some(true);
        let (whose, known): (_, &[_]) = match self.dialect {
            Some(_) => ("an answer with `dialect`", &["fault"]),
            None if raw => ("a raw answer", &["delay", "steps", "raw"]),
            None => {
                ("an answer without `dialect`", &["status", "headers", "delay", "steps", "raw"])
            }
        };
        let given = [
            ("status", self.status.is_some()),
            ("headers", self.headers.is_some()),
            ("delay", self.delay.is_some()),
            ("steps", self.steps.is_some()),
            ("raw", self.raw.is_some()),
            ("fault", self.fault.is_some()),
        ];
        match given.iter().find(|(key, given)| *given && !known.contains(key)) {
            Some((key, _)) => Err(format!("`{key}` has no meaning in {whose}")),
            None => Ok(()),
        }
    }
}

fn program(steps: Vec<Step>) -> Result<Program, (Option<usize>, String)> {
    let (mut bytes, mut ops) = (Vec::new(), Vec::with_capacity(steps.len()));
    // An event without an id leaves the last one in force.
    let (mut encoder, mut last_id) = (Encoder::default(), String::new());
    let last = steps.len().saturating_sub(1);
    for (index, step) in steps.into_iter().enumerate() {
        let here = |problem: String| (Some(index), problem);
        let ends = matches!(step, Step::End | Step::Close | Step::Reset | Step::Stall);
        if ends && index < last {
            return Err(here("the steps after this one are never reached".to_owned()));
        }
        let mut text = String::new();
        ops.extend(match &step {
            Step::Pause(Wait(wait)) => Some(Op::Pause(*wait)),
            Step::Close => Some(Op::Cut(Cut::Close)),
            Step::Reset => Some(Op::Cut(Cut::Reset)),
            Step::Stall => Some(Op::Stall),
            _ => None,
        });
        match step {
            Step::Send(raw) => text = raw,
            Step::SendHex(Hex(raw)) => bytes.extend_from_slice(&raw),
            Step::Comment(comment) => encoder.comment(&comment, &mut text),
            Step::Event(Event { kind, id, data }) => {
                last_id = id.unwrap_or(last_id);
                let data = data.as_str().map_or_else(|| data.to_string(), str::to_owned);
                encode(&mut encoder, kind.as_deref(), &last_id, &data, &mut text)
                    .map_err(|error| here(error.to_string()))?;
            }
            _ => continue,
        }
        bytes.extend_from_slice(text.as_bytes());
        ops.push(Op::Send(bytes.len()));
    }
    Ok(Program { bytes: bytes.into(), ops })
}
