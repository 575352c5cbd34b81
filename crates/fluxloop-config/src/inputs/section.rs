//! Reads what the configuration says about inputs.

use std::collections::BTreeSet;
use std::sync::Arc;

use fluxloop_plan::Plan;
use fluxloop_redact::Redactor;
use fluxloop_schema::{Condition, SchemaFaultKind, key};
use glob::Pattern;
use serde_json::{Value, json};

use super::InputFault;
use super::choice::{Choice, Sample};
use super::foreign::Preset;
use super::format::Format;
use super::members::{EXPECT, EXPECTED, Members, PARTS, Pick};
use crate::error::{Fault, Oddity};
use crate::resolve::Reader;
use crate::yaml::Shape;
use crate::{LoadOptions, Origin};

/// What `inputs` and the flags say, but for the files.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) format: Option<Format>,
    pub(super) delimiter: Option<u8>,
    pub(super) members: Members,
    pub(super) choice: Choice,
    /// All of it that decides what is sent, for the hash; null where nothing is said.
    pub(super) written: Value,
}

/// The keys of the table, in the order of [`PARTS`].
const PART_KEYS: [&str; PARTS.len()] = [
    "inputs.input",
    "inputs.messages",
    "inputs.id",
    "inputs.persona",
    "inputs.context",
    "inputs.expected",
    "inputs.expect",
];

impl Section {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        options: &LoadOptions,
        plan: Option<&Plan>,
    ) -> Self {
        let format = reader.format();
        let mut picks: [Vec<Pick>; PARTS.len()] = Default::default();
        for (part, key) in PART_KEYS.into_iter().enumerate() {
            picks[part] = reader.picks(key, [EXPECTED, EXPECT].contains(&part));
        }
        let preset = reader.one_of("inputs.preset").and_then(Preset::named);
        let seed = plan.and_then(|plan| plan.seed).unwrap_or_default();
        let (count, own) =
            (reader.integer("inputs.sample.count"), reader.integer("inputs.sample.seed"));
        if count.is_none() && own.is_some() {
            reader.missing("inputs.sample.count", "sample: {count: 50, seed: 7}");
        }
        let shuffle = reader.bool("inputs.shuffle").filter(|shuffle| *shuffle);
        let limits = [reader.integer("inputs.limit"), options.limit];
        let redactor = || plan.map_or_else(|| Arc::new(Redactor::none()), |it| it.redactor.clone());
        let choice = Choice {
            condition: reader.input_condition(),
            personas: options.personas.iter().map(|name| name.trim().to_owned()).collect(),
            only: reader.patterns(options),
            ids: options.ids.clone().map(|ids| (ids, redactor())),
            sample: count.map(|count| Sample { count, seed: own.unwrap_or(seed) }),
            shuffle: shuffle.map(|_| seed),
            limit: limits.into_iter().flatten().min(),
        };
        let delimiter = reader.delimiter();
        let written = reader.written_section(options, seed);
        Self { format, delimiter, members: Members { preset, picks }, choice, written }
    }
}

impl Reader<'_> {
    fn format(&mut self) -> Option<Format> {
        let key = "inputs.format";
        let node = self.node(key)?;
        if matches!(&node.shape, Shape::Text(text) if text.text.eq_ignore_ascii_case("parquet")) {
            self.fault(node, key, InputFault::Parquet.into());
            return None;
        }
        self.one_of(key).and_then(Format::named)
    }

    /// The places of a part; what is expected is at one place, so that it can be taken out.
    fn picks(&mut self, key: &'static str, is_single: bool) -> Vec<Pick> {
        let texts = self.texts(key, true).unwrap_or_default();
        let parse = |text: String| match Pick::parse(&text) {
            Ok(Pick::Path(path)) if is_single && !path.is_singular() => {
                Err(Fault::Schema(SchemaFaultKind::WidePath))
            }
            Ok(pick) => Ok(pick),
            Err(error) => Err(Fault::Path(error.fault().clone())),
        };
        let picks: Result<Vec<Pick>, Fault> = texts.into_iter().map(parse).collect();
        match (picks, self.node(key)) {
            (Ok(picks), _) => picks,
            (Err(fault), Some(node)) => {
                self.fault(node, key, fault);
                Vec::new()
            }
            (Err(_), None) => Vec::new(),
        }
    }

    fn input_condition(&mut self) -> Option<Condition> {
        let path = "inputs.where";
        let node = self.node(path)?;
        let value = self.expand_tree(node, path);
        match Condition::of_paths(&value) {
            Ok(condition) => Some(condition),
            Err(faults) => {
                for (at, kind) in faults {
                    let below = key(&at);
                    let dot = if below.is_empty() { "" } else { "." };
                    let (value, of_key) = node.find(&at);
                    let is_about_key = matches!(
                        kind,
                        SchemaFaultKind::UnknownKey { .. } | SchemaFaultKind::UnknownTest { .. }
                    );
                    let origin = if is_about_key { of_key } else { &value.origin };
                    let key = format!("{path}{dot}{below}");
                    self.report.fault(origin, key, Fault::Schema(kind));
                }
                None
            }
        }
    }

    fn patterns(&mut self, options: &LoadOptions) -> Vec<(String, Pattern)> {
        let mut patterns = Vec::new();
        for id in &options.only {
            match Pattern::new(id) {
                Ok(pattern) => patterns.push((id.clone(), pattern)),
                Err(_) => self.report.fault(&Origin::Flag("--only"), "", InputFault::Pattern),
            }
        }
        patterns
    }

    fn delimiter(&mut self) -> Option<u8> {
        let key = "inputs.delimiter";
        let text = self.text(key)?;
        match text.as_bytes() {
            b"auto" => None,
            b"\\t" | b"tab" => Some(b'\t'),
            [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => Some(*byte),
            _ => {
                let node = self.node(key)?;
                self.fault(node, key, InputFault::Delimiter.into());
                None
            }
        }
    }

    /// What is said about inputs, the files aside.
    fn written_section(&mut self, options: &LoadOptions, seed: u64) -> Value {
        let mut section = match self.root.get("inputs") {
            Some(node) => self.expand_tree(node, "inputs"),
            None => json!({}),
        };
        if let Some(members) = section.as_object_mut() {
            members.shift_remove("file");
            members.retain(|_, value| !value.is_null());
            for (name, value) in [
                ("--limit", json!(options.limit)),
                ("--only", json!(options.only)),
                ("--failed-of", json!(options.ids)),
            ] {
                if !value.is_null() && value != json!([]) {
                    members.insert(name.to_owned(), value);
                }
            }
            if members.contains_key("shuffle") || members.contains_key("sample") {
                members.insert("seed".to_owned(), seed.into());
            }
        }
        if section == json!({}) { Value::Null } else { section }
    }

    /// `input_template`, as it is: nothing in it is replaced but `{input}` and `{persona}`.
    pub(super) fn input_template(&mut self) -> Option<String> {
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
    pub(super) fn persona_names(&mut self) -> BTreeSet<String> {
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
