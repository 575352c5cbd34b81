//! How answers are read: framing, schema, and the keys that are short for parts of one.

use fluxloop_aggregate::AnswerRules;
use fluxloop_schema::{Condition, Schema, StreamKind, Test, TypePattern, load};
use insta::assert_snapshot;
use serde_json::Value;

use super::Project;

#[track_caller]
fn rules(lines: &str) -> AnswerRules {
    Project::http(lines).loaded().plan.response
}

/// The lines come to this schema, which stands in YAML.
#[track_caller]
fn check(lines: &str, schema: &str) {
    assert_eq!(rules(lines).schema, of_yaml(schema));
}

fn of_yaml(schema: &str) -> Schema {
    let value: Value = serde_yaml::from_str(schema).unwrap();
    load(&value, "inline", &mut |_, _| None).unwrap().schema
}

fn types(names: &[&str]) -> Condition {
    Condition::Type(names.iter().map(|name| TypePattern::parse(name)).collect())
}

#[test]
fn the_stream_wins_over_the_framing_of_the_schema() {
    let stream = |lines: &str| rules(lines).stream;
    assert_eq!(stream(""), StreamKind::None);
    assert_eq!(stream("stream: auto"), StreamKind::Auto);
    assert_eq!(stream("stream: text"), StreamKind::Text);
    assert_eq!(stream("stream_schema: {framing: jsonl, text: a}"), StreamKind::JsonLines);
    assert_eq!(stream("stream: json\nstream_schema: {framing: jsonl, text: a}"), StreamKind::Json);
    assert_eq!(stream("stream_schema: ollama"), StreamKind::JsonLines);
}

