//! What went wrong, raw: the kind of a failure, and whether trying again may help.

use std::time::Duration;

use fluxloop_aggregate::{AnswerFault, ApiErrorClass, NoText};
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
    /// The message may quote text that was cut inside a secret, so nothing is put after it.
    pub(crate) words: Words,
    /// Why nothing follows, in our own words.
    pub(crate) note: String,
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<Duration>,
    /// Whether trying again may help; the retry policy has a say in it, too.
    pub(crate) transient: bool,
    pub(crate) reason: Reason,
}

impl Fault {
    /// Judges a reason, and puts it into words.
    pub(crate) fn new(reason: Reason, scene: &Scene<'_>) -> Self {
        let (kind, transient) = judge(&reason, scene);
        let redirect = match &reason {
            Reason::Request(error) => match error.cause() {
                Cause::Redirect(status, _) => Some(status.as_u16()),
                _ => None,
            },
            _ => None,
        };
        Self {
            kind,
            phase: scene.phase,
            words: words(&reason, scene),
            note: String::new(),
            status: redirect.or(scene.status),
            retry_after: None,
            transient,
            reason,
        }
    }

    /// The clock that ran out.
    pub(crate) fn clock(&self) -> Option<Clock> {
        match &self.reason {
            Reason::Clock { clock, .. } => Some(*clock),
            Reason::Request(error) if error.cause() == Cause::ConnectTimeout => {
                Some(Clock::Connect)
            }
            _ => None,
        }
    }

    /// The beginning of the body, or of the frame that cannot be read.
    pub(crate) fn body(&self) -> Option<&str> {
        let Reason::Answer(fault) = &self.reason else { return None };
        let body = match fault {
            AnswerFault::Status { body, .. }
            | AnswerFault::MediaType { body }
            | AnswerFault::NotADocument { body }
            | AnswerFault::NoFrames { body } => Some(body),
            AnswerFault::Malformed(malformed) => Some(&malformed.data),
            AnswerFault::Reported { body, .. } => body.as_ref(),
            AnswerFault::NoText { output_path: Some(_), seen, .. } => seen.sample.as_ref(),
            _ => None,
        };
        body.map(String::as_str).filter(|body| !body.is_empty())
    }

    /// The provider's name for the error.
    pub(crate) fn api_type(&self) -> Option<&str> {
        let error = match &self.reason {
            Reason::Answer(AnswerFault::Status { error, .. }) => error.as_ref(),
            Reason::Answer(
                AnswerFault::Reported { error, .. } | AnswerFault::Withheld { error },
            ) => Some(error),
            _ => None,
        };
        error?.error_type.as_deref()
    }

    /// What was seen instead of text.
    pub(crate) fn seen(&self) -> Option<&NoText> {
        match &self.reason {
            Reason::Answer(AnswerFault::NoText { output_path: None, seen, .. }) => Some(seen),
            _ => None,
        }
    }

    /// Says why nothing follows.
    pub(crate) fn give_up(&mut self, why: &GaveUp) {
        let (note, hint) = explain::gave_up(why, self.clock(), LONGEST_RETRY_AFTER);
        self.note += &note;
        if let Some(hint) = hint {
            self.words.hint = Some(hint.to_owned());
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

/// The kind of failure that an answer is.
pub fn answer_failure_kind(fault: &AnswerFault, scene: &Scene<'_>) -> FailureKind {
    of_answer(fault, scene).0
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
        AnswerFault::Withheld { .. } => (FailureKind::Withheld, false),
        AnswerFault::Cancelled => (FailureKind::Cancelled, false),
        AnswerFault::MediaType { .. } | AnswerFault::NotADocument { .. } => {
            (FailureKind::ContentType, false)
        }
        AnswerFault::Malformed(_) => (FailureKind::MalformedEvent, false),
        AnswerFault::Frame(FrameError::TooLarge { .. }) | AnswerFault::TooLarge { .. } => {
            (FailureKind::TooLarge, false)
        }
        AnswerFault::Frame(FrameError::Framing(_)) => (FailureKind::Protocol, false),
        // Where nothing broke, the next answer would end alike; and a server that never sends its
        // end is not asked again for each of its answers.
        AnswerFault::NoEnd { name, stopped_by } => {
            let is_known = name.is_none() || scene.is_end_known;
            (FailureKind::Incomplete, is_known && stopped_by.is_none())
        }
        AnswerFault::Integrity(_) => (FailureKind::Incomplete, true),
        AnswerFault::NoBody | AnswerFault::NoFrames { .. } | AnswerFault::NoText { .. } => {
            (FailureKind::NoText, false)
        }
    }
}
