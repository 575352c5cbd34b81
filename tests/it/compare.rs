//! `fluxloop compare`.

use std::fs;

use serde_json::Value;

use crate::docs;
use crate::support::{Background, Finished, Project, Written, WrittenRun};

/// The inputs of both runs, so that what is asked lives long enough.
struct Questions(Vec<(String, String)>);

impl Questions {
    fn new(count: usize) -> Self {
        Self(
            (0..count)
                .map(|number| (format!("q-{number}"), format!("question {number}")))
                .collect(),
        )
    }

    /// A run in which every input is answered well; times vary by input.
    fn run(&self, name: &'static str, model: &'static str) -> WrittenRun<'_> {
        let questions = (0..).zip(&self.0);
        let cases = questions.map(|(number, (id, question))| case(number, id, question)).collect();
        WrittenRun { name, model, cases }
    }
}

fn case<'q>(number: u32, id: &'q str, question: &'q str) -> Written<'q> {
    Written {
        id,
        iteration: 0,
        question,
        answer: Ok("The order was sent on Monday, and arrives on Wednesday."),
        first_token: f64::from(300 + number * 37 % 100),
        duration: f64::from(1_200 + number * 53 % 400),
        tokens: u64::from(180 + number * 29 % 60),
        tools: &["find_order"],
    }
}

/// The runs of `docs/compare.md`.
fn monday_and_tuesday(project: &Project) {
    let questions = Questions::new(200);
    let monday = questions.run("monday", "small-1");
    let mut tuesday = questions.run("tuesday", "small-2");
    for (number, case) in (0_i32..).zip(&mut tuesday.cases) {
        // From -20 to 20, in no order.
        let noise = f64::from(number * 71 % 41 - 20) / 100.0;
        case.first_token *= 1.12 + noise / 4.0;
        case.duration *= 1.0 + noise;
        case.tokens = case.tokens + 3 - u64::from(number.unsigned_abs() % 7);
    }
    for number in [17, 40, 63, 91, 118, 150, 171, 188] {
        tuesday.cases[number].answer = Err("the server answered 503 Service Unavailable");
    }
    for number in [5, 77] {
        tuesday.cases[number].answer =
            Ok("The order was sent on Tuesday, and arrives on Wednesday.");
    }
    tuesday.cases[30].tools = &["find_order", "find_customer"];
    tuesday.cases[120].question = "question 120, asked in another way";
    tuesday.cases.remove(199);
    for run in [monday, tuesday] {
        run.write(project.path());
    }
}

#[test]
fn the_page_shows_what_is_printed() {
    let project = Project::empty();
    monday_and_tuesday(&project);
    docs::check_consoles("docs/compare.md", &project);
}

fn compare(project: &Project, args: &[&str]) -> Finished {
    project.fluxloop(&[&["compare", "monday", "tuesday"], args].concat())
}

#[test]
fn json_and_markdown_say_the_same() {
    let project = Project::empty();
    monday_and_tuesday(&project);
    let said = compare(&project, &["--json", "--markdown", "report.md"]).exits(0);
    let json: Value = serde_json::from_str(&said.stdout).expect("it is JSON");
    assert_eq!(json["verdict"], "worse");
    assert_eq!(json["counts"]["regressions"], 8);
    assert_eq!(json["groups"]["regressions"][0]["a"]["id"], "q-17");
    assert_eq!(json["groups"]["input_changed"][0]["a"]["id"], "q-120");
    assert_eq!(json["groups"]["only_a"][0]["id"], "q-199");
    assert_eq!(json["figures"][0]["metric"], "passed");
    let markdown = fs::read_to_string(project.path().join("report.md")).expect("it is written");
    let sentence = json["sentence"].as_str().expect("it is text");
    assert!(markdown.starts_with(&format!("## {sentence}\n")), "{markdown}");
    let printed = compare(&project, &["--markdown", "-"]).exits(0).stdout;
    assert_eq!(printed, markdown);
}

#[test]
fn conditions_decide_the_exit_code() {
    let project = Project::empty();
    monday_and_tuesday(&project);
    let check = |condition: &str, code: i32| {
        compare(&project, &["--fail-on", condition]).exits(code);
    };
    check("regressions > 0", 10);
    check("regressions > 8", 0);
    check("passed < -1%", 10);
    check("passed < -10%", 0);
    check("first_token_p95 > +10%", 10);
    check("first_token_p95 > +20%", 0);
    check("first_output_p99 > +10%", 10);
}

#[test]
fn wrong_use_says_what_is_wrong() {
    let project = Project::empty();
    monday_and_tuesday(&project);
    let names = "the names are `regressions`, `fixed`, `changed`";
    compare(&project, &["--fail-on", "regression > 0"]).exits(2).says(&["`regression`", names]);
    compare(&project, &["--fail-on", "passed"]).exits(2).says(&["`passed` is not a condition"]);
    compare(&project, &["--json", "--markdown", "-"]).exits(2).says(&["standard output"]);
    project.fluxloop(&["compare", "monday"]).exits(2);
    project.fluxloop(&["compare", "monday", "nowhere"]).exits(3).says(&["`nowhere` holds no run"]);
    compare(&project, &["--markdown", "nowhere/report.md"]).exits(1).says(&["nowhere"]);
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let project = Project::empty();
    monday_and_tuesday(&project);
    let all = ["--fail-on", "regressions > 0", "--fail-on", "changed > 0"];
    let args = [&["compare", "monday", "monday"][..], &all].concat();
    project.fluxloop(&args).exits(0).says(&["no difference that holds"]);
}

