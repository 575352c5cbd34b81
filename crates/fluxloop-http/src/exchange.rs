//! An answer: its head, and its body as it arrives.

use std::time::{Duration, SystemTime};
use std::{fmt, mem};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use hyper::body::Body as _;
use reqwest::{Body, Response};
use tokio::time::Instant;

use crate::coding::{Decoder, Undecodable, UnknownCoding};
use crate::{Cause, MediaType, Phase, RequestError, classify, retry_after};

/// An answer whose head has come and whose body is being read.
///
/// Dropping it before the end closes the connection (HTTP/1.1) or the stream (HTTP/2).
pub struct Exchange {
    status: StatusCode,
    version: Version,
    headers: HeaderMap,
    /// The body; `None` after its end.
    response: Option<Response>,
    framing: Framing,
    /// How many bytes of a body of known length are still to come.
    missing: u64,
    /// What undoes the compression of the body, if it is compressed.
    decoder: Result<Option<Decoder>, UnknownCoding>,
}

/// A piece of the body, after decompression.
#[derive(Clone)]
pub struct Chunk {
    /// The bytes, as they came: where the peer cut them means nothing.
    pub bytes: Bytes,
    /// When they were there to be read.
    pub at: Instant,
}

/// How the transport marks the end of the body.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Framing {
    /// `Content-Length`, or a status that has no body.
    Length,
    /// A last chunk (RFC 9112, section 7.1).
    Chunked,
    /// `END_STREAM` on an HTTP/2 stream without a length (RFC 9113, section 8.1).
    Http2,
    /// The end of the connection, which proves nothing.
    UntilClose,
}

impl Framing {
    /// Whether a body that ended without an error is known to be whole.
    pub fn proves_end(self) -> bool {
        self != Self::UntilClose
    }

    fn of(response: &Response) -> Self {
        let chunked = || {
            let codings = response.headers().get_all(TRANSFER_ENCODING).iter().next_back();
            codings.is_some_and(|codings| ends_in_chunked(codings.as_bytes()))
        };
        if response.content_length().is_some() {
            Self::Length
        } else if response.version() == Version::HTTP_2 {
            Self::Http2
        } else if chunked() {
            Self::Chunked
        } else {
            Self::UntilClose
        }
    }
}

/// Whether the last transfer coding is the one that frames (RFC 9112, section 6.1).
fn ends_in_chunked(codings: &[u8]) -> bool {
    let last = codings.rsplit(|byte| *byte == b',').next().unwrap_or_default();
    last.trim_ascii().eq_ignore_ascii_case(b"chunked")
}

impl Exchange {
    pub(crate) fn new(mut response: Response) -> Self {
        let framing = Framing::of(&response);
        let missing = response.content_length().unwrap_or(0);
        let decoder = Decoder::of(response.headers());
        let mut headers = mem::take(response.headers_mut());
        // As they come they are pieces of the buffer of the connection, 8 KiB that would stay for as
        // long as the body comes.
        for value in headers.values_mut() {
            if let Ok(copy) = HeaderValue::from_bytes(value.as_bytes()) {
                *value = copy;
            }
        }
        Self {
            status: response.status(),
            version: response.version(),
            headers,
            response: Some(response),
            framing,
            missing,
            decoder,
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The HTTP version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether the answer comes over HTTP/2, where many share a connection.
    pub fn is_http2(&self) -> bool {
        self.version() == Version::HTTP_2
    }

    /// The headers. `Content-Encoding` and `Content-Length` describe the body as it is sent, not
    /// what [`chunk`](Self::chunk) gives.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The media type that `Content-Type` names; `None` when there is no such header, or when it is
    /// not well-formed.
    pub fn media_type(&self) -> Option<MediaType> {
        MediaType::of(self.headers())
    }

    /// How long the server asks to wait, from `now` on: `retry-after-ms`, or else `Retry-After`
    /// (seconds, with a fraction or without, or an HTTP date). At most a year.
    pub fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        retry_after::read(self.headers(), now)
    }

    /// How the transport marks the end of the body.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Waits for the next piece of the body; `None` at its end.
    ///
    /// It may be dropped and called again: nothing is lost.
    ///
    /// # Errors
    ///
    /// An end that the framing shows to be too early is an error.
    pub async fn chunk(&mut self) -> Result<Option<Chunk>, RequestError> {
        loop {
            let Ok(decoder) = &mut self.decoder else { return Err(self.unknown_coding()) };
            if let Some(decoder) = decoder {
                match decoder.piece() {
                    Ok(Some(bytes)) => return Ok(Some(Chunk { bytes, at: Instant::now() })),
                    Ok(None) => {}
                    Err(Undecodable) => return Err(RequestError::new(Phase::Body, Cause::Decode)),
                }
            }
            let Some(response) = &mut self.response else { return Ok(None) };
            match response.chunk().await {
                Ok(Some(bytes)) => {
                    self.missing = self.missing.saturating_sub(bytes.len() as u64);
                    match decoder {
                        Some(decoder) => decoder.feed(bytes),
                        None => return Ok(Some(Chunk { bytes, at: Instant::now() })),
                    }
                }
                Ok(None) => return self.end().map(|()| None),
                Err(error) => return Err(classify::reading(&error, self.missing)),
            }
        }
    }

    /// Judges an end that the client calls a good one.
    ///
    /// Of HTTP/2, hyper does so whenever the server gave the reason `NO_ERROR`: in `RST_STREAM`, or
    /// in a `GOAWAY` that leaves the stream out.
    fn end(&mut self) -> Result<(), RequestError> {
        let response = self.response.take();
        let has_end_stream = || response.is_some_and(|it| Body::from(it).is_end_stream());
        let is_decoded =
            self.decoder.as_ref().is_ok_and(|it| it.as_ref().is_none_or(Decoder::is_whole));
        let cause = if self.missing > 0 {
            Cause::WrongLength
        } else if self.framing == Framing::Http2 && !has_end_stream() {
            Cause::Abandoned
        } else if !is_decoded {
            Cause::Decode
        } else {
            return Ok(());
        };
        Err(RequestError::new(Phase::Body, cause))
    }

    fn unknown_coding(&self) -> RequestError {
        let coding = self.headers().get(CONTENT_ENCODING);
        let coding = coding.map(|coding| String::from_utf8_lossy(coding.as_bytes()).into_owned());
        RequestError::new(Phase::Body, Cause::UnknownCoding).with_detail(coding)
    }
}

/// Leaves the headers out: the server may have put a secret there.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("status", &self.status())
            .field("version", &self.version())
            .field("framing", &self.framing)
            .finish_non_exhaustive()
    }
}

/// None of the bytes: a server may send a secret back.
impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, at) = (self.bytes.len(), self.at);
        f.debug_struct("Chunk").field("bytes", &bytes).field("at", &at).finish()
    }
}
