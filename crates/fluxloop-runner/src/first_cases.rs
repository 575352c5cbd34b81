//! Sends the first case alone: a configuration that is wrong costs one request, not all of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fluxloop_trace::{EndedBy, Failure, FailureKind, Trace};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::limits::{Likeness, Reached};

/// How long the others wait for a case that goes alone and does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// In a smaller run the first case tells as much as all of them.
pub(crate) const FEWEST_CASES: u64 = 20;

/// Whether an answer of this run has given anything: text, another channel, or a call of a tool. A
/// frame alone may be one in which no text is found.
#[derive(Debug, Default)]
pub(crate) struct FirstOutput {
    came: AtomicBool,
    news: Notify,
}

impl FirstOutput {
    pub(crate) fn note(&self) {
        // Every answer comes here: a line of memory that is only read stays with each core.
        if !self.came.load(Ordering::Relaxed) && !self.came.swap(true, Ordering::Relaxed) {
            self.news.notify_one();
        }
    }

    /// Waits until the first output comes. It is told once.
    pub(crate) async fn comes(&self) {
        self.news.notified().await;
    }
}

/// Cases that go one by one at the start of a run.
#[derive(Debug)]
pub(crate) enum FirstCases {
    /// All may begin.
    Open,
    /// The next one goes alone.
    Alone {
        /// How many have to fail alike.
        limit: u64,
        /// How many have failed, and how.
        failed: u64,
        likeness: Option<Likeness>,
        /// Until when the others wait for the one that is under way.
        until: Option<Instant>,
    },
}

impl FirstCases {
    /// The run begins; where `limit` is absent, with all of its cases.
    pub(crate) fn start(limit: Option<u64>) -> Self {
        let alone = |limit| Self::Alone { limit, failed: 0, likeness: None, until: None };
        limit.map_or(Self::Open, alone)
    }

    pub(crate) fn is_alone(&self) -> bool {
        matches!(self, Self::Alone { .. })
    }

    /// When the others begin, whatever comes.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        if let Self::Alone { until, .. } = self { *until } else { None }
    }

    /// A case begins.
    pub(crate) fn note_start(&mut self, now: Instant) {
        if let Self::Alone { until, .. } = self {
            *until = Some(now + PATIENCE);
        }
    }

    /// A case is closed. Tells when the last one of the first cases has failed like the others.
    pub(crate) fn judge(&mut self, trace: &Trace) -> Option<Reached> {
        let likeness = trace.error.as_ref().and_then(of_configuration);
        let reached = self.count(likeness)?;
        let failure = trace.error.as_ref().map(|failure| failure.message.clone());
        Some(Reached { failure, ..reached })
    }

    /// A case failed in this way, by the configuration; or ended in another way.
    fn count(&mut self, now: Option<Likeness>) -> Option<Reached> {
        let Self::Alone { limit, failed, likeness, until } = self else { return None };
        if now.is_none() || *failed > 0 && *likeness != now {
            *self = Self::Open;
            return None;
        }
        (*likeness, *until) = (now, None);
        *failed += 1;
        (*failed >= *limit).then(|| Reached::count(EndedBy::FirstCases, *limit, *failed))
    }
}

/// How a case failed, if the configuration is the cause: the next one would fail alike.
fn of_configuration(failure: &Failure) -> Option<Likeness> {
    use FailureKind::{ContentType, Dns, NoText, Status, Template, Tls};
    let is_cause = match failure.kind {
        ContentType | Dns | NoText | Template | Tls => true,
        Status => matches!(failure.status, Some(401 | 403 | 404 | 405 | 415 | 422)),
        _ => false,
    };
    is_cause.then_some((failure.kind, failure.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: Option<Likeness> = Some((FailureKind::Status, Some(404)));
    const DENIED: Option<Likeness> = Some((FailureKind::Status, Some(401)));

    /// How cases end one after the other: whether the next one goes alone after each, and whether the
    /// last one ends the run.
    #[track_caller]
    fn check(ends: &[Option<Likeness>], alone: &[bool], reached: bool) {
        let mut first = FirstCases::start(Some(3));
        let mut last = None;
        for (end, alone) in ends.iter().zip(alone) {
            last = first.count(*end);
            assert_eq!(first.is_alone(), *alone);
        }
        assert_eq!(last.is_some(), reached);
    }

    #[test]
    fn three_that_fail_alike_end_the_run() {
        check(&[MISSING, MISSING, MISSING], &[true, true, true], true);
    }

    #[test]
    fn another_end_lets_all_begin() {
        check(&[None, MISSING, MISSING, MISSING], &[false; 4], false);
        check(&[MISSING, None], &[true, false], false);
        check(&[MISSING, MISSING, DENIED], &[true, true, false], false);
    }

    #[test]
    fn without_a_limit_nothing_goes_alone() {
        assert!(!FirstCases::start(None).is_alone());
    }

    #[tokio::test(start_paused = true)]
    async fn each_case_is_waited_for_anew() {
        let mut first = FirstCases::start(Some(3));
        assert_eq!(first.deadline(), None);
        first.note_start(Instant::now());
        assert_eq!(first.deadline(), Some(Instant::now() + PATIENCE));
        first.count(MISSING);
        assert_eq!(first.deadline(), None);
    }
}
