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
        *row = runs.map(|runs| figures(&runs));
    }
    Ok(burst)
}

fn figures(runs: &[Run]) -> Figures {
    let thousands = STREAMS as f64 / 1_000.0;
    Figures {
        cpu: median(runs, |run| run.cost.cpu / thousands),
        peak: median(runs, |run| run.cost.peak),
        rate: median(runs, |run| STREAMS as f64 / run.cost.elapsed),
    }
}

/// The middle one of an odd number of values; of an even number the upper of the two.
pub(super) fn median(runs: &[Run], value: impl Fn(&Run) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
