//! The comparison on a terminal.

use fluxloop_compare::{Group, Setting, TextDiff};
use fluxloop_statistics::{RepeatFigures, Repeats};
use unicode_width::UnicodeWidthStr;

use super::example::{Example, pieces};
use super::figures::{HEAD, Row};
use super::sentence::{found, heading, is_met, other_changes, sentence};
use super::{Compared, NAMED, SETTINGS};
use crate::page::Page;
use crate::paint::Style;
use crate::units::{count, counted};
use crate::visible::{visible_line, wrap};

/// How many inputs of a group are shown with their answers.
const SHOWN: usize = 5;

/// The comparison for a person at a terminal.
pub fn comparison_screen(compared: &Compared<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    for (label, run) in ["A", "B"].into_iter().zip(compared.runs) {
        let cases = counted(run.run.cases(), "case", "cases");
        page.row(0, label, &format!("{}, {cases}", visible_line(run.folder)));
    }
    page.gap();
    for line in wrap(&sentence(compared.comparison), style.columns()) {
        page.line(0, &style.bold(&line));
    }
    for (label, figures) in other_changes(compared.comparison) {
        page.row(0, label, &figures);
    }
    settings(&mut page, compared);
    figures(&mut page, compared);
    repeats(&mut page, compared.comparison.repeats);
    groups(&mut page, compared);
    conditions(&mut page, compared);
    page.finish()
}

/// What else differs.
fn settings(page: &mut Page, compared: &Compared<'_>) {
    let settings = compared.settings;
    page.gap();
    for (place, setting) in settings.iter().take(SETTINGS).enumerate() {
        let label = if place == 0 { "differs" } else { "" };
        page.row(0, label, &setting_text(setting, page.style()));
    }
    if settings.len() > SETTINGS {
        page.row(0, "", &format!("and {} more", settings.len() - SETTINGS));
    }
    page.gap();
}

/// What stands between the value of A and that of B.
fn arrow(style: Style) -> &'static str {
    if style.unicode { "→" } else { "->" }
}

/// A setting, and its values where they are single ones.
fn setting_text(setting: &Setting, style: Style) -> String {
    let name = style.one_line(&setting.name, 60);
    if setting.a.is_none() && setting.b.is_none() {
        return name;
    }
    let value = |value: &Option<String>| match value {
        Some(value) => style.one_line(value, 40),
        None => "not set, or not a single value".to_owned(),
    };
    format!("{name}: {} {} {}", value(&setting.a), arrow(style), value(&setting.b))
}

