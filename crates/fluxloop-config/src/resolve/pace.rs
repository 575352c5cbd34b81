//! When cases begin.

use std::time::Duration;

use fluxloop_plan::{Arrival, Pace, Rate};

use super::{Reader, scalars};
use crate::error::{Fault, Oddity};

/// The key of the pause between two starts.
const PAUSE: &str = "run_delay_seconds";
/// The key of the rate of an open loop.
const RATE: &str = "simulation.rate";
/// The key of how its starts are spread.
const ARRIVAL: &str = "simulation.arrival";

impl Reader<'_> {
    /// A pause between two starts, or a rate: one says that the schedule moves when answers are
    /// slow, the other that it does not, so that both together have no meaning.
    pub(super) fn pace(&mut self) -> Pace {
        let pause = self.duration(PAUSE).unwrap_or(Duration::ZERO);
        let arrival = match self.one_of(ARRIVAL) {
            Some("poisson") => Arrival::Poisson,
            _ => Arrival::Constant,
        };
        let written = self.node(RATE);
        if written.is_none()
            && let Some(node) = self.node(ARRIVAL)
        {
            let (only, advice) = ("with `rate`", "set `rate`, or take it out");
            self.warn(node, ARRIVAL, Oddity::NoMeaning { only, advice });
        }
        if let (Some(_), Some(node), false) = (written, self.node(PAUSE), pause.is_zero()) {
            self.fault(node, PAUSE, Fault::Excludes(RATE));
        }
        match self.rate() {
            Some(rate) => Pace::Open { rate, arrival },
            None => Pace::Spaced(pause),
        }
    }

    fn rate(&mut self) -> Option<Rate> {
        let scalar = self.scalar(RATE)?;
        let Some((starts, per)) = scalars::rate(scalar.text()) else {
            self.not_a(&scalar, RATE, None);
            return None;
        };
        let rate = Rate::new(starts, per);
        if rate.is_none() {
            self.fault(&scalar.node, RATE, Fault::RateRange);
        }
        rate
    }
}
