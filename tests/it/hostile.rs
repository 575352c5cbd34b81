//! Hostile answers: whatever a server sends is data in every output.
//!
//! `tests/fixtures/hostile.json` has the texts, and [`OUTPUTS`] the outputs. Who adds an output adds
//! it there, with what makes it inert.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Collector, Finished, Project, Server, on_terminal};

/// A hostile text, as a string of JSON that a server sends.
struct Hostile {
    name: String,
    json: String,
}

fn hostile() -> Vec<Hostile> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/hostile.json");
    let entries = fs::read_to_string(path).expect("the fixture is there");
    let entries: Vec<Value> = serde_json::from_str(&entries).expect("it is a list");
    let text = |entry: &Value, key: &str| entry[key].as_str().map(str::to_owned);
    let all = entries.iter().map(|entry| Hostile {
        name: text(entry, "name").expect("it has a name"),
        json: text(entry, "json").unwrap_or_else(|| entry["text"].to_string()),
    });
    let mut all: Vec<_> = all.collect();
    assert!(all.len() >= 60, "{} texts", all.len());
    let long = Value::from("x".repeat(200_000)).to_string();
    all.push(Hostile { name: "very long line".to_owned(), json: long });
    all
}

/// The text where a configuration can hold it: JSON of ASCII is YAML, too, but for surrogates.
fn text(hostile: &Hostile) -> Option<String> {
    serde_json::from_str(&hostile.json).ok()
}

/// An answer that carries the text wherever an answer has text: as the answer, the model, the finish
/// reason, the name of a tool and its arguments; or an error that quotes it.
fn answer(number: usize, hostile: &Hostile) -> Value {
    let text = &hostile.json;
    if number % 3 == 2 {
        return json!({
            "status": 500,
            "headers": { "content-type": "application/json" },
            "steps": [{ "send": format!("{{\"error\":{{\"message\":{text},\"type\":{text}}}}}") }],
        });
    }
    let call = format!(
        "[{{\"index\":0,\"id\":{text},\"function\":{{\"name\":{text},\"arguments\":{text}}}}}]"
    );
    let event = |delta: &str, finish: &str| {
        format!(
            "data: {{\"model\":{text},\"choices\":[{{\"index\":0,\"delta\":{delta},\
             \"finish_reason\":{finish}}}]}}\n\n"
        )
    };
    let body = [
        event(&format!("{{\"content\":{text}}}"), "null"),
        event(&format!("{{\"tool_calls\":{call}}}"), "null"),
        event("{}", text),
        "data: [DONE]\n\n".to_owned(),
    ];
    json!({
        "headers": { "content-type": "text/event-stream" },
        "steps": [{ "send": body.concat() }],
    })
}

/// A run whose answers, names and questions are hostile.
struct Attacked {
    project: Project,
    run: String,
    said: Finished,
}

fn attacked() -> Attacked {
    let hostile = hostile();
    let answers: Vec<_> = (0..).zip(&hostile).map(|(number, it)| answer(number, it)).collect();
    let server = Server::script(&json!({ "answers": answers }).to_string());
    let inputs = (0..).zip(&hostile).map(|(number, it): (u32, _)| {
        let text = text(it).unwrap_or_else(|| it.name.clone());
        let short: String = text.chars().take(100).collect();
        format!(
            "{}\n",
            json!({ "id": format!("{short}#{number}"), "input": text, "persona": short })
        )
    });
    let name = "<b>\u{1b}[31m::error::x";
    let project = Project::new(&format!(
        "name: {}\ninputs_file: inputs.jsonl\nstop: {{first_cases: off, same_failures: off, \
         never_succeeded: off}}\nexpect: [{{not_contains: \"a\"}}]\nrunner: {{http: {{url: '{}', \
         stream: sse, stream_schema: openai-chat, retry: {{attempts: 0}}}}}}\n",
        json!(name),
        server.url("/chat"),
    ))
    .file("inputs.jsonl", &inputs.collect::<String>());
    let said = project.run(&["--no-display"]).exits(10);
    let run = project.experiment().display().to_string();
    Attacked { project, run, said }
}

/// An output of a run.
struct Output {
    name: &'static str,
    /// What it gives.
    of: fn(&Attacked) -> String,
    /// What would act, if anything does.
    acts: fn(&str) -> Option<String>,
}

