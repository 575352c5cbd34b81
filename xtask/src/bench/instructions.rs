//! Instructions of the hot loops, counted by callgrind and kept in a file.
//!
//! Times depend on what else a machine does; a count is the same to a per mille or so wherever the
//! same compiler made the same code and the processor has the same vector instructions (the check
//! of UTF-8 chooses by them, and the C library too). `cargo xtask bench --check` holds the code against the file,
//! so that nothing creeps up. It needs neither a network nor the mock agent.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::programs::Programs;
use crate::docs::Page;
use crate::workspace;

/// Where the counts are kept, from the workspace's folder.
const FILE: &str = "xtask/src/bench/instructions.txt";

/// By how much a count may exceed what is kept. Below that, a change of the compiler or of the
/// layout is as likely a reason as a change of the code.
const TOLERANCE: f64 = 0.03;

/// A loop: its name in `examples/parts`, how often it runs, and what it does.
struct Loop {
    name: &'static str,
    times: u64,
    what: &'static str,
}

const LOOPS: [Loop; 7] = [
    Loop { name: "decoder", times: 4, what: "decode an OpenAI event of 263 bytes" },
    Loop { name: "extraction", times: 2_000, what: "look up 20 paths in an OpenAI event" },
    Loop { name: "stream", times: 2_000, what: "the same in an event that follows one like it" },
    Loop {
        name: "answer",
        times: 50,
        what: "decode, filter, extract and join an event of an answer",
    },
    Loop { name: "lines", times: 50, what: "the same of an answer in JSON lines" },
    Loop {
        name: "channels",
        times: 50,
        what: "the same by a schema of channels, 40 paths that find values and 40 conditions",
    },
    Loop {
        name: "masking",
        times: 200,
        what: "mask the texts of a record, about 900 bytes, with three secrets",
    },
];

/// Instructions for each event, in the order of [`LOOPS`]; `None` where nobody has counted.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Counts([Option<f64>; LOOPS.len()]);

/// Counts anew. What is above the counts that are kept is an error, unless it is accepted: then it
/// is what is kept from now on.
pub(super) fn check(programs: &Programs, accept: bool) -> Result<()> {
    let Some(valgrind) = version("valgrind") else {
        ensure!(!accept, "valgrind is not installed, and nothing else counts instructions");
        println!("valgrind is not installed; the instructions of the hot loops were not checked");
        return Ok(());
    };
    let mut counted = Counts::default();
    let program = &programs.parts()?.parts;
    for (each, count) in LOOPS.iter().zip(&mut counted.0) {
        *count = Some(each.count(program)?);
    }
    let (lines, risen) = counted.beside(&kept()?);
    println!("{}", lines.join("\n"));
    if accept {
        let rustc = version("rustc").context("rustc does not tell its version")?;
        let text = counted.to_text(&format!("{rustc} and {valgrind}"));
        fs::write(workspace::root().join(FILE), text)
            .with_context(|| format!("`{FILE}` could not be written"))?;
        println!("wrote {FILE}");
    } else if risen {
        bail!(
            "a hot loop needs more instructions than `{FILE}` says\n\
             make it cheaper, or run `cargo xtask bench --check --accept` and say why in the commit"
        );
    }
    Ok(())
}

/// The counts that are kept.
pub(super) fn kept() -> Result<Counts> {
    Counts::from_text(&workspace::read(&workspace::root().join(FILE))?)
}

/// The section of the page.
pub(super) fn write(page: &mut Page, counts: &Counts) {
    page.heading("Instructions");
    page.block(&format!(
        "Instructions for each event, and for each record, counted by callgrind: they do not depend \
         on what else the machine does.\n\
         `{FILE}` keeps them, and `cargo xtask bench --check` fails when one rises by more than \
         {:.0} %.",
        TOLERANCE * 100.0
    ));
    let rows = LOOPS.iter().zip(&counts.0).map(|(each, count)| {
        [each.what.to_owned(), count.map_or_else(|| "–".to_owned(), |count| format!("{count:.0}"))]
    });
    page.table(["to", "instructions"], rows);
}

/// The first line of what a program says about its version, if it is there.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// One run of a loop under callgrind.
#[derive(Clone, Copy)]
struct Counted {
    instructions: f64,
    events: f64,
}

impl Loop {
    /// Instructions for each event. Two runs that differ in length alone: the difference is free
    /// of everything that comes before and after the loop.
    fn count(&self, program: &Path) -> Result<f64> {
        println!("counting the instructions of the loop `{}`", self.name);
        let once = self.run(program, self.times)?;
        let twice = self.run(program, 2 * self.times)?;
        Ok(for_an_event(once, twice))
    }

    fn run(&self, program: &Path, times: u64) -> Result<Counted> {
        /// What the program prints.
        #[derive(Deserialize)]
        struct Ran {
            events: f64,
        }
        let folder = tempfile::tempdir()?;
        let profile = folder.path().join("profile");
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--quiet"])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(program)
            .args(["loop", self.name, &times.to_string()])
            .output()
            .context("valgrind could not be started")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the loop `{}` failed:\n{said}", self.name);
        let ran: Ran = serde_json::from_slice(&output.stdout)?;
        let instructions =
            total(&fs::read_to_string(profile)?).context("callgrind gave no total")?;
        Ok(Counted { instructions, events: ran.events })
    }
}

