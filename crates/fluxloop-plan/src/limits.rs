//! When to stop a case, and how much to accept.

use std::time::Duration;

/// When to stop a case, as the user asks (`runner.guards`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Guards {
    /// One input, all attempts and waits together.
    pub max_duration: Option<Duration>,
    /// Unicode scalar values of raw text; exactly so many are still a plain success.
    pub output_char_limit: Option<u64>,
}

/// How much to accept from a server (`runner.http.limits`), in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One event.
    pub max_event_bytes: usize,
    /// One attempt's body, after decompression.
    pub max_response_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_event_bytes: 16 << 20, max_response_bytes: 256 << 20 }
    }
}
