//! A run that ended early, taken up again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fluxloop_mock::MockOptions;
use serde_json::Value;

use crate::support::{Finished, Project, Said, Server};

const INPUTS: u64 = 12;

/// Twelve inputs, two of which the server fails to answer, whoever sends them when.
fn project(url: &str) -> Project {
    let inputs: Vec<String> = (0..INPUTS)
        .map(|n| {
            let fault = if n % 5 == 4 { "status=503" } else { "none" };
            format!("  - {{ input: question {n}, metadata: {{ fault: {fault} }} }}")
        })
        .collect();
    let inputs = inputs.join("\n");
    Project::new(&format!(
        r#"
name: twelve
runner:
  http:
    url: "{url}"
    stream: sse
    stream_output_path: delta
    query: {{ x_mock_fault: $.metadata.fault }}
    retry: {{ attempts: 0 }}
base_inputs:
{inputs}
"#
    ))
}

/// A run of this project that is complete, and its folder.
fn complete(server: &Server) -> (Project, PathBuf) {
    let project = project(&server.url("/chat"));
    project.run(&["--no-display"]).exits(10);
    let folder = project.experiment();
    (project, folder)
}

/// How many requests have come.
pub(crate) fn sent(server: &Server) -> u64 {
    server.agent().served().requests
}

/// Makes of a complete run what a kill leaves: a journal of so many lines, perhaps a torn one, and
/// a summary that says `running`.
pub(crate) fn kill(folder: &Path, lines: u64, torn: &str) {
    let journal = folder.join("traces.jsonl");
    let text = fs::read_to_string(&journal).expect("a journal");
    let kept: String =
        text.split_inclusive('\n').take(usize::try_from(lines).expect("few")).collect();
    fs::write(&journal, format!("{kept}{torn}")).expect("it can be written");
    let summary = folder.join("summary.json");
    let text = fs::read_to_string(&summary).expect("a summary");
    let text = text.replace("\"status\": \"complete\"", "\"status\": \"running\"");
    fs::write(&summary, text).expect("it can be written");
    for derived in ["trace_summary.jsonl", "observations.jsonl", "errors.json"] {
        // Without a failure there is no `errors.json`.
        drop(fs::remove_file(folder.join(derived)));
    }
}

pub(crate) fn resume(project: &Project, args: &[&str]) -> Finished {
    let folder = project.experiment();
    let folder = folder.to_str().expect("UTF-8");
    project.run(&[&["--no-display", "--resume", folder], args].concat())
}

/// What a run says of its cases, without what is different each time: times and trace ids.
fn essence(project: &Project) -> Vec<Value> {
    let mut summary = project.json("summary.json");
    let traces = project.traces().into_iter().map(|mut trace| {
        let members = trace.as_object_mut().expect("an object");
        for volatile in ["trace_id", "duration_ms"] {
            members.remove(volatile);
        }
        let turn = members["turns"][0].as_object_mut().expect("an object");
        turn.remove("timings");
        for time in ["first_ms", "last_ms"] {
            turn["channels"]["text"].as_object_mut().map(|text| text.remove(time));
        }
        for attempt in turn["attempts"].as_array_mut().expect("a list") {
            let members = attempt.as_object_mut().expect("an object");
            for volatile in ["started_at", "timings"] {
                members.remove(volatile);
            }
        }
        trace
    });
    let members = summary.as_object_mut().expect("an object");
    let measured = ["percentiles", "intervals", "own_lag_ms", "warnings", "avg_duration_ms"];
    for volatile in ["date", "resumed_at", "config", "recording"].into_iter().chain(measured) {
        members.remove(volatile);
    }
    let results = members["results"].as_object_mut().expect("an object");
    for volatile in ["avg_duration_ms", "duration_seconds"] {
        results.remove(volatile);
    }
    traces.chain([summary]).collect()
}

