//! The page as a whole.

use std::io::{self, Write};
use std::time::Duration;

use fluxloop_redact::Masked;
use fluxloop_trace::{RunStatus, Summary, SummaryFile, Tally};
use serde_json::{Value, json};

use crate::assets::{BODY, SCRIPT, STYLE, policy};
use crate::cases::{Packed, RunCases};
use crate::columns::{Columns, as_text, deflated};
use crate::pairs::Compared;

/// From this size on, in bytes, a page is slow to send and to open, and the caller should say so.
pub const WARN_BYTES: usize = 10 << 20;

/// A run on the page.
#[derive(Debug)]
pub struct RunPage {
    folder: String,
    name: String,
    /// What the title says of it.
    passed: (u64, u64),
    facts: Value,
    notes: Vec<String>,
    cases: RunCases,
}

impl RunPage {
    /// A run whose folder is called so, with the cases that were added.
    pub fn new(folder: &str, summary: &Summary, cases: RunCases) -> Self {
        let passed = summary.shares.passed;
        Self {
            folder: folder.to_owned(),
            name: summary.name.to_string(),
            passed: (passed.cases, passed.of),
            facts: json!({"summary": summary, "is_good": summary.is_good()}),
            notes: notes(summary),
            cases,
        }
    }

    /// The same of a run that is on disk: with what its `summary.json` holds besides figures.
    pub fn of_file(folder: &str, file: &SummaryFile, cases: RunCases) -> Self {
        let mut page = Self::new(folder, &file.summary, cases);
        if file.mock {
            page.notes.push("The mock agent answered, and not a server.".to_owned());
        }
        if let Some(source) = &file.source {
            let note =
                format!("Nothing was sent: the recorded answers of {} were judged.", source.run);
            page.notes.push(note);
        }
        page.facts["mock"] = file.mock.into();
        page.facts["source"] = json!(file.source);
        page.facts["config"] = file.config.clone();
        page
    }

    /// A run whose cases cannot be read, such as one of another version; `why` is a sentence.
    pub fn unreadable(folder: &str, name: Masked, why: String) -> Self {
        let summary = Tally::new().summary(name, String::new(), RunStatus::Partial, Duration::ZERO);
        let mut page = Self::new(folder, &summary, RunCases::new());
        page.facts["is_unreadable"] = true.into();
        page.notes = vec![why];
        page
    }
}

/// What a reader of the page should know about the run: whole sentences.
fn notes(summary: &Summary) -> Vec<String> {
    let status = match summary.status {
        RunStatus::Running => Some(
            "The run goes on, or its process was killed: the page shows the cases that were closed \
             when it was made.",
        ),
        RunStatus::Interrupted => Some("The run was interrupted: some cases are missing."),
        RunStatus::EndedEarly => Some("A limit ended the run early: some cases are missing."),
        RunStatus::Partial => Some("Some cases are missing: their answers were not recorded."),
        RunStatus::Complete => None,
    };
    status.map(str::to_owned).into_iter().collect()
}

/// One page.
#[derive(Debug)]
pub struct Page {
    runs: Vec<RunPage>,
    compared: Option<Compared>,
}

impl Page {
    /// A page of one run.
    pub fn of(run: RunPage) -> Self {
        Self { runs: vec![run], compared: None }
    }

