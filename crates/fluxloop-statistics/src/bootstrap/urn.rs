//! Drawing inputs with replacement, alike ones at once.

use fastrand::Rng;

use crate::binomial::chance;

/// The inputs to draw from: groups of inputs that are alike, and single ones.
pub(super) struct Urn {
    /// How many inputs each group has.
    pub(super) groups: Vec<u64>,
    /// How many single inputs there are.
    pub(super) singles: u32,
}

/// How often the inputs were drawn.
pub(super) struct Drawn {
    /// How often an input of each group.
    pub(super) groups: Vec<u64>,
    /// How often each single input.
    pub(super) singles: Vec<u32>,
}

impl Urn {
    /// Before the first draw.
    pub(super) fn nothing(&self) -> Drawn {
        Drawn { groups: vec![0; self.groups.len()], singles: vec![0; self.singles as usize] }
    }

    /// Draws as many inputs as there are.
    ///
    /// How often each group is drawn is multinomial, and comes from a binomial number for each
    /// group, given what the groups before it took.
    pub(super) fn draw(&self, rng: &mut Rng, drawn: &mut Drawn) {
        let mut inputs = self.groups.iter().sum::<u64>() + u64::from(self.singles);
        let mut left = inputs;
        for (count, &size) in drawn.groups.iter_mut().zip(&self.groups) {
            *count = binomial(rng, left, size as f64 / inputs as f64);
            left -= *count;
            inputs -= size;
        }
        drawn.singles.fill(0);
        for _ in 0..left {
            drawn.singles[rng.u32(..self.singles) as usize] += 1;
        }
    }
}

/// How many of `trials` are hits, each with the chance `p`: by inversion from the most likely number
/// outwards, so that the work grows with the square root of the trials.
fn binomial(rng: &mut Rng, trials: u64, p: f64) -> u64 {
    if p >= 1.0 || trials == 0 {
        return trials;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between 0 and the number of trials"
    )]
    let mode = ((trials as f64 * p) as u64).min(trials);
    let odds = p / (1.0 - p);
    let (mut low, mut high) = (mode, mode);
    let mut below = chance(mode, trials, p);
    let mut above = below;
    let mut left = rng.f64() - below;
    while left >= 0.0 && (low > 0 || high < trials) {
        if high < trials {
            above *= (trials - high) as f64 * odds / (high + 1) as f64;
            high += 1;
            left -= above;
            if left < 0.0 {
                return high;
            }
        }
        if low > 0 {
            below *= low as f64 / ((trials - low + 1) as f64 * odds);
            low -= 1;
            left -= below;
            if left < 0.0 {
                return low;
            }
        }
    }
    mode
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(trials: u64, p: f64) {
        let mut rng = Rng::with_seed(7);
        let numbers: Vec<f64> = (0..20_000).map(|_| binomial(&mut rng, trials, p) as f64).collect();
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count;
        let (expected, spread) = (trials as f64 * p, trials as f64 * p * (1.0 - p));
        // Five standard errors.
        assert!((mean - expected).abs() < 5.0 * (spread / count).sqrt(), "mean {mean}");
        let error = spread * (2.0 / count).sqrt() + (spread / count).sqrt();
        assert!((variance - spread).abs() < 5.0 * error, "variance {variance}");
    }

    #[test]
    fn binomial_numbers_have_their_mean_and_variance() {
        check(1, 0.3);
        check(10, 0.9);
        check(1_000, 0.002);
        check(100_000, 0.5);
    }

    #[test]
    fn certain_numbers_need_no_chance() {
        let mut rng = Rng::with_seed(7);
        assert_eq!(binomial(&mut rng, 5, 1.0), 5);
        assert_eq!(binomial(&mut rng, 0, 0.5), 0);
        assert_eq!(binomial(&mut rng, 5, 0.0), 0);
    }

    #[test]
    fn as_many_are_drawn_as_there_are() {
        let urn = Urn { groups: vec![90, 7], singles: 3 };
        let mut drawn = urn.nothing();
        let mut sums = [0_u64; 5];
        let mut rng = Rng::with_seed(7);
        for _ in 0..10_000 {
            urn.draw(&mut rng, &mut drawn);
            let singles = drawn.singles.iter().map(|&count| u64::from(count));
            let counts: Vec<u64> = drawn.groups.iter().copied().chain(singles).collect();
            assert_eq!(counts.iter().sum::<u64>(), 100);
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        for (sum, size) in sums.into_iter().zip([90.0, 7.0, 1.0, 1.0, 1.0]) {
            assert!((sum as f64 / 10_000.0 - size).abs() < 0.15, "{sums:?}");
        }
    }

    #[test]
    fn groups_alone_take_every_draw() {
        let urn = Urn { groups: vec![1, 2], singles: 0 };
        let mut drawn = urn.nothing();
        urn.draw(&mut Rng::with_seed(7), &mut drawn);
        assert_eq!(drawn.groups.iter().sum::<u64>(), 3);
    }
}
