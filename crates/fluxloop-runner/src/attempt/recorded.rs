//! Judges an attempt again that was recorded.

use std::time::Duration;

use fluxloop_aggregate::{BodyEnd, Head, Step};
use fluxloop_explain::{Reason, Words};
use fluxloop_plan::Plan;
use fluxloop_recording::{LiveClocks, RecordedAttempt, RecordedEnd};
use fluxloop_trace::{self as trace, Clock, FailureKind, Phase};
use tokio::time::Instant;

use super::end::Ending;
use super::observed::{Begun, Observed, Sent};
use super::{AttemptResult, DRAIN_BYTES, Interruption, nanos};
use crate::deadlines::Expired;
use crate::failure::Fault;
use crate::shared::Shared;
use crate::watch::Cut;

/// How an attempt failed when it was recorded, as its record says: what the network did stays as it
/// was.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) kind: FailureKind,
    pub(crate) phase: Phase,
    message: String,
    hint: Option<String>,
    status: Option<u16>,
    clock: Option<Clock>,
}

impl Recorded {
    /// As the records say: that of the attempt, and, if it was the last one, that of the case.
    pub(crate) fn of(attempt: &trace::Attempt, failure: Option<&trace::Failure>) -> Self {
        let text = |masked: &fluxloop_redact::Masked| masked.as_str().to_owned();
        Self {
            kind: attempt.cause.unwrap_or(FailureKind::Internal),
            phase: attempt.phase,
            message: attempt.message.as_ref().map(text).unwrap_or_default(),
            hint: failure.map(|failure| text(&failure.hint)),
            status: attempt.status,
            clock: failure.and_then(|failure| failure.clock),
        }
    }

    /// The same fault, in an answer that came this far by the rules of today.
    pub(super) fn fault(&self, phase: Phase) -> Fault {
        let words = Words { message: self.message.clone(), hint: self.hint.clone() };
        let reason = Reason::Recorded { kind: self.kind, clock: self.clock };
        Fault::recorded(reason, words, phase, self.status)
    }
}

/// How an exchange ended, for its recording.
pub(super) fn end_of(how: BodyEnd, interruption: Option<&Interruption>) -> RecordedEnd {
    match (interruption, how) {
        (None, BodyEnd::Clean { .. }) => RecordedEnd::Clean,
        (None, _) => RecordedEnd::Enough,
        (Some(Interruption::Cut(Cut::Expired(Expired::Clock(_)))), _) => RecordedEnd::Late,
        (Some(Interruption::Cut(Cut::Expired(Expired::MaxDuration))), _) => RecordedEnd::Stopped,
        (Some(_), _) => RecordedEnd::Broken,
    }
}

/// The clocks of an attempt, for its recording.
pub(super) fn clocks(plan: &Plan) -> LiveClocks {
    let Plan { clocks, guards, .. } = plan;
    LiveClocks {
        attempt: Some(nanos(clocks.attempt)),
        idle: clocks.idle.map(nanos),
        event: clocks.event.map(nanos),
        guard: guards.max_duration.map(nanos),
    }
}

/// Judges a recorded attempt by the rules of a plan. `guard` is when the case's time is over;
/// `recorded` is how it failed.
pub(crate) fn replay(
    shared: &Shared,
    attempt: &RecordedAttempt,
    started: Instant,
    guard: Option<Instant>,
    failed: Recorded,
) -> AttemptResult {
    let facts = attempt.facts();
    let mut seen = Observed::start(shared, &shared.plan.request.url, started, guard);
    seen.is_from_proxy = facts.is_from_proxy;
    // Under the clocks of the recording, what came in time then is in time now.
    let is_timed = clocks(&shared.plan) != facts.clocks;
    let mut player = Player { started, is_timed, seen, ended: None };
    let how = player.play(attempt, failed);
    let Player { seen, ended, .. } = player;
    let now = ended.unwrap_or(started + Duration::from_nanos(facts.ended));
    let (how, interruption) = match how {
        Ok(how) => (how, None),
        Err(interruption) => (interruption.body_end(), Some(interruption)),
    };
    let waited = Duration::from_nanos(facts.waited);
    let sent = Sent::recorded(facts);
    seen.close(Ending { how, interruption, now, sent, waited, standstill: None })
}

