//! Whole answers of a plain server that shares the cores with its client, as fast as it can and at
//! the pace of a model.

use anyhow::Result;

use super::client::{Client, Load, Run};
use super::goal::Goal;
use super::paced::medians;
use super::programs::{Clients, Programs};
use super::project::{Project, Secrets};
use super::report::{FLUXLOOP, Section, VALUE};
use super::server::{self, Server};
use super::statistics::median;
use crate::docs::Page;

/// The clients, in the order of the tables.
const CLIENTS: [Client; 2] = [Client::Value, Client::FluxLoop];
/// How many streams are under way at once.
const PARALLELISM: [u64; 2] = [100, 1_000];
/// Events with text in an answer.
const DELTAS: usize = 100;
/// Streams of one run at full speed.
const STREAMS: u64 = 10_000;
/// At the pace of a model: milliseconds before the first event and between events.
const PACE: server::Args = server::Args { deltas: DELTAS, delay: 100, gap: 20 };
/// Streams of one run at that pace.
const PACED_STREAMS: u64 = 3_000;
/// How often each client runs at that pace.
const PACED_ROUNDS: u32 = 3;

/// A run of each client in the same round.
type Round = [Run; 2];

/// What was measured.
pub(super) struct Plain {
    /// At full speed, by parallelism.
    burst: [Vec<Round>; 2],
    /// At the pace of a model, with the most streams at once.
    paced: Vec<Round>,
}

/// Runs both clients in turn.
pub(super) fn measure(programs: &Programs, rounds: u32) -> Result<Plain> {
    let clients = programs.clients()?;
    let server = Server::start_plain(clients, server::Args { deltas: DELTAS, delay: 0, gap: 0 })?;
    let project = Project::new(server.url(), STREAMS, Secrets::One)?;
    let [few, many] = PARALLELISM;
    let burst = |parallelism| {
        let load = Load::shared(STREAMS, parallelism);
        (1..=rounds).map(|_| one_round(clients, &project, load)).collect::<Result<_>>()
    };
    let burst = [burst(few)?, burst(many)?];
    drop(server);
    let server = Server::start_plain(clients, PACE)?;
    let project = Project::new(server.url(), PACED_STREAMS, Secrets::One)?;
    let load = Load::shared(PACED_STREAMS, many);
    let paced = (0..PACED_ROUNDS).map(|_| one_round(clients, &project, load));
    Ok(Plain { burst, paced: paced.collect::<Result<_>>()? })
}

fn one_round(clients: &Clients, project: &Project, load: Load) -> Result<Round> {
    let mut round = Round::default();
    for (client, run) in CLIENTS.into_iter().zip(&mut round) {
        *run = client.run(clients, project, load)?;
        println!("plain server, {} at once: {client:?} {run:?}", load.parallelism);
    }
    Ok(round)
}

impl Section for Plain {
    fn write(&self, page: &mut Page) {
        page.heading("Against a plain server");
        page.block(&format!(
            "The server is no mock: it writes each event by itself, {DELTAS} of about 230 bytes in \
             an answer, and the system places server and client on the same two cores.\n\
             Each client sends {STREAMS} requests; the figures are for 1,000 streams, and a ratio \
             is the median of the ratios of all rounds."
        ));
        let rows = PARALLELISM.iter().zip(&self.burst).flat_map(|(count, rounds)| {
            let rows = [VALUE, FLUXLOOP].into_iter().enumerate();
            let rows = rows.map(|(client, name)| burst_row(*count, name, client, rounds));
            rows.chain([ratio_row(*count, rounds)])
        });
        page.table(
            ["at once", "client", "streams/s", "user", "system", "switches", "peak MB"],
            rows,
        );
        page.block(
            "Switches are those from one thread to another for each stream, voluntary and \
             involuntary: a client that is woken for every small write has many.",
        );
        self.write_paced(page);
    }

    fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        for (count, rounds) in PARALLELISM.iter().zip(&self.burst) {
            let at = format!("plain server, {count} at once");
            let what = format!("streams/s at least the plain client's, {at}");
            goals.push(Goal::at_least(what, ratio(rounds, rate), 1.0, "×"));
            let what = format!("CPU at most 0.8 × the plain client, {at}");
            goals.push(Goal::at_most(what, ratio(rounds, |run| run.cost.cpu), 0.8, "×"));
            let what = format!("context switches at most 2 × the plain client, {at}");
            goals.push(Goal::at_most(what, ratio(rounds, switches), 2.0, "×"));
        }
        let truth = PACE.delay as f64;
        let [p50, p99] = of_client(&self.paced, 1).first_token;
        for (name, measured, limit, percent) in [("p50", p50, 1.02, 2), ("p99", p99, 1.15, 15)] {
            let what =
                format!("plain server, first token, {name}, within {percent} % of the truth");
            goals.push(Goal::at_most(what, measured / truth, limit, "×"));
        }
        goals
    }
}

