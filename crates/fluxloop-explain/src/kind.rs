//! What holds for every failure of a kind, and the keys of clocks.

use fluxloop_trace::{Clock, FailureKind};

/// What to do about a failure of a kind: a fragment that begins in lower case, like every hint.
pub fn remedy(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Connect => {
            "check that the server is running and that `runner.http.url` is right; `curl URL` shows the same fault"
        }
        FailureKind::Tls => {
            "check the host name and the certificate; a private CA goes into `runner.http.tls.ca_file`"
        }
        FailureKind::Dns => {
            "check the spelling of the host in `runner.http.url`, and that this machine can look names up"
        }
        FailureKind::Proxy => "check `runner.http.proxy`, or HTTP_PROXY, HTTPS_PROXY and NO_PROXY",
        FailureKind::Timeout => {
            "raise the clock that the message names, or find out why the server is slow; the default `timeout` is 60s"
        }
        FailureKind::Status => {
            "read what the server says. 401 and 403: check the key and its variable. 5xx that never get better: take them out of `runner.http.retry.status_codes`"
        }
        FailureKind::RateLimited => {
            "lower `simulation.parallelism` or set `simulation.rate`, raise `runner.http.retry.attempts`, or come back later. A quota needs a visit to the provider's billing page"
        }
        FailureKind::Redirect => {
            "put the final address into `runner.http.url`, or set `runner.http.redirects: same-origin`"
        }
        FailureKind::ContentType => {
            "check the URL and that the request asks for a stream (`\"stream\": true` in the body for most providers), or set `runner.http.stream` to what the body is"
        }
        FailureKind::Protocol => {
            "check the port and the scheme; something else may be listening there"
        }
        FailureKind::Truncated => {
            "increase `runner.http.retry.attempts` and check the stability of the server and of what stands between"
        }
        FailureKind::Incomplete => {
            "the answer was cut: check the logs of the server and of the proxies before it; if this server ends its answers otherwise, name that end in `runner.http.stream_done`, or set `runner.http.require_done: false`"
        }
        FailureKind::Decode => {
            "check the server's or the proxy's compression; event streams should not be compressed"
        }
        FailureKind::ApiError => {
            "read the provider's type and message. Overloads, server errors and rate limits are retried as `runner.http.retry` says; anything else is for the request to mend"
        }
        FailureKind::Withheld => {
            "read the finish reason: the provider's filter stopped the answer; change the input or the filter's settings in the request, or accept such answers with `failed_finish_reasons` in `runner.http.stream_schema`"
        }
        FailureKind::Cancelled => {
            "find out who cancelled it: a limit of the server, or another client of the same session"
        }
        FailureKind::MalformedEvent => {
            "look at the data: JSON that is cut off is the server's fault, text needs no `stream_output_path`, and `stream_event_filter` keeps frames of other types out"
        }
        FailureKind::NoText => {
            "compare the types and the sample that are shown with `stream_event_filter` and `stream_output_path`: name the type that carries the text, and where it stands"
        }
        FailureKind::TooLarge => {
            "raise `runner.http.limits.max_event_bytes` or `max_response_bytes` if such an answer is meant"
        }
        FailureKind::Template => "check the key that the message names against what the input has",
        FailureKind::Local => {
            "lower `simulation.parallelism` or raise `ulimit -n`; it is not the server's fault"
        }
        FailureKind::NotRecorded => {
            "send the case again (`fluxloop run experiment --only ID`), or keep the limits of the run that was recorded"
        }
        FailureKind::Internal => {
            "please report it with the message; the other cases are not affected"
        }
    }
}

/// The key that sets a clock, below `runner.http`.
pub fn clock_key(clock: Clock) -> &'static str {
    match clock {
        Clock::Attempt => "timeout",
        Clock::Connect => "connect_timeout",
        Clock::Idle => "idle_timeout",
        Clock::Event => "event_timeout",
    }
}
