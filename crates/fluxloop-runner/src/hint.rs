//! What to do about a failure, where there is more to say than for every failure of its kind.

use fluxloop_aggregate::ApiErrorClass;
use fluxloop_http::{Cause, ProtocolFault, ProxyFault, RedirectFault, TlsFault};
use fluxloop_plan::HttpVersion;
use fluxloop_trace::{Clock, Phase};
use http::StatusCode;

use crate::failure::Route;

/// What to do about a fault of the exchange.
pub(crate) fn of_exchange(cause: Cause, route: &Route<'_>) -> Option<String> {
    let hint = match cause {
        Cause::Connect(_) => {
            let origin = route.url.origin().ascii_serialization();
            return Some(format!(
                "check that the server is running and that `runner.http.url` is right: \
                 `curl {origin}` shows the same fault"
            ));
        }
        Cause::Tls(TlsFault::UnknownIssuer) => {
            "if the authority is your own, or the certificate is signed by itself, name it in \
             `runner.http.tls.ca_file`"
        }
        Cause::Tls(TlsFault::Authority) => {
            "if it is signed by itself, make one without the rights of an authority \
             (`basicConstraints=CA:FALSE`), and name that in `runner.http.tls.ca_file`"
        }
        Cause::Tls(TlsFault::WrongName) => {
            "call the server by a name that its certificate has, in `runner.http.url`"
        }
        Cause::Tls(TlsFault::Expired) => {
            "have the server's certificate renewed, or check this machine's clock"
        }
        Cause::Tls(TlsFault::ClientCertificate) => {
            "name a certificate that the server knows in `runner.http.tls.client_cert`, and its \
             key in `runner.http.tls.client_key`"
        }
        Cause::Tls(TlsFault::Handshake) => {
            "TLS 1.2 and 1.3 are spoken here: check which the server speaks, whether it knows the \
             host name of `runner.http.url`, and whether it wants a client certificate \
             (`runner.http.tls.client_cert`)"
        }
        Cause::Proxy(ProxyFault::Credentials) => PROXY_CREDENTIALS,
        Cause::Proxy(ProxyFault::Refused) => {
            "check the proxy's logs: it may not let anybody through to that host and port, or find \
             no way there itself"
        }
        Cause::Proxy(ProxyFault::Closed) => {
            "check the proxy's logs: it accepted the connection and closed it without an answer"
        }
        Cause::Tls(TlsFault::NotTls) => "if the server speaks plain HTTP, write `http://`",
        Cause::Redirect(_, RedirectFault::OtherOrigin) => {
            "put the final address into `runner.http.url`: no header that you configured is sent \
             to another origin"
        }
        Cause::Redirect(_, RedirectFault::TooMany) => {
            "the server redirects in a circle: check `runner.http.url`"
        }
        Cause::Protocol(ProtocolFault::LargeHead) => {
            "find out which headers the server sends, or what stands between adds: `curl -i URL` \
             shows them"
        }
        Cause::Protocol(ProtocolFault::Body) => {
            "the server, or a proxy before it, breaks the chunked framing: check their logs"
        }
        Cause::Protocol(ProtocolFault::Http2) if route.version == HttpVersion::Auto => {
            "the server, or a proxy before it, agreed on HTTP/2 and breaks it: check their logs"
        }
        Cause::Protocol(ProtocolFault::Http2) => {
            "if the server does not speak HTTP/2, take `runner.http.http2` out; else check the port"
        }
        Cause::NoAnswer => {
            "check the server's logs: it accepted the connection and closed it without an answer"
        }
        Cause::Refused | Cause::Reset => {
            "the server, or a proxy before it, gave up this request and kept the connection: check \
             their logs, or lower `simulation.parallelism`"
        }
        Cause::Abandoned => ENDED_EARLY,
        Cause::WrongLength => {
            "check which `content-length` the server sends, or a proxy before it that changes the \
             body"
        }
        Cause::UnknownCoding => {
            "check what compresses the body, the server or a proxy before it: gzip, deflate, br \
             and zstd are understood"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What to do about a clock that ran out.
pub(crate) fn of_clock(clock: Clock, phase: Phase, route: &Route<'_>) -> String {
    let key = clock.key();
    let why = match (clock, phase) {
        (Clock::Connect, _) | (_, Phase::Connect) if route.proxied => {
            return "check that the proxy is running and finds the server: `runner.http.proxy`, or \
                    HTTP_PROXY, HTTPS_PROXY and NO_PROXY, name it"
                .to_owned();
        }
        (Clock::Connect, _) | (_, Phase::BeforeConnect | Phase::Connect) => {
            return "check that the server is running and that `runner.http.url` is right: \
                    `curl URL` shows the same fault"
                .to_owned();
        }
        (Clock::Attempt, Phase::Sent) => "check why the server does not answer",
        (Clock::Attempt, _) => "check why the server takes so long",
        (Clock::Idle, _) => {
            "check why the server says nothing, or whether a proxy before it collects answers"
        }
        (Clock::Event, _) => "check why the server sends no event",
    };
    format!("{why}, or raise `runner.http.{key}`")
}

/// Whether a status says more about the server than about the request: 408 is sent by one that got
/// tired of waiting (RFC 9110, section 15.5.9).
fn is_of_server(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT
}

/// What to do about a status.
pub(crate) fn of_status(status: StatusCode, quota: bool, retried: bool) -> &'static str {
    match status {
        _ if quota => ApiErrorClass::Quota.hint(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "check the key: the header that carries it in `runner.http.headers`, and the variable \
             that feeds it (`.env`)"
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            "check the path of `runner.http.url`, and `runner.http.method`"
        }
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => PROXY_CREDENTIALS,
        StatusCode::TOO_MANY_REQUESTS if !retried => {
            "lower `simulation.parallelism`, or have it tried again: add 429 to \
             `runner.http.retry.status_codes`"
        }
        StatusCode::TOO_MANY_REQUESTS => ApiErrorClass::RateLimited.hint(),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            "the server does not accept the request's body: compare `--dry-run` with its \
             documentation"
        }
        status if is_of_server(status) && retried => {
            "the server, or a proxy before it, is down or has too much to do: check its logs, or \
             come back later"
        }
        status if is_of_server(status) => {
            "check the server's logs; to have it tried again, add the status to \
             `runner.http.retry.status_codes`"
        }
        status if status.is_client_error() => {
            "the server does not accept the request: read its answer, and compare `--dry-run` with \
             its documentation"
        }
        _ => {
            "check `runner.http.url` and `runner.http.headers`: the server refers to another answer"
        }
    }
}

const ENDED_EARLY: &str = "check the logs of the server, or of a proxy before it: it ended the \
                           answer too early, and reported no error";

const PROXY_CREDENTIALS: &str =
    "put the user and password that the proxy wants into its URL, `http://USER:PASSWORD@HOST:PORT`";

/// What to do about one body in which no text was found, and no place of it.
pub(crate) const OUTPUT_PATH: &str =
    "name the key that holds the text in `runner.http.output_path`";

/// What to do about an answer without a body.
pub(crate) fn of_empty(status: StatusCode) -> &'static str {
    if status == StatusCode::OK {
        "the server sent no body at all: check its logs"
    } else {
        "the server says that it has nothing to send: check `runner.http.url` and \
         `runner.http.method`; `runner.http.require_text: false` accepts it"
    }
}