impl Plain {
    fn write_paced(&self, page: &mut Page) {
        let [_, many] = PARALLELISM;
        page.block(&format!(
            "The same server at the pace of a model, {many} at once: the first event after {} ms, \
             the others {} ms apart, {PACED_STREAMS} streams, {PACED_ROUNDS} runs.",
            PACE.delay, PACE.gap
        ));
        let rows = [VALUE, FLUXLOOP].into_iter().enumerate().map(|(client, name)| {
            let run = of_client(&self.paced, client);
            [
                name.to_owned(),
                format!("{:.1} ms", run.first_token[0]),
                format!("{:.1} ms", run.first_token[1]),
                format!("{:.3} s", run.cost.cpu * 1e3 / PACED_STREAMS as f64),
                format!("{:.0}", run.cost.peak),
                run.own_lag.map_or_else(|| "–".to_owned(), |lag| format!("{lag:.1} ms")),
            ]
        });
        let cpu = "CPU for 1,000 streams";
        page.table(["client", "first token, p50", "p99", cpu, "peak MB", "own lag, p99"], rows);
    }
}

fn burst_row(count: u64, name: &str, client: usize, rounds: &[Round]) -> [String; 7] {
    let of_client =
        |figure: fn(&Run) -> f64| median(rounds.iter().map(|runs| figure(&runs[client])));
    let thousands = STREAMS as f64 / 1e3;
    [
        count.to_string(),
        name.to_owned(),
        format!("{:.0}", of_client(rate)),
        format!("{:.3} s", of_client(user) / thousands),
        format!("{:.3} s", of_client(|run| run.cost.system) / thousands),
        format!(
            "{:.1} + {:.1}",
            of_client(|run| run.cost.switches[0] as f64) / STREAMS as f64,
            of_client(|run| run.cost.switches[1] as f64) / STREAMS as f64
        ),
        format!("{:.0}", of_client(|run| run.cost.peak)),
    ]
}

/// The second client as a multiple of the first.
fn ratio_row(count: u64, rounds: &[Round]) -> [String; 7] {
    [
        count.to_string(),
        "ratio".to_owned(),
        format!("{:.2} ×", ratio(rounds, rate)),
        format!("{:.2} ×", ratio(rounds, user)),
        format!("{:.2} ×", ratio(rounds, |run| run.cost.system)),
        format!("{:.2} ×", ratio(rounds, switches)),
        format!("{:.2} ×", ratio(rounds, |run| run.cost.peak)),
    ]
}

/// Taken round by round, because the machine is not equally fast in each.
fn ratio(rounds: &[Round], figure: fn(&Run) -> f64) -> f64 {
    median(rounds.iter().map(|[plain, ours]| figure(ours) / figure(plain)))
}

fn rate(run: &Run) -> f64 {
    STREAMS as f64 / run.cost.elapsed
}

fn user(run: &Run) -> f64 {
    run.cost.cpu - run.cost.system
}

fn switches(run: &Run) -> f64 {
    run.cost.switches.iter().sum::<u64>() as f64
}

/// The medians of one client.
fn of_client(rounds: &[Round], client: usize) -> Run {
    medians(&rounds.iter().map(|runs| runs[client]).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::super::process::Cost;
    use super::super::report::tests::{met, page_of};
    use super::*;

    fn run(cpu: f64, elapsed: f64, switches: u64) -> Run {
        let cost = Cost { cpu, system: cpu / 4.0, elapsed, switches: [switches, 0], peak: 20.0 };
        Run { cost, first_token: [102.0, 115.0], own_lag: None }
    }

    /// A plain client, and ours with what it needs as multiples.
    fn measured(cpu: f64, elapsed: f64, switches: u64) -> Plain {
        let round = |slow: f64| [run(slow, slow, 1_000), run(slow * cpu, slow * elapsed, switches)];
        let rounds = vec![round(1.0), round(9.0), round(2.0)];
        Plain { burst: [rounds.clone(), rounds.clone()], paced: rounds }
    }

    #[test]
    fn goals_are_met_at_their_limits() {
        assert_eq!(met(&measured(0.8, 1.0, 2_000)), [true; 8]);
        assert_eq!(met(&measured(0.81, 1.01, 2_001))[..3], [false; 3]);
    }

    #[test]
    fn a_slow_round_leaves_the_ratio_alone() {
        let page = page_of(&measured(0.8, 0.5, 2_000));
        let row = "| 100 | ratio | 2.00 × | 0.80 × | 0.80 × | 2.00 × | 1.00 × |";
        assert!(page.contains(row), "{page}");
    }
}
