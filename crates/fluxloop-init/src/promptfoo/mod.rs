//! A project from a promptfoo configuration: prompts and tests become inputs, the provider becomes
//! the request, and assertions are kept as `expect`.

mod cases;
mod provider;

use fluxloop_redact::Redactor;
use fluxloop_redact::naming::{Secrecy, secret_texts, without_secrets};
use serde_json::Value;

use crate::proposal::{Options, Proposal, ProposedFile, Remark};
use crate::vault::hidden;
use crate::{InitError, files, http};

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
    remarks.append(&mut request.remarks);
    let entries = Value::Array(cases.entries);
    let mut secrets = Vec::new();
    secret_texts(&entries, Secrecy::Open, &mut secrets);
    for secret in secrets {
        request.vault.know(secret);
    }
    let finder = request.vault.finder();
    let masked = mask(&finder, without_secrets("", &entries).into_owned());
    if masked != entries {
        let why = "secrets in them are masked, because nothing is replaced in inputs";
        remarks.push(Remark::new(files::INPUTS, why));
    }
    let lines = http::lines(&request.members, &mut request.vault, &finder);
    let source = "a promptfoo configuration";
    let configuration = files::configuration(&options, source, &files::inputs_lines(), &lines);
    let inputs = files::list(masked.as_array().map_or(&[][..], Vec::as_slice));
    let content = format!(
        "# Each prompt with the variables of each test. `expect` has the assertions.\n{inputs}"
    );
    let proposal = Proposal {
        files: vec![configuration, ProposedFile { path: files::INPUTS, content }],
        schema: request.schema,
        reason: request.reason,
        remarks,
        ..Proposal::default()
    };
    proposal.sealed(request.vault, &finder)
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

/// Inputs are files in which nothing is replaced, so secrets in them are masked.
fn mask(finder: &Redactor, value: Value) -> Value {
    match value {
        Value::String(text) => hidden(finder, &text).into(),
        Value::Array(items) => items.into_iter().map(|item| mask(finder, item)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, member)| (key, mask(finder, member))).collect()
        }
        other => other,
    }
}
