//! One attempt: send, read, decode, aggregate. The only place where bytes, time and events meet.

use std::pin::pin;
use std::time::{Duration, SystemTime};

use fluxloop_aggregate::{Aggregate, Aggregator, PlainReader, Push, StreamReader};
use fluxloop_http::{Chunk, Excerpt, Exchange, MediaType, Progress, RequestError};
use fluxloop_plan::{PlainRules, RequestSpec, StreamRules};
use fluxloop_sse::{Decoder, Limits};
use fluxloop_trace::{
    AttemptTimings, CaseId, ChunkGap, Completeness, GuardKind, Phase, RunEvent, WarningCode,
};
use http::StatusCode;
use tokio::time::{Instant, timeout};

use crate::Stop;
use crate::deadlines::{Deadlines, Expired};
use crate::failure::{self, Fault, Route, is_of_transport, phase_of_sending};
use crate::gaps::Gaps;
use crate::live::LiveText;
use crate::panics::caught;
use crate::pulse::Standstill;
use crate::shared::{AnswerReader, Shared};
use crate::sink::Events;
use crate::watch::{Cut, Watch};

/// How much of a body is read for an error message. It is masked before it is cut to what is
/// shown, so it is longer than that.
const EXCERPT_BYTES: usize = 16 << 10;

/// How long reading an error body may take.
const EXCERPT_TIME: Duration = Duration::from_secs(5);

/// How much is read after the done marker, and for how long, so that the connection can be used
/// again.
const DRAIN_BYTES: usize = 64 << 10;
const DRAIN_TIME: Duration = Duration::from_millis(250);

/// What an attempt needs.
pub(crate) struct Task<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) case_id: &'a CaseId,
    pub(crate) events: &'a Events,
    pub(crate) stop: Stop,
    /// When the case's time is over.
    pub(crate) guard: Option<Instant>,
    pub(crate) request: &'a RequestSpec,
    /// The pause before this attempt.
    pub(crate) waited: Duration,
}

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
    /// The most events that one read brought.
    pub(crate) most_in_a_read: u64,
    pub(crate) bytes: u64,
    pub(crate) completeness: Completeness,
    /// What concerns the transport and a careful reader should know.
    pub(crate) warnings: Vec<(WarningCode, String)>,
    /// The text and what was seen; `None` when no body was read.
    pub(crate) answer: Option<Aggregate>,
}

/// Runs one attempt to its end.
pub(crate) async fn run(task: Task<'_>) -> AttemptResult {
    let mut attempt = Attempt::start(&task);
    let standstill = attempt.standstill.clone();
    let mut watch = Watch::new(task.stop.clone(), &attempt.deadlines, standstill);
    let progress = Progress::default();
    let ended = caught(pin!(attempt.exchange(&task, &mut watch, &progress))).await;
    let end = match ended {
        Ok(Ok(())) => AttemptEnd::Succeeded,
        Ok(Err(end)) => end,
        Err(panic) => {
            if attempt.headers.is_none() {
                attempt.phase = phase_of_sending(&progress);
            }
            attempt.fail(panic.into_fault(attempt.phase))
        }
    };
    let live = attempt.live.take();
    let result = attempt.close(end, task.waited, &progress);
    if let Some(live) = live {
        let text = result.answer.as_ref().map_or("", |answer| &answer.text);
        live.finish(task.events, task.case_id, text, result.has_whole_text()).await;
    }
    result
}

/// An attempt under way.
struct Attempt {
    started: Instant,
    deadlines: Deadlines,
    standstill: Standstill,
    phase: Phase,
    status: Option<u16>,
    headers: Option<Instant>,
    first_byte: Option<Instant>,
    first_event: Option<Instant>,
    first_text: Option<Instant>,
    last_text: Option<Instant>,
    /// When the answer was complete; of a failed attempt, when it failed.
    ended: Option<Instant>,
    gaps: Gaps,
    most_in_a_read: u64,
    bytes: u64,
    /// How the body begins, for as long as no event has come of it: it may be no event stream.
    head: Vec<u8>,
    completeness: Completeness,
    warnings: Vec<(WarningCode, String)>,
    answer: Option<Aggregate>,
    /// The text as somebody watches it.
    live: Option<LiveText>,
}

type Step<T> = Result<T, AttemptEnd>;

