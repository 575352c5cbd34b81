//! A hundred command lines, each sent by curl and by the project that is made from it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::recorder::{Recorded, Recorder};
use crate::support::{Finished, Project};

/// The variables that the lines use.
const VARIABLES: [(&str, &str); 11] = [
    ("OPENAI_API_KEY", "ok-0123456789"),
    ("ANTHROPIC_API_KEY", "ak-0123456789"),
    ("GEMINI_API_KEY", "gk-0123456789"),
    ("CO_API_KEY", "ck-0123456789"),
    ("MISTRAL_API_KEY", "mk-0123456789"),
    ("DASHSCOPE_API_KEY", "dk-0123456789"),
    ("ORG", "org-7"),
    ("PROJECT_ID", "project-8"),
    ("MODEL", "model-9"),
    ("NUMBER", "0.5"),
    ("LC_ALL", "C.UTF-8"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/curl")
}

/// A command line of the fixtures.
///
/// It stands below `--- NAME`. Below `=== sh` the same line follows for a POSIX shell, where it was
/// written for another one. `=== says X` expects X among what is said to be left out, and `=== refused
/// X` that no project is made, because of X.
#[derive(Debug, Default)]
struct Line {
    name: String,
    text: String,
    sh: Option<String>,
    says: Vec<String>,
    refused: Option<String>,
}

fn parse(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for line in text.split_inclusive('\n') {
        let marked = line.trim_end();
        if let Some(name) = marked.strip_prefix("--- ") {
            lines.push(Line { name: name.to_owned(), ..Line::default() });
            continue;
        }
        let last = lines.last_mut().expect("a file begins with the name of a line");
        match marked.strip_prefix("=== ").map(|it| it.split_once(' ').unwrap_or((it, ""))) {
            Some(("sh", _)) => last.sh = Some(String::new()),
            Some(("says", what)) => last.says.push(what.to_owned()),
            Some(("refused", why)) => last.refused = Some(why.to_owned()),
            Some((other, _)) => panic!("{}: `=== {other}`", last.name),
            None => last.sh.as_mut().unwrap_or(&mut last.text).push_str(line),
        }
    }
    lines
}

/// The lines of a file, sent by both; what differs.
fn play(file: &str) -> Vec<String> {
    let text = fs::read_to_string(folder().join(file)).expect("a fixture");
    let recorder = Recorder::start();
    let lines = parse(&text);
    assert!(!lines.is_empty(), "{file}");
    lines.iter().filter_map(|line| check(line, &recorder).err()).collect()
}

fn check(line: &Line, recorder: &Recorder) -> Result<(), String> {
    let address = recorder.address.to_string();
    let placed = |text: &str| {
        let text = text.replace("SERVER", &format!("http://{address}"));
        text.replace("BARE", &address)
    };
    let project = Project::empty().file("line", &placed(&line.text));
    for name in ["body.json", "body.txt", "body.bin", "headers.txt"] {
        fs::copy(folder().join(name), project.path().join(name)).expect("a fixture");
    }
    let fail = |what: String| Err(format!("{}: {what}", line.name));
    let init = fluxloop(&project, &["init", "project", "--from-curl", "-"]);
    if let Some(why) = &line.refused {
        return match init.code {
            Some(3) if init.stderr.contains(why) => Ok(()),
            _ => fail(format!("not refused because of `{why}`: {init:#?}")),
        };
    }
    if init.code != Some(0) || line.says.iter().any(|what| !init.stdout.contains(what)) {
        return fail(format!("{init:#?}"));
    }
    let args = ["run", "experiment", "--limit", "1", "--no-display", "--exit-zero"];
    let run = fluxloop(&project, &[&args[..], &["--set", "runner.http.retry.attempts=0"]].concat());
    let ours = recorder.requests();
    curl(&project, &placed(line.sh.as_ref().unwrap_or(&line.text)));
    let theirs = recorder.requests();
    let configuration = fs::read_to_string(project.path().join("configs/simulation.yaml"));
    let shown = || format!("{}\n{run:#?}", configuration.unwrap_or_default());
    let ([ours], [theirs]) = (&ours[..], &theirs[..]) else {
        return fail(format!(
            "{} requests of ours, {} of curl\n{}",
            ours.len(),
            theirs.len(),
            shown()
        ));
    };
    // What the screen says is not as curl sends it.
    let is_said = |name: &str| line.says.iter().any(|said| said.eq_ignore_ascii_case(name));
    differences(ours, theirs, &is_said).map_or(Ok(()), |what| {
        fail(format!("{what}\nours: {ours:#?}\ncurl: {theirs:#?}\n{}", shown()))
    })
}

fn fluxloop(project: &Project, args: &[&str]) -> Finished {
    let mut command = project.command(args);
    command.stdin(fs::File::open(project.path().join("line")).expect("the line"));
    Finished::of(command.envs(VARIABLES))
}

/// Runs a line in bash, because `$'…'` is not known to every `sh`.
fn curl(project: &Project, line: &str) -> Finished {
    let mut command = project.program("/bin/bash".as_ref());
    command.args(["-c", line]).envs(VARIABLES);
    Finished::of(&mut command)
}

/// What two requests differ in, save what curl says of itself and what is computed.
fn differences(
    ours: &Recorded,
    theirs: &Recorded,
    is_said: &dyn Fn(&str) -> bool,
) -> Option<String> {
    if ours.method != theirs.method {
        return Some("the methods differ".to_owned());
    }
    let (our_path, our_query) = ours.target.split_once('?').unwrap_or((&ours.target, ""));
    let (path, query) = theirs.target.split_once('?').unwrap_or((&theirs.target, ""));
    if our_path != path || fields(our_query.as_bytes()) != fields(query.as_bytes()) {
        return Some("the targets differ".to_owned());
    }
    let our_headers = configured(ours);
    for (name, value) in configured(theirs) {
        let boundary = |it: &str| it.split("boundary=").next().unwrap_or_default().to_owned();
        let is_same = our_headers.get(&name).map(|it| boundary(it)) == Some(boundary(&value));
        if !is_same && !is_said(&name) {
            return Some(format!("`{name}` differs"));
        }
    }
    same_body(ours, theirs).err()
}

/// The headers that a line asks for, and those that follow from it.
fn configured(request: &Recorded) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &request.headers {
        let is_computed = ["content-length", "connection", "expect"].contains(&name.as_str());
        let is_own = value.starts_with("curl/") || (name == "accept" && value == "*/*");
        // `--compressed`; streams are asked for without compression, and the screen says so.
        let is_coding = name == "accept-encoding" && value == "deflate, gzip, br, zstd";
        if is_computed || is_own || is_coding {
            continue;
        }
        let joined = headers.entry(name.clone()).or_default();
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        joined.push_str(value);
    }
    headers
}