#[test]
fn a_resumed_run_leaves_what_an_uninterrupted_one_does_and_sends_nothing_twice() {
    let server = Server::echo();
    let (reference, _) = complete(&server);
    for (lines, torn) in [(0, ""), (5, "{\"trace_id\":\"1b"), (11, ""), (12, "")] {
        let (project, folder) = complete(&server);
        kill(&folder, lines, torn);
        let before = sent(&server);
        resume(&project, &[]).exits(10).says(&["12 total runs", "10 of 12 cases succeeded"]);
        assert_eq!(sent(&server) - before, INPUTS - lines);
        assert_eq!(folder.join("set_aside.jsonl").exists(), !torn.is_empty());
        for (found, expected) in essence(&project).iter().zip(essence(&reference)) {
            assert_eq!(*found, expected, "{lines} lines were left");
        }
        assert_eq!(project.traces().len() as u64, INPUTS);
        for file in ["trace_summary.jsonl", "observations.jsonl", "errors.json"] {
            assert!(folder.join(file).is_file(), "{file}");
        }
    }
}

#[test]
fn a_complete_run_is_told_again_with_its_exit_code_and_sends_nothing() {
    let server = Server::echo();
    let (project, folder) = complete(&server);
    let files = || {
        let names =
            fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("one").path());
        let mut files: Vec<_> = names.map(|path| (fs::read(&path).ok(), path)).collect();
        files.sort();
        files
    };
    let (before, answers) = (files(), sent(&server));
    let told = resume(&project, &[]).exits(10);
    let told =
        told.says(&["every case was done before", "10 of 12 cases succeeded", "status  2 cases"]);
    assert!(!told.stderr.contains("run progress"), "{}", told.stderr);
    resume(&project, &["--exit-zero"]).exits(0);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let folder = folder.to_str().expect("UTF-8");
    let mut unread = project.command(&["run", "experiment", "--resume", folder]);
    let unread = unread.stdout(writer).output().expect("it starts");
    assert_eq!(unread.status.code(), Some(10), "whether anybody reads it does not matter");
    assert_eq!(sent(&server), answers);
    assert!(files() == before, "nothing of it was written anew");
}

#[test]
fn what_was_under_way_at_a_kill_is_sent_again() {
    let delay = Duration::from_mins(10);
    let slow = Server::start(MockOptions { delay, ..MockOptions::default() });
    let project = project("${URL}").file(".gitignore", ".env");
    let mut child = project
        .command(&["run", "experiment", "--parallelism", "4", "--verbose"])
        .env("URL", slow.url("/chat"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stderr = Said::by(child.stderr.take().expect("a pipe"));
    stderr.wait_for("3/0");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    drop(slow);
    let server = Server::echo();
    let folder = project.experiment();
    let mut resumed =
        project.command(&["run", "experiment", "--resume", folder.to_str().expect("UTF-8")]);
    Finished::of(resumed.env("URL", server.url("/chat"))).exits(10);
    assert_eq!(sent(&server), INPUTS);
}

/// What keeps a run from being resumed with these arguments, and what `--force` says then.
#[track_caller]
fn check_refused(args: &[&str], told: &[&str]) {
    let server = Server::echo();
    let (project, folder) = complete(&server);
    kill(&folder, 6, "");
    let answers = sent(&server);
    resume(&project, args).exits(3).says(told).says(&["--force"]);
    assert_eq!(sent(&server), answers, "nothing was sent");
    assert_eq!(project.json("summary.json")["status"], "running", "nothing was written");
    resume(&project, &[args, &["--force"]].concat()).exits(10).says(told);
    assert_eq!(project.json("summary.json")["status"], "complete");
}

#[test]
fn another_configuration_is_refused_by_name_unless_forced() {
    check_refused(&["--set", "runner.http.timeout=9s"], &["another `runner.http.timeout`"]);
    check_refused(
        &["--set", "runner.http.headers.X-Key=secret-value", "--set", "runner.http.method=PUT"],
        &["`runner.http.headers", "`runner.http.method`"],
    );
    check_refused(&["--mock"], &["it was answered by a server, without `--mock`"]);
}

/// The inputs `a`, `b` and `c`, of which the first two are done, and then these: whose answers are
/// kept in the end, and how many are asked for.
#[track_caller]
fn check_forced(args: &[&str], inputs: &str, kept: &[(&str, &str)], asked: u64, aside: usize) {
    let server = Server::echo();
    let config = |inputs: &str| {
        format!(
            "name: forced\nbase_inputs: {inputs}\nrunner:\n  http: {{ url: '{}', stream: sse, \
             stream_output_path: delta }}\n",
            server.url("/chat")
        )
    };
    let project = Project::new(&config("[a, b, c]"));
    project.run(&["--no-display"]).exits(0);
    let folder = project.experiment();
    kill(&folder, 2, "");
    let project = project.file("configs/simulation.yaml", &config(inputs));
    let before = sent(&server);
    resume(&project, args).exits(3).says(&["another "]);
    resume(&project, &[args, &["--force"]].concat()).exits(0);
    assert_eq!(sent(&server) - before, asked);
    let mut found: Vec<(String, String)> = project
        .traces()
        .iter()
        .map(|trace| [&trace["case_id"], &trace["output"]].map(|it| it.as_str().unwrap_or("?")))
        .map(|[id, output]| (id.to_owned(), output.to_owned()))
        .collect();
    found.sort();
    let mut expected: Vec<_> =
        kept.iter().map(|(id, out)| ((*id).to_owned(), (*out).to_owned())).collect();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(project.json("summary.json")["results"]["total_runs"], kept.len());
    // In the order of the inputs of today.
    let derived = fs::read_to_string(folder.join("trace_summary.jsonl")).expect("it is there");
    let derived = derived.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        line["output"].as_str().unwrap_or("?").to_owned()
    });
    assert!(derived.eq(kept.iter().map(|(_, output)| (*output).to_owned())));
    let lines = fs::read_to_string(folder.join("set_aside.jsonl")).unwrap_or_default();
    assert_eq!(lines.lines().count(), aside);
    // What was done by force is done for good.
    resume(&project, args).exits(0).says(&["every case was done before"]);
    assert_eq!(sent(&server) - before, asked);
}

