//! What took how long.

use std::collections::BTreeMap;
use std::time::Duration;

use fluxloop_redact::Masked;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::written::record;

/// A duration: whole nanoseconds here, and milliseconds with at most six decimals in every `_ms`
/// field. What is written is read back as the same integer, so that sums of it do not depend on
/// their order.
///
/// A number of JSON keeps 15 digits wherever it is read. So a duration from eleven days on is
/// rounded to microseconds, and one above [`Milliseconds::LONGEST`] counts as that long.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Milliseconds(u64);

impl Milliseconds {
    /// Thirty-one years.
    pub const LONGEST: Self = Self(LARGEST * 1_000);

    /// So many nanoseconds.
    pub fn from_nanos(nanos: u64) -> Self {
        match nanos {
            ..=LARGEST => Self(nanos),
            _ => Self((nanos.saturating_add(500) / 1_000).min(LARGEST) * 1_000),
        }
    }

    /// The nearest whole nanosecond; a negative number is zero.
    pub fn from_millis(millis: f64) -> Self {
        Self::from_nanos(from_decimal(millis))
    }

    /// Whole nanoseconds.
    pub fn as_nanos(self) -> u64 {
        self.0
    }

    /// Milliseconds with their fraction.
    pub fn as_millis(self) -> f64 {
        to_decimal(self.0)
    }
}

impl From<Duration> for Milliseconds {
    fn from(duration: Duration) -> Self {
        Self::from_nanos(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Milliseconds> for Duration {
    fn from(Milliseconds(nanos): Milliseconds) -> Self {
        Self::from_nanos(nanos)
    }
}

impl Serialize for Milliseconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(to_decimal(self.0))
    }
}

impl<'de> Deserialize<'de> for Milliseconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::from_millis)
    }
}

/// Tokens for each second: a whole number of millionths here, a number with at most six decimals in
/// records.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct TokensPerSecond(u64);

impl TokensPerSecond {
    /// `tokens` in this time; `None` below two tokens or a millisecond, which is no rate.
    pub fn of(tokens: u64, Milliseconds(nanos): Milliseconds) -> Option<Self> {
        if tokens < 2 || nanos < 1_000_000 {
            return None;
        }
        let millionths = u128::from(tokens) * 1_000_000_000_000_000 / u128::from(nanos);
        u64::try_from(millionths).ok().map(Self)
    }

    /// A whole number of millionths.
    pub(crate) fn from_millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    /// A whole number of millionths.
    pub(crate) fn as_millionths(self) -> u64 {
        self.0
    }

    /// Tokens with their fraction.
    pub fn as_tokens(self) -> f64 {
        to_decimal(self.0)
    }
}

impl Serialize for TokensPerSecond {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(to_decimal(self.0))
    }
}

impl<'de> Deserialize<'de> for TokensPerSecond {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(|rate| Self(from_decimal(rate)))
    }
}

/// The largest number of 15 digits.
const LARGEST: u64 = 999_999_999_999_999;

/// Millionths as a number with at most six decimals; thousandths, where 15 digits allow no more.
fn to_decimal(millionths: u64) -> f64 {
    match millionths {
        ..=LARGEST => millionths as f64 / 1e6,
        _ => (millionths / 1_000) as f64 / 1e3,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates, and no duration or rate is negative"
)]
fn from_decimal(decimal: f64) -> u64 {
    (decimal * 1e6).round() as u64
}

record! {
    /// The times of one attempt, from its start. A step that was not reached is absent.
    #[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub struct AttemptTimings / WrittenTimings<'a> {
        /// Name lookup, TCP and TLS; absent when a pooled connection was used.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub connect_ms: Option<Milliseconds>,
        /// Until the status and the headers came.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub headers_ms: Option<Milliseconds>,
        /// Until the first byte of the body.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub first_byte_ms: Option<Milliseconds>,
        /// Until the first frame, whatever it carried.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub first_event_ms: Option<Milliseconds>,
        /// Until the first output of any channel, or the first call of a tool.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub first_output_ms: Option<Milliseconds>,
        /// Until the first frame that carried text (time to first token).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub first_token_ms: Option<Milliseconds>,
        /// Until the last frame that carried text.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub last_token_ms: Option<Milliseconds>,
        /// Until the end: the end marker, the end of the body, or the failure.
        pub total_ms: Milliseconds => Milliseconds,
    }
}

