//! Words for statuses, and for errors that a provider reports.

use fluxloop_aggregate::{ApiError, ApiErrorClass};
use http::StatusCode;

use crate::words::Words;
use crate::{ProxyRole, Scene, page};

/// The answer has an error status (RFC 9110, section 15), or at least not one of success.
pub(crate) fn of_status(error: Option<&ApiError>, body: &str, scene: &Scene<'_>) -> Words {
    let is_quota = error.is_some_and(|error| error.class == ApiErrorClass::Quota);
    let said = match error {
        Some(error) => error.message.clone(),
        None => said_by(body),
    };
    let said = if said.is_empty() { "no body" } else { &said };
    let status = status_of(scene);
    let by_proxy = scene.proxy == ProxyRole::Answering;
    let who = if by_proxy { "proxy" } else { "server" };
    let to = if scene.became_get { BECAME_GET } else { "" };
    let through = if is_of_server(status) { scene.through() } else { String::new() };
    let message = format!("the {who} answered {}{to}{through}: {said}", name(status));
    let hint = match status {
        _ if is_quota => of_class(ApiErrorClass::Quota),
        _ if by_proxy => of_proxy(status),
        _ => of_sentence(said)
            .or_else(|| of_became_get(status).filter(|_| scene.became_get))
            .unwrap_or_else(|| hint(status, scene.is_status_retried)),
    };
    Words::new(message, hint)
}

/// To follow a status.
const BECAME_GET: &str = " to the GET that a redirect made of the request";

/// What to do where the server did not get the request's own method and body.
fn of_became_get(status: StatusCode) -> Option<&'static str> {
    let is_of_credentials = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
    (status.is_client_error() && !is_of_credentials).then_some(
        "put the address that the redirect leads to into `runner.http.url`: a redirect with status \
         301, 302 or 303 drops the method and the body",
    )
}

/// What to do about sentences of servers, in lower case, that leave no doubt: nginx, Go, Apache.
fn of_sentence(said: &str) -> Option<&'static str> {
    const HTTPS: &str = "the port speaks TLS: write `https://` in `runner.http.url`";
    const CERTIFICATE: &str = "name a certificate that the server accepts in \
        `runner.http.tls.client_cert`, and its key in `runner.http.tls.client_key`";
    const SENTENCES: [(&str, &str); 5] = [
        ("plain http request was sent to https port", HTTPS),
        ("sent an http request to an https server", HTTPS),
        ("speaking plain http to an ssl-enabled server port", HTTPS),
        ("no required ssl certificate was sent", CERTIFICATE),
        ("the ssl certificate error", CERTIFICATE),
    ];
    let said = said.to_ascii_lowercase();
    SENTENCES.iter().find(|(sentence, _)| said.contains(sentence)).map(|(_, hint)| *hint)
}

/// What to do about a status with which a proxy answers by itself.
fn of_proxy(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => PROXY_CREDENTIALS,
        status if status.is_client_error() => {
            "check the proxy's access rules, or have the host reached without it: \
             `runner.http.proxy: none`, or NO_PROXY"
        }
        _ => {
            "check that the server is running, and that the proxy can reach it: `runner.http.proxy`, \
             or HTTP_PROXY, HTTPS_PROXY and NO_PROXY, name the proxy"
        }
    }
}

/// What the body of a refusal says: the text of a page, or the body itself.
fn said_by(body: &str) -> String {
    let is_page = body.trim_start().starts_with('<');
    page::text_of(body).filter(|_| is_page).unwrap_or_else(|| body.trim().to_owned())
}

/// The status of an answer that came.
pub(crate) fn status_of(scene: &Scene<'_>) -> StatusCode {
    scene.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default()
}

/// `404 Not Found`
pub(crate) fn name(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// What to do about an error that a provider reports.
pub(crate) fn of_class(class: ApiErrorClass) -> &'static str {
    match class {
        ApiErrorClass::Overloaded => {
            "the provider has too much to do: come back later, or raise \
             `runner.http.retry.attempts` and `runner.http.retry.backoff`"
        }
        ApiErrorClass::Server => {
            "the fault is the provider's: come back later, or raise `runner.http.retry.attempts`"
        }
        ApiErrorClass::RateLimited => {
            "lower `simulation.parallelism` or set `simulation.rate`, raise \
             `runner.http.retry.attempts`, or come back later"
        }
        ApiErrorClass::Quota => {
            "the quota is used up: see the provider's page of limits and billing, or come back \
             when the quota is renewed; a retry does not help"
        }
        ApiErrorClass::Other => {
            "read the provider's message, and compare the request (`--dry-run`) with its \
             documentation"
        }
    }
}

/// Whether a status says more about the server than about the request: 408 is sent by one that got
/// tired of waiting (RFC 9110, section 15.5.9).
fn is_of_server(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT
}

/// What to do about a status that is not a success, before anything was tried again.
pub fn status_remedy(status: u16) -> &'static str {
    hint(StatusCode::from_u16(status).unwrap_or_default(), false)
}

/// What to do about a status.
fn hint(status: StatusCode, retried: bool) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "check the key: the header that carries it in `runner.http.headers`, and the variable \
             that feeds it (`.env`)"
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            "check the path of `runner.http.url`, and `runner.http.method`"
        }
        StatusCode::PARTIAL_CONTENT => {
            "the server sent a part of an answer: remove `range` from `runner.http.headers`"
        }
        StatusCode::TOO_MANY_REQUESTS if !retried => {
            "lower `simulation.parallelism`, or have it tried again: add 429 to \
             `runner.http.retry.status_codes`"
        }
        StatusCode::TOO_MANY_REQUESTS => of_class(ApiErrorClass::RateLimited),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            "the server does not accept the request, its body or a parameter: compare `--dry-run` \
             with its documentation"
        }
        status if is_of_server(status) && retried => {
            "the server, or a proxy before it, is down or has too much to do: check its logs, or \
             come back later; if the status does not go away, remove it from \
             `runner.http.retry.status_codes`"
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

pub(crate) const PROXY_CREDENTIALS: &str =
    "put the user and password that the proxy wants into its URL, `http://USER:PASSWORD@HOST:PORT`";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: StatusCode, retried: bool, expected: &str) {
        let hint = hint(status, retried);
        assert!(hint.contains(expected), "{hint}");
    }

    #[track_caller]
    fn check_said(body: &str, expected: &str) {
        assert_eq!(said_by(body), expected);
    }

    #[test]
    fn a_refusal_is_shown_by_what_it_says() {
        check_said("<html><title>Sorry</title><p>Closed", "Sorry: Closed");
        check_said("<h1>Not here</h1>", "Not here");
        check_said(" busy\n", "busy");
    }

    #[test]
    fn a_server_that_waited_too_long_is_not_the_fault_of_the_request() {
        check(StatusCode::REQUEST_TIMEOUT, true, "too much to do");
        check(StatusCode::REQUEST_TIMEOUT, false, "retry.status_codes");
        check(StatusCode::CONFLICT, true, "does not accept");
    }
}
