//! The comparison itself: groups of inputs, and figures.

use fluxloop_statistics::{
    CONFIDENCE, RepeatFigures, Share, Shift, falls, false_falls, weighted_holm,
};

use crate::facts::{Facts, Input, Run};
use crate::join::join;
use crate::metric::{Direction, Metric, Quantity, ShareOf};

/// An input that both runs have, by its places in [`Run::inputs`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pair {
    /// Its place in the first run.
    pub a: u32,
    /// Its place in the second run.
    pub b: u32,
}

impl Pair {
    /// The input in both runs.
    pub fn inputs<'r>(self, a: &'r Run, b: &'r Run) -> (&'r Input, &'r Input) {
        (&a.inputs()[self.a as usize], &b.inputs()[self.b as usize])
    }
}

/// The inputs, each in one group and in the order of the first run.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// Passed in the first run, and not in the second; with repeats, passed less often by more than
    /// chance.
    pub regressions: Vec<Pair>,
    /// The other way round.
    pub fixed: Vec<Pair>,
    /// Another text, or other calls of tools.
    pub changed: Vec<Pair>,
    /// The same text and the same calls of tools.
    pub unchanged: Vec<Pair>,
    /// The same id, and another question.
    pub input_changed: Vec<Pair>,
    /// Places of inputs that the first run alone has.
    pub only_a: Vec<u32>,
    /// Places of inputs that the second run alone has.
    pub only_b: Vec<u32>,
}

/// A group of inputs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Group {
    /// [`Groups::regressions`].
    Regressions,
    /// [`Groups::fixed`].
    Fixed,
    /// [`Groups::changed`].
    Changed,
    /// [`Groups::unchanged`].
    Unchanged,
    /// [`Groups::input_changed`].
    InputChanged,
    /// [`Groups::only_a`].
    OnlyA,
    /// [`Groups::only_b`].
    OnlyB,
}

impl Group {
    /// Whether its inputs are some that both runs have.
    pub(crate) fn is_of_pairs(self) -> bool {
        matches!(self, Self::Regressions | Self::Fixed | Self::Changed | Self::Unchanged)
    }

    /// Every group, in the order of interest.
    pub const ALL: [Self; 7] = [
        Self::Regressions,
        Self::Fixed,
        Self::Changed,
        Self::Unchanged,
        Self::InputChanged,
        Self::OnlyA,
        Self::OnlyB,
    ];

    /// The name, as conditions and JSON spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regressions => "regressions",
            Self::Fixed => "fixed",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::InputChanged => "input_changed",
            Self::OnlyA => "only_a",
            Self::OnlyB => "only_b",
        }
    }
}

/// An input of a group, and the case of each run that stands for it.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// Its group.
    pub group: Group,
    /// The input.
    pub pair: Pair,
    /// Its case in the first run and in the second.
    pub cases: [Facts; 2],
}

/// How many inputs of a group are shown with their answers.
const SHOWN: [(Group, usize); 3] =
    [(Group::Regressions, 20), (Group::Fixed, 10), (Group::Changed, 10)];

/// What a figure says about the second run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// It is better.
    Better,
    /// It is worse.
    Worse,
    /// It differs, and neither direction is better.
    Different,
    /// No difference holds.
    Unproven,
}

/// One metric of both runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Which metric.
    pub metric: Metric,
    /// How it shifts; `None` where too few inputs have it in both runs.
    pub shift: Option<Shift>,
    /// The p-value of the shift, corrected for all figures of the comparison.
    pub p_value: Option<f64>,
}

impl Figure {
    /// What it says about the second run.
    pub fn change(&self) -> Change {
        let (Some(shift), Some(p_value)) = (self.shift, self.p_value) else {
            return Change::Unproven;
        };
        if p_value > 1.0 - CONFIDENCE {
            return Change::Unproven;
        }
        // A median can stay where the draws around it shift: the interval says where to.
        let is_up = shift.difference.low + shift.difference.high > 0.0;
        match (self.metric.better(), is_up) {
            (Direction::Neither, _) => Change::Different,
            (Direction::Up, true) | (Direction::Down, false) => Change::Better,
            (Direction::Up, false) | (Direction::Down, true) => Change::Worse,
        }
    }
}

