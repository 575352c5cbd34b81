//! Where values come from, and who wins.

use std::time::Duration;

use insta::assert_snapshot;

use super::Project;
use crate::Origin;

const INPUT: &str = "base_inputs: [Hello]\n";

#[test]
fn later_layers_win_one_after_the_other() {
    let layer = |timeout: &str| format!("runner: {{http: {{timeout: {timeout}}}}}\n");
    let mut project = Project::new(&[
        ("configs/simulation.yaml", "runner: {http: {url: 'http://localhost'}}"),
        ("configs/input.yaml", INPUT),
    ]);
    let check = |project: &Project, seconds, origin: &str| {
        let loaded = project.loaded();
        assert_eq!(loaded.plan.clocks.attempt, Duration::from_secs(seconds));
        assert_eq!(loaded.settings.origin("runner.http.timeout").unwrap().to_string(), origin);
    };
    check(&project, 60, "default");
    project.write("configs/project.yaml", layer("1"));
    check(&project, 1, "configs/project.yaml:1:26");
    project.write("configs/input.yaml", format!("{INPUT}{}", layer("2s")));
    check(&project, 2, "configs/input.yaml:2:26");
    project.write(
        "configs/simulation.yaml",
        "runner:\n  http:\n    url: http://localhost\n    timeout: 3s\n",
    );
    check(&project, 3, "configs/simulation.yaml:4:14");
    project = project.env(&[("FLUXLOOP__RUNNER__HTTP__TIMEOUT", "4s")]);
    check(&project, 4, "environment variable FLUXLOOP__RUNNER__HTTP__TIMEOUT");
    project = project.set(&["runner.http.timeout=5s"]);
    check(&project, 5, "--set runner.http.timeout");
}

#[test]
fn flags_win_over_everything() {
    let mut project = Project::http("").set(&["iterations=2", "simulation.parallelism=2"]);
    project.options.iterations = Some(3);
    project.options.parallelism = Some(4);
    project.options.output = Some("out".into());
    let loaded = project.loaded();
    assert_eq!(loaded.plan.iterations.get(), 3);
    assert_eq!(loaded.plan.parallelism.get(), 4);
    assert_eq!(loaded.settings.origin("iterations"), Some(&Origin::Flag("--iterations")));
    assert_eq!(loaded.output_directory, project.options.current_dir.join("out"));
}

#[test]
fn headers_merge_by_name_without_regard_to_case() {
    let project = Project::new(&[
        ("configs/project.yaml", "runner: {http: {headers: {X-A: a, x-b: b, X-C: c}}}"),
        (
            "configs/simulation.yaml",
            "base_inputs: [a]\nrunner: {http: {url: 'http://localhost', headers: {x-a: 1.10, X-B: null}}}",
        ),
    ])
    .env(&[("FLUXLOOP__RUNNER__HTTP__HEADERS__X_C", "z")]);
    let headers = project.loaded().plan.request.headers;
    let shown: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    assert_eq!(shown, ["x-a: 1.10", "x-c: z"]);
}

