//! What an attempt amounts to, once its answer and whatever interrupted it are known.

use std::time::Duration;

use fluxloop_aggregate::{
    Aggregate, AnswerFault, AnswerResult, BodyEnd, ChunkGaps, Progress, Proof, Verdict,
};
use fluxloop_explain::{Reason, Scene};
use fluxloop_http::Cause;
use fluxloop_trace::{
    AttemptTimings, ChunkGap, Clock, Completeness, GuardKind, Phase, WarningCode,
};
use tokio::time::Instant;

use super::{Attempt, Interruption, Task};
use crate::deadlines::Expired;
use crate::failure::Fault;
use crate::panics::called;
use crate::watch::Cut;

/// How an attempt ended.
#[derive(Debug)]
pub(crate) enum AttemptEnd {
    Succeeded,
    Failed(Box<Fault>),
    Stopped(GuardKind),
    Interrupted,
}

impl AttemptEnd {
    /// For the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed(fault) => fault.kind.name(),
            Self::Stopped(guard) => guard.name(),
            Self::Interrupted => "interrupted",
        }
    }
}

/// What came of an attempt, not yet masked.
#[derive(Debug)]
pub(crate) struct AttemptResult {
    pub(crate) end: AttemptEnd,
    pub(crate) started: Instant,
    pub(crate) ended: Instant,
    pub(crate) waited: Duration,
    pub(crate) phase: Phase,
    pub(crate) status: Option<u16>,
    pub(crate) resend: bool,
    pub(crate) redirects: u8,
    pub(crate) timings: AttemptTimings,
    pub(crate) chunk_gap: Option<ChunkGap>,
    /// The most frames that one read brought.
    pub(crate) most_in_a_read: u64,
    pub(crate) bytes: u64,
    pub(crate) completeness: Completeness,
    /// What concerns the transport and a careful reader should know.
    pub(crate) warnings: Vec<(WarningCode, String)>,
    /// The text and what was seen; `None` when no body was read.
    pub(crate) answer: Option<Aggregate>,
}

impl AttemptResult {
    /// Whether what it has for a text was not cut anywhere.
    pub(crate) fn has_whole_text(&self) -> bool {
        let answer = self.answer.as_ref().filter(|_| matches!(self.end, AttemptEnd::Succeeded));
        answer.is_some_and(Aggregate::is_whole)
    }
}

