//! When to try again, and when to stop.

use fluxloop_plan::{Clocks, Guards, Limits, OnPartial, RetryBudget, RetryPolicy};

use super::{Reader, scalars};
use crate::error::Fault;
use crate::yaml::{Node, Shape};

/// The key of the statuses.
const STATUS_CODES: &str = "runner.http.retry.status_codes";
/// Successes cannot be retried, and 1xx is no answer yet.
const STATUSES: std::ops::RangeInclusive<u64> = 300..=599;

impl Reader<'_> {
    /// `runner.http.retry`.
    pub(super) fn retry(&mut self) -> RetryPolicy {
        let usual = RetryPolicy::default();
        let attempts = self.integer("runner.http.retry.attempts");
        let attempts = attempts.map(|it| u32::try_from(it).expect("the table allows at most 100"));
        let status_codes = self.list(STATUS_CODES, Self::status);
        let on_partial = self.one_of("runner.http.retry.on_partial");
        RetryPolicy {
            attempts: attempts.unwrap_or(usual.attempts),
            backoff: self.duration("runner.http.retry.backoff").unwrap_or(usual.backoff),
            max_backoff: self
                .duration("runner.http.retry.max_backoff")
                .unwrap_or(usual.max_backoff),
            status_codes: status_codes
                .map_or(usual.status_codes, |status_codes| status_codes.into_iter().collect()),
            on_partial: if on_partial == Some("fail") {
                OnPartial::Fail
            } else {
                OnPartial::Restart
            },
            budget: self.budget(),
        }
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
        let usual = Clocks::default();
        Clocks {
            attempt: self.duration("runner.http.timeout").unwrap_or(usual.attempt),
            connect: self.duration("runner.http.connect_timeout").unwrap_or(usual.connect),
            idle: self.duration("runner.http.idle_timeout"),
            event: self.duration("runner.http.event_timeout"),
        }
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
        let usual = Limits::default();
        let event = self.size("runner.http.limits.max_event_bytes");
        let response = self.size("runner.http.limits.max_response_bytes");
        Limits {
            max_event_bytes: event
                .map_or(usual.max_event_bytes, |size| usize::try_from(size).unwrap_or(usize::MAX)),
            max_response_bytes: response.unwrap_or(usual.max_response_bytes),
        }
    }
}