#[test]
fn what_is_forced_keeps_what_is_still_asked_for_and_nothing_else() {
    let twice =
        [("0/0", "a"), ("0/1", "a"), ("1/0", "b"), ("1/1", "b"), ("2/0", "c"), ("2/1", "c")];
    check_forced(&["-i", "2"], "[a, b, c]", &twice, 4, 0);
    check_forced(&[], "[new, a, b]", &[("0/0", "new"), ("1/0", "a"), ("2/0", "b")], 3, 2);
    check_forced(&[], "[a, x, c]", &[("0/0", "a"), ("1/0", "x"), ("2/0", "c")], 2, 1);
    check_forced(&[], "[a]", &[("0/0", "a")], 0, 1);
    let named = "[{ id: new, input: new }, { id: '0', input: a }, { id: '1', input: b }]";
    check_forced(&[], named, &[("new/0", "new"), ("0/0", "a"), ("1/0", "b")], 1, 0);
    let other = "[{ input: a, messages: [] }, { input: b, context: 1 }, { input: c, k: v }]";
    check_forced(&[], other, &[("0/0", "a"), ("1/0", "b"), ("2/0", "c")], 3, 2);
}

#[test]
fn a_complete_run_that_is_forced_to_less_ends_as_that() {
    let server = Server::echo();
    let (project, folder) = complete(&server);
    let text = fs::read_to_string(project.path().join("configs/simulation.yaml")).expect("a file");
    let text: Vec<&str> = text.lines().filter(|line| !line.contains("status=503")).collect();
    let project = project.file("configs/simulation.yaml", &text.join("\n"));
    let before = sent(&server);
    // The ids of those behind the first that failed are others.
    resume(&project, &["--force"]).exits(0).says(&["10 total runs", "all 10 cases succeeded"]);
    assert_eq!(sent(&server) - before, 6);
    assert_eq!(project.traces().len(), 10);
    assert!(!folder.join("errors.json").exists());
    resume(&project, &[]).exits(0).says(&["every case was done before"]);
}

