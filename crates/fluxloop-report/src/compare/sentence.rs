//! What a comparison says, in a sentence.

use fluxloop_compare::{Change, Comparison, Figure, Found, Group, Judged, Metric, Unit};

use super::figures::{change, p_equals, signed};
use crate::units::{count, counted};

/// The sentence at the top.
pub(super) fn sentence(comparison: &Comparison) -> String {
    if comparison.pairs.is_empty() {
        return "nothing can be compared: the runs have no input in common".to_owned();
    }
    let primary = comparison.primary();
    let verdict = match primary.change() {
        Change::Worse => "B is worse",
        Change::Better => "B is better",
        Change::Different | Change::Unproven => "no difference in what passed holds",
    };
    let verdict = match (primary.change(), others(comparison, |_| true)) {
        (Change::Unproven, None) => "no difference that holds",
        _ => verdict,
    };
    let p_value = primary.p_value.map(|value| format!(" ({})", p_equals(value)));
    let by_chance = comparison.by_chance.map(|[fall, rise]| {
        format!("; by chance, {fall:.1} would regress, and {rise:.1} would be fixed")
    });
    let [p_value, by_chance] = [p_value, by_chance].map(Option::unwrap_or_default);
    format!("{verdict}: {}{p_value}{by_chance}", counts(comparison))
}

/// How many inputs regressed, and how many were fixed.
fn counts(comparison: &Comparison) -> String {
    let regressed = comparison.groups.count(Group::Regressions);
    let fixed = comparison.groups.count(Group::Fixed);
    let all = comparison.pairs.len() as u64;
    let (one, many) =
        if comparison.repeats.is_some() { ("input", "inputs") } else { ("case", "cases") };
    let were = if fixed == 1 { "was" } else { "were" };
    format!(
        "{} of {} regressed, {} {were} fixed",
        count(regressed),
        counted(all, one, many),
        count(fixed)
    )
}

/// A line for each kind of change of the other figures that holds: a label and the figures.
pub(super) fn other_changes(comparison: &Comparison) -> Vec<(&'static str, String)> {
    let kinds =
        [(Change::Worse, "worse"), (Change::Better, "better"), (Change::Different, "different")];
    let line = |(kind, label)| Some((label, others(comparison, |change| change == kind)?));
    kinds.into_iter().filter_map(line).collect()
}

/// The figures but for the primary one whose change holds, in words.
fn others(comparison: &Comparison, is_wanted: impl Fn(Change) -> bool) -> Option<String> {
    let holds = |figure: &&Figure| {
        let change = figure.change();
        figure.metric != Metric::PRIMARY && change != Change::Unproven && is_wanted(change)
    };
    let shown = comparison.figures.iter().filter(holds);
    let shown: Vec<_> = shown
        .map(|figure| format!("{} {}", figure.metric, change(figure).unwrap_or_default()))
        .collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// What decides a condition about a figure.
const NEARER_END: &str = "the nearer end of the interval is";

/// Whether a condition is met.
pub(super) fn is_met(judged: &Judged) -> &'static str {
    match judged.holds {
        Some(true) => "met",
        Some(false) => "not met",
        None => "no data",
    }
}

/// What a condition found.
pub(super) fn found(judged: &Judged) -> String {
    let is_share = judged.metric.is_some_and(|metric| metric.unit() == Unit::Share);
    match judged.found {
        Found::Count(found) => counted(found, "input", "inputs"),
        Found::Relative(end) => format!("{NEARER_END} {} %", signed(100.0 * end)),
        Found::Absolute(end) if is_share => format!("{NEARER_END} {} pts", signed(100.0 * end)),
        Found::Absolute(end) => format!("{NEARER_END} {}", signed(end)),
        Found::TooFew { inputs, needed } => format!(
            "{} in both runs, and an interval takes {}; without data the comparison fails",
            match inputs {
                0 => "no input has it".to_owned(),
                1 => "1 input has it".to_owned(),
                inputs => format!("{} inputs have it", count(inputs)),
            },
            count(needed)
        ),
        Found::NoPart => {
            "the figure of A may be 0, so that no change is a part of it; without data \
                          the comparison fails"
                .to_owned()
        }
    }
}

/// The heading of a group.
pub(super) fn heading(group: Group) -> &'static str {
    match group {
        Group::Regressions => "regressions",
        Group::Fixed => "fixed",
        Group::Changed => "changed",
        Group::Unchanged => "unchanged",
        Group::InputChanged => "other input",
        Group::OnlyA => "only in A",
        Group::OnlyB => "only in B",
    }
}
