//! Whether as many cases were under way as was asked for, and if not, why.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fluxloop_trace::{Percentiles, WarningCode};
use tokio::time::Instant;

/// A shorter run says nothing: it has hardly begun when it is over.
const SHORTEST: Duration = Duration::from_secs(1);

/// Which part of what was asked for is enough.
const ENOUGH: f64 = 0.9;

/// An own lag below this is nothing special on a machine that does other things too, in
/// milliseconds.
const USUAL_LAG_MS: f64 = 10.0;

/// Which part of the time to first token the own lag may be before it spoils it.
const SPOILING: f64 = 0.1;

/// The least that a server should allow on one HTTP/2 connection (RFC 9113, section 6.5.2). When
/// fewer answers than that are being read, they rather begin late or end soon.
const USUAL_STREAMS: usize = 100;

/// How many cases are under way, while another one could begin.
#[derive(Debug)]
pub(crate) struct Concurrency {
    asked: usize,
    noted: Instant,
    under_way: usize,
    peak: usize,
    /// How long another case could have begun, and the sum of what was under way then, in seconds.
    lasted: Duration,
    sum: f64,
    /// Whether there is another case. Fewer cases under way say nothing while there is none, or
    /// while its input is not read yet.
    may_grow: bool,
}

impl Concurrency {
    pub(crate) fn start(asked: usize, now: Instant) -> Self {
        let (lasted, sum) = (Duration::ZERO, 0.0);
        Self { asked, noted: now, under_way: 0, peak: 0, lasted, sum, may_grow: true }
    }

    /// The first case may begin only now.
    pub(crate) fn start_again(&mut self, now: Instant) {
        *self = Self::start(self.asked, now);
    }

    /// From now on so many are under way.
    pub(crate) fn note(&mut self, under_way: usize, now: Instant) {
        if self.may_grow {
            let passed = now - self.noted;
            self.lasted += passed;
            self.sum += self.under_way as f64 * passed.as_secs_f64();
        }
        (self.noted, self.under_way) = (now, under_way);
        if under_way == self.asked && self.peak < under_way {
            // Beginning so many takes its time, which says nothing about keeping up.
            (self.lasted, self.sum) = (Duration::ZERO, 0.0);
        }
        self.peak = self.peak.max(under_way);
    }

    /// Whether another case can begin from now on. If not, what is under way can only become less.
    pub(crate) fn may_grow(&mut self, may_grow: bool, now: Instant) {
        self.note(self.under_way, now);
        self.may_grow = may_grow;
    }

    /// The most that were under way at once.
    pub(crate) fn peak(&self) -> usize {
        self.peak
    }

    /// How many were under way on average, if that is clearly less than what was asked for.
    fn shortfall(&self) -> Option<f64> {
        let average = self.sum / self.lasted.as_secs_f64();
        (self.lasted >= SHORTEST && average < ENOUGH * self.asked as f64).then_some(average)
    }

    /// What a reader of the figures must know: that fewer cases were under way than asked for,
    /// though their starts were not `spaced`, and that this process was late itself.
    pub(crate) fn warnings(
        &self,
        spaced: bool,
        answering: &Answering,
        lag: Option<Percentiles>,
        first_token: Option<Percentiles>,
    ) -> Vec<(WarningCode, String)> {
        let starved = self.shortfall().filter(|_| !spaced).map(|average| {
            let words = format!(
                "on average {average:.1} of {} cases were under way, though there were more to \
                 send: this process did not keep up; give it more cores, or close what else runs",
                self.asked
            );
            (WarningCode::ParallelismNotReached, words)
        });
        let late = spoiling_lag(lag, first_token).map(|lag| {
            let words = format!(
                "this process was late itself, by up to {lag:.0} ms (p99): that is part of the \
                 times that it measured; lower `simulation.parallelism`, give it more cores, or close \
                 what else runs"
            );
            (WarningCode::OwnLag, words)
        });
        let shared =
            answering.warning(self.peak).map(|words| (WarningCode::SharedConnection, words));
        let all = [starved, shared, late];
        all.into_iter().flatten().collect()
    }
}

/// How late this process was itself (p99, in milliseconds), if that spoils what it measured.
pub(crate) fn spoiling_lag(
    lag: Option<Percentiles>,
    first_token: Option<Percentiles>,
) -> Option<f64> {
    let (lag, first_token) = (lag?.p99.as_millis(), first_token?.p50.as_millis());
    (lag > USUAL_LAG_MS.max(SPOILING * first_token)).then_some(lag)
}

