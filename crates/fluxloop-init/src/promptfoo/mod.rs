//! A project from a promptfoo configuration: prompts and tests become inputs, the provider becomes
//! the request, and assertions are kept as `expect`.

mod cases;
mod provider;

use serde_json::Value;

use crate::proposal::{Options, Proposal, ProposedFile, Remark};
use crate::vault::Vault;
use crate::{InitError, files};

/// Parts of a promptfoo configuration that are read.
const READ: [&str; 7] =
    ["prompts", "providers", "targets", "tests", "defaultTest", "description", "$schema"];

/// Proposes a project for a promptfoo configuration. `read` gives the content of a file that it
/// names, or says why it cannot.
///
/// # Errors
///
/// If the file is not such a configuration, has no provider that speaks HTTP, or names a file that
/// cannot be read.
pub fn from_promptfoo(
    text: &str,
    options: &Options,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Proposal, InitError> {
    // The errors of the parser quote values, which may be secrets.
    let document: Value = serde_yaml::from_str(text).map_err(|error| {
        let line = error.location().map(|location| format!("in line {}", location.line()));
        wrong(format!("it is not valid YAML {}", line.unwrap_or_default()).trim_end())
    })?;
    if !document.is_object() {
        return Err(wrong("it is not a mapping"));
    }
    let mut remarks = unread(&document);
    let cases = cases::cases(&document, read, &mut remarks)?;
    let mut request = provider::request(&document, cases.have_messages, &mut remarks)?;
    let name =
        document["description"].as_str().map(|it| it.lines().next().unwrap_or(it).to_owned());
    let options = Options { name: name.unwrap_or_else(|| options.name.clone()), ..options.clone() };
    let inputs = files::inputs_lines();
    let lines = request.vault.purged(std::mem::take(&mut request.lines));
    let configuration =
        files::configuration(&options, "a promptfoo configuration", &inputs, &lines);
    let variables = files::variables(&configuration.content);
    let secrets = std::mem::take(&mut request.vault).into_secrets();
    let is_stored = |name: &String| secrets.iter().any(|it| it.name == *name);
    let missing = variables.iter().filter(|name| !is_stored(name)).cloned().collect();
    remarks.extend(request.remarks);
    let content = format!(
        "# Each prompt with the variables of each test. `expect` has the assertions.\n{}",
        files::list(&masked(cases.entries))
    );
    Ok(Proposal {
        files: vec![
            configuration,
            ProposedFile { path: files::INPUTS, content },
            files::env_example(&variables),
        ],
        secrets,
        missing,
        schema: request.schema,
        reason: request.reason,
        input: None,
        remarks,
    })
}

fn wrong(why: &str) -> InitError {
    InitError::Promptfoo(why.to_owned())
}

/// The parts of a configuration that have no counterpart.
fn unread(document: &Value) -> Vec<Remark> {
    let names = document.as_object().into_iter().flatten().map(|(name, _)| name);
    let others = names.filter(|name| !READ.contains(&name.as_str()));
    others.map(|name| Remark::new(name, "this part is not carried over")).collect()
}

/// Inputs are files that no variable is replaced in, so secrets in them are masked.
fn masked(entries: Vec<Value>) -> Vec<Value> {
    let vault = Vault::default();
    entries.into_iter().map(|entry| mask(&vault, entry)).collect()
}

fn mask(vault: &Vault, value: Value) -> Value {
    match value {
        Value::String(text) => vault.hide(&text).into(),
        Value::Array(items) => items.into_iter().map(|item| mask(vault, item)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, member)| (key, mask(vault, member))).collect()
        }
        other => other,
    }
}
