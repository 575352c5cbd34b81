//! When cases begin.

use std::fmt;
use std::time::Duration;

/// When cases begin, as far as `simulation.parallelism` leaves room for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So long after the start of the one before, however long answers take
    /// (`run_delay_seconds`).
    Spaced(Duration),
    /// At fixed times, which do not move when answers are slow (`simulation.rate`): what was held
    /// up is begun as soon as there is room, and counts from when it was due.
    Open {
        /// How many begin in a time.
        rate: Rate,
        /// How they are spread.
        arrival: Arrival,
    },
}

impl Default for Pace {
    fn default() -> Self {
        Self::Spaced(Duration::ZERO)
    }
}

/// How starts are spread (`simulation.arrival`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Arrival {
    /// All gaps are the same.
    #[default]
    Constant,
    /// As independent callers come: the gaps are distributed exponentially.
    Poisson,
}

/// How many cases begin in a time (`simulation.rate`). Shows as it is written: `600/min`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    starts: f64,
    per: RateUnit,
}

impl Rate {
    /// The lowest rate, in starts per second: one an hour.
    pub const LOWEST: f64 = 1.0 / 3600.0;

    /// The highest rate, in starts per second. Timers are a hundred times coarser.
    pub const HIGHEST: f64 = 100_000.0;

    /// So many starts in each second, minute or hour. `None` below [`LOWEST`](Self::LOWEST) and
    /// above [`HIGHEST`](Self::HIGHEST).
    pub fn new(starts: f64, per: RateUnit) -> Option<Self> {
        let per_second = starts / per.seconds();
        (Self::LOWEST..=Self::HIGHEST).contains(&per_second).then_some(Self { starts, per })
    }

    /// The time that so many starts take.
    ///
    /// # Panics
    ///
    /// When that is longer than `u64::MAX` seconds, or `starts` is negative.
    pub fn time_for(self, starts: f64) -> Duration {
        Duration::from_secs_f64(starts * self.per.seconds() / self.starts)
    }

    /// So many starts in such a time, in the same unit as this rate.
    pub fn reached(self, starts: f64, time: Duration) -> String {
        format!("{:.1}/{}", starts * self.per.seconds() / time.as_secs_f64(), self.per)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.starts, self.per)
    }
}

/// The time that a [`Rate`] counts in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RateUnit {
    /// `50/s`
    Second,
    /// `600/min`
    Minute,
    /// `3600/h`
    Hour,
}

impl RateUnit {
    fn seconds(self) -> f64 {
        match self {
            Self::Second => 1.0,
            Self::Minute => 60.0,
            Self::Hour => 3600.0,
        }
    }
}

impl fmt::Display for RateUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(starts: f64, per: RateUnit, expected: Option<(&str, Duration)>) {
        let rate = Rate::new(starts, per);
        let found = rate.map(|rate| (rate.to_string(), rate.time_for(7.0)));
        assert_eq!(found, expected.map(|(text, time)| (text.to_owned(), time)));
    }

    #[test]
    fn a_rate_is_starts_in_a_time() {
        check(50.0, RateUnit::Second, Some(("50/s", Duration::from_millis(140))));
        check(0.5, RateUnit::Second, Some(("0.5/s", Duration::from_secs(14))));
        check(600.0, RateUnit::Minute, Some(("600/min", Duration::from_millis(700))));
        check(7.0, RateUnit::Minute, Some(("7/min", Duration::from_mins(1))));
        check(1.0, RateUnit::Hour, Some(("1/h", Duration::from_hours(7))));
        check(100_000.0, RateUnit::Second, Some(("100000/s", Duration::from_micros(70))));
    }

    #[test]
    fn nothing_never_and_too_often_are_no_rates() {
        for starts in [0.0, -1.0, 100_001.0, f64::INFINITY, f64::NAN] {
            check(starts, RateUnit::Second, None);
        }
        check(0.9, RateUnit::Hour, None);
    }

    #[test]
    fn what_was_reached_is_told_in_the_unit_of_what_was_asked() {
        let rate = Rate::new(600.0, RateUnit::Minute).expect("a rate");
        assert_eq!(rate.reached(9.0, Duration::from_secs(2)), "270.0/min");
    }
}
