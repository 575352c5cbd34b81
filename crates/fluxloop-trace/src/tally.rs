//! Folds traces into a summary, in constant memory.

use std::collections::BTreeMap;
use std::time::Duration;

use fluxloop_redact::Masked;
use hdrhistogram::Histogram;

use crate::{
    CaseId, FailureKind, GuardKind, Milliseconds, Outcome, Percentiles, Results, RunStatus,
    Summary, SummaryPercentiles, Trace, Versions,
};

/// How many cases a summary names; it counts them all.
const NAMED_CASES: usize = 100;

/// Folds traces into a [`Summary`], in constant memory.
#[derive(Debug)]
pub struct Tally {
    outcomes: BTreeMap<Outcome, u64>,
    failures: BTreeMap<FailureKind, u64>,
    stopped: BTreeMap<GuardKind, u64>,
    total: u64,
    successful: u64,
    successful_ms: f64,
    attempts: u64,
    resends: u64,
    redirects: u64,
    retries_denied: u64,
    retries_denied_to: Vec<CaseId>,
    bytes: u64,
    events: u64,
    first_byte: Distribution,
    first_token: Distribution,
    inter_token: Distribution,
    duration: Distribution,
    own_lag: OwnLag,
    achieved_parallelism: u64,
    warnings: Vec<Masked>,
    resumed_at: Vec<String>,
}

impl Tally {
    /// Starts from nothing.
    pub fn new() -> Self {
        Self {
            outcomes: BTreeMap::new(),
            failures: BTreeMap::new(),
            stopped: BTreeMap::new(),
            total: 0,
            successful: 0,
            successful_ms: 0.0,
            attempts: 0,
            resends: 0,
            redirects: 0,
            retries_denied: 0,
            retries_denied_to: Vec::new(),
            bytes: 0,
            events: 0,
            first_byte: Distribution::new(),
            first_token: Distribution::new(),
            inter_token: Distribution::new(),
            duration: Distribution::new(),
            own_lag: OwnLag::default(),
            achieved_parallelism: 0,
            warnings: Vec::new(),
            resumed_at: Vec::new(),
        }
    }

    /// Counts a closed case. Durations are taken from successes alone.
    pub fn add(&mut self, trace: &Trace) {
        self.total += 1;
        *self.outcomes.entry(trace.outcome).or_default() += 1;
        if let Some(failure) = &trace.failure {
            *self.failures.entry(failure.kind).or_default() += 1;
            if failure.budget_denied {
                self.note_denied(&trace.case_id);
            }
        }
        if let Some(guard) = trace.termination_reason {
            *self.stopped.entry(guard).or_default() += 1;
        }
        for attempt in &trace.attempts {
            self.attempts += 1;
            self.resends += u64::from(attempt.resend);
            self.redirects += u64::from(attempt.redirects);
            self.bytes += attempt.bytes;
            self.events += attempt.events;
        }
        if trace.success {
            self.successful += 1;
            self.successful_ms += trace.duration_ms.0;
            self.duration.record(Some(trace.duration_ms));
            let timings = &trace.timings;
            self.first_byte.record(timings.last_attempt.first_byte_ms);
            self.first_token.record(timings.last_attempt.first_token_ms);
            self.inter_token.record(timings.inter_token.map(|gaps| gaps.p50));
        }
    }

    fn note_denied(&mut self, case_id: &CaseId) {
        self.retries_denied += 1;
        if self.retries_denied_to.len() < NAMED_CASES {
            self.retries_denied_to.push(case_id.clone());
        }
    }

    /// Notes how many cases are under way.
    pub fn note_parallelism(&mut self, under_way: u64) {
        self.achieved_parallelism = self.achieved_parallelism.max(under_way);
    }

    /// Takes over how late this process itself was.
    pub fn set_own_lag(&mut self, lag: OwnLag) {
        self.own_lag = lag;
    }

    /// Notes something that concerns the run as a whole, once.
    pub fn warn(&mut self, warning: Masked) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Notes when the run was taken up again (ISO 8601, UTC).
    pub fn note_resumed(&mut self, at: String) {
        self.resumed_at.push(at);
    }

    /// How late this process itself was, if that was ever measured.
    pub fn own_lag(&self) -> Option<Percentiles> {
        self.own_lag.0.percentiles()
    }

