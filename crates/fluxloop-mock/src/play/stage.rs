//! One answer of a dialect.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::compose::compose;
use super::{MAX_ANSWER, Play, Protocol, Then};
use crate::dialect::{Call, EVENT_STREAM, Layout, Prompt, Refusal, Values, fill};
use crate::pace::Pace;
use crate::program::{Cut, Mark, Op, Program};
use crate::request::MockRequest;
use crate::script::Head;
use crate::text::count_tokens;
use crate::{Fault, FaultKind, MockOptions, Reply, Served, identity};

/// The creation of all answers, in seconds since 1970: 14 November 2023, 22:13:20 UTC.
const CREATED: u64 = 1_700_000_000;

pub(super) struct Stage<'a> {
    pub(super) options: &'a MockOptions,
    pub(super) number: u64,
    pub(super) request: &'a MockRequest,
    pub(super) layout: &'a Layout,
    /// The paths that the mock plays, if that of the request is not among them.
    pub(super) known: Option<String>,
    pub(super) faults: &'a [Fault],
    pub(super) protocol: Protocol,
}

impl Stage<'_> {
    pub(super) fn answer(&self) -> Play {
        let prompt = self.admit().and_then(|()| self.layout.read(self.options, self.request));
        let mut input = None;
        if self.options.tells() {
            input = prompt.as_ref().ok().map(|prompt| prompt.input.clone());
        }
        let mut play = match (self.faults.iter().find_map(|fault| self.instead(fault)), prompt) {
            (Some(play), _) => play,
            (None, Ok(prompt)) => self.say(&prompt),
            (None, Err(refusal)) => self.refuse(&refusal),
        };
        play.served.input = input;
        if self.faults.is_empty() { play } else { self.spoil(play) }
    }

    fn values(&self) -> Values<'static> {
        let mut chance = identity::rng(self.options.seed, self.number, 1);
        let id = identity::id(&mut chance, 24);
        let request_id = format!("req_{}", identity::id(&mut chance, 24));
        Values { id, request_id, created: CREATED, ..Values::default() }
    }

    fn headers(&self, media_type: &str) -> HeaderMap {
        let mut headers = self.layout.headers(&self.values());
        let media_type = media_type.parse().expect("the pages are tested");
        headers.insert(header::CONTENT_TYPE, media_type);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers
    }

    /// What a fault puts in the place of the whole answer.
    fn instead(&self, fault: &Fault) -> Option<Play> {
        match &fault.kind {
            FaultKind::Status { status, retry_after, retry_after_ms, retry_at, headers, body } => {
                let retry = [
                    ("retry-after", retry_after.clone()),
                    ("retry-after-ms", retry_after_ms.clone()),
                    ("retry-after", retry_at.map(date_after)),
                ];
                let retry = retry.into_iter();
                let retry =
                    retry.filter_map(|(name, it)| Some((HeaderName::from_static(name), it?)));
                let headers = retry.chain(headers.iter().cloned()).collect();
                Some(self.status(*status, headers, body.as_ref()))
            }
            FaultKind::Redirect { status, to } => Some(self.redirect(*status, to.as_ref())),
            FaultKind::Garbage { bytes } => {
                let mut program = Program::whole(bytes.clone());
                program.ops.push(Op::Cut(Cut::Close));
                Some(Play { program, then: Then::Close, ..Play::default() })
            }
            _ => None,
        }
    }

    fn status(&self, status: StatusCode, headers: HeaderMap, body: Option<&Bytes>) -> Play {
        let message = format!("the mock answers with {}", status.as_u16());
        let mut play = self.refuse(&Refusal::new(status, message));
        let Some(head) = &mut play.head else { return play };
        head.headers.extend(headers);
        if let Some(body) = body {
            play.program = Program::whole(body.clone());
        }
        if has_no_body(status) {
            head.headers.remove(header::CONTENT_TYPE);
            play.program = Program::default();
        }
        play
    }

    fn redirect(&self, status: StatusCode, to: Option<&HeaderValue>) -> Play {
        let MockRequest { path, query, .. } = self.request;
        let here = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
        let here = || here.parse().expect("a path that came in a request is a header value");
        let headers = [(header::LOCATION, to.cloned().unwrap_or_else(here))];
        self.status(status, headers.into_iter().collect(), Some(&Bytes::new()))
    }

    /// Refuses what comes to no route, or without the key.
    fn admit(&self) -> Result<(), Refusal> {
        if let Some(known) = &self.known {
            let path = &self.request.path;
            let message = format!("the mock does not play the path `{path}`, only `{known}`");
            return Err(Refusal::new(StatusCode::NOT_FOUND, message));
        }
        if let Err(error) = self.layout.check(self.options) {
            return Err(Refusal::bad_request(error.to_string()));
        }
        let Some(key) = &self.options.api_key else {
            return Ok(());
        };
        let bearer = self.request.header("authorization").and_then(|it| it.strip_prefix("Bearer "));
        if [bearer, self.request.header("x-api-key")].contains(&Some(key)) {
            return Ok(());
        }
        let message = "the API key is missing or wrong";
        Err(Refusal::new(StatusCode::UNAUTHORIZED, message).code("invalid_api_key"))
    }

    pub(super) fn refuse(&self, refusal: &Refusal) -> Play {
        let mut headers = self.headers("application/json");
        if let Some(methods) = refusal.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        let body = self.layout.refuse(refusal, self.values());
        Play {
            head: Some(Head { status: refusal.status, headers }),
            program: Program::whole(body),
            sized: true,
            served: Served { status: Some(refusal.status.as_u16()), ..Served::default() },
            ..Play::default()
        }
    }

    fn say(&self, prompt: &Prompt<'_>) -> Play {
        let too_large = || {
            let message = format!("the answer would have more than {MAX_ANSWER} bytes");
            self.refuse(&Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message))
        };
        if prompt.input.len().saturating_mul(self.options.tool_calls + 2) > MAX_ANSWER {
            return too_large();
        }
        let mut pace = Pace::new(self.options, self.number);
        let delay = pace.vary(self.options.delay);
        let text = match &self.options.reply {
            Reply::Echo => Cow::from(&prompt.input),
            Reply::Text(text) => Cow::from(&**text),
            Reply::Numbered => Cow::from(numbered(self.number + 1, &prompt.input)),
        };
        let values = self.values();
        let call = |number: usize| Call {
            id: format!("call_{}_{}", values.id, number + 1),
            name: "lookup",
            arguments: json!({"query": prompt.input}).to_string(),
        };
        let calls: Vec<_> = (0..self.options.tool_calls).map(call).collect();
        let reasoning = if self.options.reasoning { MockOptions::REASONING } else { "" };
        let member = |name: &str| prompt.document.get(name);
        let values = Values {
            model: member("model").and_then(Value::as_str).unwrap_or("mock").to_owned(),
            rpc_id: member("id").cloned().unwrap_or(json!(1)),
            input_tokens: prompt.input_tokens,
            text_tokens: count_tokens(&text),
            reasoning_tokens: count_tokens(reasoning),
            all: Cow::from(&*text),
            reasoning,
            calls: &calls,
            ..values
        };
        let whole = |fault: &Fault| matches!(fault.kind, FaultKind::Error { whole: true, .. });
        let stream = prompt.stream && !self.faults.iter().any(whole);
        let layout = self.layout;
        let composed = if stream {
            compose(layout, values, &prompt.document, &text, &mut pace, self.faults)
        } else {
            Some((self.whole(prompt, values, &text), text.to_string()))
        };
        let Some((program, said)) = composed else { return too_large() };
        let media_type = match layout.media_type.as_str() {
            _ if !stream => "application/json",
            EVENT_STREAM => "text/event-stream; charset=utf-8",
            media_type => media_type,
        };
        let status = StatusCode::OK;
        let served =
            Served { status: Some(status.as_u16()), text: Some(said), ..Served::default() };
        let head = Some(Head { status, headers: self.headers(media_type) });
        Play { delay, head, program, sized: !stream, stream, served, ..Play::default() }
    }

    /// One body; what breaks a stream after a delta breaks it in its middle.
    fn whole(&self, prompt: &Prompt<'_>, mut values: Values<'_>, text: &str) -> Program {
        for fault in self.faults {
            if let FaultKind::Error { error_type, message, .. } = &fault.kind {
                let mut values = Values { error_type, message, ..values };
                return Program::whole(fill(&self.layout.refusal, &mut values).to_string());
            }
        }
        let template = prompt.answer.or(self.layout.whole.as_ref()).unwrap_or(&self.layout.refusal);
        let mut program = Program::whole(fill(template, &mut values).to_string());
        if !self.faults.is_empty() || self.options.tells() {
            let bytes = program.bytes.len();
            let said = |deltas, characters| Op::Mark(Mark::Said { deltas, characters });
            program.ops = vec![
                Op::Send(bytes / 2),
                said(0, 0),
                Op::Send(bytes),
                said(usize::MAX, text.chars().count()),
                Op::Mark(Mark::Done),
            ];
        }
        program
    }
}

/// The one part of an answer that depends on the time: the date that lies so far ahead.
fn date_after(wait: Duration) -> HeaderValue {
    let date = httpdate::fmt_http_date(SystemTime::now() + wait);
    date.parse().expect("a date is a header value")
}

fn numbered(number: u64, text: &str) -> String {
    let words: Vec<_> = text.split(' ').map(|word| format!("{number}.{word}")).collect();
    words.join(" ")
}

/// Whether an answer of this status has no body (RFC 9110, sections 15.3.5 and 15.4.5).
pub(super) fn has_no_body(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}