    /// A page of two runs, side by side.
    pub fn of_two(a: RunPage, b: RunPage, compared: Compared) -> Self {
        Self { runs: vec![a, b], compared: Some(compared) }
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(self, out: &mut impl Write) -> io::Result<()> {
        let title = self.title();
        let pairs = self.compared.as_ref().map(|compared| pairs(compared, &self.runs));
        let comparison = self.compared.map(|compared| compared.json().to_owned());
        let mut blocks = Vec::new();
        let runs: Vec<Value> =
            self.runs.into_iter().map(|run| pack(run, &mut blocks)).collect::<io::Result<_>>()?;
        let mut meta = json!({"runs": runs});
        if let Some((index, columns)) = pairs {
            meta["pairs"] = json!({"index": index, "columns": add(&mut blocks, &columns)?});
        }
        // The document was made as text: it is read again, so that it can stand in another one.
        if let Some(comparison) = comparison {
            meta["comparison"] = serde_json::from_str(&comparison)?;
        }

        write!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")?;
        writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", policy())?;
        writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
        writeln!(out, "<meta name=\"referrer\" content=\"no-referrer\">")?;
        writeln!(out, "<meta name=\"generator\" content=\"fluxloop\">")?;
        writeln!(out, "<title>{}</title>", escaped(&title))?;
        write!(out, "<style>{STYLE}</style>\n</head>\n<body>\n{BODY}")?;
        write!(out, "<script type=\"application/json\" id=\"meta\">")?;
        // Markup begins with `<` alone, and in JSON it stands in texts alone.
        out.write_all(meta.to_string().replace('<', "\\u003c").as_bytes())?;
        write!(out, "</script>\n<script>{SCRIPT}</script>\n")?;
        for (number, block) in blocks.iter().enumerate() {
            let text = as_text(block);
            writeln!(out, "<script type=\"text/plain\" id=\"block-{number}\">{text}</script>")?;
        }
        writeln!(out, "</body>\n</html>")
    }

    fn title(&self) -> String {
        let one = |run: &RunPage| {
            let (passed, of) = run.passed;
            format!("{}: {passed} of {of} cases passed", run.name)
        };
        match self.runs.as_slice() {
            [a, b] => format!("{} and {}, compared", a.name, b.name),
            runs => runs.iter().map(one).collect(),
        }
    }
}

/// Adds a block, and gives its number.
fn add(blocks: &mut Vec<Vec<u8>>, bytes: &[u8]) -> io::Result<usize> {
    blocks.push(deflated(bytes)?);
    Ok(blocks.len() - 1)
}

/// The description of a run; its data become blocks.
fn pack(run: RunPage, blocks: &mut Vec<Vec<u8>>) -> io::Result<Value> {
    let RunPage { folder, facts, mut notes, cases, .. } = run;
    let packed = cases.pack();
    let Packed { count, chosen, recorded, .. } = packed;
    let is_unreadable = facts["is_unreadable"] == true;
    if count == 0 && !is_unreadable {
        notes.push("The run has no closed case.".to_owned());
    } else if chosen < count {
        notes.push(format!(
            "The page has the texts of {} of {} cases: those that did not pass, the slowest, and a \
             sample. The texts of the others are in traces.jsonl.",
            grouped(chosen),
            grouped(count)
        ));
    }
    if chosen > 0 && recorded == 0 {
        let note = "No answer was recorded, so the page knows when a text began and ended, and not \
                    when each piece of it came.";
        notes.push(note.to_owned());
    } else if recorded < chosen {
        let (recorded, chosen) = (grouped(recorded), grouped(chosen));
        notes.push(format!("Of the cases with texts, {recorded} of {chosen} are recorded."));
    }
    let columns = add(blocks, &packed.columns)?;
    let names = add(blocks, packed.names.to_string().as_bytes())?;
    let first = blocks.len();
    let chunks = packed.chunks.len();
    blocks.extend(packed.chunks);
    let mut all = facts;
    all["folder"] = folder.into();
    all["notes"] = notes.into();
    all["count"] = count.into();
    all["chosen"] = chosen.into();
    all["recorded"] = recorded.into();
    all["start"] = (packed.start as f64 / 1e6).into();
    all["models"] = json!(packed.models);
    all["index"] = packed.index;
    all["blocks"] = json!({"columns": columns, "names": names, "texts": [first, chunks]});
    Ok(all)
}

/// The cases of both runs that belong together: for each pair the row of each run, from 1, or zero,
/// and the group.
fn pairs(compared: &Compared, runs: &[RunPage]) -> (Value, Vec<u8>) {
    let row = |run: usize, case: Option<u64>| {
        let row = case.and_then(|index| runs.get(run)?.cases.row(index));
        row.map(|row| row as u64)
    };
    let mut columns = Columns::default();
    columns.add_some("a", compared.cases().iter().map(|(case, ..)| row(0, *case)));
    columns.add_some("b", compared.cases().iter().map(|(_, case, _)| row(1, *case)));
    columns.add("group", compared.cases().iter().map(|(.., group)| *group));
    columns.finish()
}

/// A number with its thousands apart: `12,345`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Text as it stands in markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use flate2::read::DeflateDecoder;
    use fluxloop_redact::Redactor;