impl Attempt {
    fn start(task: &Task<'_>) -> Self {
        let started = Instant::now();
        Self {
            started,
            deadlines: Deadlines::start(task.shared.plan.clocks, started, task.guard),
            standstill: Standstill::since(&task.shared.pulse, started),
            phase: Phase::Connect,
            status: None,
            headers: None,
            first_byte: None,
            first_event: None,
            first_text: None,
            last_text: None,
            ended: None,
            gaps: Gaps::default(),
            most_in_a_read: 0,
            bytes: 0,
            head: Vec::new(),
            completeness: Completeness::Unverified,
            warnings: Vec::new(),
            answer: None,
            live: LiveText::start(task.shared, task.events),
        }
    }

    /// Sends the request and reads the answer, in the order in which an answer is judged: status,
    /// error in a JSON body, media type, content.
    async fn exchange(
        &mut self,
        task: &Task<'_>,
        watch: &mut Watch,
        progress: &Progress,
    ) -> Step<()> {
        // It is large, and gone when the answer begins, which takes far longer.
        let mut sending = Box::pin(task.shared.transport.send(task.request, progress));
        let sent = watch.or_cut(&self.deadlines, sending.as_mut()).await;
        drop(sending);
        let exchange = match sent {
            Ok(Ok(exchange)) => exchange,
            Ok(Err(error)) => return Err(self.broken(task, &error)),
            Err(cut) => {
                self.phase = phase_of_sending(progress);
                return Err(self.cut(task, &cut));
            }
        };
        let now = Instant::now();
        self.headers = Some(now);
        self.phase = Phase::Status;
        self.status = Some(exchange.status().as_u16());
        self.deadlines.body_begins(now);
        watch.hurry(&self.deadlines);
        let _one = exchange.is_http2().then(|| task.shared.answering.one());
        if !exchange.status().is_success() {
            return Err(self.refused(task, watch, exchange).await);
        }
        match &task.shared.reader {
            AnswerReader::Stream(reader, rules) => {
                self.stream_answer(task, watch, exchange, reader, rules).await
            }
            AnswerReader::Plain(reader, rules) => {
                self.plain_answer(task, watch, exchange, reader, rules).await
            }
        }
    }

    /// An answer with an error status.
    async fn refused(
        &mut self,
        task: &Task<'_>,
        watch: &mut Watch,
        exchange: Exchange,
    ) -> AttemptEnd {
        let status = exchange.status();
        let retry_after = exchange.retry_after(SystemTime::now());
        let (excerpt, cut) = self.excerpt(watch, exchange).await;
        // When a clock runs out, the status is known, and it decides; its body is only decoration.
        if matches!(cut, Some(Cut::Ending)) {
            return AttemptEnd::Interrupted;
        }
        let body = String::from_utf8_lossy(&excerpt.bytes).into_owned();
        let retried = task.shared.plan.retry.status_codes.contains(&status.as_u16());
        self.fail(Fault::from_status(status, retried, retry_after, body))
    }

    /// Reads the beginning of a body that is only to be shown, and what ended that early, if
    /// anything did.
    async fn excerpt(&mut self, watch: &mut Watch, exchange: Exchange) -> (Excerpt, Option<Cut>) {
        let mut excerpt = Excerpt::default();
        let cut = {
            let reading = pin!(exchange.excerpt(&mut excerpt, EXCERPT_BYTES, EXCERPT_TIME));
            watch.or_cut(&self.deadlines, reading).await.err()
        };
        self.bytes += excerpt.bytes.len() as u64;
        (excerpt, cut)
    }

    async fn stream_answer(
        &mut self,
        task: &Task<'_>,
        watch: &mut Watch,
        exchange: Exchange,
        reader: &StreamReader,
        rules: &StreamRules,
    ) -> Step<()> {
        let (status, media_type) = (exchange.status(), exchange.media_type());
        let is_stream = media_type.as_ref().is_some_and(MediaType::is_event_stream);
        if !is_stream && rules.lenient_content_type {
            let words = failure::media_type_words(media_type.as_ref());
            let words = format!("the answer {words} and was read as an event stream");
            self.warnings.push((WarningCode::OtherMediaType, words));
        }
        if is_stream || rules.lenient_content_type {
            return self.read_stream(task, watch, exchange, reader, rules).await;
        }
        let (excerpt, cut) = self.excerpt(watch, exchange).await;
        match cut {
            None => {}
            // A body that began is of its media type, however much of it came.
            Some(Cut::Expired(Expired::Clock(_))) if !excerpt.bytes.is_empty() => {}
            Some(cut) => return Err(self.cut(task, &cut)),
        }
        if excerpt.bytes.is_empty() && excerpt.complete && !rules.require_text {
            self.phase = Phase::Complete;
            self.answer = Some(Aggregate::default());
            return Ok(());
        }
        let fault = Fault::from_other_media_type(status, media_type.as_ref(), &excerpt, self.phase);
        Err(self.fail(fault))
    }

