//! How far the figures can be trusted, and what iterations of the same inputs say.

use fluxloop_trace::{
    FigureInterval, Measured, Metric, MetricUnit, Milliseconds, PassChances, Quantile, RepeatFacts,
    Summary,
};

use crate::page::Page;
use crate::paint::Style;
use crate::units;

/// How many flaky inputs are named.
const SHOWN_INPUTS: usize = 5;

/// Intervals of what matters most, and the repeats: a row each. The intervals of all other figures
/// stand in `summary.json`.
pub(super) fn certainty(page: &mut Page, summary: &Summary) {
    intervals(page, summary);
    if let Some(repeats) = &summary.repeats {
        chances(page, repeats);
        flaky(page, repeats);
    }
}

/// The share that passed, and two percentiles of the first token, or else of the duration. Too few
/// cases for the interval of a median are too few for this row.
fn intervals(page: &mut Page, summary: &Summary) {
    let median = |measured| Metric::Percentile(measured, Quantile::P50);
    let measured = [Measured::FirstToken, Measured::Duration].into_iter();
    let mut measured = measured.filter(|it| summary.intervals.contains_key(&median(*it)));
    let Some(measured) = measured.next() else { return };
    let has_interval = |metric| summary.intervals.get(&metric).is_some_and(Option::is_some);
    if !has_interval(median(measured)) {
        return;
    }
    let metrics = [Metric::Passed, median(measured), Metric::Percentile(measured, Quantile::P95)];
    let words = metrics.into_iter().filter_map(|metric| {
        let interval = summary.intervals.get(&metric)?;
        let words = interval.map(|interval| interval_words(metric, interval, page.style()));
        Some(format!("{metric} {}", words.unwrap_or_else(|| "has too few cases".to_owned())))
    });
    let words: Vec<_> = words.collect();
    page.gap();
    page.row(2, "intervals", &format!("{} (95 % confidence)", words.join(", ")));
}

/// `88.8 to 97.8 %`, `340 ms to 352 ms`; both ends only where they differ.
fn interval_words(metric: Metric, interval: FigureInterval, style: Style) -> String {
    let FigureInterval { low, high } = interval;
    match metric.unit() {
        MetricUnit::Share => {
            let percent = |share: f64| {
                let percent = format!("{:.1}", 100.0 * share);
                percent.strip_suffix(".0").unwrap_or(&percent).to_owned()
            };
            format!("{} to {} %", percent(low.as_f64()), percent(high.as_f64()))
        }
        MetricUnit::Milliseconds => {
            let [low, high] =
                [low, high].map(|end| style.duration(Milliseconds::from_millis(end.as_f64())));
            if low == high { low } else { format!("{low} to {high}") }
        }
        MetricUnit::PerSecond => {
            let [low, high] = [low, high].map(|end| units::number(end.as_f64()));
            format!("{low} to {high}/s")
        }
    }
}

/// `pass@1 0.900, pass@5 0.980, pass^5 0.700`
fn chances(page: &mut Page, repeats: &RepeatFacts) {
    let mut words = Vec::new();
    if let Some(one) = repeats.one {
        words.push(format!("pass@1 {:.3}", one.pass_at_k));
    }
    if let Some(PassChances { k, pass_at_k, pass_hat_k, .. }) = repeats.all.filter(|all| all.k > 1)
    {
        words.push(format!("pass@{k} {pass_at_k:.3}"));
        words.push(format!("pass^{k} {pass_hat_k:.3}"));
    }
    if !words.is_empty() {
        let inputs = units::counted(repeats.inputs, "input", "inputs");
        page.row(2, "repeats", &format!("{} ({inputs})", words.join(", ")));
    }
}

/// `3 of 20 inputs passed in some iterations alone: q-1, q-4, q-7`
fn flaky(page: &mut Page, repeats: &RepeatFacts) {
    if repeats.flaky == 0 {
        return;
    }
    let style = page.style();
    let shown = repeats.flaky_inputs.iter().take(SHOWN_INPUTS);
    let mut names: Vec<_> = shown.map(|id| style.one_line(id.as_str(), 30)).collect();
    let more = repeats.flaky.saturating_sub(names.len() as u64);
    if more > 0 {
        names.push(format!("and {} more", units::count(more)));
    }
    let inputs = units::counted(repeats.inputs, "input", "inputs");
    let words = format!(
        "{} of {inputs} passed in some iterations and not in others: {}",
        units::count(repeats.flaky),
        names.join(", ")
    );
    page.row(2, "flaky", &words);
}