fn for_an_event(once: Counted, twice: Counted) -> f64 {
    (twice.instructions - once.instructions) / (twice.events - once.events)
}

/// All instructions of a profile in callgrind's format: its `totals:` line, or `summary:` in older
/// versions.
fn total(profile: &str) -> Option<f64> {
    let mut lines = profile.lines();
    let line =
        lines.find_map(|line| line.strip_prefix("totals:").or(line.strip_prefix("summary:")))?;
    line.split_whitespace().next()?.parse().ok()
}

impl Counts {
    /// The file.
    fn to_text(&self, tools: &str) -> String {
        let mut text = format!(
            "# Instructions for each event (or record) of a hot loop, counted with {tools}.\n\
             # `cargo xtask bench --check` holds the code against this file, and with `--accept` \
             writes it.\n"
        );
        for (each, count) in LOOPS.iter().zip(&self.0) {
            if let Some(count) = count {
                writeln!(text, "{} {count:.1}", each.name).expect("a string takes everything");
            }
        }
        text
    }

    fn from_text(text: &str) -> Result<Self> {
        let mut counts = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let wrong = || format!("`{FILE}` has a line that is no count: `{line}`");
            let (name, count) = line.split_once(' ').with_context(wrong)?;
            let place = LOOPS.iter().position(|each| each.name == name).with_context(wrong)?;
            counts.0[place] = Some(count.trim().parse().with_context(wrong)?);
        }
        Ok(counts)
    }

    /// A line about each count beside what is kept, and whether any is too high.
    fn beside(&self, kept: &Self) -> (Vec<String>, bool) {
        let mut too_high = false;
        let lines = LOOPS.iter().zip(self.0.iter().zip(&kept.0)).map(|(each, counts)| {
            let (Some(count), Some(kept)) = counts else {
                too_high = true;
                return format!("{}: `{FILE}` has no count", each.name);
            };
            let change = count / kept - 1.0;
            let verdict = if change > TOLERANCE {
                too_high = true;
                "too much"
            } else if change < -TOLERANCE {
                "less: `--accept` keeps it that way"
            } else {
                "fine"
            };
            let percent = change * 100.0;
            format!("{}: {count:.1} for an event, {percent:+.1} %, {verdict}", each.name)
        });
        (lines.collect(), too_high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_the_program_does_not_count() {
        let run = |events| Counted { instructions: 1e6 + 120.0 * events, events };
        assert_eq!(format!("{:.3}", for_an_event(run(100.0), run(200.0))), "120.000");
    }

    #[test]
    fn the_total_of_a_profile_is_read() {
        let profile = "version: 1\ncmd: parts loop decoder 4\nevents: Ir\n\nfn=main\n3 17\n";
        assert_eq!(total(&format!("{profile}totals: 10567 3\n")), Some(10_567.0));
        assert_eq!(total(&format!("summary: 99\n{profile}")), Some(99.0));
        assert_eq!(total(profile), None);
    }

    #[test]
    fn counts_are_what_was_written() {
        let mut counts = Counts::default();
        (counts.0[0], counts.0[1]) = (Some(120.5), Some(3_000.0));
        let text = counts.to_text("rustc 1.95.0 and valgrind-3.19.0");
        assert!(text.contains("counted with rustc 1.95.0 and valgrind-3.19.0"), "{text}");
        assert!(text.ends_with("\ndecoder 120.5\nextraction 3000.0\n"), "{text}");
        assert_eq!(Counts::from_text(&text).expect("it was just written"), counts);
    }

    #[test]
    fn a_line_that_is_no_count_is_named() {
        for line in ["decoder", "decoder many", "decoders 12"] {
            let error = Counts::from_text(line).expect_err("it is no count").to_string();
            assert!(error.contains(&format!("`{line}`")), "{error}");
        }
    }

    #[track_caller]
    fn check_change(counted: f64, kept: Option<f64>, risen: bool, verdict: &str) {
        let with = |count| {
            let mut counts = [Some(1.0); LOOPS.len()];
            counts[1] = count;
            Counts(counts)
        };
        let (lines, too_high) = with(Some(counted)).beside(&with(kept));
        assert_eq!(too_high, risen, "{lines:?}");
        assert!(lines[1].contains(verdict), "{lines:?}");
    }

    #[test]
    fn only_a_rise_above_the_tolerance_is_a_fault() {
        check_change(102.9, Some(100.0), false, "+2.9 %, fine");
        check_change(103.2, Some(100.0), true, "+3.2 %, too much");
        check_change(97.5, Some(100.0), false, "-2.5 %, fine");
        check_change(50.0, Some(100.0), false, "-50.0 %, less");
        check_change(100.0, None, true, "has no count");
    }

    #[test]
    fn the_file_knows_every_loop() {
        let kept = kept().expect("the file is in order");
        assert!(kept.0.iter().all(Option::is_some), "{kept:?}");
    }
}
