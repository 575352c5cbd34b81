//! Generated results of two runs of the same inputs.
//!
//! A case's time is that of its input, times noise of its own, so the two cases of a pair are alike:
//! an input with a long answer takes long in both runs.

use fastrand::Rng;

/// The coefficient of variation of times: their standard deviation, as a part of their mean.
const VARIATION: f64 = 0.3;

/// How often the slower backend answers, and how much longer it takes: a coefficient of variation of
/// 0.24 by itself.
const SLOW: (f64, f64) = (0.4, 1.6);

/// Which part of the variance of the logarithms of times belongs to the input: the answers to one
/// prompt are more alike than those to several. Without any such part no test could find the shift
/// in nine of ten comparisons: the best one, of the mean logarithm, finds it in 90 % if it is the
/// only one.
const OF_INPUT: f64 = 0.8;

/// How times are distributed, and cases over inputs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// One case for each input, with lognormal times.
    Lognormal,
    /// One case for each input; some are answered by a slower backend, mostly in both runs.
    Bimodal,
    /// Five cases for each input, with lognormal times.
    Clustered,
}

impl Shape {
    pub(super) const ALL: [Self; 3] = [Self::Lognormal, Self::Bimodal, Self::Clustered];

    /// The standard deviation of the logarithms of times, so that all of their variation together is
    /// [`VARIATION`].
    fn spread(self) -> f64 {
        let slow = match self {
            Self::Lognormal | Self::Clustered => 0.0,
            Self::Bimodal => {
                let (part, longer) = (SLOW.0 * 0.9, SLOW.1 - 1.0);
                part * (1.0 - part) * (longer / (1.0 + part * longer)).powi(2)
            }
        };
        ((1.0 + VARIATION.powi(2)) / (1.0 + slow)).ln().sqrt()
    }

    /// How many cases an input has.
    fn repeats(self) -> u32 {
        match self {
            Self::Lognormal | Self::Bimodal => 1,
            Self::Clustered => 5,
        }
    }
}

/// The result of one case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) input: u32,
    pub(super) passed: bool,
    pub(super) first_token: f64,
    pub(super) duration: f64,
    pub(super) tokens: f64,
}

/// What an input does to its cases.
struct Input {
    /// The chance that a case passes.
    passes: f64,
    /// Whether the slower backend answers.
    is_slow: bool,
    /// The input's part of the duration, of the time to first token, and of the tokens.
    own: [f64; 3],
}

/// The cases of two runs. Times of the second run are longer by a factor, and nothing else differs.
pub(super) fn runs(shape: Shape, cases: u32, factor: f64, seed: u64) -> [Vec<Case>; 2] {
    let mut rng = Rng::with_seed(seed);
    let mut runs = [Vec::new(), Vec::new()];
    for number in 0..cases / shape.repeats() {
        let input = Input {
            // A tenth of the inputs is hard.
            passes: if rng.f64() < 0.1 { 0.5 } else { 0.98 },
            is_slow: shape == Shape::Bimodal && rng.f64() < SLOW.0,
            own: [normal(&mut rng), normal(&mut rng), normal(&mut rng)],
        };
        for (run, factor) in runs.iter_mut().zip([1.0, factor]) {
            let cases = (0..shape.repeats()).map(|_| input.case(shape, factor, &mut rng));
            run.extend(cases.map(|case| Case { input: number, ..case }));
        }
    }
    runs
}

impl Input {
    fn case(&self, shape: Shape, factor: f64, rng: &mut Rng) -> Case {
        // One slow case in ten is answered by the other backend.
        let is_slow = self.is_slow && rng.f64() >= 0.1;
        let backend = if is_slow { SLOW.1 } else { 1.0 };
        let spread = shape.spread();
        let mut varied = |part: usize| {
            let noise = normal(rng) * (1.0 - OF_INPUT).sqrt();
            (spread * (self.own[part] * OF_INPUT.sqrt() + noise)).exp()
        };
        Case {
            input: 0,
            duration: 1_000.0 * backend * factor * varied(0),
            first_token: 300.0 * backend * factor * varied(1),
            tokens: (250.0 * varied(2)).round(),
            passed: rng.f64() < self.passes,
        }
    }
}

/// A number of the standard normal distribution (Box and Muller, 1958).
fn normal(rng: &mut Rng) -> f64 {
    let (radius, angle) =
        ((-2.0 * (1.0 - rng.f64()).ln()).sqrt(), std::f64::consts::TAU * rng.f64());
    radius * angle.cos()
}
