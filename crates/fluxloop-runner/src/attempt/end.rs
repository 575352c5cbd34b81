//! What an attempt amounts to, once its answer and whatever interrupted it are known.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use fluxloop_aggregate::{AnswerResult, BodyEnd, Content, Progress, Verdict};
use fluxloop_explain::{ProxyRole, Reason, Scene};
use fluxloop_http::Cause;
use fluxloop_trace::{Clock, GuardKind, Phase, WarningCode};
use tokio::time::Instant;

use super::Interruption;
use super::observed::{Observed, Sent};
use crate::clock::Standstill;
use crate::deadlines::Expired;
use crate::failure::Fault;
use crate::panics::called;
use crate::recording::Taking;
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
    /// When the text had so many characters, of the lengths that expectations ask for.
    pub(crate) prefixes: BTreeMap<u64, Duration>,
    /// What is to be recorded of it.
    pub(crate) recording: Option<Taking>,
}

/// How an exchange ended.
pub(super) struct Ending {
    pub(super) how: BodyEnd,
    pub(super) interruption: Option<Interruption>,
    pub(super) now: Instant,
    pub(super) sent: Sent,
    /// The pause before the attempt.
    pub(super) waited: Duration,
    /// Knows for how long the process stood still.
    pub(super) standstill: Option<Standstill>,
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

impl Observed<'_> {
    /// Puts the result of the attempt together.
    pub(super) fn close(mut self, ending: Ending) -> AttemptResult {
        let Ending { how, interruption, now, sent, waited, standstill } = ending;
        let since_start = now.saturating_duration_since(self.started);
        let prefixes = self.prefix_times().collect();
        let answered = self.answer.take().map(|answer| called(|| answer.end(how, since_start)));
        let (answered, interruption) = match answered.transpose() {
            Ok(answered) => (answered, interruption),
            Err(panic) => (None, Some(Interruption::Panic(panic))),
        };
        let phase = self.phase(answered.as_ref(), interruption.as_ref(), sent.phase);
        let mut answer = answered.unwrap_or_default();
        let scene = Scenery { phase, sent };
        let end = match std::mem::take(&mut answer.verdict) {
            Verdict::Succeeded => AttemptEnd::Succeeded,
            Verdict::LimitReached => AttemptEnd::Stopped(GuardKind::OutputCharLimit),
            Verdict::Failed(fault) => {
                self.fail(Reason::Answer(fault), scene, answer.content.as_ref())
            }
            Verdict::Cut => self.cut(interruption, scene),
        };
        if answer.content.as_ref().is_some_and(|content| content.shows_end) {
            self.shared.note_shown_end();
        }
        if let Some(content) = &answer.content {
            self.shared.note_used_rules(&content.used_rules);
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
            waited,
            phase,
            status,
            resend: sent.resent,
            redirects: sent.redirects,
            connect: sent.connect,
            headers: self.headers.map(|at| at - self.started),
            warnings: standstill.map(|it| stood_still(&it, ended)).unwrap_or_default(),
            answer,
            prefixes,
            recording: None,
        }
    }

    /// How far the attempt came.
    fn phase(
        &self,
        answered: Option<&AnswerResult>,
        interruption: Option<&Interruption>,
        sending: fluxloop_http::Phase,
    ) -> Phase {
        let sending = match (answered, interruption) {
            (None, Some(Interruption::Request(error))) => error.phase(),
            (None, Some(Interruption::Recorded(recorded))) => return recorded.phase,
            (None, _) => sending,
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

    fn fail(&self, reason: Reason, scenery: Scenery, content: Option<&Content>) -> AttemptEnd {
        let Scenery { phase, sent } = scenery;
        let plan = &self.shared.plan;
        let retried = &plan.retry.status_codes;
        let between = plan.connection.proxy.as_ref().filter(|_| sent.is_proxied);
        let proxy = match (between, self.is_from_proxy) {
            // Only a proxy asks for its own credentials, whether we know of it or not.
            (None, true) if self.status == Some(407) => ProxyRole::Answering,
            (None, _) => ProxyRole::Absent,
            (Some(proxy), false) => ProxyRole::Between(proxy),
            (Some(_), true) => ProxyRole::Answering,
        };
        let scene = Scene {
            proxy,
            became_get: sent.became_get,
            version: plan.connection.http_version,
            phase,
            status: self.status,
            media_type: self.media_type.as_deref(),
            stream: plan.response.stream,
            text_by: plan.response.text_by,
            refusal: content
                .map(|content| content.refusal.text.as_str())
                .filter(|it| !it.is_empty()),
            is_status_retried: self.status.is_some_and(|status| retried.contains(&status)),
            is_end_known: sent.is_end_known,
            ..Scene::new(self.url)
        };
        let fault = Fault::new(reason, &scene).waits(self.waits, SystemTime::now());
        AttemptEnd::Failed(Box::new(fault))
    }

    /// The end of an attempt whose answer does not decide it.
    fn cut(&self, interruption: Option<Interruption>, scene: Scenery) -> AttemptEnd {
        match interruption {
            None | Some(Interruption::Cut(Cut::Ending)) => AttemptEnd::Interrupted,
            Some(Interruption::Cut(Cut::Expired(Expired::MaxDuration))) => {
                AttemptEnd::Stopped(GuardKind::MaxDuration)
            }
            Some(Interruption::Cut(Cut::Expired(Expired::Clock(clock)))) => {
                self.fail(self.expired(clock), scene, None)
            }
            Some(Interruption::Request(error)) if error.cause() == Cause::ConnectTimeout => {
                self.fail(self.expired(Clock::Connect), scene, None)
            }
            Some(Interruption::Request(error)) => self.fail(Reason::Request(error), scene, None),
            Some(Interruption::Panic(panic)) => self.fail(panic.into_reason(), scene, None),
            Some(Interruption::Recorded(recorded)) => {
                AttemptEnd::Failed(Box::new(recorded.fault(scene.phase)))
            }
            Some(Interruption::NotRecorded) => self.fail(Reason::NotRecorded, scene, None),
        }
    }

    fn expired(&self, clock: Clock) -> Reason {
        let clocks = self.clocks();
        let limit = match clock {
            Clock::Attempt => clocks.attempt,
            Clock::Connect => clocks.connect,
            Clock::Idle => clocks.idle.unwrap_or_default(),
            Clock::Event => clocks.event.unwrap_or_default(),
        };
        Reason::Clock { clock, limit }
    }
}

/// What the words for a failure depend on.
#[derive(Clone, Copy)]
struct Scenery {
    phase: Phase,
    sent: Sent,
}

/// The warning for an attempt in whose time this process did not run.
fn stood_still(standstill: &Standstill, ended: Instant) -> Vec<(WarningCode, String)> {
    let stood = standstill.until(ended).as_secs_f64();
    let warning = (stood > 0.0).then(|| {
        let words = format!(
            "this process stood still for {stood:.1} s, which the times of this attempt include"
        );
        (WarningCode::Standstill, words)
    });
    warning.into_iter().collect()
}