fn fields(text: &[u8]) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(text);
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// JSON counts by its values and a form by its fields; everything else by its bytes, but for the
/// boundary of parts.
fn same_body(ours: &Recorded, theirs: &Recorded) -> Result<(), String> {
    let json = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).ok();
    let header = |name: &str| theirs.headers.iter().find(|(it, _)| it == name);
    let kind = header("content-type").map(|(_, value)| value.as_str()).unwrap_or_default();
    let is_same = match json(&theirs.body) {
        Some(value) => json(&ours.body).as_ref() == Some(&value),
        None if kind.contains("urlencoded") => fields(&ours.body) == fields(&theirs.body),
        None if kind.contains("multipart") => parts(ours) == parts(theirs),
        None => ours.body == theirs.body,
    };
    if is_same {
        Ok(())
    } else {
        Err(format!(
            "the bodies differ ({kind})\n{}\n{}",
            String::from_utf8_lossy(&ours.body),
            String::from_utf8_lossy(&theirs.body)
        ))
    }
}

fn parts(request: &Recorded) -> String {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let boundary = body.lines().next().unwrap_or_default().to_owned();
    body.replace(&boundary, "--boundary")
}

#[test]
fn each_line_sends_what_curl_sends() {
    if Command::new("curl").arg("--version").output().is_err() {
        // Not captured by the harness, so that it is seen.
        let _ = writeln!(io::stderr(), "SKIPPED: each_line_sends_what_curl_sends: no `curl`");
        return;
    }
    let mut files: Vec<String> = fs::read_dir(folder())
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| Path::new(name).extension().is_some_and(|it| it == "curl"))
        .collect();
    files.sort();
    let threads: Vec<_> =
        files.into_iter().map(|file| std::thread::spawn(move || play(&file))).collect();
    let wrong: Vec<_> = threads.into_iter().flat_map(|it| it.join().expect("no panic")).collect();
    assert!(wrong.is_empty(), "{} lines\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn there_are_a_hundred_lines() {
    let count = |entry: fs::DirEntry| {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        text.lines().filter(|line| line.starts_with("--- ")).count()
    };
    let entries = fs::read_dir(folder()).expect("the fixtures");
    let lines: usize = entries.map(|entry| count(entry.expect("an entry"))).sum();
    assert!(lines >= 100, "{lines}");
}