/// Every output that shows texts of answers.
const OUTPUTS: &[Output] = &[
    Output {
        name: "lines and page",
        of: |it| format!("{}{}", it.said.stdout, it.said.stderr),
        acts: on_a_terminal,
    },
    Output { name: "verbose", of: |it| again(it, &["--verbose"]), acts: on_a_terminal },
    Output { name: "bars", of: bars, acts: in_bars },
    Output { name: "compare", of: |it| compared(it, &[]), acts: on_a_terminal },
    Output {
        name: "compare as Markdown",
        of: |it| compared(it, &["--markdown", "-"]),
        acts: in_markdown,
    },
    Output { name: "compare as JSON", of: |it| compared(it, &["--json"]), acts: in_json },
    Output { name: "export junit", of: |it| exported(it, "junit"), acts: in_xml },
    Output { name: "export csv", of: |it| exported(it, "csv"), acts: in_csv },
    Output { name: "export events", of: |it| exported(it, "events"), acts: in_json_lines },
    Output { name: "export vllm", of: |it| exported(it, "vllm"), acts: in_json },
    Output { name: "export chrome", of: |it| exported(it, "chrome"), acts: in_json },
    Output { name: "export github", of: |it| exported(it, "github"), acts: in_annotations },
    Output { name: "job summary", of: job_summary, acts: in_markdown },
    Output { name: "journal", of: |it| file(it, "traces.jsonl"), acts: in_json_lines },
    Output { name: "errors.json", of: |it| file(it, "errors.json"), acts: in_json },
    Output { name: "observations", of: |it| file(it, "observations.jsonl"), acts: in_json_lines },
];