    /// The time to first token of the successes, if any had one.
    pub fn first_token(&self) -> Option<Percentiles> {
        self.first_token.percentiles()
    }

    /// How many cases are counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many of them count as a success.
    pub fn successful(&self) -> u64 {
        self.successful
    }

    /// The figures so far. `date` is when the run began, `elapsed` how long it has taken.
    pub fn summary(
        &self,
        name: Masked,
        date: String,
        status: RunStatus,
        elapsed: Duration,
    ) -> Summary {
        let ratio = |part: f64, whole: u64| if whole == 0 { 0.0 } else { part / whole as f64 };
        Summary {
            name,
            date,
            status,
            resumed_at: self.resumed_at.clone(),
            results: Results {
                total_runs: self.total,
                successful: self.successful,
                failed: self.total - self.successful,
                success_rate: ratio(self.successful as f64, self.total),
                avg_duration_ms: Milliseconds(ratio(self.successful_ms, self.successful)),
                duration_seconds: elapsed.as_secs_f64(),
            },
            outcomes: self.outcomes.clone(),
            failures: self.failures.clone(),
            stopped: self.stopped.clone(),
            attempts: self.attempts,
            resends: self.resends,
            redirects: self.redirects,
            retries_denied: self.retries_denied,
            retries_denied_to: self.retries_denied_to.clone(),
            bytes: self.bytes,
            events: self.events,
            percentiles: SummaryPercentiles {
                first_byte_ms: self.first_byte.percentiles(),
                first_token_ms: self.first_token.percentiles(),
                inter_token_ms: self.inter_token.percentiles(),
                duration_ms: self.duration.percentiles(),
            },
            achieved_parallelism: self.achieved_parallelism,
            own_lag_ms: self.own_lag(),
            warnings: self.warnings.clone(),
            versions: Versions {
                fluxloop: env!("CARGO_PKG_VERSION").into(),
                artifacts: Versions::ARTIFACTS,
            },
        }
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self::new()
    }
}

/// How late a process itself was, again and again, in constant memory.
#[derive(Debug)]
pub struct OwnLag(Distribution);

impl OwnLag {
    /// Notes how late it was once.
    pub fn note(&mut self, lag: Duration) {
        self.0.record(Some(lag.into()));
    }
}

impl Default for OwnLag {
    fn default() -> Self {
        Self(Distribution::new())
    }
}

/// A histogram of microseconds with three significant digits: a fixed size, whatever is recorded.
#[derive(Debug)]
struct Distribution(Histogram<u64>);

impl Distribution {
    /// One day: longer durations count as one day.
    const HIGHEST_MICROS: u64 = 24 * 3600 * 1_000_000;

    fn new() -> Self {
        Self(
            Histogram::new_with_max(Self::HIGHEST_MICROS, 3)
                .expect("the bounds of the histogram are constants that it accepts"),
        )
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "durations are positive and far below 2^63 microseconds"
    )]
    fn record(&mut self, value: Option<Milliseconds>) {
        if let Some(Milliseconds(ms)) = value {
            self.0.saturating_record((ms * 1e3).round() as u64);
        }
    }

    fn percentiles(&self) -> Option<Percentiles> {
        if self.0.is_empty() {
            return None;
        }
        let at = |quantile| Milliseconds(self.0.value_at_quantile(quantile) as f64 / 1e3);
        Some(Percentiles {
            p50: at(0.50),
            p90: at(0.90),
            p95: at(0.95),
            p99: at(0.99),
            max: Milliseconds(self.0.max() as f64 / 1e3),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_good_to_three_digits() {
        let mut distribution = Distribution::new();
        for ms in 1..=100 {
            distribution.record(Some(Milliseconds(f64::from(ms))));
        }
        let percentiles = distribution.percentiles().expect("values were recorded");
        assert!((percentiles.p50.0 - 50.0).abs() < 0.1, "{percentiles:?}");
        assert!((percentiles.max.0 - 100.0).abs() < 0.1, "{percentiles:?}");
    }

    #[test]
    fn without_cases_nothing_is_divided_by_zero() {
        let summary = Tally::new().summary(
            Masked::default(),
            String::new(),
            RunStatus::Complete,
            Duration::ZERO,
        );
        assert_eq!(summary.results.success_rate.to_bits(), 0.0_f64.to_bits());
        assert!(summary.percentiles.duration_ms.is_none());
    }
}
