//! `cargo xtask proof`: the checks that take hours, one after another, and what they found in
//! docs/proof.md.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};

use crate::{steps, workspace};

const FILE: &str = "docs/proof.md";

/// The checks: a name, and the command without its seed.
const CHECKS: &[(&str, &[&str])] = &[
    ("kill", &["kill", "--rounds=200"]),
    ("soak", &["soak", "--cases=100000"]),
    ("endings", &["soak", "--endings"]),
    ("fuzz", &["fuzz", "--seconds=300"]),
    ("alarms", &["alarms", "--rounds=2000"]),
];

/// Which of them, and with what seed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What chance begins with [default: another one each time]
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
}

/// Runs every check, also after one that fails, and writes the page.
pub(crate) fn run(args: &Args) -> Result<()> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u32(1..));
    let state = state()?;
    let mut found = Vec::new();
    for (name, command) in CHECKS {
        let mut arguments: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
        arguments.push(format!("--seed={seed}"));
        println!("proof: {name}");
        found.push(Found::of(name, &arguments)?);
        fs::write(workspace::root().join(FILE), page(&state, &found))?;
    }
    println!("proof: wrote {FILE}");
    let failed: Vec<_> =
        found.iter().filter(|found| !found.holds).map(|found| found.name).collect();
    ensure!(failed.is_empty(), "these checks do not hold: {}", failed.join(", "));
    Ok(())
}

/// What was checked: the commit, and whether files differ from it.
fn state() -> Result<String> {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        workspace::output_of(command.args(arguments).current_dir(workspace::root()))
    };
    let commit = git(&["log", "-1", "--format=commit `%h` of %cs"])?.trim().to_owned();
    let is_clean = git(&["status", "--porcelain"])?.is_empty();
    Ok(if is_clean { commit } else { commit + ", with changes that are not committed" })
}

/// One check and its outcome.
struct Found {
    name: &'static str,
    command: String,
    took: Duration,
    holds: bool,
    /// What it printed on standard output.
    lines: Vec<String>,
}

impl Found {
    /// Runs a command of xtask, shows what it prints, and keeps it.
    fn of(name: &'static str, arguments: &[String]) -> Result<Self> {
        let started = SystemTime::now();
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child =
            command.spawn().with_context(|| format!("`{name}` could not be started"))?;
        let stdout = child.stdout.take().context("it has no output")?;
        let mut lines = Vec::new();
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            println!("{line}");
            lines.push(line);
        }
        let holds = child.wait()?.success();
        let took = started.elapsed().unwrap_or(Duration::ZERO);
        let command = format!("cargo xtask {}", arguments.join(" "));
        Ok(Self { name, command, took, holds, lines })
    }
}

fn page(state: &str, found: &[Found]) -> String {
    let mut page = format!(
        "# Long checks\n\n`cargo xtask proof` wrote this page, at {state}.\n\n\
         | check | minutes | outcome |\n| --- | --- | --- |\n"
    );
    for Found { name, took, holds, .. } in found {
        let outcome = if *holds { "holds" } else { "**does not hold**" };
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {name} | {} | {outcome} |", steps::minutes(*took).trim());
    }
    for Found { name, command, lines, .. } in found {
        let lines = lines.join("\n");
        let _ = write!(page, "\n## {name}\n\n`{command}`\n\n```text\n{lines}\n```\n");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_check_and_its_output() {
        let found = Found {
            name: "soak",
            command: "cargo xtask soak --seed=7".to_owned(),
            took: Duration::from_secs(150),
            holds: false,
            lines: vec!["soak: 3 cases".to_owned(), "  time 1 s".to_owned()],
        };
        let page = page("commit `1a` of 2026-01-02", &[found]);
        assert!(page.contains("at commit `1a` of 2026-01-02."), "{page}");
        assert!(page.contains("| soak | 2.5 | **does not hold** |\n"), "{page}");
        let output =
            "## soak\n\n`cargo xtask soak --seed=7`\n\n```text\nsoak: 3 cases\n  time 1 s\n```\n";
        assert!(page.ends_with(output), "{page}");
    }
}
