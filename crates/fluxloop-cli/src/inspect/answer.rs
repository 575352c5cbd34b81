//! An answer with everything that was seen of it.

use std::time::Duration;

use fluxloop_learn::{Delivery, Recording};

/// An answer with everything that was seen of it. All of it is raw.
pub(super) struct Answer {
    /// What came before the body; `None` for a file.
    pub(super) head: Option<Head>,
    pub(super) recording: Recording,
    pub(super) delivery: Delivery,
    /// How long it took to come.
    pub(super) took: Duration,
    /// Why its body ended early.
    pub(super) broke: Option<String>,
}

/// Status and headers.
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) reason: &'static str,
    pub(super) version: String,
    pub(super) headers: Vec<(String, String)>,
    /// When it came, since the request was sent.
    pub(super) at: Duration,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        self.head.as_ref().is_none_or(|head| (200..300).contains(&head.status))
    }
}
