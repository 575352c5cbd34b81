//! Folds traces into a summary, in constant memory.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fluxloop_redact::Masked;
use hdrhistogram::Histogram;

use crate::{
    CaseId, FailureKind, GiveUpReason, GuardKind, Milliseconds, Outcome, Percentiles, Results,
    RunStatus, Summary, SummaryPercentiles, Trace, Versions, Warning, WarningCode,
};

/// How many cases a summary names; it counts them all.
const NAMED_CASES: usize = 100;

/// Folds traces into a [`Summary`], in constant memory.
///
/// It keeps integers alone, so that the same traces give the same figures in whatever order they
/// come, and in whatever groups their tallies are [merged](Self::merge).
#[derive(Clone, Debug, Default)]
pub struct Tally {
    outcomes: BTreeMap<Outcome, u64>,
    failures: BTreeMap<FailureKind, u64>,
    stopped: BTreeMap<GuardKind, u64>,
    total: u64,
    successful: u64,
    successful_nanos: u128,
    attempts: u64,
    resends: u64,
    redirects: u64,
    retries_denied: u64,
    /// The first of them in the order of the inputs.
    retries_denied_to: BTreeSet<(u64, CaseId)>,
    bytes: u64,
    events: u64,
    first_byte: Distribution,
    first_token: Distribution,
    chunk_gap: Distribution,
    duration: Distribution,
    own_lag: OwnLag,
    achieved_parallelism: u64,
    warnings: BTreeMap<(WarningCode, Masked), Given>,
    resumed_at: Vec<String>,
}

/// How often a warning was given, and the least of its examples.
#[derive(Clone, Debug, Default)]
struct Given {
    count: u64,
    example: Option<Masked>,
}

impl Tally {
    /// Starts from nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a closed case. Durations are taken from successes alone.
    pub fn add(&mut self, trace: &Trace) {
        self.total += 1;
        *self.outcomes.entry(trace.outcome).or_default() += 1;
        if let Some(failure) = &trace.error {
            *self.failures.entry(failure.kind).or_default() += 1;
        }
        if let Some(guard) = trace.termination_reason {
            *self.stopped.entry(guard).or_default() += 1;
        }
        for attempt in trace.attempts() {
            self.attempts += 1;
            self.resends += u64::from(attempt.resend);
            self.redirects += u64::from(attempt.redirects);
            self.bytes += attempt.bytes;
            self.events += attempt.events;
        }
        let mut gave_up = trace.turns.iter().filter_map(|turn| turn.gave_up);
        if gave_up.any(|gave_up| gave_up.reason == GiveUpReason::Budget) {
            self.retries_denied += 1;
            self.name_denied((trace.case_index, trace.case_id.clone()));
        }
        if trace.success {
            self.add_times(trace);
        }
    }

    fn add_times(&mut self, trace: &Trace) {
        self.successful += 1;
        self.successful_nanos += u128::from(trace.duration_ms.as_nanos());
        self.duration.record(Some(trace.duration_ms));
        for timings in trace.turns.iter().map(|turn| &turn.timings) {
            self.first_byte.record(timings.last_attempt.first_byte_ms);
            self.first_token.record(timings.last_attempt.first_token_ms);
            self.chunk_gap.record(timings.chunk_gap_ms.map(|gaps| gaps.p50));
        }
    }

    fn name_denied(&mut self, case: (u64, CaseId)) {
        self.retries_denied_to.insert(case);
        if self.retries_denied_to.len() > NAMED_CASES {
            self.retries_denied_to.pop_last();
        }
    }

    /// Adds what another tally has counted.
    pub fn merge(&mut self, other: &Self) {
        add_counts(&mut self.outcomes, &other.outcomes);
        add_counts(&mut self.failures, &other.failures);
        add_counts(&mut self.stopped, &other.stopped);
        self.total += other.total;
        self.successful += other.successful;
        self.successful_nanos += other.successful_nanos;
        self.attempts += other.attempts;
        self.resends += other.resends;
        self.redirects += other.redirects;
        self.retries_denied += other.retries_denied;
        for case in &other.retries_denied_to {
            self.name_denied(case.clone());
        }
        self.bytes += other.bytes;
        self.events += other.events;
        self.first_byte.merge(&other.first_byte);
        self.first_token.merge(&other.first_token);
        self.chunk_gap.merge(&other.chunk_gap);
        self.duration.merge(&other.duration);
        self.own_lag.0.merge(&other.own_lag.0);
        self.note_parallelism(other.achieved_parallelism);
        other.warnings().for_each(|warning| self.warn(warning));
        other.resumed_at.iter().cloned().for_each(|at| self.note_resumed(at));
    }

    /// Notes how many cases are under way.
    pub fn note_parallelism(&mut self, under_way: u64) {
        self.achieved_parallelism = self.achieved_parallelism.max(under_way);
    }

