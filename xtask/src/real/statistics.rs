//! The figures of fluxloop-statistics, computed again by scipy.

use std::fs;

use anyhow::{Context, Result, ensure};
use fluxloop_statistics::{
    Flips, Pairs, Percentile, Sample, Share, at_least, at_most, fisher, holm, mcnemar, newcombe,
    pass_at_k, pass_hat_k, wilson,
};
use serde_json::{Value, json};

use super::environment::Environment;
use super::groups::Group;
use super::programs;

/// Counts of cases, from one to as many as a large run has.
const COUNTS: [u64; 8] = [1, 3, 10, 59, 200, 1_000, 20_000, 100_000];

/// Lets the group's script compute each figure; gives how many agree.
pub(super) fn check(group: &Group) -> Result<u32> {
    let environment = Environment::new(group.name)?;
    fs::write(environment.folder.join("cases.json"), Value::Array(cases()).to_string())?;
    let script = environment.script("check").context("the group has no script")?;
    let log = environment.folder.join("check.log");
    let (code, printed) = programs::output(script, &log)?;
    let failed: Vec<&str> = printed.lines().filter(|line| !line.starts_with("ok ")).collect();
    ensure!(code == Some(0), "{}\n{}", failed.join("\n"), programs::tail(&log));
    Ok(printed.lines().map(|_| 1).sum())
}

/// The name of a figure, its arguments, and what we computed.
fn cases() -> Vec<Value> {
    let mut cases = shares();
    cases.extend(percentiles());
    cases.extend(families());
    cases.extend(bootstraps());
    cases
}

fn case(name: &str, arguments: impl Into<Value>, found: impl Into<Value>) -> Value {
    json!({"name": name, "arguments": arguments.into(), "found": found.into()})
}

/// Numbers of hits: at both ends, near them, and between.
fn hits(of: u64) -> Vec<u64> {
    let mut hits = vec![0, 1, of / 10, of / 3, of / 2, of - of / 20, of - 1, of];
    hits.sort_unstable();
    hits.dedup();
    hits
}

fn shares() -> Vec<Value> {
    let mut cases = Vec::new();
    for of in COUNTS {
        for hits in hits(of) {
            let share = Share::new(hits, of).expect("it is a share");
            let interval = wilson(share);
            cases.push(case("wilson", [hits, of], [interval.low, interval.high]));
            cases.push(case("mcnemar", [hits, of - hits], [mcnemar(hits, of - hits)]));
            for p in [0.01, 0.5, 0.95] {
                let arguments = json!([hits, of, p]);
                cases.push(case("at_most", arguments.clone(), [at_most(hits, of, p)]));
                cases.push(case("at_least", arguments, [at_least(hits, of, p)]));
            }
            let flips = Flips {
                both: of - hits,
                only_first: hits / 2,
                only_second: hits / 5,
                neither: hits - hits / 2 - hits / 5,
            };
            let Flips { both, only_first, only_second, neither } = flips;
            let interval = newcombe(flips).expect("there are pairs");
            let arguments = [both, only_first, only_second, neither];
            cases.push(case("newcombe", arguments, [interval.low, interval.high]));
        }
    }
    for (of, of_then) in [(1, 1), (3, 3), (5, 5), (5, 10), (10, 7), (100, 100), (1_000, 900)] {
        for first in hits(of) {
            for then in hits(of_then) {
                let shares = [(first, of), (then, of_then)];
                let [one, other] =
                    shares.map(|(hits, of)| Share::new(hits, of).expect("it is a share"));
                cases.push(case("fisher", [first, of, then, of_then], [fisher(one, other)]));
            }
        }
    }
    for (hits, of) in [(0, 5), (2, 5), (5, 5), (7, 20), (31, 100)] {
        let share = Share::new(hits, of).expect("it is a share");
        for k in [1, 2, of] {
            let found = [pass_at_k(share, k), pass_hat_k(share, k)];
            cases.push(case("repeats", [hits, of, k], json!(found)));
        }
    }
    cases
}

fn percentiles() -> Vec<Value> {
    let mut cases = Vec::new();
    for thousandths in [10, 500, 900, 950, 990, 999] {
        let percentile = Percentile::from_thousandths(thousandths).expect("it is a percentile");
        let needed = percentile.needed();
        cases.push(case("needed", [thousandths], [needed]));
        for count in COUNTS.into_iter().chain([needed - 1, needed]) {
            let (low, high) = percentile.ranks(count).unzip();
            cases.push(case("ranks", json!([thousandths, count]), json!([low, high])));
        }
    }
    cases
}

fn families() -> Vec<Value> {
    let families: [&[f64]; 4] = [
        &[0.03],
        &[0.01, 0.04, 0.03, 0.005],
        &[0.02, 0.021, 0.9],
        &[0.5, 0.2, 0.2, 0.001, 0.012, 0.011, 0.7, 1.0],
    ];
    families.map(|values| case("holm", json!(values), json!(holm(values)))).into()
}

/// Shifts of percentiles of single pairs whose times go together.
fn bootstraps() -> Vec<Value> {
    let mut rng = fastrand::Rng::with_seed(20_261_201);
    let mut cases = Vec::new();
    for (count, thousandths) in [(50, 500), (200, 500), (200, 950), (2_000, 900)] {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let own = rng.f64();
            a.push(100.0 + 50.0 * (own + rng.f64()).powi(2));
            b.push(105.0 + 50.0 * (own + rng.f64()).powi(2));
        }
        let percentile = Percentile::from_thousandths(thousandths).expect("it is a percentile");
        let sample = |values: &[f64]| Sample::new((0..).zip(values.iter().copied()));
        let pairs = Pairs::new(sample(&a), sample(&b));
        let shift = pairs.shift(percentile, 1).expect("there are pairs");
        let found = [shift.difference.low, shift.difference.high];
        cases.push(case("bootstrap", json!([thousandths, a, b]), found.to_vec()));
    }
    cases
}
