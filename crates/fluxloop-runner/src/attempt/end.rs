//! What an attempt amounts to, once its answer and whatever interrupted it are known.

use std::time::{Duration, SystemTime};

use fluxloop_aggregate::{AnswerResult, BodyEnd, Content, Progress, Verdict};
use fluxloop_explain::{ProxyRole, Reason, Scene};
use fluxloop_http::Cause;
use fluxloop_trace::{Clock, GuardKind, Phase, WarningCode};
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
    /// How long it took to connect, where a connection was opened.
    pub(crate) connect: Option<Duration>,
    /// When the head of the answer came, since it started.
    pub(crate) headers: Option<Duration>,
    /// What concerns the transport and a careful reader should know.
    pub(crate) warnings: Vec<(WarningCode, String)>,
    /// What came of the answer.
    pub(crate) answer: AnswerResult,
}

impl AttemptResult {
    /// The text and what was seen; `None` when no body was read.
    pub(crate) fn content(&self) -> Option<&Content> {
        self.answer.content.as_ref()
    }

    /// Whether what it has for a text was not cut anywhere.
    pub(crate) fn has_whole_text(&self) -> bool {
        let content = self.content().filter(|_| matches!(self.end, AttemptEnd::Succeeded));
        content.is_some_and(Content::is_whole)
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
        let mut answer = answered.unwrap_or_default();
        let end = match std::mem::take(&mut answer.verdict) {
            Verdict::Succeeded => AttemptEnd::Succeeded,
            Verdict::LimitReached => AttemptEnd::Stopped(GuardKind::OutputCharLimit),
            Verdict::Failed(fault) => {
                self.fail(Reason::Answer(fault), phase, answer.content.as_ref())
            }
            Verdict::Cut => self.cut(interruption, phase),
        };
        if answer.content.as_ref().is_some_and(|content| content.shows_end) {
            self.task.shared.note_shown_end();
        }
        if let Some(content) = &answer.content {
            self.task.shared.note_used_rules(&content.used_rules);
        }
        let ended = answer.times.complete.map_or(now, |complete| self.started + complete);
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
            connect: self.sending.connect_time(),
            headers: self.headers.map(|at| at - self.started),
            warnings: self.warnings(ended),
            answer,
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

    fn fail(&self, reason: Reason, phase: Phase, content: Option<&Content>) -> AttemptEnd {
        let Task { shared, request, .. } = self.task;
        let retried = &shared.plan.retry.status_codes;
        let proxy = match (shared.endpoint.is_proxied(), self.is_from_proxy) {
            // Only a proxy asks for its own credentials, whether we know of it or not.
            (false, true) if self.status == Some(407) => ProxyRole::Answering,
            (false, _) => ProxyRole::Absent,
            (true, false) => ProxyRole::Between,
            (true, true) => ProxyRole::Answering,
        };
        let scene = Scene {
            proxy,
            became_get: self.sending.became_get(),
            version: shared.plan.connection.http_version,
            phase,
            status: self.status,
            media_type: self.media_type.as_deref(),
            stream: shared.plan.response.stream,
            text_by: shared.plan.response.text_by,
            refusal: content
                .map(|content| content.refusal.text.as_str())
                .filter(|it| !it.is_empty()),
            is_status_retried: self.status.is_some_and(|status| retried.contains(&status)),
            is_end_known: shared.is_end_known(),
            ..Scene::new(&request.url)
        };
        let fault = Fault::new(reason, &scene).waits(self.waits, SystemTime::now());
        AttemptEnd::Failed(Box::new(fault))
    }

    /// The end of an attempt whose answer does not decide it.
    fn cut(&self, interruption: Option<Interruption>, phase: Phase) -> AttemptEnd {
        match interruption {
            None | Some(Interruption::Cut(Cut::Ending)) => AttemptEnd::Interrupted,
            Some(Interruption::Cut(Cut::Expired(Expired::MaxDuration))) => {
                AttemptEnd::Stopped(GuardKind::MaxDuration)
            }
            Some(Interruption::Cut(Cut::Expired(Expired::Clock(clock)))) => {
                self.fail(self.expired(clock), phase, None)
            }
            Some(Interruption::Request(error)) if error.cause() == Cause::ConnectTimeout => {
                self.fail(self.expired(Clock::Connect), phase, None)
            }
            Some(Interruption::Request(error)) => self.fail(Reason::Request(error), phase, None),
            Some(Interruption::Panic(panic)) => self.fail(panic.into_reason(), phase, None),
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
