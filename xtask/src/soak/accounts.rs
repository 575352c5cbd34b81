//! Whether every case is there exactly once, as what must come of it, and counted right.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::evidence::{self, Counts, Record, Told, entries, json, lines};
use super::judge;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    /// What the journal adds up to.
    pub(super) counts: Counts,
    /// Answers in the mock's log.
    pub(super) told: u64,
    /// What does not hold.
    pub(super) differences: Vec<String>,
}

/// Holds all that a run left in `project` against the inputs and the mock's log.
pub(super) fn check(project: &Path, inputs: &[String], log: &Path) -> Result<Accounts> {
    let mut accounts = Accounts::default();
    let mut told = by_input(log, &mut accounts)?;
    let folder = evidence::run_folder(project)?;
    let mut closed = vec![0_u32; inputs.len()];
    for record in lines::<Record>(&folder.join("traces.jsonl"))? {
        let record = record?;
        let Some((input, times)) =
            inputs.get(record.case_index).zip(closed.get_mut(record.case_index))
        else {
            accounts.differs(format_args!("case {}", record.case_index), "there is no such case");
            continue;
        };
        *times += 1;
        accounts.count(&record);
        // A case that is recorded twice finds no answer the second time.
        let told = told.remove(input).unwrap_or_default();
        if let Err(why) = judge::case(&record, input, &told) {
            accounts.differs(format_args!("case {}", record.case_id), &why);
        }
    }
    for (case, times) in closed.iter().enumerate().filter(|(_, times)| **times != 1) {
        accounts.differs(format_args!("case {case}"), &format!("recorded {times} times"));
    }
    for (input, told) in &told {
        let what = format!("{} answers to `{input}` belong to no case", told.len());
        accounts.differs("mock", &what);
    }
    accounts.check_files(&folder, inputs)?;
    Ok(accounts)
}

/// What the mock did for each input, in the order in which its requests came.
fn by_input(log: &Path, accounts: &mut Accounts) -> Result<HashMap<String, Vec<Told>>> {
    let mut told: HashMap<String, Vec<Told>> = HashMap::new();
    for answer in lines::<Told>(log)? {
        let mut answer = answer?;
        accounts.told += 1;
        match answer.input.take() {
            Some(input) => told.entry(input).or_default().push(answer),
            None => accounts.differs("mock", &format!("request {} has no input", answer.number)),
        }
    }
    for answers in told.values_mut() {
        answers.sort_by_key(|answer| answer.number);
    }
    Ok(told)
}

impl Accounts {
    fn differs(&mut self, what: impl std::fmt::Display, why: &str) {
        self.differences.push(format!("{what}: {why}"));
    }

    fn count(&mut self, record: &Record) {
        let Counts { results, outcomes, failures, attempts, resends, .. } = &mut self.counts;
        results.total_runs += 1;
        if record.success {
            results.successful += 1;
        } else {
            results.failed += 1;
        }
        *outcomes.entry(record.outcome.clone()).or_default() += 1;
        if let Some(error) = &record.error {
            *failures.entry(error.kind.clone()).or_default() += 1;
        }
        *attempts += record.attempts().len() as u64;
        *resends += record.attempts().iter().filter(|attempt| attempt.resend).count() as u64;
    }

