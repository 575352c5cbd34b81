//! Whole answers at full speed: CPU time for each stream.

use anyhow::Result;

use super::client::{Client, Load, Run};
use super::goal::Goal;
use super::programs::Programs;
use super::project::{Project, Secrets};
use super::report::{DRAIN, FLUXLOOP, Section, VALUE};
use super::server::{self, Server};
use super::statistics::median;
use crate::docs::Page;

/// The clients, in the order of the table.
const CLIENTS: [Client; 3] = [Client::Drain, Client::Value, Client::FluxLoop];
/// How many streams are under way at once.
const PARALLELISM: [u64; 2] = [100, 1_000];
/// Deltas of text in an answer, each an event of about 230 bytes.
const DELTAS: usize = 100;
/// Streams of one run: enough that starting a process does not count.
const STREAMS: u64 = 5_000;

/// What one client needs at one parallelism: medians.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    /// CPU seconds for 1,000 streams.
    cpu: f64,
    /// Memory, in MB.
    peak: f64,
    /// Streams a second.
    rate: f64,
    /// CPU time, as a multiple of what each client of the table needed in the same round.
    ratios: [f64; 3],
}

/// By parallelism, then by client.
pub(super) struct Burst([[Figures; 3]; 2]);

/// Runs the clients in turn, so that whatever else the machine does meets them all.
pub(super) fn measure(programs: &Programs, rounds: u32) -> Result<Burst> {
    let clients = programs.clients()?;
    let server = Server::start(clients, server::Args { deltas: DELTAS, delay: 0, gap: 0 })?;
    let project = Project::new(server.url(), STREAMS, Secrets::One)?;
    let mut burst = <[[Figures; 3]; 2]>::default();
    for (row, parallelism) in burst.iter_mut().zip(PARALLELISM) {
        let mut runs: [Vec<Run>; 3] = Default::default();
        for round in 1..=rounds {
            for (client, runs) in CLIENTS.into_iter().zip(&mut runs) {
                let load = Load::pinned(STREAMS, parallelism);
                let run = client.run(clients, &project, load)?;
                println!("burst, {parallelism} at once, round {round}: {client:?} {:?}", run.cost);
                runs.push(run);
            }
        }
        *row = runs.each_ref().map(|ours| figures(ours, &runs));
    }
    Ok(Burst(burst))
}

impl Section for Burst {
    fn write(&self, page: &mut Page) {
        page.heading("At full speed");
        page.block(&format!(
            "Each answer has {DELTAS} events of about 230 bytes, written back to back.\n\
             Each client sends {STREAMS} requests and keeps so many under way; CPU time is user \
             and system time for 1,000 streams, start of the process included.\n\
             Medians; the ratio to the bare drain, too, is the median of the ratios round by round."
        ));
        let rows = [DRAIN, VALUE, FLUXLOOP].into_iter().enumerate().map(|(client, name)| {
            let [few, many] = self.0.map(|row| row[client]);
            [
                name.to_owned(),
                format!("{:.3} s ({:.2})", few.cpu, few.ratios[0]),
                format!("{:.3} s ({:.2})", many.cpu, many.ratios[0]),
                format!("{:.0} / {:.0}", few.peak, many.peak),
                format!("{:.0} / {:.0}", few.rate, many.rate),
            ]
        });
        let [few, many] = PARALLELISM.map(|count| format!("CPU, {count} at once (ratio)"));
        page.table(["client", &few, &many, "peak MB", "streams/s"], rows);
    }

    fn goals(&self) -> Vec<Goal> {
        let goals = self.0.iter().zip(PARALLELISM).flat_map(|(row, count)| {
            let [of_the_drain, of_the_value, _] = row[2].ratios;
            let of_drain = format!("CPU at most 1.25 × the bare drain, {count} at once");
            let of_value = format!("CPU below the plain client, {count} at once");
            [
                Goal::at_most(of_drain, of_the_drain, 1.25, "×"),
                Goal::below(of_value, of_the_value, 1.0, "×"),
            ]
        });
        goals.collect()
    }
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

#[cfg(test)]
mod tests {
    use super::super::process::Cost;
    use super::super::report::tests::{met, page_of};
    use super::*;

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
    #[test]
    fn each_parallelism_has_its_goals() {
        let [drain, value] = [Figures::default(); 2];
        let ours = |ratios| Figures { cpu: 0.3, ratios, ..Figures::default() };
        let burst = Burst([
            [drain, value, ours([1.25, 0.99, 1.0])],
            [drain, value, ours([1.26, 1.0, 1.0])],
        ]);
        assert_eq!(met(&burst), [true, true, false, false]);
        let page = page_of(&burst);
        assert!(page.contains("| 0.300 s (1.25) | 0.300 s (1.26) |"), "{page}");
    }
}
