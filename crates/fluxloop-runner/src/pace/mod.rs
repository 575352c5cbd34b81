//! When the next case may begin, and whether an open loop kept its schedule.

mod schedule;

use std::time::Duration;

use fastrand::Rng;
use fluxloop_explain::{LateBecause, late_starts};
use fluxloop_plan::{Pace, Rate};
use schedule::Schedule;
use tokio::time::Instant;

use crate::gate::Pause;

/// A start that is less late than this was in time: answers take longer than that, and timers and
/// schedulers of a busy machine may take some of it.
const LATE: Duration = Duration::from_millis(100);

/// One start in so many may be late without a warning, and one in any run.
const ONE_IN: u64 = 100;

/// Keeps the jitter after a pause apart from that of the first case, which has the seed of the run.
const RAMPS: u64 = 0x7061_7573_6573_2121;

/// What the next case waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    /// Its time, and this process.
    Turn,
    /// Its input, which the source does not have yet.
    Source,
    /// That fewer cases are under way.
    Room,
    /// That the records of earlier cases are taken.
    Records,
    /// That the pause is over that the server asked everybody for.
    Pause,
}

/// When the next case may begin.
#[derive(Debug)]
pub(crate) struct Pacer {
    next: Instant,
    parallelism: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A pause after each start: the schedule moves with the starts.
    Spaced { pause: Duration, ramp: Ramp },
    /// The schedule stands; what pauses of the server have put off begins at the rate all the same,
    /// and so `late`.
    Open { rate: Rate, began: Instant, schedule: Schedule, late: Duration, starts: Starts },
}

/// How starts follow each other after a pause of the server.
#[derive(Debug)]
struct Ramp {
    ends: Instant,
    /// The longest time between two of them.
    gap: Duration,
    chance: Rng,
}

impl Ramp {
    fn next_gap(&mut self) -> Duration {
        self.gap.mul_f64(self.chance.f64())
    }
}

impl Pacer {
    /// The run begins now.
    pub(crate) fn start(pace: &Pace, parallelism: usize, seed: u64, now: Instant) -> Self {
        let kind = match *pace {
            Pace::Spaced(pause) => {
                let chance = Rng::with_seed(seed ^ RAMPS);
                Kind::Spaced { pause, ramp: Ramp { ends: now, gap: Duration::ZERO, chance } }
            }
            Pace::Open { rate, arrival } => {
                let mut schedule = Schedule::new(rate, arrival, seed);
                // The first one is due at once.
                schedule.next();
                let (late, starts) = (Duration::ZERO, Starts::default());
                Kind::Open { rate, began: now, schedule, late, starts }
            }
        };
        Self { next: now, parallelism, kind }
    }

    /// When the next case may begin. It may be in the past.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// A case begins. Tells when it was due, if that was fixed beforehand.
    pub(crate) fn begin(&mut self, now: Instant) -> Option<Instant> {
        match &mut self.kind {
            Kind::Spaced { pause, ramp } => {
                self.next = now + *pause;
                if now < ramp.ends {
                    self.next = self.next.max(ramp.ends.min(now + ramp.next_gap()));
                }
                None
            }
            Kind::Open { began, schedule, late, starts, .. } => {
                let due = self.next - *late;
                starts.note(due, now);
                let after = schedule.next().expect("a schedule has no end");
                self.next = *began + after + *late;
                Some(due)
            }
        }
    }

    /// The server has asked everybody for a pause: until it is over, nothing begins. Then cases
    /// begin as far apart as they were due, or one after the other over its ramp.
    pub(crate) fn hold(&mut self, pause: Pause, now: Instant) {
        if pause.until <= self.next {
            return;
        }
        match &mut self.kind {
            Kind::Spaced { ramp, .. } => {
                ramp.ends = pause.until + pause.ramp;
                ramp.gap = pause.ramp.div_f64(self.parallelism as f64);
                self.next = pause.until + ramp.next_gap();
            }
            Kind::Open { late, starts, .. } => {
                *late += pause.until - self.next;
                starts.pause += pause.until - self.next.max(now);
                self.next = pause.until;
            }
        }
    }

