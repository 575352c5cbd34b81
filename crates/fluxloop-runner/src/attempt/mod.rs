//! One attempt: sends a request, waits for its answer, and keeps the clocks. The answer itself is
//! read and judged without I/O ([`Answer`]); this is the only place where bytes and time meet.

mod end;
mod observed;
mod recorded;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use end::Ending;
pub(crate) use end::{AttemptEnd, AttemptResult};
use fluxloop_aggregate::{BodyEnd, Step};
use fluxloop_http::{Chunk, Progress as Sending, RequestError};
use fluxloop_plan::RequestSpec;
use fluxloop_recording::{Facts, RecordedHead};
use fluxloop_redact::Redactor;
use fluxloop_trace::{CaseId, RunEvent};
use observed::{Begun, Observed, Sent};
pub(crate) use recorded::{Recorded, arrivals, replay};
use tokio::time::{Instant, timeout};

use crate::Stop;
use crate::clock::Standstill;
use crate::deadlines::Expired;
use crate::endpoint::Incoming;
use crate::live::LiveText;
use crate::panics::{Panic, caught};
use crate::recording::Taking;
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
    /// It failed when it was recorded.
    Recorded(Box<Recorded>),
    /// The recording ends before the answer does.
    NotRecorded,
}

impl Interruption {
    /// What that means for the body.
    fn body_end(&self) -> BodyEnd {
        match self {
            Self::Request(_) | Self::Recorded(_) => BodyEnd::Broken,
            Self::Cut(Cut::Expired(Expired::Clock(_))) => BodyEnd::Late,
            Self::Cut(Cut::Expired(Expired::MaxDuration)) => BodyEnd::Stopped,
            Self::Cut(Cut::Ending) | Self::Panic(_) | Self::NotRecorded => BodyEnd::Abandoned,
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
    seen: Observed<'a>,
    watch: Watch,
    standstill: Standstill,
    sending: Sending,
    /// The text as somebody watches it.
    live: Option<LiveText>,
    /// What is to be recorded of it.
    taking: Option<Taking>,
}

impl<'a> Attempt<'a> {
    fn start(task: &'a Task<'a>) -> Self {
        let started = Instant::now();
        let seen = Observed::start(task.shared, &task.request.url, started, task.guard);
        let standstill = Standstill::since(&task.shared.pulse, started);
        Self {
            task,
            watch: Watch::new(task.stop.clone(), &seen.deadlines, standstill.clone()),
            seen,
            standstill,
            sending: Sending::default(),
            live: LiveText::start(task.redactor, task.events),
            taking: Taking::start(task.shared.recording.as_ref()),
        }
    }

    /// Sends the request and reads the answer, as far as it has to be read.
    async fn exchange(&mut self) -> Result<BodyEnd, Interruption> {
        // It is large, and gone when the answer begins, which takes far longer.
        let open = self.task.shared.endpoint.open(self.task.request, &self.sending);
        let mut opening = Box::pin(open);
        let opened = self.watch.or_cut(&self.seen.deadlines, opening.as_mut()).await;
        drop(opening);
        let mut incoming = opened.map_err(Interruption::Cut)?.map_err(Interruption::Request)?;
        self.begin_answer(&incoming);
        let is_only_shown = self.seen.is_only_shown;
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
        let (now, head) = (Instant::now(), incoming.head());
        let (waits, is_from_proxy) = (incoming.waits(), incoming.is_from_proxy());
        if let Some(taking) = &mut self.taking {
            taking.raw.head = Some(RecordedHead {
                at: nanos(now - self.seen.started),
                status: head.status,
                media_type: head.media_type.clone(),
                charset: head.charset.clone(),
                headers: incoming.headers(),
                waits: waits.map(|wait| wait.map(nanos)),
                proves_end: incoming.proves_end(),
            });
        }
        self.seen.begin_answer(Begun { head, waits, is_from_proxy }, now);
        self.watch.hurry(&self.seen.deadlines);
    }

    /// The inner loop: waits for a chunk and hands it to the answer.
    async fn read(&mut self, incoming: &mut Incoming) -> Result<BodyEnd, Interruption> {
        let mut taken = 0;
        loop {
            let chunk = self.watch.or_cut(&self.seen.deadlines, pin!(incoming.chunk())).await;
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
                let turn = self.watch.take_turns(&self.seen.deadlines, chunk.at).await;
                turn.map_err(Interruption::Cut)?;
            }
        }
    }

    /// Takes a chunk, and sends what came of it.
    fn take(&mut self, chunk: &Chunk) -> Step {
        let Task { events, case_id, .. } = self.task;
        tracing::trace!(case = %case_id, bytes = chunk.bytes.len(), "chunk");
        self.keep(chunk);
        let (step, news) = self.seen.take(&chunk.bytes, chunk.at);
        if let Some(after) = news.first_text {
            events.offer(RunEvent::FirstText { case_id: (*case_id).clone(), after });
        }
        if news.is_first_output {
            self.task.shared.first_output.note();
        }
        if let (Some(live), Some(answer)) = (&mut self.live, &self.seen.answer) {
            live.offer(events, case_id, answer.text(), answer.rewrites());
        }
        step
    }

    fn keep(&mut self, chunk: &Chunk) {
        if let Some(taking) = &mut self.taking
            && !taking.take(&chunk.bytes, nanos(chunk.at - self.seen.started))
        {
            self.taking = None;
        }
    }

    /// Reads on after the end of the answer, so that the connection can be used again.
    async fn drain(&mut self, incoming: &mut Incoming) {
        let mut left = DRAIN_BYTES;
        while let Ok(Some(chunk)) = incoming.chunk().await {
            left = left.saturating_sub(chunk.bytes.len());
            self.keep(&chunk);
            if self.seen.take_rest(&chunk.bytes, chunk.at) == Step::Enough || left == 0 {
                break;
            }
        }
    }

    /// Puts the result of the attempt together.
    fn close(self, how: BodyEnd, interruption: Option<Interruption>) -> AttemptResult {
        let Self { task, seen, standstill, sending, taking, .. } = self;
        let now = Instant::now();
        let sent = Sent::of(&sending, task.shared);
        let recording = taking.map(|taking| {
            let facts = Facts {
                waited: nanos(task.waited),
                ended: nanos(now - seen.started),
                end: recorded::end_of(how, interruption.as_ref()),
                is_from_proxy: seen.is_from_proxy,
                clocks: recorded::clocks(&task.shared.plan),
                ..sent.facts()
            };
            taking.end(facts)
        });
        let standstill = Some(standstill);
        let waited = task.waited;
        let ending = Ending { how, interruption, now, sent, waited, standstill };
        AttemptResult { recording, ..seen.close(ending) }
    }
}

/// A time as recordings have it.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
