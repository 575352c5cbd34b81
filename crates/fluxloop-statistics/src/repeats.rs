//! What repeats of the same input say.

use crate::Share;

/// Whether some repeats of an input passed, and some did not.
pub fn is_flaky(input: Share) -> bool {
    0 < input.hits() && input.hits() < input.of()
}

/// The chance that at least one of `k` repeats passes, without bias: `1 - C(n - c, k) / C(n, k)`
/// with `c` passed repeats of `n` (Chen et al., "Evaluating Large Language Models Trained on Code",
/// 2021, equation 1). `None` for more repeats than there are.
pub fn pass_at_k(input: Share, k: u64) -> Option<f64> {
    all_within(input.of() - input.hits(), input.of(), k).map(|none_passes| 1.0 - none_passes)
}

/// The chance that all of `k` repeats pass, without bias: `C(c, k) / C(n, k)` with `c` passed
/// repeats of `n` (Yao et al., "τ-bench", 2024). `None` for more repeats than there are.
pub fn pass_hat_k(input: Share, k: u64) -> Option<f64> {
    all_within(input.hits(), input.of(), k)
}

/// `C(some, k) / C(all, k)`: the chance that `k` different ones of `all` are all among `some`.
fn all_within(some: u64, all: u64, k: u64) -> Option<f64> {
    if k > all {
        return None;
    }
    let factors = (0..k).map(|drawn| some.saturating_sub(drawn) as f64 / (all - drawn) as f64);
    Some(factors.product())
}

/// What repeats say, averaged over inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeats {
    /// How many repeats are asked about.
    pub k: u64,
    /// [`pass_at_k`] on average.
    pub pass_at_k: f64,
    /// [`pass_hat_k`] on average.
    pub pass_hat_k: f64,
    /// How many inputs have that many repeats; only these are averaged.
    pub inputs: u64,
}

impl Repeats {
    /// The averages over all inputs with at least `k` repeats; `None` without such an input.
    ///
    /// An input may have fewer repeats than others, because outcomes that say nothing about the
    /// answer are left out of its share.
    pub fn of(inputs: &[Share], k: u64) -> Option<Self> {
        let (mut at, mut hat, mut count) = (0.0, 0.0, 0_u64);
        for &input in inputs {
            if let (Some(once), Some(always)) = (pass_at_k(input, k), pass_hat_k(input, k)) {
                at += once;
                hat += always;
                count += 1;
            }
        }
        let average = |sum: f64| sum / count as f64;
        (count > 0).then(|| Self {
            k,
            pass_at_k: average(at),
            pass_hat_k: average(hat),
            inputs: count,
        })
    }
}

/// What the repeats of all inputs of a run say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RepeatFigures {
    /// How many inputs have a repeat.
    pub inputs: u64,
    /// About a single repeat; `None` without a repeat.
    pub one: Option<Repeats>,
    /// About as many repeats as the input with the most repeats has.
    pub all: Option<Repeats>,
    /// How many inputs passed in some repeats and not in others ([`is_flaky`]).
    pub flaky: u64,
}

impl RepeatFigures {
    /// The figures of inputs, from how many repeats of each input passed.
    pub fn of(inputs: &[Share]) -> Self {
        let most = inputs.iter().map(|share| share.of()).max().unwrap_or_default();
        Self {
            inputs: inputs.len() as u64,
            one: Repeats::of(inputs, 1),
            all: Repeats::of(inputs, most),
            flaky: inputs.iter().filter(|&&share| is_flaky(share)).count() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(hits: u64, of: u64) -> Share {
        Share::new(hits, of).expect("it is a share")
    }

    #[track_caller]
    fn check(input: Share, k: u64, at: f64, hat: f64) {
        let found = (pass_at_k(input, k).expect("enough"), pass_hat_k(input, k).expect("enough"));
        let close = (found.0 - at).abs() < 1e-12 && (found.1 - hat).abs() < 1e-12;
        assert!(close, "{found:?} instead of {:?}", (at, hat));
    }

    #[test]
    fn one_repeat_is_the_rate() {
        check(share(2, 5), 1, 0.4, 0.4);
    }

    #[test]
    fn all_repeats_are_any_and_every() {
        check(share(0, 5), 5, 0.0, 0.0);
        check(share(1, 5), 5, 1.0, 0.0);
        check(share(5, 5), 5, 1.0, 1.0);
    }

    #[test]
    fn some_repeats_are_counted_exactly() {
        // Of 5 repeats 2 passed: of 10 pairs, 3 have no passed one, and 1 has both.
        check(share(2, 5), 2, 0.7, 0.1);
    }

    #[test]
    fn only_inputs_with_enough_repeats_are_averaged() {
        let inputs = [share(4, 4), share(0, 4), share(2, 2)];
        let repeats = Repeats::of(&inputs, 4).expect("two have four");
        assert_eq!((repeats.inputs, repeats.pass_at_k, repeats.pass_hat_k), (2, 0.5, 0.5));
        assert_eq!(Repeats::of(&inputs, 5), None);
        assert_eq!(pass_at_k(share(2, 2), 3), None);
    }

    #[test]
    fn figures_ask_about_the_most_repeats() {
        let figures = RepeatFigures::of(&[share(3, 3), share(1, 3), share(0, 2)]);
        assert_eq!((figures.inputs, figures.flaky), (3, 1));
        assert_eq!(figures.one.map(|one| (one.k, one.inputs)), Some((1, 3)));
        assert_eq!(figures.all.map(|all| (all.k, all.inputs)), Some((3, 2)));
        assert_eq!(RepeatFigures::of(&[]).all, None);
    }

    #[test]
    fn flaky_is_neither_always_nor_never() {
        assert!(is_flaky(share(1, 2)));
        assert!(!is_flaky(share(2, 2)) && !is_flaky(share(0, 2)));
    }
}
