//! What is wrong with a schema, and how a message says so.

use fluxloop_schema::load;
use serde_json::Value;

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_in("inline", text, &|_| None, expected);
}

/// Every fault belongs to the named schema.
#[track_caller]
fn check_in(schema: &str, text: &str, open: &dyn Fn(&str) -> Option<&str>, expected: &[&str]) {
    let faults = match load(&yaml(text), "inline", &mut |path, _| {
        Some((path.to_owned(), yaml(open(path)?)))
    }) {
        Ok(_) => Vec::new(),
        Err(faults) => faults,
    };
    let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(shown, expected);
    assert!(faults.iter().all(|fault| fault.schema == schema), "{faults:?}");
}

#[test]
fn an_unknown_test_lists_the_tests_the_nearest_first() {
    for (test, tests) in [
        ("equal", "`equals`, `in`, `exists` or `matches`"),
        ("eq", "`equals`, `in`, `exists` or `matches`"),
        ("regex", "`matches`, `in`, `equals` or `exists`"),
        ("startsWith", "`matches`, `exists`, `equals` or `in`"),
        ("one_of", "`in`, `equals`, `exists` or `matches`"),
    ] {
        let schema = format!("text: {{ when: {{ path: a, {test}: b }}, path: c }}");
        check(&schema, &[&format!("text.when.{test}: unknown test; write {tests}")]);
    }
    check(
        "text: { when: { typ: a, path: b, exists: true }, path: c }",
        &["text.when.typ: unknown key; did you mean `type`?"],
    );
    check("text: { when: { eq: b }, path: c }", &["text.when.eq: unknown key"]);
}

#[test]
fn an_unknown_key_names_the_nearest_key() {
    check("txt: a", &["txt: unknown key; did you mean `text`?"]);
    check("text: { whn: a, path: b }", &["text.whn: unknown key; did you mean `when`?"]);
    check("usage: { inputs: a }", &["usage.inputs: unknown key; did you mean `input`?"]);
    check("end: [{ when: a, banana: 1 }]", &["end[0].banana: unknown key"]);
    check(
        "{ txt: a, text: 1 }",
        &[
            "txt: unknown key; did you mean `text`?",
            "text: must be a path, or a map with `when` and `path`, not a number",
        ],
    );
}

#[test]
fn a_wrong_shape_says_what_belongs_there() {
    check("[a]", &["must be the name of a preset, the path of a file, or a map, not a list"]);
    check(
        "extends: [a]",
        &["extends: must be the name of a preset, the path of a file, or `none`, not a list"],
    );
    check("text: [1]", &["text[0]: must be a path, or a map with `when` and `path`, not a number"]);
    check("channels: a", &["channels: must be a map of names, not text"]);
    check(
        "end: [{ when: 1 }]",
        &[
            "end[0].when: must be a type, a list of types, or a map with `type`, `data`, `path`, `all`, \
         `any` or `not`, not a number",
        ],
    );
    check(
        "end: [{ when: { path: a, in: b } }]",
        &["end[0].when.in: must be a list of values, not text"],
    );
    check(
        "layers: [text]",
        &["layers: must be a map of keys to numbers from 0 to 255, not a list"],
    );
    check("select: a", &["select: must be `{by: PATH}`, not text"]);
    check("fail_by_name: 1", &["fail_by_name: must be `true` or `false`, not a number"]);
}

#[test]
fn a_channel_that_every_answer_has_is_not_named_again() {
    check(
        "channels: { reasoning: delta }",
        &["channels.reasoning: is a channel that every answer has; write its rules under \
           `reasoning`, next to `channels`"],
    );
}

#[test]
fn a_closed_list_is_named() {
    check(
        "framing: jsnol",
        &[
            "framing: must be `sse`, `jsonl`, `json`, `text`, `auto` or `none`; did you mean `jsonl`?",
        ],
    );
    check(
        "end: [{ when: a, as: success }]",
        &["end[0].as: must be `succeeded`, `needs_input`, `cancelled` or `failed`"],
    );
    check(
        "server_timings: { a: { path: b, unit: sec } }",
        &["server_timings.a.unit: must be `ns`, `us`, `ms` or `s`"],
    );
    check(
        "error: [{ when: a, kind: api }]",
        &["error[0].kind: must be `api_error`, `withheld` or `noted`"],
    );
    check("text: { path: a, join: add }", &["text.join: must be `append`, `replace` or `list`"]);
}

#[test]
fn a_path_fault_points_into_the_path() {
    check(
        "text: { when: a, path: '$delta' }",
        &[
            "text.path: is not a valid path: a name follows `$` without a dot; write `$.name`, or leave \
         the `$` out",
        ],
    );
    let faults = load(&yaml("tool_calls: { id: '^a..' }"), "inline", &mut |_, _| None).unwrap_err();
    let fluxloop_schema::SchemaFaultKind::Path { character, .. } = faults[0].kind else {
        panic!("{faults:?}")
    };
    assert_eq!(character, 4);
}

