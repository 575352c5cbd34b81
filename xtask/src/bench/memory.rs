//! Memory, by the number of inputs.

use anyhow::Result;

use super::Programs;
use super::client::{Client, Run};
use super::project::Project;
use super::server::{self, Server};

/// The answers are short: only the number of inputs counts here.
const DELTAS: usize = 10;
/// How many streams are under way at once.
pub(super) const PARALLELISM: u64 = 100;

/// Runs `fluxloop` with more and more inputs.
pub(super) fn measure(programs: &Programs, full: bool) -> Result<Vec<(u64, Run)>> {
    let server = Server::start(programs, server::Args { deltas: DELTAS, delay: 0, gap: 0 })?;
    let counts = [1, 1_000, 100_000, 1_000_000];
    let counts = if full { &counts[..] } else { &counts[..3] };
    let mut rows = Vec::new();
    for &inputs in counts {
        let project = Project::new(server.url(), inputs)?;
        let run = Client::FluxLoop.run(programs, &project, inputs, PARALLELISM)?;
        println!("memory, {inputs} inputs: {:?}", run.cost);
        rows.push((inputs, run));
    }
    Ok(rows)
}
