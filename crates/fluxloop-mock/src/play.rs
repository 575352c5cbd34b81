//! What the answer to a request is: no socket, no clock.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::dialect::{Heard, Provider, Refusal, Voice, breaking, compose};
use crate::identity::{self, Identity};
use crate::pace::Pace;
use crate::program::{Cut, Op, Program};
use crate::request::MockRequest;
use crate::script::{Compiled, Head};
use crate::{At, Dialect, Fault, MockOptions, Reply};

/// An answer as a client would see it that waited for all of it.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those of the transport.
    pub headers: HeaderMap,
    /// All bytes of the body.
    pub body: Bytes,
}

/// The answer to the request of this number (from 0), without a server: the same bytes that a
/// [`MockAgent`](crate::MockAgent) with these options would send.
///
/// `None` if the answer is not HTTP, or none at all. Pauses are left out; a fault that breaks the
/// answer leaves the bytes before the break.
///
/// ```
/// use fluxloop_mock::{MockOptions, MockRequest, transcript};
///
/// let request = MockRequest::post("/chat", r#"{"input": "Hello world"}"#);
/// let answer = transcript(&MockOptions::default(), 0, &request).expect("an answer");
/// assert_eq!(
///     answer.body,
///     "event: message\ndata: {\"delta\":\"Hello\"}\n\n\
///      event: message\ndata: {\"delta\":\" world\"}\n\n\
///      event: done\ndata: {\"finish_reason\":\"stop\"}\n\n"
/// );
/// ```
pub fn transcript(options: &MockOptions, number: u64, request: &MockRequest) -> Option<Transcript> {
    let play = play(options, number, request);
    let Head { status, headers } = play.head?;
    let body = play.program.bytes.slice(..play.program.sent());
    Some(Transcript { status, headers, body })
}

/// One answer, ready to be given.
#[derive(Debug)]
pub(crate) struct Play {
    /// Wait before anything.
    pub(crate) delay: Duration,
    /// The head; without one the program is all there is on the connection.
    pub(crate) head: Option<Head>,
    /// The body.
    pub(crate) program: Program,
    /// Whether the body is announced with its length.
    pub(crate) sized: bool,
    /// Whether something goes wrong on purpose.
    pub(crate) faulty: bool,
}

/// The answer to the request of this number.
pub(crate) fn play(options: &MockOptions, number: u64, request: &MockRequest) -> Play {
    let mut dialect = &options.dialect;
    let mut own_fault = None;
    // A script's answer may be that of another dialect, which answers at any path then.
    let mut anywhere = false;
    while let Dialect::Script(script) = dialect {
        match script.answer(number) {
            Compiled::Program { delay, head, program, sized } => {
                let (delay, head, program) = (*delay, head.clone(), program.clone());
                return Play { delay, head, program, sized: *sized, faulty: false };
            }
            Compiled::Dialect { dialect: inner, fault } => {
                anywhere = true;
                own_fault = own_fault.or(fault.as_ref());
                dialect = inner;
            }
        }
    }
    let also_at = if anywhere { Some(request.path.as_str()) } else { options.also_at.as_deref() };
    let (provider, routed) = Provider::at(dialect, &request.path, also_at)
        .expect("the loop above ends at a dialect that is no script");
    let chance = || identity::rng(options.seed, number, 3).f64();
    let fault = own_fault.or_else(|| options.faults.of(number, chance));
    Stage { options, number, request, provider, routed, fault }.answer()
}

/// Everything that decides one answer of a provider.
struct Stage<'a> {
    options: &'a MockOptions,
    number: u64,
    request: &'a MockRequest,
    provider: Provider<'a>,
    routed: bool,
    fault: Option<&'a Fault>,
}

impl Stage<'_> {
    fn answer(&self) -> Play {
        if let Some(play) = self.fault.and_then(|fault| self.instead(fault)) {
            return play;
        }
        let heard = self.admit().and_then(|()| self.provider.read(self.request, self.identity()));
        match heard {
            Ok(heard) => self.say(heard),
            Err(refusal) => self.refuse(&refusal),
        }
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
        let program = match fault {
            Fault::Status { status, headers, body } => {
                return Some(self.status(*status, headers, body.as_ref()));
            }
            Fault::Close { at: At::BeforeAnswer }
            | Fault::ResetPeer { at: At::BeforeAnswer }
            | Fault::Timeout { at: At::BeforeAnswer, .. } => Program::only(breaking(fault)),
            Fault::Garbage(bytes) => {
                let mut program = Program::whole(bytes.clone());
                program.ops.push(Op::Cut(Cut::Close));
                program
            }
            _ => return None,
        };
        Some(Play { delay: Duration::ZERO, head: None, program, sized: false, faulty: true })
    }

    fn status(&self, status: StatusCode, headers: &HeaderMap, body: Option<&Bytes>) -> Play {
        let mut play = self.refuse(&self.provider.refusal_of(status));
        if let Some(head) = &mut play.head {
            head.headers.extend(headers.clone());
        }
        if let Some(body) = body {
            play.program = Program::whole(body.clone());
        }
        play.faulty = true;
        play
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

    fn refuse(&self, refusal: &Refusal) -> Play {
        let headers = self.headers("application/json");
        let body = self.provider.error_body(refusal, self.request_id());
        Play {
            delay: Duration::ZERO,
            head: Some(Head { status: refusal.status, headers }),
            program: Program::whole(body),
            sized: true,
            faulty: false,
        }
    }

    fn say(&self, mut heard: Heard<'_>) -> Play {
        let mut pace = Pace::new(self.options, self.number);
        let delay = pace.vary(self.options.delay);
        let text = match &self.options.reply {
            Reply::Echo => heard.input.as_str(),
            Reply::Text(text) => text,
        };
        let (media_type, program) = if heard.stream {
            let program = compose(&mut *heard.voice, text, &mut pace, self.fault);
            ("text/event-stream; charset=utf-8", program)
        } else {
            ("application/json", self.whole(&mut *heard.voice, text))
        };
        let mut headers = self.headers(media_type);
        if let Some(Fault::ContentType(other)) = self.fault {
            headers.insert(header::CONTENT_TYPE, other.clone());
        }
        Play {
            delay,
            head: Some(Head { status: StatusCode::OK, headers }),
            program,
            sized: !heard.stream,
            faulty: self.fault.is_some(),
        }
    }

    /// One body; what breaks a stream breaks it in its middle.
    fn whole(&self, voice: &mut dyn Voice, text: &str) -> Program {
        if let Some(Fault::ErrorEvent { error_type, message, .. }) = self.fault {
            return Program::whole(voice.whole_error(error_type, message));
        }
        let mut program = Program::whole(voice.whole(text));
        let breaking = self.fault.map(breaking).unwrap_or_default();
        if !breaking.is_empty() {
            program.ops = vec![Op::Send(program.bytes.len() / 2)];
            program.ops.extend(breaking);
        }
        program
    }
}
