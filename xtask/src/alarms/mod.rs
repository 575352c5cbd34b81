//! `cargo xtask alarms`: how often a comparison of two runs finds a shift that is not there, and how
//! often one that is, on generated data.

mod data;
mod pairs;

use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};
use data::{Kind, Shape};
use fluxloop_compare::{Change, Comparison, Figure, Metric, Quantity};
use fluxloop_statistics::Percentile;

/// The most alarms without a shift: 5 % are meant, and chance and the bootstrap add some.
const MOST_ALARMS: f64 = 0.065;

/// How often a shift of the median has to be found.
const LEAST_FOUND: f64 = 0.9;

/// By which factor times are longer where they are shifted.
const FACTOR: f64 = 1.1;

/// The figure whose shift has to be found.
const DURATION: Metric = Metric::Percentile(Quantity::Duration, Percentile::P50);

/// How many cases each run has.
const CASES: u32 = 200;

/// Which part of the variation belongs to the input where a shift has to be found, and another one,
/// for comparison. Without any such part no test could find it in nine of ten comparisons: the best
/// test, of the mean logarithm, finds it in 90 % if no other figure is tested.
const OF_INPUT: [f64; 2] = [0.8, 0.5];

/// How many cases a large run has, and how long its comparison may take.
const LARGE: (u32, Duration) = (100_000, Duration::from_secs(2));

/// How many comparisons, and with what chances.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many pairs of runs are generated for each kind of data
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    rounds: u32,
    /// How many pairs of real runs against a mock are compared, with a shift and without
    #[arg(long, value_name = "N", default_value_t = 20)]
    pairs: u32,
    /// What chance begins with [default: another one each time]
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
}

/// Counts, prints, and judges.
pub(crate) fn run(args: &Args) -> Result<()> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u32(1..));
    println!("alarms: {} comparisons of {CASES} pairs each, seed {seed}", args.rounds);
    let mut wrong = Vec::new();
    for shape in Shape::ALL {
        let kind = Kind { shape, cases: CASES, of_input: OF_INPUT[0], factor: 1.0 };
        let quiet = Counts::of(kind, args.rounds, seed);
        let found = OF_INPUT.map(|of_input| {
            Counts::of(Kind { of_input, factor: FACTOR, ..kind }, args.rounds, seed).found
        });
        println!(
            "  {:<10} no shift: {:4.1} % alarms; median + 10 %: {:5.1} % found, and {:5.1} % where \
             inputs decide less",
            format!("{shape:?}").to_lowercase(),
            100.0 * quiet.alarms,
            100.0 * found[0],
            100.0 * found[1],
        );
        if quiet.alarms > MOST_ALARMS || found[0] < LEAST_FOUND {
            wrong.push(shape);
        }
    }
    ensure!(wrong.is_empty(), "too many alarms, or too few shifts found: {wrong:?}");
    let took = Shape::ALL.map(|shape| took(shape, seed));
    println!("  {} cases are compared in {took:.1?}", LARGE.0);
    ensure!(took.into_iter().all(|took| took < LARGE.1), "that takes too long");
    pairs::run(args.pairs, seed.into())
}

/// How long the comparison of large runs takes: the shortest of three times, because the machine may
/// do other things too.
fn took(shape: Shape, seed: u32) -> Duration {
    let kind = Kind { shape, cases: LARGE.0, of_input: OF_INPUT[0], factor: FACTOR };
    let [a, b] = data::runs(kind, seed.into());
    let once = |_| {
        let started = SystemTime::now();
        Comparison::of(&a, &b, seed.into());
        started.elapsed().unwrap_or_default()
    };
    (0..3).map(once).min().unwrap_or_default()
}

/// Parts of all comparisons.
#[derive(Debug)]
struct Counts {
    /// Where any figure shifts by more than chance.
    alarms: f64,
    /// Where the median of the duration does.
    found: f64,
}

impl Counts {
    fn of(kind: Kind, rounds: u32, seed: u32) -> Self {
        let (mut alarms, mut found) = (0, 0);
        for round in 0..rounds {
            let seed = u64::from(seed) << 32 | u64::from(round);
            let [a, b] = data::runs(kind, seed);
            let figures = Comparison::of(&a, &b, seed).figures;
            let holds = |figure: &Figure| figure.change() != Change::Unproven;
            alarms += u32::from(figures.iter().any(holds));
            let duration = figures.iter().find(|figure| figure.metric == DURATION);
            found += u32::from(duration.is_some_and(|it| it.change() == Change::Worse));
        }
        let part = |count: u32| f64::from(count) / f64::from(rounds);
        Self { alarms: part(alarms), found: part(found) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few of the rounds of `cargo xtask proof`, with room for chance.
    #[test]
    fn few_alarms_without_a_shift_and_many_with_one() {
        for shape in Shape::ALL {
            let kind = |factor| Kind { shape, cases: CASES, of_input: OF_INPUT[0], factor };
            let [quiet, shifted] = [1.0, FACTOR].map(|factor| Counts::of(kind(factor), 60, 1));
            assert!(quiet.alarms <= 0.15, "{shape:?}: {quiet:?}");
            assert!(shifted.found >= 0.8, "{shape:?}: {shifted:?}");
        }
    }
}
