//! `cargo xtask alarms`: how often a comparison of two runs finds a shift that is not there, and how
//! often one that is, on generated data.

mod data;

use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};
use data::{Case, Shape};
use fluxloop_statistics::{CONFIDENCE, Pairs, Percentile, Sample, Share, holm, share_shift};

/// The most alarms without a shift: 5 % are meant, and chance and the bootstrap add some.
const MOST_ALARMS: f64 = 0.065;

/// How often a shift of the median has to be found.
const LEAST_FOUND: f64 = 0.9;

/// By which factor times are longer where they are shifted.
const FACTOR: f64 = 1.1;

/// How many cases each run has.
const CASES: u32 = 200;

/// How many cases a large run has, and how long its comparison may take.
const LARGE: (u32, Duration) = (100_000, Duration::from_secs(2));

/// How many comparisons, and with what chances.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many pairs of runs are generated for each kind of data
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    rounds: u32,
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
        let quiet = Counts::of(shape, 1.0, args.rounds, seed);
        let shifted = Counts::of(shape, FACTOR, args.rounds, seed);
        println!(
            "  {:<10} no shift: {:4.1} % alarms; median + 10 %: {:5.1} % found",
            format!("{shape:?}").to_lowercase(),
            100.0 * quiet.alarms,
            100.0 * shifted.found,
        );
        if quiet.alarms > MOST_ALARMS || shifted.found < LEAST_FOUND {
            wrong.push(shape);
        }
    }
    ensure!(wrong.is_empty(), "too many alarms, or too few shifts found: {wrong:?}");
    let took = Shape::ALL.map(|shape| took(shape, seed));
    println!("  {} cases are compared in {took:.1?}", LARGE.0);
    ensure!(took.into_iter().all(|took| took < LARGE.1), "that takes too long");
    Ok(())
}

/// How long the comparison of large runs takes: the shortest of three times, because the machine may
/// do other things too.
fn took(shape: Shape, seed: u32) -> Duration {
    let [a, b] = data::runs(shape, LARGE.0, FACTOR, seed.into());
    let once = |_| {
        let started = SystemTime::now();
        p_values(&a, &b, seed.into());
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
    fn of(shape: Shape, factor: f64, rounds: u32, seed: u32) -> Self {
        let (mut alarms, mut found) = (0, 0);
        for round in 0..rounds {
            let seed = u64::from(seed) << 32 | u64::from(round);
            let [a, b] = data::runs(shape, CASES, factor, seed);
            let p_values = holm(&p_values(&a, &b, seed));
            let holds = |p_value: &f64| *p_value <= 1.0 - CONFIDENCE;
            alarms += u32::from(p_values.iter().any(holds));
            found += u32::from(p_values.first().is_some_and(holds));
        }
        let part = |count: u32| f64::from(count) / f64::from(rounds);
        Self { alarms: part(alarms), found: part(found) }
    }
}

/// The p-values of all figures, that of the median duration first.
fn p_values(a: &[Case], b: &[Case], seed: u64) -> Vec<f64> {
    let shift = |value: fn(&Case) -> f64, percentile| {
        let [a, b] =
            [a, b].map(|run| Sample::new(run.iter().map(|case| (case.input, value(case)))));
        Pairs::new(a, b).shift(percentile, seed)
    };
    let shifts = [
        shift(|case| case.duration, Percentile::P50),
        shift(|case| case.duration, Percentile::P95),
        shift(|case| case.first_token, Percentile::P50),
        shift(|case| case.first_token, Percentile::P95),
        shift(|case| case.tokens / case.duration, Percentile::P50),
        shift(|case| case.tokens, Percentile::P50),
        share_shift(&passed(a).zip(passed(b)).collect::<Vec<_>>(), seed),
    ];
    shifts.into_iter().flatten().map(|shift| shift.p_value).collect()
}

/// How many cases of each input passed.
fn passed(run: &[Case]) -> impl Iterator<Item = Share> {
    run.chunk_by(|one, other| one.input == other.input).filter_map(|cases| {
        let passed = cases.iter().filter(|case| case.passed).count();
        Share::new(passed as u64, cases.len() as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few of the rounds of `cargo xtask proof`, with room for chance.
    #[test]
    fn few_alarms_without_a_shift_and_many_with_one() {
        for shape in Shape::ALL {
            let (quiet, shifted) =
                (Counts::of(shape, 1.0, 60, 1), Counts::of(shape, FACTOR, 60, 1));
            assert!(quiet.alarms <= 0.15, "{shape:?}: {quiet:?}");
            assert!(shifted.found >= 0.8, "{shape:?}: {shifted:?}");
        }
    }
}