    /// Takes over how late this process itself was.
    pub fn set_own_lag(&mut self, lag: OwnLag) {
        self.own_lag = lag;
    }

    /// Notes something that concerns the run as a whole. What is said again is counted.
    pub fn warn(&mut self, warning: Warning) {
        let Warning { code, message, count, example } = warning;
        let given = self.warnings.entry((code, message)).or_default();
        given.count += count;
        given.example = match (given.example.take(), example) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// What was said of the run, by code and words.
    fn warnings(&self) -> impl Iterator<Item = Warning> {
        self.warnings.iter().map(|((code, message), Given { count, example })| Warning {
            code: *code,
            message: message.clone(),
            count: *count,
            example: example.clone(),
        })
    }

    /// Notes when the run was resumed (ISO 8601, UTC).
    pub fn note_resumed(&mut self, at: String) {
        let place = self.resumed_at.partition_point(|earlier| *earlier <= at);
        self.resumed_at.insert(place, at);
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
        let share = self.successful as f64 / self.total.max(1) as f64;
        Summary {
            name,
            date,
            status,
            resumed_at: self.resumed_at.clone(),
            results: Results {
                total_runs: self.total,
                successful: self.successful,
                failed: self.total - self.successful,
                success_rate: share,
                avg_duration_ms: mean(self.successful_nanos, self.successful),
                duration_seconds: elapsed.as_secs_f64(),
            },
            outcomes: self.outcomes.clone(),
            failures: self.failures.clone(),
            stopped: self.stopped.clone(),
            attempts: self.attempts,
            resends: self.resends,
            redirects: self.redirects,
            retries_denied: self.retries_denied,
            retries_denied_to: self.retries_denied_to.iter().map(|(_, id)| id.clone()).collect(),
            bytes: self.bytes,
            events: self.events,
            percentiles: SummaryPercentiles {
                first_byte_ms: self.first_byte.percentiles(),
                first_token_ms: self.first_token.percentiles(),
                chunk_gap_ms: self.chunk_gap.percentiles(),
                duration_ms: self.duration.percentiles(),
            },
            achieved_parallelism: self.achieved_parallelism,
            own_lag_ms: self.own_lag(),
            warnings: self.warnings().collect(),
            versions: Versions {
                fluxloop: env!("CARGO_PKG_VERSION").into(),
                artifacts: Versions::ARTIFACTS,
            },
        }
    }
}

fn add_counts<K: Copy + Ord>(sums: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        *sums.entry(*key).or_default() += count;
    }
}

/// The mean duration, to the nearest nanosecond; of nothing it is zero.
fn mean(nanos: u128, count: u64) -> Milliseconds {
    let count = u128::from(count.max(1));
    Milliseconds::from_nanos(u64::try_from((nanos + count / 2) / count).unwrap_or(u64::MAX))
}

/// How late a process itself was, again and again, in constant memory.
#[derive(Clone, Debug, Default)]
pub struct OwnLag(Distribution);

impl OwnLag {
    /// Notes how late it was once.
    pub fn note(&mut self, lag: Duration) {
        self.0.record(Some(lag.into()));
    }
}

/// A histogram of microseconds with three significant digits: a fixed size, whatever is recorded.
#[derive(Clone, Debug)]
struct Distribution(Histogram<u64>);

impl Distribution {
    /// One day: longer durations count as one day.
    const HIGHEST_MICROS: u64 = 24 * 3600 * 1_000_000;

    fn record(&mut self, value: Option<Milliseconds>) {
        if let Some(value) = value {
            self.0.saturating_record((value.as_nanos() + 500) / 1_000);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("every histogram has the same bounds");
    }

    fn percentiles(&self) -> Option<Percentiles> {
        if self.0.is_empty() {
            return None;
        }
        let millis = |micros: u64| Milliseconds::from_nanos(micros * 1_000);
        let at = |quantile| millis(self.0.value_at_quantile(quantile));
        Some(Percentiles {
            p50: at(0.50),
            p90: at(0.90),
            p95: at(0.95),
            p99: at(0.99),
            max: millis(self.0.max()),
        })
    }
}

impl Default for Distribution {
    fn default() -> Self {
        Self(
            Histogram::new_with_max(Self::HIGHEST_MICROS, 3)
                .expect("the bounds of the histogram are constants that it accepts"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_good_to_three_digits() {
        let mut distribution = Distribution::default();
        for ms in 1..=100 {
            distribution.record(Some(Milliseconds::from_millis(f64::from(ms))));
        }
        let percentiles = distribution.percentiles().expect("values were recorded");
        assert!((percentiles.p50.as_millis() - 50.0).abs() < 0.1, "{percentiles:?}");
        assert!((percentiles.max.as_millis() - 100.0).abs() < 0.1, "{percentiles:?}");
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