    /// Reads an event stream to its end, and judges it.
    async fn read_stream(
        &mut self,
        task: &Task<'_>,
        watch: &mut Watch,
        mut exchange: Exchange,
        reader: &StreamReader,
        rules: &StreamRules,
    ) -> Step<()> {
        let plan = &task.shared.plan;
        self.phase = Phase::BeforeText;
        self.deadlines.events_begin(Instant::now());
        watch.hurry(&self.deadlines);
        let limits = Limits { max_event_bytes: plan.limits.max_event_bytes };
        let mut decoder = Decoder::with_limits(limits);
        let mut aggregator = Aggregator::new(reader, plan.guards.output_char_limit);
        let reading = self.read_events(task, watch, &mut exchange, &mut decoder, &mut aggregator);
        let ended = caught(pin!(reading)).await;
        // The text that came before a panic stays: it was paid for.
        let mut end = ended.unwrap_or_else(|panic| Err(self.fail(panic.into_fault(self.phase))));
        if self.phase == Phase::Complete {
            let reading = self.read_on(task, &mut exchange, &mut decoder, &mut aggregator);
            let _ = timeout(DRAIN_TIME, reading).await;
        }
        let pending = decoder.finish().pending;
        let broke_off = pending.is_some();
        let answer = aggregator.finish(pending.as_ref());
        // A fault after a whole done marker has taken nothing away.
        if answer.done && matches!(&end, Err(AttemptEnd::Failed(fault)) if is_of_transport(fault)) {
            end = Ok(());
        }
        self.completeness = match (answer.done, &end) {
            (true, _) => Completeness::Done,
            (false, Ok(())) if exchange.framing().proves_end() && !broke_off => {
                Completeness::Framed
            }
            (false, _) => Completeness::Unverified,
        };
        let judged = end.and_then(|()| self.judge(rules, exchange.status(), &answer));
        if judged.is_ok() {
            self.phase = Phase::Complete;
        }
        self.answer = Some(answer);
        judged
    }

    /// The next piece of the body; `None` at its end.
    async fn chunk(
        &mut self,
        task: &Task<'_>,
        watch: &mut Watch,
        exchange: &mut Exchange,
    ) -> Step<Option<Chunk>> {
        match watch.or_cut(&self.deadlines, pin!(exchange.chunk())).await {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => Err(self.broken(task, &error)),
            Err(cut) => Err(self.cut(task, &cut)),
        }
    }

    /// The inner loop: wait for a chunk, feed it, drain it completely, tell what came of it.
    async fn read_events(
        &mut self,
        task: &Task<'_>,
        watch: &mut Watch,
        exchange: &mut Exchange,
        decoder: &mut Decoder,
        aggregator: &mut Aggregator,
    ) -> Step<()> {
        while self.phase != Phase::Complete
            && let Some(chunk) = self.chunk(task, watch, exchange).await?
        {
            let had_text = self.first_text.is_some();
            let fed = self.feed(task, decoder, aggregator, &chunk);
            if let (false, Some(first)) = (had_text, self.first_text) {
                let after = first.saturating_duration_since(self.started);
                let case_id = task.case_id.clone();
                task.events.offer(RunEvent::FirstText { case_id, after });
            }
            if let Some(live) = &mut self.live {
                live.offer(task.events, task.case_id, aggregator.text());
            }
            fed?;
        }
        Ok(())
    }

    /// Reads on after the done marker, so that the connection can be used again. Token counts may
    /// still come; text and errors do not matter any more.
    async fn read_on(
        &mut self,
        task: &Task<'_>,
        exchange: &mut Exchange,
        decoder: &mut Decoder,
        aggregator: &mut Aggregator,
    ) {
        let mut left = DRAIN_BYTES;
        while let Ok(Some(chunk)) = exchange.chunk().await {
            left = left.saturating_sub(chunk.bytes.len());
            if self.feed(task, decoder, aggregator, &chunk).is_err() || left == 0 {
                break;
            }
        }
    }