/// How two runs of the same inputs differ.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The inputs that both runs have, in the order of the first run.
    pub pairs: Vec<Pair>,
    /// The same inputs and all others, in groups.
    pub groups: Groups,
    /// The metrics that the runs have, the primary one first.
    pub figures: Vec<Figure>,
    /// How many regressions and how many fixed inputs are expected by chance alone, where inputs
    /// have repeats. Without repeats, the p-value of the primary metric answers that.
    pub by_chance: Option<[f64; 2]>,
    /// What repeats say about both runs, where there are any.
    pub repeats: Option<[RepeatFigures; 2]>,
}

impl Comparison {
    /// Compares two runs. The same seed gives the same figures.
    pub fn of(a: &Run, b: &Run, seed: u64) -> Self {
        let joined = join(a, b);
        let in_order = |pairs: Vec<(u32, u32)>| {
            let mut pairs: Vec<Pair> = pairs.into_iter().map(|(a, b)| Pair { a, b }).collect();
            pairs.sort_by_key(|pair| pair.inputs(a, b).0.order());
            pairs
        };
        let alone = |run: &Run, mut places: Vec<u32>| {
            places.sort_by_key(|&place| run.inputs()[place as usize].order());
            places
        };
        let pairs = in_order(joined.same);
        let mut groups = Groups {
            input_changed: in_order(joined.changed),
            only_a: alone(a, joined.only_a),
            only_b: alone(b, joined.only_b),
            ..Groups::default()
        };
        for &pair in &pairs {
            let (one, other) = pair.inputs(a, b);
            groups.list(one, other).push(pair);
        }
        let has_repeats = pairs.iter().any(|pair| {
            let (one, other) = pair.inputs(a, b);
            one.cases.len() > 1 || other.cases.len() > 1
        });
        let repeats = || {
            let figures = |inputs: &mut dyn Iterator<Item = &Input>| {
                RepeatFigures::of(&inputs.filter_map(Input::passed_repeats).collect::<Vec<_>>())
            };
            let inputs = pairs.iter().map(|pair| pair.inputs(a, b));
            let (mut in_a, mut in_b) =
                (inputs.clone().map(|pair| pair.0), inputs.map(|pair| pair.1));
            [figures(&mut in_a), figures(&mut in_b)]
        };
        Self {
            figures: figures(&pairs, a, b, seed),
            by_chance: has_repeats.then(|| by_chance(&pairs, a, b)),
            repeats: has_repeats.then(repeats),
            pairs,
            groups,
        }
    }

    /// The first inputs of the groups of interest, each with the cases that show why it is there.
    pub fn shown(&self, a: &Run, b: &Run) -> Vec<Shown> {
        let groups = &self.groups;
        let mut shown = Vec::new();
        for (group, most) in SHOWN {
            let pairs = match group {
                Group::Regressions => &groups.regressions,
                Group::Fixed => &groups.fixed,
                _ => &groups.changed,
            };
            for &pair in pairs.iter().take(most) {
                let (one, other) = pair.inputs(a, b);
                if let Some(cases) = example(group, &one.cases, &other.cases) {
                    shown.push(Shown { group, pair, cases });
                }
            }
        }
        shown
    }

    /// The metric that decides whether the second run is better.
    pub fn primary(&self) -> Figure {
        let none = Figure { metric: Metric::PRIMARY, shift: None, p_value: None };
        self.figures.iter().find(|figure| figure.metric == Metric::PRIMARY).copied().unwrap_or(none)
    }
}

