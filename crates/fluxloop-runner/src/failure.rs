//! What went wrong, raw, and how the errors of the other crates become it.

use std::fmt::Write as _;
use std::time::Duration;

use fluxloop_aggregate::{
    Aggregate, AggregateError, ApiError, ApiErrorClass, NoText, error_in_json,
};
use fluxloop_http::{Cause, Excerpt, MediaType, ProxyFault, RequestError};
use fluxloop_plan::{Clocks, HttpVersion, PlainRules, TemplateError};
use fluxloop_sse::DecodeError;
use fluxloop_trace::{Clock, FailureKind, Phase};
use http::StatusCode;
use url::Url;

use crate::hint;
use crate::retry::{GiveUp, LONGEST_RETRY_AFTER};

/// What went wrong in an attempt, not yet masked.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FailureKind,
    pub(crate) phase: Phase,
    /// What happened. It may quote text that was cut inside a secret, so nothing is put behind it.
    pub(crate) message: String,
    /// What else is to be said, in our own words.
    pub(crate) note: String,
    /// What to do; the kind's remedy when absent.
    pub(crate) hint: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) clock: Option<Clock>,
    pub(crate) body: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) api_type: Option<String>,
    pub(crate) seen: Option<NoText>,
    pub(crate) budget_denied: bool,
    /// Whether trying again may help; the retry policy has a say in it, too.
    pub(crate) transient: bool,
}

/// The way to the server, as far as a hint depends on it.
pub(crate) struct Route<'a> {
    pub(crate) url: &'a Url,
    pub(crate) proxied: bool,
    pub(crate) version: HttpVersion,
}

impl Fault {
    /// A fault that trying again does not mend.
    pub(crate) fn new(kind: FailureKind, phase: Phase, message: impl Into<String>) -> Self {
        Self {
            kind,
            phase,
            message: message.into(),
            note: String::new(),
            hint: None,
            status: None,
            clock: None,
            body: None,
            retry_after: None,
            api_type: None,
            seen: None,
            budget_denied: false,
            transient: false,
        }
    }

    pub(crate) fn from_template(error: &TemplateError) -> Self {
        Self {
            hint: Some(error.hint()),
            ..Self::new(FailureKind::Template, Phase::BeforeConnect, error.to_string())
        }
    }

    /// What the transport says of a request. `body_phase` is how far the body had come.
    pub(crate) fn from_request(
        error: &RequestError,
        route: &Route<'_>,
        clocks: &Clocks,
        body_phase: Phase,
    ) -> Self {
        let phase = match error.phase() {
            fluxloop_http::Phase::Connect => Phase::Connect,
            fluxloop_http::Phase::Sent => Phase::Sent,
            fluxloop_http::Phase::Body => body_phase,
        };
        if error.cause() == Cause::ConnectTimeout {
            return Self::from_clock(Clock::Connect, clocks, phase, route);
        }
        let (kind, transient) = kind_of(error.cause());
        let message = match error.detail() {
            // The TLS library speaks in sentences.
            Some(detail) if kind == FailureKind::Tls => format!("{error}: {detail}"),
            Some(detail) => format!("{error}: `{detail}`"),
            // The origin alone: the rest of a URL may hold a key.
            None if phase < Phase::Status => {
                format!("{error}: `{}`", route.url.origin().ascii_serialization())
            }
            None => error.to_string(),
        };
        let status = match error.cause() {
            Cause::Redirect(status, _) => Some(status.as_u16()),
            _ => None,
        };
        let hint = hint::of_exchange(error.cause(), route);
        Self { hint, status, transient, ..Self::new(kind, phase, message) }
    }

    pub(crate) fn from_decode(error: DecodeError, phase: Phase) -> Self {
        match error {
            DecodeError::EventTooLarge { .. } => {
                let message = format!("{error} (`limits.max_event_bytes`)");
                let hint = "check that the server ends each event with a blank line, or raise \
                            `runner.http.limits.max_event_bytes`";
                Self {
                    hint: Some(hint.to_owned()),
                    ..Self::new(FailureKind::TooLarge, phase, message)
                }
            }
            error => Self::new(FailureKind::TooLarge, phase, error.to_string()),
        }
    }

