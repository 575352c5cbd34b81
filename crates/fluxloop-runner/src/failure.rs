//! What went wrong, raw: the kind of a failure, and whether trying again may help.

use std::time::Duration;

use fluxloop_aggregate::{AggregateError, AnswerFault, ApiErrorClass, NoText};
use fluxloop_explain::{self as explain, Reason, Scene, Words, words};
use fluxloop_frames::FrameError;
use fluxloop_http::{Cause, ProxyFault};
use fluxloop_trace::{Clock, FailureKind, GaveUp, Phase};

use crate::gate::LONGEST_RETRY_AFTER;

/// What went wrong in an attempt, not yet masked.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FailureKind,
    pub(crate) phase: Phase,
    /// What happened. It may quote text that was cut inside a secret, so nothing is put after it.
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
    /// Whether trying again may help; the retry policy has a say in it, too.
    pub(crate) transient: bool,
}

impl Fault {
    /// Judges a reason, and puts it into words.
    pub(crate) fn new(reason: Reason, scene: &Scene<'_>) -> Self {
        let (kind, transient) = judge(&reason, scene);
        let Words { message, hint } = words(&reason, scene);
        let fault = Self {
            kind,
            transient,
            phase: scene.phase,
            message,
            note: String::new(),
            hint,
            status: scene.status,
            clock: None,
            body: None,
            retry_after: None,
            api_type: None,
            seen: None,
        };
        match reason {
            Reason::Clock { clock, .. } => Self { clock: Some(clock), ..fault },
            Reason::Request(error) => match error.cause() {
                Cause::ConnectTimeout => Self { clock: Some(Clock::Connect), ..fault },
                Cause::Redirect(status, _) => Self { status: Some(status.as_u16()), ..fault },
                _ => fault,
            },
            Reason::Answer(answer) => fault.with_evidence(answer),
            Reason::Template(_) | Reason::Panic(_) => fault,
        }
    }

    /// Keeps what an answer leaves behind: the beginning of its body, the provider's name for the
    /// error, what was seen instead of text.
    fn with_evidence(self, answer: AnswerFault) -> Self {
        match answer {
            AnswerFault::Status { error, body } => {
                let api_type = error.and_then(|error| error.error_type);
                Self { api_type, ..self }.with_body(body)
            }
            AnswerFault::Reported { error, body } => {
                Self { api_type: error.error_type, ..self }.with_body(body.unwrap_or_default())
            }
            AnswerFault::MediaType { body } | AnswerFault::NoEvents { body } => {
                self.with_body(body)
            }
            AnswerFault::Unreadable(error) => match error {
                AggregateError::MalformedEvent { data, .. }
                | AggregateError::MalformedBody { data, .. }
                | AggregateError::OtherMediaType { data, .. } => self.with_body(data),
                AggregateError::Api(_) | AggregateError::NoOutput { .. } => self,
            },
            AnswerFault::NoText { seen, .. } => Self { seen: Some(*seen), ..self },
            AnswerFault::NoOutput { seen, .. } => self.with_body(seen.sample.unwrap_or_default()),
            AnswerFault::NoBody
            | AnswerFault::Frame(_)
            | AnswerFault::TooLarge { .. }
            | AnswerFault::NoEnd { .. } => self,
        }
    }

    fn with_body(self, body: String) -> Self {
        Self { body: (!body.is_empty()).then_some(body), ..self }
    }

    /// Says why nothing follows.
    pub(crate) fn give_up(&mut self, why: &GaveUp) {
        let (note, hint) = explain::gave_up(why, self.clock, LONGEST_RETRY_AFTER);
        self.note += &note;
        if let Some(hint) = hint {
            self.hint = Some(hint.to_owned());
        }
    }
}

/// The kind, and whether trying again may help.
fn judge(reason: &Reason, scene: &Scene<'_>) -> (FailureKind, bool) {
    match reason {
        Reason::Template(_) => (FailureKind::Template, false),
        Reason::Request(error) => of_exchange(error.cause()),
        Reason::Clock { .. } => (FailureKind::Timeout, true),
        Reason::Answer(fault) => of_answer(fault, scene),
        Reason::Panic(_) => (FailureKind::Internal, false),
    }
}

fn of_exchange(cause: Cause) -> (FailureKind, bool) {
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

fn of_answer(fault: &AnswerFault, scene: &Scene<'_>) -> (FailureKind, bool) {
    match fault {
        AnswerFault::Status { error, .. } => {
            let is_quota = error.as_ref().is_some_and(|it| it.class == ApiErrorClass::Quota);
            let is_rate_limit = scene.status == Some(429);
            let kind = if is_rate_limit { FailureKind::RateLimited } else { FailureKind::Status };
            (kind, !is_quota)
        }
        AnswerFault::Reported { error, .. } => (FailureKind::ApiError, error.is_transient()),
        AnswerFault::MediaType { .. } => (FailureKind::ContentType, false),
        AnswerFault::Unreadable(error) => (of_unreadable(error), false),
        AnswerFault::Frame(FrameError::TooLarge { .. }) | AnswerFault::TooLarge { .. } => {
            (FailureKind::TooLarge, false)
        }
        AnswerFault::Frame(FrameError::Framing(_)) => (FailureKind::Protocol, false),
        // Where nothing broke, the next answer would end alike; and a server that never sends its
        // end is not asked again for each of its answers.
        AnswerFault::NoEnd { protocol, was_stopped } => {
            let transient = if protocol.is_some() { scene.is_end_known } else { !was_stopped };
            (FailureKind::Incomplete, transient)
        }
        AnswerFault::NoBody
        | AnswerFault::NoEvents { .. }
        | AnswerFault::NoText { .. }
        | AnswerFault::NoOutput { .. } => (FailureKind::NoText, false),
    }
}

fn of_unreadable(error: &AggregateError) -> FailureKind {
    match error {
        AggregateError::Api(_) => FailureKind::ApiError,
        AggregateError::MalformedEvent { .. } | AggregateError::MalformedBody { .. } => {
            FailureKind::MalformedEvent
        }
        AggregateError::OtherMediaType { .. } => FailureKind::ContentType,
        AggregateError::NoOutput { .. } => FailureKind::NoText,
    }
}
