//! Takes times.

use std::time::Instant;

/// Something to be measured. It does the same work whenever it is called.
pub(crate) type Row<'a> = Box<dyn FnMut() + 'a>;

/// The shortest time of each row, in nanoseconds. The rows take turns.
pub(crate) fn best(rounds: u32, rows: &mut [Row<'_>]) -> Vec<f64> {
    let mut best = vec![f64::INFINITY; rows.len()];
    for _ in 0..rounds {
        for (row, best) in rows.iter_mut().zip(&mut best) {
            *best = best.min(time(row));
        }
    }
    best
}

#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
fn time(row: &mut Row<'_>) -> f64 {
    let started = Instant::now();
    row();
    started.elapsed().as_secs_f64() * 1e9
}
