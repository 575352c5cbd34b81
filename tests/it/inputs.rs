//! Inputs from every kind of file, iterations and personas.

use crate::support::{Project, Server};

fn simulation(url: &str, keys: &str) -> String {
    format!("{keys}\nrunner:\n  http: {{ url: '{url}', stream: sse, stream_output_path: delta }}\n")
}

#[track_caller]
fn check_file(name: &str, content: &str, expected: &[(&str, &str)]) {
    let server = Server::echo();
    let simulation = simulation(&server.url("/chat"), &format!("inputs_file: {name}"));
    let project = Project::new(&simulation).file(name, content);
    project.run(&[]).exits(0);
    let traces = project.traces();
    let found: Vec<_> = traces
        .iter()
        .map(|trace| {
            (trace["case_id"].as_str().expect("an id"), trace["output"].as_str().expect("text"))
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn yaml_lists_of_strings_and_maps() {
    check_file(
        "inputs/in.yaml",
        "- Hi\n- { input: Ho, id: second }\n",
        &[("0/0", "Hi"), ("second/0", "Ho")],
    );
}

#[test]
fn yaml_as_the_generator_writes_it() {
    check_file(
        "in.yml",
        "generation_config: { x: 1 }\nstats: {}\ninputs:\n  - { input: Hi, persona: ada }\n",
        &[("0/0", "Hi")],
    );
}

#[test]
fn json_and_json_lines() {
    check_file(
        "in.json",
        r#"{"inputs": ["Hi", {"input": "Ho"}]}"#,
        &[("0/0", "Hi"), ("1/0", "Ho")],
    );
    check_file(
        "in.jsonl",
        "\"Hi\"\n\n{\"input\": \"Ho\", \"id\": \"x\"}\n",
        &[("0/0", "Hi"), ("x/0", "Ho")],
    );
}

#[test]
fn csv_with_a_header() {
    check_file(
        "in.csv",
        "id,input,topic\na,\"Hi, you\",x\nb,Ho,y\n",
        &[("a/0", "Hi, you"), ("b/0", "Ho")],
    );
}

#[test]
fn an_input_is_text_and_never_interpolated() {
    check_file("in.yaml", "- '${HOME} and $.input'\n", &[("0/0", "${HOME} and $.input")]);
}

#[test]
fn iterations_repeat_each_input() {
    let server = Server::echo();
    let project = Project::new(&simulation(&server.url("/chat"), "base_inputs: [Hi, Ho]"));
    project.run(&["-i", "2"]).exits(0);
    let traces = project.traces();
    let ids: Vec<_> = traces.iter().map(|trace| trace["case_id"].as_str()).collect();
    assert_eq!(ids, [Some("0/0"), Some("0/1"), Some("1/0"), Some("1/1")]);
    assert_eq!(traces[1]["iteration"], 1);
}

#[test]
fn personas_select_inputs() {
    let server = Server::echo();
    let keys = "base_inputs: [{input: a, persona: x}, {input: b, persona: y}, {input: c}]";
    let project = Project::new(&simulation(&server.url("/chat"), keys));
    project.run(&["-p", "y"]).exits(0);
    assert_eq!(project.outputs(), ["b"]);
    assert_eq!(project.trace()["persona"], "y");
}

#[test]
fn an_input_template_is_applied() {
    let server = Server::echo();
    let keys = "base_inputs: [{input: a, persona: x}]\ninput_template: '{persona} says: {input}'";
    let project = Project::new(&simulation(&server.url("/chat"), keys));
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["x says: a"]);
}

#[test]
fn duplicate_ids_are_refused_before_anything_is_sent() {
    let server = Server::echo();
    let simulation = simulation(&server.url("/chat"), "inputs_file: in.jsonl");
    let project = Project::new(&simulation)
        .file("in.jsonl", "{\"input\": \"a\", \"id\": \"x\"}\n{\"input\": \"b\", \"id\": \"x\"}\n");
    project.run(&[]).exits(3).says(&["in.jsonl:2", "same id as the input in line 1"]);
    assert_eq!(server.agent().served().requests, 0);
}
