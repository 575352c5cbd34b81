//! `fluxloop config explain`: what a key means, and what each layer writes.

use fluxloop_config::{Explanation, Key, KeyRole, Survey, UnknownKey, Written, explain, survey};
use fluxloop_explain::counted;
use fluxloop_report::{visible, visible_line};
use serde_json::{Value, json};

use super::{place, print_json, table};
use crate::args::{ConfigExplainArgs, LoadArgs};
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{findings, loading, output};

/// How many lines of one value are shown.
const MAX_LINES: usize = 40;

pub(super) fn run(args: &ConfigExplainArgs) -> Result<Exit, Ended> {
    let explanation = explain(&args.key).map_err(|unknown| no_such_key(&unknown))?;
    let options = loading::options(&args.load)?;
    let survey = match survey(&options) {
        Ok(survey) => Some(survey),
        // Outside of a project, a key means the same.
        Err(_) if !names_a_project(&args.load) => None,
        Err(errors) => return Err(findings::ended(&errors)),
    };
    let written = survey.as_ref().map(|survey| survey.written(&explanation));
    let is_incomplete = survey.as_ref().is_some_and(|survey: &Survey| survey.is_incomplete);
    if args.json {
        print_json(&as_json(&explanation, written.as_deref()));
    } else {
        output::result(visible(&text(&explanation, written.as_deref())));
    }
    if is_incomplete {
        output::note("a file cannot be read, and is left out: see `fluxloop config validate`");
    }
    Ok(Exit::Success)
}

fn names_a_project(args: &LoadArgs) -> bool {
    args.config.is_some() || args.project.is_some() || args.root.is_some()
}

/// The key is not quoted: it may be `KEY=VALUE`.
fn no_such_key(unknown: &UnknownKey) -> Ended {
    let near: Vec<String> = unknown.nearest.iter().map(|key| format!("`{key}`")).collect();
    let hint = match near.as_slice() {
        [] => "`fluxloop config explain runner.http` lists the keys of a section".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    Ended::message(Exit::Usage, "there is no such key").hint(Some(hint))
}

fn text(explanation: &Explanation, written: Option<&[Written]>) -> String {
    let mut lines = vec![explanation.key.clone()];
    if let Some(older) = &explanation.older_name {
        lines.push(format!("  `{older}` is the older name of this key."));
    }
    match &explanation.role {
        KeyRole::Key(key) => lines.extend(about(key, explanation)),
        KeyRole::Below(key) => {
            lines.push(format!("  Part of `{}`: {}", key.path, key.meaning));
            lines.extend(spellings(explanation).map(|row| format!("  {row}")));
        }
        KeyRole::WithoutEffect => {
            lines.push("  A key of FluxLoop, which has no effect on an HTTP run.".to_owned());
        }
        KeyRole::Section(keys) => {
            let rows: Vec<Vec<String>> =
                keys.iter().map(|key| vec![key.path.to_owned(), first_sentence(key)]).collect();
            lines.push("  A section with these keys:".to_owned());
            lines.push(String::new());
            lines.extend(table::lines(&rows).into_iter().map(|line| format!("  {line}")));
        }
    }
    lines.push(String::new());
    lines.extend(values(written));
    lines.join("\n")
}

fn about(key: &Key, explanation: &Explanation) -> Vec<String> {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![
        row("value", key.kind.to_string()),
        row("default", key.default.unwrap_or("none").to_owned()),
    ];
    for (index, spelling) in spellings(explanation).enumerate() {
        rows.push(row(if index == 0 { "set with" } else { "" }, spelling));
    }
    let rows = table::lines(&rows).into_iter().map(|line| format!("  {line}"));
    [format!("  {}", key.meaning), String::new()].into_iter().chain(rows).collect()
}

fn spellings(explanation: &Explanation) -> impl Iterator<Item = String> {
    let set = format!("--set {}=…", explanation.set);
    let variable = explanation.variable.as_ref().map(|name| format!("{name}=…"));
    [set].into_iter().chain(variable)
}

fn first_sentence(key: &Key) -> String {
    let end = key.meaning.find(". ").map_or(key.meaning.len(), |end| end + 1);
    key.meaning[..end].to_owned()
}

/// What each layer wrote; a star is before what counts.
fn values(written: Option<&[Written]>) -> Vec<String> {
    let written = match written {
        None => return vec!["No configuration was found here.".to_owned()],
        Some([]) => return vec!["Nothing sets it, and it has no default.".to_owned()],
        Some(written) => written,
    };
    let mut lines = vec!["Values, the weakest first (`*`: in effect):".to_owned()];
    let is_short = |it: &&Written| !it.yaml.as_str().contains('\n');
    let place = |it: &Written| visible_line(&it.origin.to_string());
    let width = written.iter().filter(is_short).map(|it| place(it).chars().count()).max();
    let width = width.unwrap_or_default();
    for it in written {
        let (star, place) = (if it.counts { '*' } else { ' ' }, place(it));
        if is_short(&it) {
            lines.push(format!("{star} {place:width$}  {}", it.yaml));
        } else {
            lines.push(format!("{star} {place}"));
            lines.extend(block(it.yaml.as_str()));
        }
    }
    lines
}

/// The lines of a value, the first of them if there are many.
fn block(yaml: &str) -> Vec<String> {
    let all: Vec<&str> = yaml.trim_start_matches('\n').lines().collect();
    let mut lines: Vec<String> =
        all.iter().take(MAX_LINES).map(|line| format!("    {line}")).collect();
    if all.len() > MAX_LINES {
        let more = counted((all.len() - MAX_LINES) as u64, "more line", "more lines");
        lines.push(format!("    … and {more}"));
    }
    lines
}

fn as_json(explanation: &Explanation, written: Option<&[Written]>) -> Value {
    let (role, key) = match &explanation.role {
        KeyRole::Key(key) => ("key", Some(*key)),
        KeyRole::Below(key) => ("part", Some(*key)),
        KeyRole::Section(_) => ("section", None),
        KeyRole::WithoutEffect => ("without_effect", None),
    };
    let below: Vec<&str> = match &explanation.role {
        KeyRole::Section(keys) => keys.iter().map(|key| key.path).collect(),
        _ => Vec::new(),
    };
    let values = written.map(|written| {
        let value = |it: &Written| {
            let mut value = place(Some(&it.origin));
            value["yaml"] = json!(it.yaml.as_str());
            value["in_effect"] = json!(it.counts);
            value
        };
        written.iter().map(value).collect::<Vec<_>>()
    });
    json!({
        "key": explanation.key,
        "role": role,
        "meaning": key.map(|key| key.meaning),
        "kind": key.map(|key| key.kind.to_string()),
        "default": key.and_then(|key| key.default),
        "keys": below,
        "set": explanation.set,
        "variable": explanation.variable,
        "values": values,
    })
}
