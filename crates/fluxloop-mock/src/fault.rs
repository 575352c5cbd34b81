//! What goes wrong, and for whom.
//!
//! The names are [toxiproxy](https://github.com/Shopify/toxiproxy)'s where it has one
//! (`reset_peer`, `timeout`). A fault breaks one answer; what slows or cuts the bytes of a whole
//! connection has its place in the server's wire.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

/// What goes wrong with one answer.
///
/// An answer that is no stream (a plain JSON body) has no deltas: [`At::AfterDeltas`] breaks it
/// in the middle of its body, whose announced length stays, an error is its whole body, and
/// [`End`](Self::End) leaves it as it is.
///
/// On a connection with several streams (HTTP/2), what breaks the connection breaks them all.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// This status instead of an answer.
    Status {
        /// The status.
        status: StatusCode,
        /// Headers beside the usual ones, such as `retry-after`.
        headers: HeaderMap,
        /// The body; without one, the dialect's own error for this status.
        body: Option<Bytes>,
    },
    /// The connection is closed (FIN); in the midst of a stream that is a truncated chunked body.
    Close {
        /// When.
        at: At,
    },
    /// The connection is reset (RST). What the peer's system has not received by then is lost, as
    /// with any reset.
    ResetPeer {
        /// When.
        at: At,
    },
    /// Nothing more comes, and the connection stays open.
    Timeout {
        /// When.
        at: At,
        /// Close the connection after this long; without it, never.
        close_after: Option<Duration>,
    },
    /// The stream ends in good order, but without what should close it: no finish chunk, no end
    /// marker.
    End {
        /// How many deltas of text come first.
        after_deltas: usize,
    },
    /// An error inside the stream, in the dialect's own shape; then the stream ends.
    ErrorEvent {
        /// How many deltas of text come first.
        after_deltas: usize,
        /// The provider's name of the error, such as `overloaded_error`.
        error_type: String,
        /// What the error says.
        message: String,
    },
    /// The answer with another `Content-Type`.
    ContentType(HeaderValue),
    /// These bytes instead of HTTP; then the connection is closed.
    Garbage(Bytes),
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum At {
    /// After the request was read, before any byte of the answer.
    BeforeAnswer,
    /// After this many deltas of text (0: after what precedes the first one), and in any case
    /// before what follows the last one.
    AfterDeltas(usize),
}

impl Fault {
    /// A status with the dialect's own error body.
    pub fn status(status: StatusCode) -> Self {
        Self::Status { status, headers: HeaderMap::new(), body: None }
    }
}

/// Which requests suffer a fault.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Faults {
    /// None.
    #[default]
    None,
    /// Every one.
    Always(Fault),
    /// The first requests, one entry each; `None` is an answer as it should be, and so is every
    /// answer after the last entry.
    InOrder(Vec<Option<Fault>>),
    /// Some, by chance under the mock's seed.
    Chance {
        /// How probable it is, from 0 to 1.
        probability: f64,
        /// What happens to them.
        fault: Fault,
    },
}

impl Faults {
    /// The first `requests` requests suffer this.
    pub fn first(requests: usize, fault: Fault) -> Self {
        Self::InOrder(vec![Some(fault); requests])
    }

    /// What the request of this number (from 0) suffers; `chance` gives a number in 0..1.
    pub(crate) fn of(&self, number: u64, chance: impl FnOnce() -> f64) -> Option<&Fault> {
        match self {
            Self::None => None,
            Self::Always(fault) => Some(fault),
            Self::InOrder(faults) => {
                faults.get(usize::try_from(number).ok()?).and_then(Option::as_ref)
            }
            Self::Chance { probability, fault } => (chance() < *probability).then_some(fault),
        }
    }
}