    pub(crate) fn from_aggregate(error: AggregateError, phase: Phase) -> Self {
        match error {
            AggregateError::Api(error) => Self::from_api(error, phase),
            AggregateError::MalformedEvent { ref data, .. }
            | AggregateError::MalformedBody { ref data, .. } => Self {
                hint: error.hint(),
                ..Self::new(FailureKind::MalformedEvent, phase, error.to_string())
            }
            .with_body(data.clone()),
            AggregateError::OtherMediaType { ref data, .. } => Self {
                hint: error.hint(),
                ..Self::new(FailureKind::ContentType, phase, error.to_string())
            }
            .with_body(data.clone()),
            AggregateError::NoOutput { .. } => Self {
                hint: error.hint().or(Some(hint::OUTPUT_PATH.to_owned())),
                ..Self::new(FailureKind::NoText, phase, error.to_string())
            },
        }
    }

    pub(crate) fn from_api(error: ApiError, phase: Phase) -> Self {
        let transient = error.is_transient();
        let message = error.to_string();
        Self {
            hint: Some(error.class.hint().to_owned()),
            api_type: error.error_type,
            transient,
            ..Self::new(FailureKind::ApiError, phase, message)
        }
    }

    /// The answer has an error status (RFC 9110, section 15), or at least none of success.
    ///
    /// `retried` is whether the retry policy lists the status.
    pub(crate) fn from_status(
        status: StatusCode,
        retried: bool,
        retry_after: Option<Duration>,
        body: String,
    ) -> Self {
        let error = error_in_json(&body);
        let quota = error.as_ref().is_some_and(|error| error.class == ApiErrorClass::Quota);
        let kind = match status {
            StatusCode::TOO_MANY_REQUESTS => FailureKind::RateLimited,
            _ => FailureKind::Status,
        };
        let said = match &error {
            Some(error) => error.message.as_str(),
            None => body.trim(),
        };
        let said = if said.is_empty() { "no body" } else { said };
        let name = status_name(status);
        Self {
            hint: Some(hint::of_status(status, quota, retried).to_owned()),
            retry_after,
            api_type: error.as_ref().and_then(|error| error.error_type.clone()),
            transient: !quota,
            ..Self::new(kind, Phase::Status, format!("the server answered {name}: {said}"))
        }
        .with_body(body)
    }

    /// The answer is not an event stream. JSON may say why.
    pub(crate) fn from_other_media_type(
        status: StatusCode,
        media_type: Option<&MediaType>,
        excerpt: &Excerpt,
        phase: Phase,
    ) -> Self {
        let body = String::from_utf8_lossy(&excerpt.bytes).into_owned();
        if let Some(fault) = Self::told_by_body(status, &body, excerpt.complete, phase) {
            return fault;
        }
        let words = media_type_words(media_type);
        let message = format!("the answer {words}, and `text/event-stream` was expected");
        let hint = Some(hint::of_body(&body).to_owned());
        Self { hint, ..Self::new(FailureKind::ContentType, phase, message) }.with_body(body)
    }

    /// The stream ended in good order, and not with the event that `require_done` asks for.
    pub(crate) fn incomplete(answer: &Aggregate, phase: Phase) -> Self {
        let message = "the stream ended without the event that `stream_done` expects";
        // Nothing broke then, and the next answer would end alike.
        let was_stopped = answer.finish_reason.as_deref() == Some("incomplete");
        Self {
            transient: !was_stopped,
            hint: was_stopped.then(|| hint::MODEL_WAS_STOPPED.to_owned()),
            ..Self::new(FailureKind::Incomplete, phase, message)
        }
    }

    /// A body beyond `limits.max_response_bytes`.
    pub(crate) fn too_large(limit: u64, phase: Phase) -> Self {
        let message =
            format!("the body is larger than `{limit}` bytes (`limits.max_response_bytes`)");
        let hint = "check why the answer is so long, or raise \
                    `runner.http.limits.max_response_bytes`";
        Self { hint: Some(hint.to_owned()), ..Self::new(FailureKind::TooLarge, phase, message) }
    }

