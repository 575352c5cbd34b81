//! What a schema may say, and what it comes to.

use fluxloop_schema::{
    CallPath, Condition, Count, EndsAs, Join, Loaded, Schema, StreamKind, Test, TypePattern,
    TypePlaces, load,
};
use serde_json::{Value, json};

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

#[track_caller]
fn loaded(text: &str) -> Loaded {
    let loaded = load(&yaml(text), "inline", &mut |_, _| None);
    loaded.unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[track_caller]
fn schema(text: &str) -> Schema {
    loaded(text).schema
}

/// The short form and the long form are the same schema.
#[track_caller]
fn check_short(short: &str, long: &str) {
    assert_eq!(schema(short), schema(long));
}

#[track_caller]
fn check_condition(text: &str, expected: &Condition) {
    let schema = schema(&format!("end: [{{ when: {text} }}]"));
    assert_eq!(&schema.end[0].when, expected);
}

fn types(names: &[&str]) -> Condition {
    Condition::Type(names.iter().map(|name| TypePattern::parse(name)).collect())
}

fn test(path: &str, test: Test) -> Condition {
    Condition::Test { paths: vec![path.parse().expect("a path")], test }
}

#[test]
fn short_forms_are_the_long_forms() {
    check_short("text: delta", "text: [{ path: delta }]");
    check_short("text: [delta, text]", "text: [{ path: delta }, { path: text }]");
    check_short("text: { when: a, path: b }", "text: [{ when: { type: [a] }, path: b }]");
    check_short(
        "text: { when: a, path: [b, c], group: d, join: replace }",
        "text: { rules: [{ when: a, path: b, group: [d], join: replace }, { when: a, path: c, \
         group: d, join: replace }] }",
    );
    check_short(
        "{ text: a, final_text: { when: b, path: c } }",
        "text: { rules: [a], final_text: [{ when: [b], path: [c] }] }",
    );
    check_short("end: finished", "end: [{ when: finished, as: succeeded }]");
    check_short("needs_input: [a, b]", "needs_input: [{ when: a }, { when: b }]");
    check_short("error: oops", "error: [{ when: oops, kind: api_error }]");
    check_short("reset: back", "reset: [{ when: back }]");
    check_short("tool_calls: { id: a }", "tool_calls: [{ id: a }]");
    check_short("tool_calls: { id: a, key: b }", "tool_calls: [{ id: a, key: [b] }]");
    check_short("model: a", "model: [{ path: a }]");
    check_short("finish_reason: [a, { when: b, path: [c, d] }]", {
        "finish_reason: [{ path: a }, { when: b, path: c }, { when: b, path: d }]"
    });
    check_short("usage: { input: a, count: last }", "usage: { input: [a] }");
    check_short("captures: { thread: a }", "captures: { thread: [a] }");
    check_short("failed_finish_reasons: oops", "failed_finish_reasons: [oops]");
    check_short("type: a", "type: [a]");
    check_short("type: { member: a }", "type: { member: [a] }");
    check_short("end: null", "end: []");
}

#[test]
fn conditions_are_types_tests_and_combinations() {
    check_condition("a", &types(&["a"]));
    check_condition("[a, 'b|*']", &types(&["a", "b|*"]));
    check_condition("{ data: ' [DONE] ' }", &Condition::Data("[DONE]".to_owned()));
    check_condition("{ path: a, equals: 1 }", &test("a", Test::Equals(json!(1))));
    check_condition("{ path: a, equals: null }", &test("a", Test::Equals(Value::Null)));
    check_condition("{ path: a, in: [x, 2] }", &test("a", Test::In(vec![json!("x"), json!(2)])));
    check_condition("{ path: a, exists: false }", &test("a", Test::Exists(false)));
    check_condition(
        "{ path: a, matches: '^x' }",
        &test("a", Test::Matches(regex::Regex::new("^x").unwrap())),
    );
    check_condition(
        "{ type: a, path: b, exists: true, not: c, all: [d], any: [e, { type: f }] }",
        &Condition::All(vec![
            types(&["a"]),
            test("b", Test::Exists(true)),
            types(&["d"]),
            Condition::Any(vec![types(&["e"]), types(&["f"])]),
            Condition::Not(Box::new(types(&["c"]))),
        ]),
    );
}

#[test]
fn a_call_path_may_begin_at_the_frame() {
    let schema = schema(
        "tool_calls: { each: 'calls[*]', key: ['^[0].id', index], id: ^.message.id, name: n }",
    );
    let path = |from_frame, path: &str| CallPath { from_frame, path: path.parse().unwrap() };
    assert_eq!(schema.tool_calls[0].key, [path(true, "[0].id"), path(false, "index")]);
    assert_eq!(schema.tool_calls[0].id, Some(path(true, "message.id")));
}

#[test]
fn the_whole_example_is_read() {
    let schema = schema(
        r#"
extends: none
framing: sse
type: "$.type"
text:
  - { when: TEXT_MESSAGE_CONTENT, path: delta, group: messageId }
reasoning:
  - { when: [REASONING_MESSAGE_CONTENT, THINKING_TEXT_MESSAGE_CONTENT], path: delta }
refusal: "choices[0].delta.refusal"
channels:
  citations: { when: citation, path: url, join: list }
tool_calls:
  - { when: TOOL_CALL_START, id: toolCallId, name: toolCallName }
  - { when: TOOL_CALL_ARGS, id: toolCallId, arguments: delta }
  - { when: TOOL_CALL_RESULT, id: toolCallId, result: content }
usage: { input: { sum: [a, b] }, output: usage.output_tokens, count: { sum_of_last_by: id } }
finish_reason: "choices[0].finish_reason"
model: model
reset: [{ when: reset-step, since: start-step }]
error: [{ when: RUN_ERROR, message: message, code: code, retry_after: retryDelay }]
needs_input: [{ when: tool-approval-request }]
end:
  - { when: { type: RUN_FINISHED, path: outcome.type, equals: interrupt }, as: needs_input }
  - { when: RUN_FINISHED, as: succeeded }
expects_end: [{ when: RUN_STARTED, name: RUN_FINISHED, or_finish_reason: true }]
failed_finish_reasons: [error, SAFETY]
final_text: { when: response.output_text.done, path: text, group: [item_id, content_index] }
sequence: sequence_number
captures: { thread: threadId }
server_timings: { prompt: { path: prompt_eval_duration, unit: us } }
select: { by: index }
fail_by_name: false
"#,
    );
    assert_eq!(schema.framing, Some(StreamKind::Sse));
    assert_eq!(schema.types, TypePlaces::At(vec!["$.type".parse().unwrap()]));
    assert_eq!(schema.channels["citations"].rules[0].join, Join::List);
    assert_eq!(schema.tool_calls.len(), 3);
    assert_eq!(schema.usage.input, [Count::Sum(vec!["a".parse().unwrap(), "b".parse().unwrap()])]);
    assert_eq!(schema.usage.again, fluxloop_schema::CountAgain::SumOfLastBy("id".parse().unwrap()));
    assert_eq!(schema.error[0].parts.retry_after, ["retryDelay".parse().unwrap()]);
    assert_eq!([EndsAs::NeedsInput, EndsAs::Succeeded], [0, 1].map(|it| schema.end[it].ends_as));
    assert!(schema.expects_end[0].or_finish_reason);
    assert_eq!(schema.text.final_text[0].group.len(), 2);
    assert_eq!(schema.server_timings["prompt"].nanos, 1_000);
    assert!(schema.ignores_failing_names);
}

#[test]
fn a_schema_extends_auto_unless_it_says_otherwise() {
    assert!(!schema("text: a").end.is_empty());
    assert!(schema("{ extends: none, text: a }").end.is_empty());
    assert_eq!(schema("auto").name, "auto");
}

#[test]
fn a_key_replaces_the_whole_key_of_the_parent() {
    let schema = schema("end: mine");
    assert_eq!(schema.end.len(), 1);
    assert_eq!(schema.end[0].when, types(&["mine"]));
}

/// A chain of three: `inline`, a file, and nothing below.
#[track_caller]
fn chained(top: &str) -> Loaded {
    let file = "{ extends: none, text: a, reasoning: r, usage: { input: i, output: o }, captures: \
                { x: a }, channels: { c: p, d: q } }";
    let loaded = load(&yaml(top), "inline", &mut |path, _| Some((path.to_owned(), yaml(file))));
    loaded.unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn four_keys_are_merged_by_member() {
    let schema = chained(
        "{ extends: ./base.yaml, usage: { output: p }, captures: { y: b }, channels: { c: null } }",
    )
    .schema;
    assert_eq!(schema.usage.input, [Count::At("i".parse().unwrap())]);
    assert_eq!(schema.usage.output, [Count::At("p".parse().unwrap())]);
    assert_eq!(schema.captures.keys().collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(schema.channels.keys().collect::<Vec<_>>(), ["d"]);
}

#[test]
fn null_removes_a_key() {
    let schema = chained("{ extends: ./base.yaml, usage: null, text: null }").schema;
    assert_eq!(schema.usage, fluxloop_schema::UsageRules::default());
    assert!(schema.text.rules.is_empty());
    assert!(!schema.reasoning.rules.is_empty());
}

#[test]
fn a_layer_is_the_depth_of_the_schema_that_wrote_it() {
    let schema =
        chained("{ extends: ./base.yaml, text: b, channels: { d: z }, tool_calls: { id: i } }")
            .schema;
    assert_eq!((schema.text.layer, schema.reasoning.layer, schema.calls_layer), (1, 0, 1));
    assert_eq!((schema.channels["c"].layer, schema.channels["d"].layer), (0, 1));
}

#[test]
fn a_schema_stands_above_all_layers_that_it_extends() {
    let file = "{ extends: none, text: a, layers: { text: 3 } }";
    let loaded = load(&yaml("{ extends: ./shown.yaml, reasoning: b }"), "mine", &mut |path, _| {
        Some((path.to_owned(), yaml(file)))
    });
    let schema = loaded.expect("a schema").schema;
    assert_eq!((schema.text.layer, schema.reasoning.layer), (3, 4));
}

#[test]
fn what_is_shown_extends_nothing_and_loads_to_the_same() {
    let first = chained("{ extends: ./base.yaml, text: b, channels: { d: z } }");
    assert_eq!(first.value["extends"], "none");
    let second = load(&first.value, "inline", &mut |_, _| None).unwrap();
    assert_eq!(second.schema, first.schema);
    assert_eq!(second.value, first.value);
}

#[test]
fn keys_are_shown_in_one_order() {
    let value = loaded("{ extends: none, model: m, text: t, framing: sse }").value;
    let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["extends", "framing", "text", "model"]);
}

#[track_caller]
fn check_warnings(top: &str, expected: &[&str]) {
    let file = "{ extends: none, text: { when: TEXT_MESSAGE_CONTENT, path: delta }, end: 'run:*' }";
    let loaded = load(&yaml(top), "inline", &mut |path, _| Some((path.to_owned(), yaml(file))));
    let loaded = loaded.expect("a schema");
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, expected);
}

#[test]
fn a_type_close_to_a_known_type_is_a_warning() {
    check_warnings(
        "{ extends: ./a.yaml, text: { when: [TEXT_MESSAGE_CONTNET], path: delta } }",
        &["text.when[0]: is almost the known type `TEXT_MESSAGE_CONTENT`; check the spelling"],
    );
    check_warnings("{ extends: ./a.yaml, text: { when: TEXT_MESSAGE_CONTENT, path: delta } }", &[]);
    check_warnings("{ extends: ./a.yaml, error: [TEXT_MESSAGE_END, 'run:x'] }", &[]);
}

fn patterns(names: &[&str]) -> Vec<TypePattern> {
    names.iter().map(|name| TypePattern::parse(name)).collect()
}

#[test]
fn a_filter_alone_replaces_conditions_only() {
    let preset = schema("text: [{ when: a, path: b }, { when: c, path: d }]");
    let schema = preset.with_text(Some(patterns(&["x"])), None);
    assert_eq!(schema.text.rules.len(), 2);
    assert!(schema.text.rules.iter().all(|rule| rule.when == Some(types(&["x"]))));
    assert_eq!(schema.text.rules[1].path, Some("d".parse().unwrap()));
    assert_eq!(schema.text.layer, 2);
}

#[test]
fn a_page_path_replaces_the_text() {
    let preset = schema("{ text: { when: a, path: b }, final_text: { when: c, path: d } }");
    let schema = preset.with_text(None, Some("x".parse().unwrap()));
    assert_eq!(schema.text.rules.len(), 1);
    assert_eq!(schema.text.rules[0].when, None);
    assert!(schema.text.final_text.is_empty());
}

#[test]
fn page_keys_are_a_schema_upon_auto() {
    let by_keys = schema("auto")
        .with_text(Some(patterns(&["x"])), Some("y".parse().unwrap()))
        .with_end(types(&["z"]));
    let mut by_schema = schema("{ text: { when: x, path: y }, end: z }");
    by_schema.name = "auto".to_owned();
    assert_eq!(by_keys, by_schema);
}

#[test]
fn without_a_rule_the_text_is_the_data() {
    for filter in [None, Some(patterns(&["x"]))] {
        let schema = schema("auto").with_text(filter, None);
        assert_eq!(schema.text.rules[0].path, None);
    }
    let preset = schema("text: a");
    assert_eq!(preset.clone().with_text(None, None), preset);
}