    /// There was a wait, of which the part counts during which a case was due.
    pub(crate) fn waited(&mut self, wait: Wait, since: Instant, now: Instant) {
        let overdue = now.saturating_duration_since(since.max(self.next));
        if let Kind::Open { starts, .. } = &mut self.kind {
            *match wait {
                Wait::Turn => &mut starts.turn,
                Wait::Source => &mut starts.source,
                Wait::Room => &mut starts.room,
                Wait::Records => &mut starts.records,
                Wait::Pause => &mut starts.pause,
            } += overdue;
        }
    }

    /// Whether fewer cases than `parallelism` under way are what was asked for.
    pub(crate) fn is_spaced(&self) -> bool {
        !matches!(self.kind, Kind::Spaced { pause: Duration::ZERO, .. })
    }

    /// That the schedule was not kept, and why: because the server asked for pauses, for want of
    /// room, because inputs or results came or went too slowly, or because this process was `busy`.
    pub(crate) fn warning(&self, busy: bool) -> Option<String> {
        let Kind::Open { rate, starts, .. } = &self.kind else { return None };
        if starts.late <= (starts.begun / ONE_IN).max(1) {
            return None;
        }
        let (first, last) = starts.span?;
        let reached = rate.reached((starts.begun - 1) as f64, last - first);
        let because = match starts.longest_wait() {
            Wait::Pause => LateBecause::Pause,
            Wait::Records => LateBecause::Records,
            Wait::Room => LateBecause::Room { parallelism: self.parallelism, is_busy: busy },
            Wait::Source => LateBecause::Inputs,
            Wait::Turn => LateBecause::Turn,
        };
        let counts = [starts.late, starts.begun];
        Some(late_starts(counts, starts.latest.as_millis(), rate, &reached, because))
    }
}

/// How the starts of an open loop went.
#[derive(Debug, Default)]
struct Starts {
    begun: u64,
    /// When the first and the last one were.
    span: Option<(Instant, Instant)>,
    late: u64,
    latest: Duration,
    /// For how long a case that was due waited for each of these.
    turn: Duration,
    source: Duration,
    room: Duration,
    records: Duration,
    pause: Duration,
}

impl Starts {
    fn note(&mut self, due: Instant, now: Instant) {
        self.begun += 1;
        self.span = Some((self.span.map_or(now, |(first, _)| first), now));
        let late = now.saturating_duration_since(due);
        self.latest = self.latest.max(late);
        self.late += u64::from(late >= LATE);
    }

