//! What is seen of an exchange, wherever its bytes come from: no I/O and no clock, so a live answer
//! and a recorded one are judged by the same code.

use std::time::Duration;

use fluxloop_aggregate::{Answer, AnswerLimits, Head, Step};
use fluxloop_http::{Phase, Progress as Sending};
use fluxloop_plan::Clocks;
use fluxloop_recording::Facts;
use tokio::time::Instant;
use url::Url;

use super::nanos;
use crate::deadlines::Deadlines;
use crate::shared::Shared;

/// What is seen of an exchange.
pub(crate) struct Observed<'a> {
    pub(super) shared: &'a Shared,
    /// Where the request went.
    pub(super) url: &'a Url,
    pub(super) started: Instant,
    pub(super) deadlines: Deadlines,
    pub(super) headers: Option<Instant>,
    /// Whether a proxy answers in the server's place.
    pub(super) is_from_proxy: bool,
    /// What the head asks to wait: by itself, and until a limit begins anew.
    pub(super) waits: [Option<Duration>; 2],
    pub(super) status: Option<u16>,
    pub(super) media_type: Option<String>,
    pub(super) answer: Option<Answer>,
    pub(super) is_only_shown: bool,
    /// When the text had so many characters, of the lengths that expectations ask for.
    prefixes: Vec<(u64, Option<Duration>)>,
}

/// What an answer says before its body.
pub(crate) struct Begun {
    pub(crate) head: Head,
    pub(crate) waits: [Option<Duration>; 2],
    pub(crate) is_from_proxy: bool,
}

/// How a request went out.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself")]
pub(crate) struct Sent {
    pub(crate) phase: Phase,
    pub(crate) connect: Option<Duration>,
    pub(crate) resent: bool,
    pub(crate) redirects: u8,
    pub(crate) became_get: bool,
    pub(crate) is_proxied: bool,
    /// Whether an answer of the same run had shown its end by then.
    pub(crate) is_end_known: bool,
}

impl Sent {
    pub(crate) fn of(sending: &Sending, shared: &Shared) -> Self {
        Self {
            phase: sending.phase(),
            connect: sending.connect_time(),
            resent: sending.resent(),
            redirects: sending.redirects(),
            became_get: sending.became_get(),
            is_proxied: shared.endpoint.is_proxied(),
            is_end_known: shared.is_end_known(),
        }
    }
}

impl Sent {
    /// As recordings have it.
    pub(super) fn facts(&self) -> Facts {
        Facts {
            connect: self.connect.map(nanos),
            was_connecting: self.phase == Phase::Connect,
            resent: self.resent,
            became_get: self.became_get,
            redirects: self.redirects,
            is_proxied: self.is_proxied,
            is_end_known: self.is_end_known,
            ..Facts::default()
        }
    }

    /// As it was recorded.
    pub(super) fn recorded(facts: &Facts) -> Self {
        Self {
            phase: if facts.was_connecting { Phase::Connect } else { Phase::Sent },
            connect: facts.connect.map(Duration::from_nanos),
            resent: facts.resent,
            redirects: facts.redirects,
            became_get: facts.became_get,
            is_proxied: facts.is_proxied,
            is_end_known: facts.is_end_known,
        }
    }
}

/// What a chunk brought for the first time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct News {
    /// When the first text came.
    pub(crate) first_text: Option<Duration>,
    pub(crate) is_first_output: bool,
}

impl<'a> Observed<'a> {
    pub(crate) fn start(
        shared: &'a Shared,
        url: &'a Url,
        started: Instant,
        guard: Option<Instant>,
    ) -> Self {
        Self {
            shared,
            url,
            started,
            deadlines: Deadlines::start(shared.plan.clocks, started, guard),
            headers: None,
            is_from_proxy: false,
            waits: [None; 2],
            status: None,
            media_type: None,
            answer: None,
            is_only_shown: false,
            prefixes: shared.judging.prefixes().into_iter().map(|it| (it, None)).collect(),
        }
    }

    /// When the text had so many characters: of the lengths that are asked for, those that it reached.
    pub(super) fn prefix_times(&self) -> impl Iterator<Item = (u64, Duration)> {
        self.prefixes.iter().filter_map(|(characters, at)| Some((*characters, (*at)?)))
    }

    pub(crate) fn clocks(&self) -> &Clocks {
        &self.shared.plan.clocks
    }

    /// The head came.
    pub(crate) fn begin_answer(&mut self, begun: Begun, now: Instant) {
        let Begun { head, waits, is_from_proxy } = begun;
        self.headers = Some(now);
        (self.status, self.media_type) = (Some(head.status), head.media_type.clone());
        (self.waits, self.is_from_proxy) = (waits, is_from_proxy);
        let plan = &self.shared.plan;
        let limits = AnswerLimits {
            output_char_limit: plan.guards.output_char_limit,
            max_frame_bytes: plan.limits.max_event_bytes,
            max_body_bytes: plan.limits.max_response_bytes,
        };
        let answer = Answer::new(&self.shared.reader, head, limits);
        self.deadlines.body_begins(now);
        if answer.is_stream() {
            self.deadlines.events_begin(now);
        }
        self.is_only_shown = answer.is_only_shown();
        self.answer = Some(answer);
    }

    /// Takes a chunk.
    pub(crate) fn take(&mut self, bytes: &[u8], at: Instant) -> (Step, News) {
        self.deadlines.bytes_came(at);
        let since_start = at.saturating_duration_since(self.started);
        let Some(answer) = &mut self.answer else { return (Step::Enough, News::default()) };
        let before = *answer.times();
        let step = answer.feed(bytes, since_start);
        for (characters, reached) in self.prefixes.iter_mut().filter(|(_, at)| at.is_none()) {
            if has_characters(answer.text(), *characters) {
                *reached = Some(since_start);
            }
        }
        let now = answer.times();
        if now.last_frame != before.last_frame {
            self.deadlines.event_came(at);
        }
        let news = News {
            first_text: now.first_text.filter(|_| before.first_text.is_none()),
            is_first_output: before.first_output.is_none() && now.first_output.is_some(),
        };
        (step, news)
    }

    /// Takes a chunk that came after the end of the answer: token counts may still come; text and
    /// errors do not matter any more.
    pub(crate) fn take_rest(&mut self, bytes: &[u8], at: Instant) -> Step {
        let since_start = at.saturating_duration_since(self.started);
        self.answer.as_mut().map_or(Step::Enough, |answer| answer.feed(bytes, since_start))
    }
}

/// Whether a text has so many characters (Unicode scalar values) or more.
fn has_characters(text: &str, characters: u64) -> bool {
    let last = usize::try_from(characters).ok().and_then(|it| it.checked_sub(1));
    last.is_none_or(|last| text.len() > last && text.chars().nth(last).is_some())
}
