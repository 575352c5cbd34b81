//! Answers as written, step by step.

#[cfg(test)]
mod tests;
mod written;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde_json::Value;
use written::Written;

use crate::program::{Cut, Op, Program};
use crate::{Dialect, Fault, MockError};

/// Answers, one for each request in the order of their arrival.
#[derive(Clone, Debug)]
pub struct Script {
    answers: Vec<Compiled>,
    /// Whether the first one follows the last; otherwise the last one repeats.
    starts_anew: bool,
}

/// An answer that was recorded, to be played as it came.
#[derive(Clone, Debug)]
pub struct Played {
    /// The head and when it came; `None` where the connection closed before one.
    pub head: Option<(Duration, StatusCode, HeaderMap)>,
    /// The pieces of the body, each with its time since the request.
    pub body: Vec<(Duration, Bytes)>,
    /// Whether the body ended in good order; otherwise the connection closes.
    pub is_whole: bool,
}

/// What a server says about its own framing, which the mock makes anew.
const OWN_HEADERS: [HeaderName; 5] = [
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::DATE,
    header::TRANSFER_ENCODING,
];

impl Script {
    /// Plays recorded answers in this order, and then from the first one again. `None` when there is
    /// none.
    pub fn of_recorded(answers: impl IntoIterator<Item = Played>) -> Option<Self> {
        let answers: Vec<_> = answers.into_iter().map(Played::compile).collect();
        (!answers.is_empty()).then_some(Self { answers, starts_anew: true })
    }

    /// Reads a script from JSON text. The last answer repeats.
    ///
    /// ```
    /// use fluxloop_mock::Script;
    ///
    /// Script::from_json(r#"{"answers": [
    ///   {"status": 503, "headers": {"retry-after": "1"}, "steps": [{"send": "busy"}]},
    ///   {"dialect": "openai-chat", "fault": "reset_peer:deltas=3"},
    ///   {"delay": "50ms", "steps": [
    ///     {"event": {"type": "message", "data": {"delta": "Hi"}}},
    ///     {"comment": "still here"},
    ///     {"pause": "250ms"},
    ///     {"send": "data: cut in the mid"},
    ///     "reset"
    ///   ]},
    ///   {"raw": true, "steps": [{"send_hex": "00ff"}, "close"]}
    /// ]}"#)?;
    ///
    /// let error = Script::from_json(r#"{"answers": [{"steps": ["stop"]}]}"#).unwrap_err();
    /// assert!(error.to_string().starts_with("answers[0].steps[0]: unknown variant `stop`, expected one of"));
    /// # Ok::<(), fluxloop_mock::MockError>(())
    /// ```
    ///
    /// An answer has `status` (200), `headers`, `delay` and `steps`; or `raw: true`, `delay` and
    /// `steps`, which are then all there is on the wire; or `dialect` (a name, see
    /// [`Dialect::names`]) and perhaps `fault`. Without a `content-type` among its headers, an
    /// answer with events is an event stream, any other is plain text.
    ///
    /// A step is `{"send": "text"}`, `{"send_hex": "0a"}`, `{"event": {"type", "id", "data"}}`
    /// (data that is not a string is written as JSON), `{"comment": "text"}`, `{"pause": "250ms"}` (or
    /// a number of seconds), or, as the last one, `"end"`, `"close"`, `"reset"` or `"stall"`.
    ///
    /// A fault is text such as `"reset_peer:deltas=3"`; several are joined by `+`. See
    /// [`FaultDoc`](crate::FaultDoc).
    pub fn from_json(text: &str) -> Result<Self, MockError> {
        let fault = |place: String, problem: String| MockError::Script { place, problem };
        let json: Value = serde_json::from_str(text)
            .map_err(|error| fault("script".to_owned(), format!("not valid JSON: {error}")))?;
        let written: Written = serde_path_to_error::deserialize(json).map_err(|error| {
            let place = error.path().to_string();
            let place = if place == "." { "script".to_owned() } else { place };
            fault(place, error.inner().to_string())
        })?;
        let answers = written.answers.into_iter().enumerate().map(|(index, answer)| {
            answer.compile().map_err(|(step, problem)| {
                let step = step.map(|step| format!(".steps[{step}]")).unwrap_or_default();
                fault(format!("answers[{index}]{step}"), problem)
            })
        });
        let answers = answers.collect::<Result<Vec<_>, _>>()?;
        if answers.is_empty() {
            return Err(fault(
                "answers".to_owned(),
                "a script needs at least one answer".to_owned(),
            ));
        }
        Ok(Self { answers, starts_anew: false })
    }

    /// Whether an answer is written out step by step, which no option of a mock changes.
    pub fn has_steps(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, Compiled::Program { .. }))
    }

    /// The answer to the request of this number, from 0.
    pub(crate) fn answer(&self, number: u64) -> &Compiled {
        let last = self.answers.len() as u64 - 1;
        let place = if self.starts_anew { number % (last + 1) } else { number.min(last) };
        &self.answers[usize::try_from(place).unwrap_or(0)]
    }
}

impl Played {
    fn compile(self) -> Compiled {
        let Self { head, body, is_whole } = self;
        let (mut ops, mut bytes, mut now) = (Vec::new(), Vec::new(), Duration::ZERO);
        let delay = head.as_ref().map(|(at, ..)| *at).unwrap_or_default();
        now += delay;
        for (at, piece) in body {
            let pause = at.saturating_sub(now);
            if !pause.is_zero() {
                ops.push(Op::Pause(pause));
                now = at;
            }
            bytes.extend_from_slice(&piece);
            ops.push(Op::Send(bytes.len()));
        }
        if !is_whole {
            ops.push(Op::Cut(Cut::Close));
        }
        let head = head.map(|(_, status, mut headers)| {
            for name in OWN_HEADERS {
                headers.remove(name);
            }
            Head { status, headers }
        });
        let program = Program { bytes: bytes.into(), ops };
        Compiled::Program { delay, head, program, sized: false }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    /// A `content-length` may lie.
    pub(crate) headers: HeaderMap,
}

#[derive(Clone, Debug)]
pub(crate) enum Compiled {
    /// As written. Without a head, the program is all there is on the connection.
    Program { delay: Duration, head: Option<Head>, program: Program, sized: bool },
    /// As a provider would answer, at any path, with faults in place of what the mock's rules say.
    Dialect { dialect: Dialect, faults: Vec<Fault> },
}
