//! What can go wrong, split by what the caller can do about it.

use std::fmt;

use http::StatusCode;

use crate::Phase;

/// Why a transport could not be made. Every case but [`Tls`](Self::Tls) is a fault of the
/// configuration.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// `tls.ca_file` holds no certificate that could be read.
    #[error("the file of certificate authorities holds no usable PEM certificate")]
    Authorities,
    /// `tls.client_cert` and `tls.client_key` do not make an identity.
    #[error("the client certificate and its key are not usable PEM")]
    ClientIdentity,
    /// The client key is not the one of the client certificate.
    #[error("the client key does not belong to the client certificate")]
    ClientKey,
    /// The client certificate is damaged, or of another version than 3.
    #[error("the client certificate is not an X.509 certificate of version 3")]
    ClientCertificate,
    /// TLS could not be set up; most often the system has no certificate authorities.
    #[error("TLS could not be set up")]
    Tls,
}

/// Why an exchange ended before its end.
///
/// The message is made of fixed words: no URL, no header, nothing that the peer said.
#[derive(Clone, Eq, PartialEq)]
pub struct RequestError {
    phase: Phase,
    cause: Cause,
    detail: Option<Box<str>>,
}

impl RequestError {
    pub(crate) fn new(phase: Phase, cause: Cause) -> Self {
        Self { phase, cause, detail: None }
    }

    pub(crate) fn with_detail(mut self, detail: Option<String>) -> Self {
        self.detail = detail.map(String::into_boxed_str);
        self
    }

    /// How far the exchange had come.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Why it ended.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// What the peer had a hand in, raw, or the proxy that failed: the address that a redirect names, what is wrong with
    /// a certificate or a handshake, a coding, the error code of HTTP/2. **Mask it before it is shown or
    /// stored.**
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.cause, f)
    }
}

/// Leaves the detail out: it is not masked.
impl fmt::Debug for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestError")
            .field("phase", &self.phase)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for RequestError {}

/// Why an exchange ended. Each variant asks something else of the caller.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Cause {
    /// The host name could not be resolved.
    #[error("the host name could not be resolved")]
    Dns,
    /// No connection could be opened.
    #[error("{0}")]
    Connect(ConnectFault),
    /// The connect clock ran out: name lookup, TCP and TLS together.
    #[error("no connection was ready when the connect clock ran out")]
    ConnectTimeout,
    /// TLS could not be agreed on. Trying again does not help.
    #[error("{0}")]
    Tls(TlsFault),
    /// The proxy could not be reached, or did not open the way.
    #[error("{0}")]
    Proxy(ProxyFault),
    /// This machine ran out of something; the server has no part in it.
    #[error("{0}")]
    Local(LocalFault),
    /// The connection broke after the request had gone out and before an answer came.
    // Whether a part of the head came, the client does not tell; see `Transport::send`.
    #[error("the connection was closed before the head of an answer was whole")]
    NoAnswer,
    /// The server reset the request's HTTP/2 stream before it answered (`RST_STREAM`); the error
    /// code is the detail.
    #[error("the server reset the request's HTTP/2 stream before any answer came")]
    Refused,
    /// The server reset the request's HTTP/2 stream inside the body (`RST_STREAM`); the error code
    /// is the detail.
    #[error("the server reset the request's HTTP/2 stream before the body was whole")]
    Reset,
    /// The connection broke inside the body.
    #[error("the connection broke before the body was whole")]
    Truncated,
    /// The server ended the HTTP/2 stream inside the body without an error: `RST_STREAM` or
    /// `GOAWAY` with `NO_ERROR`.
    #[error(
        "the server ended the HTTP/2 stream before the body was whole (`END_STREAM` is missing)"
    )]
    Abandoned,
    /// The body ended before the length that it announced, or went on behind it.
    #[error("the body is not as long as its `content-length`")]
    WrongLength,
    /// What came is not HTTP as the standards describe it. Trying again does not help.
    #[error("{0}")]
    Protocol(ProtocolFault),
    /// The body's compression is broken, or not the one that its header names.
    #[error("the body cannot be decompressed: it is cut off, damaged, or not what its header says")]
    Decode,
    /// The body is coded in another way than gzip, deflate, br and zstd, or in several ways.
    #[error("the body is compressed in a way that is not supported")]
    UnknownCoding,
    /// A redirect that is not followed; the target without its query is the detail.
    #[error("status {} redirects {}", .0.as_u16(), .1)]
    Redirect(StatusCode, RedirectFault),
    /// The client refused to send the request: its URL is none that HTTP can carry.
    #[error("the request cannot be sent as it is")]
    InvalidRequest,
}

/// Why no connection could be opened.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum ConnectFault {
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// There is no way to that network or host.
    #[error("the host cannot be reached")]
    Unreachable,
    /// The system gave up waiting, before the connect clock did.
    #[error("the host did not respond")]
    Unresponsive,
    /// The connection was closed while it was being set up.
    #[error("the connection was closed while it was being set up")]
    Closed,
    /// Something else went wrong.
    #[error("no connection could be opened")]
    Other,
}

/// Why TLS could not be agreed on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum TlsFault {
    /// No trusted authority issued the server's certificate.
    #[error("the server's certificate comes from an authority that is not trusted")]
    UnknownIssuer,
    /// The server's certificate is not, or no longer, valid.
    #[error("the server's certificate has expired, or is not valid yet")]
    Expired,
    /// The server's certificate is for another name.
    #[error("the server's certificate is for another host name")]
    WrongName,
    /// The server's certificate has the rights of an authority, as self-signed ones often do.
    #[error("the server's certificate is that of an authority, which no server may use as its own")]
    Authority,
    /// Something else is wrong with the server's certificate.
    #[error("the server's certificate was not accepted")]
    Certificate,
    /// The server wants a certificate from us, or did not accept ours.
    #[error("the server wants a client certificate, or did not accept ours")]
    ClientCertificate,
    /// The peer does not speak TLS.
    #[error("the peer does not speak TLS")]
    NotTls,
    /// The handshake failed otherwise.
    #[error("the TLS handshake failed")]
    Handshake,
}

