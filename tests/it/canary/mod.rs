//! The canary: keys are planted, a server sends them back in every form and in every place, and
//! nothing that the program leaves behind holds as much as eight characters of one of them.
//!
//! Every stream and every file is searched. A new sink, a new artifact or a new command fails a
//! test here until it takes part ([`sinks`]), and to be sure that whoever takes part would be
//! heard, the same run without masks has to be found out.

mod answers;
mod commands;
mod cuts;
mod forms;
mod judged;
mod keys;
mod of_cases;
mod panics;
mod parts;
mod runs;
mod search;
mod server;
mod sinks;
mod stops;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use search::Needles;
use server::{Answer, MARK, Server};

use crate::support::{Finished, Project};

/// What the user wrote, keys and all.
const WRITTEN: &[&str] = &[".env", "configs/simulation.yaml", "inputs.jsonl"];

/// The log of everything, our own and that of the libraries.
const LOG: &str = "trace,hyper=trace,hyper_util=trace,reqwest=trace,h2=trace,rustls=trace";

/// How a stream of events is read.
const SSE: &str = "stream: sse\n    stream_output_path: delta";

/// A project with all keys, and the server that sends them back.
struct Canary {
    project: Project,
    server: Server,
}

impl Canary {
    /// `how` is how an answer is read, as keys of `runner.http`.
    fn new(answers: Vec<Answer>, how: &str) -> Self {
        let labels = answers.iter().map(|answer| answer.label.as_str()).enumerate();
        let inputs: String = labels.map(|(number, label)| input(number, label)).collect();
        let server = Server::start(answers.into());
        let project = Project::new(&simulation(&server, how))
            .file(".env", &keys::dotenv())
            .file("inputs.jsonl", &inputs);
        Self { project, server }
    }

    /// `fluxloop run experiment …` with the log of everything.
    fn command(&self, args: &[&str]) -> Command {
        let args = [&["run", "experiment", "--yes", "--exit-zero"], args].concat();
        let mut command = self.project.command(&args);
        command.env(keys::ENVIRONMENT.name, keys::ENVIRONMENT.value).env("RUST_LOG", LOG);
        command
    }

    fn run(&self, args: &[&str]) -> Finished {
        Finished::of(&mut self.command(args))
    }

    /// Where a key is found, in what was said and in what was written.
    fn leaks(&self, said: &[(&str, &str)]) -> Vec<String> {
        let needles = Needles::all();
        let streams = said.iter().flat_map(|(name, text)| {
            needles.find(text.as_bytes()).into_iter().map(move |found| format!("{name}: {found}"))
        });
        streams.chain(needles.find_below(self.project.path(), WRITTEN)).collect()
    }

    /// Expects that no key is found anywhere.
    #[track_caller]
    fn is_silent(&self, said: &Finished) {
        silent(&self.leaks(&[("standard output", &said.stdout), ("standard error", &said.stderr)]));
    }

    /// The file of the only run.
    fn artifact(&self, name: &str) -> PathBuf {
        self.project.experiment().join(name)
    }
}

#[track_caller]
fn silent(leaks: &[String]) {
    let shown: Vec<_> = leaks.iter().take(20).map(String::as_str).collect();
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), shown.join("\n"));
}

/// An input that asks for an answer, and quotes a key here and there.
fn input(number: usize, label: &str) -> String {
    let keys: Vec<_> = keys::all().collect();
    let key = keys[number % keys.len()].value;
    let text = format!("{MARK}{number}: {label}");
    let mut input = match number % 5 {
        0 => {
            let (input, id) = (format!("{text} {key}"), format!("{number} {key}"));
            serde_json::json!({ "input": input, "id": id, "persona": key })
        }
        1 => {
            let pin: u64 = keys::value("PIN_SECRET").parse().expect("a number");
            let metadata = serde_json::json!({ key: key, "deep": [{ "of": [key, pin] }] });
            serde_json::json!({ "input": text, "metadata": metadata, "context": { "of": key } })
        }
        _ => serde_json::json!({ "input": text }),
    };
    input["context"][keys::OF_CONTEXT.name] = keys::OF_CONTEXT.value.into();
    input["metadata"][keys::OF_METADATA.name] = keys::OF_METADATA.value.into();
    format!("{input}\n")
}

/// Keys in every place that takes one, and in some that do not.
fn simulation(server: &Server, how: &str) -> String {
    let (address, literal) = (server.address(), keys::LITERAL.value);
    let (plain, digits) = (keys::value("OPENAI_API_KEY"), keys::value("PIN_SECRET"));
    format!(
        r#"
name: canary of ${{REGION}}
description: the key was {plain}
tags: ["{plain}", "{digits}"]
metadata: {{ note: "{plain}", pin: {digits}, "{plain}": x }}
inputs_file: inputs.jsonl
simulation: {{ parallelism: 8 }}
stop: {{ first_cases: off, same_failures: off, never_succeeded: off }}
security: {{ mask: [REGION] }}
expect:
  - equals: "{plain}"
  - contains: ["{digits}", "{plain}"]
  - not_contains: [e, "{plain}"]
  - matches: "^{plain}$"
  - similar: {{ to: "{plain} {digits}", at_least: 1 }}
  - json_schema: {{ const: "{plain}" }}
  - {{ equals: "{plain}", path: "$['{plain}']" }}
  - {{ contains: "{plain}", channel: reasoning }}
  - tool_calls: {{ names: ["{plain}"], arguments: {{ "{plain}": {{ "{plain}": {digits} }} }} }}
  - finish_reason: "{plain}"
  - prefix: {{ characters: 5, within: 1ms, contains: "{plain}" }}
runner:
  http:
    url: http://canary:${{BASIC_PASSWORD}}@agent.invalid/chat?api_key=${{URL_KEY}}
    proxy: http://canary:${{PROXY_PASSWORD}}@{address}
    headers:
      X-Api-Key: ${{OPENAI_API_KEY}}
      Api-Key: {literal}
      X-Auth-Token: Bearer ${{GATEWAY_TOKEN}}
      Cookie: session=${{SESSION_COOKIE}}
      X-Session-Id: ${{DB_PASS}}
      X-Note: tool=${{TOOL}}
    query: {{ token: "${{ODD_TOKEN}}" }}
    body_template:
      mapping: {{ input: $.input, key: "${{SIGNING_KEY}}", region: "${{REGION}}", of: $.context }}
    {how}
    retry: {{ attempts: 1, backoff: 1ms }}
"#
    )
}

/// How many lines a file has.
fn lines(path: PathBuf) -> usize {
    fs::read_to_string(path).expect("the file is there").lines().count()
}
