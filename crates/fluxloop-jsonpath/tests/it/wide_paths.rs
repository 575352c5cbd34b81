//! Paths that may find several values mean what RFC 9535 says, on the text and in a `Value`.

use fluxloop_jsonpath::{ACCEPTED_FORMS, Document, Found, JsonError, JsonPath, TooManyMatches};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What was found on the text, as a value.
pub(crate) fn found_to_value(found: Found<'_>) -> Value {
    match found {
        Found::String(text) => Value::String(text.into_owned()),
        Found::Number(text) | Found::Array(text) | Found::Object(text) => {
            serde_json::from_str(text).unwrap()
        }
        Found::Bool(value) => Value::Bool(value),
        Found::Null => Value::Null,
    }
}

/// Everything that the path finds; both sides must agree.
#[track_caller]
fn select(path: &str, document: &Value) -> Vec<Value> {
    let parsed = JsonPath::parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut on_text = Vec::new();
    parsed.find(&document.to_string(), |found| on_text.push(found_to_value(found))).unwrap();
    let in_value: Vec<Value> = parsed.select(document).unwrap().into_iter().cloned().collect();
    assert_eq!(on_text, in_value, "{path} in {document}: text and value disagree");
    in_value
}

#[track_caller]
fn check(path: &str, document: &Value, expected: &Value) {
    assert_eq!(&Value::Array(select(path, document)), expected, "{path} in {document}");
}

/// The same, where another implementation is asked for what is expected.
fn check_against_the_second_opinion(path: &str, document: &Value) {
    let rooted = if path.starts_with('$') { path.to_owned() } else { format!("$.{path}") };
    let other = serde_json_path::JsonPath::parse(&rooted)
        .unwrap_or_else(|error| panic!("the second opinion refuses {rooted}: {error}"));
    let expected: Vec<Value> = other.query(document).all().into_iter().cloned().collect();
    assert_eq!(select(path, document), expected, "{path} in {document}");
}

#[test]
fn everything_below_comes_in_document_order() {
    let document = json!({"m": [{"c": "x", "n": 1}, {"n": 2}, {"c": "z"}], "c": "top"});
    check("$.m[*].c", &document, &json!(["x", "z"]));
    check("m.*.n", &document, &json!([1, 2]));
    check("$..c", &document, &json!(["top", "x", "z"]));
    check("..c", &document, &json!(["top", "x", "z"]));
    check("*", &json!({"b": 1, "a": [2]}), &json!([1, [2]]));
    check("$..*", &json!([[1], 2]), &json!([[1], 2, 1]));
    check("$..[0]", &json!([[1, 2], [3]]), &json!([[1, 2], 1, 3]));
    check("$..['c','n']", &document, &json!(["top", "x", 1, 2, "z"]));
    check("$[*]", &json!("text"), &json!([]));
    check("$.*", &json!(null), &json!([]));
}

#[test]
fn slices_take_their_bounds_from_the_standard() {
    let digits = json!([0, 1, 2, 3, 4, 5]);
    check("[1:3]", &digits, &json!([1, 2]));
    check("[1:5:2]", &digits, &json!([1, 3]));
    check("[:2]", &digits, &json!([0, 1]));
    check("[4:]", &digits, &json!([4, 5]));
    check("[-2:]", &digits, &json!([4, 5]));
    check("[:-4]", &digits, &json!([0, 1]));
    check("[-100:2]", &digits, &json!([0, 1]));
    check("[::]", &digits, &digits);
    check("[ : : 2 ]", &digits, &json!([0, 2, 4]));
    check("[3:1]", &digits, &json!([]));
    check("[::-2]", &digits, &json!([5, 3, 1]));
    check("[3:0:-1]", &digits, &json!([3, 2, 1]));
    check("[0:9007199254740991:9007199254740991]", &digits, &json!([0]));
    check("[-9007199254740991:9007199254740991]", &digits, &digits);
    check("[9007199254740991:-9007199254740991:-9007199254740991]", &digits, &json!([5]));
    check("[:]", &json!({"a": 1}), &json!([]));
    check("[::-1]", &json!([]), &json!([]));
}

