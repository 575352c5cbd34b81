//! The gaps between events that carried text.

use std::time::Duration;

/// How many gaps are kept; a longer stream keeps every second, fourth, … of them.
const KEPT: usize = 4096;

/// How many gaps the first allocation has room for. Most answers have about as many.
const FEW: usize = 64;

/// The gaps between the pieces of text of one answer. A piece is not a token, so a gap is only an
/// upper bound of the latency between tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChunkGaps {
    /// The median.
    pub p50: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The longest.
    pub max: Duration,
}

/// The gaps of one answer, in bounded memory.
///
/// Up to [`KEPT`] gaps the percentiles are exact. Beyond, every second gap is forgotten and from
/// then on every second one left out, again and again: an even sample of the whole stream.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    /// When text arrived last, in microseconds, as all of these are.
    last: Option<u64>,
    micros: Vec<u32>,
    max: u64,
    seen: usize,
    stride_log2: u32,
}

impl Gaps {
    /// Notes how many pieces of text arrived together.
    pub(crate) fn note(&mut self, at: Duration, pieces: u64) {
        let at = at.as_secs().saturating_mul(1_000_000) + u64::from(at.subsec_micros());
        for _ in 0..pieces {
            if let Some(last) = self.last.replace(at) {
                self.record(at.saturating_sub(last));
            }
        }
    }

    fn record(&mut self, gap: u64) {
        self.max = self.max.max(gap);
        if self.seen.trailing_zeros() >= self.stride_log2 {
            if self.micros.len() == KEPT {
                self.halve();
            }
            if self.micros.is_empty() {
                self.micros.reserve(FEW);
            }
            self.micros.push(u32::try_from(gap).unwrap_or(u32::MAX));
        }
        self.seen += 1;
    }

    fn halve(&mut self) {
        let mut index = 0;
        self.micros.retain(|_| {
            index += 1;
            index % 2 == 1
        });
        self.stride_log2 += 1;
    }

    /// The percentiles; `None` with fewer than two pieces of text.
    pub(crate) fn percentiles(&mut self) -> Option<ChunkGaps> {
        if self.micros.is_empty() {
            return None;
        }
        self.micros.sort_unstable();
        let at = |percent: usize| {
            let rank = (self.micros.len() * percent).div_ceil(100).max(1);
            Duration::from_micros(self.micros[rank - 1].into())
        };
        Some(ChunkGaps { p50: at(50), p95: at(95), max: Duration::from_micros(self.max) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(micros: impl IntoIterator<Item = u64>) -> Gaps {
        let mut gaps = Gaps::default();
        for gap in micros {
            gaps.record(gap);
        }
        gaps
    }

    #[test]
    fn percentiles_are_the_nearest_ranks() {
        let found = gaps((1..=100).map(|gap| gap * 1000)).percentiles().expect("gaps");
        let expected = [50, 95, 100].map(Duration::from_millis);
        assert_eq!([found.p50, found.p95, found.max], expected);
    }

    #[test]
    fn one_event_has_no_gap() {
        assert!(Gaps::default().percentiles().is_none());
    }

    #[test]
    fn a_long_stream_keeps_an_even_sample_and_the_longest_gap() {
        let mut long = gaps(1..=100_000);
        assert!(long.micros.len() <= KEPT, "{}", long.micros.len());
        let found = long.percentiles().expect("gaps");
        assert!(
            found.p50.abs_diff(Duration::from_millis(50)) < Duration::from_millis(1),
            "{found:?}"
        );
        assert_eq!(found.max, Duration::from_millis(100));
    }
}
