//! What the answer to a request is: no socket, no clock.

mod compose;
mod spoil;
mod stage;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use stage::Stage;

use crate::dialect::Refusal;
use crate::program::Program;
use crate::request::MockRequest;
use crate::script::{Compiled, Head};
use crate::{Dialect, Fault, Faults, MockError, MockOptions, Rule, Served, identity};

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
/// [`MockAgent`](crate::MockAgent) with these options would send, without the framing of any
/// version of HTTP.
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
    let play = play(options, number, request, Protocol::Http2);
    let Head { status, headers } = play.head?;
    let body = play.program.bytes.slice(..play.program.sent());
    Some(Transcript { status, headers, body })
}

/// In which way the answer will travel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Protocol {
    Http1 {
        /// The client takes a body in chunks; before HTTP/1.1, none did.
        chunks: bool,
        /// The client may send another request on the connection.
        keep_alive: bool,
    },
    /// HTTP/2, or nothing at all: the body is not framed here.
    Http2,
}

/// What becomes of a connection on which an answer was written by hand.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Then {
    #[default]
    Close,
    /// It is closed after so long.
    Linger(Duration),
    /// It serves the next request.
    KeepAlive,
    /// It is closed after this idle time, or when the next request comes.
    CloseIdle(Option<Duration>),
}

/// One answer, ready to be given.
#[derive(Debug, Default)]
pub(crate) struct Play {
    pub(crate) delay: Duration,
    /// The head; without one the program is all there is on the connection.
    pub(crate) head: Option<Head>,
    pub(crate) program: Program,
    /// Whether the body is announced with its length.
    pub(crate) sized: bool,
    pub(crate) stream: bool,
    /// What comes after an answer without a head.
    pub(crate) then: Then,
    /// What there is to tell, as far as it is known before the answer is given.
    pub(crate) served: Served,
}

/// The answer to the request of this number.
pub(crate) fn play(
    options: &MockOptions,
    number: u64,
    request: &MockRequest,
    protocol: Protocol,
) -> Play {
    let mut dialect = &options.dialect;
    let mut own_faults = Vec::new();
    // A script's answer may be that of another dialect, which answers at any path then.
    let mut anywhere = false;
    while let Dialect::Script(script) = dialect {
        match script.answer(number) {
            Compiled::Program { delay, head, program, sized } => {
                let (delay, head, program) = (*delay, head.clone(), program.clone());
                let status = head.as_ref().map(|it| it.status.as_u16());
                let served = Served { status, ..Served::default() };
                let (sized, stream) = (*sized, !*sized);
                return Play { delay, head, program, sized, stream, served, ..Play::default() };
            }
            Compiled::Dialect { dialect: inner, faults } => {
                anywhere = true;
                own_faults.extend(faults.iter().cloned());
                dialect = inner;
            }
        }
    }
    let (layout, is_served) = dialect
        .layout(request, &options.paths)
        .expect("the loop above ends at a dialect that is no script");
    let known = (!is_served && !anywhere).then(|| dialect.paths(&options.paths));
    let known = known.map(|paths| paths.join("`, `"));
    let chance = || identity::rng(options.seed, number, 3).f64();
    let asked = asked(request);
    let faults: Cow<'_, [Fault]> = match &asked {
        Err(_) => Cow::Borrowed(&[]),
        Ok(Some(asked)) => asked.of(number, chance).to_vec().into(),
        Ok(None) if own_faults.is_empty() => options.faults.of(number, chance).into(),
        Ok(None) => own_faults.into(),
    };
    let stage = Stage { options, number, request, layout, known, faults: &faults, protocol };
    match asked {
        Ok(_) => stage.answer(),
        Err(error) => stage.refuse(&Refusal::bad_request(error.to_string())),
    }
}

/// The most bytes of an answer without its faults, and of what a fault makes.
pub(crate) const MAX_ANSWER: usize = 64 << 20;

/// Whether an answer may have faults, which can make it large.
pub(crate) fn may_break(options: &MockOptions, request: &MockRequest) -> bool {
    let is_script = matches!(options.dialect, Dialect::Script(_));
    is_script || !options.faults.is_empty() || rule_of(request).is_some()
}

fn rule_of(request: &MockRequest) -> Option<String> {
    let in_query = || request.query_parameter(&Faults::HEADER.replace('-', "_"));
    request.header(Faults::HEADER).map(str::to_owned).or_else(in_query)
}