impl Groups {
    /// How many inputs a group has.
    pub fn count(&self, group: Group) -> u64 {
        let count = match group {
            Group::Regressions => self.regressions.len(),
            Group::Fixed => self.fixed.len(),
            Group::Changed => self.changed.len(),
            Group::Unchanged => self.unchanged.len(),
            Group::InputChanged => self.input_changed.len(),
            Group::OnlyA => self.only_a.len(),
            Group::OnlyB => self.only_b.len(),
        };
        count as u64
    }

    /// The group of an input that both runs have.
    fn list(&mut self, one: &Input, other: &Input) -> &mut Vec<Pair> {
        let (Some(before), Some(after)) = (one.passed(), other.passed()) else {
            return &mut self.unchanged;
        };
        let fell = |before: Share, after: Share| {
            let is_single = before.of() == 1 && after.of() == 1;
            if is_single { before.hits() > after.hits() } else { falls(before, after) }
        };
        if fell(before, after) {
            &mut self.regressions
        } else if fell(after, before) {
            &mut self.fixed
        } else if answers(one) == answers(other) {
            &mut self.unchanged
        } else {
            &mut self.changed
        }
    }
}

/// The first repeats that differ in what the group is about, or else the first ones.
fn example(group: Group, a: &[Facts], b: &[Facts]) -> Option<[Facts; 2]> {
    let differs = |one: &Facts, other: &Facts| match group {
        Group::Regressions => one.passed && !other.passed,
        Group::Fixed => !one.passed && other.passed,
        _ => (one.text, one.tools) != (other.text, other.tools),
    };
    let all = || a.iter().flat_map(|one| b.iter().map(move |other| (one, other)));
    let same_iteration =
        all().find(|(one, other)| one.iteration == other.iteration && differs(one, other));
    let found = same_iteration.or_else(|| all().find(|(one, other)| differs(one, other)));
    found.or_else(|| all().next()).map(|(one, other)| [*one, *other])
}

/// What came, in any order of the repeats.
fn answers(input: &Input) -> Vec<(u128, u128)> {
    let mut answers: Vec<_> = input.cases.iter().map(|case| (case.text, case.tools)).collect();
    answers.sort_unstable();
    answers
}

/// How many inputs with repeats fall, and how many rise, by chance alone.
fn by_chance(pairs: &[Pair], a: &Run, b: &Run) -> [f64; 2] {
    let mut expected = [0.0, 0.0];
    for pair in pairs {
        let (one, other) = pair.inputs(a, b);
        if let (Some(before), Some(after)) = (one.passed(), other.passed()) {
            expected[0] += false_falls(before, after);
            expected[1] += false_falls(after, before);
        }
    }
    expected
}

/// The metrics that the runs have, judged together.
///
/// The primary metric has a third of the 5 %: seven flips of single cases in one direction hold. The
/// other metrics share the rest.
fn figures(pairs: &[Pair], a: &Run, b: &Run, seed: u64) -> Vec<Figure> {
    let shown = Metric::SHOWN.into_iter().filter(|&metric| says_something(metric, pairs, a, b));
    let shifts: Vec<_> = shown.map(|metric| (metric, metric.shift(pairs, (a, b), seed))).collect();
    let tested = shifts.iter().filter(|(_, shift)| shift.is_some()).count();
    let primary = (tested as f64 - 1.0).max(1.0) / 2.0;
    let weighted = shifts.iter().filter_map(|(metric, shift)| {
        let weight = if *metric == Metric::PRIMARY { primary } else { 1.0 };
        Some((shift.as_ref()?.p_value, weight))
    });
    let mut corrected = weighted_holm(&weighted.collect::<Vec<_>>()).into_iter();
    let figure = |(metric, shift): (Metric, Option<Shift>)| {
        let p_value = shift.and_then(|_| corrected.next());
        Figure { metric, shift, p_value }
    };
    shifts.into_iter().map(figure).collect()
}