    use super::*;
    use crate::columns::tests::column;
    use crate::example::record;

    const NAME: &str = "</title><script>alert(1)</script>";

    fn page(cases: u64) -> String {
        let mut all = RunCases::new();
        let mut tally = Tally::new();
        let timings = json!([{"at": 0, "timings": {"total_ms": 900}}]);
        let traces: Vec<_> =
            (0..cases).rev().map(|index| record(index, &timings, &json!({}))).collect();
        for (place, trace) in (0..).zip(&traces) {
            all.add(trace, place);
            tally.add(trace);
        }
        for place in all.choose(&[]) {
            all.add_texts(&traces[usize::try_from(place).expect("small")], None);
        }
        let name = Redactor::none().mask(NAME);
        let elapsed = Duration::from_secs(1);
        let summary = tally.summary(name, "2026-01-02".to_owned(), RunStatus::Complete, elapsed);
        let mut html = Vec::new();
        Page::of(RunPage::new("folder", &summary, all)).write(&mut html).expect("memory");
        String::from_utf8(html).expect("a page is UTF-8")
    }

    fn meta(html: &str) -> Value {
        let text = html.split_once("id=\"meta\">").expect("a description").1;
        serde_json::from_str(text.split_once("</script>").expect("an end").0).expect("JSON")
    }

    fn block(html: &str, number: &Value) -> Vec<u8> {
        let text = html.split_once(&format!("id=\"block-{number}\">")).expect("a block").1;
        let packed = STANDARD.decode(text.split_once('<').expect("an end").0).expect("base64");
        let mut unpacked = Vec::new();
        DeflateDecoder::new(&*packed).read_to_end(&mut unpacked).expect("deflate");
        unpacked
    }

    #[test]
    fn cases_come_back_in_the_order_of_the_inputs() {
        let html = page(3);
        let meta = meta(&html);
        let run = &meta["runs"][0];
        let bytes = block(&html, &run["blocks"]["columns"]);
        assert_eq!(column(&run["index"], &bytes, "index"), [0, 1, 2]);
        assert_eq!(column(&run["index"], &bytes, "duration"), [1_000_000; 3]);
        assert_eq!(column(&run["index"], &bytes, "text"), [1; 3]);
        let names: Value =
            serde_json::from_slice(&block(&html, &run["blocks"]["names"])).expect("names");
        let input = column(&run["index"], &bytes, "input");
        let first = usize::try_from(input[0]).expect("small");
        assert_eq!(names["ids"][first], "q-0");
    }

    #[test]
    fn texts_of_others_are_never_markup() {
        let html = page(1);
        assert!(!html.contains("<script>alert") && !html.contains("<b>"), "markup of others");
        assert!(html.contains("<title>&lt;/title&gt;&lt;script&gt;"));
        assert_eq!(meta(&html)["runs"][0]["summary"]["name"], NAME);
        let scripts = html.matches("<script").count();
        assert_eq!(scripts, html.matches("</script>").count());
    }

    #[test]
    fn a_run_without_cases_says_so() {
        let html = page(0);
        assert_eq!(meta(&html)["runs"][0]["notes"], json!(["The run has no closed case."]));
    }

    /// The title and the description repeat the name; the rest is the shell.
    #[test]
    fn a_page_without_cases_has_at_most_150_kilobytes() {
        assert!(page(0).len() <= 150_000, "{} bytes", page(0).len());
    }
}