#[test]
fn wide_paths_stand_only_in_path_message_and_each() {
    const WIDE: &str = "must find a single value: names and indices only; `*`, filters, slices and \
                        `..` belong in `path` of a text rule, `message` or `each`";
    check("text: { path: 'a[*]', group: 'b[*]' }", &[&format!("text.group: {WIDE}")]);
    check(
        "{ sequence: 'a[*]', model: 'b[*]' }",
        &[&format!("model: {WIDE}"), &format!("sequence: {WIDE}")],
    );
    check("error: { when: a, message: 'a[*]', code: 'b[*]' }", &[&format!("error.code: {WIDE}")]);
    check("tool_calls: { each: 'a[*]', id: 'b[*]' }", &[&format!("tool_calls.id: {WIDE}")]);
    check("end: { when: { path: '..a', exists: true } }", &[&format!("end.when.path: {WIDE}")]);
    check("captures: { a: [b, 'c[*]'] }", &[&format!("captures.a[1]: {WIDE}")]);
}

#[test]
fn a_test_has_one_place_and_one_question() {
    check(
        "end: { when: { path: a } }",
        &["end.when: needs `equals`, `in`, `exists` or `matches` next to `path`"],
    );
    check(
        "end: { when: { type: a, equals: b } }",
        &["end.when: needs `path`: the place that is tested"],
    );
    check(
        "end: { when: { path: a, equals: b, exists: true } }",
        &["end.when.exists: cannot be used together with `equals`; keep one of them"],
    );
    check(
        "end: { when: { path: a, matches: '(' } }",
        &[
            "end.when.matches: is not a valid regular expression: unclosed group; write for example \
         `matches: '^agent'`",
        ],
    );
    check(
        "end: { when: { path: a, matches: '(x{1000}){1000}' } }",
        &[
            "end.when.matches: is not a valid regular expression: it is too large; write for example \
         `matches: '^agent'`",
        ],
    );
}

#[test]
fn what_is_empty_is_not_guessed() {
    check("end: { when: '' }", &["end.when: is empty; write a text, or remove the key"]);
    check("end: { when: [] }", &["end.when: is empty; write at least one condition"]);
    check(
        "end: { when: { type: null } }",
        &["end.when: is empty; write a condition, or remove the key"],
    );
    check("end: { when: { type: [] } }", &["end.when.type: is empty; write at least one type"]);
    check("text: { when: a, path: [] }", &["text.path: is empty; write at least one path"]);
    check(
        "end: { when: { path: a, in: [] } }",
        &["end.when.in: is empty; write at least one value"],
    );
}

#[test]
fn a_rule_has_what_it_needs() {
    check("end: [{ as: failed }]", &["end[0]: needs `when`: the frames that it is about"]);
    check("reasoning: {}", &["reasoning: needs `path` or `when`"]);
    check("final_text: { when: a }", &["final_text: needs `path`: the place of the whole text"]);
    check("finish_reason: { when: a }", &["finish_reason: needs `path`: the place of the value"]);
    check(
        "tool_calls: { when: a }",
        &["tool_calls: needs at least one of `id`, `name`, `arguments`, `result` and `error`"],
    );
    check(
        "server_timings: { a: { path: b } }",
        &["server_timings.a: needs both `path` and `unit`"],
    );
    check(
        "expects_end: [{ when: a }]",
        &["expects_end[0]: needs `name`: the name of the end in messages"],
    );
    check("usage: { input: {} }", &["usage.input: needs `sum`: the paths whose numbers are added"]);
    check("type: {}", &["type: needs `member` with at least one name"]);
}

#[test]
fn a_key_without_meaning_is_a_fault() {
    check(
        "channels: { c: [a, { path: b, join: list }] }",
        &[
            "channels.c: has `join: list` in some rules only; write it in every rule of the channel, or in no rule",
        ],
    );
    check(
        "text: { path: a, append_when: b }",
        &["text.append_when: has a meaning only with `join: replace`"],
    );
    check("end: { when: a, message: b }", &["end.message: has a meaning only with `as: failed`"]);
    check(
        "text: { path: a, join: list }",
        &["text.join: `join: list` belongs in `channels`; use `append` or `replace`"],
    );
    check(
        "{ final_text: { path: a }, text: { rules: b, final_text: { path: c } } }",
        &["final_text: cannot be used together with `text.final_text`; keep one of them"],
    );
}

#[track_caller]
fn check_reach(earlier: &str, later: &str, is_reached: bool) {
    let end = format!("end: [{{ when: {earlier} }}, {{ when: {later} }}]");
    let expected: &[&str] = if is_reached {
        &[]
    } else {
        &["end[1]: can never be reached, because `[0]` takes the same frames; write it before \
           `[0]`, or remove it"]
    };
    check(&end, expected);
}

