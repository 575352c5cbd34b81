//! A page of labels, texts and tables, laid out for a width.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use crate::paint::Style;
use crate::visible::wrap;

/// The width of the column of labels.
const LABEL: usize = 13;

/// A page that grows from the top.
#[derive(Debug)]
pub(crate) struct Page {
    style: Style,
    text: String,
}

impl Page {
    pub(crate) fn new(style: Style) -> Self {
        Self { style, text: String::new() }
    }

    /// What reads it.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// An empty line, never two of them.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A line as it is, indented.
    pub(crate) fn line(&mut self, indent: usize, text: &str) {
        writeln!(self.text, "{:indent$}{text}", "").expect("writing to a string cannot fail");
    }

    /// A label, and a text that is wrapped behind it.
    pub(crate) fn row(&mut self, indent: usize, label: &str, text: &str) {
        let columns = self.style.columns().saturating_sub(indent + LABEL);
        for (place, line) in wrap(text, columns).iter().enumerate() {
            self.labelled(indent, if place == 0 { label } else { "" }, line);
        }
    }

    /// A label, and a text that fits as it is (it may hold colors).
    pub(crate) fn labelled(&mut self, indent: usize, label: &str, text: &str) {
        let padding = " ".repeat(LABEL.saturating_sub(label.width()));
        let label = if label.is_empty() { String::new() } else { self.style.dim(label) };
        self.line(indent, format!("{label}{padding}{text}").trim_end());
    }

    /// A table: the first column are labels, the others stand to the right.
    pub(crate) fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let columns: usize = head.len() - 1;
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].width());
            cells.chain([head[column].width()]).max().unwrap_or(0)
        };
        let narrowest: usize = (1..=columns).map(width).sum();
        let room = self.style.columns().saturating_sub(2 + LABEL + narrowest);
        let gap = (room / columns.max(1)).clamp(1, 3);
        let mut heading = String::new();
        for (column, cell) in head.iter().enumerate().skip(1) {
            heading.push_str(&right(cell, width(column) + gap));
        }
        let heading = self.style.dim(&heading);
        self.labelled(2, head[0], &heading);
        for row in rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate().skip(1) {
                line.push_str(&right(cell, width(column) + gap));
            }
            self.labelled(2, &row[0], &line);
        }
    }

    /// The page.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// Pads to the right side of a column.
fn right(cell: &str, columns: usize) -> String {
    format!("{}{cell}", " ".repeat(columns.saturating_sub(cell.width())))
}