    /// The other files say the same as the journal.
    fn check_files(&mut self, folder: &Path, inputs: &[String]) -> Result<()> {
        "complete".clone_into(&mut self.counts.status);
        let summary: Counts = json(&folder.join("summary.json"))?;
        if summary != self.counts {
            let why = format!("{summary:?}, and the journal adds up to {:?}", self.counts);
            self.differs("summary.json", &why);
        }
        let errors = entries(&folder.join("errors.json"))?;
        if errors != self.counts.results.failed {
            self.differs("errors.json", &format!("{errors} entries"));
        }
        let observations = lines::<Value>(&folder.join("observations.jsonl"))?.count() as u64;
        if observations != self.counts.attempts {
            self.differs("observations.jsonl", &format!("{observations} lines"));
        }
        let mut expected = inputs.iter();
        for line in lines::<Value>(&folder.join("trace_summary.jsonl"))? {
            let line = line?;
            if line["input"].as_str() != expected.next().map(String::as_str) {
                self.differs("trace_summary.jsonl", "it is not in the order of the inputs");
                break;
            }
        }
        if expected.next().is_some() && self.differences.is_empty() {
            self.differs("trace_summary.jsonl", "it has too few lines");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    const FIRST: &str = r#"{"case_index":0,"case_id":"0/0","input":"case 0","output":"case 0","outcome":"succeeded","success":true,"turns":[{"attempts":[{"outcome":"succeeded"}],"stream":{"completeness":"done"}}]}"#;
    const SECOND: &str = r#"{"case_index":1,"case_id":"1/0","input":"case 1","output":"","outcome":"failed","success":false,"error":{"kind":"status"},"turns":[{"attempts":[{"outcome":"failed","cause":"status"}]}]}"#;
    const SUMMARY: &str = r#"{"status":"complete","results":{"total_runs":2,"successful":1,"failed":1},"outcomes":{"succeeded":1,"failed":1},"failures":{"status":1},"attempts":2,"resends":0}"#;
    const LOG: &str = r#"{"number":2,"input":"case 0","fault":null,"characters":6,"reached":"end"}
{"number":1,"input":"case 1","fault":"status=500","characters":0,"reached":"head"}
"#;

    /// What does not hold of a run that left these files, after the change of one.
    #[track_caller]
    fn check(changed: &str, content: &str, expected: &[&str]) {
        let project = tempfile::tempdir().expect("there is room");
        let folder = project.path().join("experiments/exp");
        fs::create_dir_all(&folder).expect("there is room");
        for (name, usual) in [
            ("traces.jsonl", &*format!("{SECOND}\n{FIRST}\n")),
            ("summary.json", SUMMARY),
            ("errors.json", "[{}]"),
            ("observations.jsonl", "{}\n{}\n"),
            ("trace_summary.jsonl", "{\"input\":\"case 0\"}\n{\"input\":\"case 1\"}\n"),
            ("served.jsonl", LOG),
        ] {
            let content = if name == changed { content } else { usual };
            fs::write(folder.join(name), content).expect("there is room");
        }
        let inputs = ["case 0".to_owned(), "case 1".to_owned()];
        let log = folder.join("served.jsonl");
        let found = super::check(project.path(), &inputs, &log).expect("the files can be read");
        // What the summary counts is long.
        let short = found.differences.iter().map(|it| it.split(": Counts").next());
        let short: Vec<_> = short.flatten().collect();
        assert_eq!(short, expected);
    }

    #[test]
    fn files_that_agree_are_in_order() {
        check("", "", &[]);
    }

    #[test]
    fn a_case_that_is_missing_is_told_with_its_answers() {
        check(
            "traces.jsonl",
            &format!("{FIRST}\n"),
            &[
                "case 1: recorded 0 times",
                "mock: 1 answers to `case 1` belong to no case",
                "summary.json",
                "errors.json: 1 entries",
                "observations.jsonl: 2 lines",
            ],
        );
    }

    #[test]
    fn a_case_that_is_recorded_twice_is_told() {
        check(
            "traces.jsonl",
            &format!("{FIRST}\n{SECOND}\n{FIRST}\n"),
            &[
                "case 0/0: an attempt never came to the mock",
                "case 0: recorded 2 times",
                "summary.json",
                "observations.jsonl: 2 lines",
            ],
        );
    }

    #[test]
    fn a_file_that_says_something_else_is_told() {
        check("summary.json", &SUMMARY.replace("complete", "running"), &["summary.json"]);
        check("errors.json", "[]", &["errors.json: 0 entries"]);
        let turned = "{\"input\":\"case 1\"}\n{\"input\":\"case 0\"}\n";
        let order = "trace_summary.jsonl: it is not in the order of the inputs";
        check("trace_summary.jsonl", turned, &[order]);
        let few = "trace_summary.jsonl: it has too few lines";
        check("trace_summary.jsonl", "{\"input\":\"case 0\"}\n", &[few]);
    }
}
