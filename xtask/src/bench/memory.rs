//! Memory, by the number of inputs.

use anyhow::Result;

use super::client::{Client, Load, Run};
use super::goal::Goal;
use super::inputs::{self, Inputs};
use super::programs::Programs;
use super::project::{Project, Secrets};
use super::report::Section;
use super::server::{self, Server};
use crate::docs::Page;

/// The answers are short: only the number of inputs counts here.
const DELTAS: usize = 10;
/// How many streams are under way at once.
const PARALLELISM: u64 = 100;

/// What `fluxloop` needed, by the number of inputs and by what is done with them.
pub(super) struct Memory {
    runs: Vec<(u64, Run)>,
    inputs: Inputs,
}

/// The run that others are held against.
const FEW: u64 = 1_000;

/// Runs `fluxloop` with more and more inputs.
pub(super) fn measure(programs: &Programs, full: bool) -> Result<Memory> {
    let clients = programs.clients()?;
    let server = Server::start(clients, server::Args { deltas: DELTAS, delay: 0, gap: 0 })?;
    let counts = [1, FEW, 100_000, 1_000_000];
    let counts = if full { &counts[..] } else { &counts[..3] };
    let mut runs = Vec::new();
    for &inputs in counts {
        let project = Project::new(server.url(), inputs, Secrets::One)?;
        let load = Load::pinned(inputs, PARALLELISM);
        let run = Client::FluxLoop.run(clients, &project, load)?;
        println!("memory, {inputs} inputs: {:?}", run.cost);
        runs.push((inputs, run));
    }
    Ok(Memory { runs, inputs: inputs::measure(programs, full)? })
}

impl Section for Memory {
    fn write(&self, page: &mut Page) {
        page.heading("By the number of inputs");
        page.block(&format!(
            "Short answers, {PARALLELISM} at once; the run with one input is the start of the \
             process."
        ));
        let rows = self.runs.iter().map(|(inputs, run)| {
            [
                inputs.to_string(),
                format!("{:.1}", run.cost.peak),
                format!("{:.2} s", run.cost.cpu),
                format!("{:.2} s", run.cost.elapsed),
            ]
        });
        page.table(["inputs", "peak MB", "CPU", "elapsed"], rows);
        self.inputs.write(page);
    }

    fn goals(&self) -> Vec<Goal> {
        let few = self.runs.iter().find(|(inputs, _)| *inputs == FEW);
        let goal = few.zip(self.runs.last()).map(|((_, few), (inputs, many))| {
            let what = format!("memory with {inputs} inputs within 50 MB of that with {FEW}");
            Goal::at_most(what, many.cost.peak - few.cost.peak, 50.0, "MB")
        });
        goal.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::process::Cost;
    use super::super::report::tests::{met, page_of};
    use super::*;

    fn measured(peak: f64) -> Memory {
        let run = |peak| Run { cost: Cost { peak, ..Cost::default() }, ..Run::default() };
        let runs = vec![(1, run(9.0)), (1_000, run(20.0)), (100_000, run(peak))];
        let cost = Cost { peak: 26.0, cpu: 0.5, ..Cost::default() };
        Memory { runs, inputs: Inputs { entries: 100_000, costs: vec![cost; 7] } }
    }

    #[test]
    fn the_most_inputs_are_held_against_a_thousand() {
        assert_eq!(met(&measured(70.0)), [true]);
        assert_eq!(met(&measured(70.1)), [false]);
        assert!(page_of(&measured(70.0)).contains("| 100000 | 70.0 | 0.00 s | 0.00 s |"));
        assert!(page_of(&measured(70.0)).contains("| `shuffle: true` | 26.0 | 0.50 s |"));
    }
}
