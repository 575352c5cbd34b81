//! Conditions under which a comparison counts as a failure.

use std::fmt;
use std::str::FromStr;

use fluxloop_statistics::Shift;
use thiserror::Error;

use crate::comparison::{Comparison, Group};
use crate::facts::Run;
use crate::metric::{Metric, Unit};

/// A condition such as `regressions > 0`, `passed < -2%` or `first_token_p95 > +10%`.
///
/// A count of a group is compared as it is. A shift holds only if its whole interval lies beyond the
/// limit: for `>` the lower end decides, for `<` the upper one.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    text: String,
    what: What,
    is_above: bool,
    limit: f64,
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    /// The size of a group.
    Group(Group),
    /// The shift of a metric, as a part of its first figure or in its unit.
    Shift(Metric, Scale),
}

/// In what a shift is measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Scale {
    /// As a part of the first figure.
    Relative,
    /// In the unit of the figure.
    Absolute,
}

/// Why a condition cannot be understood.
#[derive(Debug, Error, PartialEq)]
pub enum ConditionError {
    /// It has another form.
    #[error("`{0}` is not a condition")]
    Form(String),
    /// No figure and no group has the name.
    #[error("`{0}` is not the name of a figure or a group")]
    Name(String),
    /// The limit does not fit what it limits.
    #[error("`{limit}` is not a limit of `{name}`: write {expected}")]
    Limit {
        /// What is limited.
        name: String,
        /// The limit as it was written.
        limit: String,
        /// What it has to look like.
        expected: &'static str,
    },
    /// The limit lies on the other side of no change.
    #[error("`{0}` holds for runs that do not differ")]
    Direction(String),
}

impl ConditionError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Form(_) => "write it as `regressions > 0`, `passed < -2%` or \
                              `first_token_p95 > +10%`"
                .to_owned(),
            Self::Name(_) => {
                let groups = Group::ALL.map(|group| group.name().to_owned()).into_iter();
                let metrics = Metric::all().map(|metric| metric.to_string());
                let names: Vec<_> = groups.chain(metrics).collect();
                format!("the names are `{}`", names.join("`, `"))
            }
            Self::Limit { .. } => {
                "a limit of a figure is a change from A to B, not a value".to_owned()
            }
            Self::Direction(_) => {
                "`>` needs a change of zero or more, `<` one of zero or less: the \
                                   limit is a change from A to B, not a value"
                    .to_owned()
            }
        }
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let form = || ConditionError::Form(text.to_owned());
        let at = text.find(['<', '>']).ok_or_else(form)?;
        let (name, is_above) = (text[..at].trim(), text[at..].starts_with('>'));
        let limit = text[at + 1..].trim();
        if name.is_empty() || limit.is_empty() {
            return Err(form());
        }
        let wrong = |expected| ConditionError::Limit {
            name: name.to_owned(),
            limit: limit.to_owned(),
            expected,
        };
        if let Some(group) = Group::ALL.into_iter().find(|group| group.name() == name) {
            let limit: u32 = limit.parse().map_err(|_| wrong("a whole number, as `0`"))?;
            let what = What::Group(group);
            return Ok(Self { text: text.trim().to_owned(), what, is_above, limit: limit.into() });
        }
        let metric = Metric::named(name).ok_or_else(|| ConditionError::Name(name.to_owned()))?;
        let (scale, limit) = change(metric, limit).map_err(wrong)?;
        if if is_above { limit < 0.0 } else { limit > 0.0 } {
            return Err(ConditionError::Direction(text.trim().to_owned()));
        }
        let what = What::Shift(metric, scale);
        Ok(Self { text: text.trim().to_owned(), what, is_above, limit })
    }
}