#[test]
fn a_rule_after_a_wider_rule_is_never_reached() {
    check_reach("a", "a", false);
    check_reach("[a, b]", "b", false);
    check_reach("'a*'", "abc", false);
    check_reach("'a*'", "'ab*'", false);
    check_reach("a", "{ type: a, path: b, equals: c }", false);
    check_reach("{ path: a, in: [x, y] }", "{ path: a, equals: x }", false);
    check_reach("{ path: a, exists: true }", "{ path: a, matches: x }", false);
    check_reach("{ all: [a, b] }", "{ all: [b, a] }", false);
    check_reach("{ any: [a, b] }", "{ any: [b, { type: a, not: c }] }", false);
    check_reach("{ not: { type: a, path: b, exists: true } }", "{ not: a }", false);
    check_reach("{ data: x }", "{ data: ' x' }", false);
}

#[test]
fn a_rule_after_a_narrower_rule_is_reached() {
    check_reach("{ type: a, path: b, equals: c }", "a", true);
    check_reach("a", "[a, b]", true);
    check_reach("abc", "'a*'", true);
    check_reach("{ path: a, equals: x }", "{ path: a, in: [x, y] }", true);
    check_reach("{ path: a, exists: true }", "{ path: a, equals: null }", true);
    check_reach("{ path: a, exists: true }", "{ path: b, exists: true }", true);
    check_reach("{ not: a }", "{ not: { type: a, path: b, exists: true } }", true);
}

#[test]
fn every_list_of_rules_is_searched_for_unreachable_rules() {
    const END: &str = "can never be reached, because `[0]` takes the same frames; write it before `[0]`, or \
         remove it";
    for key in ["error", "reset", "needs_input"] {
        check(&format!("{key}: [a, b, a]"), &[&format!("{key}[2]: {END}")]);
    }
}

#[test]
fn an_unknown_preset_is_named_where_it_is_written() {
    check(
        "banana",
        &[
            "is not a preset; `fluxloop schema list` prints the presets, and the path of a file begins with `./`",
        ],
    );
}

#[test]
fn chains_end() {
    check_in(
        "./b.yaml",
        "{ extends: ./a.yaml }",
        &|path| Some(if path == "./a.yaml" { "extends: ./b.yaml" } else { "extends: ./a.yaml" }),
        &["extends: leads back to this schema; extend another one, or write `extends: none`"],
    );
    let mut files = 0;
    let open = &mut |path: &str, _: &str| {
        files += 1;
        Some((path.to_owned(), yaml(&format!("extends: ./{files}.yaml"))))
    };
    let faults = load(&yaml("./x.yaml"), "inline", open).unwrap_err();
    assert_eq!(
        faults[0].to_string(),
        "extends: leads through more than 8 schemas; write their keys into one of them"
    );
}

#[test]
fn a_fault_belongs_to_the_schema_that_wrote_it() {
    let file = "{ text: 1, usage: { input: 2, output: o }, model: 3 }";
    check_in(
        "./a.yaml",
        "{ extends: ./a.yaml, usage: { output: o }, model: m }",
        &|_| Some(file),
        &[
            "usage.input: must be a path, not a number",
            "text: must be a path, or a map with `when` and `path`, not a number",
        ],
    );
    check_in("inline", "./a.yaml", &|_| None, &["the file cannot be read"]);
    check_in(
        "./a.yaml",
        "./a.yaml",
        &|_| Some("text: 1"),
        &["text: must be a path, or a map with `when` and `path`, not a number"],
    );
}

#[test]
fn the_parts_of_a_schema_are_limited() {
    let paths = vec!["a"; 1100].join(", ");
    check(
        &format!("{{ extends: none, text: [{paths}] }}"),
        &["text[512]: a schema has at most 1024 rules, paths and types; remove some"],
    );
    let channels: Vec<String> = (0..61).map(|number| format!("c{number}: a")).collect();
    check(
        &format!("channels: {{ {} }}", channels.join(", ")),
        &["channels: has more than 60 channels; remove some"],
    );
    let nested = format!("{}a{}", "{ not: ".repeat(20), " }".repeat(20));
    check(
        &format!("end: {{ when: {nested} }}"),
        &[&format!(
            "end.when{}: conditions are nested more than 16 deep; combine them in one list",
            ".not".repeat(16)
        )],
    );
}

#[test]
fn no_message_repeats_a_value() {
    let secret = "s3cr3t-value";
    let texts = [
        format!("framing: {secret}"),
        format!("extends: {secret}"),
        format!("end: {{ when: {{ path: a, matches: '({secret}' }} }}"),
        format!("end: {{ when: a, as: {secret} }}"),
    ];
    for text in texts {
        let faults = load(&yaml(&text), "inline", &mut |_, _| None).unwrap_err();
        assert!(!faults.iter().any(|it| it.to_string().contains(secret)), "{faults:?}");
    }
}
