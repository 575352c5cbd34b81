//! The members of a JSON Schema, as rows of a table.

use std::collections::BTreeMap;

use serde_json::Value;

use super::page::code;

/// Lists of values that have a page or a table of their own, and where.
const ELSEWHERE: &[(&str, &str)] = &[
    ("FailureKind", "See [failures](failures.md)."),
    ("WarningCode", "See [warnings](#warnings)."),
];

/// The members of a schema.
pub(super) struct Members<'s> {
    root: &'s Value,
    /// The schema of the record, which describes what is copied from it.
    record: Option<&'s Value>,
    /// Types that were described, with the first place of each.
    described: BTreeMap<&'s str, String>,
    /// Each member with its meaning, in the order in which they are written.
    pub(super) rows: Vec<[String; 2]>,
    /// The lists of values that have meanings, each at the first member that it belongs to.
    pub(super) lists: Vec<List>,
}

/// The values that a member may have, with their meanings.
pub(super) struct List {
    /// The name of their type.
    pub(super) name: String,
    /// The first member that may have them.
    pub(super) member: String,
    pub(super) values: Vec<(String, String)>,
}

impl<'s> Members<'s> {
    /// Every member below the root of a schema.
    pub(super) fn of(root: &'s Value, record: Option<&'s Value>) -> Self {
        let (described, rows, lists) = Default::default();
        let mut members = Self { root, record, described, rows, lists };
        members.add("", root);
        members
    }

    fn add(&mut self, prefix: &str, object: &'s Value) {
        for (name, member) in object["properties"].as_object().into_iter().flatten() {
            let path = format!("{prefix}{name}");
            let target = Target::of(self.root, member);
            let first = target.name.and_then(|name| self.described.get(name)).cloned();
            let meaning = [&self.meaning(name, member), &words(&target, first.as_deref())];
            self.rows.push([code(&path), meaning.map(|it| it.trim()).join(" ").trim().to_owned()]);
            if first.is_some() {
                continue;
            }
            if let Some(name) = target.name {
                self.described.insert(name, path.clone());
            }
            self.list(&path, &target);
            let list = if target.is_list { "[]" } else { "" };
            self.add(&format!("{path}{list}."), target.schema);
        }
    }

    fn list(&mut self, path: &str, target: &Target<'_>) {
        let values: Vec<_> = values(target.schema).collect();
        let name = target.name.filter(|name| ELSEWHERE.iter().all(|it| it.0 != *name));
        if let Some(name) = name.filter(|_| values.iter().any(|it| !it.1.is_empty())) {
            self.lists.push(List { name: name.to_owned(), member: path.to_owned(), values });
        }
    }

    /// What its type's declaration says, or that of the record.
    fn meaning(&self, name: &str, member: &Value) -> String {
        let own = member["description"].as_str();
        let copied = self.record.is_some_and(|record| record["properties"].get(name).is_some());
        match own {
            Some(text) => text.replace('\n', " "),
            None if copied => "As in `traces.jsonl`.".to_owned(),
            None => String::new(),
        }
    }
}

/// What a reader should know of the type: its values, or where it was described (`first`).
fn words(target: &Target<'_>, first: Option<&str>) -> String {
    if let Some((_, words)) = ELSEWHERE.iter().find(|it| Some(it.0) == target.name) {
        return (*words).to_owned();
    }
    let values: Vec<_> = values(target.schema).map(|(value, _)| code(value)).collect();
    match first {
        _ if !values.is_empty() => format!("One of {}.", values.join(", ")),
        Some(first) if target.schema["properties"].is_object() => {
            format!("Its members are those of {}.", code(first))
        }
        _ => String::new(),
    }
}

/// What a member holds, be it one, a list of them, or nothing.
struct Target<'s> {
    schema: &'s Value,
    /// The name of its type.
    name: Option<&'s str>,
    is_list: bool,
}

impl<'s> Target<'s> {
    fn of(root: &'s Value, member: &'s Value) -> Self {
        let (mut schema, mut name, mut is_list) = (member, None, false);
        loop {
            let choice = schema["anyOf"].as_array().and_then(|of| {
                of.iter().find(|schema| schema["type"] != "null").filter(|_| of.len() == 2)
            });
            if let Some(path) = schema["$ref"].as_str() {
                name = path.rsplit('/').next();
                schema = root.pointer(path.trim_start_matches('#')).unwrap_or(&Value::Null);
            } else if let Some(choice) = choice {
                schema = choice;
            } else if schema["items"].is_object() {
                (schema, is_list) = (&schema["items"], true);
            } else {
                return Self { schema, name, is_list };
            }
        }
    }
}

/// The values of an enumeration with their meanings.
fn values(schema: &Value) -> impl Iterator<Item = (String, String)> {
    let plain = schema["enum"].as_array().into_iter().flatten();
    let plain = plain.filter_map(|value| Some((value.as_str()?.to_owned(), String::new())));
    let described = schema["oneOf"].as_array().into_iter().flatten();
    plain.chain(described.filter_map(|value| {
        let meaning = value["description"].as_str().unwrap_or_default();
        Some((value["const"].as_str()?.to_owned(), meaning.replace('\n', " ")))
    }))
}
