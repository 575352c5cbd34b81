//! Paths of names and indices find on the text what they would find in a `serde_json::Value`.

use fluxloop_jsonpath::{Found, JsonPath, PathSet, Step};
use proptest::prelude::*;
use serde_json::Value;

/// What the path finds in the text, at most one value.
fn find(path: &str, json: &str) -> Option<String> {
    let mut found = Vec::new();
    JsonPath::parse(path).unwrap().find(json, |value| found.push(format!("{value:?}"))).unwrap();
    assert!(found.len() <= 1, "{path} found {found:?}");
    found.pop()
}

#[track_caller]
fn check(path: &str, json: &str, expected: Option<Found<'_>>) {
    assert_eq!(find(path, json), expected.map(|value| format!("{value:?}")), "{path} in {json}");
}

#[expect(clippy::unnecessary_wraps, reason = "reads better in tables")]
fn string(text: &str) -> Option<Found<'_>> {
    Some(Found::String(text.into()))
}

#[test]
fn names_and_indices_are_followed() {
    let chunk =
        r#"{"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}],"n":1.50}"#;
    check("$.choices[0].delta.content", chunk, string("Hel"));
    check("choices[0].delta.content", chunk, string("Hel"));
    check("['choices'][-1][\"delta\"]['content']", chunk, string("Hel"));
    check("choices[0].finish_reason", chunk, Some(Found::Null));
    check("choices[0].delta", chunk, Some(Found::Object(r#"{"content":"Hel"}"#)));
    check("n", chunk, Some(Found::Number("1.50")));
    check("choices[1].delta.content", chunk, None);
    check("choices[-2].delta.content", chunk, None);
    check("choices.delta", chunk, None);
    check("[0]", chunk, None);
    check("n[0]", chunk, None);
    check("n.a", chunk, None);
    check("$", " [ 1 ] ", Some(Found::Array("[ 1 ]")));
    check("$", "true", Some(Found::Bool(true)));
}

#[test]
fn negative_indices_count_from_the_end() {
    let json = r#"{"m":[[1,2],[3,[4,5]]]}"#;
    check("m[-1][-1][-1]", json, Some(Found::Number("5")));
    check("m[-1][-1][-2]", json, Some(Found::Number("4")));
    check("m[-2][-2]", json, Some(Found::Number("1")));
    check("m[-2][-3]", json, None);
    check("m[-3]", json, None);
    check("m[-9007199254740991]", json, None);
    check("m[9007199254740991]", json, None);
    check("[-1]", "[]", None);
    check("[-1].a", "[ ]", None);
    check("[-1]", "{}", None);
    check("[-1]", "[1] ", Some(Found::Number("1")));
}

#[test]
fn escaped_names_and_texts_are_compared_as_what_they_say() {
    check("delta", r#"{"d\u0065lta":"\u00e9\n\ud83d\ude00\/\"x"}"#, string("é\n😀/\"x"));
    check(r"['\u0064elta']", r#"{"delta":""}"#, string(""));
    check(r#"["a\"b"]"#, r#"{"a\"b":"x"}"#, string("x"));
    check("['a\"b']", r#"{"a\"b":"x"}"#, string("x"));
    check(r"['it\'s']", r#"{"it's":"x"}"#, string("x"));
    check("['']", r#"{"":"x"}"#, string("x"));
    check("köln", r#"{"köln":"x"}"#, string("x"));
    check(r"['\ud83d\ude00']", r#"{"😀":"x"}"#, string("x"));
    check("a", r#"{"a":"\b\f\r\t\\"}"#, string("\u{8}\u{c}\r\t\\"));
}

#[test]
fn text_without_escapes_is_borrowed_from_the_document() {
    let json = r#"{"a":"text","b":"te\u0078t"}"#;
    let borrowed = |path| {
        let mut borrowed = None;
        let visit = |found: Found<'_>| {
            borrowed = Some(matches!(found, Found::String(std::borrow::Cow::Borrowed("text"))));
        };
        JsonPath::parse(path).unwrap().find(json, visit).unwrap();
        borrowed
    };
    assert_eq!(borrowed("a"), Some(true));
    assert_eq!(borrowed("b"), Some(false));
}

#[test]
fn the_last_of_duplicate_keys_counts() {
    check("a", r#"{"a":1,"a":2}"#, Some(Found::Number("2")));
    check("a.b", r#"{"a":{"b":1},"a":{"c":2}}"#, None);
    check("a.b", r#"{"a":{"c":1},"a":{"b":2}}"#, Some(Found::Number("2")));
    check("a.b", r#"{"a":{"b":1},"\u0061":3}"#, None);
    check("a[-1].b", r#"{"a":[{"b":1}],"a":[{"b":1},{}]}"#, None);
}

#[test]
fn nothing_is_visited_in_a_document_that_turns_out_invalid() {
    for json in [r#"{"a":"x""#, r#"{"a":"x"} y"#, r#"{"a":"x","b":1e}"#] {
        for path in ["a", "$..a"] {
            let path = JsonPath::parse(path).unwrap();
            assert!(path.find(json, |found| panic!("{found:?} from {json}")).is_err());
        }
    }
}

#[test]
fn a_set_finds_what_its_paths_find_alone() {
    let paths =
        ["a.b", "a", "$", "a.b", "m[0].x", "m[-1].x", "m[-1]", "m[1]", "zz", "['a']['c'][0]"];
    let paths: Vec<JsonPath> = paths.iter().map(|path| JsonPath::parse(path).unwrap()).collect();
    let set = PathSet::new(&paths).unwrap();
    let documents = [
        r#"{"a":{"b":1,"c":[2]},"m":[{"x":3}]}"#,
        r#"{"a":{"b":1},"a":{"c":[2]},"m":[{"x":3},{"x":4}]}"#,
        r#"{"m":[],"m":{"x":1}}"#,
        "[]",
        "0",
    ];
    for json in documents {
        let mut expected = Vec::new();
        for (number, path) in paths.iter().enumerate() {
            path.find(json, |found| expected.push((number, found))).unwrap();
        }
        let mut together = Vec::new();
        set.scan(json, |number, found| together.push((number, found))).unwrap();
        assert_eq!(together, expected, "{json}");
    }
}

#[test]
fn a_set_takes_many_paths_none_and_no_wide_one() {
    let many: Vec<JsonPath> =
        (0..100).map(|n| JsonPath::parse(&format!("k{n}")).unwrap()).collect();
    let mut count = 0;
    let json = r#"{"k99":1,"k3":2,"k50":3,"k100":4}"#;
    PathSet::new(&many).unwrap().scan(json, |_, _| count += 1).unwrap();
    assert_eq!(count, 3);
    PathSet::new([]).unwrap().scan("1", |_, _| panic!("no path")).unwrap();
    assert!(PathSet::new([]).unwrap().scan("x", |_, _| ()).is_err());
    assert!(PathSet::new(&[JsonPath::parse("$..a").unwrap()]).is_none());
}

#[test]
fn a_hundred_thousand_steps_are_no_problem() {
    let dots = format!("${}", ".a".repeat(100_000));
    let brackets = format!("${}", "[-1]".repeat(100_000));
    let nested = format!("{}1{}", "{\"a\":".repeat(127), "}".repeat(127));
    check(&dots, &nested, None);
    check(&brackets, &format!("{}1{}", "[".repeat(127), "]".repeat(127)), None);
    check(&dots[..=2 * 127], &nested, Some(Found::Number("1")));
}

/// The value at the end of the steps, as plainly as it can be written.
fn lookup<'v>(steps: &[Step], document: &'v Value) -> Option<&'v Value> {
    steps.iter().try_fold(document, |at, step| match step {
        Step::Name(name) => at.as_object()?.get(name),
        Step::Index(index) => {
            let elements = at.as_array()?;
            let length = i64::try_from(elements.len()).unwrap();
            let place = if *index < 0 { index + length } else { *index };
            elements.get(usize::try_from(place).ok()?)
        }
    })
}

fn value() -> impl Strategy<Value = String> {
    let leaf =
        prop::sample::select(vec!["1", "1.50", "\"x\"", "\"\\u0061\\n\"", "null", "true", "\"\""])
            .prop_map(str::to_owned);
    leaf.prop_recursive(4, 60, 4, |inner| {
        let name = prop::sample::select(vec!["\"a\"", "\"b\"", r#""\u0061""#, "\"c d\""]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(", "))),
            prop::collection::vec((name, inner), 0..4).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(n, v)| format!("{n}: {v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn path() -> impl Strategy<Value = String> {
    let step =
        prop::sample::select(vec![".a", ".b", "['a']", "['c d']", "[0]", "[1]", "[-1]", "[-2]"]);
    prop::collection::vec(step, 0..4).prop_map(|steps| format!("${}", steps.concat()))
}

proptest! {
    #![proptest_config(crate::cases(4_000))]

    #[test]
    fn text_and_value_agree(json in value(), paths in prop::collection::vec(path(), 1..6)) {
        let document: Value = serde_json::from_str(&json).unwrap();
        let paths: Vec<JsonPath> = paths.iter().map(|p| JsonPath::parse(p).unwrap()).collect();
        let expected: Vec<Option<&Value>> =
            paths.iter().map(|path| lookup(path.steps().unwrap(), &document)).collect();

        let mut found: Vec<Option<Value>> = vec![None; paths.len()];
        PathSet::new(&paths).unwrap().scan(&json, |path, value| {
            found[path] = Some(match value {
                Found::String(text) => Value::String(text.into_owned()),
                Found::Number(text) | Found::Array(text) | Found::Object(text) => {
                    serde_json::from_str(text).unwrap()
                }
                Found::Bool(value) => Value::Bool(value),
                Found::Null => Value::Null,
            });
        }).unwrap();

        for ((path, found), expected) in paths.iter().zip(&found).zip(&expected) {
            prop_assert_eq!(found.as_ref(), *expected, "{} in {}", path, json);
            let selected = path.select(&document).unwrap();
            prop_assert_eq!(selected.first().copied(), *expected, "{} in {}", path, json);
        }
    }
}