/// When the text of a recorded attempt arrived, by the rules of a plan: after each piece of the body
/// that changed it, nanoseconds since the attempt began, and the length of the text in units of
/// UTF-16.
pub(crate) fn arrivals(shared: &Shared, attempt: &RecordedAttempt) -> Vec<(u64, u64)> {
    let started = shared.clock.started();
    let mut seen = Observed::start(shared, &shared.plan.request.url, started, None);
    let Some(head) = attempt.head() else { return Vec::new() };
    seen.begin_answer(
        Begun {
            head: Head {
                status: head.status,
                media_type: head.media_type.clone(),
                charset: head.charset.clone(),
            },
            waits: [None; 2],
            is_from_proxy: attempt.facts().is_from_proxy,
        },
        started + Duration::from_nanos(head.at),
    );
    let mut arrivals = Vec::new();
    let (mut bytes, mut length, mut rewrites) = (0, 0, 0);
    for (at, chunk) in attempt.chunks() {
        let (step, _) = seen.take(chunk, started + Duration::from_nanos(at));
        let Some(answer) = &seen.answer else { break };
        let text = answer.text();
        if answer.rewrites() != rewrites {
            (bytes, length, rewrites) = (0, 0, answer.rewrites());
        }
        let more = text.get(bytes..).map_or(0, |more| more.encode_utf16().count() as u64);
        let is_new = more > 0 || arrivals.last().is_some_and(|&(_, before)| before > length);
        (bytes, length) = (text.len(), length + more);
        if is_new {
            arrivals.push((at, length));
        }
        if step != Step::More {
            break;
        }
    }
    arrivals
}

/// Plays a recorded attempt.
struct Player<'a> {
    started: Instant,
    /// Whether its clocks are others than those of the recording.
    is_timed: bool,
    seen: Observed<'a>,
    /// When it ended by the rules of today, if that is before the recording does.
    ended: Option<Instant>,
}

impl Player<'_> {
    fn at(&self, after: u64) -> Instant {
        self.started + Duration::from_nanos(after)
    }

    fn play(
        &mut self,
        attempt: &RecordedAttempt,
        failed: Recorded,
    ) -> Result<BodyEnd, Interruption> {
        let facts = attempt.facts();
        if let Some(head) = attempt.head() {
            let at = self.at(head.at);
            self.in_time(at)?;
            let answered = Head {
                status: head.status,
                media_type: head.media_type.clone(),
                charset: head.charset.clone(),
            };
            let waits = head.waits.map(|wait| wait.map(Duration::from_nanos));
            let is_from_proxy = facts.is_from_proxy;
            self.seen.begin_answer(Begun { head: answered, waits, is_from_proxy }, at);
            if let Some(how) = self.body(attempt)? {
                return Ok(how);
            }
        }
        let ended = self.at(facts.ended);
        match facts.end {
            RecordedEnd::Clean => {
                let proved = attempt.head().is_some_and(|head| head.proves_end);
                Ok(BodyEnd::Clean { proved })
            }
            // What is only shown may have been given up at any time.
            RecordedEnd::Enough if self.seen.is_only_shown => Ok(BodyEnd::Enough),
            RecordedEnd::Broken => Err(Interruption::Recorded(Box::new(failed))),
            RecordedEnd::Stopped if !self.is_timed => {
                Err(Interruption::Cut(Cut::Expired(Expired::MaxDuration)))
            }
            RecordedEnd::Enough | RecordedEnd::Late | RecordedEnd::Stopped => {
                self.in_time(ended)?;
                match self.seen.deadlines.expired(ended) {
                    Some(expired) => Err(Interruption::Cut(Cut::Expired(expired))),
                    // A clock of the request, such as that of the connection.
                    None if attempt.head().is_none() && !self.is_timed => {
                        Err(Interruption::Recorded(Box::new(failed)))
                    }
                    None => Err(Interruption::NotRecorded),
                }
            }
        }
    }

    /// Feeds the body, until the answer is complete.
    fn body(&mut self, attempt: &RecordedAttempt) -> Result<Option<BodyEnd>, Interruption> {
        let mut chunks = attempt.chunks();
        while let Some((after, bytes)) = chunks.next() {
            let at = self.at(after);
            self.in_time(at)?;
            match self.seen.take(bytes, at).0 {
                Step::More => {}
                Step::Enough => return Ok(Some(BodyEnd::Enough)),
                Step::Complete => {
                    let mut left = DRAIN_BYTES;
                    for (after, bytes) in chunks {
                        left = left.saturating_sub(bytes.len());
                        let at = self.at(after);
                        if self.seen.take_rest(bytes, at) == Step::Enough || left == 0 {
                            break;
                        }
                    }
                    return Ok(Some(BodyEnd::Enough));
                }
            }
        }
        Ok(None)
    }

    /// Whether no clock of today had run out by then.
    fn in_time(&mut self, at: Instant) -> Result<(), Interruption> {
        let expired = self.seen.deadlines.expired(at).filter(|_| self.is_timed);
        expired.map_or(Ok(()), |expired| {
            self.ended = Some(self.seen.deadlines.next());
            Err(Interruption::Cut(Cut::Expired(expired)))
        })
    }
}
