//! One answer of a provider.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::{Play, Protocol, Then};
use crate::dialect::{Heard, Provider, Refusal, Voice, compose};
use crate::identity::{self, Identity};
use crate::pace::Pace;
use crate::program::{Cut, Mark, Op, Program};
use crate::request::MockRequest;
use crate::script::Head;
use crate::{Fault, FaultKind, MockOptions, Reply, Served};

/// Everything that decides one answer of a provider.
pub(super) struct Stage<'a> {
    pub(super) options: &'a MockOptions,
    pub(super) number: u64,
    pub(super) request: &'a MockRequest,
    pub(super) provider: Provider<'a>,
    pub(super) routed: bool,
    pub(super) faults: &'a [Fault],
    pub(super) protocol: Protocol,
}

impl Stage<'_> {
    pub(super) fn answer(&self) -> Play {
        let heard = self.admit().and_then(|()| self.provider.read(self.request, self.identity()));
        let mut input = None;
        if self.options.tells() {
            input = heard.as_ref().ok().map(|heard| heard.input.clone());
        }
        let mut play = match (self.faults.iter().find_map(|fault| self.instead(fault)), heard) {
            (Some(play), _) => play,
            (None, Ok(heard)) => self.say(heard),
            (None, Err(refusal)) => self.refuse(&refusal),
        };
        play.served.input = input;
        if self.faults.is_empty() { play } else { self.spoil(play) }
    }

    fn identity(&self) -> Identity {
        Identity::new(self.options.seed, self.number, self.options.created)
    }

    /// The source of the request's own id, which its headers and its error have in common.
    fn request_id(&self) -> Identity {
        let chance = identity::rng(self.options.seed, self.number, 4).u64(..);
        Identity::new(chance, self.number, self.options.created)
    }

    /// The headers of an answer of this media type.
    fn headers(&self, media_type: &'static str) -> HeaderMap {
        let mut headers = self.provider.headers(self.request_id());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
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
        let mut play = self.refuse(&self.provider.refusal_of(status));
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
        if !self.routed {
            return Err(self.provider.refusal_of(StatusCode::NOT_FOUND).says(format!(
                "the mock has no route {} {}",
                self.request.method, self.request.path
            )));
        }
        let Some(key) = &self.options.api_key else {
            return Ok(());
        };
        let bearer = self.request.header("authorization").and_then(|it| it.strip_prefix("Bearer "));
        if [bearer, self.request.header("x-api-key")].contains(&Some(key)) {
            return Ok(());
        }
        let refusal = self.provider.refusal_of(StatusCode::UNAUTHORIZED);
        Err(refusal.says("the API key is missing or wrong").code("invalid_api_key"))
    }

    pub(super) fn refuse(&self, refusal: &Refusal) -> Play {
        let headers = self.headers("application/json");
        let body = self.provider.error_body(refusal, self.request_id());
        Play {
            head: Some(Head { status: refusal.status, headers }),
            program: Program::whole(body),
            sized: true,
            served: Served { status: Some(refusal.status.as_u16()), ..Served::default() },
            ..Play::default()
        }
    }

    fn say(&self, Heard { input, stream, mut voice }: Heard<'_>) -> Play {
        let mut pace = Pace::new(self.options, self.number);
        let delay = pace.vary(self.options.delay);
        let text = match &self.options.reply {
            Reply::Echo => Cow::from(&input),
            Reply::Text(text) => Cow::from(&**text),
            Reply::Numbered => Cow::from(numbered(self.number + 1, &input)),
        };
        let text = &*text;
        let whole = |fault: &Fault| matches!(fault.kind, FaultKind::Error { whole: true, .. });
        let stream = stream && !self.faults.iter().any(whole);
        let voice = &mut *voice;
        let (program, said) = if stream {
            compose(voice, text, &mut pace, self.faults)
        } else {
            (self.whole(voice, text), text.to_owned())
        };
        let media_type =
            if stream { "text/event-stream; charset=utf-8" } else { "application/json" };
        let status = StatusCode::OK;
        let served =
            Served { status: Some(status.as_u16()), text: Some(said), ..Served::default() };
        let head = Some(Head { status, headers: self.headers(media_type) });
        Play { delay, head, program, sized: !stream, stream, served, ..Play::default() }
    }

    /// One body; what breaks a stream behind a delta breaks it in its middle.
    fn whole(&self, voice: &mut dyn Voice, text: &str) -> Program {
        for fault in self.faults {
            if let FaultKind::Error { error_type, message, .. } = &fault.kind {
                return Program::whole(voice.whole_error(error_type, message));
            }
        }
        let mut program = Program::whole(voice.whole(text));
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

/// A text with a number before each of its words.
fn numbered(number: u64, text: &str) -> String {
    let words: Vec<_> = text.split(' ').map(|word| format!("{number}.{word}")).collect();
    words.join(" ")
}

/// Whether an answer of this status has no body (RFC 9110, sections 15.3.5 and 15.4.5).
pub(super) fn has_no_body(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}