/// The table of figures; without the intervals where the terminal is too narrow.
fn figures(page: &mut Page, compared: &Compared<'_>) {
    let style = page.style();
    let rows: Vec<Row> = compared.comparison.figures.iter().map(Row::of).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row.cells()[column].width());
        cells.chain([HEAD[column].width()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let full = widths.iter().sum::<usize>() + 2 * (HEAD.len() - 1);
    let has_interval = full <= style.columns();
    let line = |cells: [&str; 7]| {
        let mut line = format!("{:1$}", cells[0], widths[0]);
        for (column, cell) in cells.iter().enumerate().skip(1) {
            match column {
                4 if !has_interval => {}
                6 => line.extend(["  ", cell]),
                _ => {
                    let padding = " ".repeat(widths[column] - cell.width());
                    line.extend(["  ", &padding, cell]);
                }
            }
        }
        line.trim_end().to_owned()
    };
    page.gap();
    page.line(0, &style.dim(&line(HEAD)));
    for row in &rows {
        let text = line(row.cells());
        let text = match row.verdict {
            "worse" => style.bad(&text),
            "better" => style.good(&text),
            "differs" => style.odd(&text),
            _ => text,
        };
        page.line(0, &text);
    }
    page.gap();
}

/// What repeats say about both runs.
fn repeats(page: &mut Page, repeats: Option<[RepeatFigures; 2]>) {
    let Some([a, b]) = repeats else { return };
    let arrow = arrow(page.style());
    page.row(0, "flaky", &format!("{} {arrow} {}", counted(a.flaky, "input", "inputs"), b.flaky));
    for (label, figures) in [("repeats A", a), ("repeats B", b)] {
        if let Some(Repeats { k, pass_at_k, pass_hat_k, .. }) = figures.all {
            let text = format!("pass@{k} {pass_at_k:.3}, pass^{k} {pass_hat_k:.3}");
            page.row(0, label, &text);
        }
    }
    page.gap();
}

/// The groups, each with its size and its first inputs.
fn groups(page: &mut Page, compared: &Compared<'_>) {
    let style = page.style();
    for group in Group::ALL {
        let size = compared.comparison.groups.count(group);
        if size == 0 && !matches!(group, Group::Regressions | Group::Fixed) {
            continue;
        }
        let size_text = count(size);
        let painted = match group {
            Group::Regressions if size > 0 => style.bad(&size_text),
            Group::Fixed if size > 0 => style.good(&size_text),
            _ => size_text,
        };
        let ids = compared.named(group).into_iter().map(|id| style.one_line(id, 30));
        let mut ids = ids.collect::<Vec<_>>().join(", ");
        if !ids.is_empty() && size > NAMED as u64 {
            ids = format!("{ids}, {}", style.ellipsis());
        }
        page.labelled(0, heading(group), format!("{painted}  {ids}").trim_end());
        let examples = compared.examples.iter().filter(|example| example.group == group);
        let examples: Vec<_> = examples.take(SHOWN).collect();
        for example in &examples {
            show(page, example);
        }
        let rest = size - (examples.len() as u64).min(size);
        if !examples.is_empty() && rest > 0 {
            page.line(2, &format!("and {} more; `--json` lists them", count(rest)));
        }
    }
}

/// An input with its answers.
fn show(page: &mut Page, example: &Example) {
    let style = page.style();
    let id = style.one_line(&example.id, 30);
    let room = style.columns().saturating_sub(2 + id.width() + 2);
    let mut reason = example.reason(arrow(style));
    if !style.unicode {
        reason = reason.replace('µ', "u");
    }
    let reason = style.one_line(&reason, room);
    page.line(2, &format!("{}  {reason}", style.bold(&id)));
    let room = style.columns().saturating_sub(4 + "tools A  ".len());
    if example.has_other_tools() {
        for (name, side) in ["A", "B"].into_iter().zip(&example.sides) {
            page.line(4, &format!("tools {name}  {}", style.one_line(&side.tools, room)));
        }
    }
    if let Some(diff) = &example.text {
        for (name, side) in [("A", 0), ("B", 1)] {
            page.line(4, &format!("text {name}   {}", side_of(diff, side, style, room)));
        }
    }
}

/// One of the texts around where they part, cut at a width. What only this one has is painted.
fn side_of(diff: &TextDiff, side: usize, style: Style, columns: usize) -> String {
    let (mut line, mut left) = (String::new(), columns);
    for (text, is_changed) in pieces(diff, side, style.ellipsis()) {
        let fits = text.width() <= left;
        if !fits && left < style.ellipsis().width() {
            break;
        }
        let shown = style.cut(&text, left);
        line += &match (is_changed, side) {
            (false, _) => shown.to_string(),
            (true, 0) => style.bad(&shown),
            (true, _) => style.good(&shown),
        };
        left -= shown.width().min(left);
        if !fits {
            break;
        }
    }
    line
}

/// What the conditions found.
fn conditions(page: &mut Page, compared: &Compared<'_>) {
    page.gap();
    for (place, judged) in compared.conditions.iter().enumerate() {
        let label = if place == 0 { "fail on" } else { "" };
        let condition = visible_line(&judged.condition.to_string());
        page.row(0, label, &format!("{condition}: {}; {}", is_met(judged), found(judged)));
    }
}
