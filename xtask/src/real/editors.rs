//! The JSON Schema of the configuration in the programs that editors use.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use super::environment::Environment;
use super::groups::Group;
use super::programs;
use crate::workspace;

/// The pages with whole configurations.
const PAGES: [&str; 3] = ["README.md", "docs/guide.md", "docs/schema.md"];
/// How a block begins that is a whole configuration.
const WHOLE: &str = "```yaml configs/simulation.yaml";

/// Gives schema and configurations to the group's script; gives how many are judged right.
pub(super) fn check(group: &Group) -> Result<u32> {
    let environment = Environment::new(group.name)?;
    let cases = json!({"schema": fluxloop_config::configuration_schema(), "right": right()?});
    fs::write(environment.folder.join("cases.json"), cases.to_string())?;
    let script = environment.script("check").context("the group has no script")?;
    let log = environment.folder.join("check.log");
    let (code, printed) = programs::output(script, &log)?;
    let failed: Vec<&str> = printed.lines().filter(|line| !line.starts_with("ok ")).collect();
    ensure!(code == Some(0), "{}\n{}", failed.join("\n"), programs::tail(&log));
    Ok(printed.lines().filter(|line| line.starts_with("ok ")).map(|_| 1).sum())
}

/// The configurations that come with the project, and those of its pages.
fn right() -> Result<Map<String, Value>> {
    let root = workspace::root();
    let mut right = Map::new();
    for entry in fs::read_dir(root.join("configs"))? {
        let path = entry?.path();
        right.insert(path.display().to_string(), fs::read_to_string(&path)?.into());
    }
    for page in PAGES {
        let text = fs::read_to_string(root.join(page))?;
        for (number, block) in text.split(WHOLE).skip(1).enumerate() {
            let block = block.split("```").next().unwrap_or_default();
            right.insert(format!("{page}, configuration {number}"), block.into());
        }
    }
    Ok(right)
}