    /// Feeds a chunk and drains it. Nothing is awaited here, because events borrow.
    fn feed(
        &mut self,
        task: &Task<'_>,
        decoder: &mut Decoder,
        aggregator: &mut Aggregator,
        chunk: &Chunk,
    ) -> Step<()> {
        self.note_bytes(task, chunk)?;
        if aggregator.events() == 0 && self.head.len() < EXCERPT_BYTES {
            let room = (EXCERPT_BYTES - self.head.len()).min(chunk.bytes.len());
            self.head.extend_from_slice(&chunk.bytes[..room]);
        }
        let before = aggregator.events();
        let mut events = decoder.feed(&chunk.bytes);
        while let Some(event) = events.next() {
            let event = match event {
                Ok(event) => event,
                Err(_) if self.phase == Phase::Complete => break,
                Err(error) => return Err(self.fail(Fault::from_decode(error, self.phase))),
            };
            self.deadlines.event_came(chunk.at);
            self.first_event.get_or_insert(chunk.at);
            let had = aggregator.text().len();
            let pushed = aggregator.push(&event);
            if aggregator.text().len() > had {
                self.note_text(chunk.at);
            }
            match pushed {
                Ok(Push::Nothing | Push::Text { .. }) => {}
                Ok(Push::Done) if self.phase == Phase::Complete => {}
                Ok(Push::Done) => {
                    self.phase = Phase::Complete;
                    self.ended = Some(chunk.at);
                }
                Ok(Push::LimitReached) => {
                    return Err(AttemptEnd::Stopped(GuardKind::OutputCharLimit));
                }
                Err(error) => {
                    return Err(self.fail(Fault::from_aggregate(error, self.phase)));
                }
            }
        }
        self.most_in_a_read = self.most_in_a_read.max(aggregator.events() - before);
        Ok(())
    }

    fn note_bytes(&mut self, task: &Task<'_>, chunk: &Chunk) -> Step<()> {
        self.first_byte.get_or_insert(chunk.at);
        self.deadlines.bytes_came(chunk.at);
        self.bytes += chunk.bytes.len() as u64;
        tracing::trace!(case = %task.case_id, bytes = chunk.bytes.len(), "chunk");
        // Whether the process stood still is asked only where it matters, since it costs a lock.
        if self.deadlines.overrun(chunk.at).is_some()
            && let Some(what) = self.deadlines.overrun(chunk.at - self.standstill.until(chunk.at))
        {
            return Err(self.cut(task, &Cut::Expired(what)));
        }
        let limit = task.shared.plan.limits.max_response_bytes;
        if self.bytes > limit {
            return Err(self.fail(Fault::too_large(limit, self.phase)));
        }
        Ok(())
    }

    fn note_text(&mut self, at: Instant) {
        self.phase = Phase::AfterText;
        self.first_text.get_or_insert(at);
        self.last_text = Some(at);
        self.gaps.note(at);
    }

    /// Judges a stream that ended in good order.
    fn judge(&self, rules: &StreamRules, status: StatusCode, answer: &Aggregate) -> Step<()> {
        if rules.require_done && !answer.done {
            Err(self.fail(Fault::incomplete(answer, self.phase)))
        } else if rules.require_text && !answer.has_text() {
            Err(self.fail(Fault::no_text(status, answer, &self.head, self.phase)))
        } else {
            Ok(())
        }
    }

