//! Keys that inputs bring along, each for its own case.

use std::fs;

use super::WRITTEN;
use crate::support::{Project, Server, content};

/// The keys of the cases: of a length that is found anywhere, and too short for that.
const KEYS: [&str; 3] = ["wWq8-Zk2l-0123", "q9RT/77+xy==zz", "k7!q"];

/// Where each of `keys` is found in a text.
fn found<'k>(keys: &[&'k str], text: &str) -> Vec<&'k str> {
    keys.iter().filter(|key| text.contains(**key)).copied().collect()
}

/// Each case sends its own key in a header, or in a parameter, and the answer says it.
#[test]
fn a_key_of_a_case_is_left_behind_nowhere() {
    let server = Server::echo();
    for (url, keys) in [
        ("/chat", "headers: { Authorization: 'Bearer {{ $.metadata.who }}' }"),
        ("/chat", "headers: { X-Api-Key: $.metadata.who }"),
        ("/chat", "query: { api_key: $.metadata.who }"),
        ("/chat?access_token={{ $.metadata.who }}", "timeout: 30s"),
    ] {
        let [long, odd, short] = KEYS;
        let inputs = format!(
            "{}\n{}\n{}\n{}\n",
            serde_json::json!({"input": format!("one {long} two"), "id": long, "who": long}),
            serde_json::json!({"input": format!("a {odd} b"), "who": odd, "deep": [odd]}),
            serde_json::json!({"input": "none", "who": short}),
            serde_json::json!({"input": "x", "who": odd, "fault": "status=500"}),
        );
        let project = Project::new(&format!(
            "inputs_file: inputs.jsonl\nrunner:\n  http:\n    url: '{}'\n    stream: sse\n    \
             stream_output_path: delta\n    retry: {{ attempts: 0 }}\n    {keys}\n",
            server.url(url)
        ))
        .file("inputs.jsonl", &inputs);
        let said = project.run(&["--verbose"]).exits(0);
        assert_eq!(project.outputs()[..2], ["one *** two", "a *** b"], "{}", said.stderr);
        let shown = format!("{}{}", said.stdout, said.stderr);
        assert_eq!(found(&KEYS, &shown), [""; 0], "{shown}");
        let folder = project.experiment();
        for file in fs::read_dir(&folder).expect("a folder") {
            let file = file.expect("an entry").path();
            let text = String::from_utf8_lossy(&content(&file)).into_owned();
            assert_eq!(found(&KEYS, &text), [""; 0], "{}", file.display());
        }
        assert!(WRITTEN.contains(&"inputs.jsonl"), "the keys are there");
        let said = project.run(&["--dry-run=4"]).exits(0);
        assert_eq!(found(&KEYS, &said.stdout), [""; 0], "{}", said.stdout);
        // What is masked for a case alone is the same case when the run is resumed.
        let folder = folder.to_str().expect("UTF-8");
        project.run(&["--resume", folder]).exits(0).says(&["every case was done before"]);
    }
}
