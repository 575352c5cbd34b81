//! Answers at the pace of a model: does the client itself make the first token late?

use anyhow::Result;

use super::client::{Client, Load, Run};
use super::goal::Goal;
use super::programs::Programs;
use super::project::{Project, Secrets};
use super::report::{DRAIN, FLUXLOOP, Section};
use super::server::{self, Server};
use super::statistics::median;
use crate::docs::Page;

/// The clients, in the order of the table.
const CLIENTS: [Client; 2] = [Client::Drain, Client::FluxLoop];
/// How often each is run; the median of each figure counts.
const ROUNDS: usize = 3;

/// One pace.
struct Pace {
    parallelism: u64,
    streams: u64,
    server: server::Args,
}

/// The paces, in the order of the table. With 8,000 at once the gaps are longer: the server has one
/// core, and shall not be what is measured.
const PACES: [Pace; 2] = [
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
pub(super) struct Paced([[Run; 2]; 2]);

/// Runs both clients at each pace.
pub(super) fn measure(programs: &Programs) -> Result<Paced> {
    let clients = programs.clients()?;
    let mut paced = <[[Run; 2]; 2]>::default();
    for (row, pace) in paced.iter_mut().zip(&PACES) {
        let server = Server::start(clients, pace.server)?;
        let project = Project::new(server.url(), pace.streams, Secrets::One)?;
        let mut runs: [Vec<Run>; 2] = Default::default();
        for _ in 0..ROUNDS {
            for (client, runs) in CLIENTS.into_iter().zip(&mut runs) {
                let load = Load::pinned(pace.streams, pace.parallelism);
                let run = client.run(clients, &project, load)?;
                println!("paced, {} at once: {client:?} {run:?}", pace.parallelism);
                runs.push(run);
            }
        }
        *row = runs.map(|runs| medians(&runs));
    }
    Ok(Paced(paced))
}

/// The medians of some runs.
pub(super) fn medians(runs: &[Run]) -> Run {
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

impl Section for Paced {
    fn write(&self, page: &mut Page) {
        page.heading("At the pace of a model");
        page.block(
            "The server waits before the first event and between events; the time to first token \
             that a client reports can only be later than that.\n\
             Connections are opened within the measurement.",
        );
        let rows = PACES.iter().zip(&self.0).flat_map(|(pace, runs)| {
            let (count, delay) = (pace.parallelism, pace.server.delay);
            [DRAIN, FLUXLOOP].into_iter().zip(runs).map(move |(name, run)| {
                [
                    format!("{count} at once, first event after {delay} ms"),
                    name.to_owned(),
                    format!("{:.1} ms", run.first_token[0]),
                    format!("{:.1} ms", run.first_token[1]),
                    format!("{:.0}", run.cost.peak),
                    run.own_lag.map_or_else(|| "–".to_owned(), |lag| format!("{lag:.1} ms")),
                ]
            })
        });
        let head = ["pace", "client", "first token, p50", "p99", "peak MB", "own lag, p99"];
        page.table(head, rows);
        page.block(&format!(
            "Medians of {ROUNDS} runs; the own lag, which `summary.json` reports, is the largest \
             of them."
        ));
    }

    fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        for (pace, [drain, ours]) in PACES.iter().zip(&self.0) {
            let (count, truth) = (pace.parallelism, pace.server.delay as f64);
            let many = count == PACES[1].parallelism;
            let [p50, p99] = ours.first_token;
            if !many {
                let what = format!("first token, p50, within 5 % of the truth, {count} at once");
                goals.push(Goal::at_most(what, p50 / truth, 1.05, "×"));
            }
            let what = format!("first token, p99, at most 1.1 × the bare drain, {count} at once");
            goals.push(Goal::at_most(what, p99 / drain.first_token[1], 1.1, "×"));
            if many {
                let what = format!("memory at most 1.1 × the bare drain, {count} at once");
                goals.push(Goal::at_most(what, ours.cost.peak / drain.cost.peak, 1.1, "×"));
                let what =
                    format!("stretch: first token, p99, below 1.5 × the truth, {count} at once");
                goals.push(Goal::below(what, p99 / truth, 1.5, "×"));
            }
            let what = format!("own scheduling lag measured and reported, {count} at once");
            goals.push(Goal::known(what, ours.own_lag, "ms"));
        }
        goals
    }
}

#[cfg(test)]
mod tests {
    use super::super::process::Cost;
    use super::super::report::tests::{met, page_of};
    use super::*;

    fn measured(p50: f64, p99: f64, peak: f64, own_lag: Option<f64>) -> Paced {
        let cost = |peak| Cost { peak, ..Cost::default() };
        let drain = Run { cost: cost(100.0), first_token: [100.0, 200.0], own_lag: None };
        let ours = Run { cost: cost(peak), first_token: [p50, p99], own_lag };
        Paced([[drain, ours]; 2])
    }

    #[test]
    fn a_run_that_is_as_good_as_the_drain_meets_every_goal() {
        assert_eq!(met(&measured(105.0, 220.0, 110.0, Some(3.0))), [true; 7]);
    }

    #[test]
    fn each_figure_has_its_goal() {
        assert_eq!(
            met(&measured(106.0, 220.0, 110.0, Some(3.0))),
            [false, true, true, true, true, true, true]
        );
        assert_eq!(
            met(&measured(105.0, 310.0, 111.0, None)),
            [true, false, false, false, false, false, false]
        );
    }

    #[test]
    fn a_client_that_does_not_know_its_lag_has_a_dash() {
        let page = page_of(&measured(105.0, 220.0, 110.0, Some(3.0)));
        assert!(page.contains("bare drain | 100.0 ms | 200.0 ms | 100 | – |"), "{page}");
        assert!(page.contains("| 105.0 ms | 220.0 ms | 110 | 3.0 ms |"), "{page}");
    }
}
