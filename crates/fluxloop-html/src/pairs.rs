//! Which cases of two runs belong together.

use fluxloop_compare::{Comparison, Group, Input, Pair, Run};

/// The most cases of a group whose texts are asked for.
const MOST: usize = 300;

/// Two runs that were compared.
#[derive(Debug)]
pub struct Compared {
    /// The comparison as one JSON document.
    json: String,
    /// The case of each run by its index, and the place of their group in [`Group::ALL`].
    cases: Vec<(Option<u64>, Option<u64>, u64)>,
}

impl Compared {
    /// Takes a comparison, and the JSON document that describes it (`docs/compare.md` lists its
    /// members).
    pub fn new(json: String, comparison: &Comparison, (a, b): (&Run, &Run)) -> Self {
        let groups = &comparison.groups;
        let pairs = |pairs: &[Pair]| {
            let inputs = pairs.iter().map(|pair| pair.inputs(a, b));
            inputs.flat_map(|(one, other)| cases(Some(one), Some(other))).collect::<Vec<_>>()
        };
        let alone = |run: &Run, places: &[u32], is_first: bool| {
            let inputs = places.iter().map(|&place| Some(&run.inputs()[place as usize]));
            let sides = inputs.map(|input| if is_first { (input, None) } else { (None, input) });
            sides.flat_map(|(one, other)| cases(one, other)).collect::<Vec<_>>()
        };
        let all = Group::ALL.map(|group| match group {
            Group::Regressions => pairs(&groups.regressions),
            Group::Fixed => pairs(&groups.fixed),
            Group::Changed => pairs(&groups.changed),
            Group::Unchanged => pairs(&groups.unchanged),
            Group::InputChanged => pairs(&groups.input_changed),
            Group::OnlyA => alone(a, &groups.only_a, true),
            Group::OnlyB => alone(b, &groups.only_b, false),
        });
        let cases = (0..).zip(all).flat_map(|(group, cases)| {
            cases.into_iter().map(move |(one, other)| (one, other, group))
        });
        Self { json, cases: cases.collect() }
    }

    /// The cases of each run whose texts matter most: regressions, then fixed inputs, then changed
    /// ones.
    pub fn of_interest(&self) -> [Vec<u64>; 2] {
        let mut sides = [Vec::new(), Vec::new()];
        for group in 0..3 {
            for (one, other, _) in self.cases.iter().filter(|it| it.2 == group).take(MOST) {
                sides[0].extend(*one);
                sides[1].extend(*other);
            }
        }
        sides
    }

    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    pub(crate) fn cases(&self) -> &[(Option<u64>, Option<u64>, u64)] {
        &self.cases
    }
}

/// The cases of an input, those of the same iteration together.
fn cases(a: Option<&Input>, b: Option<&Input>) -> Vec<(Option<u64>, Option<u64>)> {
    let [a, b] = [a, b].map(|input| input.map_or(&[][..], |input| &input.cases));
    let mut iterations: Vec<u32> = a.iter().chain(b).map(|case| case.iteration).collect();
    iterations.sort_unstable();
    iterations.dedup();
    let of = |cases: &[fluxloop_compare::Facts], iteration: u32| {
        cases.iter().find(|case| case.iteration == iteration).map(|case| case.case_index)
    };
    iterations.into_iter().map(|iteration| (of(a, iteration), of(b, iteration))).collect()
}