/// A change of a metric: `+10%`, `-2%`, `+50ms`, `-3`. The error is what it has to look like.
fn change(metric: Metric, text: &str) -> Result<(Scale, f64), &'static str> {
    let (units, expected): (&[(&str, Scale, f64)], _) = match metric.unit() {
        Unit::Share => (&[("%", Scale::Absolute, 0.01)], "a change in points, as `-2%`"),
        Unit::Milliseconds => (
            &[
                ("%", Scale::Relative, 0.01),
                ("ms", Scale::Absolute, 1.0),
                ("s", Scale::Absolute, 1e3),
            ],
            "a change, as `+10%` or `+50ms`",
        ),
        Unit::Tokens | Unit::TokensPerSecond => (
            &[("%", Scale::Relative, 0.01), ("", Scale::Absolute, 1.0)],
            "a change, as `-10%` or `-5`",
        ),
    };
    let found = units.iter().find_map(|&(unit, scale, factor)| {
        let number = text.strip_suffix(unit)?.trim_end();
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
        let number: f64 = number.parse().ok().filter(|_| is_number)?;
        Some((scale, number * factor))
    });
    found.ok_or(expected)
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// What a condition found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// How many inputs a group has.
    Count(u64),
    /// The end of the interval that decides, as a part of the first figure.
    Relative(f64),
    /// The end of the interval that decides, in the unit of the metric.
    Absolute(f64),
    /// Too few inputs have the metric in both runs.
    TooFew {
        /// How many have it.
        inputs: u64,
        /// How many an interval takes.
        needed: u64,
    },
    /// The figure of the first run may be zero, so no change is a part of it.
    NoPart,
}

/// A condition, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The condition.
    pub condition: Condition,
    /// What it is about.
    pub metric: Option<Metric>,
    /// Whether it holds; `None` where there is no data to judge it by.
    pub holds: Option<bool>,
    /// What was found.
    pub found: Found,
}

impl Judged {
    /// Whether the comparison fails: the condition holds, or it cannot be judged. A check that never
    /// looks must not pass.
    pub fn fails(&self) -> bool {
        self.holds != Some(false)
    }
}

impl Condition {
    /// Judges the comparison of two runs.
    pub fn judge(self, comparison: &Comparison, runs: (&Run, &Run), seed: u64) -> Judged {
        let beyond =
            |found: f64| if self.is_above { found > self.limit } else { found < self.limit };
        let (metric, holds, found) = match self.what {
            // Of runs without an input in common, nobody knows what regressed.
            What::Group(group) if group.is_of_pairs() && comparison.pairs.is_empty() => {
                (None, None, Found::TooFew { inputs: 0, needed: 1 })
            }
            What::Group(group) => {
                let count = comparison.groups.count(group);
                (None, Some(beyond(count as f64)), Found::Count(count))
            }
            What::Shift(metric, scale) => {
                let known = comparison.figures.iter().find(|figure| figure.metric == metric);
                let shift = known
                    .and_then(|figure| figure.shift)
                    .or_else(|| metric.shift(&comparison.pairs, runs, seed));
                let end = shift.map(|shift| self.deciding(&shift, scale));
                let found = match (end, scale) {
                    (None, _) => {
                        let (inputs, needed) = metric.inputs(&comparison.pairs, runs);
                        Found::TooFew { inputs, needed }
                    }
                    (Some(None), _) => Found::NoPart,
                    (Some(Some(end)), Scale::Relative) => Found::Relative(end),
                    (Some(Some(end)), Scale::Absolute) => Found::Absolute(end),
                };
                (Some(metric), end.flatten().map(beyond), found)
            }
        };
        Judged { metric, holds, found, condition: self }
    }

