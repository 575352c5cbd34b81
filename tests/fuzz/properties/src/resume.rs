//! The folder of a run that ended early: what is in it is kept, whatever it is.
//!
//! The first line of the input is `summary.json`, the rest is `traces.jsonl`. A `$` and a letter
//! stand for a text that is sound: `$s` a summary, `$c` the record of a closed case, `$d` of another
//! one, `$i` of one that was interrupted.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::{Masked, Redactor};
use fluxloop_store::{PastRun, RunDirectory, RunInfo, StoreError};
use fluxloop_trace::{Outcome, Trace};

/// What has a meaning in the files, and what comes near.
pub(crate) const TOKENS: &[&str] = &[
    "\n",
    "$s",
    "$c",
    "$i",
    "$c\n",
    "$d\n",
    "$i\n",
    "\r\n",
    "\0",
    " ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "{\"case_index\":",
    ",\"outcome\":",
    "\"succeeded\"",
    "\"failed\"",
    "\"stopped\"",
    "\"interrupted\"",
    ",\"duration_ms\":",
    ",\"timings\":{\"scheduled_at\":\"",
    "\"}}",
    "2026-11-21T09:15:00.25Z",
    "-009999-01-02T01:59:59Z",
    "9999-12-30T22:00:00.999999999Z",
    "\\u0032",
    "é",
    "0",
    "1",
    "-1",
    "18446744073709551615",
    "18446744073709551616",
    "1.7976931348623157e308",
    "1e999",
    "\"status\":\"running\"",
    "\"status\":\"complete\"",
    "\"resumed_at\":[\"",
    "\"duration_seconds\":",
    "\"config\":",
    "\"mock\":true",
];

/// A summary of a run that was killed.
const SUMMARY: &str = concat!(
    r#"{"name":"n","date":"2026-11-21T09:15:00.25Z","status":"running","results":{"total_runs":0,"#,
    r#""successful":0,"failed":0,"success_rate":0,"avg_duration_ms":0,"duration_seconds":1.5},"#,
    r#""outcomes":{},"failures":{},"stopped":{},"attempts":0,"resends":0,"redirects":0,"#,
    r#""retries_denied":0,"bytes":0,"events":0,"percentiles":{},"achieved_parallelism":0,"#,
    r#""versions":{"fluxloop":"0.1.0","artifacts":2},"config_hash":"c","inputs_hash":"i","#,
    r#""config":{"name":"n"}}"#
);

/// A record, up to which case it is of and how that ended.
const RECORD: &str = concat!(
    r#"{"version":2,"trace_id":"t","case_id":"7/0","iteration":0,"persona":null,"input":"q","#,
    r#""metadata":{},"output":"a","success":true,"duration_ms":2.5,"warnings":[],"#,
    r#""conversation":[],"conversation_state":{"turns":[]},"observation_count":0,"#,
    r#""input_hash":"h","redactions":0,"turns":[{"number":1,"input":"q","outcome":"succeeded","#,
    r#""channels":{},"attempts":[],"#,
    r#""timings":{"scheduled_at":"2026-11-21T09:15:01Z","total_ms":2.5}}],"case_index":"#
);

/// The files of a run, as far as taking it up again may change them.
const FILES: &[&str] = &["summary.json", JOURNAL, SET_ASIDE];
const JOURNAL: &str = "traces.jsonl";
const SET_ASIDE: &str = "set_aside.jsonl";

/// A run is refused, and stays as it is, or is taken up: each line of its journal then stands as it
/// was, in the journal or aside, and the run can go on, end, and be taken up again.
///
/// # Panics
///
/// If the input breaks the property.
pub fn resume(input: &[u8]) {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let folder = folder.path();
    let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
    let (summary, journal) = (fill_in(&input[..end]), fill_in(input.get(end + 1..).unwrap_or(b"")));
    fs::write(folder.join(FILES[0]), summary).expect("the folder is writable");
    fs::write(folder.join(JOURNAL), &journal).expect("the folder is writable");
    let before = files(folder);
    let past = match PastRun::open(folder, &redactor()) {
        Ok(past) => past,
        Err(error) => {
            assert_eq!(files(folder), before, "refused for {error}, and changed");
            return check_refusal(&error, &journal);
        }
    };
    let closed = past.closed();
    let run = take_up(past);
    let after = files(folder);
    assert_eq!(after[0], before[0], "the summary");
    check_lines(&journal, &after[1], &after[2], closed);
    check_records(&run, &after[1]);
    drop(run);

    // The second time finds nothing more to do.
    let past = PastRun::open(folder, &redactor()).expect("it was taken up before");
    assert_eq!(past.closed(), closed);
    let run = take_up(past);
    assert_eq!(files(folder), after, "taken up twice");
    go_on(run, &after[1]);
}

/// Hides nothing: what was written is compared with what is read.
fn redactor() -> Arc<Redactor> {
    Arc::new(Redactor::none())
}

/// The bytes with sound texts in place of `$` and a letter.
fn fill_in(bytes: &[u8]) -> Vec<u8> {
    let mut filled = Vec::new();
    let mut rest = bytes;
    while let [first, others @ ..] = rest {
        let sound = match rest {
            [b'$', b's', ..] => Some(SUMMARY.to_owned()),
            [b'$', b'c', ..] => Some(format!("{RECORD}7,\"outcome\":\"succeeded\"}}")),
            [b'$', b'd', ..] => Some(format!("{RECORD}8,\"outcome\":\"failed\"}}")),
            [b'$', b'i', ..] => Some(format!("{RECORD}7,\"outcome\":\"interrupted\"}}")),
            _ => None,
        };
        if let Some(sound) = sound {
            filled.extend(sound.bytes());
            rest = &rest[2..];
        } else {
            filled.push(*first);
            rest = others;
        }
    }
    filled
}

/// What the files hold; one that is missing holds nothing.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    FILES.iter().map(|name| fs::read(folder.join(name)).unwrap_or_default()).collect()
}