#[test]
fn repeats_are_compared_by_their_rates() {
    let project = Project::empty();
    let questions = Questions::new(40);
    for (name, broken) in [("monday", 0), ("tuesday", 6)] {
        let mut run = questions.run(name, "small-1");
        let repeated = run
            .cases
            .iter()
            .flat_map(|case| (0..5).map(|iteration| Written { iteration, ..case.clone() }));
        run.cases = repeated.collect();
        for case in run.cases.iter_mut().take(5 * broken) {
            case.answer = if case.iteration == 0 { case.answer } else { Err("cut") };
        }
        run.write(project.path());
    }
    let said = compare(&project, &["--json"]).exits(0);
    let json: Value = serde_json::from_str(&said.stdout).expect("it is JSON");
    assert_eq!(json["counts"]["regressions"], 6);
    assert_eq!(json["repeats"]["b"]["flaky"], 6);
    assert_eq!(json["repeats"]["b"]["all"]["k"], 5);
    assert_eq!(json["repeats"]["b"]["all"]["pass_hat_k"], 0.85);
    compare(&project, &[]).exits(0).says(&["6 of 40 inputs regressed", "5 of 5 → 1 of 5 passed"]);
}

/// What a model answers is data, whatever it holds.
#[test]
fn hostile_answers_are_harmless() {
    let hostile =
        "\u{1b}[2J\u{9b}31m\u{202e}`` ` |</code><script>alert(1)</script>\r\n::error::x @all";
    let project = Project::empty();
    let questions = Questions::new(3);
    let monday = questions.run("monday", "small-1");
    let mut tuesday = questions.run("tuesday", hostile);
    tuesday.cases[0].answer = Ok(hostile);
    tuesday.cases[1].answer = Err(hostile);
    tuesday.cases[2].tools = &["\u{1b}]0;title\u{7}"];
    let mut ids = questions.run("ids", "small-1");
    ids.cases[0].id = hostile;
    for run in [monday, tuesday, ids] {
        run.write(project.path());
    }
    for args in [
        &["monday", "tuesday"][..],
        &["monday", "tuesday", "--json"],
        &["monday", "tuesday", "--markdown", "-"],
        &["monday", "ids"],
        &["monday", "ids", "--json"],
        &["monday", "ids", "--markdown", "-"],
    ] {
        let said = project.fluxloop(&[&["compare"], args].concat()).exits(0);
        let acts = |char: char| char.is_control() && char != '\n' || char == '\u{202e}';
        assert!(!said.stdout.contains(acts), "{args:?}: {:?}", said.stdout);
        let begins = said.stdout.lines().any(|line| line.trim_start().starts_with("::"));
        assert!(!begins, "{args:?}: {}", said.stdout);
    }
}

/// A run with a mock that waits this long before each answer.
fn paced(project: &Project, name: &str, delay: &str) -> String {
    let args = ["mock", "--listen", "127.0.0.1:0", "--delay", delay, "--seed", "7"];
    let mock = Background::start(&mut project.command(&args), "mock agent: ");
    let url = format!("runner.http.url={}", mock.url("/chat"));
    project.run(&["--set", &url, "--output", name]).exits(0);
    project.experiments_in(name)[0].display().to_string()
}

/// Pairs of runs that nobody made up: a server that takes 60 % longer, and one that does not.
/// `cargo xtask alarms` plays more of them, closer to each other.
#[test]
fn a_slower_server_is_found_and_an_equal_one_is_not() {
    let input = |number| format!("{{\"id\": \"q-{number}\", \"input\": \"Hi {number}\"}}\n");
    let project = Project::new(
        "inputs: {file: inputs.jsonl}\nsimulation: {parallelism: 4}\nrunner: {http: {url: \
         'http://x/', stream: sse, stream_output_path: delta, body_template: {mapping: {input: \
         $.input}}}}\n",
    )
    .file("inputs.jsonl", &(0..40).map(input).collect::<String>());
    let first = paced(&project, "first", "100ms");
    for (name, delay, code) in [("slower", "160ms", 10), ("equal", "100ms", 0)] {
        let second = paced(&project, name, delay);
        let condition = ["--fail-on", "first_token_p50 > +10%", "--fail-on", "regressions > 0"];
        let args = [&["compare", &first, &second][..], &condition].concat();
        project.fluxloop(&args).exits(code);
    }
}

/// A check that compared nothing must not pass.
#[test]
fn runs_without_an_input_in_common_meet_no_condition() {
    let project = Project::new(
        "runner: {http: {url: 'http://x/', stream: sse, stream_output_path: delta}}\nbase_inputs: [a]\n",
    );
    project.run(&["--mock", "--output", "a"]).exits(0);
    project.run(&["--mock", "--input", "other", "--output", "b"]).exits(0);
    let [a, b] = ["a", "b"].map(|name| project.experiments_in(name)[0].display().to_string());
    project.fluxloop(&["compare", &a, &b, "--fail-on", "regressions > 0"]).exits(10);
}
