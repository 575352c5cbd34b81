//! Words for an exchange that failed.

use fluxloop_http::{
    Cause, ProtocolFault, ProxyFault, RedirectFault, RequestError, SocksFault, TlsFault,
};
use fluxloop_plan::HttpVersion;
use fluxloop_trace::Phase;

use crate::Scene;
use crate::status::PROXY_CREDENTIALS;
use crate::words::Words;

pub(crate) fn of_request(error: &RequestError, scene: &Scene<'_>) -> Words {
    let through = if is_of_far_side(error.cause()) { scene.through() } else { String::new() };
    let what = format!("{error}{through}");
    let message = match (error.detail(), error.cause()) {
        // The TLS library speaks in sentences, and a proxy says what names it.
        (Some(detail), Cause::Tls(_) | Cause::Proxy(_)) => format!("{what}: {detail}"),
        (Some(detail), _) => format!("{what}: `{detail}`"),
        (None, _) if scene.phase < Phase::Status => format!("{what}: `{}`", scene.origin()),
        (None, _) => what,
    };
    Words { message, hint: hint(error.cause(), scene) }
}

/// Whether the server failed, or a proxy on the way to it, and not something that is known to be
/// another's fault.
fn is_of_far_side(cause: Cause) -> bool {
    match cause {
        Cause::Dns
        | Cause::Connect(_)
        | Cause::ConnectTimeout
        | Cause::Tls(_)
        | Cause::NoAnswer
        | Cause::Refused
        | Cause::Reset
        | Cause::Truncated
        | Cause::Abandoned
        | Cause::WrongLength
        | Cause::Protocol(_)
        | Cause::Decode
        | Cause::UnknownCoding => true,
        Cause::Proxy(_) | Cause::Local(_) | Cause::Redirect(..) | Cause::InvalidRequest => false,
    }
}

/// What to do about it; `None` where what holds for every failure of the kind says it all.
fn hint(cause: Cause, scene: &Scene<'_>) -> Option<String> {
    let hint = match cause {
        Cause::Connect(_) => {
            let origin = scene.origin();
            return Some(format!(
                "check that the server is running and that `runner.http.url` is right: \
                 `curl {origin}` shows the same fault"
            ));
        }
        Cause::Tls(fault) => of_tls(fault)?,
        Cause::Proxy(fault) => of_proxy(fault)?,
        Cause::Redirect(_, fault) => of_redirect(fault)?,
        Cause::Protocol(fault) => of_protocol(fault, scene.version)?,
        Cause::NoAnswer => {
            "check the server's logs: it accepted the connection and closed it without an answer"
        }
        Cause::Refused | Cause::Reset => {
            "the server, or a proxy before it, gave up this request and kept the connection: check \
             their logs, or lower `simulation.parallelism`"
        }
        Cause::Abandoned => {
            "check the logs of the server, or of a proxy before it: it ended the answer too early, \
             and reported no error"
        }
        Cause::WrongLength => {
            "check which `content-length` the server sends, or a proxy before it that changes the \
             body"
        }
        Cause::UnknownCoding => {
            "check what compresses the body, the server or a proxy before it: gzip, deflate, br \
             and zstd are understood"
        }
        Cause::Dns
        | Cause::ConnectTimeout
        | Cause::Local(_)
        | Cause::Truncated
        | Cause::Decode
        | Cause::InvalidRequest => return None,
    };
    Some(hint.to_owned())
}

fn of_tls(fault: TlsFault) -> Option<&'static str> {
    Some(match fault {
        TlsFault::UnknownIssuer => {
            "if the authority is your own, or the certificate is signed by itself, name it in \
             `runner.http.tls.ca_file`"
        }
        TlsFault::Authority => {
            "if it is signed by itself, make one without the rights of an authority \
             (`basicConstraints=CA:FALSE`), and name that in `runner.http.tls.ca_file`"
        }
        TlsFault::WrongName => {
            "call the server by a name that its certificate has, in `runner.http.url`"
        }
        TlsFault::Expired => "have the server's certificate renewed, or check this machine's clock",
        TlsFault::ClientCertificate => {
            "name a certificate that the server knows in `runner.http.tls.client_cert`, and its \
             key in `runner.http.tls.client_key`"
        }
        TlsFault::Handshake => {
            "TLS 1.2 and 1.3 are spoken here: check which the server speaks, whether it knows the \
             host name of `runner.http.url`, and whether it wants a client certificate \
             (`runner.http.tls.client_cert`)"
        }
        TlsFault::NotTls => "if the server speaks plain HTTP, write `http://`",
        TlsFault::Certificate => return None,
    })
}

