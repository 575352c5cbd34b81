//! A third-party server that breaks its answers, and judges its client: `llmock`.

use std::process::Command;

use anyhow::{Result, ensure};

use super::environment::Environment;
use super::groups::Group;
use super::{programs, servers};

/// Runs the cases of each configuration: every one has to succeed in the end, and the server's
/// verdict has to be clean. Gives how many succeeded.
pub(super) fn check(group: &Group) -> Result<u32> {
    let environment = Environment::new(group.name)?;
    let cases = servers::cases(group);
    let server = servers::start(&environment, &cases)?;
    let fluxloop = programs::fluxloop()?;
    let mut passed = 0;
    for name in servers::configurations(group)? {
        let traces = servers::read(&fluxloop, &environment, &server.url, &name, &cases)?;
        for (case, trace) in cases.iter().zip(traces) {
            let output = trace["output"].as_str().unwrap_or_default();
            ensure!(trace["success"] == true, "{name}/{}: {}", case.name, trace["error"]);
            ensure!(output.contains(&case.name), "{name}/{}: the text is `{output}`", case.name);
            passed += 1;
        }
    }
    let mut report = Command::new(environment.folder.join("python/bin/llmock"));
    report.args(["report", "--strict", "--url", &server.url]);
    environment.prepare(&mut report);
    print!("{}", programs::success(report, &environment.folder.join("report.log"))?);
    Ok(passed)
}