#[test]
fn filters_compare_and_test() {
    let document = json!([
        {"t": "text", "n": 1, "ok": true},
        {"t": "tool", "n": 2.0, "ok": null},
        {"n": "1"},
        {"t": ["text"], "ok": false},
        "text",
        [1],
    ]);
    let places = |path: &str| -> Vec<usize> {
        let found = select(path, &document);
        let all = document.as_array().unwrap();
        found.iter().map(|value| all.iter().position(|other| other == value).unwrap()).collect()
    };
    assert_eq!(places("$[?(@.t == 'text')]"), [0]);
    assert_eq!(places("$[?@.t == \"text\"]"), [0]);
    assert_eq!(places("$[?'text' == @.t]"), [0]);
    assert_eq!(places("$[?@.t != 'text']"), [1, 2, 3, 4, 5]);
    assert_eq!(places("$[?@.t]"), [0, 1, 3]);
    assert_eq!(places("$[?!@.t]"), [2, 4, 5]);
    assert_eq!(places("$[?@.ok]"), [0, 1, 3]);
    assert_eq!(places("$[?@.ok == null]"), [1]);
    assert_eq!(places("$[?@.ok <= null]"), [1]);
    assert_eq!(places("$[?@.ok < true]"), [0; 0]);
    assert_eq!(places("$[?@.ok > false]"), [0; 0]);
    assert_eq!(places("$[?@.ok >= false]"), [3]);
    assert_eq!(places("$[?@.ok == false || @.ok == true]"), [0, 3]);
    assert_eq!(places("$[?@.n == 2]"), [1]);
    assert_eq!(places("$[?@.n > 1]"), [1]);
    assert_eq!(places("$[?1 < @.n]"), [1]);
    assert_eq!(places("$[?@.n >= 1 && @.t == 'text']"), [0]);
    assert_eq!(places("$[?@.t && @.n || @ == 'text']"), [0, 1, 4]);
    assert_eq!(places("$[?@.t && (@.n || @ == 'text')]"), [0, 1]);
    assert_eq!(places("$[?!(@.t && @.n)]"), [2, 3, 4, 5]);
    assert_eq!(places("$[?@[0] == 1]"), [5]);
    assert_eq!(places("$[?@['t'][-1] == 'text']"), [3]);
    assert_eq!(places("$[?@[-1] <= 1]"), [5]);
    assert_eq!(places("$[?@]"), [0, 1, 2, 3, 4, 5]);
    assert_eq!(places("$[?@.t > 'texa']"), [0, 1]);
    assert_eq!(places("$[?@.t == '']"), [0; 0]);
}

#[test]
fn numbers_compare_by_value() {
    let document = json!([0, -0.0, 1, 1.5, 9_007_199_254_740_993_i64, u64::MAX, -1, 1e300]);
    check("$[?@ == 0]", &document, &json!([0, -0.0]));
    check("$[?@ == -0]", &document, &json!([0, -0.0]));
    check("$[?@ == 1.0]", &document, &json!([1]));
    check("$[?@ == 15e-1]", &document, &json!([1.5]));
    check("$[?@ == 9007199254740992]", &document, &json!([]));
    check("$[?@ == 9007199254740993]", &document, &json!([9_007_199_254_740_993_i64]));
    check("$[?@ > 18446744073709551614]", &document, &json!([u64::MAX, 1e300]));
    check("$[?@ < 0]", &document, &json!([-1]));
}

