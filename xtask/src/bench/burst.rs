//! Whole answers at full speed: CPU time for each stream.

use anyhow::Result;

use super::Programs;
use super::client::{Client, Run};
use super::project::Project;
use super::server::{self, Server};

/// The clients, in the order of the table.
pub(super) const CLIENTS: [Client; 3] = [Client::Drain, Client::Value, Client::FluxLoop];
/// How many streams are under way at once.
pub(super) const PARALLELISM: [u64; 2] = [100, 1_000];
/// Deltas of text in an answer, each an event of about 230 bytes.
pub(super) const DELTAS: usize = 100;
/// Streams of one run: enough that starting a process does not count.
pub(super) const STREAMS: u64 = 5_000;

/// What one client needs at one parallelism: medians.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    /// CPU seconds for 1,000 streams.
    pub(super) cpu: f64,
    /// Memory, in MB.
    pub(super) peak: f64,
    /// Streams a second.
    pub(super) rate: f64,
    /// CPU time, as a multiple of what each client of the table needed in the same round.
    pub(super) ratios: [f64; 3],
}

/// By parallelism, then by client.
pub(super) type Burst = [[Figures; 3]; 2];

/// Runs the clients in turn, so that whatever else the machine does meets them all.
pub(super) fn measure(programs: &Programs, rounds: u32) -> Result<Burst> {
    let server = Server::start(programs, server::Args { deltas: DELTAS, delay: 0, gap: 0 })?;
    let project = Project::new(server.url(), STREAMS)?;
    let mut burst = Burst::default();
    for (row, parallelism) in burst.iter_mut().zip(PARALLELISM) {
        let mut runs: [Vec<Run>; 3] = Default::default();
        for round in 1..=rounds {
            for (client, runs) in CLIENTS.into_iter().zip(&mut runs) {
                let run = client.run(programs, &project, STREAMS, parallelism)?;
                println!("burst, {parallelism} at once, round {round}: {client:?} {:?}", run.cost);
                runs.push(run);
            }
        }
        *row = runs.each_ref().map(|ours| figures(ours, &runs));
    }
    Ok(burst)
}

/// What a client needs, beside all clients. A ratio is taken round by round, because the machine is
/// not equally fast in each.
fn figures(ours: &[Run], all: &[Vec<Run>; 3]) -> Figures {
    let thousands = STREAMS as f64 / 1_000.0;
    Figures {
        cpu: median(ours.iter().map(|run| run.cost.cpu / thousands)),
        peak: median(ours.iter().map(|run| run.cost.peak)),
        rate: median(ours.iter().map(|run| STREAMS as f64 / run.cost.elapsed)),
        ratios: all.each_ref().map(|theirs| {
            median(ours.iter().zip(theirs).map(|(ours, theirs)| ours.cost.cpu / theirs.cost.cpu))
        }),
    }
}

/// The middle one of an odd number of values; of an even number the upper of the two.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::process::Cost;

    fn runs(cpu: [f64; 3]) -> Vec<Run> {
        let run = |cpu| Run { cost: Cost { cpu, ..Cost::default() }, ..Run::default() };
        cpu.map(run).to_vec()
    }

    #[test]
    fn a_round_in_which_everything_was_slow_leaves_the_ratio_alone() {
        let all = [runs([1.0, 1.0, 9.0]), runs([4.0, 4.0, 36.0]), runs([2.0, 2.0, 18.0])];
        let figures = figures(&all[2], &all);
        assert_eq!(figures.ratios.map(|ratio| format!("{ratio:.2}")), ["2.00", "0.50", "1.00"]);
        assert_eq!(format!("{:.2}", figures.cpu), "0.40");
    }
}
