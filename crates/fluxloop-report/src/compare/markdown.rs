//! The comparison as Markdown, for a comment or a summary of a CI job.
//!
//! Text from outside stands in code spans and code blocks alone: there it makes no link, mentions
//! nobody, and cannot end what it stands in.

use std::fmt::Write as _;

use fluxloop_compare::{Group, Setting, TextDiff};

use super::example::{Example, pieces};
use super::figures::{HEAD, Row};
use super::sentence::{found, heading, is_met, other_changes, sentence};
use super::{Compared, NAMED, SETTINGS};
use crate::markdown::{COLUMNS, code_span as code, longest_run};
use crate::units::{count, counted};
use crate::visible::truncate;

/// The comparison as Markdown.
pub fn comparison_markdown(compared: &Compared<'_>) -> String {
    let mut page = format!("## {}\n", sentence(compared.comparison));
    for (label, figures) in other_changes(compared.comparison) {
        line(&mut page, &format!("\n{label}: {figures}"));
    }
    page.push('\n');
    for (label, run) in ["A", "B"].into_iter().zip(compared.runs) {
        let cases = counted(run.run.cases(), "case", "cases");
        line(&mut page, &format!("- {label}: {}, {cases}", code(run.folder)));
    }
    for setting in compared.settings.iter().take(SETTINGS) {
        line(&mut page, &setting_line(setting));
    }
    if compared.settings.len() > SETTINGS {
        line(&mut page, &format!("- and {} more differ", compared.settings.len() - SETTINGS));
    }
    figures(&mut page, compared);
    conditions(&mut page, compared);
    for group in Group::ALL {
        section(&mut page, compared, group);
    }
    page
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("writing to a string cannot fail");
}

fn setting_line(setting: &Setting) -> String {
    let value = |value: &Option<String>| match value {
        Some(value) => code(value),
        None => "not set, or not a single value".to_owned(),
    };
    match setting {
        Setting { name, a: None, b: None } => format!("- {} differs", code(name)),
        Setting { name, a, b } => format!("- {}: {} → {}", code(name), value(a), value(b)),
    }
}

/// The table of figures: all of its cells are words of the program.
fn figures(page: &mut String, compared: &Compared<'_>) {
    let row = |cells: [&str; 7]| format!("| {} |", cells.join(" | "));
    line(page, &format!("\n{}", row(HEAD)));
    line(page, "| --- | --: | --: | --: | --: | --: | --- |");
    for figure in &compared.comparison.figures {
        line(page, &row(Row::of(figure).cells()));
    }
}

fn conditions(page: &mut String, compared: &Compared<'_>) {
    if !compared.conditions.is_empty() {
        page.push('\n');
    }
    for judged in compared.conditions {
        let met = is_met(judged);
        let met = if judged.fails() { format!("**{met}**") } else { met.to_owned() };
        let condition = code(&judged.condition.to_string());
        line(page, &format!("- fail on {condition}: {met}; {}", found(judged)));
    }
}

/// A group that is not empty, with its examples.
fn section(page: &mut String, compared: &Compared<'_>, group: Group) {
    let size = compared.comparison.groups.count(group);
    if size == 0 {
        return;
    }
    line(page, &format!("\n### {}: {}", heading(group), count(size)));
    let ids = compared.named(group);
    if !ids.is_empty() {
        let more = if size > NAMED as u64 { ", …" } else { "" };
        let ids: Vec<_> = ids.iter().map(|id| code(id)).collect();
        line(page, &format!("\n{}{more}", ids.join(", ")));
    }
    let examples = compared.examples.iter().filter(|example| example.group == group);
    let shown = examples.clone().count() as u64;
    for example in examples {
        show(page, example);
    }
    if 0 < shown && shown < size {
        line(page, &format!("\nand {} more", count(size - shown)));
    }
}

/// An input with its answers.
fn show(page: &mut String, example: &Example) {
    line(page, &format!("\n- {}: {}", code(&example.id), code(&example.reason("→"))));
    let [a, b] = &example.sides;
    if example.has_other_tools() {
        line(page, &format!("  - tools: {} → {}", code(&a.tools), code(&b.tools)));
    }
    if let Some(diff) = &example.text {
        let [a, b] = [0, 1].map(|side| side_of(diff, side));
        let lines = [format!("- {a}"), format!("+ {b}")];
        let fence = "`".repeat(longest_run(&lines.concat()).max(2) + 1);
        line(page, &format!("\n  {fence}diff\n  {}\n  {}\n  {fence}", lines[0], lines[1]));
    }
}

/// One of the texts around where they part, on one line.
fn side_of(diff: &TextDiff, side: usize) -> String {
    let text: String = pieces(diff, side, "…").into_iter().map(|(text, _)| text).collect();
    truncate(&text, COLUMNS, "…").into_owned()
}
