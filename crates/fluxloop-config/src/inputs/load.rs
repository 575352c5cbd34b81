//! Finds, reads and checks the inputs of a configuration.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_plan::{Fingerprint, Input};
use serde_json::Value;

use super::document::{Placed, json_file, nodes, yaml_file};
use super::entry::Rules;
use super::ids::{Ids, Verdict};
use super::list::Source;
use super::stream::{Census, Format, StreamFile};
use super::{InputFault, Inputs};
use crate::error::{Fault, Oddity};
use crate::resolve::{NamedFile, Reader};
use crate::yaml::{Node, Shape};
use crate::{LoadOptions, Origin};

/// What became of the inputs.
pub(crate) enum Found {
    /// They are sound.
    Inputs(Inputs),
    /// The configuration names none.
    None,
    /// They are wrong; the report says how.
    Faulty,
}

/// The inputs of a configuration.
pub(crate) fn load(reader: &mut Reader<'_>, options: &LoadOptions) -> Found {
    let rules = Arc::new(Rules {
        template: reader.input_template(),
        personas: options.personas.iter().map(|name| name.trim().to_owned()).collect(),
    });
    let listed = reader.persona_names();
    let (file, base) = (reader.node("inputs_file"), reader.node("base_inputs"));
    let found = match (file, base) {
        (Some(_), base) => {
            if let Some(base) = base {
                reader.warn(base, "base_inputs", Oddity::InputsTwice);
            }
            of_file(reader, &rules)
        }
        (None, Some(base)) => of_configuration(reader, base, &rules),
        (None, None) => return Found::None,
    };
    let Some((inputs, personas)) = found else {
        return Found::Faulty;
    };
    check_personas(reader, &rules, &personas, &listed);
    if reader.report.is_faulty() { Found::Faulty } else { Found::Inputs(inputs) }
}

/// Inputs, and the personas that they name.
type Read = Option<(Inputs, BTreeSet<String>)>;

fn of_configuration(reader: &mut Reader<'_>, base: &Node, rules: &Arc<Rules>) -> Read {
    let Shape::List(items) = &base.shape else {
        reader.wrong_type(base, "base_inputs", "a list");
        return None;
    };
    if items.is_empty() {
        let right = "the smallest thing to write is `[\"Hello\"]`";
        reader.fault(base, "base_inputs", Fault::Empty { right });
        return None;
    }
    let entries = nodes(items, "base_inputs", &mut reader.report)?;
    let values: Vec<Value> = items.iter().map(Node::to_json).collect();
    let text = serde_json::to_vec(&values).expect("JSON values have a text");
    Some(collect(reader, entries, Fingerprint::of(&text), rules))
}

fn of_file(reader: &mut Reader<'_>, rules: &Arc<Rules>) -> Read {
    let NamedFile { path, shown } = reader.file("inputs_file")?;
    let node = reader.node("inputs_file")?;
    let shown: Arc<Path> = shown.into();
    let problem = match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => None,
        Ok(metadata) if metadata.is_dir() => Some(std::io::ErrorKind::IsADirectory),
        Ok(_) => Some(std::io::ErrorKind::InvalidInput),
        Err(error) => Some(error.kind()),
    };
    if let Some(kind) = problem {
        let fault = Fault::FileUnreadable { path: shown.to_path_buf(), kind };
        reader.fault(node, "inputs_file", fault);
        return None;
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let entries = match extension.as_str() {
        "yaml" | "yml" => yaml_file(&path, &shown, &mut reader.report)?,
        "json" => json_file(&path, &shown, &mut reader.report)?,
        "jsonl" | "ndjson" => return of_stream(reader, path, shown, Format::JsonLines, rules),
        "csv" => return of_stream(reader, path, shown, Format::Csv, rules),
        _ => {
            reader.fault(node, "inputs_file", InputFault::Extension.into());
            return None;
        }
    };
    if entries.is_empty() {
        let smallest = if extension == "json" { "`[\"Hello\"]`" } else { "`- Hello`" };
        reader.report.fault(&Origin::file(&shown), "", InputFault::Empty { smallest });
        return None;
    }
    let bytes = std::fs::read(&path).unwrap_or_default();
    Some(collect(reader, entries, Fingerprint::of(&bytes), rules))
}

