//! How much a stream may make the decoder hold.

/// How much a stream may make the decoder hold.
///
/// The standard knows no bound, so a server that never sends a blank line could fill any memory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The most bytes of one event that may be held at any time, by default 16 MiB.
    ///
    /// Counted are the event's type, its ID and its data as far as they came (every line of data
    /// with its line end), plus the line that is being received, whatever it is: a comment too.
    /// Finished comments, unknown fields and `retry` fields are not held and do not count, so a
    /// stream that sends keep-alives for a year is fine. Bytes are counted as received; text in
    /// which bad UTF-8 was replaced may be up to three times as long.
    pub max_event_bytes: usize,
}

impl Limits {
    /// The default of [`max_event_bytes`](Self::max_event_bytes): 16 MiB, far above the largest
    /// events that are known (images as base64, some MiB).
    pub const DEFAULT_MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_event_bytes: Self::DEFAULT_MAX_EVENT_BYTES }
    }
}
