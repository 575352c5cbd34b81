//! One request and what came of it.

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::closed_list::closed_list;
use crate::written::record;
use crate::{AttemptTimings, FailureKind, GuardKind, Milliseconds};

/// How far an attempt came.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing was sent: the request could not be made, or no slot was free.
    BeforeConnect,
    /// A name was looked up, a connection opened, TLS negotiated.
    Connect,
    /// The request went out; no byte of an answer came.
    Sent,
    /// The status and headers came, and they decided.
    Status,
    /// The body was being read; no text was found yet.
    BeforeText,
    /// Text had been found.
    AfterText,
    /// The answer was complete.
    Complete,
}

impl Phase {
    /// The stable name, as records spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeConnect => "before_connect",
            Self::Connect => "connect",
            Self::Sent => "sent",
            Self::Status => "status",
            Self::BeforeText => "before_text",
            Self::AfterText => "after_text",
            Self::Complete => "complete",
        }
    }

    /// The phase in words, to follow "failed".
    pub fn words(self) -> &'static str {
        match self {
            Self::BeforeConnect => "before connecting",
            Self::Connect => "while connecting",
            Self::Sent => "before any answer came",
            Self::Status => "at the status line",
            Self::BeforeText => "in the answer, before any text",
            Self::AfterText => "in the answer, after text had come, which is kept",
            Self::Complete => "after the end of the answer",
        }
    }
}

/// How one attempt ended.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The answer came.
    Succeeded,
    /// It failed; the cause says how.
    Failed,
    /// A guard ended it.
    Stopped,
    /// The user ended the run.
    Interrupted,
}

closed_list! {
    /// Where a server asks for a wait, the source that counts first at the top.
    WaitSource {
        Rule "rule" "`retry_after` of an `error` rule in the schema."
        Header "header" "The header `retry-after-ms`, or else `Retry-After`."
        Body "body" "The error in the body, for example Google's `retryDelay`."
        Reset "reset" "The reset header of a limit of which nothing remains, for example `x-ratelimit-reset-tokens`."
        Message "message" "The message of the error: \"try again in 1.2s\"."
    }
}

record! {
    /// One request and what came of it.
    #[derive(Clone, Debug, Deserialize, Serialize)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub struct Attempt / WrittenAttempt<'a> {
        /// Counts from 1.
        pub number: u32 => u32,
        /// How far it came.
        pub phase: Phase => &'a RawValue,
        /// How it ended.
        pub outcome: AttemptOutcome => AttemptOutcome,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub cause: Option<FailureKind>,
        /// The failure in words.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub message: Option<Masked>,
        /// The guard that stopped it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub guard: Option<GuardKind>,
        /// The HTTP status, where one came.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub status: Option<u16>,
        /// How long the server asked to wait before the next attempt.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub retry_after_ms: Option<Milliseconds>,
        /// Where it asked for that.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub retry_after_from: Option<WaitSource>,
        /// Whether the request was sent a second time at once: a kept connection broke before an
        /// answer began, or the server reported that it did not process the request.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub resend: bool,
        /// How many redirects it followed (`redirects: same-origin`): requests on top of the one
        /// that counts as the attempt.
        #[serde(default, skip_serializing_if = "is_zero")]
        pub redirects: u8,
        /// The pause before it.
        pub wait_before_ms: Milliseconds => &'a RawValue,
        /// When it began (ISO 8601, UTC).
        pub started_at: String => &'a str,
        /// What took how long.
        pub timings: AttemptTimings => &'a RawValue,
        /// Bytes of the body, after decompression.
        pub bytes: u64 => &'a RawValue,
        /// Events that the stream dispatched.
        pub events: u64 => &'a RawValue,
        /// Characters (Unicode scalar values) of text.
        pub characters: u64 => &'a RawValue,
        /// The text of an attempt that failed; that of the last one is the output, too.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub text: Option<Masked>,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}