    /// The stream came, and there was no text in it. `head` is how the body began, if no event came
    /// of it.
    pub(crate) fn no_text(
        status: StatusCode,
        answer: &Aggregate,
        head: &[u8],
        phase: Phase,
    ) -> Self {
        if answer.events == 0 {
            return Self::no_events(status, head, phase);
        }
        let seen = answer.no_text.as_deref().cloned().unwrap_or_default();
        Self {
            hint: seen.hint(),
            ..Self::new(FailureKind::NoText, phase, no_text_words(answer.matched, &seen))
        }
        .with_seen(seen)
    }

    /// The body made no event: it is empty, reports an error as JSON, or is something else.
    fn no_events(status: StatusCode, head: &[u8], phase: Phase) -> Self {
        let body = String::from_utf8_lossy(head).into_owned();
        if let Some(fault) = Self::told_by_body(status, &body, true, phase) {
            return fault;
        }
        Self {
            hint: Some("compare the body with an event stream: `data: …` and a blank line".into()),
            ..Self::new(FailureKind::NoText, phase, "no text was found: the body holds no event")
        }
        .with_body(body)
    }

    /// What a body that is no event stream says by itself: nothing at all, or an error as JSON.
    fn told_by_body(status: StatusCode, body: &str, complete: bool, phase: Phase) -> Option<Self> {
        if body.trim().is_empty() && complete {
            let message = format!("the server answered {} with an empty body", status_name(status));
            let hint = Some(hint::of_empty(status).to_owned());
            return Some(Self { hint, ..Self::new(FailureKind::NoText, phase, message) });
        }
        Some(Self::from_api(error_in_json(body)?, phase).with_body(body.to_owned()))
    }

    /// One body came (`stream: none`), and what `output_path` finds there is no text.
    pub(crate) fn no_output(
        status: StatusCode,
        answer: &Aggregate,
        rules: &PlainRules,
        phase: Phase,
    ) -> Self {
        let Some(seen) = answer.no_text.as_deref().filter(|seen| seen.sample.is_some()) else {
            return Self::no_events(status, b"", phase);
        };
        let path = rules.output_path.as_str();
        let what = match (answer.matched, seen.matched) {
            (1.., _) => "an empty text",
            (0, 1..) => "null, an object or an array, which is no text",
            (0, 0) => "nothing",
        };
        let message = format!("no text was found: `output_path` (`{path}`) finds {what}");
        let hint = match &seen.path_with_text {
            Some(path) => format!("set `output_path: \"{path}\"`"),
            None => hint::OUTPUT_PATH.to_owned(),
        };
        Self { hint: Some(hint), ..Self::new(FailureKind::NoText, phase, message) }
            .with_body(seen.sample.clone().unwrap_or_default())
    }

    fn with_seen(self, seen: NoText) -> Self {
        Self { seen: Some(seen), ..self }
    }

    fn with_body(self, body: String) -> Self {
        Self { body: (!body.is_empty()).then_some(body), ..self }
    }

    /// One of our clocks ran out.
    pub(crate) fn from_clock(
        clock: Clock,
        clocks: &Clocks,
        phase: Phase,
        route: &Route<'_>,
    ) -> Self {
        let limit = match clock {
            Clock::Attempt => clocks.attempt,
            Clock::Connect => clocks.connect,
            Clock::Idle => clocks.idle.unwrap_or_default(),
            Clock::Event => clocks.event.unwrap_or_default(),
        };
        let what = match clock {
            Clock::Attempt => "the attempt took longer than",
            Clock::Connect => "no connection was ready within",
            Clock::Idle => "the server was silent for longer than",
            Clock::Event => "no event came for longer than",
        };
        let (key, phase_words) = (clock.key(), phase.words());
        let message = format!("{what} {limit:?} (`{key}`), {phase_words}");
        Self {
            clock: Some(clock),
            transient: true,
            hint: Some(hint::of_clock(clock, phase, route)),
            ..Self::new(FailureKind::Timeout, phase, message)
        }
    }