/// Takes a run up with the configuration that it had.
fn take_up(past: PastRun) -> RunDirectory {
    let run = RunInfo {
        name: Masked::from_static("n"),
        config: past.config().clone(),
        config_yaml: String::new(),
        config_hash: past.config_hash().to_owned(),
        inputs_hash: past.inputs_hash().to_owned(),
        is_mock: past.is_mock(),
        source: None,
        proxy: None,
    };
    let (run, summary) = past.resume(run).expect("what can be opened can be taken up");
    assert!(summary.results.duration_seconds.is_finite());
    run
}

/// Only what is in the files is to blame, and of the journal a line that is whole is named.
fn check_refusal(error: &StoreError, journal: &[u8]) {
    match error {
        StoreError::BrokenSummary { .. } | StoreError::OtherVersion { .. } => {}
        StoreError::BrokenJournal { line, .. } => {
            let place = usize::try_from(*line).expect("few") - 1;
            let mut lines = journal.split_inclusive(|&byte| byte == b'\n');
            let line = lines.nth(place).expect("there is such a line");
            assert!(line.ends_with(b"\n"), "a torn tail is no reason to refuse");
            assert!(record(line).is_none(), "a record is refused: {error}");
        }
        other => panic!("{other:?}"),
    }
}

/// The lines, each with its end.
fn lines(journal: &[u8]) -> Vec<Vec<u8>> {
    let lines = journal.split_inclusive(|&byte| byte == b'\n');
    lines.map(|line| [line.strip_suffix(b"\n").unwrap_or(line), b"\n"].concat()).collect()
}

/// The record that a line is.
fn record(line: &[u8]) -> Option<Trace> {
    redactor().reading(|| serde_json::from_slice(line).ok())
}

/// Every line stands in one of the two files, in the order that it had.
fn check_lines(before: &[u8], kept: &[u8], aside: &[u8], closed: u64) {
    assert!(aside.is_empty() || aside.ends_with(b"\n"), "what is aside ends in a line end");
    assert!(kept.is_empty() || kept.ends_with(b"\n"), "what is kept ends in a line end");
    let (kept, aside) = (lines(kept), lines(aside));
    assert_eq!(kept.len() as u64, closed, "lines that are kept");
    let (mut next_kept, mut next_aside) = (kept.iter().peekable(), aside.iter().peekable());
    for line in lines(before) {
        let found = next_kept.next_if_eq(&&line).or_else(|| next_aside.next_if_eq(&&line));
        assert!(found.is_some(), "lost, changed or moved: {}", String::from_utf8_lossy(&line));
    }
    assert_eq!((next_kept.next(), next_aside.next()), (None, None), "more than there was");
    let is_closed = |record: &Trace| record.outcome != Outcome::Interrupted;
    let records = kept.iter().map(|line| record(line).expect("what is kept is a record"));
    assert!(records.clone().all(|record| is_closed(&record)), "kept, not closed");
    let places: HashSet<u64> = records.map(|record| record.case_index).collect();
    assert_eq!(places.len(), kept.len(), "a case is kept once");
    let closed = aside.iter().filter_map(|line| record(line)).filter(is_closed);
    assert!(closed.map(|it| it.case_index).all(|it| places.contains(&it)), "closed, not kept");
}

/// The records that are read back are the lines.
fn check_records(run: &RunDirectory, kept: &[u8]) {
    let records: Vec<_> = run.records(redactor()).expect("the journal is there").collect();
    let lines = lines(kept);
    assert_eq!(records.len(), lines.len());
    for (line, read) in lines.iter().zip(records) {
        let expected = record(line).expect("what is kept is a record");
        assert_eq!(json(&read.expect("it is read back")), json(&expected));
    }
}

fn json(record: &Trace) -> String {
    serde_json::to_string(record).expect("a record is JSON")
}

/// The next case stands on a line of its own, and the end of the run changes no line.
fn go_on(mut run: RunDirectory, kept: &[u8]) {
    let path = run.path().join(JOURNAL);
    let more = record(&fill_in(b"$c")).expect("it is sound");
    run.append([&more]).expect("the disk takes it");
    let journal = [kept, json(&more).as_bytes(), b"\n"].concat();
    assert_eq!(fs::read(&path).expect("it is there"), journal);
    let summary = redactor().reading(|| serde_json::from_str(SUMMARY)).expect("it is sound");
    run.finish(&summary).expect("the rest can be derived");
    assert_eq!(fs::read(&path).expect("it is there"), journal);
}