#[test]
fn mapping_and_query_are_replaced_as_a_whole_and_keep_their_order() {
    let project = Project::new(&[
        (
            "configs/project.yaml",
            "runner: {http: {query: {a: 1}, body_template: {mapping: {a: 1, z: 2}}}}",
        ),
        (
            "configs/simulation.yaml",
            "base_inputs: [a]\nrunner: {http: {url: 'http://localhost', query: {z: 1, b: 2}, \
             body_template: {mapping: {z: $.input, b: 1, a: {y: 1, c: 2}}}}}",
        ),
    ]);
    let written = project.loaded().settings.as_written().clone();
    assert_snapshot!(written["runner"]["http"]["body_template"]["mapping"].to_string(), @r##"{"z":"$.input","b":1,"a":{"y":1,"c":2}}"##);
    assert_snapshot!(written["runner"]["http"]["query"].to_string(), @r##"{"z":1,"b":2}"##);
}

#[test]
fn nothing_means_that_nothing_is_written() {
    let project = Project::http("timeout: null\nidle_timeout: 5s\nretry:\nheaders:\nstream: ~")
        .set(&["runner.http.idle_timeout="]);
    let plan = project.loaded().plan;
    assert_eq!(plan.clocks.attempt, Duration::from_mins(1));
    assert_eq!(plan.clocks.idle, None);
    assert_eq!(plan.retry.attempts, 2);
}

#[test]
fn arguments_are_yaml_scalars_or_flow() {
    let project = Project::http("").set(&[
        "name=a: b # c",
        "runner.http.headers.'X.Y'=v",
        "runner.http.retry={attempts: 1, status_codes: [500]}",
        "runner.http.require_text=false",
        "description=\"quoted\\tescape\"",
        "base_inputs=[one, {input: two}]",
    ]);
    let loaded = project.loaded();
    assert_eq!(loaded.plan.name, "a: b # c");
    assert_eq!(loaded.plan.request.headers["x.y"], "v");
    assert_eq!((loaded.plan.retry.attempts, loaded.plan.retry.status_codes), (1, [500].into()));
    assert_eq!(loaded.settings.as_written()["description"], "quoted\tescape");
    assert_eq!(loaded.inputs.total(), 2);
}

#[test]
fn the_newer_name_of_a_key_wins_with_a_warning() {
    let project = Project::new(&[
        ("configs/project.yaml", "simulation: {parallelism: 3}"),
        (
            "configs/simulation.yaml",
            "base_inputs: [a]\nparallel_runs: 5\nrunner:\n  stream_output_path: old\n  http: {url: 'http://localhost', stream: sse}\n",
        ),
    ]);
    assert_eq!(project.loaded().plan.parallelism.get(), 3);
    assert_snapshot!(project.warnings(), @"configs/simulation.yaml:2:16: simulation.parallelism: `parallel_runs` is the older name of this key, and loses");
    let written = project.loaded().settings.as_written().clone();
    assert_eq!(written["runner"]["http"]["stream_output_path"], "old");
}

#[test]
fn keys_without_effect_draw_one_warning() {
    let project = Project::simulation(
        "version: 1\nvariation_count: 3\nevaluators: []\ncollector_url: http://u:hunter2@h\ncollector_api_key: hunter2hunter2\nbase_inputs: [a]\n\
         runner:\n  timeout_seconds: ${NOBODY}\n  docker_image: x\n  environment_vars: {API_TOKEN: hunter3hunter3}\n  http: {url: 'http://localhost'}\n",
    );
    assert_snapshot!(project.warnings(), @"these keys have no effect on an HTTP run: `runner.timeout_seconds`, `runner.docker_image`, `runner.environment_vars`, `version`, `variation_count`, `evaluators`, `collector_url`, `collector_api_key`");
    // Nor are they written, because nobody here knows what in them is secret.
    let written = project.loaded().settings.as_written().to_string();
    for absent in ["hunter", "collector", "environment_vars", "docker", "evaluators"] {
        assert!(!written.contains(absent), "{written}");
    }
}

#[test]
fn projects_are_found_by_root_and_name() {
    let text = "base_inputs: [a]\nrunner: {http: {url: 'http://localhost'}}";
    let mut project = Project::new(&[
        ("fluxloop/configs/simulation.yaml", text),
        ("fluxloop/agent/configs/simulation.yaml", text),
        ("other/agent/configs/simulation.yaml", text),
        ("lone/agent.yaml", text),
        ("lone/project.yaml", "nonsense: 1"),
    ]);
    let name = |project: &Project| {
        let loaded = project.loaded();
        (
            loaded.plan.name,
            loaded.output_directory.strip_prefix(&project.options.current_dir).unwrap().to_owned(),
        )
    };
    assert_eq!(name(&project), ("fluxloop".into(), "fluxloop/experiments".into()));
    project.options.project = Some("agent".into());
    assert_eq!(name(&project), ("agent".into(), "fluxloop/agent/experiments".into()));
    project.options.root = Some("other".into());
    assert_eq!(name(&project), ("agent".into(), "other/agent/experiments".into()));
    project.options.config = Some("lone/agent.yaml".into());
    assert_eq!(name(&project), ("lone".into(), "lone/experiments".into()));
}

#[test]
fn evaluation_yaml_and_the_other_siblings_are_left_alone() {
    let project = Project::http("");
    project.write("configs/evaluation.yaml", "evaluators: [x]");
    project.write("configs/other.yaml", "broken: [");
    assert_eq!(project.loaded().warnings, []);
}

#[test]
fn a_configuration_can_be_written_and_loaded_again() {
    let mut project = Project::http(
        "stream: sse\nstream_output_path: delta\nheaders:\n  Authorization: Bearer ${KEY}\n  X-V: 1.10\n\
         query: {q: $.persona}\nbody_template:\n  mapping:\n    b: null\n    json: |\n      {\"x\": \"$.input\", \"y\": \"[1]\\n${KEY}\"}\n\
         \x20   stripped: |-\n      [\"$.input\"]\n    path: |\n      $.input\n    text: \"[1, 2]\\n\"\n    c: $${X}\n",
    )
    .env(&[("KEY", "sk-live-0123456789")]);
    project.options.output = Some("out".into());
    let first = project.loaded();
    let mut again = Project::new(&[("run/config.yaml", &first.settings.to_yaml())])
        .env(&[("KEY", "sk-live-0123456789")]);
    again.options.config = Some("run/config.yaml".into());
    let second = again.loaded();
    assert_eq!(second.warnings, []);
    assert_eq!(second.settings.as_written(), first.settings.as_written());
    assert_eq!(second.settings.hash(), first.settings.hash());
    assert_eq!(second.inputs.hash(), first.inputs.hash());
    assert_eq!(second.plan.name, first.plan.name);
    assert_eq!(second.output_directory, first.output_directory);
    assert_eq!(body(&second), body(&first));
    assert_eq!(body(&first)["text"], "[1, 2]\n");
    assert_eq!(body(&first)["json"]["x"], "Hello");
}

/// The body of the first request.
fn body(loaded: &crate::Loaded) -> serde_json::Value {
    let input = loaded.inputs.iter().next().unwrap().unwrap();
    let case = fluxloop_plan::Case { index: 0, iteration: 0, input };
    let request = loaded.plan.request.render(&case, &loaded.plan.response).unwrap();
    serde_json::from_slice(&request.body.unwrap()).unwrap()
}

#[test]
fn the_hash_is_of_what_decides_the_results() {
    let hash =
        |arguments: &[&str]| Project::http("").set(arguments).loaded().settings.hash().to_owned();
    let first = hash(&[]);
    assert_eq!(hash(&["simulation.parallelism=8", "output_directory=x"]), first);
    assert_eq!(hash(&["runner.http.timeout=60s"]), first);
    assert_ne!(hash(&["runner.http.timeout=61s"]), first);
}

#[test]
fn the_later_of_two_arguments_wins_whatever_the_case_of_a_header() {
    let project = Project::http("").set(&[
        "runner.http.headers.X-A=1",
        "runner.http.headers.X-B=b",
        "runner.http.headers.x-a=2",
    ]);
    let headers = project.loaded().plan.request.headers;
    assert_eq!(
        (&headers["x-a"], &headers["x-b"], headers.len()),
        (&"2".parse().unwrap(), &"b".parse().unwrap(), 2)
    );
    let flow = Project::http("").set(&["runner.http.headers={X-A: 1, x-a: 2}"]);
    assert_snapshot!(flow.errors(), @"--set runner.http.headers: runner.http.headers.x-a: is the same header as `X-A`; keep one of them");
}

#[test]
fn personas_are_trimmed() {
    let mut project = Project::simulation(
        "base_inputs: [{input: x, persona: a}, {input: y, persona: b}]\nrunner: {http: {url: 'http://localhost'}}",
    );
    project.options.personas = vec!["a".into(), " b".into()];
    assert_eq!(project.loaded().inputs.total(), 2);
}

#[cfg(unix)]
#[test]
fn a_configuration_may_come_through_a_pipe() {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"base_inputs: [a]\nrunner: {http: {url: 'http://localhost'}}").unwrap();
    drop(writer);
    let mut project = Project::new(&[]);
    project.options.config = Some(format!("/dev/fd/{}", reader.as_raw_fd()).into());
    let loaded = project.loaded();
    assert_eq!(loaded.project_root, project.options.current_dir);
}

#[test]
fn many_keys_take_linear_time() {
    let keys: Vec<String> = (0..10_000).map(|n| format!("  k{n}: {n}\n")).collect();
    let text = |begin: &str| format!("{begin}metadata:\n{}", keys.concat());
    let project = Project::new(&[
        ("configs/project.yaml", &text("")),
        (
            "configs/simulation.yaml",
            &text("base_inputs: [a]\nrunner: {http: {url: 'http://localhost'}}\n"),
        ),
    ]);
    let origin = project.loaded().settings.origin("metadata.k9999").unwrap().to_string();
    assert_eq!(origin, "configs/simulation.yaml:10003:10");
}

#[test]
fn null_unsets_what_a_weaker_layer_set() {
    let project = Project::http("body_template: {mapping: {q: $.input}}\ntimeout: 5s");
    let project = project.set(&["runner.http.body_template=null", "runner.http.timeout=null"]);
    let loaded = project.loaded();
    assert!(loaded.plan.request.body.is_none());
    assert_eq!(loaded.plan.clocks.attempt.as_secs(), 60);
    let project = Project::http("retry: {attempts: 7}").set(&["runner.http.retry="]);
    assert_eq!(
        project.loaded().plan.retry.attempts,
        Project::http("").loaded().plan.retry.attempts
    );
}

#[test]
fn a_profile_is_laid_over_the_files() {
    let mut project = Project::http("timeout: 5s\nheaders: {X-A: a}");
    project
        .write("configs/profiles/far.yml", "runner: {http: {timeout: 9s, headers: {X-A: null}}}");
    project.options.profile = Some("far".to_owned());
    let loaded = project.loaded();
    assert_eq!(loaded.plan.clocks.attempt.as_secs(), 9);
    assert!(loaded.plan.request.headers.is_empty());
    assert!(loaded.settings.files().last().unwrap().ends_with("configs/profiles/far.yml"));
    project.options.profile = Some("fra".to_owned());
    assert_eq!(project.errors(), "no profile `fra` found; there are `far`; did you mean `far`?");
    project.options.profile = Some("../far".to_owned());
    assert!(project.errors().starts_with("no profile `../far` found; there are `far`"));
}

#[test]
fn a_project_is_found_from_its_subfolders() {
    let mut project = Project::http("");
    project.write("inputs/deep/x.jsonl", "");
    let top = project.options.current_dir.clone();
    assert!(!project.loaded().is_above);
    for folder in ["inputs/deep", "configs"] {
        project.options.current_dir = top.join(folder);
        let loaded = project.loaded();
        assert!(loaded.is_above);
        assert_eq!(loaded.project_root, top);
    }
}

#[test]
fn the_search_for_a_project_ends_at_a_repository_and_at_home() {
    let mut project = Project::http("");
    project.write("inputs/deep/x.jsonl", "");
    let top = project.options.current_dir.clone();
    project.options.current_dir = top.join("inputs/deep");
    project.write("inputs/.git/HEAD", "");
    assert!(project.errors().starts_with("no configuration found"));
    std::fs::remove_dir_all(top.join("inputs/.git")).unwrap();
    let home = top.join("inputs");
    let project = project.env(&[("HOME", home.to_str().unwrap())]);
    assert!(project.errors().starts_with("no configuration found"));
}
