//! Our mock, read by third-party clients: the same ones that read the servers.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::environment::Environment;
use super::groups::Group;
use super::programs::Server;
use super::servers;
use crate::workspace;

/// Lets the client of every configuration read what the mock plays: the input, whatever it is.
/// Gives how many answers were read exactly.
pub(super) fn check(group: &Group, environment: &Environment, fluxloop: &Path) -> Result<u32> {
    let mut inputs: Vec<_> =
        servers::cases(group).iter().map(super::scenario::Case::text).collect();
    inputs.retain(|input| !input.is_empty());
    let cases: Vec<_> = inputs.iter().map(|input| json!({ "name": input })).collect();
    fs::write(environment.folder.join("cases.json"), json!(cases).to_string())?;
    let mut passed = 0;
    for name in servers::configurations(group)? {
        let mut command = Command::new(fluxloop);
        let preset = value(environment, &name, "stream_schema: ")?;
        let path = value(environment, &name, "url: URL")?;
        let path = path.split('?').next().unwrap_or_default();
        command.args(["mock", "--listen=127.0.0.1:0", "--dialect", &preset, "--path", path]);
        environment.prepare(&mut command);
        let mock = Server::start(command, &environment.folder.join("mock.log"))?;
        let read = servers::client(environment, &mock.url, &name)?;
        let wrong = inputs.iter().filter_map(|input| difference(input, &read));
        let wrong: Vec<_> = wrong.collect();
        ensure!(wrong.is_empty(), "{name}: our mock is read otherwise: {}", wrong.join("\n"));
        println!("real: {name}: {} answers of our mock are read exactly", inputs.len());
        passed += u32::try_from(inputs.len())?;
    }
    Ok(passed)
}

/// What follows this key in a configuration.
fn value(environment: &Environment, name: &str, key: &str) -> Result<String> {
    let text = workspace::read(&environment.folder.join(format!("{name}.yaml")))?;
    let mut lines = text.lines().filter_map(|line| line.trim().strip_prefix(key));
    lines.next().map(str::to_owned).with_context(|| format!("`{name}` has no `{key}`"))
}

/// What a client read in place of its input.
fn difference(input: &str, read: &[Value]) -> Option<String> {
    let answer = read.iter().find(|answer| answer["case"] == input);
    let text = answer.map_or(&Value::Null, |answer| &answer["text"]);
    let outcome = answer.map_or(&Value::Null, |answer| &answer["outcome"]);
    let is_right = text == input && outcome == "succeeded";
    (!is_right).then(|| format!("{outcome} with {text} for {input:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, outcome: &str, expected: Option<&str>) {
        let read = [json!({"case": "a\nb", "text": text, "outcome": outcome})];
        assert_eq!(difference("a\nb", &read).as_deref(), expected);
    }

    #[test]
    fn the_input_is_the_text_of_a_whole_answer() {
        check("a\nb", "succeeded", None);
        check("a b", "succeeded", Some(r#""succeeded" with "a b" for "a\nb""#));
        check("a\nb", "cut", Some(r#""cut" with "a\nb" for "a\nb""#));
    }
}
