//! Why a case failed: a closed list with stable names.

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::closed_list::closed_list;
use crate::written::record;
use crate::{Milliseconds, NoTextReport, Phase};

closed_list! {
    /// Why a case failed. The list is closed and the names are stable.
    FailureKind {
        Connect "connect"
            "No connection to the server could be opened: nothing listens there, or it refused."
        Tls "tls"
            "The server's certificate was not accepted, or the TLS handshake failed."
        Dns "dns"
            "The host name of the URL could not be resolved."
        Proxy "proxy"
            "The proxy could not be reached, refused to open the tunnel, or answered in the server's place."
        Timeout "timeout"
            "One of the clocks ran out; the message names it: `timeout` (the attempt), `connect_timeout`, `idle_timeout` or `event_timeout`."
        Status "status"
            "The server answered with 206 or a status other than 2xx; the beginning of its body is kept."
        RateLimited "rate_limited"
            "The server answered 429: too many requests, or an exhausted quota."
        Redirect "redirect"
            "The server answered with a redirect, which is not followed, or not to that place. Those that are followed (`redirects: same-origin`) belong to the attempt, whose record counts them."
        ContentType "content_type"
            "The body is not what `runner.http.stream` reads: a page or one JSON document in place of a stream, or a stream where one document was asked for."
        Protocol "protocol"
            "What came is not HTTP as the standards describe it."
        Truncated "truncated"
            "The connection, or the stream of HTTP/2, broke before the answer was whole."
        Incomplete "incomplete"
            "The stream ended cleanly without the end that its protocol, or `require_done: true`, asks for."
        Decode "decode"
            "The body's compression is broken, or not the one that its header names."
        ApiError "api_error"
            "The answer had status 200, and an error inside."
        Withheld "withheld"
            "The provider stopped the answer for what it says or would say: a safety filter, a blocked prompt, a refusal."
        Cancelled "cancelled"
            "The answer reports that it was cancelled."
        MalformedEvent "malformed_event"
            "An event that should carry JSON does not."
        NoText "no_text"
            "The answer came, and no text was found in it."
        TooLarge "too_large"
            "An event or a body is larger than the limits allow."
        Template "template"
            "The request could not be made from the input: a path of the template finds nothing there."
        Local "local"
            "This machine ran out of something: file descriptors, memory, disk."
        NotRecorded "not_recorded"
            "Only in a replay: the recorded answer was cut by a limit, a guard or an end, and the new rules would read on."
        Internal "internal"
            "A fault of this program."
    }
}

impl FailureKind {
    /// Why a request is sent again, in a word: the status that was answered, or else the kind.
    pub fn reason(self, status: Option<u16>) -> String {
        let is_named = matches!(self, Self::Status | Self::RateLimited);
        let status = status.filter(|status| is_named && *status >= 400);
        status.map_or_else(|| self.name().to_owned(), |status| status.to_string())
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