#[test]
fn a_schema_is_a_map_a_preset_or_a_file() {
    check("stream: sse\nstream_schema: {text: {when: a, path: b}}", "text: {when: a, path: b}");
    check("stream: sse\nstream_schema: ag-ui", "ag-ui");
    let project = Project::http("stream: sse\nstream_schema: ./my/schema.yaml");
    project.write("my/schema.yaml", "{extends: ./base.json, model: ['${M}']}");
    project.write("my/base.json", r#"{"text": {"when": "a", "path": "b"}}"#);
    let rules = project.env(&[("M", "m")]).loaded().plan.response;
    assert_eq!(rules.schema.text, of_yaml("text: {when: a, path: b}").text);
    assert_eq!(rules.schema.model, of_yaml("model: m").model);
    assert_eq!(rules.schema.name, "./my/schema.yaml");
}

#[test]
fn a_later_layer_replaces_the_whole_schema() {
    let project = Project::http("stream: sse\nstream_schema: {text: a, sequence: n}")
        .set(&["runner.http.stream_schema={text: b}"]);
    assert_eq!(project.loaded().plan.response.schema, of_yaml("text: b"));
}

#[test]
fn page_keys_are_a_schema_upon_auto() {
    let check = |lines: &str, schema: &str| {
        let schema = Schema { name: "auto".to_owned(), ..of_yaml(schema) };
        assert_eq!(rules(&format!("stream: sse\n{lines}")).schema, schema);
    };
    check("stream_output_path: a.b", "text: a.b");
    check("stream_output_path: a\nstream_event_filter: x", "text: {when: x, path: a}");
    check("stream_event_filter: [x, 'y*']", "text: {when: [x, 'y*']}");
    check("", "text: {}");
    check("stream_done: {event: x}", "{text: {}, end: x}");
    check("stream_done: {data: '[END]'}", "{text: {}, end: [{when: {data: '[END]'}}]}");
    check(
        "stream_done: {path: a.b, equals: 1}",
        "{text: {}, end: [{when: {path: a.b, equals: 1}}]}",
    );
}

#[test]
fn page_keys_replace_parts_of_a_preset() {
    let filtered = rules("stream_schema: ag-ui\nstream_event_filter: MY_TEXT").schema;
    let preset = rules("stream_schema: ag-ui").schema;
    assert_eq!(filtered.text.rules.len(), preset.text.rules.len());
    assert!(filtered.text.rules.iter().all(|rule| rule.when == Some(types(&["MY_TEXT"]))));
    let ended = rules("stream_schema: ag-ui\nstream_done: {event: MY_END}");
    assert_eq!(ended.schema.end[0].when, types(&["MY_END"]));
    assert!(ended.has_own_end);
}

#[test]
fn the_text_of_a_body_in_one_piece_has_three_sources() {
    let check = |lines: &str, path: &str, has_own_path: bool| {
        let rules = rules(lines);
        let paths: Vec<&str> = rules
            .schema
            .text
            .rules
            .iter()
            .filter_map(|it| Some(it.path.as_ref()?.as_str()))
            .collect();
        assert_eq!((paths, rules.has_own_path), (vec![path], has_own_path), "{lines}");
    };
    check("", "$.output", false);
    check("output_path: a", "a", true);
    check("stream: none\nstream_schema: {text: b}", "b", true);
    check("stream: none\nstream_schema: {model: b}", "$.output", false);
    check("stream: none\nstream_schema: openai-chat\noutput_path: a", "a", true);
}

#[test]
fn text_that_is_not_interpreted_is_the_data() {
    let rules = rules("stream: text\nstream_schema: openai-chat");
    assert_eq!(rules.schema.text.rules.len(), 1);
    assert_eq!(rules.schema.text.rules[0].path, None);
}

#[test]
fn placeholders_of_a_schema_are_replaced() {
    let project = Project::http(
        "stream: sse\nstream_schema: {text: {when: '${T}', path: 'a.${P}'}, end: [{when: {path: a, \
         equals: '${T}'}}]}",
    )
    .env(&[("T", "chunk"), ("P", "b")]);
    let schema = project.loaded().plan.response.schema;
    assert_eq!(schema.text.rules[0].when, Some(types(&["chunk"])));
    assert_eq!(schema.text.rules[0].path, Some("a.b".parse().unwrap()));
    let Condition::Test { test: Test::Equals(value), .. } = &schema.end[0].when else { panic!() };
    assert_eq!(value, "chunk");
}

#[test]
fn a_fault_points_at_its_place() {
    assert_snapshot!(Project::http(
        "stream: sse\nstream_schema:\n  txt: a\n  reasoning:\n    - { when: a, path: \"b..\" }\n    - whn: c\n  end:\n    - { when: a }\n    - { when: [a] }\n  sequence: 'n[*]'\n  framing: see"
    ).errors(), @r##"
configs/simulation.yaml:7:7: runner.http.stream_schema.txt: unknown key; did you mean `text`?
configs/simulation.yaml:9:32: runner.http.stream_schema.reasoning[0].path: is not a valid path: the path ends where a name, `*` or `[` should stand
configs/simulation.yaml:10:11: runner.http.stream_schema.reasoning[1].whn: unknown key; did you mean `when`?
configs/simulation.yaml:14:17: runner.http.stream_schema.sequence: must find a single value: names and indices only; `*`, filters, slices and `..` belong in `path` of a text rule, `message` or `each`
configs/simulation.yaml:15:16: runner.http.stream_schema.framing: must be `sse`, `jsonl`, `json`, `text`, `auto` or `none`; did you mean `sse`?
"##);
    assert_snapshot!(Project::http("stream_schema: [a]").errors(), @"configs/simulation.yaml:5:20: runner.http.stream_schema: must be the name of a preset, the path of a file (`./mine.yaml`), or a map, not a list");
    assert_snapshot!(Project::http("stream_schema: openai_chat").errors(), @"configs/simulation.yaml:5:20: runner.http.stream_schema: is not a preset; did you mean `openai-chat`? `fluxloop schema list` prints the presets, and the path of a file begins with `./`");
    assert_snapshot!(Project::http("stream_schema: {extends: agui, text: 1}").errors(), @"configs/simulation.yaml:5:30: runner.http.stream_schema.extends: is not a preset; did you mean `ag-ui`? `fluxloop schema list` prints the presets, and the path of a file begins with `./`");
    assert_snapshot!(Project::http("stream_schema: {text: {when: a, path: '${P}'}}").env(&[("P", "secret[")]).errors(), @"configs/simulation.yaml:5:43: runner.http.stream_schema.text.path: is not a JSONPath");
}

#[test]
fn a_fault_in_a_file_names_the_file() {
    let project = Project::http("stream_schema: ./a.yaml");
    project.write("a.yaml", "# mine\ntext:\n  - { when: x, path: '$y' }\nextends: ./b.yaml\n");
    project.write("b.yaml", "model: 1\n");
    assert_snapshot!(project.errors(), @r##"
a.yaml:3:24: text[0].path: is not a valid path: a name follows `$` without a dot; write `$.name`, or leave the `$` out
b.yaml:1:8: model: must be a path, or a map with `when` and `path`, not a number
"##);
    project.write("b.yaml", "extends: ./a.yaml\n");
    assert_snapshot!(project.errors(), @"b.yaml:1:10: extends: leads back to this schema; extend another one, or write `extends: none`");
    project.write("a.yaml", "extends: ./none.yaml\n");
    assert_snapshot!(project.errors(), @"a.yaml:1:10: extends: `none.yaml` cannot be read: there is no such file");
    project.write("a.yaml", "text: {\n");
    assert_snapshot!(project.errors(), @"a.yaml:1:7: text: a `{` is opened here and never closed; close it with `}`");
    assert_snapshot!(Project::http("stream_schema: ./none.yaml").errors(), @"configs/simulation.yaml:5:20: runner.http.stream_schema: `none.yaml` cannot be read: there is no such file");
}

#[test]
fn a_bracket_in_a_flow_map_wants_quotes() {
    assert_snapshot!(Project::http("stream_schema:\n  text: { when: X, path: choices[0].delta }").errors(), @r##"configs/simulation.yaml:6:37: runner.http.stream_schema.text: has a bracket inside `{ }` or `[ ]`, where YAML reads it as its own; put the path in quotes, for example `path: "choices[0].delta"`"##);
    assert_snapshot!(Project::http("stream_schema:\n  text: [choices[0].delta, b]").errors(), @r##"configs/simulation.yaml:6:21: runner.http.stream_schema.text: has a bracket inside `{ }` or `[ ]`, where YAML reads it as its own; put the path in quotes, for example `path: "choices[0].delta"`"##);
    assert_snapshot!(Project::http("stream_schema:\n  text: { path: a[?@.b == 'c'].d }").errors(), @r##"configs/simulation.yaml:6:22: runner.http.stream_schema.text: has a bracket inside `{ }` or `[ ]`, where YAML reads it as its own; put the path in quotes, for example `path: "choices[0].delta"`"##);
    assert_snapshot!(Project::http("headers: { a: b\n  c: [d").errors(), @"configs/simulation.yaml:5:14: runner.http.headers: a `{` is opened here and never closed; close it with `}`");
}

#[test]
fn a_page_key_next_to_the_same_key_of_a_map_is_a_fault() {
    assert_snapshot!(Project::http("stream: sse\nstream_schema: {text: a, end: b}\nstream_output_path: c\nstream_event_filter: d\nstream_done: {event: e}").errors(), @r##"
configs/simulation.yaml:7:25: runner.http.stream_output_path: cannot be used together with `stream_schema.text`; keep one of them
configs/simulation.yaml:8:26: runner.http.stream_event_filter: cannot be used together with `stream_schema.text`; keep one of them
configs/simulation.yaml:9:18: runner.http.stream_done: cannot be used together with `stream_schema.end`; keep one of them
"##);
    assert_snapshot!(Project::http("stream_schema: {text: a}\noutput_path: c").errors(), @"configs/simulation.yaml:6:18: runner.http.output_path: cannot be used together with `stream_schema.text`; keep one of them");
    rules("stream: sse\nstream_schema: {text: a, end: b}\nstream_done: auto");
}

#[test]
fn json_needs_to_know_where_the_text_is() {
    assert_snapshot!(Project::http("stream: jsonl").errors(), @"configs/simulation.yaml:5:13: runner.http.stream: needs to know where the text of a JSON document is; add `stream_output_path`, for example `stream_output_path: message.content`, or a `stream_schema` with `text`");
    assert_snapshot!(Project::http("stream_schema: {framing: json, model: a}").errors(), @"configs/simulation.yaml:5:20: runner.http.stream_schema: needs to know where the text of a JSON document is; add `stream_output_path`, for example `stream_output_path: message.content`, or a `stream_schema` with `text`");
    assert_eq!(rules("stream: jsonl\nstream_output_path: a").stream, StreamKind::JsonLines);
}

#[test]
fn conditions_of_an_end_look_at_one_place() {
    assert_snapshot!(Project::http("stream: sse\nstream_done: {path: 'a[*]', equals: b}").errors(), @"configs/simulation.yaml:6:25: runner.http.stream_done.path: must find a single value: names and indices only; `*`, filters, slices and `..` belong in `path` of a text rule, `message` or `each`");
}

#[test]
fn a_type_that_is_almost_known_draws_a_warning() {
    assert_snapshot!(Project::http("stream_schema:\n  extends: ag-ui\n  text: {when: TEXT_MESSAGE_CONTNET, path: delta}").warnings(), @"configs/simulation.yaml:7:20: runner.http.stream_schema.text.when: names a type that is almost the known type `TEXT_MESSAGE_CONTENT`; check the spelling");
    assert_snapshot!(Project::http("stream_schema: ag-ui\nstream_event_filter: [RUN_FINISHED, TEXT_MESSAGE_CONTENTS]").warnings(), @"configs/simulation.yaml:6:41: runner.http.stream_event_filter: names a type that is almost the known type `TEXT_MESSAGE_CONTENT`; check the spelling");
}

#[test]
fn keys_without_a_meaning_for_the_framing_draw_warnings() {
    assert_snapshot!(Project::http("stream: text\nstream_output_path: a\nstream_done: {event: b}").warnings(), @r##"
configs/simulation.yaml:6:25: runner.http.stream_output_path: has a meaning only with a `stream` other than `text`
configs/simulation.yaml:7:18: runner.http.stream_done: has a meaning only with a `stream` other than `text`
"##);
    assert_snapshot!(Project::http("stream_event_filter: a").warnings(), @"configs/simulation.yaml:5:26: runner.http.stream_event_filter: has a meaning only with a `stream` such as `sse`");
    assert_snapshot!(Project::http("stream_schema: ag-ui\noutput_path: a").warnings(), @"configs/simulation.yaml:6:18: runner.http.output_path: has a meaning only with `stream: none`");
}

#[test]
fn a_schema_of_files_is_kept_in_full() {
    let project = Project::http("stream: sse\nstream_schema: ./a.yaml");
    project
        .write("a.yaml", "text: {when: ['$${a}'], path: x}\nend: [{when: {path: n, equals: 1}}]\n");
    let first = project.loaded();
    let mut again = Project::new(&[("run/config.yaml", &first.settings.to_yaml())]);
    again.options.config = Some("run/config.yaml".into());
    let second = again.loaded();
    assert_eq!(second.settings.hash(), first.settings.hash());
    let name = "inline".to_owned();
    assert_eq!(second.plan.response.schema, Schema { name, ..first.plan.response.schema });
    project.write("a.yaml", "text: {when: [b], path: x}");
    assert_ne!(project.loaded().settings.hash(), first.settings.hash());
}

#[test]
fn a_schema_is_shown_in_full_and_masked() {
    let project = Project::new(&[
        ("a.yaml", "{extends: ./b.yaml, text: {when: '${API_KEY}', path: a}}"),
        ("b.yaml", "{extends: none, text: z, model: '${M}'}"),
    ])
    .env(&[("API_KEY", "sk-live-0123456789"), ("M", "m")]);
    let show = |name| crate::show_schema(name, &project.options);
    assert_snapshot!(show("./a.yaml").unwrap().yaml, @r##"
extends: none
text:
  when: '***'
  path: a
model: m
layers:
  text: 1
"##);
    let shown = show("ag-ui").unwrap();
    assert!(shown.findings.is_empty());
    project.write("again.yaml", shown.yaml.as_str());
    assert_eq!(show("./again.yaml").unwrap().yaml, shown.yaml);
    assert_snapshot!(show("agui").unwrap_err(), @"schema: is not a preset; did you mean `ag-ui`? `fluxloop schema list` prints the presets, and the path of a file begins with `./`");
    assert_snapshot!(show("./c.yaml").unwrap_err(), @"schema: `c.yaml` cannot be read: there is no such file");
}

#[test]
fn no_message_shows_what_a_variable_holds() {
    let project = Project::http(
        "stream_schema: {extends: ./a.yaml, text: {when: sk-live-abcdEfghik, path: a}}",
    )
    .env(&[("API_KEY", "sk-live-abcdEfghij")]);
    project.write("a.yaml", "{text: {when: '${API_KEY}', path: a}}");
    assert_snapshot!(project.warnings(), @"configs/simulation.yaml:5:53: runner.http.stream_schema.text.when: names a type that is almost the known type `***`; check the spelling");
    let project = Project::http("stream_schema: './${API_KEY}.yaml'")
        .env(&[("API_KEY", "sk-live-0123456789")]);
    assert_snapshot!(project.errors(), @"configs/simulation.yaml:5:20: runner.http.stream_schema: `***.yaml` cannot be read: there is no such file");
}
