//! When to try again, and when to stop.

use std::collections::BTreeSet;

use fluxloop_plan::{Clocks, Guards, Limits, OnPartial, RetryBudget, RetryPolicy};

use super::{Reader, scalars};
use crate::error::Fault;
use crate::keys::key;
use crate::yaml::{Node, Shape};

/// The key of the statuses.
const STATUS_CODES: &str = "runner.http.retry.status_codes";
/// Successes cannot be retried, and 1xx is no answer yet.
const STATUSES: std::ops::RangeInclusive<u64> = 300..=599;

impl Reader<'_> {
    /// `runner.http.retry`.
    pub(super) fn retry(&mut self) -> RetryPolicy {
        let mut policy = RetryPolicy::default();
        if let Some(attempts) = self.integer("runner.http.retry.attempts") {
            policy.attempts = u32::try_from(attempts).expect("the table allows at most 100");
        }
        if let Some(backoff) = self.duration("runner.http.retry.backoff") {
            policy.backoff = backoff;
        }
        if let Some(max_backoff) = self.duration("runner.http.retry.max_backoff") {
            policy.max_backoff = max_backoff;
        }
        if let Some(status_codes) = self.status_codes() {
            policy.status_codes = status_codes;
        }
        if self.one_of("runner.http.retry.on_partial") == Some("fail") {
            policy.on_partial = OnPartial::Fail;
        }
        policy.budget = self.budget();
        policy
    }

    fn status_codes(&mut self) -> Option<BTreeSet<u16>> {
        let node = self.node(STATUS_CODES)?;
        let Shape::List(items) = &node.shape else {
            self.wrong_type(node, STATUS_CODES, key(STATUS_CODES).kind.in_sentence());
            return None;
        };
        // Every one is looked at before the first wrong one ends it.
        let codes: Vec<Option<u16>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| self.status(item, &format!("{STATUS_CODES}[{index}]")))
            .collect();
        codes.into_iter().collect()
    }

    fn status(&mut self, node: &Node, path: &str) -> Option<u16> {
        let number = match &node.shape {
            Shape::Number(number, _) => number.as_u64(),
            Shape::Text(_) => self.expand_node(node, path, "a status")?.text.trim().parse().ok(),
            _ => None,
        };
        let status = number.filter(|number| STATUSES.contains(number));
        if status.is_none() {
            let (min, max) = (*STATUSES.start(), *STATUSES.end());
            self.fault(node, path, Fault::OutOfRange { min, max });
        }
        u16::try_from(status?).ok()
    }

    fn budget(&mut self) -> Option<RetryBudget> {
        let path = "runner.http.retry.budget";
        let scalar = self.scalar(path)?;
        if matches!(scalar.text(), "off" | "false") {
            return None;
        }
        let share = scalars::share(scalar.text());
        if share.is_none() {
            self.not_a(&scalar, path, None);
        }
        share.map(|share| RetryBudget { share })
    }

    /// The clocks of one attempt.
    pub(super) fn clocks(&mut self) -> Clocks {
        let mut clocks = Clocks::default();
        if let Some(timeout) = self.duration("runner.http.timeout") {
            clocks.attempt = timeout;
        }
        if let Some(timeout) = self.duration("runner.http.connect_timeout") {
            clocks.connect = timeout;
        }
        clocks.idle = self.duration("runner.http.idle_timeout");
        clocks.event = self.duration("runner.http.event_timeout");
        clocks
    }

    /// `runner.guards`.
    pub(super) fn guards(&mut self) -> Guards {
        Guards {
            max_duration: self.duration("runner.guards.max_duration"),
            output_char_limit: self.integer("runner.guards.output_char_limit"),
        }
    }

    /// `runner.http.limits`.
    pub(super) fn limits(&mut self) -> Limits {
        let mut limits = Limits::default();
        if let Some(size) = self.size("runner.http.limits.max_event_bytes") {
            limits.max_event_bytes = usize::try_from(size).unwrap_or(usize::MAX);
        }
        if let Some(size) = self.size("runner.http.limits.max_response_bytes") {
            limits.max_response_bytes = size;
        }
        limits
    }
}
