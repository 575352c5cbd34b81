//! Why an attempt failed, and where, as facts.

use std::time::Duration;

use fluxloop_aggregate::{AnswerFault, TextBy};
use fluxloop_http::RequestError;
use fluxloop_plan::{HttpVersion, ProxyUrl, TemplateError};
use fluxloop_schema::StreamKind;
use fluxloop_trace::{Clock, FailureKind, Phase};
use url::Url;

/// Why an attempt failed.
#[derive(Debug)]
pub enum Reason {
    /// The request could not be made from the input.
    Template(TemplateError),
    /// The exchange failed.
    Request(RequestError),
    /// A clock of the attempt ran out.
    Clock {
        /// Which clock.
        clock: Clock,
        /// How long it runs.
        limit: Duration,
    },
    /// The answer is not a success.
    Answer(AnswerFault),
    /// The program panicked, and this is what the panic carried.
    Panic(String),
    /// It failed when it was recorded, in words that its record has.
    Recorded {
        /// The kind of then.
        kind: FailureKind,
        /// The clock that had run out.
        clock: Option<Clock>,
    },
    /// The answer was recorded only to the place where it was cut then, and the rules of today would
    /// read on.
    NotRecorded,
}

/// What a proxy did with a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProxyRole<'a> {
    /// No proxy is known to stand between.
    Absent,
    /// The request goes through this proxy.
    Between(&'a ProxyUrl),
    /// A proxy answered in the server's place.
    Answering,
}

/// Where it failed: what the words depend on besides the reason.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Where the request went.
    pub url: &'a Url,
    /// What a proxy did.
    pub proxy: ProxyRole<'a>,
    /// Whether a redirect turned the request into a GET.
    pub became_get: bool,
    /// The version of HTTP that was asked for.
    pub version: HttpVersion,
    /// How far the attempt came.
    pub phase: Phase,
    /// The status, where one came.
    pub status: Option<u16>,
    /// The media type that the answer names.
    pub media_type: Option<&'a str>,
    /// The framing that was to read the answer.
    pub stream: StreamKind,
    /// Who says where the text of the answer is.
    pub text_by: TextBy,
    /// What the model said where it refused.
    pub refusal: Option<&'a str>,
    /// Whether the retry policy lists the status.
    pub is_status_retried: bool,
    /// Whether an answer of the same run showed its end.
    pub is_end_known: bool,
}

impl<'a> Scene<'a> {
    /// A request to `url` of which nothing else is known.
    pub fn new(url: &'a Url) -> Self {
        Self {
            url,
            proxy: ProxyRole::Absent,
            became_get: false,
            version: HttpVersion::Auto,
            phase: Phase::BeforeConnect,
            status: None,
            media_type: None,
            stream: StreamKind::default(),
            text_by: TextBy::default(),
            refusal: None,
            is_status_retried: false,
            is_end_known: false,
        }
    }

    /// The proxy that stood between, to follow what the far side did; empty without one.
    pub(crate) fn through(&self) -> String {
        match self.proxy {
            ProxyRole::Between(proxy) => format!(" (a proxy stood between: {proxy})"),
            ProxyRole::Absent | ProxyRole::Answering => String::new(),
        }
    }

    /// `http://localhost:8000`: the rest of a URL may hold a key.
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}
