//! What expectations, thresholds and objectives make of a run.

use fluxloop_trace::{
    Amount, Bound, Metric, MetricUnit, Milliseconds, Quantity, Summary, ThresholdResult,
    UnmetExpectation, Verdict,
};

use super::digest::{Digest, Open, OpenGroup};
use super::figures::case_names;
use crate::page::Page;
use crate::paint::Style;
use crate::units;

/// How much of a text that was expected, and of what came in its place, is shown, in columns.
const TEXT_COLUMNS: usize = 300;

/// Verdicts, thresholds and objectives: the first rows of the page.
pub(super) fn verdict(page: &mut Page, summary: &Summary) {
    verdicts(page, summary);
    judge(page, summary);
    thresholds(page, summary);
    objectives(page, summary);
}

fn verdicts(page: &mut Page, summary: &Summary) {
    let style = page.style();
    let Some(judged) = summary.shares.expectations else { return };
    let counts = [Verdict::Met, Verdict::Unmet, Verdict::Unjudged].into_iter();
    let counts = counts.filter_map(|verdict| {
        let count = summary.verdicts.get(&verdict).copied().filter(|count| *count > 0)?;
        let words = format!("{} {verdict}", units::count(count));
        Some(if verdict == Verdict::Met { style.good(&words) } else { style.bad(&words) })
    });
    let counts: Vec<String> = counts.collect();
    let share = if judged.cases == judged.of {
        String::new()
    } else {
        format!(" ({} met)", units::percent(judged.cases, judged.of))
    };
    page.labelled(2, "verdicts", &format!("{}{share}", counts.join(", ")));
}

/// `12 met, 1 unmet; 2 not unanimous, 3 reused; 10 requests, 4,200 tokens`
fn judge(page: &mut Page, summary: &Summary) {
    let Some(judge) = &summary.judge else { return };
    let counts = Verdict::ALL.iter().filter_map(|verdict| {
        let count = judge.verdicts.get(verdict).filter(|count| **count > 0)?;
        Some(format!("{} {verdict}", units::count(*count)))
    });
    let counts: Vec<String> = counts.collect();
    let more = [(judge.split, "not unanimous"), (judge.reused, "reused")].into_iter();
    let more = more.filter(|(count, _)| *count > 0);
    let more: Vec<String> =
        more.map(|(count, what)| format!("{} {what}", units::count(count))).collect();
    let mut sent = vec![units::counted(judge.attempts, "request", "requests")];
    if judge.tokens > 0 {
        sent.push(units::counted(judge.tokens, "token", "tokens"));
    }
    let parts = [counts.join(", "), more.join(", "), sent.join(", ")];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    page.labelled(2, "judge", &parts.join("; "));
}

/// Worth a row only where somebody set a threshold: that all cases have to succeed, and all
/// expectations to be met, is what everybody expects.
fn thresholds(page: &mut Page, summary: &Summary) {
    let is_implicit = |it: &ThresholdResult| {
        matches!(it.metric, Metric::Success | Metric::Expectations) && it.limit == Amount::count(1)
    };
    if summary.thresholds.iter().all(is_implicit) {
        return;
    }
    for (place, threshold) in summary.thresholds.iter().enumerate() {
        let label = if place == 0 { "thresholds" } else { "" };
        let is_met = if threshold.met { "met" } else { "not met" };
        let words = format!("{is_met}: {}", threshold_words(threshold, page.style()));
        page.row(2, label, &words);
    }
}

/// `first_token_p95 is 612 ms, at most 500 ms`
fn threshold_words(threshold: &ThresholdResult, style: Style) -> String {
    let ThresholdResult { metric, bound, limit, value, .. } = threshold;
    let is = value.map_or_else(
        || "has no data".to_owned(),
        |value| format!("is {}", amount(*metric, value, style)),
    );
    let bound = match bound {
        Bound::AtLeast => "at least",
        Bound::AtMost => "at most",
    };
    format!("{metric} {is}, {bound} {}", amount(*metric, *limit, style))
}

