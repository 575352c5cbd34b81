//! What went wrong, raw: the kind of a failure, and whether trying again may help.

use std::time::{Duration, SystemTime};

use fluxloop_aggregate::{AnswerFault, ApiError, ApiErrorClass, NoText};
use fluxloop_explain::{self as explain, ProxyRole, Reason, Scene, Words, is_broken_json, words};
use fluxloop_frames::FrameError;
use fluxloop_http::{Cause, ProxyFault, asked_wait, wait_in_words};
use fluxloop_trace::{Clock, FailureKind, GaveUp, Phase, WaitSource};

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
    /// How long the server asks to wait, and where it asks.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) retry_after_from: Option<WaitSource>,
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
            retry_after_from: None,
            transient,
            reason,
        }
    }

    /// A fault that was recorded: what it says stays as it was.
    pub(crate) fn recorded(
        reason: Reason,
        words: Words,
        phase: Phase,
        status: Option<u16>,
    ) -> Self {
        let kind = match reason {
            Reason::Recorded { kind, .. } => kind,
            _ => FailureKind::Internal,
        };
        Self {
            kind,
            phase,
            words,
            note: String::new(),
            status,
            retry_after: None,
            retry_after_from: None,
            transient: false,
            reason,
        }
    }

    /// Whether its words are those of a record.
    pub(crate) fn is_recorded(&self) -> bool {
        matches!(self.reason, Reason::Recorded { .. })
    }

    /// The clock that ran out.
    pub(crate) fn clock(&self) -> Option<Clock> {
        match &self.reason {
            Reason::Clock { clock, .. } => Some(*clock),
            Reason::Recorded { clock, .. } => *clock,
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

    /// The error that the provider reports.
    fn error(&self) -> Option<&ApiError> {
        match &self.reason {
            Reason::Answer(AnswerFault::Status { error, .. }) => error.as_ref(),
            Reason::Answer(
                AnswerFault::Reported { error, .. } | AnswerFault::Withheld { error },
            ) => Some(error),
            _ => None,
        }
    }

    /// The provider's name for the error.
    pub(crate) fn api_type(&self) -> Option<&str> {
        self.error()?.error_type.as_deref()
    }

    /// Notes how long the server asks to wait: the first source that says it counts. `header` and
    /// `reset` are what the head says.
    pub(crate) fn waits(self, [header, reset]: [Option<Duration>; 2], now: SystemTime) -> Self {
        let error = self.error();
        let is_refusal = matches!(self.reason, Reason::Answer(AnswerFault::Status { .. }));
        let in_body = error.and_then(|it| asked_wait(it.retry_after.as_deref()?, now));
        let message = error.and_then(|it| wait_in_words(&it.message, now));
        let sources = [
            (WaitSource::Rule, in_body.filter(|_| !is_refusal)),
            (WaitSource::Header, header.filter(|_| is_refusal)),
            (WaitSource::Body, in_body),
            (WaitSource::Reset, reset.filter(|_| is_refusal)),
            (WaitSource::Message, message),
        ];
        let first = sources.into_iter().find_map(|(from, wait)| Some((from, wait?)));
        let (retry_after_from, retry_after) = first.unzip();
        Self { retry_after, retry_after_from, ..self }
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
        Reason::Recorded { kind, .. } => (*kind, false),
        Reason::NotRecorded => (FailureKind::NotRecorded, false),
    }
}

fn of_exchange(cause: Cause) -> (FailureKind, bool) {
    match cause {
        Cause::Dns => (FailureKind::Dns, true),
        Cause::Connect(_) => (FailureKind::Connect, true),
        Cause::ConnectTimeout => (FailureKind::Timeout, true),
        Cause::Tls(_) => (FailureKind::Tls, false),
        Cause::Proxy(ProxyFault::Credentials) => (FailureKind::Proxy, false),
        Cause::Proxy(ProxyFault::Socks(fault)) => (FailureKind::Proxy, fault.may_pass()),
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
            match scene.status {
                Some(429) => (FailureKind::RateLimited, !is_quota),
                Some(407) => (FailureKind::Proxy, false),
                _ if scene.proxy == ProxyRole::Answering => {
                    (FailureKind::Proxy, scene.is_status_retried)
                }
                _ => (FailureKind::Status, !is_quota),
            }
        }
        AnswerFault::Reported { error, .. } => (FailureKind::ApiError, error.is_transient()),
        AnswerFault::Withheld { .. } => (FailureKind::Withheld, false),
        AnswerFault::Cancelled => (FailureKind::Cancelled, false),
        AnswerFault::MediaType { .. } | AnswerFault::NotADocument { .. } => {
            (FailureKind::ContentType, false)
        }
        AnswerFault::Malformed(malformed) => {
            (FailureKind::MalformedEvent, is_broken_json(malformed))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn error(message: &str, retry_after: Option<&str>) -> ApiError {
        ApiError {
            error_type: None,
            message: message.to_owned(),
            class: ApiErrorClass::RateLimited,
            retry_after: retry_after.map(str::to_owned),
        }
    }

    /// Where a failed answer asks to wait, when its head asks for these seconds.
    #[track_caller]
    fn check(fault: AnswerFault, head: [Option<u32>; 2], expected: Option<(u32, WaitSource)>) {
        let url = "http://localhost".parse().expect("it is a URL");
        let fault = Fault::new(Reason::Answer(fault), &Scene::new(&url));
        let head = head.map(|seconds| seconds.map(|seconds| seconds * SECOND));
        let fault = fault.waits(head, SystemTime::UNIX_EPOCH);
        let expected = expected.map(|(seconds, from)| (seconds * SECOND, from));
        assert_eq!(fault.retry_after.zip(fault.retry_after_from), expected);
    }

    #[test]
    fn the_first_source_of_a_wait_counts() {
        use WaitSource::{Body, Header, Message, Reset, Rule};
        let refused = |message, wait| AnswerFault::Status {
            error: Some(error(message, wait)),
            body: String::new(),
        };
        let words = "try again in 4s";
        check(refused(words, Some("3s")), [Some(1), Some(2)], Some((1, Header)));
        check(refused(words, Some("3s")), [None, Some(2)], Some((3, Body)));
        check(refused(words, Some("soon")), [None, Some(2)], Some((2, Reset)));
        check(refused(words, None), [None, None], Some((4, Message)));
        check(refused("no", None), [None, None], None);
        let reported =
            |wait| AnswerFault::Reported { error: error(words, wait), body: None, is_ruled: true };
        check(reported(Some("3s")), [Some(1), Some(2)], Some((3, Rule)));
        check(reported(None), [Some(1), Some(2)], Some((4, Message)));
    }
}
