//! How far the figures of a run can be trusted.

use fluxloop_statistics::{Percentile, Sample, Share, share_interval};
use serde_json::{Map, Value, json};

use crate::cases::Row;

/// What chance begins with: the same run gives the same intervals.
const SEED: u64 = 1;

const PERCENTILES: [(&str, Percentile); 4] = [
    ("p50", Percentile::P50),
    ("p90", Percentile::P90),
    ("p95", Percentile::P95),
    ("p99", Percentile::P99),
];

/// What is measured of a case, in the unit of a row.
type Measure = fn(&Row) -> Option<u64>;

const MEASURES: [(&str, Measure); 5] = [
    ("first_output", |row| row.first_output),
    ("first_token", |row| row.first_token),
    ("tpot", |row| row.tpot),
    ("tokens_per_second", |row| row.tokens_per_second),
    ("duration", |row| Some(row.duration)),
];

/// The intervals of percentiles over the cases that succeeded, and of the share that passed. A
/// percentile of too few cases has none.
pub(crate) fn intervals(rows: &[Row]) -> Value {
    let mut all = Map::new();
    for (name, measure) in MEASURES {
        let succeeded = rows.iter().filter(|row| row.success);
        let values = succeeded.filter_map(|row| Some((row.input, measure(row)? as f64 / 1e3)));
        let sample = Sample::new(values);
        let of = PERCENTILES.map(|(label, percentile)| {
            let interval = sample.interval(percentile, SEED);
            (label.to_owned(), json!(interval.map(|it| [it.low, it.high])))
        });
        all.insert(name.to_owned(), Value::Object(of.into_iter().collect()));
    }
    let passed = shares(rows);
    let passed = share_interval(&passed, SEED).map(|it| [it.low, it.high]);
    all.insert("passed".to_owned(), json!(passed));
    Value::Object(all)
}

/// For each input, how many of its cases passed.
fn shares(rows: &[Row]) -> Vec<Share> {
    let inputs = rows.iter().map(|row| row.input as usize + 1).max().unwrap_or(0);
    let mut counts = vec![(0, 0); inputs];
    for row in rows {
        let (passed, of) = &mut counts[row.input as usize];
        *passed += u64::from(row.passed);
        *of += 1;
    }
    counts.into_iter().filter_map(|(passed, of)| Share::new(passed, of)).collect()
}
