//! Memory, by what is done with the inputs: dry runs, which read all of them and send nothing.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;

use super::process::{CLIENT_CORE, Cost, measure as run, pinned};
use super::programs::Programs;
use super::project::{Project, Secrets};
use crate::docs::Page;

/// How many entries there are, and with `--full`.
const ENTRIES: [u64; 2] = [100_000, 1_000_000];

/// A choice of inputs.
struct Choice {
    what: &'static str,
    file: Kind,
    /// What `inputs` has beside `file`; `HALF` stands for half of the entries.
    keys: &'static str,
}

/// What the entries are written as.
#[derive(Clone, Copy)]
enum Kind {
    Lines,
    LinesWithIds,
    Csv,
}

const CHOICES: [Choice; 7] = [
    Choice { what: "JSON Lines, in the order of the file", file: Kind::Lines, keys: "" },
    Choice {
        what: "`where` that half of them pass",
        file: Kind::Lines,
        keys: ", where: {path: half, equals: 1}",
    },
    Choice { what: "`sample: {count: 1000}`", file: Kind::Lines, keys: ", sample: {count: 1000}" },
    Choice { what: "`sample` of half of them", file: Kind::Lines, keys: ", sample: {count: HALF}" },
    Choice { what: "`shuffle: true`", file: Kind::Lines, keys: ", shuffle: true" },
    Choice { what: "CSV, in the order of the file", file: Kind::Csv, keys: "" },
    Choice { what: "JSON Lines with ids", file: Kind::LinesWithIds, keys: "" },
];

/// What each choice needed.
pub(super) struct Inputs {
    pub(super) entries: u64,
    pub(super) costs: Vec<Cost>,
}

/// Reads many inputs once for each choice.
pub(super) fn measure(programs: &Programs, full: bool) -> Result<Inputs> {
    let clients = programs.clients()?;
    let entries = ENTRIES[usize::from(full)];
    let mut costs = Vec::new();
    for choice in &CHOICES {
        let project = choice.project(entries)?;
        let mut command = pinned(CLIENT_CORE, &clients.fluxloop);
        command.args(["run", "experiment", "--dry-run"]);
        let (cost, _) = run(command, project.folder())?;
        println!("memory, {entries} inputs, {}: {cost:?}", choice.what);
        costs.push(cost);
    }
    Ok(Inputs { entries, costs })
}

impl Choice {
    /// A project with so many entries. Nothing listens at its URL.
    fn project(&self, entries: u64) -> Result<Project> {
        let project = Project::new("http://127.0.0.1:9", 0, Secrets::One)?;
        let name = match self.file {
            Kind::Lines | Kind::LinesWithIds => "inputs.jsonl",
            Kind::Csv => "inputs.csv",
        };
        let keys = self.keys.replace("HALF", &(entries / 2).to_string());
        project.set_inputs(&format!("inputs: {{file: {name}{keys}}}"))?;
        self.file.write(&project.folder().join(name), entries)?;
        Ok(project)
    }
}

impl Kind {
    fn write(self, path: &Path, entries: u64) -> Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        if let Self::Csv = self {
            writeln!(file, "input,half")?;
        }
        for number in 0..entries {
            let (text, half) = (format!("Question {number}: why is the sky blue?"), number % 2);
            match self {
                Self::Lines => writeln!(file, r#"{{"input":"{text}","half":{half}}}"#)?,
                Self::LinesWithIds => {
                    writeln!(file, r#"{{"id":"q-{number}","input":"{text}","half":{half}}}"#)?;
                }
                Self::Csv => writeln!(file, "{text},{half}")?,
            }
        }
        Ok(file.flush()?)
    }
}

impl Inputs {
    /// The table.
    pub(super) fn write(&self, page: &mut Page) {
        page.block(&format!(
            "What is done with the inputs, measured by `fluxloop run experiment --dry-run` with {} \
             entries of about 55 bytes, which reads all of them and sends nothing:",
            self.entries
        ));
        let rows = CHOICES.iter().zip(&self.costs).map(|(choice, cost)| {
            [choice.what.to_owned(), format!("{:.1}", cost.peak), format!("{:.2} s", cost.cpu)]
        });
        page.table(["inputs", "peak MB", "CPU"], rows);
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_config::LoadOptions;

    use super::*;

    #[test]
    fn every_choice_can_be_loaded() {
        let chosen = CHOICES.map(|choice| {
            let project = choice.project(2_000).expect("there is room");
            let current_dir = project.folder().to_owned();
            let options = LoadOptions { current_dir, ..LoadOptions::default() };
            fluxloop_config::load(&options).expect("it is valid").inputs.total()
        });
        assert_eq!(chosen, [2_000, 1_000, 1_000, 1_000, 2_000, 2_000, 2_000]);
    }
}