#[test]
fn numbers_keep_their_text_on_the_text() {
    let mut texts = Vec::new();
    let path = JsonPath::parse("$..n").unwrap();
    path.find(r#"[{"n": 1.50}, {"n": 1E2}, {"n": -0}]"#, |found| texts.extend(found.into_text()))
        .unwrap();
    assert_eq!(texts, ["1.50", "1E2", "-0"]);
}

#[test]
fn the_last_of_duplicate_keys_counts() {
    let members: Vec<String> = (0..40).map(|n| format!(r#""k{n}":0,"#)).collect();
    let members = members.concat();
    let json = format!(r#"{{{members}"a":{{"b":1}},"k3":3,"a":{{"b":2}},"k39":39}}"#);
    let all: Value = serde_json::from_str(&json).unwrap();
    let path = JsonPath::parse("$.*").unwrap();
    let mut found = Vec::new();
    path.find(&json, |value| found.push(found_to_value(value))).unwrap();
    assert_eq!(found, all.as_object().unwrap().values().cloned().collect::<Vec<_>>());
    let mut count = 0;
    JsonPath::parse("$..b").unwrap().find(&json, |_| count += 1).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn every_accepted_form_agrees_with_a_second_opinion() {
    let documents = [
        json!({"delta": {"text": "x"}, "my key": 1, "choices": [{"delta": {"content": "y"}, "text": "t"}]}),
        json!({"messages": [{"content": "a"}, {"content": "b"}, 3, [4]], "a": 1, "b": {"a": 2}}),
        json!({"output": [{"type": "message", "text": "x"}, {"type": "tool"}, 1]}),
        json!([{"a": 2}, {"a": 2, "b": 1}, {"a": 1}, {"a": "x"}]),
    ];
    for form in ACCEPTED_FORMS {
        for document in &documents {
            check_against_the_second_opinion(form.example, document);
        }
    }
}

#[test]
fn repeated_descents_are_counted_not_endured() {
    let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
    let value: Value = serde_json::from_str(&deep).unwrap();
    for path in ["$..*..*..*..*..*..*", &format!("${}", "..*".repeat(100_000))] {
        let path = JsonPath::parse(path).unwrap();
        let refused = path.find(&deep, |_| panic!("too early"));
        assert_eq!(refused, Err(JsonError::TooManyMatches(TooManyMatches)));
        assert_eq!(path.select(&value), Err(TooManyMatches));
    }
    let twice = JsonPath::parse("$..*..*").unwrap();
    assert_eq!(twice.select(&value).unwrap().len(), 126 * 125 / 2);
    let long = JsonPath::parse(&format!("${}", "..a".repeat(100_000))).unwrap();
    assert_eq!(long.select(&value), Ok(vec![]));
}

#[test]
fn values_nested_ten_thousand_deep_do_not_overflow_the_stack() {
    let mut deep = json!({"a": 1});
    for _ in 0..10_000 {
        // `json!` would copy the value by recursion.
        deep = Value::Array(vec![deep, json!({"a": 2})]);
    }
    let all = JsonPath::parse("$..a").unwrap();
    assert_eq!(all.select(&deep).unwrap().len(), 10_001);
    let filter = JsonPath::parse("$..[?@.a == 1]").unwrap();
    assert_eq!(filter.select(&deep).unwrap().len(), 1);
    // Dropping such a value recurses; taking it apart does not.
    let mut rest = deep;
    while let Value::Array(elements) = &mut rest {
        rest = elements.swap_remove(0);
    }
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(1.5),
        json!(-2),
        json!(1e3),
        json!(""),
        json!("a"),
        json!("b"),
        json!("é"),
    ]),];
    leaf.prop_recursive(4, 50, 5, |inner| {
        let name = prop::sample::select(vec!["a", "b", "c", "a b"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((name, inner), 0..4).prop_map(|m| Value::Object(
                m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    })
}

fn bound() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), (-6_i64..7).prop_map(|n| n.to_string())]
}

/// `@` with steps after it.
fn query(steps: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    let step = prop::sample::select(steps);
    prop::collection::vec(step, 0..3).prop_map(|steps| format!("@{}", steps.concat()))
}

fn comparison() -> impl Strategy<Value = String> {
    let any_literal = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "1",
        "-0",
        "1.5",
        "-2",
        "1e3",
        "1E+3",
        "'a'",
        "\"b\"",
        "''",
        "'\\u00e9'",
    ]);
    let equality = prop::sample::select(vec!["==", "!=", " == "]);
    let order = prop::sample::select(vec!["<", "<=", ">", ">="]);
    // The second opinion puts `false` before `true`; the standard gives booleans no order.
    let ordered = any_literal.clone().prop_filter("no boolean", |l| *l != "true" && *l != "false");
    prop_oneof![(any_literal, equality), (ordered, order)].prop_flat_map(|(literal, operator)| {
        // In comparisons the second opinion finds nothing at indices from the end.
        (query(&[".a", ".b", "['a b']", "[0]", "[1]", " ['a']"]), any::<bool>()).prop_map(
            move |(query, mirrored)| {
                if mirrored {
                    format!("{literal}{operator}{query}")
                } else {
                    format!("{query}{operator}{literal}")
                }
            },
        )
    })
}

fn condition() -> impl Strategy<Value = String> {
    let test = query(&[".a", ".b", "['a b']", "[0]", "[-1]", " ['a']"]);
    let leaf = prop_oneof![test.clone(), test.prop_map(|query| format!("!{query}")), comparison()];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}||{b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.prop_map(|a| format!("!( {a} )")),
        ]
    })
}