fn of_proxy(fault: ProxyFault) -> Option<&'static str> {
    Some(match fault {
        ProxyFault::Credentials => PROXY_CREDENTIALS,
        ProxyFault::Refused => {
            "check the proxy's logs: it may not let anybody through to that host and port, or find \
             no way there itself"
        }
        ProxyFault::Closed => {
            "check the proxy's logs: it accepted the connection and closed it without an answer"
        }
        ProxyFault::Socks(fault) => of_socks(fault),
        ProxyFault::Unreachable | ProxyFault::Other => return None,
    })
}

fn of_socks(fault: SocksFault) -> &'static str {
    match fault {
        SocksFault::NotAllowed => {
            "have the rules of the proxy allow the host and port of `runner.http.url`, or name \
             another proxy"
        }
        SocksFault::NetworkUnreachable
        | SocksFault::HostUnreachable
        | SocksFault::Refused
        | SocksFault::TtlExpired => {
            "check that the server is running, that `runner.http.url` is right, and that the \
             machine of the proxy can reach the server"
        }
        SocksFault::General | SocksFault::Rejected => {
            "check the proxy's logs: the reply names no cause"
        }
        SocksFault::Command | SocksFault::AddressType => {
            "name the host of `runner.http.url` in another form, an IPv4 address or a name, or use \
             another proxy"
        }
        SocksFault::Method => {
            "put the user and password that the proxy wants into its URL, \
             `socks5h://USER:PASSWORD@HOST:PORT`, or remove them if it wants none"
        }
        SocksFault::Credentials => {
            "check the user and the password in the URL of the proxy, \
             `socks5h://USER:PASSWORD@HOST:PORT`"
        }
        SocksFault::Ident => "use SOCKS 5, which needs no ident service: `socks5h://HOST:PORT`",
        SocksFault::Version4 => "use SOCKS 5: `socks5h://HOST:PORT`",
        SocksFault::Unresolved => {
            "have the proxy resolve the name: write `socks5h://` in place of `socks5://`, or \
             `socks4a://` in place of `socks4://`"
        }
        SocksFault::NotSocks => {
            "check the address and the scheme of the proxy: an HTTP proxy is written \
             `http://HOST:PORT`, and SOCKS 4 `socks4a://HOST:PORT`"
        }
    }
}

fn of_redirect(fault: RedirectFault) -> Option<&'static str> {
    Some(match fault {
        RedirectFault::OtherOrigin => {
            "put the final address into `runner.http.url`: no header that you configured is sent \
             to another origin"
        }
        RedirectFault::TooMany => "the server redirects in a circle: check `runner.http.url`",
        RedirectFault::NotFollowed | RedirectFault::BadTarget | RedirectFault::LongTarget => {
            return None;
        }
    })
}

fn of_protocol(fault: ProtocolFault, version: HttpVersion) -> Option<&'static str> {
    Some(match (fault, version) {
        (ProtocolFault::LargeHead, _) => {
            "find out which headers the server sends, or what stands between adds: `curl -i URL` \
             shows them"
        }
        (ProtocolFault::Body, _) => {
            "the server, or a proxy before it, breaks the chunked framing: check their logs"
        }
        (ProtocolFault::Http2, HttpVersion::Auto) => {
            "the server, or a proxy before it, agreed on HTTP/2 and breaks it: check their logs"
        }
        (ProtocolFault::Http2, HttpVersion::Http2PriorKnowledge) => {
            "if the server does not speak HTTP/2, take `runner.http.http2` out; else check the port"
        }
        (ProtocolFault::Head, _) => return None,
    })
}