    /// What made cases late most of all. Those that came after it waited for room, too, until the
    /// schedule was caught up with.
    fn longest_wait(&self) -> Wait {
        let waits = [
            (self.pause, Wait::Pause),
            (self.records, Wait::Records),
            (self.room, Wait::Room),
            (self.source, Wait::Source),
            (self.turn, Wait::Turn),
        ];
        waits.into_iter().max_by_key(|(time, _)| *time).map_or(Wait::Turn, |(_, wait)| wait)
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_plan::{Arrival, RateUnit};

    use super::Wait::{Records, Room, Source, Turn};
    use super::*;

    fn open_loop(now: Instant) -> Pacer {
        let rate = Rate::new(50.0, RateUnit::Second).expect("a rate");
        Pacer::start(&Pace::Open { rate, arrival: Arrival::Constant }, 4, 1, now)
    }

    /// Cases at 50/s: when each began, in milliseconds, and what it had waited for since the one
    /// before it began; what is told of it.
    #[track_caller]
    fn check(starts: &[(Wait, u64)], busy: bool, expected: Option<&str>) {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let (mut pacer, mut before) = (open_loop(start), 0);
        for ((wait, begun), due) in starts.iter().zip((0..).step_by(20)) {
            assert_eq!(pacer.next(), at(due), "the schedule stands");
            pacer.waited(*wait, at(before), at(*begun));
            assert_eq!(pacer.begin(at(*begun)), Some(at(due)));
            before = *begun;
        }
        assert_eq!(pacer.warning(busy).as_deref(), expected);
    }

    #[test]
    fn a_schedule_that_was_kept_is_not_told() {
        check(&[], true, None);
        check(&[(Turn, 0), (Turn, 21), (Turn, 139)], true, None);
        check(
            &[(Turn, 0), (Turn, 500), (Turn, 501)],
            false,
            Some(
                "2 of 3 cases began later than \
            they were due, by up to 480 ms (asked for 50/s, reached 4.0/s): this process was late \
            itself; give it more cores, or lower `rate`",
            ),
        );
    }

    #[test]
    fn a_slow_source_is_not_own_lag() {
        check(
            &[(Turn, 0), (Source, 500), (Source, 1000), (Turn, 1001)],
            true,
            Some(
                "3 of 4 cases began later than they were due, by up to 960 ms (asked for 50/s, \
                 reached 3.0/s): the inputs were not read in time; look at where they come from, \
                 or lower `rate`",
            ),
        );
    }

    #[test]
    fn one_late_start_is_not_told() {
        check(&[(Turn, 0), (Turn, 500), (Turn, 50)], true, None);
    }

    #[test]
    fn cases_that_waited_for_room_are_told_with_the_rate_that_was_reached() {
        let starts = [(Turn, 0), (Room, 200), (Room, 401), (Room, 600)];
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
    fn cases_that_waited_for_a_terminal_or_a_disk_are_not_told_to_raise_parallelism() {
        // What comes after the long wait is late for want of room, until it has caught up.
        let blocked = [(Turn, 0), (Records, 1000), (Room, 1200), (Room, 1400), (Turn, 1401)];
        for busy in [false, true] {
            check(
                &blocked,
                busy,
                Some(
                    "4 of 5 cases began later than they were due, by up to 1340 ms (asked for \
                     50/s, reached 2.9/s): what is shown or kept of earlier ones was not taken in \
                     time; look for a slow terminal, pipe or disk",
                ),
            );
        }
    }

    /// A pause of the server that holds from 50 ms on, and until when; what it comes to.
    fn held(pacer: &mut Pacer, start: Instant, until: u64) {
        let [since, until] = [50, until].map(|at| start + Duration::from_millis(at));
        let pause = Pause { until, ramp: Duration::from_millis(200) };
        // However often it is looked at.
        pacer.hold(pause, since);
        pacer.hold(pause, since);
    }

    #[test]
    fn after_a_pause_of_the_server_cases_of_an_open_loop_begin_at_the_rate_and_are_late() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut pacer = open_loop(start);
        assert_eq!(
            [0, 20, 40].map(|begun| pacer.begin(at(begun))),
            [0, 20, 40].map(|due| Some(at(due)))
        );
        held(&mut pacer, start, 1060);
        // The case that was due after 60 ms.
        for (begun, due) in (1060..).step_by(20).zip((60..).step_by(20)).take(3) {
            assert_eq!(pacer.next(), at(begun));
            pacer.waited(Room, at(begun - 10), at(begun));
            assert_eq!(pacer.begin(at(begun)), Some(at(due)), "the schedule stands");
        }
        held(&mut pacer, start, 1060);
        assert_eq!(pacer.next(), at(1120), "that pause is over");
        assert_eq!(
            pacer.warning(false).as_deref(),
            Some(
                "3 of 6 cases began later than they were due, by up to 1000 ms (asked for 50/s, \
                 reached 4.5/s): the server answered 429, and everybody waited as long as it \
                 asked; lower `rate`"
            )
        );
    }

    #[test]
    fn after_a_pause_of_the_server_cases_without_a_rate_begin_one_after_the_other() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let begun = |seed| {
            let mut pacer = Pacer::start(&Pace::default(), 4, seed, start);
            held(&mut pacer, start, 1000);
            let starts = std::iter::repeat_with(|| {
                let next = pacer.next();
                pacer.begin(next);
                next
            });
            starts.take_while(|next| *next < at(1200)).take(100).collect::<Vec<_>>()
        };
        let first = begun(7);
        let gaps = first.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(first[0] >= at(1000) && (4..100).contains(&first.len()), "{first:?}");
        assert!(gaps.clone().all(|gap| gap <= Duration::from_millis(50)), "{first:?}");
        assert!(gaps.into_iter().all(|gap| gap > Duration::ZERO), "{first:?}");
        assert_eq!(begun(7), first, "the seed repeats them");
        assert_ne!(begun(8), first);
    }

    #[test]
    fn a_pause_begins_with_each_start() {
        let start = Instant::now();
        let pause = Duration::from_secs(1);
        let mut pacer = Pacer::start(&Pace::Spaced(pause), 4, 1, start);
        assert_eq!(pacer.next(), start);
        assert_eq!(pacer.begin(start + 3 * pause), None);
        assert_eq!(pacer.next(), start + 4 * pause);
        assert!(pacer.is_spaced() && pacer.warning(true).is_none());
        assert!(!Pacer::start(&Pace::default(), 4, 1, start).is_spaced());
    }
}
