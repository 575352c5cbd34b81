//! Goals: what was to be reached, and what was.

use crate::docs::Page;

/// A goal, held against what was measured.
#[derive(Debug, PartialEq)]
pub(super) struct Goal {
    what: String,
    measured: String,
    met: bool,
}

impl Goal {
    /// A figure that may be as large as the limit.
    pub(super) fn at_most(what: String, measured: f64, limit: f64, unit: &str) -> Self {
        Self { what, measured: shown(measured, unit), met: measured <= limit }
    }

    /// A figure that has to be smaller than the limit.
    pub(super) fn below(what: String, measured: f64, limit: f64, unit: &str) -> Self {
        Self { what, measured: shown(measured, unit), met: measured < limit }
    }

    /// A figure that has to be as large as the limit.
    pub(super) fn at_least(what: String, measured: f64, limit: f64, unit: &str) -> Self {
        Self { what, measured: shown(measured, unit), met: measured >= limit }
    }

    /// A figure that has to be known, whatever it is.
    pub(super) fn known(what: String, measured: Option<f64>, unit: &str) -> Self {
        let met = measured.is_some();
        let measured = measured.map_or_else(|| "nothing".to_owned(), |it| shown(it, unit));
        Self { what, measured, met }
    }

    /// Whether the goal was reached.
    #[cfg(test)]
    pub(super) fn is_met(&self) -> bool {
        self.met
    }
}

fn shown(measured: f64, unit: &str) -> String {
    format!("{measured:.2} {unit}")
}

/// Writes the table of all goals.
pub(super) fn table(page: &mut Page, goals: Vec<Goal>) {
    page.heading("Goals");
    page.block("Each is a promise to be held against this page, met or not.");
    let rows = goals.into_iter().map(|goal| {
        let met = if goal.met { "yes" } else { "**no**" };
        [goal.what, goal.measured, met.to_owned()]
    });
    page.table(["goal", "measured", "met"], rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(goal: fn(String, f64, f64, &str) -> Goal, measured: f64, met: bool) {
        assert_eq!(goal(String::new(), measured, 1.25, "×").met, met);
    }

    #[test]
    fn a_limit_belongs_to_what_it_bounds() {
        check(Goal::at_most, 1.25, true);
        check(Goal::at_most, 1.26, false);
        check(Goal::below, 1.24, true);
        check(Goal::below, 1.25, false);
        check(Goal::at_least, 1.25, true);
        check(Goal::at_least, 1.24, false);
    }

    #[test]
    fn what_nobody_measured_is_missed() {
        assert!(Goal::known(String::new(), Some(7.0), "ms").met);
        assert!(!Goal::known(String::new(), None, "ms").met);
        // A division by nothing.
        check(Goal::at_most, f64::NAN, false);
        check(Goal::at_least, f64::NAN, false);
    }

    #[test]
    fn the_table_says_what_was_missed() {
        let mut page = Page::new("Performance");
        let fast = Goal::at_most("fast".to_owned(), 1.0, 1.25, "×");
        let small = Goal::below("small".to_owned(), 50.0, 50.0, "MB");
        table(&mut page, vec![fast, small]);
        let text = page.into_text();
        assert!(
            text.ends_with(
                "| goal | measured | met |\n| --- | --- | --- |\n\
                 | fast | 1.00 × | yes |\n| small | 50.00 MB | **no** |\n"
            ),
            "{text}"
        );
    }
}
