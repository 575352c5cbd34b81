//! The progress bar on a terminal that understands the few sequences that it uses.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fluxloop_report::{ProgressReporter, Reporter, Style};
use fluxloop_trace::RunStatus;

use crate::recording::{events, of_unknown_length, success, timed, traces};

/// A terminal that remembers what stood on it.
#[derive(Clone, Debug)]
pub(crate) struct Terminal(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    width: usize,
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// An escape sequence that has begun.
    sequence: Option<String>,
    /// Everything that was ever shown, row by row.
    history: String,
}

impl Terminal {
    pub(crate) fn new(width: u16) -> Self {
        let state = State {
            width: width.into(),
            rows: vec![Vec::new()],
            row: 0,
            column: 0,
            sequence: None,
            history: String::new(),
        };
        Self(Arc::new(Mutex::new(state)))
    }

    /// What stands on it now.
    pub(crate) fn screen(&self) -> String {
        let state = self.state();
        let rows =
            state.rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned());
        rows.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    /// Every character that it ever showed.
    pub(crate) fn history(&self) -> String {
        self.state().history.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, char: char) {
        if let Some(mut sequence) = self.sequence.take() {
            sequence.push(char);
            if char == '[' || char.is_ascii_digit() {
                self.sequence = Some(sequence);
            } else {
                self.act(&sequence);
            }
            return;
        }
        match char {
            '\u{1b}' => self.sequence = Some(String::new()),
            '\r' => self.column = 0,
            '\n' => (self.row, self.column) = (self.row + 1, 0),
            char => self.show(char),
        }
        while self.rows.len() <= self.row {
            self.rows.push(Vec::new());
        }
    }

    fn show(&mut self, char: char) {
        self.history.push(char);
        if self.column == self.width {
            (self.row, self.column) = (self.row + 1, 0);
        }
        while self.rows.len() <= self.row {
            self.rows.push(Vec::new());
        }
        let row = &mut self.rows[self.row];
        row.resize(row.len().max(self.column + 1), ' ');
        row[self.column] = char;
        self.column += 1;
    }

    /// Performs a sequence; one that it does not know was not meant by the bar.
    fn act(&mut self, sequence: &str) {
        let (number, verb) = sequence[1..].split_at(sequence.len() - 2);
        let number: usize = number.parse().expect("every sequence has a number");
        match verb {
            "A" => self.row = self.row.saturating_sub(number),
            "B" => self.row += number,
            "K" => self.rows[self.row].clear(),
            other => panic!("an unexpected sequence: {other}"),
        }
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).expect("the bar writes whole characters");
        let mut state = self.state();
        text.chars().for_each(|char| state.put(char));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Rate and time left come from the wall clock, so their part of the line is not compared.
fn without_clock(screen: &str) -> String {
    let lines = screen.lines().map(|line| match line.find(" failed  ") {
        Some(end) if line.contains('━') => &line[..end + 7],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn progress_stands_while_the_run_goes_on_and_leaves_failures_behind() {
    let style = Style { color: false, unicode: true, width: 90 };
    let terminal = Terminal::new(style.width);
    let mut reporter = ProgressReporter::new(terminal.clone(), style);
    let recorded = timed(&events(&traces(), RunStatus::Complete));
    let text_of_the_eighth = recorded.iter().position(|event| {
        format!("{event:?}").contains("FirstText { case_id: CaseId { input_id: \"q-6\"")
    });
    let middle = text_of_the_eighth.expect("the case is in the recording") + 1;
    reporter.events(&recorded[..middle]).expect("the terminal takes everything");
    reporter.redraw();
    insta::assert_snapshot!("while_it_goes_on", without_clock(&terminal.screen()));
    reporter.events(&recorded[middle..]).expect("the terminal takes everything");
    insta::assert_snapshot!("when_it_is_over", terminal.screen());
}

#[test]
fn progress_without_a_known_end_has_no_bar() {
    let style = Style { color: false, unicode: true, width: 90 };
    let terminal = Terminal::new(style.width);
    let mut reporter = ProgressReporter::new(terminal.clone(), style);
    let recorded = events(&[success(0), success(1)], RunStatus::Complete);
    let recorded = timed(&of_unknown_length(recorded));
    let (last, before) = recorded.split_last().expect("a run ends");
    reporter.events(before).expect("the terminal takes everything");
    reporter.redraw();
    let screen = terminal.screen();
    assert!(screen.contains("\n  2 closed  ") && screen.contains(" so far"), "{screen}");
    assert!(!screen.contains('━') && !screen.contains(" 2/"), "{screen}");
    reporter.events(std::slice::from_ref(last)).expect("the terminal takes everything");
}
