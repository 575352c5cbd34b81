//! One attempt: sends a request, waits for its answer, and keeps the clocks. The answer itself is
//! read and judged without I/O ([`Answer`]); this is the only place where bytes and time meet.

mod end;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use end::{AttemptEnd, AttemptResult};
use fluxloop_aggregate::{Answer, AnswerLimits, BodyEnd, Step};
use fluxloop_http::{Chunk, Progress as Sending, RequestError};
use fluxloop_plan::RequestSpec;
use fluxloop_redact::Redactor;
use fluxloop_trace::{CaseId, RunEvent};
use tokio::time::{Instant, timeout};

use crate::Stop;
use crate::clock::Standstill;
use crate::deadlines::{Deadlines, Expired};
use crate::endpoint::Incoming;
use crate::live::LiveText;
use crate::panics::{Panic, caught};
use crate::shared::Shared;
use crate::sink::Events;
use crate::watch::{Cut, Watch};

/// How long reading a body may take that is only to be shown.
const SHOWN_TIME: Duration = Duration::from_secs(5);

/// How much is read after the end of the answer, and for how long, so that the connection can be
/// used again.
const DRAIN_BYTES: usize = 64 << 10;
const DRAIN_TIME: Duration = Duration::from_millis(250);

/// After how much of a body, in bytes, other tasks and the clocks get their turn.
const TURN_BYTES: usize = 64 << 10;

/// What an attempt needs.
pub(crate) struct Task<'a> {
    pub(crate) shared: &'a Shared,
    /// Knows the secrets of the case.
    pub(crate) redactor: &'a Arc<Redactor>,
    pub(crate) case_id: &'a CaseId,
    pub(crate) events: &'a Events,
    pub(crate) stop: Stop,
    /// When the case's time is over.
    pub(crate) guard: Option<Instant>,
    pub(crate) request: &'a RequestSpec,
    /// The pause before this attempt.
    pub(crate) waited: Duration,
}

/// What ended an attempt before its body did.
enum Interruption {
    Request(RequestError),
    Cut(Cut),
    Panic(Panic),
}

impl Interruption {
    /// What that means for the body.
    fn body_end(&self) -> BodyEnd {
        match self {
            Self::Request(_) => BodyEnd::Broken,
            Self::Cut(Cut::Expired(Expired::Clock(_))) => BodyEnd::Late,
            Self::Cut(Cut::Expired(Expired::MaxDuration)) => BodyEnd::Stopped,
            Self::Cut(Cut::Ending) | Self::Panic(_) => BodyEnd::Abandoned,
        }
    }
}

/// Runs one attempt to its end.
pub(crate) async fn run(task: Task<'_>) -> AttemptResult {
    let mut attempt = Attempt::start(&task);
    let ended = caught(pin!(attempt.exchange())).await;
    let (how, interruption) = match ended.map_err(Interruption::Panic).flatten() {
        Ok(how) => (how, None),
        Err(interruption) => (interruption.body_end(), Some(interruption)),
    };
    let live = attempt.live.take();
    let result = attempt.close(how, interruption);
    if let Some(live) = live {
        let text = result.content().map(|content| &content.text);
        let (text, rewrites) = text.map_or(("", 0), |it| (&it.text, it.rewrites));
        live.finish(task.events, task.case_id, text, rewrites).await;
    }
    result
}

/// An attempt under way.
struct Attempt<'a> {
    task: &'a Task<'a>,
    started: Instant,
    deadlines: Deadlines,
    watch: Watch,
    standstill: Standstill,
    sending: Sending,
    headers: Option<Instant>,
    /// Whether a proxy answers in the server's place.
    is_from_proxy: bool,
    /// What the head asks to wait: by itself, and until a limit begins anew.
    waits: [Option<Duration>; 2],
    status: Option<u16>,
    media_type: Option<String>,
    answer: Option<Answer>,
    is_only_shown: bool,
    /// The text as somebody watches it.
    live: Option<LiveText>,
}

impl<'a> Attempt<'a> {
    fn start(task: &'a Task<'a>) -> Self {
        let started = Instant::now();
        let deadlines = Deadlines::start(task.shared.plan.clocks, started, task.guard);
        let standstill = Standstill::since(&task.shared.pulse, started);
        Self {
            task,
            started,
            watch: Watch::new(task.stop.clone(), &deadlines, standstill.clone()),
            deadlines,
            standstill,
            sending: Sending::default(),
            headers: None,
            is_from_proxy: false,
            waits: [None; 2],
            status: None,
            media_type: None,
            answer: None,
            is_only_shown: false,
            live: LiveText::start(task.redactor, task.events),
        }
    }

