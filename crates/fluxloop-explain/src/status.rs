//! Words for statuses, and for errors that a provider reports.

use fluxloop_aggregate::{ApiError, ApiErrorClass, error_in_json, said_with_code};
use fluxloop_frames::{Recognized, recognized};
use http::StatusCode;

use crate::words::Words;
use crate::{Scene, page};

/// The answer has an error status (RFC 9110, section 15), or at least not one of success.
pub(crate) fn of_status(error: Option<&ApiError>, body: &str, scene: &Scene<'_>) -> Words {
    let is_quota = error.is_some_and(|error| error.class == ApiErrorClass::Quota);
    let said = match error {
        Some(error) => error.message.clone(),
        None => said_by(body),
    };
    let said = if said.is_empty() { "no body" } else { &said };
    let status = status_of(scene);
    let message = format!("the server answered {}: {said}", name(status));
    Words::new(message, hint(status, is_quota, scene.is_status_retried))
}

/// What the body of a refusal says: the text of a page, the data of an event, or the body itself.
fn said_by(body: &str) -> String {
    match recognized(body.as_bytes()) {
        Some(Recognized::Html) => page::text_of(body).unwrap_or_default(),
        Some(Recognized::EventStream) => {
            let data = body.lines().filter_map(|line| line.strip_prefix("data:"));
            let mut data: Vec<String> = data.map(|line| line.trim().to_owned()).collect();
            // The data of one event may have several lines, and there may be several events.
            data.insert(0, data.join("\n"));
            let said =
                |data: &String| error_in_json(data).map(|it| it.message).or(said_with_code(data));
            data.iter().find_map(said).unwrap_or_else(|| data.swap_remove(0))
        }
        _ if body.trim_start().starts_with('<') => {
            page::text_of(body).unwrap_or_else(|| body.trim().to_owned())
        }
        _ => body.trim().to_owned(),
    }
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
            "the account has nothing left to spend: see the provider's billing page; trying again \
             does not help"
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

/// What to do about a status.
fn hint(status: StatusCode, is_quota: bool, retried: bool) -> &'static str {
    match status {
        _ if is_quota => of_class(ApiErrorClass::Quota),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "check the key: the header that carries it in `runner.http.headers`, and the variable \
             that feeds it (`.env`)"
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            "check the path of `runner.http.url`, and `runner.http.method`"
        }
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => PROXY_CREDENTIALS,
        StatusCode::PARTIAL_CONTENT => {
            "the server sent a part of an answer: remove `range` from `runner.http.headers`"
        }
        StatusCode::TOO_MANY_REQUESTS if !retried => {
            "lower `simulation.parallelism`, or have it tried again: add 429 to \
             `runner.http.retry.status_codes`"
        }
        StatusCode::TOO_MANY_REQUESTS => of_class(ApiErrorClass::RateLimited),
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

pub(crate) const PROXY_CREDENTIALS: &str =
    "put the user and password that the proxy wants into its URL, `http://USER:PASSWORD@HOST:PORT`";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: StatusCode, retried: bool, expected: &str) {
        let hint = hint(status, false, retried);
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
        check_said(
            "id:1\nevent:error\n:HTTP_STATUS/400\ndata:{\"code\":\"Bad\",\"message\":\"no input\"}\n\n",
            "no input",
        );
        check_said("data: {\"error\": {\"message\": \"busy\"}}\n\n", "busy");
        check_said("data: {}\n\ndata: {\"error\": {\"message\": \"busy\"}}\n\n", "busy");
        check_said("data: {\"code\": 7,\ndata: \"msg\": \"busy\"}\n\n", "busy");
        check_said("event: error\ndata: busy\n\n", "busy");
        check_said(" busy\n", "busy");
    }

    #[test]
    fn a_server_that_waited_too_long_is_not_the_fault_of_the_request() {
        check(StatusCode::REQUEST_TIMEOUT, true, "too much to do");
        check(StatusCode::REQUEST_TIMEOUT, false, "retry.status_codes");
        check(StatusCode::CONFLICT, true, "does not accept");
    }
}
