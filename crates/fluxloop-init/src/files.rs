//! The files that each project gets.

use std::collections::HashMap;

use fluxloop_curl::Text;
use serde_json::{Value, json};

use crate::proposal::{CONFIGURATION, Options, ProposedFile};
use crate::template::{EMPTY_NAME, Place, written};
use crate::yaml;

/// The sample inputs.
pub(crate) const INPUTS: &str = "inputs/questions.yaml";

/// The inputs where the source has none.
pub(crate) const QUESTIONS: [&str; 3] =
    ["Hello! Who are you?", "What can you help me with?", "In one sentence, why is the sky blue?"];

/// The configuration. `source` says what it was made from, `inputs` how its inputs are read, and
/// `http` has the lines below `runner.http`.
pub(crate) fn configuration(
    options: &Options,
    source: &str,
    inputs: &str,
    http: &str,
) -> ProposedFile {
    let comment = "# yaml-language-server: $schema=fluxloop.schema.json\n";
    let schema = if options.has_schema_file { comment } else { "" };
    let name = yaml::scalar(&written(&Text::new(&*options.name), Place::Plain));
    let http: String = http.lines().map(indented).collect();
    let empty =
        "# `${EMPTY:-}` is replaced by nothing; what stands around it is sent as it is.\n\n";
    let empty = if http.contains("${EMPTY:-") { empty } else { "" };
    let content = format!(
        "{schema}# Made by `fluxloop init project` from {source}.\n#\n#   fluxloop run experiment \
         --mock       # try it without the server\n#   fluxloop run experiment --dry-run    # \
         show the first request\n#   fluxloop run experiment              # send every \
         input\n\n{empty}name: {name}\n\n{inputs}\nrunner:\n  http:\n{http}"
    );
    ProposedFile { path: CONFIGURATION, content }
}

fn indented(line: &str) -> String {
    if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }
}

/// The lines of the configuration that name the sample inputs.
pub(crate) fn inputs_lines() -> String {
    format!("# One input a line, or a map with `input`, `id` and more.\ninputs_file: {INPUTS}\n")
}

/// The sample inputs, the given one first.
pub(crate) fn inputs(first: Option<&str>) -> ProposedFile {
    let texts = first.into_iter().chain(QUESTIONS.into_iter().filter(|it| Some(*it) != first));
    let entries: Vec<Value> = texts.map(|text| json!(text)).collect();
    let content = format!(
        "# What is sent: each entry is a case. Nothing in these texts is replaced.\n{}",
        list(&entries)
    );
    ProposedFile { path: INPUTS, content }
}

/// A list as a document.
pub(crate) fn list(entries: &[Value]) -> String {
    entries
        .iter()
        .map(|entry| {
            let text = yaml::member("x", &Value::Array(vec![entry.clone()]), 0);
            let lines = text.lines().skip(1).map(|line| line.strip_prefix("  ").unwrap_or(line));
            lines.flat_map(|line| [line, "\n"]).collect::<String>()
        })
        .collect()
}

/// `.env.example`: the variables that the configuration needs.
pub(crate) fn env_example(variables: &[String]) -> ProposedFile {
    let mut content =
        "# Copy this file to `.env`, which git must ignore, and fill in the values.\n".to_owned();
    if variables.is_empty() {
        content.push_str("# The configuration needs no variable.\n");
    }
    for name in variables {
        content.extend([name, "=\n"]);
    }
    ProposedFile { path: ".env.example", content }
}

/// A variable that a configuration uses.
pub(crate) struct Used {
    pub(crate) name: String,
    /// Whether it need not have a value.
    pub(crate) has_default: bool,
}

/// The variables in a configuration, each once.
pub(crate) fn variables(configuration: &str) -> Vec<Used> {
    let mut used: Vec<Used> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let code = configuration.lines().filter(|line| !line.trim_start().starts_with('#'));
    for (line, at) in code.flat_map(|line| line.match_indices("${").map(move |(at, _)| (line, at)))
    {
        let inside = line[at + 2..].split('}').next().unwrap_or_default();
        let (name, has_default) =
            inside.split_once(':').map_or((inside, false), |(name, _)| (name, true));
        let is_literal = line[..at].ends_with('$');
        if is_literal || name.is_empty() || name == EMPTY_NAME {
            continue;
        }
        let place = *places.entry(name).or_insert(used.len());
        match used.get_mut(place) {
            Some(known) => known.has_default &= has_default,
            None => used.push(Used { name: name.to_owned(), has_default }),
        }
    }
    used
}
