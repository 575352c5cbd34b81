//! Prompts and tests as inputs.

use serde_json::{Map, Value, json};

use super::wrong;
use crate::InitError;
use crate::proposal::Remark;

/// How many inputs are written at most: the product of prompts, tests and lists of values.
const MOST: usize = 10_000;

/// The inputs.
pub(super) struct Cases {
    pub(super) entries: Vec<Value>,
    /// Whether a prompt is a list of messages.
    pub(super) have_messages: bool,
}

type Read<'r> = &'r mut dyn FnMut(&str) -> Result<Vec<u8>, String>;

pub(super) fn cases(
    document: &Value,
    read: Read<'_>,
    remarks: &mut Vec<Remark>,
) -> Result<Cases, InitError> {
    let prompts = prompts(&document["prompts"], read, remarks)?;
    let tests = tests(document, remarks);
    let mut cases = Cases { entries: Vec::new(), have_messages: false };
    for (number, test) in tests.iter().enumerate() {
        for (place, prompt) in prompts.iter().enumerate() {
            if cases.entries.len() == MOST {
                let why = format!("only the first {MOST} of their combinations are written");
                remarks.push(Remark::new("prompts and tests", why));
                return Ok(cases);
            }
            let id = match prompts.len() {
                1 => format!("test-{}", number + 1),
                _ => format!("test-{}-prompt-{}", number + 1, place + 1),
            };
            cases.entries.push(entry(id, prompt, test, &mut cases.have_messages));
        }
    }
    name_expressions(&cases.entries, remarks);
    Ok(cases)
}

/// A test: its variables, and what it expects.
#[derive(Clone, Default)]
struct Test {
    vars: Map<String, Value>,
    expect: Vec<Value>,
    description: Option<Value>,
}

fn entry(id: String, prompt: &str, test: &Test, have_messages: &mut bool) -> Value {
    let mut entry = Map::new();
    entry.insert("id".into(), id.into());
    match messages(prompt) {
        Some(messages) => {
            *have_messages = true;
            entry.insert("messages".into(), rendered_all(&messages, &test.vars));
        }
        None => {
            entry.insert("input".into(), rendered(prompt, &test.vars).into());
        }
    }
    let set = |entry: &mut Map<String, Value>, name: &str, value: Value| {
        entry.insert(name.to_owned(), value);
    };
    if !test.expect.is_empty() {
        set(&mut entry, "expect", test.expect.clone().into());
    }
    if !test.vars.is_empty() {
        set(&mut entry, "vars", test.vars.clone().into());
    }
    if let Some(description) = &test.description {
        set(&mut entry, "description", description.clone());
    }
    entry.into()
}

/// The messages of a prompt that is a list of them, as JSON or YAML.
fn messages(prompt: &str) -> Option<Value> {
    let text = prompt.trim();
    let is_list = text.starts_with('[') || text.starts_with("- role:");
    let value: Value = serde_yaml::from_str(text).ok().filter(|_| is_list)?;
    let has_roles = value.as_array()?.iter().all(|message| message["role"].is_string());
    has_roles.then_some(value)
}

fn rendered_all(value: &Value, vars: &Map<String, Value>) -> Value {
    match value {
        Value::String(text) => rendered(text, vars).into(),
        Value::Array(items) => items.iter().map(|item| rendered_all(item, vars)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), rendered_all(value, vars))).collect()
        }
        other => other.clone(),
    }
}

