//! The table of cases as CSV (RFC 4180), in UTF-8.

use std::borrow::Cow;
use std::io::Write;

use fluxloop_trace::Trace;

use crate::columns::{COLUMNS, Cell};
use crate::{ExportError, Exporter};

/// Writes the table.
pub(crate) struct Csv<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> Csv<W> {
    /// Writes the names of the columns.
    pub(crate) fn begin(out: W) -> Result<Self, ExportError> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS.iter().map(|column| column.name)).map_err(refused)?;
        Ok(Self { writer })
    }
}

impl<W: Write> Exporter for Csv<W> {
    fn case(&mut self, trace: &Trace) -> Result<(), ExportError> {
        let cells = COLUMNS.iter().map(|column| written(column.of(trace)));
        self.writer.write_record(cells.map(Field)).map_err(refused)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.writer.flush()?)
    }
}

fn refused(error: csv::Error) -> ExportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => ExportError::Write(error),
        other => ExportError::form("CSV")(format!("{other:?}")),
    }
}

/// A cell as bytes.
struct Field<'t>(Cow<'t, str>);

impl AsRef<[u8]> for Field<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn written(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Empty => "".into(),
        Cell::Text(text) if starts_formula(&text) => format!("'{text}").into(),
        Cell::Text(text) => text,
        Cell::Integer(number) => number.to_string().into(),
        Cell::Number(number) => number.to_string().into(),
        Cell::Bool(bool) => if bool { "true" } else { "false" }.into(),
        Cell::Time(time) => format!("{time:.6}").into(),
    }
}

/// Whether a spreadsheet takes the text for a formula: the characters are those that OWASP lists
/// ("CSV Injection").
fn starts_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use fluxloop_trace::ExportKind;

    use super::*;
    use crate::sample::{self, export};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(written(Cell::Text(text.into())), expected);
    }

    #[test]
    fn a_formula_becomes_text() {
        check("=1+1", "'=1+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("＝1", "'＝1");
        check("a=1", "a=1");
        check("", "");
    }

    #[test]
    fn each_case_has_a_row() {
        insta::assert_snapshot!(export(ExportKind::Csv, &sample::cases()));
    }

    #[test]
    fn a_run_without_cases_has_the_names_alone() {
        assert_eq!(export(ExportKind::Csv, &[]).lines().count(), 1);
    }
}
