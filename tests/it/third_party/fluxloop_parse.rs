//! FluxLoop's own tool reads what a run leaves behind.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Project, Server, Venv, fixtures};

const FLUXLOOP: &[&str] = &["fluxloop-cli==0.2.36"];

/// What its `parse` makes of the only run: its records in the order of the inputs.
fn parse(venv: &Venv, project: &Project, options: &[&str]) -> Vec<Value> {
    let folder = project.experiment();
    let folder = folder.to_str().expect("the path is text");
    venv.run("fluxloop", &[&["parse", "experiment", folder], options].concat()).exits(0);
    let records =
        fs::read_to_string(project.experiment().join("per_trace_analysis/per_trace.jsonl"))
            .expect("it wrote records");
    records.lines().map(|line| serde_json::from_str(line).expect("a record")).collect()
}

/// The page that it wrote about a record.
fn page(project: &Project, record: &Value) -> String {
    let trace_id = record["trace_id"].as_str().expect("an id");
    let pages = project.experiment().join("per_trace_analysis");
    let page = pages.join(format!("00_{trace_id}.md"));
    fs::read_to_string(page).expect("it wrote a page")
}

const SIMULATION: &str = r#"
base_inputs:
  - { input: "Hello", topic: x, persona: ada }
  - { input: "Grüße, 🦀 \"quoted\"\n# no heading", topic: x }
  - "no topic"
runner:
  http:
    url: https://agent.example/chat
    stream: sse
    stream_output_path: delta
    body_template: { mapping: { input: $.input, topic: $.metadata.topic } }
"#;

#[test]
fn inputs_and_outputs_of_a_run_are_shown() {
    let Some(venv) = Venv::with(FLUXLOOP) else { return };
    let project = Project::new(SIMULATION);
    project.run(&["--mock"]).exits(10);
    let records = parse(&venv, &project, &[]);

    let inputs = ["Hello", "Gr\u{fc}\u{df}e, \u{1f980} \"quoted\"\n# no heading", "no topic"];
    assert_eq!(records.len(), inputs.len());
    for (record, input) in records.iter().zip(inputs) {
        assert_eq!(record["input"], input);
        let page = page(&project, record);
        assert!(page.contains(&json!(input).to_string()), "{page}");
    }
    for (record, input) in records.iter().zip(inputs).take(2) {
        assert_eq!(record["success"], true);
        assert_eq!(record["output"], input, "the mock echoes");
        assert_eq!(record["timeline"].as_array().map(Vec::len), Some(1));
        assert!(record["timeline"][0]["duration_ms"].as_f64() > Some(0.0), "{record:#}");
        let roles: Vec<_> = [0, 1].map(|turn| &record["conversation"][turn]["role"]).to_vec();
        assert_eq!(roles, ["user", "assistant"]);
    }
    assert_eq!(records[0]["summary"]["persona"], "ada");
    assert_eq!(records[2]["success"], false);
    // Its request could not even be made, so that nothing was observed.
    assert_eq!(records[2]["timeline"], json!([]));

    let again = parse(&venv, &project, &["--overwrite"]);
    assert_eq!(again, records);
}

#[test]
fn every_attempt_of_a_failure_is_a_step_of_its_timeline() {
    let Some(venv) = Venv::with(FLUXLOOP) else { return };
    let server = Server::script(r#"{"answers": [{"status": 503, "steps": [{"send": "busy"}]}]}"#);
    let project = Project::new(&format!(
        "base_inputs: [Hello]\nrunner:\n  http: {{ url: '{}', stream: sse, retry: {{ attempts: 1, \
         backoff: 1ms }} }}\n",
        server.url("/chat")
    ));
    project.run(&[]).exits(10);
    let records = parse(&venv, &project, &[]);
    let timeline = records[0]["timeline"].as_array().expect("a timeline");
    assert_eq!(timeline.len(), 2);
    // The first one was tried again, the last one was not.
    for (step, level) in timeline.iter().zip(["warning", "error"]) {
        assert_eq!(step["type"], "generation");
        assert_eq!(step["level"], level);
        assert!(step["raw"]["error"].to_string().contains("503"), "{step:#}");
    }
    assert!(page(&project, &records[0]).contains("### Step 2: [generation]"));
}

#[test]
fn its_pytest_bridge_reads_the_summary() {
    let Some(venv) = Venv::with(FLUXLOOP) else { return };
    let project = Project::new(SIMULATION);
    project.run(&["--mock"]).exits(10);
    let script = fixtures().join("fluxloop_bridge.py");
    let summary = project.experiment().join("summary.json");
    let paths = [&script, &summary].map(|path| path.to_str().expect("the path is text"));
    let seen: Value =
        serde_json::from_str(&venv.run("python", &paths).exits(0).stdout).expect("it prints JSON");
    assert_eq!(seen["total_runs"], 3);
    assert_eq!(seen["failed_runs"], 1);
    assert_eq!(seen["success_rate"], 2.0 / 3.0);
    assert!(seen["avg_duration_ms"].as_f64() > Some(0.0), "{seen}");
    // Without these its assertion says "unknown failure".
    assert_eq!(seen["errors"].as_array().map(Vec::len), Some(1), "{seen}");
    assert_eq!(seen["errors"][0][0], "no topic");
    let message = seen["errors"][0][1].as_str().expect("a message");
    assert!(message.contains("`$.metadata.topic`"), "{message}");
}

#[test]
fn its_status_shows_runs_and_success_rate() {
    let Some(venv) = Venv::with(FLUXLOOP) else { return };
    let project = Project::new(SIMULATION);
    project.run(&["--mock"]).exits(10);
    let folder = project.path().join("experiments");
    let folder = folder.to_str().expect("the path is text");
    let shown = venv.run("fluxloop", &["status", "experiments", "--output", folder]).exits(0);
    shown.says(&["Runs: 3", "Success Rate: 66.7%"]);
}