/// A text with the values of `{{ name }}`. Other expressions of the template language stay.
fn rendered(text: &str, vars: &Map<String, Value>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let value = after.split_once("}}").and_then(|(name, after)| {
            let value = vars.get(name.trim())?;
            Some((value.as_str().map_or_else(|| value.to_string(), str::to_owned), after))
        });
        if let Some((value, after)) = value {
            out.push_str(&value);
            rest = after;
        } else {
            out.push_str("{{");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Says that expressions stay as they are.
fn name_expressions(entries: &[Value], remarks: &mut Vec<Remark>) {
    let shown = |entry: &Value| format!("{}{}", entry["input"], entry["messages"]);
    if entries.iter().any(|entry| shown(entry).contains("{{") || shown(entry).contains("{%")) {
        let why = "only `{{ name }}` with a variable of the test is replaced; the rest stays";
        remarks.push(Remark::new("prompts", why));
    }
}

fn prompts(
    value: &Value,
    read: Read<'_>,
    remarks: &mut Vec<Remark>,
) -> Result<Vec<String>, InitError> {
    let items = match value {
        Value::Array(items) => items.clone(),
        Value::Null => vec![json!("{{prompt}}")],
        one => vec![one.clone()],
    };
    let mut prompts = Vec::new();
    for item in &items {
        let text = item.as_str().or_else(|| item["raw"].as_str()).or_else(|| item["id"].as_str());
        let Some(text) = text else {
            remarks.push(Remark::new("prompts", "a prompt that is not a text is left out"));
            continue;
        };
        match text.strip_prefix("file://") {
            Some(path) => prompts.extend(from_file(path, read, remarks)?),
            None => prompts.push(text.to_owned()),
        }
    }
    if prompts.is_empty() { Err(wrong("it has no prompt that is a text")) } else { Ok(prompts) }
}

/// The prompts of a text file, which `---` separates.
fn from_file(
    path: &str,
    read: Read<'_>,
    remarks: &mut Vec<Remark>,
) -> Result<Vec<String>, InitError> {
    let extension = path.rsplit('.').next().unwrap_or_default();
    if !["txt", "md", "json", "yaml", "yml", "j2"].contains(&extension) || path.contains('*') {
        remarks.push(Remark::new(format!("file://{path}"), "prompts of such files are left out"));
        return Ok(Vec::new());
    }
    let bytes = read(path).map_err(|why| wrong(&format!("`{path}` cannot be read: {why}")))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(&format!("`{path}` is not text")))?;
    Ok(text.split("\n---\n").map(|prompt| prompt.trim_end().to_owned()).collect())
}

/// The tests, with what `defaultTest` gives to each.
fn tests(document: &Value, remarks: &mut Vec<Remark>) -> Vec<Test> {
    let default = &document["defaultTest"];
    let default = Test {
        vars: default["vars"].as_object().cloned().unwrap_or_default(),
        expect: default["assert"].as_array().cloned().unwrap_or_default(),
        description: None,
    };
    let Some(tests) = document["tests"].as_array() else {
        if !document["tests"].is_null() {
            let why = "tests in other files are not read; name the file as `inputs: {file: …, \
                       preset: promptfoo}`";
            remarks.push(Remark::new("tests", why));
        }
        return vec![default];
    };
    tests.iter().flat_map(|test| with_default(test, &default, remarks)).collect()
}

fn with_default(test: &Value, default: &Test, remarks: &mut Vec<Remark>) -> Vec<Test> {
    if !test.is_object() {
        remarks.push(Remark::new("tests", "a test that names a file is left out"));
        return Vec::new();
    }
    for name in test.as_object().into_iter().flatten().map(|(name, _)| name.as_str()) {
        if !["vars", "assert", "description"].contains(&name) {
            let what = format!("tests: {name}");
            if !remarks.iter().any(|remark| remark.what == what) {
                remarks.push(Remark::new(what, "this part of a test is not carried over"));
            }
        }
    }
    let mut all = default.clone();
    for (name, value) in test["vars"].as_object().into_iter().flatten() {
        all.vars.insert(name.clone(), value.clone());
    }
    all.expect.extend(test["assert"].as_array().cloned().unwrap_or_default());
    all.description = Some(test["description"].clone()).filter(|it| !it.is_null());
    combinations(all)
}

/// A list of values stands for one test with each of them.
fn combinations(test: Test) -> Vec<Test> {
    let list = test.vars.iter().find_map(|(name, value)| Some((name, value.as_array()?)));
    let Some((name, values)) = list.map(|(name, values)| (name.clone(), values.clone())) else {
        return vec![test];
    };
    let with = |value: Value| {
        let mut test = test.clone();
        test.vars.insert(name.clone(), value);
        test
    };
    values.into_iter().take(MOST).map(with).flat_map(combinations).take(MOST).collect()
}
