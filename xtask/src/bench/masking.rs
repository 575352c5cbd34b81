//! What masking costs: the same burst with three secrets and with none.

use anyhow::Result;

use super::client::{Client, Load};
use super::goal::Goal;
use super::programs::Programs;
use super::project::{Project, Secrets};
use super::report::Section;
use super::server::{self, Server};
use super::statistics::{median, quartiles};
use crate::docs::Page;

/// How many streams are under way at once.
const PARALLELISM: u64 = 100;
/// Deltas of text in an answer.
const DELTAS: usize = 100;
/// Streams of one run.
const STREAMS: u64 = 5_000;

/// How many rounds there are for one of the burst: a difference this small drowns in fewer.
const TIMES_ROUNDS: u32 = 4;

/// CPU seconds for 1,000 streams in each round: without secrets, with three.
pub(super) struct Masking(Vec<[f64; 2]>);

/// Runs both in turn.
pub(super) fn measure(programs: &Programs, rounds: u32) -> Result<Masking> {
    let clients = programs.clients()?;
    let server = Server::start(clients, server::Args { deltas: DELTAS, delay: 0, gap: 0 })?;
    let none = Project::new(server.url(), STREAMS, Secrets::None)?;
    let three = Project::new(server.url(), STREAMS, Secrets::Three)?;
    let projects = [&none, &three];
    let mut costs = Vec::new();
    for round in 1..=TIMES_ROUNDS * rounds {
        let mut cost = [0.0; 2];
        // Who comes first changes, because the second run of a round may be the luckier one.
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for which in order {
            let load = Load::pinned(STREAMS, PARALLELISM);
            let run = Client::FluxLoop.run(clients, projects[which], load)?;
            cost[which] = run.cost.cpu * 1_000.0 / STREAMS as f64;
        }
        println!("masking, round {round}: CPU for 1,000 streams {cost:.3?}");
        costs.push(cost);
    }
    Ok(Masking(costs))
}

impl Masking {
    /// What three secrets add to the CPU time of each round, in percent.
    fn percents(&self) -> impl Iterator<Item = f64> {
        self.0.iter().map(|[without, with]| (with / without - 1.0) * 100.0)
    }
}

impl Section for Masking {
    fn write(&self, page: &mut Page) {
        page.heading("Masking");
        page.block(&format!(
            "The run at full speed, {PARALLELISM} at once, with the same requests: nothing to \
             mask, and three secrets in all their forms.\n\
             Both run in turn; what counts is the median of the differences round by round, and \
             the middle half of them tells how much of it is noise."
        ));
        let rows = [("no secret", 0), ("three secrets", 1)].map(|(name, which)| {
            let cpu = median(self.0.iter().map(|round| round[which]));
            [name.to_owned(), format!("{cpu:.3} s")]
        });
        page.table(["run", "CPU for 1,000 streams"], rows);
        let [low, high] = quartiles(self.percents());
        let rounds = self.0.len();
        page.block(&format!(
            "Of {rounds} rounds, the middle half lies from {low:.1} to {high:.1} %."
        ));
    }

    fn goals(&self) -> Vec<Goal> {
        let what = "masking three secrets below 5 % of the CPU".to_owned();
        vec![Goal::below(what, median(self.percents()), 5.0, "%")]
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::{met, page_of};
    use super::*;

    #[test]
    fn a_round_in_which_everything_was_slow_leaves_the_difference_alone() {
        let masking = Masking(vec![[1.0, 1.04], [9.0, 9.0], [2.0, 2.08]]);
        assert_eq!(format!("{:.2}", median(masking.percents())), "4.00");
        assert_eq!(met(&masking), [true]);
        assert!(page_of(&masking).contains("| no secret | 2.000 s |\n| three secrets | 2.080 s |"));
    }

    #[test]
    fn more_than_a_twentieth_is_too_much() {
        assert_eq!(met(&Masking(vec![[1.0, 1.06]])), [false]);
    }
}
