//! `report.html` in Chromium of Debian.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::environment::Environment;
use super::groups::Group;
use super::programs;
use crate::{steps, workspace};

/// Makes the picture that the documentation shows (`cargo xtask picture`).
pub(super) fn picture() -> Result<()> {
    let environment = Environment::new("browser")?;
    let mut script = environment.script("picture").context("the group has no script")?;
    let file = workspace::root().join("docs/report.png");
    script.arg(programs::fluxloop()?).arg(&file);
    programs::success(script, &environment.folder.join("picture.log"))?;
    println!("wrote {}", workspace::relative(Path::new(&file)));
    Ok(())
}

/// Makes pages, and runs the group's script, which opens them and judges what it sees; gives how many
/// checks are right.
pub(super) fn check(group: &Group) -> Result<u32> {
    let environment = Environment::new(group.name)?;
    let mut script = environment.script("check").context("the group has no script")?;
    let large = environment.folder.join("large.html");
    let mut maker = workspace::cargo(&["run", "--quiet", "--locked", "--package=fluxloop-html"]);
    maker.arg("--example=large").arg("--").arg(&large);
    print!("{}", programs::success(maker, &environment.folder.join("large.log"))?);
    script.arg(&large);
    let mut pages = environment.script("make").context("the pages have no script")?;
    pages.arg(programs::fluxloop()?);
    programs::success(pages, &environment.folder.join("make.log"))?;
    let log = environment.folder.join("check.log");
    let (code, printed) = programs::output(script, &log)?;
    print!("{printed}");
    if let Some(line) = printed.lines().find(|line| line.starts_with("SKIPPED: ")) {
        steps::skip(&format!("real: {}: {line}", group.name))?;
        return Ok(0);
    }
    ensure!(code == Some(0), "the script ended with {code:?}\n{}", programs::tail(&log));
    Ok(printed.lines().filter(|line| line.starts_with("ok ")).map(|_| 1).sum())
}