    /// Sends the request and reads the answer, as far as it has to be read.
    async fn exchange(&mut self) -> Result<BodyEnd, Interruption> {
        // It is large, and gone when the answer begins, which takes far longer.
        let open = self.task.shared.endpoint.open(self.task.request, &self.sending);
        let mut opening = Box::pin(open);
        let opened = self.watch.or_cut(&self.deadlines, opening.as_mut()).await;
        drop(opening);
        let mut incoming = opened.map_err(Interruption::Cut)?.map_err(Interruption::Request)?;
        self.begin_answer(&incoming);
        let is_only_shown = self.is_only_shown;
        let _one = incoming.is_multiplexed().then(|| self.task.shared.answering.one());
        let mut reading = pin!(self.read(&mut incoming));
        if is_only_shown {
            timeout(SHOWN_TIME, reading).await.unwrap_or(Ok(BodyEnd::Enough))
        } else {
            reading.as_mut().await
        }
    }

    /// The head came.
    fn begin_answer(&mut self, incoming: &Incoming) {
        let now = Instant::now();
        self.headers = Some(now);
        let head = incoming.head();
        (self.status, self.media_type) = (Some(head.status), head.media_type.clone());
        (self.waits, self.is_from_proxy) = (incoming.waits(), incoming.is_from_proxy());
        let plan = &self.task.shared.plan;
        let limits = AnswerLimits {
            output_char_limit: plan.guards.output_char_limit,
            max_frame_bytes: plan.limits.max_event_bytes,
            max_body_bytes: plan.limits.max_response_bytes,
        };
        let answer = Answer::new(&self.task.shared.reader, head, limits);
        self.deadlines.body_begins(now);
        if answer.is_stream() {
            self.deadlines.events_begin(now);
        }
        self.watch.hurry(&self.deadlines);
        self.is_only_shown = answer.is_only_shown();
        self.answer = Some(answer);
    }

    /// The inner loop: waits for a chunk and hands it to the answer.
    async fn read(&mut self, incoming: &mut Incoming) -> Result<BodyEnd, Interruption> {
        let mut taken = 0;
        loop {
            let chunk = self.watch.or_cut(&self.deadlines, pin!(incoming.chunk())).await;
            let chunk = chunk.map_err(Interruption::Cut)?.map_err(Interruption::Request)?;
            let Some(chunk) = chunk else {
                return Ok(BodyEnd::Clean { proved: incoming.proves_end() });
            };
            match self.take(&chunk) {
                Step::More => {}
                Step::Enough => return Ok(BodyEnd::Enough),
                Step::Complete => {
                    let _ = timeout(DRAIN_TIME, self.drain(incoming)).await;
                    return Ok(BodyEnd::Enough);
                }
            }
            taken += chunk.bytes.len();
            if taken >= TURN_BYTES {
                taken = 0;
                let turn = self.watch.take_turns(&self.deadlines, chunk.at).await;
                turn.map_err(Interruption::Cut)?;
            }
        }
    }

    /// Takes a chunk, and sends what came of it.
    fn take(&mut self, chunk: &Chunk) -> Step {
        let Task { events, case_id, .. } = self.task;
        tracing::trace!(case = %case_id, bytes = chunk.bytes.len(), "chunk");
        self.deadlines.bytes_came(chunk.at);
        let since_start = chunk.at.saturating_duration_since(self.started);
        let Some(answer) = &mut self.answer else { return Step::Enough };
        let before = *answer.times();
        let step = answer.feed(&chunk.bytes, since_start);
        let now = answer.times();
        if now.last_frame != before.last_frame {
            self.deadlines.event_came(chunk.at);
        }
        if let (None, Some(after)) = (before.first_text, now.first_text) {
            events.offer(RunEvent::FirstText { case_id: (*case_id).clone(), after });
        }
        if before.first_output.is_none() && now.first_output.is_some() {
            self.task.shared.first_output.note();
        }
        if let Some(live) = &mut self.live {
            live.offer(events, case_id, answer.text(), answer.rewrites());
        }
        step
    }

    /// Reads on after the end of the answer, so that the connection can be used again. Token counts
    /// may still come; text and errors do not matter any more.
    async fn drain(&mut self, incoming: &mut Incoming) {
        let mut left = DRAIN_BYTES;
        while let Ok(Some(chunk)) = incoming.chunk().await
            && let Some(answer) = &mut self.answer
        {
            left = left.saturating_sub(chunk.bytes.len());
            let since_start = chunk.at.saturating_duration_since(self.started);
            if answer.feed(&chunk.bytes, since_start) == Step::Enough || left == 0 {
                break;
            }
        }
    }
}
