//! Many inputs at once.

use std::collections::HashSet;

use crate::support::{Project, Server};

const INPUTS: usize = 1000;

fn project(url: &str) -> Project {
    let inputs: Vec<_> = (0..INPUTS).map(|n| format!("{{\"input\": \"{}\"}}\n", text(n))).collect();
    Project::new(&format!(
        r#"
inputs_file: inputs/many.jsonl
runner:
  http:
    url: "{url}"
    stream: sse
    stream_output_path: delta
"#
    ))
    .file("inputs/many.jsonl", &inputs.concat())
}

fn text(n: usize) -> String {
    format!("Question {n}: wie geht\u{2019}s, \u{1f980}? ")
}

#[test]
fn a_thousand_inputs_give_the_same_texts_at_any_parallelism() {
    let server = Server::echo();
    let expected: Vec<String> = (0..INPUTS).map(text).collect();
    for parallelism in ["100", "1"] {
        let project = project(&server.url("/chat"));
        project.run(&["--yes", "--no-display", "--parallelism", parallelism]).exits(0);
        assert_eq!(project.outputs(), expected, "parallelism {parallelism}");

        let summary = project.json("summary.json");
        assert_eq!(summary["status"], "complete");
        assert_eq!(summary["results"]["total_runs"], INPUTS);
        assert_eq!(summary["results"]["successful"], INPUTS);
        assert_eq!(summary["results"]["success_rate"], 1.0);
        assert_eq!(summary["outcomes"]["succeeded"], INPUTS);
        let traces = project.traces();
        let ids: HashSet<_> = traces.iter().map(|trace| trace["trace_id"].as_str()).collect();
        assert_eq!(ids.len(), INPUTS);
    }
}