/// How many HTTP/2 answers are being read: a server limits the streams of a connection, and the
/// client queues what goes beyond.
#[derive(Debug, Default)]
pub(crate) struct Answering {
    now: AtomicUsize,
    peak: AtomicUsize,
}

/// One of them.
pub(crate) struct OneAnswer<'a>(&'a Answering);

impl Answering {
    pub(crate) fn one(&self) -> OneAnswer<'_> {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(now, Ordering::Relaxed);
        OneAnswer(self)
    }

    fn warning(&self, under_way: usize) -> Option<String> {
        let peak = self.peak.load(Ordering::Relaxed);
        let few = peak >= USUAL_STREAMS && (peak as f64) < ENOUGH * under_way as f64;
        few.then(|| {
            format!(
                "of {under_way} requests under way at most {peak} were being answered: they share \
                 one HTTP/2 connection, and a server may allow no more streams on it (RFC 9113, \
                 section 5.1.2)"
            )
        })
    }
}

impl Drop for OneAnswer<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_trace::Milliseconds;

    use super::*;

    /// Cases under way from each second on; how many on average, if that is worth a warning.
    #[track_caller]
    fn check(asked: usize, seconds: &[usize], expected: Option<&str>) {
        let start = Instant::now();
        let mut concurrency = Concurrency::start(asked, start);
        for (second, under_way) in (0..).zip(seconds) {
            concurrency.note(*under_way, start + Duration::from_secs(second));
        }
        concurrency.may_grow(false, start + Duration::from_secs(seconds.len() as u64));
        concurrency.note(1, start + Duration::from_secs(1_000));
        let average = concurrency.shortfall().map(|average| format!("{average:.1}"));
        assert_eq!(average.as_deref(), expected);
    }

    #[test]
    fn what_is_under_way_is_weighed_by_time_while_there_is_more_to_send() {
        check(10, &[10, 10, 10], None);
        check(10, &[10, 9, 9], None);
        check(10, &[10, 10, 4], Some("8.0"));
        check(10, &[1], Some("1.0"));
        check(10, &[2, 4, 6, 8, 10, 10], None);
        check(10, &[2, 4, 6, 8, 10, 1], Some("5.5"));
        check(10, &[], None);
    }

    #[test]
    fn time_without_an_input_does_not_count() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut concurrency = Concurrency::start(10, start);
        concurrency.note(10, at(0));
        concurrency.may_grow(false, at(1));
        concurrency.note(1, at(2));
        concurrency.may_grow(true, at(9));
        assert_eq!(concurrency.shortfall(), None);
        concurrency.note(10, at(11));
        concurrency.may_grow(false, at(12));
        assert_eq!(concurrency.shortfall(), Some(5.5), "22 in 4 s of its own");
    }

    fn percentiles(p50: f64, p99: f64) -> Percentiles {
        let [p50, p99] = [p50, p99].map(Milliseconds::from_millis);
        Percentiles { p50, p90: p50, p95: p99, p99, max: p99 }
    }

    /// The own lag and the time to first token; whether that is worth a warning.
    #[track_caller]
    fn check_lag(lag: f64, first_token: f64, expected: bool) {
        let concurrency = Concurrency::start(1, Instant::now());
        let warnings = concurrency.warnings(
            false,
            &Answering::default(),
            Some(percentiles(0.0, lag)),
            Some(percentiles(first_token, first_token)),
        );
        assert_eq!(!warnings.is_empty(), expected, "{warnings:?}");
    }

    #[test]
    fn an_own_lag_counts_when_it_is_much_of_what_was_measured() {
        check_lag(9.0, 20.0, false);
        check_lag(11.0, 20.0, true);
        check_lag(11.0, 1_000.0, false);
        check_lag(101.0, 1_000.0, true);
    }

    #[test]
    fn streams_that_a_connection_does_not_carry_are_told() {
        let answering = Answering::default();
        assert_eq!(answering.warning(500), None, "no answer came over HTTP/2");
        drop((0..99).map(|_| answering.one()).collect::<Vec<_>>());
        assert_eq!(answering.warning(500), None, "answers may begin late or end soon");
        let answers: Vec<_> = (0..100).map(|_| answering.one()).collect();
        drop(answers);
        drop(answering.one());
        assert!(answering.warning(500).is_some_and(|text| text.contains("at most 100")));
        assert_eq!(answering.warning(105), None);
    }
}