#[test]
fn hostile_answers_are_inert_in_every_output() {
    let attacked = attacked();
    let found = OUTPUTS.iter().filter_map(|output| {
        let written = (output.of)(&attacked);
        assert!(written.len() > 1_000, "{} shows nothing: {written}", output.name);
        (output.acts)(&written).map(|what| format!("{}: {what}", output.name))
    });
    let found: Vec<_> = found.collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What leaves a run keeps the texts as they were: they are inert, and not lost.
#[test]
fn hostile_answers_are_kept_as_they_came() {
    let attacked = attacked();
    let traces = attacked.project.traces();
    assert_eq!(traces.len(), hostile().len());
    for (number, (trace, hostile)) in (0..).zip(traces.iter().zip(hostile())) {
        let (Some(text), true) = (text(&hostile), number % 3 != 2) else { continue };
        assert_eq!(trace["output"].as_str(), Some(&*text), "{}", hostile.name);
    }
    // A collector gets them as they are: protobuf has no character that ends a text.
    let collector = Collector::start();
    let args =
        ["export", &attacked.run, "--to", "otlp", "--content", "--endpoint", collector.url()];
    attacked.project.fluxloop(&args).exits(0);
    let sent = collector.bodies().concat();
    let needle = b"<svg/onload=alert(1)>";
    assert!(sent.windows(needle.len()).any(|bytes| bytes == needle));
}

fn again(attacked: &Attacked, flags: &[&str]) -> String {
    // The same answers once more, from the recording.
    let said = attacked.project.fluxloop(&["replay", &attacked.run, "--output", "again"]);
    let said = said.exits(10);
    let verbose = attacked.project.run(&[flags, &["--mock", "--output", "again"]].concat());
    format!("{}{}{}{}", said.stdout, said.stderr, verbose.stdout, verbose.stderr)
}

fn bars(attacked: &Attacked) -> String {
    let args = ["run", "experiment", "--mock", "--display", "--output", "again"];
    on_terminal(attacked.project.command(&args)).1
}

fn compared(attacked: &Attacked, flags: &[&str]) -> String {
    let args = ["run", "experiment", "--mock", "--no-display", "--output", "other", "--exit-zero"];
    let other = attacked.project.path().join("other");
    if !other.exists() {
        attacked.project.fluxloop(&args);
    }
    let run = fs::read_dir(other).expect("a folder").next().expect("a run").expect("a folder");
    let run = run.path().display().to_string();
    attacked.project.fluxloop(&[&["compare", &attacked.run, &run], flags].concat()).exits(0).stdout
}

fn exported(attacked: &Attacked, kind: &str) -> String {
    let args = ["export", &attacked.run, "--to", kind, "--output", "-"];
    let args = if kind == "vllm" { [&args[..], &["--content"]].concat() } else { args.to_vec() };
    attacked.project.fluxloop(&args).exits(0).stdout
}

fn job_summary(attacked: &Attacked) -> String {
    let args = ["export", &attacked.run, "--to", "github", "--output", "summary.md"];
    attacked.project.fluxloop(&args).exits(0);
    fs::read_to_string(attacked.project.path().join("summary.md")).expect("it is written")
}

fn file(attacked: &Attacked, name: &str) -> String {
    fs::read_to_string(Path::new(&attacked.run).join(name)).expect("it is there")
}

/// Characters that steer a terminal or reorder a line.
fn steers(char: char) -> bool {
    let reorders = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    reorders || char.is_control() && !matches!(char, '\n' | '\t')
}

/// The first line of which something holds.
fn line(text: &str, acts: impl Fn(&str) -> bool) -> Option<String> {
    let line = text.lines().find(|line| acts(line))?;
    Some(format!("{:?}", line.chars().take(300).collect::<String>()))
}

/// Control characters, and what runners of CI systems take for a command: GitHub reads `::` where a
/// line begins, and `##[` anywhere; Azure Pipelines reads `##vso[` anywhere.
fn on_a_terminal(text: &str) -> Option<String> {
    line(text, |line| {
        let is_command = line.trim_start().starts_with("::");
        is_command || line.contains("##[") || line.contains("##vso[") || line.contains(steers)
    })
}

/// A bar is drawn with sequences of our own: none sets a title, a link or the clipboard.
fn in_bars(text: &str) -> Option<String> {
    line(text, |line| {
        ["\u{1b}]", "\u{9b}", "\u{9d}", "\u{202e}", "\u{7}"].iter().any(|it| line.contains(it))
    })
}

/// Outside of code spans and blocks there are words of our own alone (`CommonMark` 0.31, 6.1).
fn in_markdown(text: &str) -> Option<String> {
    on_a_terminal(text).or_else(|| {
        let mut fenced = None;
        line(text, |_| false).or_else(|| {
            text.lines().find_map(|line| {
                let fence = line.trim_start();
                let ticks = fence.len() - fence.trim_start_matches('`').len();
                match fenced {
                    Some(open) => {
                        if ticks >= open && fence.len() == ticks {
                            fenced = None;
                        }
                        return None;
                    }
                    None if ticks >= 3 && !fence[ticks..].contains('`') => {
                        fenced = Some(ticks);
                        return None;
                    }
                    None => {}
                }
                let rest = without_spans(line);
                let acts = ["](", "@", "http", "forged", "&"].iter().any(|it| rest.contains(it));
                // An element begins with a letter, `/`, `!` or `?` (`CommonMark` 0.31, section 6.6).
                let begins = |rest: &str| {
                    rest.starts_with(|char: char| {
                        char.is_ascii_alphabetic() || "/!?".contains(char)
                    })
                };
                let acts = acts || rest.split('<').skip(1).any(begins);
                acts.then(|| format!("{rest:?} of {line:?}"))
            })
        })
    })
}

/// A line without its code spans.
fn without_spans(line: &str) -> String {
    let mut rest = line;
    let mut kept = String::new();
    while let Some(start) = rest.find('`') {
        kept.push_str(&rest[..start]);
        let ticks = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let after = &rest[start + ticks..];
        // The span ends at the next row of as many back quotes.
        let mut at = 0;
        let end = loop {
            let Some(next) = after[at..].find('`') else { break None };
            let row = after[at + next..].len() - after[at + next..].trim_start_matches('`').len();
            if row == ticks {
                break Some(at + next + row);
            }
            at += next + row;
        };
        rest = if let Some(end) = end {
            &after[end..]
        } else {
            kept.push_str(&rest[start..start + ticks]);
            after
        };
    }
    kept + rest
}

fn in_json(text: &str) -> Option<String> {
    let parsed = serde_json::from_str::<Value>(text).err().map(|error| error.to_string());
    parsed.or_else(|| line(text, |line| line.contains(|char: char| char < ' ' && char != '\t')))
}

/// Each line is an object, and there is no further one: a text cannot end its line.
fn in_json_lines(text: &str) -> Option<String> {
    text.split('\n').filter(|line| !line.is_empty()).find_map(|line| {
        let is_object = serde_json::from_str::<Value>(line).is_ok_and(|it| it.is_object());
        (!is_object).then(|| line.chars().take(300).collect())
    })
}

/// Characters that XML 1.0 does not allow (section 2.2), and elements that are not of the report.
fn in_xml(text: &str) -> Option<String> {
    let is_legal = |char: char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let names = [
        "?xml",
        "testsuites",
        "testsuite",
        "testcase",
        "properties",
        "property",
        "error",
        "failure",
    ];
    let names: BTreeSet<&str> = names.into();
    let element = text.split('<').skip(1).find(|rest| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let name = rest.split([' ', '>', '/']).next().unwrap_or_default();
        !names.contains(name)
    });
    element
        .map(|rest| rest.chars().take(100).collect())
        .or_else(|| line(text, |line| !line.chars().all(is_legal)))
        .or_else(|| line(text, |line| line.contains('\u{1b}')))
        .or_else(|| {
            (text.matches("<testcase").count() != hostile().len()).then(|| "cases".to_owned())
        })
}

/// A cell that a spreadsheet computes, and rows that texts have made.
fn in_csv(text: &str) -> Option<String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut rows = 0;
    for row in reader.records() {
        rows += 1;
        let row = match row {
            Ok(row) => row,
            Err(error) => return Some(error.to_string()),
        };
        let starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
        if let Some(cell) = row.iter().find(|cell| cell.starts_with(starts)) {
            return Some(format!("{cell:?}"));
        }
    }
    (rows != hostile().len()).then(|| format!("{rows} rows"))
}

/// Each line is a command of our own, at most ten of a kind.
fn in_annotations(text: &str) -> Option<String> {
    let of_kind = |kind: &str| text.lines().filter(|line| line.starts_with(kind)).count();
    let too_many = of_kind("::error title=") > 10 || of_kind("::warning title=") > 10;
    let is_ours = |line: &str| {
        let kinds = ["::error title=", "::warning title="];
        let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else {
            return false;
        };
        // The title ends at the first `::`, and holds no other property.
        rest.split_once("::").is_some_and(|(title, _)| !title.contains([',', ':']))
    };
    too_many
        .then(|| "too many annotations".to_owned())
        .or_else(|| line(text, |line| !is_ours(line) || line.contains(steers)))
}
