//! Figures of a comparison as people read them.

use fluxloop_compare::{Change, Figure, Metric, Unit};
use fluxloop_trace::Milliseconds;

use crate::units;

/// The cells of a figure.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) a: String,
    pub(super) b: String,
    pub(super) change: String,
    pub(super) interval: String,
    pub(super) p_value: String,
    pub(super) verdict: &'static str,
}

/// The heading of the cells.
pub(super) const HEAD: [&str; 7] = ["", "A", "B", "change", "interval", "p", ""];

impl Row {
    pub(super) fn of(figure: &Figure) -> Self {
        let name = figure.metric.to_string();
        let Some(shift) = figure.shift else {
            let [a, b, change, interval, p_value] = [const { String::new() }; 5];
            return Self { name, a, b, change, interval, p_value, verdict: "too few" };
        };
        let verdict = match figure.change() {
            Change::Better => "better",
            Change::Worse => "worse",
            Change::Different => "differs",
            Change::Unproven => "",
        };
        Self {
            name,
            a: value(figure.metric, shift.a),
            b: value(figure.metric, shift.b),
            change: change(figure).unwrap_or_default(),
            interval: interval(figure).unwrap_or_default(),
            p_value: figure.p_value.map(p_value).unwrap_or_default(),
            verdict,
        }
    }

    /// The cells in the order of [`HEAD`].
    pub(super) fn cells(&self) -> [&str; 7] {
        let Self { name, a, b, change, interval, p_value, verdict } = self;
        [name, a, b, change, interval, p_value, verdict]
    }
}

/// A value in its unit.
fn value(metric: Metric, value: f64) -> String {
    match metric.unit() {
        Unit::Share => share(value),
        Unit::Milliseconds => units::duration(Milliseconds::from_millis(value)),
        Unit::TokensPerSecond => format!("{}/s", units::number(value)),
        Unit::Tokens => units::number(value),
    }
}

/// A share: `96.5 %`; `100 %` only for all of them.
fn share(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        100.0.. => "100 %".to_owned(),
        ..=0.0 => "0 %".to_owned(),
        _ => format!("{:.1} %", percent.clamp(0.1, 99.9)),
    }
}

/// The change from A to B: in points for a share, else as a part of A.
pub(super) fn change(figure: &Figure) -> Option<String> {
    let shift = figure.shift?;
    if figure.metric.unit() == Unit::Share {
        return Some(format!("{} pts", signed(100.0 * (shift.b - shift.a))));
    }
    (shift.a > 0.0).then(|| format!("{} %", signed(100.0 * (shift.b / shift.a - 1.0))))
}

/// The interval of the change, in the same unit, which is not repeated.
pub(super) fn interval(figure: &Figure) -> Option<String> {
    let shift = figure.shift?;
    let interval = match figure.metric.unit() {
        Unit::Share => shift.difference,
        _ => shift.relative?,
    };
    let [low, high] = [interval.low, interval.high].map(|end| signed(100.0 * end));
    Some(format!("{low} to {high}"))
}

/// A number with its sign: three digits that matter, at most one decimal.
pub(super) fn signed(number: f64) -> String {
    let decimals = usize::from(number.abs() < 9.95);
    let shown = format!("{number:+.decimals$}");
    if shown.trim_matches(['+', '-', '0', '.']).is_empty() { "0.0".to_owned() } else { shown }
}

/// A p-value: two digits that matter.
pub(super) fn p_value(p_value: f64) -> String {
    match p_value {
        ..0.001 => "<0.001".to_owned(),
        0.995.. => "1".to_owned(),
        ..0.0995 => format!("{p_value:.3}"),
        _ => format!("{p_value:.2}"),
    }
}

/// The same in a sentence: `p = 0.031`.
pub(super) fn p_equals(value: f64) -> String {
    let shown = p_value(value);
    match shown.strip_prefix('<') {
        Some(limit) => format!("p < {limit}"),
        None => format!("p = {shown}"),
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_compare::{Quantity, ShareOf};
    use fluxloop_statistics::{Interval, Percentile, Shift};

    use super::*;

    #[track_caller]
    fn check(metric: Metric, (a, b): (f64, f64), expected: [&str; 7]) {
        let difference = Interval { low: b - a - 0.01, high: b - a + 0.01 };
        let relative = (a > 0.0 && metric.unit() != Unit::Share)
            .then(|| Interval { low: b / a - 1.02, high: b / a - 0.98 });
        let shift = Some(Shift { a, b, difference, relative, p_value: 0.01 });
        let row = Row::of(&Figure { metric, shift, p_value: Some(0.031) });
        assert_eq!(row.cells(), expected);
    }

    #[test]
    fn figures_have_their_unit() {
        check(
            Metric::Share(ShareOf::Passed),
            (1.0, 0.965),
            ["passed", "100 %", "96.5 %", "-3.5 pts", "-4.5 to -2.5", "0.031", "worse"],
        );
        check(
            Metric::Percentile(Quantity::FirstToken, Percentile::P95),
            (1_000.0, 1_300.0),
            ["first_token_p95", "1.00 s", "1.30 s", "+30 %", "+28 to +32", "0.031", "worse"],
        );
        check(
            Metric::Percentile(Quantity::OutputTokens, Percentile::P50),
            (250.0, 250.0),
            ["output_tokens_p50", "250", "250", "0.0 %", "-2.0 to +2.0", "0.031", "differs"],
        );
    }

    #[test]
    fn a_figure_of_zero_has_no_relative_change() {
        let metric = Metric::Percentile(Quantity::TokensPerSecond, Percentile::P50);
        check(
            metric,
            (0.0, 2.0),
            ["tokens_per_second_p50", "0.00/s", "2.00/s", "", "", "0.031", "better"],
        );
    }

    #[test]
    fn p_values_keep_two_digits() {
        let check = |value: f64, expected: &str| assert_eq!(p_equals(value), expected);
        check(0.000_5, "p < 0.001");
        check(0.0312, "p = 0.031");
        check(0.449, "p = 0.45");
        check(1.0, "p = 1");
    }

    #[test]
    fn a_share_is_whole_only_when_it_is() {
        assert_eq!(share(0.999_99), "99.9 %");
        assert_eq!(share(0.000_01), "0.1 %");
        assert_eq!(share(0.0), "0 %");
    }
}
