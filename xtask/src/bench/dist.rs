//! The program as it is handed out: how large it is, and how fast it starts.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};

use super::goal::Goal;
use super::programs::fluxloop;
use super::report::Section;
use super::start::first_request;
use super::statistics::median;
use crate::docs::Page;

/// Two builds of the program: the one for measuring and debugging, and the one that is handed out.
pub(super) struct Dist {
    release: Figures,
    dist: Figures,
}

/// What was measured of one build.
#[derive(Default)]
struct Figures {
    /// In MB (1,000,000 bytes).
    size: f64,
    /// Milliseconds of each `--version`.
    version: Vec<f64>,
    /// Milliseconds to each first request.
    request: Vec<f64>,
}

/// Starts both in turn.
pub(super) fn measure(rounds: u32) -> Result<Dist> {
    let programs = [fluxloop("release")?, fluxloop("dist")?];
    let [mut release, mut dist] = [Figures::of(&programs[0])?, Figures::of(&programs[1])?];
    for _ in 0..=4 * rounds {
        for (figures, program) in [&mut release, &mut dist].into_iter().zip(&programs) {
            figures.version.push(version(program)?);
            figures.request.push(first_request(program)?);
        }
    }
    println!("dist: {:.1} MB, `--version` in {:.1?} ms", dist.size, dist.version);
    Ok(Dist { release, dist })
}

/// Milliseconds from the start of a process to its end, when all it does is name its version.
fn version(program: &Path) -> Result<f64> {
    let started = SystemTime::now();
    let output = Command::new(program).arg("--version").output();
    let elapsed = started.elapsed()?.as_secs_f64() * 1e3;
    let output = output.with_context(|| format!("`{}` cannot be started", program.display()))?;
    ensure!(output.status.success(), "`--version` failed");
    Ok(elapsed)
}

impl Figures {
    fn of(program: &Path) -> Result<Self> {
        Ok(Self { size: fs::metadata(program)?.len() as f64 / 1e6, ..Self::default() })
    }

    fn row(&self, name: &str) -> [String; 4] {
        let milliseconds = |all: &[f64]| format!("{:.1} ms", median(all.iter().copied()));
        let size = format!("{:.1} MB", self.size);
        [name.to_owned(), size, milliseconds(&self.version), milliseconds(&self.request)]
    }
}

impl Section for Dist {
    fn write(&self, page: &mut Page) {
        page.heading("The program that is handed out");
        page.block(&format!(
            "`cargo build --profile dist` optimizes across all crates and leaves debug information \
             out.\n\
             The size of the program, the time of `fluxloop --version` and the time to the first \
             request (medians of {} starts each, both builds in turn):",
            self.dist.version.len(),
        ));
        let rows = [self.release.row("`release`"), self.dist.row("`dist`")];
        page.table(["profile", "size", "`--version`", "first request"], rows);
    }

    fn goals(&self) -> Vec<Goal> {
        let version = median(self.dist.version.iter().copied());
        vec![
            Goal::at_most("distribution: at most 15 MB".to_owned(), self.dist.size, 15.0, "MB"),
            Goal::at_most(
                "distribution: `--version` in at most 8 ms".to_owned(),
                version,
                8.0,
                "ms",
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::{met, page_of};
    use super::*;

    #[track_caller]
    fn check(size: f64, version: f64, expected: [bool; 2]) {
        let figures = |size| Figures { size, version: vec![version], request: vec![9.0] };
        let section = Dist { release: figures(70.0), dist: figures(size) };
        assert_eq!(met(&section), expected);
    }

    #[test]
    fn only_the_build_that_is_handed_out_counts() {
        check(15.0, 8.0, [true, true]);
        check(15.1, 7.9, [false, true]);
        check(14.9, 8.1, [true, false]);
    }

    #[test]
    fn both_builds_have_a_row_of_medians() {
        let dist = Figures { size: 12.34, version: vec![2.0, 9.0, 3.0], request: vec![9.0] };
        let page = page_of(&Dist { release: Figures::default(), dist });
        assert!(page.contains("| `dist` | 12.3 MB | 3.0 ms | 9.0 ms |"), "{page}");
    }
}