    /// Says why nothing follows, and which attempt had come further. When all attempts are spent,
    /// their number says it.
    pub(crate) fn amend(&mut self, why: GiveUp, furthest: Option<(usize, Phase, FailureKind)>) {
        if let Some((number, phase, kind)) = furthest {
            let words = phase.words();
            let _ = write!(self.note, "; attempt {number} had come further: `{kind}` {words}");
        }
        match why {
            GiveUp::Spent => {}
            // What is paid for is not bought twice.
            GiveUp::Final if self.clock == Some(Clock::Attempt) => {
                self.note += "; not retried, because an answer had begun";
            }
            GiveUp::Final => self.note += "; not retried",
            GiveUp::Off => self.note += "; not retried (`retry.attempts: 0`)",
            GiveUp::Partial => {
                self.note += "; not retried (`retry.on_partial: fail`)";
                self.hint = Some(
                    "set `runner.http.retry.on_partial: restart` to have another answer instead \
                     of this text"
                        .to_owned(),
                );
            }
            GiveUp::AskedToWait => {
                self.kind = FailureKind::RateLimited;
                let asked = self.retry_after.unwrap_or_default().as_secs_f64().ceil();
                let longest = LONGEST_RETRY_AFTER.as_secs();
                // Writing to a string cannot fail.
                let _ = write!(
                    self.note,
                    "; not retried: the server asks for a wait of {asked} s, longer than {longest} s"
                );
                self.hint = Some("run it again after the wait that the server asks for".to_owned());
            }
            GiveUp::NoTime => {
                self.note += "; not retried: the wait before it would outlast `max_duration`";
            }
        }
    }

    /// Says that the run's budget had no retry left.
    pub(crate) fn budget_denied(&mut self) {
        self.budget_denied = true;
        self.note += "; not retried: `retry.budget` is used up";
    }
}

/// The kind, and whether trying again may help.
fn kind_of(cause: Cause) -> (FailureKind, bool) {
    match cause {
        Cause::Dns => (FailureKind::Dns, true),
        Cause::Connect(_) => (FailureKind::Connect, true),
        Cause::ConnectTimeout => (FailureKind::Timeout, true),
        Cause::Tls(_) => (FailureKind::Tls, false),
        Cause::Proxy(ProxyFault::Credentials) => (FailureKind::Proxy, false),
        Cause::Proxy(_) => (FailureKind::Proxy, true),
        Cause::Local(_) => (FailureKind::Local, false),
        Cause::NoAnswer
        | Cause::Refused
        | Cause::Reset
        | Cause::Truncated
        | Cause::Abandoned
        | Cause::WrongLength => (FailureKind::Truncated, true),
        Cause::Protocol(_) => (FailureKind::Protocol, false),
        Cause::Decode | Cause::UnknownCoding => (FailureKind::Decode, false),
        Cause::Redirect(..) => (FailureKind::Redirect, false),
        Cause::InvalidRequest => (FailureKind::Internal, false),
    }
}

/// `404 Not Found`
fn status_name(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// What an answer says about its media type, to follow "the answer".
pub(crate) fn media_type_words(media_type: Option<&MediaType>) -> String {
    match media_type {
        Some(media_type) => format!("is `{}`", media_type.essence()),
        None => "names no media type".to_owned(),
    }
}

/// Why there was no text, as far as one line can say; what was seen stands beside it. In `matched`
/// events a text was found, which was empty.
fn no_text_words(matched: u64, seen: &NoText) -> &'static str {
    if matched > 0 {
        "no text was found: only empty text came"
    } else if seen.passed == 0 {
        "no text was found: no event passed `stream_event_filter`"
    } else if seen.matched == 0 {
        "no text was found: `stream_output_path` finds nothing in any event"
    } else {
        "no text was found: `stream_output_path` finds values, and no text among them"
    }
}