/// The faults that a request asks for itself.
fn asked(request: &MockRequest) -> Result<Option<Faults>, MockError> {
    match rule_of(request).as_deref() {
        None => Ok(None),
        Some("none") => Ok(Some(Faults::default())),
        Some(rule) => Faults::new([rule.parse::<Rule>()?]).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::examples;
    use crate::program::Op;

    const PROTOCOLS: [Protocol; 4] = [
        Protocol::Http1 { chunks: true, keep_alive: true },
        Protocol::Http1 { chunks: true, keep_alive: false },
        Protocol::Http1 { chunks: false, keep_alive: false },
        Protocol::Http2,
    ];

    /// Positions at the edges, for what takes one.
    const POSITIONS: [&str; 8] = [
        "at=head",
        "deltas=0",
        "deltas=9",
        "inside=0",
        "inside=9",
        "at=done",
        "bytes=0",
        "at=anywhere",
    ];

    /// Plays these faults in every protocol, for a stream and for a plain answer.
    fn check(faults: &str) {
        let rule: Rule = faults.parse().unwrap_or_else(|error| panic!("{error}"));
        let faults = Faults::new([rule]).expect("no chances");
        let options = MockOptions { faults, record: 1, ..MockOptions::default() };
        for body in [r#"{"input":"a b"}"#, r#"{"input":"a b","stream":false}"#] {
            let request = MockRequest::post("/chat", body);
            for protocol in PROTOCOLS {
                let play = play(&options, 0, &request, protocol);
                assert_sound(
                    &play.program,
                    &format!("{faults:?} over {protocol:?}", faults = options.faults),
                );
                assert!(!play.sized, "lengths are announced by hand");
            }
        }
    }

    /// What is sent over HTTP/2 of an answer with these faults.
    fn sent(faults: &str) -> usize {
        let faults = Faults::new([faults.parse().expect("a good rule")]).expect("no chances");
        let options = MockOptions { faults, ..MockOptions::default() };
        let request = MockRequest::post("/chat", r#"{"input":"a b"}"#);
        transcript(&options, 0, &request).expect("an answer").body.len()
    }

    #[test]
    fn what_never_ends_breaks_behind_so_many_bytes_all_the_same() {
        for endless in ["line", "event", "comments", "text", "text,every=1ms", "text,deltas=9"] {
            for bytes in [1, 5_000, 100_000, 1_000_000] {
                for how in ["close", "end", "goaway", "slicer=1000+reset_peer"] {
                    let faults = format!("endless={endless}+{how}:bytes={bytes}");
                    assert_eq!(sent(&faults), bytes, "{faults}");
                    check(&faults);
                }
                // Two breaks: the first one holds.
                let both = format!("endless={endless}+close:bytes={bytes}+limit_data=2000000");
                assert_eq!(sent(&both), bytes, "{both}");
            }
            // A drain breaks nothing off.
            check(&format!("endless={endless}+goaway=graceful,bytes=100000"));
        }
        assert_eq!(sent("gzip=bomb+limit_data=100000"), 100_000);
    }

    #[test]
    fn the_largest_of_what_can_be_asked_for_can_be_played() {
        check("many_headers=20000");
        check("many_headers=20000+header=\"a: b\"+many_headers=20000,size=1");
        check("status=503,retry_at=525600m");
        check("latency=525600m,jitter=525600m");
        check("slicer=16MiB,variation=1MiB,delay=525600m");
    }

    /// A program can be performed to its end.
    fn assert_sound(program: &Program, context: &str) {
        let (mut sent, last) = (0, program.ops.len().saturating_sub(1));
        for (index, op) in program.ops.iter().enumerate() {
            match *op {
                Op::Send(end) => {
                    assert!(sent <= end && end <= program.bytes.len(), "{context}: {index}");
                    sent = end;
                }
                Op::Again { op, byte } => {
                    assert!(op < index && byte < sent, "{context}: a loop sends something");
                }
                Op::Cut(_) | Op::Stall => assert_eq!(index, last, "{context}"),
                _ => {}
            }
        }
    }

    #[test]
    fn any_two_faults_can_strike_together() {
        for first in examples() {
            check(first);
            for second in examples() {
                check(&format!("{first}+{second}"));
            }
        }
    }

    #[test]
    fn an_answer_can_break_everywhere() {
        for how in ["close", "reset_peer", "timeout", "end", "bad_chunk", "goaway", "rst_stream"] {
            for at in POSITIONS {
                for with in ["", "gzip+", "br=whole+", "until_close+", "slicer=2+", "endless=line+"]
                {
                    check(&format!("{with}{how}:{at}"));
                }
            }
        }
    }
}
