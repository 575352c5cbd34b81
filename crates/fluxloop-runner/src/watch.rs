//! Waits for something, while a clock may run out and the run may end.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::task::coop::has_budget_remaining;
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::clock::Standstill;
use crate::deadlines::{Deadlines, Expired};
use crate::{Stage, Stop};

/// Why waiting was cut short.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    Expired(Expired),
    Ending,
}

/// Waits for something, while a clock may run out and the run may end.
pub(crate) struct Watch {
    stop: Stop,
    ending: Pin<Box<dyn Future<Output = ()> + Send>>,
    timer: Pin<Box<Sleep>>,
    /// Its time counts on no clock: what came meanwhile has not been looked at.
    standstill: Standstill,
    /// Whom the end and the timer wake, once both have been asked to.
    wakes: Option<Waker>,
}

impl Watch {
    pub(crate) fn new(stop: Stop, deadlines: &Deadlines, standstill: Standstill) -> Self {
        let mut hears = stop.clone();
        Self {
            stop,
            ending: Box::pin(async move { hears.reached(Stage::Ending).await }),
            timer: Box::pin(sleep_until(deadlines.next())),
            standstill,
            wakes: None,
        }
    }

    /// A clock may now be due earlier than any was before.
    pub(crate) fn hurry(&mut self, deadlines: &Deadlines) {
        if deadlines.next() < self.timer.deadline() {
            self.timer.as_mut().reset(deadlines.next());
            self.wakes = None;
        }
    }

