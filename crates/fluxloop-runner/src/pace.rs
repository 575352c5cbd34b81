//! When the next case may begin, and whether an open loop kept its schedule.

use std::time::Duration;

use fluxloop_plan::{Pace, Rate};
use tokio::time::Instant;

use crate::schedule::Schedule;

/// A start that is less late than this was in time: answers take longer than that, and timers and
/// schedulers of a busy machine may take some of it.
const LATE: Duration = Duration::from_millis(100);

/// One start in so many may be late without a warning, and one in any run.
const ONE_IN: u64 = 100;

/// When the next case may begin.
#[derive(Debug)]
pub(crate) struct Pacer {
    next: Instant,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A pause after each start: the schedule moves with the starts.
    Spaced(Duration),
    /// The schedule stands.
    Open { rate: Rate, began: Instant, schedule: Schedule, starts: Starts },
}

impl Pacer {
    /// The run begins now.
    pub(crate) fn start(pace: &Pace, seed: u64, now: Instant) -> Self {
        let kind = match *pace {
            Pace::Spaced(pause) => Kind::Spaced(pause),
            Pace::Open { rate, arrival } => {
                let mut schedule = Schedule::new(rate, arrival, seed);
                // The first one is due at once.
                schedule.next();
                Kind::Open { rate, began: now, schedule, starts: Starts::default() }
            }
        };
        Self { next: now, kind }
    }

    /// When the next case may begin. It may be in the past.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// A case begins. Tells when it was due, if that was fixed beforehand.
    pub(crate) fn begin(&mut self, now: Instant) -> Option<Instant> {
        match &mut self.kind {
            Kind::Spaced(pause) => {
                self.next = now + *pause;
                None
            }
            Kind::Open { began, schedule, starts, .. } => {
                let due = self.next;
                starts.note(due, now);
                let after = schedule.next().expect("a schedule has no end");
                self.next = *began + after;
                Some(due)
            }
        }
    }

    /// There is room for a case again, where there was none.
    pub(crate) fn room(&mut self, now: Instant) {
        if let Kind::Open { starts, .. } = &mut self.kind {
            starts.room_since = Some(now);
        }
    }

    /// Whether fewer cases than `parallelism` under way are what was asked for.
    pub(crate) fn is_spaced(&self) -> bool {
        !matches!(self.kind, Kind::Spaced(Duration::ZERO))
    }

    /// That the schedule was not kept, and why: for want of room, or because this process was
    /// `busy`, or both.
    pub(crate) fn warning(&self, parallelism: usize, busy: bool) -> Option<String> {
        let Kind::Open { rate, starts, .. } = &self.kind else { return None };
        if starts.late <= (starts.begun / ONE_IN).max(1) {
            return None;
        }
        let (first, last) = starts.span?;
        let reached = rate.reached((starts.begun - 1) as f64, last - first);
        let full = format!("all {parallelism} that `parallelism` allows were under way");
        let why = match (starts.held_up * 2 >= starts.late, busy) {
            (true, false) => format!("{full}; raise it, or lower `rate`"),
            (true, true) => format!(
                "{full}, and this process was late itself; give it more cores before you raise \
                 that, or lower `rate`"
            ),
            (false, _) => {
                "this process was late itself; give it more cores, or lower `rate`".to_owned()
            }
        };
        Some(format!(
            "{} of {} cases began later than they were due, by up to {} ms (asked for {rate}, \
             reached {reached}): {why}",
            starts.late,
            starts.begun,
            starts.latest.as_millis(),
        ))
    }
}

/// How the starts of an open loop went.
#[derive(Debug, Default)]
struct Starts {
    begun: u64,
    /// When the first and the last one were.
    span: Option<(Instant, Instant)>,
    /// Since when there is room.
    room_since: Option<Instant>,
    late: u64,
    /// How many of those were late for want of room rather than by this process.
    held_up: u64,
    latest: Duration,
}

impl Starts {
    fn note(&mut self, due: Instant, now: Instant) {
        self.begun += 1;
        self.span = Some((self.span.map_or(now, |(first, _)| first), now));
        let late = now.saturating_duration_since(due);
        self.latest = self.latest.max(late);
        if late >= LATE {
            self.late += 1;
            let waited = self.room_since.map(|since| since.saturating_duration_since(due));
            self.held_up += u64::from(waited.is_some_and(|waited| waited * 2 >= late));
        }
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_plan::{Arrival, RateUnit};

    use super::*;

    fn open_loop(now: Instant) -> Pacer {
        let rate = Rate::new(50.0, RateUnit::Second).expect("a rate");
        Pacer::start(&Pace::Open { rate, arrival: Arrival::Constant }, 1, now)
    }

    /// Cases at 50/s: since when there was room for each, if it had to wait for that, and when it
    /// began, in milliseconds; what is told of it.
    #[track_caller]
    fn check(starts: &[(Option<u64>, u64)], busy: bool, expected: Option<&str>) {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut pacer = open_loop(start);
        for ((room, begun), due) in starts.iter().zip((0..).step_by(20)) {
            assert_eq!(pacer.next(), at(due), "the schedule stands");
            if let Some(room) = room {
                pacer.room(at(*room));
            }
            assert_eq!(pacer.begin(at(*begun)), Some(at(due)));
        }
        assert_eq!(pacer.warning(4, busy).as_deref(), expected);
    }

    #[test]
    fn a_schedule_that_was_kept_is_not_told() {
        check(&[], true, None);
        check(&[(None, 0), (None, 21), (None, 139)], true, None);
        check(
            &[(None, 0), (None, 500), (None, 501)],
            false,
            Some(
                "2 of 3 cases began later than \
            they were due, by up to 480 ms (asked for 50/s, reached 4.0/s): this process was late \
            itself; give it more cores, or lower `rate`",
            ),
        );
    }

    #[test]
    fn one_late_start_is_not_told() {
        check(&[(None, 0), (None, 500), (None, 50)], true, None);
    }

    #[test]
    fn cases_that_waited_for_room_are_told_with_the_rate_that_was_reached() {
        let starts = [(None, 0), (Some(200), 200), (Some(400), 401), (Some(600), 600)];
        check(
            &starts,
            false,
            Some(
                "3 of 4 cases began later than they were due, by up to 540 ms \
            (asked for 50/s, reached 5.0/s): all 4 that `parallelism` allows were under way; \
            raise it, or lower `rate`",
            ),
        );
        check(
            &starts,
            true,
            Some(
                "3 of 4 cases began later than they were due, by up to 540 ms \
            (asked for 50/s, reached 5.0/s): all 4 that `parallelism` allows were under way, and \
            this process was late itself; give it more cores before you raise that, or lower \
            `rate`",
            ),
        );
    }

    #[test]
    fn a_pause_begins_with_each_start() {
        let start = Instant::now();
        let pause = Duration::from_secs(1);
        let mut pacer = Pacer::start(&Pace::Spaced(pause), 1, start);
        assert_eq!(pacer.next(), start);
        assert_eq!(pacer.begin(start + 3 * pause), None);
        assert_eq!(pacer.next(), start + 4 * pause);
        assert!(pacer.is_spaced() && pacer.warning(1, true).is_none());
        assert!(!Pacer::start(&Pace::default(), 1, start).is_spaced());
    }
}
