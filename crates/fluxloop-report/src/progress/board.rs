//! What the lines under the bar say, without a terminal and without a clock.

use std::collections::{BTreeMap, HashMap, VecDeque};

use fluxloop_trace::{CaseId, RunEvent, Trace};
use unicode_width::UnicodeWidthStr;

use crate::paint::Style;
use crate::{finished, units};

/// How many closed cases stay in view.
const SHOWN_CLOSED: usize = 3;
/// How many running cases are named at most.
const SHOWN_RUNNING: usize = 8;
/// The column where the text of a line begins.
const INDENT: usize = 14;

/// What goes on in a run.
#[derive(Debug)]
pub(super) struct Board {
    style: Style,
    pub(super) closed: u64,
    failed: u64,
    /// How many cases succeeded and did not pass.
    unmet: u64,
    /// Running cases, the oldest first.
    running: BTreeMap<u64, Running>,
    places: HashMap<CaseId, u64>,
    next_place: u64,
    /// How often requests were sent again, by reason.
    retries: BTreeMap<String, u64>,
    last: VecDeque<String>,
}

#[derive(Debug)]
struct Running {
    id: String,
    attempt: u32,
    text: bool,
}

impl Board {
    pub(super) fn new(style: Style) -> Self {
        Self {
            style,
            closed: 0,
            failed: 0,
            unmet: 0,
            running: BTreeMap::new(),
            places: HashMap::new(),
            next_place: 0,
            retries: BTreeMap::new(),
            last: VecDeque::new(),
        }
    }

    /// Takes the next event.
    pub(super) fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::CaseStarted { case_id } => self.started(case_id),
            RunEvent::AttemptStarted { case_id, number } => {
                if let Some(running) = self.running_mut(case_id) {
                    running.attempt = *number;
                    running.text = false;
                }
            }
            RunEvent::FirstText { case_id, .. } => {
                if let Some(running) = self.running_mut(case_id) {
                    running.text = true;
                }
            }
            RunEvent::RetryPlanned { cause, status, .. } => {
                *self.retries.entry(cause.reason(*status)).or_default() += 1;
            }
            RunEvent::CaseFinished(trace) => self.finished(trace),
            RunEvent::CaseRestored(trace) => self.count(trace),
            _ => {}
        }
    }

    fn started(&mut self, case_id: &CaseId) {
        let id = self.style.case_id(case_id);
        self.running.insert(self.next_place, Running { id, attempt: 1, text: false });
        self.places.insert(case_id.clone(), self.next_place);
        self.next_place += 1;
    }

    fn running_mut(&mut self, case_id: &CaseId) -> Option<&mut Running> {
        self.running.get_mut(self.places.get(case_id)?)
    }

    fn finished(&mut self, trace: &Trace) {
        if let Some(place) = self.places.remove(&trace.case_id) {
            self.running.remove(&place);
        }
        self.count(trace);
        self.last.truncate(SHOWN_CLOSED - 1);
        self.last.push_front(self.closed_line(trace));
    }

    fn count(&mut self, trace: &Trace) {
        self.closed += 1;
        self.failed += u64::from(!trace.success);
        self.unmet += u64::from(trace.success && !trace.passed());
    }

    /// How many cases did not pass.
    pub(super) fn open(&self) -> u64 {
        self.failed + self.unmet
    }

    /// `  succeeded   q-1/0  1.24 s, 231 characters in 45 events`
    pub(super) fn closed_line(&self, trace: &Trace) -> String {
        let style = self.style;
        let text = format!("{}  {}", style.case_id(&trace.case_id), finished::detail(trace, style));
        let text = style.cut(&text, style.columns() - INDENT);
        let label = format!("{:<12}", finished::label(trace));
        format!("  {}{text}", finished::paint_case(trace, &label, style))
    }

    /// How many cases did not pass, to stand after the bar.
    pub(super) fn failed_words(&self) -> String {
        let all = [(self.failed, "failed"), (self.unmet, "unmet")].into_iter();
        let words = all.filter(|(count, _)| *count > 0).map(|(count, what)| {
            format!("  {}", self.style.bad(&format!("{} {what}", units::count(count))))
        });
        words.collect()
    }

    /// The lines under the bar, none of them wider than the terminal.
    pub(super) fn lines(&self) -> String {
        let mut lines = Vec::new();
        if !self.running.is_empty() {
            let label = self.style.dim("running     ");
            lines.push(format!("  {label}{}", self.running_words()));
        }
        if !self.retries.is_empty() {
            let words = units::by_reason(&self.retries);
            let words = self.style.cut(&words, self.style.columns() - INDENT);
            lines.push(format!("  {}{words}", self.style.dim("retries     ")));
        }
        lines.extend(self.last.iter().cloned());
        lines.join("\n")
    }

    /// As many running cases as fit, the oldest first, and how many more there are.
    fn running_words(&self) -> String {
        let mut shown: Vec<String> =
            self.running.values().take(SHOWN_RUNNING).map(Running::words).collect();
        loop {
            let words = match self.running.len() - shown.len() {
                0 => shown.join(", "),
                more => format!("{} and {more} more", shown.join(", ")),
            };
            let columns = self.style.columns() - INDENT;
            if shown.len() <= 1 || words.width() <= columns {
                return self.style.cut(&words, columns).into_owned();
            }
            shown.pop();
        }
    }
}

impl Running {
    /// `q-1/0 (attempt 2, text)`
    fn words(&self) -> String {
        match (self.attempt, self.text) {
            (1, false) => self.id.clone(),
            (1, true) => format!("{} (text)", self.id),
            (attempt, false) => format!("{} (attempt {attempt})", self.id),
            (attempt, true) => format!("{} (attempt {attempt}, text)", self.id),
        }
    }
}