    /// `stream: none`: one body.
    async fn plain_answer(
        &mut self,
        task: &Task<'_>,
        watch: &mut Watch,
        mut exchange: Exchange,
        reader: &PlainReader,
        rules: &PlainRules,
    ) -> Step<()> {
        self.phase = Phase::BeforeText;
        let limit = task.shared.plan.guards.output_char_limit;
        let media_type = exchange.media_type();
        let media_type = media_type.as_ref().map(MediaType::essence);
        let mut body = Vec::new();
        let is_text = |body: &[u8]| reader.is_text(body, media_type);
        let ended = self.read_body(task, watch, &mut exchange, &mut body, is_text).await;
        if ended.is_err() && self.phase == Phase::AfterText {
            self.answer = reader.read_part(&body, media_type, limit).ok();
        }
        ended?;
        self.ended = Some(Instant::now());
        if exchange.framing().proves_end() {
            self.completeness = Completeness::Framed;
        }
        let answer = reader
            .read(&String::from_utf8_lossy(&body), media_type, limit)
            .map_err(|error| self.fail(Fault::from_aggregate(error, self.phase)))?;
        let end = if answer.limit_reached {
            Err(AttemptEnd::Stopped(GuardKind::OutputCharLimit))
        } else if rules.require_text && !answer.has_text() {
            Err(self.fail(Fault::no_output(exchange.status(), &answer, rules, self.phase)))
        } else {
            self.phase = Phase::Complete;
            Ok(())
        };
        self.answer = Some(answer);
        end
    }

    /// Reads one body to its end. What comes of a text is text; JSON is nothing before it is whole.
    async fn read_body(
        &mut self,
        task: &Task<'_>,
        watch: &mut Watch,
        exchange: &mut Exchange,
        body: &mut Vec<u8>,
        is_text: impl Fn(&[u8]) -> bool,
    ) -> Step<()> {
        while let Some(chunk) = self.chunk(task, watch, exchange).await? {
            self.note_bytes(task, &chunk)?;
            body.extend_from_slice(&chunk.bytes);
            if self.phase == Phase::BeforeText && is_text(body) {
                self.phase = Phase::AfterText;
            }
        }
        Ok(())
    }

    /// Puts the record of the attempt together.
    fn close(mut self, end: AttemptEnd, waited: Duration, progress: &Progress) -> AttemptResult {
        let ended = self.ended.unwrap_or_else(Instant::now);
        let stood = self.standstill.until(ended).as_secs_f64();
        if stood > 0.0 {
            let words = format!(
                "this process stood still for {stood:.1} s, which the times of this attempt include"
            );
            self.warnings.push((WarningCode::Standstill, words));
        }
        let since = |at: Instant| at.saturating_duration_since(self.started).into();
        // How far a failed attempt came is what its fault says.
        let (phase, status) = match &end {
            AttemptEnd::Failed(fault) => (fault.phase, fault.status),
            _ => (self.phase, self.status),
        };
        AttemptResult {
            phase,
            started: self.started,
            waited,
            status,
            resend: progress.resent(),
            redirects: progress.redirects(),
            timings: AttemptTimings {
                connect_ms: progress.connect_time().map(Into::into),
                headers_ms: self.headers.map(since),
                first_byte_ms: self.first_byte.map(since),
                first_event_ms: self.first_event.map(since),
                first_output_ms: self.first_text.map(since),
                first_token_ms: self.first_text.map(since),
                last_token_ms: self.last_text.map(since),
                total_ms: since(ended),
            },
            ended,
            chunk_gap: self.gaps.percentiles(),
            most_in_a_read: self.most_in_a_read,
            bytes: self.bytes,
            completeness: self.completeness,
            warnings: self.warnings,
            answer: self.answer,
            end,
        }
    }

    fn broken(&self, task: &Task<'_>, error: &RequestError) -> AttemptEnd {
        let phase = if self.headers.is_some() { self.phase } else { Phase::Status };
        let clocks = &task.shared.plan.clocks;
        self.fail(Fault::from_request(error, &route(task), clocks, phase))
    }

    fn fail(&self, fault: Fault) -> AttemptEnd {
        AttemptEnd::Failed(Box::new(Fault { status: fault.status.or(self.status), ..fault }))
    }

    fn cut(&self, task: &Task<'_>, cut: &Cut) -> AttemptEnd {
        match cut {
            Cut::Ending => AttemptEnd::Interrupted,
            Cut::Expired(Expired::MaxDuration) => AttemptEnd::Stopped(GuardKind::MaxDuration),
            Cut::Expired(Expired::Clock(clock)) => {
                let clocks = &task.shared.plan.clocks;
                self.fail(Fault::from_clock(*clock, clocks, self.phase, &route(task)))
            }
        }
    }
}

fn route<'a>(task: &'a Task<'_>) -> Route<'a> {
    let url = &task.request.url;
    let proxied = task.shared.transport.is_proxied(url);
    Route { url, proxied, version: task.shared.plan.connection.http_version }
}