    /// The end of the interval that decides.
    fn deciding(&self, shift: &Shift, scale: Scale) -> Option<f64> {
        let interval = match scale {
            Scale::Relative => shift.relative?,
            Scale::Absolute => shift.difference,
        };
        Some(if self.is_above { interval.low } else { interval.high })
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_redact::Redactor;
    use fluxloop_trace::Milliseconds;

    use super::*;
    use crate::Facts;

    #[track_caller]
    fn check_error(text: &str, message: &str) {
        let error = text.parse::<Condition>().expect_err("it is wrong");
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn wrong_conditions_say_what_is_wrong() {
        check_error("regressions", "`regressions` is not a condition");
        check_error("> 3", "`> 3` is not a condition");
        check_error("passed <", "`passed <` is not a condition");
        check_error("regresions > 0", "`regresions` is not the name of a figure or a group");
        check_error("duration > 1%", "`duration` is not the name of a figure or a group");
        check_error(
            "regressions > -1",
            "`-1` is not a limit of `regressions`: write a whole number, as `0`",
        );
        check_error(
            "passed < -2",
            "`-2` is not a limit of `passed`: write a change in points, as `-2%`",
        );
        check_error(
            "first_token_p95 > inf%",
            "`inf%` is not a limit of `first_token_p95`: write a change, as `+10%` or `+50ms`",
        );
        check_error("passed < 95%", "`passed < 95%` holds for runs that do not differ");
        check_error("duration_p50 > -1s", "`duration_p50 > -1s` holds for runs that do not differ");
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = "nothing > 1".parse::<Condition>().expect_err("it is wrong");
        let hint = error.hint();
        assert!(hint.starts_with("the names are `regressions`, `fixed`, "), "{hint}");
        assert!(hint.ends_with("`output_tokens_p95`, `output_tokens_p99`"), "{hint}");
    }

    /// Runs of a hundred inputs: the second is slower by a part, and fails in some.
    fn runs(slower: f64, failed: u32) -> [Run; 2] {
        let mut runs = [Run::default(), Run::default()];
        for number in 0..100_u32 {
            let id = Redactor::none().mask(&format!("q-{number}"));
            for (run, (factor, fails)) in
                runs.iter_mut().zip([(1.0, false), (1.0 + slower, number < failed)])
            {
                let duration = Milliseconds::from_millis(factor * f64::from(1_000 + number));
                let facts = Facts { passed: !fails, success: true, duration, ..Facts::default() };
                run.add(&id, "h", facts);
            }
        }
        runs
    }

    #[track_caller]
    fn check(text: &str, slower: f64, failed: u32, expected: bool) {
        let [a, b] = runs(slower, failed);
        let condition: Condition = text.parse().expect("it is a condition");
        let judged = condition.judge(&Comparison::of(&a, &b, 1), (&a, &b), 1);
        assert_eq!(judged.holds, Some(expected), "{judged:?}");
    }

    #[test]
    fn groups_are_counted() {
        check("regressions > 0", 0.0, 0, false);
        check("regressions > 0", 0.0, 1, true);
        check("regressions>1", 0.0, 1, false);
        check("only_b < 1", 0.0, 0, true);
    }

    #[test]
    fn the_end_of_the_interval_decides() {
        check("duration_p50 > +10%", 0.2, 0, true);
        check("duration_p50 > 10%", 0.09, 0, false);
        check("duration_p95 > +50ms", 0.2, 0, true);
        check("duration_p95 > +1 s", 0.2, 0, false);
        check("duration_p50 < -10%", -0.2, 0, true);
        // Five of a hundred: the interval reaches from about -11 to -1 points.
        check("passed < -2%", 0.0, 5, false);
        check("passed < -2%", 0.0, 20, true);
    }

    #[test]
    fn what_is_not_shown_is_computed() {
        check("duration_p90 > +10%", 0.2, 0, true);
    }

    #[test]
    fn a_condition_without_data_fails() {
        let [a, b] = runs(0.0, 0);
        let check = |text: &str, expected: (u64, u64)| {
            let condition: Condition = text.parse().expect("it is a condition");
            let judged = condition.judge(&Comparison::of(&a, &b, 1), (&a, &b), 1);
            let (inputs, needed) = expected;
            assert_eq!((judged.holds, judged.fails()), (None, true));
            assert_eq!(judged.found, Found::TooFew { inputs, needed });
        };
        check("first_token_p95 > +10%", (0, 59));
        check("duration_p99 > +10%", (100, 299));
    }

    #[test]
    fn a_part_of_zero_fails() {
        let mut run = Run::default();
        for number in 0..100 {
            let id = Redactor::none().mask(&format!("q-{number}"));
            run.add(&id, "h", Facts { success: true, ..Facts::default() });
        }
        let condition: Condition = "duration_p50 > +10%".parse().expect("it is a condition");
        let judged = condition.judge(&Comparison::of(&run, &run, 1), (&run, &run), 1);
        assert_eq!((judged.holds, judged.found, judged.fails()), (None, Found::NoPart, true));
    }
}