fn segment() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        ".a",
        ".b",
        ".c",
        ".*",
        "[*]",
        "['a b']",
        "[\"a\"]",
        "[0]",
        "[1]",
        "[-1]",
        "[-2]",
        "['a','b']",
        "[ 0 , 2 ]",
        "[-1,-2]",
        "..a",
        "..*",
        "..[0]",
        "..['a']",
        "..[-1]",
    ]);
    let slice = (
        bound(),
        bound(),
        prop_oneof![
            Just(String::new()),
            (1_i64..4).prop_map(|n| n.to_string()),
            (-3_i64..0).prop_map(|n| n.to_string())
        ],
    )
        .prop_map(|(start, end, step)| format!("[{start}:{end}:{step}]"));
    prop_oneof![
        4 => fixed.prop_map(str::to_owned),
        2 => slice,
        2 => condition().prop_map(|filter| format!("[?{filter}]")),
        1 => condition().prop_map(|filter| format!("..[?({filter})]")),
    ]
}

proptest! {
    #![proptest_config(crate::cases(2_000))]

    #[test]
    fn all_forms_agree_with_a_second_opinion(
        document in document(),
        segments in prop::collection::vec(segment(), 1..4),
    ) {
        check_against_the_second_opinion(&format!("${}", segments.concat()), &document);
    }

    #[test]
    fn the_forms_left_to_jsonpath_lib_agree_with_a_second_opinion(
        document in document(),
        segments in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec![".a", ".b", ".c", ".*", "[*]", "['a']"]).prop_map(str::to_owned),
                (bound(), bound(), 1..4).prop_map(|(start, end, step)| format!("[{start}:{end}:{step}]")),
            ],
            1..6,
        ),
    ) {
        check_against_the_second_opinion(&format!("${}", segments.concat()), &document);
    }
}

#[track_caller]
fn check_split(path: &str, begins: &str, has_rest: bool) {
    let json = r#"{"a": [{"b": "x", "it's": 1}, {"b": "y"}]}"#;
    let path = JsonPath::parse(path).expect("a path");
    let (beginning, rest) = path.split();
    assert_eq!((beginning.as_str(), rest.is_some()), (begins, has_rest));
    let found = |path: &JsonPath, json: &str| {
        let mut all = Vec::new();
        path.find(json, |found| all.push(format!("{found:?}"))).expect("it is JSON");
        all
    };
    let mut inside = String::new();
    beginning
        .find(json, |found| {
            inside = match found {
                Found::Array(text) | Found::Object(text) => text.to_owned(),
                Found::String(text) => format!("{text:?}"),
                other => format!("{other:?}"),
            };
        })
        .expect("it is JSON");
    if let Some(rest) = rest {
        assert_eq!(found(&rest, &inside), found(&path, json));
        let document = Document::read(&inside).expect("it is JSON");
        let mut all = Vec::new();
        rest.find_in(&document, |value| all.push(format!("{:?}", value.read()))).expect("few");
        assert_eq!(all, found(&path, json));
    }
}

#[test]
fn a_path_splits_where_it_becomes_wide() {
    check_split("a[*].b", "$['a']", true);
    check_split("a[0]['it\\'s']", "$['a'][0]['it\\'s']", false);
    check_split("$..b", "$", true);
    check_split("a[?@.b == 'y'].b", "$['a']", true);
}
