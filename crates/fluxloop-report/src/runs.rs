//! A list of runs.

use fluxloop_trace::{RunStatus, Summary, SummaryFile};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::paint::Style;
use crate::units;

/// A run of a list.
#[derive(Debug)]
pub struct ListedRun {
    /// Its folder, as it is shown.
    pub folder: String,
    /// Its `summary.json`, or why that cannot be read.
    pub file: Result<SummaryFile, String>,
}

const HEAD: [&str; 6] = ["RUN", "NAME", "STATUS", "CASES", "SUCCEEDED", "PASSED"];

/// One line per run, in the given order.
pub fn runs_table(runs: &[ListedRun], style: Style) -> String {
    let rows: Vec<[String; 6]> = runs.iter().map(|run| row(run, style)).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].width());
        cells.chain([HEAD[column].width()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let line = |cells: [&str; 6]| {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let padding = " ".repeat(widths[column].saturating_sub(cell.width()));
            let pieces = if column < 3 { [*cell, &padding, "  "] } else { [&padding, *cell, "  "] };
            line.extend(pieces);
        }
        line.trim_end().to_owned()
    };
    let mut table = style.dim(&line(HEAD)) + "\n";
    for (run, row) in runs.iter().zip(&rows) {
        let text = line(row.each_ref().map(String::as_str));
        let is_good = run.file.as_ref().is_ok_and(|file| file.summary.is_good());
        let is_running = run.file.as_ref().is_ok_and(|it| it.summary.status == RunStatus::Running);
        table += &if is_good || is_running { text } else { style.bad(&text) };
        table.push('\n');
        if let Err(why) = &run.file {
            let why = style.dim(&style.one_line(why, style.columns() - 2));
            table.extend(["  ", &why, "\n"]);
        }
    }
    table
}

fn row(run: &ListedRun, style: Style) -> [String; 6] {
    let folder = style.one_line(&run.folder, 60);
    let Ok(SummaryFile { summary, mock, .. }) = &run.file else {
        let empty = String::new;
        return [folder, empty(), "unreadable".to_owned(), empty(), empty(), empty()];
    };
    let Summary { results, shares, .. } = summary;
    let mut name = style.one_line(summary.name.as_str(), 30);
    if *mock {
        name += " (mock)";
    }
    let share = |cases: u64| match results.total_runs {
        0 => String::new(),
        all => units::percent(cases, all),
    };
    [
        folder,
        name,
        summary.status.name().to_owned(),
        units::count(results.total_runs),
        share(results.successful),
        share(shares.passed.cases),
    ]
}

/// The list as one JSON document.
///
/// # Panics
///
/// Never: a list of runs has texts as names of members alone.
pub fn runs_json(runs: &[ListedRun]) -> String {
    let runs: Vec<Value> = runs
        .iter()
        .map(|run| match &run.file {
            Ok(SummaryFile { summary, mock, source, config_hash, inputs_hash, .. }) => json!({
                "run": run.folder,
                "name": summary.name,
                "date": summary.date,
                "status": summary.status,
                "ended_early": summary.ended_early,
                "mock": mock,
                "source": source,
                "results": summary.results,
                "verdicts": summary.verdicts,
                "shares": summary.shares,
                "is_good": summary.is_good(),
                "config_hash": config_hash,
                "inputs_hash": inputs_hash,
            }),
            Err(why) => json!({ "run": run.folder, "error": why }),
        })
        .collect();
    serde_json::to_string_pretty(&runs).expect("a list of runs has string keys alone")
}