/// Inputs that are kept in memory.
fn collect(
    reader: &mut Reader<'_>,
    entries: Vec<Placed>,
    fingerprint: Fingerprint,
    rules: &Arc<Rules>,
) -> (Inputs, BTreeSet<String>) {
    let mut ids = Ids::default();
    for (_, entry) in &entries {
        ids.add(entry.id.as_deref());
    }
    let mut verdict = Verdict::new(ids.suspects());
    for (number, (origin, entry)) in entries.iter().enumerate() {
        let id = entry.id.clone().unwrap_or_else(|| number.to_string());
        if let Some(first) = verdict.look(&id, || format!("at {origin}")) {
            let fault = InputFault::DuplicateId { first: first.to_owned() };
            reader.report.fault(origin, "", fault);
        }
    }
    let personas = entries.iter().filter_map(|(_, entry)| entry.input.persona.clone()).collect();
    let inputs: Arc<[Arc<Input>]> =
        (0..).zip(entries).filter_map(|(number, (_, entry))| rules.apply(entry, number)).collect();
    let total = inputs.len() as u64;
    (Inputs::new(Source::Memory(inputs), rules, total, fingerprint), personas)
}

/// Inputs that stay on disk.
fn of_stream(
    reader: &mut Reader<'_>,
    path: PathBuf,
    shown: Arc<Path>,
    format: Format,
    rules: &Arc<Rules>,
) -> Read {
    let origin = Origin::file(&shown);
    let census = StreamFile::open(path, shown, format)
        .and_then(|file| Ok((file.census(rules, &mut reader.report)?, file)));
    let (Census { selected, is_empty, personas, fingerprint }, file) = match census {
        Ok(census) => census,
        Err(error) => {
            reader.report.fault(&origin, "", InputFault::Unreadable(error.kind()));
            return None;
        }
    };
    if is_empty {
        let smallest = match format {
            Format::JsonLines => "`\"Hello\"`",
            Format::Csv => "a line `input`, and a line `Hello`",
        };
        reader.report.fault(&origin, "", InputFault::Empty { smallest });
        return None;
    }
    let source = Source::Stream(Arc::new(file));
    Some((Inputs::new(source, rules, selected, fingerprint), personas))
}

impl Inputs {
    fn new(source: Source, rules: &Arc<Rules>, total: u64, mut hash: Fingerprint) -> Self {
        // Lengths keep neighbours apart: template `ab` and persona `c` is not `a` and `bc`.
        for part in rules.template.iter().chain(&rules.personas) {
            hash.add(format!("\n{}:{part}", part.len()).as_bytes());
        }
        Self { source, rules: Arc::clone(rules), total, hash: hash.to_string() }
    }
}

/// Reports personas that were asked for and are not there; warns about those that nobody listed.
fn check_personas(
    reader: &mut Reader<'_>,
    rules: &Rules,
    present: &BTreeSet<String>,
    listed: &BTreeSet<String>,
) {
    for name in rules.personas.difference(present) {
        let known = present.iter().take(20).cloned().collect();
        let fault = InputFault::NoSuchPersona { name: name.clone(), known };
        reader.report.fault(&Origin::Flag("--personas"), "", fault);
    }
    let unknown: Vec<String> = present.difference(listed).take(20).cloned().collect();
    if !listed.is_empty()
        && !unknown.is_empty()
        && let Some(node) = reader.node("personas")
    {
        reader.warn(node, "personas", Oddity::UnknownPersonas(unknown));
    }
}

impl Reader<'_> {
    /// `input_template`, as it is: nothing in it is replaced but `{input}` and `{persona}`.
    fn input_template(&mut self) -> Option<String> {
        let path = "input_template";
        let node = self.node(path)?;
        let Shape::Text(text) = &node.shape else {
            self.wrong_type(node, path, "text");
            return None;
        };
        if !text.text.contains("{input}") {
            self.warn(node, path, Oddity::TemplateWithoutInput);
        }
        Some(text.text.clone())
    }

    /// The names in `personas`.
    fn persona_names(&mut self) -> BTreeSet<String> {
        let path = "personas";
        let Some(node) = self.node(path) else {
            return BTreeSet::new();
        };
        let Shape::List(items) = &node.shape else {
            self.wrong_type(node, path, "a list");
            return BTreeSet::new();
        };
        let mut names = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            match &item.get("name").unwrap_or(item).shape {
                Shape::Text(name) => {
                    names.insert(name.text.clone());
                }
                _ => self.fault(item, &format!("{path}[{index}]"), Fault::NotAPersona),
            }
        }
        names
    }
}
