//! Finds out why the client failed.
//!
//! The client's own predicates do not tell: every failure while a body is read calls itself a
//! decoding error. What happened stands further down the chain of sources, in the types of hyper,
//! h2, rustls and the operating system.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::UdpSocket;

use rustls::{AlertDescription, CertificateError};

use crate::{
    BuildError, Cause, ConnectFault, LocalFault, Phase, ProtocolFault, ProxyFault, RequestError,
    TlsFault, socks,
};

/// Why no head of an answer came.
pub(crate) fn sending(error: &reqwest::Error, proxied: bool) -> RequestError {
    if error.is_builder() {
        return RequestError::new(Phase::Connect, Cause::InvalidRequest);
    }
    let phase = if error.is_connect() { Phase::Connect } else { Phase::Sent };
    let cause = match phase {
        Phase::Connect => connecting(error, proxied),
        _ => waiting(error),
    };
    RequestError::new(phase, cause).with_detail(tls_detail(error).or(http2_detail(error)))
}

/// Why the client could not be made: what TLS says about our own certificate, if that is at fault.
pub(crate) fn building(error: &reqwest::Error) -> BuildError {
    match find::<rustls::Error>(error) {
        Some(rustls::Error::InconsistentKeys(_)) => BuildError::ClientKey,
        Some(rustls::Error::InvalidCertificate(_)) => BuildError::ClientCertificate,
        _ => BuildError::Tls,
    }
}

/// Whether a request that has no answer may be sent again at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Resend {
    /// The server may have processed it.
    Never,
    /// Only if its connection was a kept one, which may have died while it was idle.
    IfKept,
    /// The server says that it did not process it.
    Always,
}

/// Judges an error that [`sending`] found to have this cause. That a request was not processed, the
/// server says by a `GOAWAY` below its stream, or by `REFUSED_STREAM` (RFC 9113, section 8.7).
pub(crate) fn resend(error: &reqwest::Error, cause: Cause) -> Resend {
    match find::<h2::Error>(error) {
        // A stream gets to know of a `GOAWAY` only if that is below it.
        Some(error) if error.is_remote() && (error.is_go_away() || is_refusal(error)) => {
            Resend::Always
        }
        None if cause == Cause::NoAnswer => Resend::IfKept,
        _ => Resend::Never,
    }
}

fn is_refusal(error: &h2::Error) -> bool {
    error.reason() == Some(h2::Reason::REFUSED_STREAM)
}

/// Why a body broke off, of which `missing` bytes of the announced length had not come.
pub(crate) fn reading(error: &reqwest::Error, missing: u64) -> RequestError {
    let cause = if let Some(error) = find::<h2::Error>(error) {
        match http2(error, Cause::Reset, Cause::Truncated) {
            // Where a stream ends at another length than it announced, h2 resets it for us, and
            // withholds the frame in which it saw that (RFC 9113, section 8.1.1).
            Cause::Protocol(_) if missing > 0 && error.is_reset() => Cause::WrongLength,
            cause => cause,
        }
    } else if find::<rustls::Error>(error).is_some() {
        Cause::Truncated
    } else {
        match io_kind(error) {
            Some(ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
                Cause::Protocol(ProtocolFault::Body)
            }
            _ => Cause::Truncated,
        }
    };
    RequestError::new(Phase::Body, cause).with_detail(http2_detail(error))
}

/// Why no connection could be opened.
fn connecting(error: &reqwest::Error, proxied: bool) -> Cause {
    if let Some(fault) = local_fault(error) {
        Cause::Local(fault)
    } else if let Some(error) = find::<rustls::Error>(error) {
        Cause::Tls(tls_fault(error))
    } else if error.is_timeout() && os_error(error).is_none() {
        Cause::ConnectTimeout
    } else if hides_cause(error) && !can_open_sockets() {
        Cause::Local(LocalFault::Descriptors)
    } else if proxied {
        Cause::Proxy(proxy_fault(error))
    } else if error.is_dns() {
        Cause::Dns
    } else {
        Cause::Connect(connect_fault(io_kind(error)))
    }
}

/// Why a request that was sent, or nearly so, has no answer.
fn waiting(error: &reqwest::Error) -> Cause {
    if let Some(fault) = local_fault(error) {
        Cause::Local(fault)
    } else if let Some(error) = find::<rustls::Error>(error) {
        // With TLS 1.3 the server judges our certificate after the handshake.
        Cause::Tls(tls_fault(error))
    } else if let Some(error) = find::<h2::Error>(error) {
        http2(error, Cause::Refused, Cause::NoAnswer)
    } else if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse_too_large) {
        Cause::Protocol(ProtocolFault::LargeHead)
    } else if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        Cause::Protocol(ProtocolFault::Head)
    } else if find::<hyper::Error>(error).is_some() || io_kind(error).is_some() {
        Cause::NoAnswer
    } else {
        Cause::InvalidRequest
    }
}

/// HTTP/2 tells apart who ended what: `reset` is for a stream that the peer reset, `broken` for a
/// connection that it closed.
fn http2(error: &h2::Error, reset: Cause, broken: Cause) -> Cause {
    if error.is_io() || error.is_go_away() && error.is_remote() {
        broken
    } else if error.is_remote() {
        reset
    } else {
        Cause::Protocol(ProtocolFault::Http2)
    }
}

