//! Answers as written, step by step.

mod compile;
mod duration;
mod parse;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::program::Program;
use crate::{Dialect, Fault, MockError};

/// Answers, one for each request in the order of their arrival; the last one repeats.
///
/// A script is made of values with [`Script::new`], or read from JSON with [`Script::from_json`].
#[derive(Clone, Debug)]
pub struct Script {
    answers: Vec<Compiled>,
}

impl Script {
    /// A script of these answers.
    ///
    /// Fails with [`MockError::Script`] if there are none, or if one of them cannot be played; the
    /// place is then a path like `answers[1].steps[0]`.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Result<Self, MockError> {
        let answers = answers.into_iter().enumerate().map(|(index, answer)| {
            compile::answer(answer).map_err(|fault| fault.within(format!("answers[{index}]")))
        });
        let answers = answers.collect::<Result<Vec<_>, _>>()?;
        if answers.is_empty() {
            return Err(ScriptFault::new("a script needs at least one answer")
                .within("answers")
                .into());
        }
        Ok(Self { answers })
    }

    /// Reads a script from JSON text.
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
    /// assert!(error.to_string().starts_with("answers[0].steps[0]: unknown step `stop`"));
    /// # Ok::<(), fluxloop_mock::MockError>(())
    /// ```
    ///
    /// An answer has `status` (200), `headers`, `delay` and `steps`; or `raw: true`, `delay` and
    /// `steps`, which are then all there is on the wire; or `dialect` (a name, see
    /// [`Dialect::NAMES`]) and perhaps `fault`. Without a `content-type` among its headers, an
    /// answer with events is an event stream, any other is plain text.
    ///
    /// A step is `{"send": "text"}`, `{"send_hex": "0a"}`, `{"event": {"type", "id", "data"}}`
    /// (data that is no string is written as JSON), `{"comment": "text"}`, `{"pause": "250ms"}` (or
    /// a number of seconds), or, as the last one, `"end"`, `"close"`, `"reset"` or `"stall"`.
    ///
    /// A fault is text such as `"reset_peer:deltas=3"`; several are joined by `+`. See
    /// [`FaultDoc`](crate::FaultDoc).
    pub fn from_json(text: &str) -> Result<Self, MockError> {
        Self::new(parse::answers(text)?)
    }

    /// Whether an answer is written out step by step, which no option of a mock changes.
    pub fn has_steps(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, Compiled::Program { .. }))
    }

    /// The answer to the request of this number, from 0.
    pub(crate) fn answer(&self, number: u64) -> &Compiled {
        let last = self.answers.len() - 1;
        &self.answers[usize::try_from(number).map_or(last, |number| number.min(last))]
    }
}

/// One answer of a script.
#[derive(Clone, Debug)]
pub enum Answer {
    /// As written.
    Steps {
        /// Wait before the first byte.
        delay: Duration,
        /// What precedes the body; without it the steps are all there is on the connection, as on
        /// a server that does not speak HTTP.
        head: Option<Head>,
        /// What is sent and done.
        steps: Vec<Step>,
    },
    /// As a provider would answer, at any path.
    Dialect {
        /// Which provider.
        dialect: Dialect,
        /// What goes wrong with it, in place of what the mock's rules say.
        faults: Vec<Fault>,
    },
}

/// What precedes a body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// The status.
    pub status: StatusCode,
    /// The headers. A `content-type` is added if it is missing; a `content-length` may lie.
    pub headers: HeaderMap,
}

/// One step of an answer. What ends an answer must be its last step.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Send bytes, as a chunk of their own.
    Send(Bytes),
    /// Send an event.
    Event {
        /// Its type; without one, the line `event:` is left out.
        event_type: Option<String>,
        /// Its id.
        id: Option<String>,
        /// Its data.
        data: String,
    },
    /// Send a comment.
    Comment(String),
    /// Wait.
    Pause(Duration),
    /// End the body in good order; the same as no further step.
    End,
    /// Close the connection (FIN).
    Close,
    /// Reset the connection (RST).
    Reset,
    /// Send nothing more, and leave the connection open.
    Stall,
}

/// An answer that is ready to be played.
#[derive(Clone, Debug)]
pub(crate) enum Compiled {
    Program { delay: Duration, head: Option<Head>, program: Program, sized: bool },
    Dialect { dialect: Dialect, faults: Vec<Fault> },
}

/// What is wrong with a script, and where so far: the place grows on the way up.
pub(crate) struct ScriptFault {
    place: String,
    problem: String,
}

impl ScriptFault {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self { place: String::new(), problem: problem.into() }
    }

    /// The same, inside of this.
    pub(crate) fn within(mut self, outer: impl AsRef<str>) -> Self {
        let dot = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        self.place = format!("{}{dot}{}", outer.as_ref(), self.place);
        self
    }
}

impl From<ScriptFault> for MockError {
    fn from(ScriptFault { place, problem }: ScriptFault) -> Self {
        let place = if place.is_empty() { "script".to_owned() } else { place };
        Self::Script { place, problem }
    }
}
