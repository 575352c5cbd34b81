//! Why a case failed: a closed list with stable names.

use std::fmt;

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::written::record;
use crate::{Milliseconds, NoTextReport, Phase};

/// Declares the kinds once: variant, stable name, cause, remedy. Messages, records and the
/// generated reference all read this table.
macro_rules! failure_kinds {
    ($($variant:ident $name:literal $cause:literal $remedy:literal)+) => {
        /// Why a case failed. The list is closed and the names are stable.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum FailureKind {
            $(#[doc = $cause] $variant,)+
        }

        impl FailureKind {
            /// Every kind, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name, as records spell it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means, in one or two sentences.
            pub fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)+ }
            }

            /// What to do about it: a fragment that begins in lower case, like every hint.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }
        }
    };
}

failure_kinds! {
    Connect "connect"
        "No connection to the server could be opened: nothing listens there, or it refused."
        "check that the server is running and that `runner.http.url` is right; `curl URL` shows the same fault"
    Tls "tls"
        "The server's certificate was not accepted, or the TLS handshake failed."
        "check the host name and the certificate; a private CA goes into `runner.http.tls.ca_file`"
    Dns "dns"
        "The host name of the URL could not be resolved."
        "check the spelling of the host in `runner.http.url`, and that this machine can look names up"
    Proxy "proxy"
        "The proxy could not be reached, or refused to open the tunnel."
        "check `runner.http.proxy`, or HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    Timeout "timeout"
        "One of the clocks ran out; the message names it: `timeout` (the attempt), `connect_timeout`, `idle_timeout` or `event_timeout`."
        "raise the clock that the message names, or find out why the server is slow; the default `timeout` is 60s"
    Status "status"
        "The server answered with a status other than 2xx; the beginning of its body is kept."
        "read what the server says. 401 and 403: check the key and its variable. 5xx that never get better: take them out of `runner.http.retry.status_codes`"
    RateLimited "rate_limited"
        "The server answered 429: too many requests, or an exhausted quota."
        "lower `simulation.parallelism` or set `simulation.rate`, raise `runner.http.retry.attempts`, or come back later. A quota needs a visit to the provider's billing page"
    Redirect "redirect"
        "The server answered with a redirect, which is not followed, or not to that place. Those that are followed (`redirects: same-origin`) belong to the attempt, whose record counts them."
        "put the final address into `runner.http.url`, or set `runner.http.redirects: same-origin`"
    ContentType "content_type"
        "The answer is not an event stream: its media type says something else. With `stream: none`: it is one, or a page where `output_path` is set."
        "check the URL and that the request asks for a stream (`stream: true` in the body for most providers); `runner.http.lenient_content_type: true` reads it all the same"
    Protocol "protocol"
        "What came is not HTTP as the standards describe it."
        "check the port and the scheme; something else may be listening there"
    Truncated "truncated"
        "The connection, or the stream of HTTP/2, broke before the answer was whole."
        "increase `runner.http.retry.attempts` and check the stability of the server and of what stands between"
    Incomplete "incomplete"
        "The stream ended cleanly without the event that `stream_done` expects, and `require_done` is set."
        "check `runner.http.stream_done` against the events that the server sends, or drop `require_done`"
    Decode "decode"
        "The body's compression is broken, or not the one that its header names."
        "check the server's or the proxy's compression; event streams should not be compressed"
    ApiError "api_error"
        "The answer had status 200, and an error inside."
        "read the provider's type and message. Overloads, server errors and rate limits are retried as `runner.http.retry` says; anything else is for the request to mend"
    MalformedEvent "malformed_event"
        "An event that should carry JSON does not."
        "look at the data: JSON that is cut off is the server's fault, text needs no `stream_output_path`, and `stream_event_filter` keeps events of another kind out"
    NoText "no_text"
        "The answer came, and no text was found in it."
        "compare `stream_event_filter` and `stream_output_path` with the events listed: remove the filter, or take the path that the hint names"
    TooLarge "too_large"
        "An event or a body is larger than the limits allow."
        "raise `runner.http.limits.max_event_bytes` or `max_response_bytes` if such an answer is meant"
    Template "template"
        "The request could not be made from the input: a path of the template finds nothing there."
        "check the key that the message names against what the input has"
    Local "local"
        "This machine ran out of something: file descriptors, memory, disk."
        "lower `simulation.parallelism` or raise `ulimit -n`; it is not the server's fault"
    Internal "internal"
        "A fault of this program."
        "please report it with the message; the other cases are not affected"
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The clock that ran out.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// `runner.http.timeout`: one attempt, from the first connect to the end of the answer.
    Attempt,
    /// `runner.http.connect_timeout`: DNS, TCP and TLS.
    Connect,
    /// `runner.http.idle_timeout`: silence between two bytes of the body.
    Idle,
    /// `runner.http.event_timeout`: the wait between two events.
    Event,
}

impl Clock {
    /// The key that sets the clock.
    pub fn key(self) -> &'static str {
        match self {
            Self::Attempt => "timeout",
            Self::Connect => "connect_timeout",
            Self::Idle => "idle_timeout",
            Self::Event => "event_timeout",
        }
    }
}

record! {
    /// Why a case failed, in full.
    #[derive(Clone, Debug, Deserialize, Serialize)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub struct Failure / WrittenFailure<'a> {
        /// The kind, from the closed list.
        pub kind: FailureKind => &'a RawValue,
        /// What happened: a lower-case fragment.
        pub message: Masked => &'a RawValue,
        /// What to do about it.
        pub hint: Masked => &'a RawValue,
        /// How far the last attempt came.
        pub phase: Phase,
        /// The HTTP status, where one came.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub status: Option<u16>,
        /// The clock that ran out (`timeout`).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub clock: Option<Clock>,
        /// The beginning of the body, at most 2 KiB, masked before it was cut.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub body: Option<Masked>,
        /// How long the server asked to wait.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub retry_after_ms: Option<Milliseconds>,
        /// The provider's name for the error (`api_error`, `rate_limited`).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub api_type: Option<Masked>,
        /// What was seen instead of text (`no_text`).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub seen: Option<NoTextReport>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_serde_writes() {
        for kind in FailureKind::ALL {
            let written = serde_json::to_string(kind).expect("a unit variant serializes");
            assert_eq!(written, format!("\"{}\"", kind.name()));
        }
    }
}