/// Why no way led through the proxy.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum ProxyFault {
    /// No connection to it could be opened.
    #[error("no connection to the proxy could be opened")]
    Unreachable,
    /// It wants a user and a password, or other ones. Trying again does not help.
    #[error("the proxy wants to know who asks, or does not accept who does (status 407)")]
    Credentials,
    /// It answered, and not with a status of 200.
    #[error("the proxy refused to open the way to the server, or does not answer as a proxy does")]
    Refused,
    /// It closed the connection without an answer.
    #[error("the proxy closed the connection instead of opening the way to the server")]
    Closed,
    /// It speaks SOCKS, or should, and its reply names the cause.
    #[error("{0}")]
    Socks(SocksFault),
    /// One of these, or the way broke as soon as it was open: the client does not say which.
    #[error("the proxy could not be reached, or did not open the way to the server")]
    Other,
}

/// Why a SOCKS proxy did not open the way to the server.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum SocksFault {
    /// Reply code 1 of SOCKS 5 (RFC 1928, section 6).
    #[error("the SOCKS proxy reports a general failure (reply code 1)")]
    General,
    /// Reply code 2.
    #[error("the rules of the SOCKS proxy do not allow the connection (reply code 2)")]
    NotAllowed,
    /// Reply code 3.
    #[error("the SOCKS proxy cannot reach the server's network (reply code 3)")]
    NetworkUnreachable,
    /// Reply code 4.
    #[error("the SOCKS proxy cannot reach the server's host (reply code 4)")]
    HostUnreachable,
    /// Reply code 5.
    #[error("the server refused the connection of the SOCKS proxy (reply code 5)")]
    Refused,
    /// Reply code 6: the packets were forwarded too often.
    #[error(
        "the time to live expired on the way from the SOCKS proxy to the server (reply code 6)"
    )]
    TtlExpired,
    /// Reply code 7.
    #[error("the SOCKS proxy does not support the command `CONNECT` (reply code 7)")]
    Command,
    /// Reply code 8.
    #[error("the SOCKS proxy does not support this type of address (reply code 8)")]
    AddressType,
    /// The proxy wants a user and a password and its URL has none, or the other way round.
    #[error("the SOCKS proxy does not accept the way in which this program logs in")]
    Method,
    /// The proxy does not accept the user and the password (RFC 1929).
    #[error("the SOCKS proxy does not accept the user and the password")]
    Credentials,
    /// Reply code 91 of SOCKS 4, which names no cause.
    #[error("the SOCKS proxy rejected the request or failed (reply code 91)")]
    Rejected,
    /// Reply code 92 or 93 of SOCKS 4: an ident service is needed, or names another user.
    #[error("the SOCKS proxy wants an ident service on this machine (reply code 92 or 93)")]
    Ident,
    /// SOCKS 4 has no IPv6 addresses.
    #[error("the server has an IPv6 address, which SOCKS 4 does not have")]
    Version4,
    /// The name of the server is resolved on this machine with `socks5` and `socks4`, in vain.
    #[error("the name of the server could not be resolved on this machine, before the SOCKS proxy")]
    Unresolved,
    /// Whatever answered does not speak this version of SOCKS.
    #[error("the proxy does not answer as a SOCKS proxy of this version does")]
    NotSocks,
}

impl SocksFault {
    /// Whether the next request may succeed; else somebody has to change something first.
    pub fn may_pass(self) -> bool {
        match self {
            Self::General
            | Self::NetworkUnreachable
            | Self::HostUnreachable
            | Self::Refused
            | Self::TtlExpired
            | Self::Rejected
            | Self::Unresolved => true,
            Self::NotAllowed
            | Self::Command
            | Self::AddressType
            | Self::Method
            | Self::Credentials
            | Self::Ident
            | Self::Version4
            | Self::NotSocks => false,
        }
    }
}

/// What this machine ran out of.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum LocalFault {
    /// File descriptors, of the process or of the system.
    #[error("this machine ran out of file descriptors")]
    Descriptors,
    /// Ports or addresses to connect from.
    #[error("no local address or port was free to connect from")]
    Ports,
    /// Memory or network buffers.
    #[error("this machine ran out of memory or network buffers")]
    Memory,
}

/// How what came is not HTTP.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum ProtocolFault {
    /// The status line or the headers.
    #[error("the answer does not begin as an HTTP answer does")]
    Head,
    /// More headers, or longer ones, than the client reads.
    #[error("the head of the answer has too many headers, or too long ones")]
    LargeHead,
    /// The framing of a body: a chunk without a proper size (RFC 9112, section 7.1).
    #[error("the body is not framed as HTTP frames bodies")]
    Body,
    /// HTTP/2 frames (RFC 9113, section 5.4).
    #[error("the answer is not proper HTTP/2")]
    Http2,
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum RedirectFault {
    /// `redirects: none`.
    #[error("to another address, and redirects are not followed")]
    NotFollowed,
    /// The target has another scheme, host or port.
    #[error("to another origin, which is never followed")]
    OtherOrigin,
    /// One redirect led to the next too often.
    #[error("again, after {} redirects in a row", crate::redirect::MAX_HOPS)]
    TooMany,
    /// `Location` is no URL of the web.
    #[error("to something that is no URL")]
    BadTarget,
    /// The target is longer than the client can ask for.
    #[error("to a URL of more than {} bytes", fluxloop_plan::MAX_URL_BYTES)]
    LongTarget,
}