/// What to do about a body that names itself no event stream, from how it begins.
pub(crate) fn of_body(body: &str) -> &'static str {
    let body = body.trim_start_matches('\u{feff}').trim_start();
    let begins_with = |starts: &[&str]| starts.iter().any(|start| body.starts_with(start));
    if begins_with(&["data:", "event:", "id:", "retry:", ":"]) {
        "it reads like an event stream all the same: set `runner.http.lenient_content_type: true`"
    } else if begins_with(&["<"]) {
        "it is a page: check the path of `runner.http.url`"
    } else if is_json_lines(body) {
        "it is JSON line by line, and no event stream: check whether the server sends one if the \
         request, or its header `Accept`, asks for it"
    } else if begins_with(&["{", "["]) {
        "it is one JSON document: ask for a stream (`stream: true` in the body for most \
         providers), or read it with `runner.http.stream: none`"
    } else {
        "check `runner.http.url`, and that the request asks for a stream (`stream: true` in the \
         body for most providers)"
    }
}

/// Whether there is a second JSON object below a first one that is a line.
fn is_json_lines(body: &str) -> bool {
    let Some((first, rest)) = body.split_once('\n') else { return false };
    let is_object = first.starts_with('{') && first.trim_end().ends_with('}');
    is_object && rest.trim_start().starts_with('{')
}

/// What to do about an answer that says of itself that the model could not finish it, where the end
/// of a finished one is required. The responses API ends such a stream with `response.incomplete`.
pub(crate) const MODEL_WAS_STOPPED: &str = "the model was stopped before it had finished (`response.incomplete`): raise \
     `max_output_tokens` in the request, or take such answers without `runner.http.require_done`";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_body(body: &str, expected: &str) {
        assert!(of_body(body).contains(expected), "{}", of_body(body));
    }

    #[track_caller]
    fn check_status(status: StatusCode, retried: bool, expected: &str) {
        let hint = of_status(status, false, retried);
        assert!(hint.contains(expected), "{hint}");
    }

    #[test]
    fn a_server_that_waited_too_long_is_not_the_fault_of_the_request() {
        check_status(StatusCode::REQUEST_TIMEOUT, true, "too much to do");
        check_status(StatusCode::REQUEST_TIMEOUT, false, "retry.status_codes");
        check_status(StatusCode::CONFLICT, true, "does not accept");
    }

    #[test]
    fn a_body_tells_what_it_is_by_how_it_begins() {
        check_body("data: x\n\n", "lenient_content_type");
        check_body("\u{feff}: ping\n\n", "lenient_content_type");
        check_body("\n<!doctype html>", "a page");
        check_body("{\"answer\": 1}", "stream: none");
        check_body("{\n  \"answer\": {}\n}", "stream: none");
        check_body("{\"a\": 1}\r\n{\"a\": 2", "line by line");
        check_body("Hello", "stream: true");
        check_body("", "stream: true");
    }
}
