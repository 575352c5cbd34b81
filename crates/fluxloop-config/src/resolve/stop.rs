//! When the run ends before its last case.

use std::time::Duration;

use fluxloop_plan::{FailureLimit, StopLimits};

use super::reader::Scalar;
use super::{Reader, scalars};
use crate::yaml::Shape;

impl Reader<'_> {
    /// `stop`. Its defaults stand in the table of keys.
    pub(super) fn stop(&mut self) -> StopLimits {
        StopLimits {
            first_cases: self.limit("stop.first_cases", count),
            same_failures: self.limit("stop.same_failures", count),
            never_succeeded: self.limit("stop.never_succeeded", count),
            late_429: self.limit("stop.late_429", count),
            failures: self.limit("stop.failures", failures),
            requests: self.limit("stop.requests", count),
            duration: self.limit("stop.duration", duration),
        }
    }

    /// A limit; `None` where it is off or wrong.
    fn limit<T>(
        &mut self,
        path: &'static str,
        read: impl FnOnce(&Scalar<'_>) -> Option<T>,
    ) -> Option<T> {
        let scalar = self.scalar(path)?;
        if matches!(scalar.text(), "off" | "false") {
            return None;
        }
        let limit = read(&scalar);
        if limit.is_none() {
            self.not_a(&scalar, path, None);
        }
        limit
    }
}

fn count(scalar: &Scalar<'_>) -> Option<u64> {
    scalar.text().trim().parse().ok().filter(|count| *count > 0)
}

fn failures(scalar: &Scalar<'_>) -> Option<FailureLimit> {
    let share = || scalars::share(scalar.text()).map(FailureLimit::Share);
    count(scalar).map(FailureLimit::Count).or_else(share)
}

fn duration(scalar: &Scalar<'_>) -> Option<Duration> {
    let duration = match &scalar.node.shape {
        Shape::Number(number, _) => number.as_f64().and_then(scalars::seconds),
        _ => scalars::parse_duration(scalar.text()),
    };
    duration.filter(|duration| !duration.is_zero())
}
