//! Sends exactly one request, and takes its answer.

use std::time::Duration;

use fluxloop_config::Loaded;
use fluxloop_explain::{Reason, Scene, words};
use fluxloop_http::{Exchange, Progress, RequestError, Transport};
use fluxloop_learn::{Arrival, Delivery, Recorder};
use fluxloop_mock::MockAgent;
use fluxloop_plan::{Plan, RequestSpec};
use fluxloop_schema::StreamKind;
use tokio::time::{Instant, timeout};

use super::answer::{Answer, Head};
use super::{MAX_BODY_BYTES, MAX_FRAME_BYTES};
use crate::args::InspectArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::loading::FirstCase;
use crate::{dry_run, mock_agent, output, runtime};

/// Sends the first case, and takes its answer.
pub(super) fn one(args: &InspectArgs, first: FirstCase) -> Result<Answer, Ended> {
    let runtime = runtime::start(args.mock.is_some()).map_err(|error| {
        Ended::message(Exit::Failure, format!("no thread could be started: {error}"))
    })?;
    let answer = runtime.block_on(ask(args, first));
    runtime.shutdown_background();
    answer
}

async fn ask(args: &InspectArgs, first: FirstCase) -> Result<Answer, Ended> {
    let FirstCase { loaded: Loaded { mut plan, .. }, case } = first;
    let _mock = match &args.mock {
        Some(dialect) => Some(start_mock(&mut plan, dialect).await?),
        None => None,
    };
    let case = case.ok_or_else(|| Ended::message(Exit::Configuration, "there is no input"))?;
    let case = case.map_err(|error| Ended::new(Exit::Configuration, &error))?;
    let spec = plan.request.render(&case, &plan.response).map_err(|error| {
        let words = words(&Reason::Template(error), &Scene::new(&plan.request.url));
        Ended::message(Exit::Configuration, words.message).hint(words.hint)
    })?;
    let to = if args.mock.is_some() { " (the mock)" } else { "" };
    output::note(format_args!("one request is sent: {}{to}", dry_run::target(&plan, &spec)));
    send(&plan, &spec).await
}

async fn start_mock(plan: &mut Plan, dialect: &fluxloop_mock::Dialect) -> Result<MockAgent, Ended> {
    let options = mock_agent::options(plan, dialect)
        .map_err(|error| Ended::new(Exit::Configuration, &error))?;
    let mock = MockAgent::start(options)
        .await
        .map_err(|error| Ended::new(Exit::Failure, &error).hint(error.hint()))?;
    mock_agent::redirect(plan, mock.addr()).map_err(|error| Ended::new(Exit::Failure, &error))?;
    Ok(mock)
}

async fn send(plan: &Plan, spec: &RequestSpec) -> Result<Answer, Ended> {
    let failed = |error: RequestError| {
        let words = words(&Reason::Request(error), &Scene::new(&spec.url));
        // It may quote what the server sent, which may have torn a secret.
        let mask = |text: String| plan.redactor.mask_piece(&text).0.to_string();
        Ended::message(Exit::Failure, mask(words.message)).hint(words.hint.map(mask))
    };
    let transport = Transport::new(&plan.connection, &spec.url, plan.clocks.connect)
        .map_err(|error| Ended::new(Exit::Failure, &error))?;
    let started = Instant::now();
    let progress = Progress::default();
    let late = || {
        let message = format!("no answer came within {:?}", plan.clocks.attempt);
        Ended::message(Exit::Failure, message).hint(Some("raise `runner.http.timeout`"))
    };
    let sent = timeout(plan.clocks.attempt, transport.send(spec, &progress)).await;
    let exchange = sent.map_err(|_| late())?.map_err(failed)?;
    let head = head(&exchange, started.elapsed());
    let reading = Reading::new(plan, &exchange, started);
    let answer = reading.read(exchange, plan).await;
    Ok(Answer { head: Some(head), ..answer })
}

fn head(exchange: &Exchange, at: Duration) -> Head {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = exchange.headers().iter();
    Head {
        status: exchange.status().as_u16(),
        reason: exchange.status().canonical_reason().unwrap_or_default(),
        version: format!("{:?}", exchange.version()),
        headers: headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        at,
    }
}

/// The body of an answer, as it comes.
struct Reading {
    started: Instant,
    recorder: Recorder,
    delivery: Delivery,
    bytes: u64,
}

impl Reading {
    fn new(plan: &Plan, exchange: &Exchange, started: Instant) -> Self {
        let media_type = exchange.media_type();
        let essence = media_type.as_ref().map(|it| it.essence().to_owned());
        let of_type = essence.as_deref().and_then(fluxloop_frames::Framing::of_media_type);
        let stream = match (plan.response.stream, of_type) {
            (StreamKind::Sse | StreamKind::Auto | StreamKind::None, Some(framing)) => {
                StreamKind::of_name(framing.name()).unwrap_or(StreamKind::Auto)
            }
            // What the configuration says may be what is wrong.
            _ => StreamKind::Auto,
        };
        let charset = media_type.as_ref().and_then(|it| it.charset()).map(str::to_owned);
        let coding = exchange.headers().get("content-encoding");
        let coding = coding.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        Self {
            started,
            recorder: Recorder::new(stream, MAX_FRAME_BYTES.min(plan.limits.max_event_bytes)),
            delivery: Delivery { media_type: essence, charset, coding, ..Delivery::default() },
            bytes: 0,
        }
    }

    /// Reads until the body ends, a clock of the configuration runs out, or enough came.
    async fn read(mut self, mut exchange: Exchange, plan: &Plan) -> Answer {
        let mut broke = None;
        let over = self.started + plan.clocks.attempt;
        let end = loop {
            let left = over.saturating_duration_since(Instant::now());
            let wait = plan.clocks.idle.map_or(left, |idle| idle.min(left));
            match timeout(wait, exchange.chunk()).await {
                Err(_) => {
                    broke = Some(format!("nothing came for {} ms", wait.as_millis()));
                    break Instant::now();
                }
                Ok(Err(error)) => {
                    let words = words(&Reason::Request(error), &Scene::new(&plan.request.url));
                    broke = Some(words.message);
                    break Instant::now();
                }
                Ok(Ok(None)) => {
                    self.delivery.is_clean = true;
                    break Instant::now();
                }
                Ok(Ok(Some(chunk))) => {
                    let at = chunk.at.saturating_duration_since(self.started);
                    let frames = self.recorder.feed(&chunk.bytes, at);
                    self.bytes += chunk.bytes.len() as u64;
                    self.delivery.reads.push(Arrival { at, bytes: chunk.bytes.len(), frames });
                    if self.bytes > MAX_BODY_BYTES {
                        broke = Some("enough was read to learn from".to_owned());
                        break chunk.at;
                    }
                }
            }
        };
        let took = end.saturating_duration_since(self.started);
        let recording = self.recorder.finish(took);
        Answer { head: None, recording, delivery: self.delivery, took, broke }
    }
}