impl Attempt<'_> {
    /// Puts the result of the attempt together.
    pub(super) fn close(
        mut self,
        how: BodyEnd,
        interruption: Option<Interruption>,
    ) -> AttemptResult {
        let now = Instant::now();
        let since_start = now.saturating_duration_since(self.started);
        let answered = self.answer.take().map(|answer| called(|| answer.end(how, since_start)));
        let (answered, interruption) = match answered.transpose() {
            Ok(answered) => (answered, interruption),
            Err(panic) => (None, Some(Interruption::Panic(panic))),
        };
        let phase = self.phase(answered.as_ref(), interruption.as_ref());
        let AnswerResult { verdict, proof, times, gaps, most_in_a_read, bytes, content, .. } =
            answered.unwrap_or_default();
        let end = match verdict {
            Verdict::Succeeded => AttemptEnd::Succeeded,
            Verdict::LimitReached => AttemptEnd::Stopped(GuardKind::OutputCharLimit),
            Verdict::Failed(fault) => self.fail(Reason::Answer(fault), phase),
            Verdict::Cut => self.cut(interruption, phase),
        };
        if content.as_ref().is_some_and(|content| content.shows_end) {
            self.task.shared.note_shown_end();
        }
        let ended = times.complete.map_or(now, |complete| self.started + complete);
        let status = match &end {
            AttemptEnd::Failed(fault) => fault.status,
            _ => self.status,
        };
        AttemptResult {
            end,
            started: self.started,
            ended,
            waited: self.task.waited,
            phase,
            status,
            resend: self.sending.resent(),
            redirects: self.sending.redirects(),
            timings: AttemptTimings {
                connect_ms: self.sending.connect_time().map(Into::into),
                headers_ms: self.headers.map(|at| (at - self.started).into()),
                first_byte_ms: times.first_byte.map(Into::into),
                first_event_ms: times.first_frame.map(Into::into),
                first_output_ms: times.first_text.map(Into::into),
                first_token_ms: times.first_text.map(Into::into),
                last_token_ms: times.last_text.map(Into::into),
                total_ms: (ended - self.started).into(),
            },
            chunk_gap: gaps.map(chunk_gap),
            most_in_a_read,
            bytes,
            completeness: match proof {
                Proof::Done => Completeness::Done,
                Proof::Framed => Completeness::Framed,
                Proof::Nothing => Completeness::Unverified,
            },
            warnings: self.warnings(ended),
            answer: content,
        }
    }

    /// How far the attempt came.
    fn phase(&self, answered: Option<&AnswerResult>, interruption: Option<&Interruption>) -> Phase {
        let sending = match (answered, interruption) {
            (None, Some(Interruption::Request(error))) => error.phase(),
            (None, _) => self.sending.phase(),
            (Some(_), _) => fluxloop_http::Phase::Body,
        };
        match (sending, answered.map(|answered| answered.progress)) {
            (fluxloop_http::Phase::Connect, _) => Phase::Connect,
            (fluxloop_http::Phase::Sent, _) => Phase::Sent,
            (_, Some(Progress::Complete)) => Phase::Complete,
            (_, None) => Phase::Status,
            _ if self.is_only_shown => Phase::Status,
            (_, Some(Progress::Waiting)) => Phase::BeforeText,
            (_, Some(Progress::Text)) => Phase::AfterText,
        }
    }

    fn warnings(&self, ended: Instant) -> Vec<(WarningCode, String)> {
        let stood = self.standstill.until(ended).as_secs_f64();
        let warning = (stood > 0.0).then(|| {
            let words = format!(
                "this process stood still for {stood:.1} s, which the times of this attempt include"
            );
            (WarningCode::Standstill, words)
        });
        warning.into_iter().collect()
    }

    fn fail(&self, reason: Reason, phase: Phase) -> AttemptEnd {
        let Task { shared, request, .. } = self.task;
        let is_refused = matches!(reason, Reason::Answer(AnswerFault::Status { .. }));
        let retried = &shared.plan.retry.status_codes;
        let scene = Scene {
            proxied: shared.endpoint.is_proxied(&request.url),
            version: shared.plan.connection.http_version,
            phase,
            status: self.status,
            media_type: self.media_type.as_deref(),
            is_status_retried: self.status.is_some_and(|status| retried.contains(&status)),
            is_end_known: shared.is_end_known(),
            ..Scene::new(&request.url)
        };
        let retry_after = self.retry_after.filter(|_| is_refused);
        AttemptEnd::Failed(Box::new(Fault { retry_after, ..Fault::new(reason, &scene) }))
    }

    /// The end of an attempt whose answer does not decide it.
    fn cut(&self, interruption: Option<Interruption>, phase: Phase) -> AttemptEnd {
        match interruption {
            None | Some(Interruption::Cut(Cut::Ending)) => AttemptEnd::Interrupted,
            Some(Interruption::Cut(Cut::Expired(Expired::MaxDuration))) => {
                AttemptEnd::Stopped(GuardKind::MaxDuration)
            }
            Some(Interruption::Cut(Cut::Expired(Expired::Clock(clock)))) => {
                self.fail(self.expired(clock), phase)
            }
            Some(Interruption::Request(error)) if error.cause() == Cause::ConnectTimeout => {
                self.fail(self.expired(Clock::Connect), phase)
            }
            Some(Interruption::Request(error)) => self.fail(Reason::Request(error), phase),
            Some(Interruption::Panic(panic)) => self.fail(panic.into_reason(), phase),
        }
    }

    fn expired(&self, clock: Clock) -> Reason {
        let clocks = &self.task.shared.plan.clocks;
        let limit = match clock {
            Clock::Attempt => clocks.attempt,
            Clock::Connect => clocks.connect,
            Clock::Idle => clocks.idle.unwrap_or_default(),
            Clock::Event => clocks.event.unwrap_or_default(),
        };
        Reason::Clock { clock, limit }
    }
}

fn chunk_gap(gaps: ChunkGaps) -> ChunkGap {
    ChunkGap { p50: gaps.p50.into(), p95: gaps.p95.into(), max: gaps.max.into() }
}