/// The gaps between events that carried text. A chunk is not a token, so a gap is only an upper
/// bound of the latency between tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChunkGap {
    /// The median.
    pub p50: Milliseconds,
    /// The 95th percentile.
    pub p95: Milliseconds,
    /// The longest.
    pub max: Milliseconds,
}

/// The times of a turn: when it was due and sent, and the times of its last attempt.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timings {
    /// When the turn was due (ISO 8601, UTC): in an open loop (`simulation.rate`) by its schedule,
    /// else when it began.
    pub scheduled_at: String,
    /// When its first request was sent (ISO 8601, UTC); absent when no request was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<String>,
    /// The times of the last attempt.
    #[serde(flatten, deserialize_with = "crate::flattened::read")]
    pub last_attempt: AttemptTimings,
    /// The gaps between text events of the last attempt; absent with fewer than two of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_gap_ms: Option<ChunkGap>,
    /// Output tokens in each second from the first output to the last; absent where the provider
    /// counted fewer than two, or when that took less than a millisecond.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<TokensPerSecond>,
    /// The time for each output token after the first one; absent where the provider counted fewer
    /// than two, when one read brought half of the frames, and when the server took text back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpot_ms: Option<Milliseconds>,
    /// When so many characters of text had come, for each number that an expectation `prefix` asks
    /// about; absent where fewer came.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prefix_ms: BTreeMap<u64, Milliseconds>,
    /// The times that the server measured itself, by the name that `stream_schema` gives them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub server: BTreeMap<Masked, Milliseconds>,
}

impl Timings {
    /// Adds how fast tokens came until the `last_output`. `is_steady` is whether the frames came in
    /// reads of their own and none was taken back, so that the time of one token means something.
    #[must_use]
    pub fn with_tokens(
        self,
        output_tokens: u64,
        last_output: Option<Milliseconds>,
        is_steady: bool,
    ) -> Self {
        let (Some(first), Some(last)) = (self.last_attempt.first_output_ms, last_output) else {
            return self;
        };
        let took = last.0.saturating_sub(first.0);
        let per_token = (output_tokens >= 2 && is_steady).then(|| took / (output_tokens - 1));
        Self {
            tokens_per_second: TokensPerSecond::of(output_tokens, Milliseconds(took)),
            tpot_ms: per_token.map(Milliseconds),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_round_trip(nanos: u64) {
        let written = serde_json::to_string(&Milliseconds::from_nanos(nanos)).expect("a number");
        let decimals = written.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        assert!(decimals <= 6 || written.contains('e'), "{written}");
        let read: Milliseconds = serde_json::from_str(&written).expect("it was written");
        assert_eq!(read.as_nanos(), nanos, "{written}");
    }

    #[test]
    fn written_durations_are_read_back_exactly() {
        for nanos in [0, 1, 999, 1_000_001, 1_240_125_000, LARGEST, LARGEST + 1, LARGEST * 1_000] {
            check_round_trip(nanos);
        }
        // A property: numbers of every length, in a fixed order (`SplitMix64`).
        let mut state = 7_u64;
        for round in 0..100_000 {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            check_round_trip(Milliseconds::from_nanos(mixed >> (round % 64)).as_nanos());
        }
    }

    #[test]
    fn longer_durations_count_as_the_longest() {
        assert_eq!(Milliseconds::from(Duration::MAX), Milliseconds::LONGEST);
        assert_eq!(Milliseconds::from_millis(1e300), Milliseconds::LONGEST);
        assert_eq!(Milliseconds::from_millis(-1.0).as_nanos(), 0);
    }

    /// Tokens between two times in milliseconds; tokens per second and the time for each.
    #[track_caller]
    fn check_tokens(tokens: u64, times: [f64; 2], steady: bool, expected: [Option<f64>; 2]) {
        let [first, last] = times.map(|millis| Some(Milliseconds::from_millis(millis)));
        let last_attempt = AttemptTimings { first_output_ms: first, ..AttemptTimings::default() };
        let timings = Timings { last_attempt, ..Timings::default() };
        let timings = timings.with_tokens(tokens, last, steady);
        let found = [
            timings.tokens_per_second.map(|rate| to_decimal(rate.0)),
            timings.tpot_ms.map(Milliseconds::as_millis),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn token_rates_need_two_tokens_and_a_millisecond() {
        check_tokens(11, [100.0, 200.0], true, [Some(110.0), Some(10.0)]);
        check_tokens(2, [100.0, 100.9], true, [None, Some(0.9)]);
        check_tokens(1, [100.0, 200.0], true, [None, None]);
        check_tokens(11, [100.0, 200.0], false, [Some(110.0), None]);
    }
}
