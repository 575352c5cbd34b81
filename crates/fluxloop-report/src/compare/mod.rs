//! The comparison of two runs: for a terminal, as Markdown, and as JSON.

mod example;
mod figures;
mod json;
mod markdown;
mod screen;
mod sentence;

pub use example::{Example, Side};
use fluxloop_compare::{Comparison, Group, Input, Judged, Run, Setting};
use fluxloop_trace::SummaryFile;
pub use json::comparison_json;
pub use markdown::comparison_markdown;
pub use screen::comparison_screen;

/// One of the runs that are compared.
#[derive(Clone, Copy, Debug)]
pub struct ComparedRun<'r> {
    /// Its folder, as it is shown.
    pub folder: &'r str,
    /// What its `summary.json` holds.
    pub file: &'r SummaryFile,
    /// The facts about its cases.
    pub run: &'r Run,
}

/// All that is shown of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'r> {
    /// The two runs, A and B.
    pub runs: [ComparedRun<'r>; 2],
    /// The comparison itself.
    pub comparison: &'r Comparison,
    /// What else differs between the runs.
    pub settings: &'r [Setting],
    /// Inputs that are shown with their answers.
    pub examples: &'r [Example],
    /// The conditions that were given.
    pub conditions: &'r [Judged],
}

impl Compared<'_> {
    /// The first ids of a group of which no answers are shown.
    fn named(&self, group: Group) -> Vec<&str> {
        let groups = &self.comparison.groups;
        let [a, b] = self.runs.map(|run| run.run.inputs());
        let inputs: Vec<&Input> = match group {
            Group::InputChanged => {
                groups.input_changed.iter().map(|pair| &a[pair.a as usize]).take(NAMED).collect()
            }
            Group::OnlyA => groups.only_a.iter().map(|&at| &a[at as usize]).take(NAMED).collect(),
            Group::OnlyB => groups.only_b.iter().map(|&at| &b[at as usize]).take(NAMED).collect(),
            Group::Regressions | Group::Fixed | Group::Changed | Group::Unchanged => Vec::new(),
        };
        inputs.into_iter().map(|input| input.id.as_str()).collect()
    }
}

/// How many keys that differ are shown.
const SETTINGS: usize = 12;

/// How many ids of a group are named where no answers are shown.
const NAMED: usize = 10;