/// Inputs that quote secrets; so many of them are closed, and this variable has another value when
/// the run goes on.
#[track_caller]
fn check_secrets(inputs: &str, closed: u64, changed: Option<&str>) {
    let server = Server::echo();
    let config = format!(
        "name: quoted\ninputs_file: in.yaml\nrunner:\n  http: {{ url: '{}', stream: sse, \
         stream_output_path: delta, headers: {{ x-a-key: '${{A_KEY}}', x-b-key: '${{B_KEY}}' }} }}\n",
        server.url("/chat")
    );
    let project = Project::new(&config).file("in.yaml", inputs);
    let keys = [("A_KEY", "alphaKEY12345"), ("B_KEY", "betaKEY98765")];
    let args = ["run", "experiment", "--no-display"];
    Finished::of(project.command(&args).envs(keys)).exits(0);
    let folder = project.experiment();
    kill(&folder, closed, "");
    let before = sent(&server);
    let again = ["--resume", folder.to_str().expect("UTF-8")];
    let mut again = project.command(&[&args[..], &again].concat());
    again.envs(keys).envs(changed.map(|name| (name, "gammaKEY54321")));
    Finished::of(&mut again).exits(0).says(&["all 3 cases succeeded"]);
    assert_eq!(sent(&server) - before, 3 - closed);
    let mut places: Vec<_> = project.traces().iter().map(|it| it["case_index"].as_u64()).collect();
    places.sort_unstable();
    assert_eq!(places, [Some(0), Some(1), Some(2)]);
}

#[test]
fn cases_that_are_masked_alike_or_otherwise_today_are_told_apart() {
    let same = "[{ id: alphaKEY12345, input: go }, { id: betaKEY98765, input: go }, go]";
    check_secrets(same, 1, None);
    check_secrets("[alphaKEY12345, b, c]", 2, Some("A_KEY"));
}

#[test]
fn derived_files_are_masked_with_the_secrets_of_today() {
    let server = Server::echo();
    let config = format!(
        "name: changed\ninputs_file: in.yaml\nrunner:\n  http: {{ url: '{}', stream: sse, \
         stream_output_path: delta, headers: {{ x-a-key: '${{A_KEY}}' }} }}\n",
        server.url("/chat")
    );
    let project = Project::new(&config).file("in.yaml", "[gammaKEY54321, b, c]");
    let args = ["run", "experiment", "--no-display"];
    Finished::of(project.command(&args).env("A_KEY", "alphaKEY12345")).exits(0);
    let folder = project.experiment();
    kill(&folder, 2, "");
    let again = ["--resume", folder.to_str().expect("UTF-8")];
    let mut again = project.command(&[&args[..], &again].concat());
    Finished::of(again.env("A_KEY", "gammaKEY54321")).exits(0);
    for file in ["trace_summary.jsonl", "observations.jsonl", "summary.json"] {
        let text = fs::read_to_string(folder.join(file)).expect("a file");
        assert!(text.contains("***") || file == "summary.json", "{file} holds the masked input");
        assert!(!text.contains("gammaKEY54321"), "{file}");
    }
}

#[test]
fn what_failed_is_sent_again_when_that_is_asked_for() {
    let server = Server::echo();
    let (project, folder) = complete(&server);
    let before = sent(&server);
    resume(&project, &["--retry-failed"]).exits(10).says(&["12 total runs", "10 of them are done"]);
    assert_eq!(sent(&server) - before, 2, "the two that failed");
    assert_eq!(project.traces().len() as u64, INPUTS);
    let aside = fs::read_to_string(folder.join("set_aside.jsonl")).expect("a file");
    assert_eq!(aside.lines().count(), 2);
}

#[test]
fn how_fast_and_how_it_is_shown_may_change() {
    let server = Server::echo();
    let (project, folder) = complete(&server);
    kill(&folder, 2, "");
    resume(&project, &["--parallelism", "3", "--verbose", "-o", "elsewhere"]).exits(10);
    assert_eq!(project.json("summary.json")["status"], "complete");
}

