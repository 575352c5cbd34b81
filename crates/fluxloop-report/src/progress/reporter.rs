//! Joins the board, the bar and the screen.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fluxloop_trace::{RunEvent, TimedEvent};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::board::Board;
use super::screen::Screen;
use crate::paint::Style;
use crate::reporter::Reporter;
use crate::units;

/// How often the bar is drawn.
const REDRAW: Duration = Duration::from_millis(100);
/// How many cases that did not pass are left standing above the bar; the summary knows them all.
const SHOWN_FAILURES: u64 = 10;

/// Progress on a terminal: a bar with rate and time left, the cases under way, the last closed
/// ones. Failures and warnings stay standing above it. When the run is over it takes itself away.
///
/// It draws from a thread of its own, so that the clock goes on while nothing happens.
pub struct ProgressReporter<W: Write + Send + 'static> {
    style: Style,
    screen: Screen<W>,
    bar: ProgressBar,
    board: Arc<Mutex<Board>>,
}

impl<W: Write + Send + 'static> ProgressReporter<W> {
    /// Draws on `out`, which must be a terminal of the width that `style` says.
    pub fn new(out: W, style: Style) -> Self {
        let width = u16::try_from(style.columns()).unwrap_or(u16::MAX);
        let board = Arc::new(Mutex::new(Board::new(style)));
        Self { style, screen: Screen::new(out, width), bar: ProgressBar::hidden(), board }
    }

    fn start(&mut self, name: &str, total: Option<u64>, closed: u64) {
        let target = ProgressDrawTarget::term_like(Box::new(self.screen.clone()));
        self.bar = ProgressBar::with_draw_target(total, target);
        let style = bar_style(self.style, Arc::clone(&self.board), total.is_some(), closed);
        self.bar.set_style(style);
        self.bar.println(self.style.bold(&self.style.one_line(name, self.style.columns())));
        self.bar.set_position(closed);
        self.bar.enable_steady_tick(REDRAW);
    }

    /// Draws now instead of at the next tick.
    pub fn redraw(&self) {
        self.bar.force_draw();
    }

    fn keep_line(&self, line: &str) {
        self.bar.println(line);
    }

    fn take(&mut self, event: &RunEvent) {
        // The board is let go before the bar is told: the bar's thread locks them the other way.
        lock(&self.board).event(event);
        match event {
            RunEvent::RunStarted { name, total, closed } => {
                self.start(name.as_str(), *total, *closed);
            }
            RunEvent::CaseFinished(trace) => {
                let (closed, open, line) = {
                    let board = lock(&self.board);
                    (board.closed, board.open(), board.closed_line(trace))
                };
                if !trace.passed() && open <= SHOWN_FAILURES {
                    self.keep_line(&line);
                } else if !trace.passed() && open == SHOWN_FAILURES + 1 {
                    self.keep_line(&format!("  {} and more failures", self.style.ellipsis()));
                }
                self.bar.set_position(closed);
            }
            RunEvent::Warning(warning) => {
                let columns = self.style.columns() - 14;
                let message = self.style.one_line(warning.message.as_str(), columns);
                self.keep_line(&format!("  {}{message}", self.style.odd("warning     ")));
            }
            RunEvent::RunFinished(_) => self.bar.finish_and_clear(),
            _ => {}
        }
    }
}

impl<W: Write + Send + 'static> Reporter for ProgressReporter<W> {
    fn events(&mut self, events: &[TimedEvent]) -> io::Result<()> {
        for timed in events {
            self.take(&timed.event);
        }
        self.screen.take_error()
    }
}

impl<W: Write + Send + 'static> fmt::Debug for ProgressReporter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProgressReporter").field("style", &self.style).finish_non_exhaustive()
    }
}

impl<W: Write + Send + 'static> Drop for ProgressReporter<W> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The bar, and the board under it. What takes time to write is written when it is drawn, not at
/// every event.
///
/// There is no bar where the number of cases is not known.
fn bar_style(
    style: Style,
    board: Arc<Mutex<Board>>,
    is_total_known: bool,
    closed: u64,
) -> ProgressStyle {
    let failures = Arc::clone(&board);
    let template = if is_total_known {
        "  {bar:28} {pos}/{len}{failed}  {rate}  {left}\n{board}"
    } else {
        "  {pos} closed{failed}  {rate}  {left}\n{board}"
    };
    ProgressStyle::with_template(template)
        .expect("the template is a constant that the bar accepts")
        .progress_chars(if style.unicode { "━╸ " } else { "=> " })
        .with_key("failed", key(move |_| lock(&failures).failed_words()))
        .with_key("board", key(move |_| lock(&board).lines()))
        .with_key("rate", key(move |state| rate(state, closed)))
        .with_key("left", key(move |state| time_left(state, style, closed)))
}

/// A part of the template that is written when it is drawn.
fn key(
    write: impl Fn(&ProgressState) -> String + Clone + Send + Sync + 'static,
) -> impl Fn(&ProgressState, &mut dyn fmt::Write) + Clone + Send + Sync + 'static {
    move |state, out| {
        // The bar writes to a string, which takes everything.
        let _ = out.write_str(&write(state));
    }
}

/// What was done before the run was taken up again says nothing of how fast it goes.
fn rate(state: &ProgressState, closed: u64) -> String {
    units::rate(state.pos().saturating_sub(closed), "", state.elapsed().as_secs_f64())
}

/// `12 s left`; at the beginning nothing is known.
fn time_left(state: &ProgressState, style: Style, closed: u64) -> String {
    let (done, elapsed) = (state.pos().saturating_sub(closed), state.elapsed());
    let left = state.len().unwrap_or_default().saturating_sub(state.pos());
    let seconds = if done == 0 { 0.0 } else { elapsed.as_secs_f64() * left as f64 / done as f64 };
    match Duration::try_from_secs_f64(seconds.round()).unwrap_or_default().as_secs() {
        0 => format!("{} so far", style.duration(elapsed)),
        seconds @ 1..100 => format!("{seconds} s left"),
        seconds => format!("{} left", style.duration(Duration::from_secs(seconds))),
    }
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}