fn connect_fault(kind: Option<ErrorKind>) -> ConnectFault {
    match kind {
        Some(ErrorKind::ConnectionRefused) => ConnectFault::Refused,
        Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable) => {
            ConnectFault::Unreachable
        }
        Some(ErrorKind::TimedOut) => ConnectFault::Unresponsive,
        Some(
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof,
        ) => ConnectFault::Closed,
        _ => ConnectFault::Other,
    }
}

/// The types of these errors are private: their texts, which begin alike, have to do.
fn proxy_fault(error: &reqwest::Error) -> ProxyFault {
    let texts: Vec<String> = links(error).map(ToString::to_string).collect();
    if let Some(fault) = socks::fault(texts.iter().map(String::as_str)) {
        return fault;
    }
    match texts.iter().find_map(|text| text.strip_prefix("tunnel error: ")) {
        Some("proxy authorization required") => ProxyFault::Credentials,
        Some("unexpected end of file" | "io error establishing tunnel") => ProxyFault::Closed,
        Some("unsuccessful" | "proxy response headers too long") => ProxyFault::Refused,
        _ if error.is_dns() => ProxyFault::Unreachable,
        _ => match connect_fault(io_kind(error)) {
            ConnectFault::Closed | ConnectFault::Other => ProxyFault::Other,
            _ => ProxyFault::Unreachable,
        },
    }
}

fn tls_fault(error: &rustls::Error) -> TlsFault {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate_fault(error),
        rustls::Error::NoCertificatesPresented => TlsFault::Certificate,
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied,
        ) => TlsFault::ClientCertificate,
        rustls::Error::InvalidMessage(_) => TlsFault::NotTls,
        _ => TlsFault::Handshake,
    }
}

fn certificate_fault(error: &CertificateError) -> TlsFault {
    match error {
        CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => TlsFault::Expired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsFault::WrongName
        }
        CertificateError::Other(error) if error.to_string() == "CaUsedAsEndEntity" => {
            TlsFault::Authority
        }
        _ => TlsFault::Certificate,
    }
}

/// What is wrong with a certificate or a handshake, in the words of the TLS library, where they
/// say more than the fault: they hold names that the peer chose.
fn tls_detail(error: &reqwest::Error) -> Option<String> {
    use rustls::Error::{AlertReceived, InvalidCertificate, PeerIncompatible, PeerMisbehaved};

    match find::<rustls::Error>(error)? {
        InvalidCertificate(error) => match (certificate_fault(error), error) {
            (TlsFault::UnknownIssuer | TlsFault::Authority, _) => None,
            // Unwrapped: around it the library shows a structure of its own.
            (_, CertificateError::Other(error)) => Some(error.to_string()),
            (_, error) => Some(error.to_string()),
        },
        error @ (AlertReceived(_) | PeerIncompatible(_) | PeerMisbehaved(_)) => {
            Some(error.to_string())
        }
        _ => None,
    }
}

/// What the peer said when it ended a stream or a connection of HTTP/2 (RFC 9113, section 7).
fn http2_detail(error: &reqwest::Error) -> Option<String> {
    let error = find::<h2::Error>(error).filter(|error| error.is_remote())?;
    let frame = if error.is_go_away() { "GOAWAY" } else { "RST_STREAM" };
    Some(format!("{frame} {:?}", error.reason()?))
}

/// What this machine ran out of, if it did. Such an error looks like a failed connection.
fn local_fault(error: &reqwest::Error) -> Option<LocalFault> {
    // The same numbers on every Unix.
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const ENOBUFS: i32 = if cfg!(target_os = "linux") { 105 } else { 55 };

    match os_error(error) {
        Some(ENFILE | EMFILE) => return Some(LocalFault::Descriptors),
        Some(ENOBUFS) => return Some(LocalFault::Memory),
        _ => {}
    }
    match io_kind(error) {
        Some(ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse) => Some(LocalFault::Ports),
        Some(ErrorKind::OutOfMemory) => Some(LocalFault::Memory),
        _ => None,
    }
}

/// Whether the library does not pass on why the operating system refused: its resolver and its SOCKS
/// client do not.
fn hides_cause(error: &reqwest::Error) -> bool {
    error.is_dns() || links(error).any(|link| link.to_string() == socks::UNCONNECTED)
}

/// Whether this process can still open a socket.
fn can_open_sockets() -> bool {
    UdpSocket::bind("127.0.0.1:0").is_ok()
}

/// The number that the operating system gave, if it was the operating system.
fn os_error(error: &reqwest::Error) -> Option<i32> {
    links(error).filter_map(|link| link.downcast_ref::<io::Error>()?.raw_os_error()).last()
}

/// The kind of the innermost I/O error that has one.
fn io_kind(error: &reqwest::Error) -> Option<ErrorKind> {
    links(error)
        .filter_map(|link| Some(link.downcast_ref::<io::Error>()?.kind()))
        .filter(|kind| *kind != ErrorKind::Other)
        .last()
}

pub(crate) fn find<T: Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    links(error).find_map(|link| link.downcast_ref::<T>())
}

/// The chain of causes, from the client's error inwards. `io::Error` passes over what it wraps, so
/// that is looked at by hand.
fn links(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |link| inner(*link))
}

fn inner<'a>(link: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match link.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => link.source(),
    }
}
