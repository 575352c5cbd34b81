//! Generated results of two runs of the same inputs.
//!
//! A case's time is that of its input, times noise of its own, so the two cases of a pair are alike:
//! an input with a long answer takes long in both runs.

use fastrand::Rng;
use fluxloop_compare::{Facts, Run};
use fluxloop_redact::Redactor;
use fluxloop_trace::{Milliseconds, TokensPerSecond};

/// The coefficient of variation of times: their standard deviation, as a part of their mean.
const VARIATION: f64 = 0.3;

/// How often the slower backend answers, and how much longer it takes: a coefficient of variation of
/// 0.24 by itself.
const SLOW: (f64, f64) = (0.4, 1.6);

/// How the cases of a run are generated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) shape: Shape,
    /// How many cases there are.
    pub(super) cases: u32,
    /// Which part of the variance of the logarithms of times belongs to the input: the answers to
    /// one prompt are more alike than those to several.
    pub(super) of_input: f64,
    /// By which factor the times of the second run are longer.
    pub(super) factor: f64,
}

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

/// What an input does to its cases.
struct Input {
    /// The chance that a case passes.
    passes: f64,
    /// Whether the slower backend answers.
    is_slow: bool,
    /// The input's part of duration, time to first token, time to first output, and tokens.
    own: [f64; 4],
}

/// The cases of two runs. Times of the second run are longer by a factor, and nothing else differs.
pub(super) fn runs(kind: Kind, seed: u64) -> [Run; 2] {
    let Kind { shape, cases, factor, .. } = kind;
    let mut rng = Rng::with_seed(seed);
    let mut runs = [Run::default(), Run::default()];
    for number in 0..cases / shape.repeats() {
        let input = Input {
            // A tenth of the inputs is hard.
            passes: if rng.f64() < 0.1 { 0.5 } else { 0.98 },
            is_slow: shape == Shape::Bimodal && rng.f64() < SLOW.0,
            own: [0; 4].map(|_| normal(&mut rng)),
        };
        let id = Redactor::none().mask(&format!("q-{number}"));
        for (run, factor) in runs.iter_mut().zip([1.0, factor]) {
            for iteration in 0..shape.repeats() {
                let case_index = u64::from(number * shape.repeats() + iteration);
                let facts = input.case(Kind { factor, ..kind }, &mut rng);
                run.add(&id, "", Facts { iteration, case_index, ..facts });
            }
        }
    }
    runs
}

impl Input {
    fn case(&self, kind: Kind, rng: &mut Rng) -> Facts {
        let Kind { shape, of_input, factor, .. } = kind;
        // One slow case in ten is answered by the other backend.
        let is_slow = self.is_slow && rng.f64() >= 0.1;
        let backend = if is_slow { SLOW.1 } else { 1.0 };
        let spread = shape.spread();
        let mut varied = |part: usize| {
            let noise = normal(rng) * (1.0 - of_input).sqrt();
            (spread * (self.own[part] * of_input.sqrt() + noise)).exp()
        };
        let mut time =
            |part, millis| Milliseconds::from_millis(millis * backend * factor * varied(part));
        let (duration, first_token, first_output) =
            (time(0, 1_000.0), time(1, 300.0), time(2, 200.0));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is about 250"
        )]
        let tokens = (250.0 * varied(3)).round() as u64;
        let passed = rng.f64() < self.passes;
        Facts {
            passed,
            success: true,
            first_token: Some(first_token),
            first_output: Some(first_output),
            duration,
            tokens_per_second: TokensPerSecond::of(tokens, duration),
            output_tokens: Some(tokens),
            ..Facts::default()
        }
    }
}

/// A number of the standard normal distribution (Box and Muller, 1958).
fn normal(rng: &mut Rng) -> f64 {
    let (radius, angle) =
        ((-2.0 * (1.0 - rng.f64()).ln()).sqrt(), std::f64::consts::TAU * rng.f64());
    radius * angle.cos()
}