fn amount(metric: Metric, amount: Amount, style: Style) -> String {
    match metric.unit() {
        MetricUnit::Share => percent(amount),
        MetricUnit::Milliseconds => style.duration(Milliseconds::from_millis(amount.as_f64())),
        MetricUnit::PerSecond => {
            let noun = if metric == Metric::Goodput { "cases" } else { "tokens" };
            format!("{} {noun}/s", units::number(amount.as_f64()))
        }
    }
}

/// A share, never rounded up: `95 %`, `99.99 %`.
fn percent(share: Amount) -> String {
    let percent = (share.as_f64() * 1e6).round() / 100.0;
    format!("{} %", percent.floor() / 100.0)
}

fn objectives(page: &mut Page, summary: &Summary) {
    let Some(slo) = &summary.slo else { return };
    let style = page.style();
    let goodput = format!("{} cases/s", units::number(slo.goodput_per_s));
    let words = match slo.attainment {
        Some(all) => {
            let share = units::percent(all.cases, all.of);
            let of = units::counted(all.of, "case", "cases");
            format!("{goodput}; {share} of {of} kept every objective")
        }
        None => format!("{goodput}; no case counts"),
    };
    page.row(2, "goodput", &words);
    for (quantity, objective) in &slo.objectives {
        let limit = limit(*quantity, objective.limit, style);
        let kept = objective.kept.map_or_else(
            || "nothing was measured".to_owned(),
            |kept| format!("kept by {}", units::percent(kept.cases, kept.of)),
        );
        page.row(2, "", &format!("{quantity} {limit}: {kept}"));
    }
}

/// `at most 500 ms`
fn limit(quantity: Quantity, limit: Amount, style: Style) -> String {
    if quantity.is_rate() {
        format!("at least {} tokens/s", units::number(limit.as_f64()))
    } else {
        format!("at most {}", style.duration(Milliseconds::from_millis(limit.as_f64())))
    }
}

/// What is not as expected, the most frequent kind first, with the first example of each.
pub(super) fn open(page: &mut Page, digest: &Digest) {
    let mut groups: Vec<_> = digest.open.iter().collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.cases.count));
    for (open, group) in groups {
        page.gap();
        show(page, *open, group);
    }
}

fn show(page: &mut Page, (is_unjudged, kind): Open, group: &OpenGroup) {
    let style = page.style();
    let verdict = if is_unjudged { Verdict::Unjudged } else { Verdict::Unmet };
    let title = match kind {
        Some(kind) => format!("{verdict} {kind}"),
        None => verdict.name().to_owned(),
    };
    let cases = units::counted(group.cases.count, "case", "cases");
    let names = format!("{cases}: {}", case_names(page, &group.cases));
    let names = style.cut(&names, style.columns().saturating_sub(title.len() + 4)).into_owned();
    page.line(2, &format!("{}  {names}", style.bad(&style.bold(&title))));
    for (case_id, open) in group.example.iter() {
        let message = style.one_line(open.message.as_str(), TEXT_COLUMNS);
        let message = if group.cases.count > 1 {
            format!("{}: {message}", style.case_id(case_id))
        } else {
            message
        };
        for line in crate::visible::wrap(&message, style.columns() - 4) {
            page.line(4, &line);
        }
        notes(page, open);
    }
}

/// What was expected, and what came in its place.
pub(crate) fn notes(page: &mut Page, open: &UnmetExpectation) {
    let style = page.style();
    let text = |text: &str| match style.one_line(text, TEXT_COLUMNS) {
        empty if empty.is_empty() => "(empty)".to_owned(),
        text => text,
    };
    let rows = [
        ("channel", &open.channel),
        ("path", &open.path),
        ("expected", &open.expected),
        ("actual", &open.actual),
        ("at", &open.pointer),
    ];
    for (label, value) in rows {
        if let Some(value) =
            value.as_ref().filter(|value| label != "at" || !value.as_str().is_empty())
        {
            page.row(4, label, &text(value.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_up() {
        for (share, expected) in
            [(1.0, "100 %"), (0.95, "95 %"), (0.999_999, "99.99 %"), (0.5, "50 %"), (0.0, "0 %")]
        {
            assert_eq!(percent(Amount::part(share)), expected);
        }
    }
}