#[test]
fn a_second_writer_is_refused_and_the_first_one_does_not_notice() {
    let delay = Duration::from_millis(40);
    let server = Server::start(MockOptions { delay, ..MockOptions::default() });
    let project = project(&server.url("/chat"));
    let mut child = project
        .command(&["run", "experiment", "--no-display"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stderr = Said::by(child.stderr.take().expect("a pipe"));
    stderr.wait_for("run progress 1/12");
    resume(&project, &[]).exits(1).says(&["another process is writing to", "hint:"]);
    stderr.wait_for("run progress 12/12");
    assert_eq!(child.wait().expect("it ends").code(), Some(10));
    assert_eq!(project.traces().len() as u64, INPUTS);
    assert_eq!(project.json("summary.json")["status"], "complete");
}

#[test]
fn a_complete_run_derives_anew_what_it_lost() {
    let server = Server::echo();
    let (project, folder) = complete(&server);
    let before = sent(&server);
    let summaries = folder.join("trace_summary.jsonl");
    let text = fs::read_to_string(&summaries).expect("a file");
    fs::remove_file(&summaries).expect("it is there");
    resume(&project, &[]).exits(10).says(&["cases that failed: 2; add `--retry-failed`"]);
    assert_eq!(fs::read_to_string(&summaries).expect("a file"), text);
    assert_eq!(sent(&server), before);
}

#[test]
fn the_hashes_of_another_build_are_not_compared() {
    let server = Server::echo();
    let (project, folder) = complete(&server);
    let summary = folder.join("summary.json");
    let text = fs::read_to_string(&summary).expect("a file");
    fs::write(&summary, text.replace("sha256:", "fnv1a64:")).expect("it can be written");
    for args in [&[][..], &["--force"]] {
        resume(&project, args).exits(1).says(&["was made by another build", "begin a new run"]);
    }
}

#[test]
fn a_folder_without_a_run_is_told() {
    let project = project("http://127.0.0.1:9/");
    project.run(&["--resume", "nowhere"]).exits(3).says(&["`nowhere` holds no run", "exp_"]);
    project.run(&["--force"]).exits(2).says(&["--resume"]);
    assert!(project.experiments().is_empty());
}

#[test]
fn a_folder_of_runs_names_them() {
    let server = Server::echo();
    let (project, _) = complete(&server);
    for option in ["--resume", "--failed-of"] {
        let said = project.run(&[option, "experiments"]).exits(3);
        said.says(&["`experiments` is not a run", "`experiments/exp_", "name one of these runs"]);
    }
}

#[test]
fn an_edited_file_says_what_may_be_done() {
    let server = Server::echo();
    let url = server.url("/chat");
    let text = format!(
        "inputs_file: in.jsonl\nrunner: {{http: {{url: '{url}', stream: sse, stream_output_path: delta}}}}\n"
    );
    let project = Project::new(&text).file("in.jsonl", "\"Hi\"\n\"Ho\"\n");
    project.run(&[]).exits(0);
    let project = project.file("in.jsonl", "\"Hi\"\n\"Hu\"\n");
    let said = resume(&project, &[]).exits(3);
    said.says(&["a file that was edited", "add `--force`", "begin a new run without `--resume`"]);
    let before = sent(&server);
    resume(&project, &["--force"]).exits(0);
    assert_eq!(sent(&server) - before, 1);
    assert_eq!(project.outputs(), ["Hi", "Hu"]);
    let aside = fs::read_to_string(project.experiment().join("set_aside.jsonl")).expect("a file");
    assert!(aside.lines().count() == 1 && aside.contains("Ho"), "{aside}");
}

#[cfg(unix)]
#[test]
fn a_folder_of_results_that_is_a_link_to_nothing_is_named() {
    let server = Server::echo();
    let project = project(&server.url("/chat"));
    std::os::unix::fs::symlink("gone", project.path().join("experiments")).expect("a link");
    let said = project.run(&["--no-display"]).exits(1);
    said.says(&[
        "experiments` is a symbolic link to `gone`, which does not exist",
        "remove the link",
    ]);
    assert_eq!(sent(&server), 0);
}