    /// Waits for `future`. It comes first, so that bytes that are here are never called late, and
    /// cost no look at a clock. One timer serves all clocks; when it fires, it is set to the next.
    ///
    /// Whoever waits for the next of many chunks has waited for the one before. The end and the
    /// timer have been asked to wake this task then, and are not asked again before something has
    /// woken it: that would cost a lock for each chunk.
    ///
    /// The future is lent, because taken it would stand in this one twice.
    pub(crate) fn or_cut<F: Future>(
        &mut self,
        deadlines: &Deadlines,
        mut future: Pin<&mut F>,
    ) -> impl Future<Output = Result<F::Output, Cut>> {
        let mut woken = false;
        poll_fn(move |context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            if !mem::replace(&mut woken, true) && self.will_wake(context.waker()) {
                return Poll::Pending;
            }
            self.poll_cut(deadlines, context).map(Err)
        })
    }

    /// Lets other tasks run, and looks at the end and the clocks of a body that is always ready, so
    /// that nothing waits for it. What was there to be read `at` a moment is judged by that moment.
    pub(crate) async fn take_turns(
        &mut self,
        deadlines: &Deadlines,
        at: Instant,
    ) -> Result<(), Cut> {
        yield_now().await;
        if self.stop.stage() == Stage::Ending {
            return Err(Cut::Ending);
        }
        deadlines.expired(at - self.standstill.until(at)).map_or(Ok(()), |it| Err(Cut::Expired(it)))
    }

    /// Whether the end and the timer are still going to wake this task. What has happened already
    /// may have woken it together with the bytes that it has just dealt with, and wakes nobody any
    /// more.
    fn will_wake(&self, waker: &Waker) -> bool {
        self.wakes.as_ref().is_some_and(|wakes| wakes.will_wake(waker))
            && !self.timer.is_elapsed()
            && !self.stop.has_news()
    }

    fn poll_cut(&mut self, deadlines: &Deadlines, context: &mut Context<'_>) -> Poll<Cut> {
        if self.ending.as_mut().poll(context).is_ready() {
            return Poll::Ready(Cut::Ending);
        }
        while self.timer.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            let stood = self.standstill.until(now);
            match deadlines.expired(now - stood) {
                Some(what) => return Poll::Ready(Cut::Expired(what)),
                None => self.timer.as_mut().reset(deadlines.next() + stood),
            }
        }
        // A task that has used up its share of the runtime is told to wait by everything that it
        // asks, and woken by none of it.
        self.wakes = has_budget_remaining().then(|| context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::time::Duration;

    use fluxloop_plan::Clocks;
    use fluxloop_trace::Clock;
    use tokio::sync::oneshot;
    use tokio::task::coop::consume_budget;
    use tokio::time::{advance, sleep, timeout};

    use super::*;
    use crate::clock::{LagMeter, Pulse};
    use crate::stop_signal;

    const SECOND: Duration = Duration::from_secs(1);

    /// An attempt may take ten seconds.
    fn deadlines() -> Deadlines {
        let clocks = Clocks { attempt: 10 * SECOND, connect: SECOND, idle: None, event: None };
        Deadlines::start(clocks, Instant::now(), None)
    }

    /// In a process that never stands still.
    fn watch(stop: Stop, deadlines: &Deadlines) -> Watch {
        Watch::new(stop, deadlines, Standstill::since(&Arc::default(), Instant::now()))
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_waited_for_comes_before_a_clock_that_has_run_out() {
        let (_handle, stop) = stop_signal();
        let deadlines = deadlines();
        let mut watch = watch(stop, &deadlines);
        assert_eq!(watch.or_cut(&deadlines, pin!(sleep(10 * SECOND))).await, Ok(()));
    }

    /// Waits for ever, and tells what cut that short and when: after another second at the latest
    /// something else would wake the task.
    async fn silence(watch: &mut Watch, deadlines: &Deadlines) -> (Result<(), Cut>, Instant) {
        let nothing = pin!(std::future::pending());
        let cut = timeout(SECOND, watch.or_cut(deadlines, nothing)).await.expect("it is cut short");
        (cut, Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_runs_out_together_with_the_last_bytes_is_heard_after_them() {
        let (_handle, stop) = stop_signal();
        let deadlines = deadlines();
        let mut watch = watch(stop, &deadlines);
        assert_eq!(watch.or_cut(&deadlines, pin!(sleep(10 * SECOND))).await, Ok(()));
        let now = Instant::now();
        let cut = Err(Cut::Expired(Expired::Clock(Clock::Attempt)));
        assert_eq!(silence(&mut watch, &deadlines).await, (cut, now));
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_that_comes_together_with_the_last_bytes_is_heard_after_them() {
        let (handle, stop) = stop_signal();
        let deadlines = deadlines();
        let mut watch = watch(stop, &deadlines);
        let (sender, last) = oneshot::channel();
        tokio::spawn(async move {
            sleep(SECOND).await;
            handle.end();
            let _ = sender.send(());
            std::future::pending::<()>().await;
        });
        assert_eq!(watch.or_cut(&deadlines, pin!(last)).await, Ok(Ok(())));
        let now = Instant::now();
        assert_eq!(silence(&mut watch, &deadlines).await, (Err(Cut::Ending), now));
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_is_heard_though_the_task_had_used_up_its_share_when_it_asked() {
        let (_handle, stop) = stop_signal();
        let deadlines = deadlines();
        let mut watch = watch(stop, &deadlines);
        let mut is_second = false;
        let greedy = poll_fn(|context| {
            if mem::replace(&mut is_second, true) {
                return Poll::Ready(());
            }
            while has_budget_remaining() {
                let _ = pin!(consume_budget()).poll(context);
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        assert_eq!(watch.or_cut(&deadlines, pin!(greedy)).await, Ok(()));
        let due = Instant::now() + 10 * SECOND;
        let nothing = pin!(std::future::pending::<()>());
        let cut = timeout(100 * SECOND, watch.or_cut(&deadlines, nothing))
            .await
            .expect("it is cut short");
        assert_eq!(cut, Err(Cut::Expired(Expired::Clock(Clock::Attempt))));
        assert_eq!(Instant::now(), due);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_always_ready_leaves_others_their_turn() {
        let (handle, stop) = stop_signal();
        let (started, deadlines) = (Instant::now(), deadlines());
        let mut watch = watch(stop, &deadlines);
        let due = started + 10 * SECOND;
        assert_eq!(watch.take_turns(&deadlines, due - SECOND).await, Ok(()));
        let expired = Err(Cut::Expired(Expired::Clock(Clock::Attempt)));
        assert_eq!(watch.take_turns(&deadlines, due).await, expired);
        tokio::spawn(async move { handle.end() });
        assert_eq!(watch.take_turns(&deadlines, started).await, Err(Cut::Ending));
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_begins_late_may_be_the_first_to_run_out() {
        let (_handle, stop) = stop_signal();
        let clocks =
            Clocks { attempt: 10 * SECOND, connect: SECOND, idle: Some(2 * SECOND), event: None };
        let started = Instant::now();
        let mut deadlines = Deadlines::start(clocks, started, None);
        let mut watch = watch(stop, &deadlines);
        assert_eq!(watch.or_cut(&deadlines, pin!(sleep(SECOND))).await, Ok(()));
        advance(SECOND).await;
        deadlines.body_begins(Instant::now());
        watch.hurry(&deadlines);
        let cut = watch.or_cut(&deadlines, pin!(std::future::pending::<()>())).await;
        assert_eq!(cut, Err(Cut::Expired(Expired::Clock(Clock::Idle))));
        assert_eq!(started.elapsed().as_secs(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn no_clock_runs_while_the_process_stands_still() {
        let (_handle, stop) = stop_signal();
        let pulse = Arc::<Pulse>::default();
        let _meter = LagMeter::start(pulse.clone());
        let started = Instant::now();
        let deadlines = deadlines();
        let mut watch = Watch::new(stop, &deadlines, Standstill::since(&pulse, started));
        assert_eq!(watch.or_cut(&deadlines, pin!(sleep(SECOND))).await, Ok(()));
        advance(60 * SECOND).await;
        let cut = watch.or_cut(&deadlines, pin!(std::future::pending::<()>())).await;
        assert_eq!(cut, Err(Cut::Expired(Expired::Clock(Clock::Attempt))));
        assert_eq!(started.elapsed().as_secs(), 70);
    }
}
