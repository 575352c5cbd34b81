//! Says how far a figure can be trusted, and whether two runs differ by more than chance.
//!
//! One run: [`share_interval`] gives the interval of a share, [`Sample::interval`] that of a
//! percentile, [`RepeatFigures::of`] what repeats of the same input say.
//! Two runs of the same inputs: [`share_shift`] and [`Pairs::shift`] give a [`Shift`] with its
//! interval and its p-value, [`falls`] judges a single input. Whoever judges several figures of
//! the same two runs passes their p-values through [`holm`] first.
//!
//! ```
//! use fluxloop_statistics::{Share, holm, share_interval, share_shift};
//!
//! let [passed, failed] = [1, 0].map(|hits| Share::new(hits, 1).expect("at most one of one"));
//! // 200 inputs: seven passed in the first run alone, and all others in both.
//! let mut pairs = vec![(passed, passed); 193];
//! pairs.extend([(passed, failed); 7]);
//!
//! let shift = share_shift(&pairs, 1).expect("there are inputs");
//! assert_eq!((shift.a, shift.b), (1.0, 0.965));
//! // A coin falls seven times on the same side in one of 64 trials.
//! assert!((shift.p_value - 1.0 / 64.0).abs() < 1e-12);
//! // Judged together with a second figure, that is still less than 5 %.
//! assert!(holm(&[shift.p_value, 0.8])[0] < 0.05);
//!
//! let second: Vec<Share> = pairs.iter().map(|&(_, b)| b).collect();
//! let interval = share_interval(&second, 1).expect("there are inputs");
//! assert!(interval.low > 0.92 && interval.high < 0.99);
//! ```
//!
//! Intervals hold at [`CONFIDENCE`]. The unit of all chance is the input: repeats of an input are
//! alike, so a bootstrap draws inputs with all their repeats, and never single cases.
//!
//! **Invariant:** no I/O and no clock, and no chance but what follows from a seed that the caller
//! passes: the same values and the same seed give the same figures.
//!
//! **Invariant:** the cost of a bootstrap grows with the square root of the number of cases: only
//! inputs whose values lie near the percentile are drawn one by one.

mod binomial;
mod bootstrap;
mod fisher;
mod holm;
mod interval;
mod percentile;
mod repeats;
mod share;

pub use binomial::{at_least, at_most};
pub use bootstrap::{DRAWS, Pairs, Sample, Shift, share_interval, share_shift};
pub use fisher::{falls, false_falls, fisher};
pub use holm::{holm, weighted_holm};
pub use interval::{CONFIDENCE, Interval};
pub use percentile::Percentile;
pub use repeats::{RepeatFigures, Repeats, is_flaky, pass_at_k, pass_hat_k};
pub use share::{Flips, Share, mcnemar, newcombe, wilson};