/// Whether a metric can differ, is more than a repetition of another one, and some case has it.
///
/// A test that cannot find anything takes no part of the 5 % (Tarone, "A Modified Bonferroni Method
/// for Discrete Data", 1990).
fn says_something(metric: Metric, pairs: &[Pair], a: &Run, b: &Run) -> bool {
    let mut cases = pairs.iter().flat_map(|pair| {
        let (one, other) = pair.inputs(a, b);
        one.cases.iter().chain(&other.cases)
    });
    match metric {
        Metric::Share(ShareOf::Passed) => true,
        Metric::Share(ShareOf::Success) => {
            cases.clone().any(|case| case.passed != case.success)
                && cases.clone().any(|case| case.success)
                && cases.any(|case| !case.success)
        }
        Metric::Percentile(Quantity::FirstOutput, _) => {
            let differs = |case: &Facts| case.first_output != case.first_token;
            cases.any(|case| case.success && case.first_output.is_some() && differs(case))
        }
        Metric::Percentile(quantity, _) => {
            cases.any(|case| case.success && quantity.of(case).is_some())
        }
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_redact::Redactor;
    use fluxloop_trace::Milliseconds;

    use super::*;

    /// A case that passed, or did not, with this text and this duration in milliseconds.
    fn case(passed: bool, text: u128, duration: f64) -> Facts {
        let duration = Milliseconds::from_millis(duration);
        Facts { passed, success: passed, text, duration, ..Facts::default() }
    }

    /// Runs of the same inputs, each with its cases in both.
    fn runs<'c>(inputs: impl IntoIterator<Item = (&'c [Facts], &'c [Facts])>) -> [Run; 2] {
        let mut runs = [Run::default(), Run::default()];
        for (number, (a, b)) in (0..).zip(inputs) {
            let id = Redactor::none().mask(&format!("q-{number}"));
            for (run, cases) in runs.iter_mut().zip([a, b]) {
                for (iteration, case) in (0..).zip(cases) {
                    run.add(&id, "h", Facts { iteration, case_index: number, ..*case });
                }
            }
        }
        runs
    }

    /// The places of inputs in the groups of interest: regressions, fixed, changed, unchanged.
    #[track_caller]
    fn check(inputs: &[(&[Facts], &[Facts])], expected: [&[u32]; 4]) {
        let [a, b] = runs(inputs.iter().copied());
        let groups = Comparison::of(&a, &b, 1).groups;
        let lists = [groups.regressions, groups.fixed, groups.changed, groups.unchanged];
        let places = lists.map(|list| list.iter().map(|pair| pair.a).collect::<Vec<_>>());
        assert_eq!(places, expected.map(<[u32]>::to_vec));
    }

    #[test]
    fn single_cases_are_sorted_by_what_changed() {
        let (good, other, bad) = (case(true, 1, 9.0), case(true, 2, 9.0), case(false, 3, 9.0));
        check(
            &[
                (&[good], &[good]),
                (&[good], &[bad]),
                (&[bad], &[other]),
                (&[good], &[other]),
                (&[bad], &[bad]),
            ],
            [&[1], &[2], &[3], &[0, 4]],
        );
    }

    #[test]
    fn repeats_regress_by_more_than_chance_alone() {
        let (good, bad) = (case(true, 1, 9.0), case(false, 1, 9.0));
        check(
            &[
                (&[good; 3], &[bad; 3]),
                (&[good; 3], &[good, bad, bad]),
                (&[bad; 4], &[good; 4]),
                (&[good, bad], &[bad, good]),
            ],
            [&[0], &[2], &[], &[1, 3]],
        );
    }

    #[test]
    fn a_regression_is_shown_by_a_repeat_that_failed() {
        let (good, bad) = (case(true, 1, 9.0), case(false, 1, 9.0));
        let [a, b] = runs([(&[bad, good, good, good, good][..], &[bad, bad, bad, bad, bad][..])]);
        let comparison = Comparison::of(&a, &b, 1);
        let shown = comparison.shown(&a, &b);
        let [one, other] = shown[0].cases;
        assert_eq!((shown[0].group, one.iteration, other.iteration), (Group::Regressions, 1, 1));
        assert!(one.passed && !other.passed);
    }

    #[test]
    fn repeats_in_another_order_are_the_same_answers() {
        let (one, other) = (case(true, 1, 9.0), case(true, 2, 9.0));
        check(&[(&[one, other], &[other, one])], [&[], &[], &[], &[0]]);
        check(&[(&[one, one], &[other, one])], [&[], &[], &[0], &[]]);
    }

    #[test]
    fn chance_alone_is_counted_where_there_are_repeats() {
        let (good, bad) = (case(true, 1, 9.0), case(false, 1, 9.0));
        let [a, b] = runs([(&[good; 3][..], &[bad; 3][..]), (&[good; 3], &[good; 3])]);
        let comparison = Comparison::of(&a, &b, 1);
        let [fall, rise] = comparison.by_chance.expect("there are repeats");
        assert!((fall - 0.05).abs() < 1e-9 && (rise - 0.05).abs() < 1e-9, "{fall} and {rise}");
        let [repeats, _] = comparison.repeats.expect("there are repeats");
        assert_eq!((repeats.flaky, repeats.all.map(|all| all.k)), (0, Some(3)));
        let [a, b] = runs([(&[good][..], &[bad][..])]);
        let comparison = Comparison::of(&a, &b, 1);
        assert!(comparison.by_chance.is_none() && comparison.repeats.is_none());
    }

    #[test]
    fn seven_flips_of_two_hundred_hold() {
        let (good, bad) = (case(true, 1, 9.0), case(false, 1, 9.0));
        let flipped = |flips| {
            let inputs = (0..200).map(|number| [good, if number < flips { bad } else { good }]);
            let inputs: Vec<_> = inputs.collect();
            runs(inputs.iter().map(|pair| pair.split_at(1)))
        };
        let [a, b] = flipped(7);
        let primary = Comparison::of(&a, &b, 1).primary();
        assert_eq!(primary.change(), Change::Worse);
        // A third of the 5 % belongs to it: 1/64, times three.
        assert!((primary.p_value.expect("pairs") - 3.0 / 64.0).abs() < 1e-9, "{primary:?}");
        let [a, b] = flipped(6);
        assert_eq!(Comparison::of(&a, &b, 1).primary().change(), Change::Unproven);
    }

    #[test]
    fn figures_that_repeat_others_are_left_out() {
        let good = case(true, 1, 9.0);
        let [a, b] = runs([(&[good][..], &[good][..])]);
        let figures = Comparison::of(&a, &b, 1).figures;
        let names: Vec<_> = figures.iter().map(|figure| figure.metric.to_string()).collect();
        assert_eq!(names, ["passed", "duration_p50", "duration_p95"]);
        let too_few = figures.iter().map(|figure| figure.shift.is_none());
        assert_eq!(too_few.collect::<Vec<_>>(), [false, true, true]);
    }

    #[test]
    fn times_are_better_when_they_are_shorter() {
        let slow: Vec<[Facts; 1]> =
            (0..100).map(|number| [case(true, 1, 100.0 + f64::from(number))]).collect();
        let fast: Vec<[Facts; 1]> =
            (0..100).map(|number| [case(true, 1, 50.0 + f64::from(number))]).collect();
        let [a, b] = runs(slow.iter().map(|it| &it[..]).zip(fast.iter().map(|it| &it[..])));
        let change = |a: &Run, b: &Run| Comparison::of(a, b, 1).figures[1].change();
        assert_eq!((change(&a, &b), change(&b, &a)), (Change::Better, Change::Worse));
    }

    #[test]
    fn runs_without_a_common_input_have_no_figures() {
        let (good, other) = (case(true, 1, 9.0), Run::default());
        let [a, _] = runs([(&[good][..], &[][..])]);
        let comparison = Comparison::of(&a, &other, 1);
        assert_eq!((comparison.groups.only_a, comparison.pairs.len()), (vec![0], 0));
        assert_eq!(Comparison::of(&a, &other, 1).primary().change(), Change::Unproven);
    }
}
