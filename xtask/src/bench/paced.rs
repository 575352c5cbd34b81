//! Answers at the pace of a model: does the client itself make the first token late?

use anyhow::Result;

use super::Programs;
use super::burst::median;
use super::client::{Client, Run};
use super::project::Project;
use super::server::{self, Server};

/// The clients, in the order of the table.
pub(super) const CLIENTS: [Client; 2] = [Client::Drain, Client::FluxLoop];
/// How often each is run; the median of each figure counts.
pub(super) const ROUNDS: usize = 3;

/// One pace.
pub(super) struct Pace {
    pub(super) parallelism: u64,
    pub(super) streams: u64,
    pub(super) server: server::Args,
}

/// The paces, in the order of the table. With 8,000 at once the gaps are longer: the server has one
/// core, and shall not be what is measured.
pub(super) const PACES: [Pace; 2] = [
    Pace {
        parallelism: 1_000,
        streams: 3_000,
        server: server::Args { deltas: 100, delay: 100, gap: 20 },
    },
    Pace {
        parallelism: 8_000,
        streams: 8_000,
        server: server::Args { deltas: 20, delay: 200, gap: 200 },
    },
];

/// By pace, then by client.
pub(super) type Paced = [[Run; 2]; 2];

/// Runs both clients at each pace.
pub(super) fn measure(programs: &Programs) -> Result<Paced> {
    let mut paced = Paced::default();
    for (row, pace) in paced.iter_mut().zip(&PACES) {
        let server = Server::start(programs, pace.server)?;
        let project = Project::new(server.url(), pace.streams)?;
        let mut runs: [Vec<Run>; 2] = Default::default();
        for _ in 0..ROUNDS {
            for (client, runs) in CLIENTS.into_iter().zip(&mut runs) {
                let run = client.run(programs, &project, pace.streams, pace.parallelism)?;
                println!("paced, {} at once: {client:?} {run:?}", pace.parallelism);
                runs.push(run);
            }
        }
        *row = runs.map(|runs| medians(&runs));
    }
    Ok(paced)
}

fn medians(runs: &[Run]) -> Run {
    let mut run = Run {
        first_token: [0, 1].map(|which| median(runs.iter().map(|run| run.first_token[which]))),
        own_lag: runs.iter().filter_map(|run| run.own_lag).reduce(f64::max),
        ..Run::default()
    };
    run.cost.cpu = median(runs.iter().map(|run| run.cost.cpu));
    run.cost.peak = median(runs.iter().map(|run| run.cost.peak));
    run.cost.elapsed = median(runs.iter().map(|run| run.cost.elapsed));
    run
}
