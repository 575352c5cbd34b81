//! What can be measured of a case.

use crate::closed_list::closed_list;
use crate::{Amount, Milliseconds, Timings, Trace};

closed_list! {
    /// What can be measured of a case: times in milliseconds, and a rate.
    Quantity {
        FirstByte "first_byte"
            "Until the first byte of the body."
        FirstOutput "first_output"
            "Until the first output of any channel, or the first call of a tool."
        FirstToken "first_token"
            "Until the first frame that carried text (time to first token)."
        ChunkGapP50 "chunk_gap_p50"
            "The median gap between pieces of the text."
        ChunkGapP95 "chunk_gap_p95"
            "The 95th percentile of the gaps between pieces of the text."
        ChunkGapMax "chunk_gap_max"
            "The longest gap between two pieces of the text."
        Tpot "tpot"
            "The time for each output token after the first one."
        TokensPerSecond "tokens_per_second"
            "Output tokens in each second, from the first output to the last."
        Duration "duration"
            "The whole case, attempts and waits together."
    }
}

impl Quantity {
    /// Whether more is better: it is a rate, and no time.
    pub fn is_rate(self) -> bool {
        self == Self::TokensPerSecond
    }

    /// What was measured, in milliseconds or in tokens for each second; of several turns the worst.
    /// `None` where nothing was measured.
    pub fn of(self, trace: &Trace) -> Option<Amount> {
        let times = |of: fn(&Timings) -> Option<Milliseconds>| {
            let all = trace.turns.iter().filter_map(|turn| of(&turn.timings));
            all.max().map(|time| Amount::from_millionths(time.as_nanos()))
        };
        match self {
            Self::FirstByte => times(|it| it.last_attempt.first_byte_ms),
            Self::FirstOutput => times(|it| it.last_attempt.first_output_ms),
            Self::FirstToken => times(|it| it.last_attempt.first_token_ms),
            Self::ChunkGapP50 => times(|it| it.chunk_gap_ms.map(|gap| gap.p50)),
            Self::ChunkGapP95 => times(|it| it.chunk_gap_ms.map(|gap| gap.p95)),
            Self::ChunkGapMax => times(|it| it.chunk_gap_ms.map(|gap| gap.max)),
            Self::Tpot => times(|it| it.tpot_ms),
            Self::TokensPerSecond => {
                let rates = trace.turns.iter().filter_map(|turn| turn.timings.tokens_per_second);
                rates.min().map(|rate| Amount::from_millionths(rate.as_millionths()))
            }
            Self::Duration => Some(Amount::from_millionths(trace.duration_ms.as_nanos())),
        }
    }
}

/// What each case of a run has to keep (`slo`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Objective {
    /// What is measured.
    pub quantity: Quantity,
    /// The longest time in milliseconds, or the lowest rate.
    pub limit: Amount,
}

impl Objective {
    /// Whether a case keeps it; `None` where nothing was measured.
    pub fn is_kept(&self, trace: &Trace) -> Option<bool> {
        let measured = self.quantity.of(trace)?;
        let is_rate = self.quantity.is_rate();
        Some(if is_rate { measured >= self.limit } else { measured <= self.limit })
    }
}
