//! The reader accepts exactly the documents that `serde_json` makes a `Value` of, and halves of
//! surrogate pairs, which it takes for U+FFFD.

use fluxloop_jsonpath::{JsonError, JsonPath, MAX_DEPTH};
use halves::mended;
use proptest::prelude::*;
use serde_json::Value;

#[path = "../../../../tests/fuzz/properties/src/jsonpath/halves.rs"]
mod halves;

/// Reads a document with every way through the reader: nothing looked for, something looked for
/// in objects, in arrays from both ends, and as a tree.
fn accepts(json: &str) -> bool {
    let verdicts: Vec<bool> = ["$", "a.a.a", "[0][1][0]", "[-1][-1][-2]", "$..a"]
        .iter()
        .map(|path| JsonPath::parse(path).unwrap().find(json, |_| ()).is_ok())
        .collect();
    assert!(verdicts.windows(2).all(|two| two[0] == two[1]), "paths disagree on {json:?}");
    verdicts[0]
}

fn check(json: &str) {
    let expected = serde_json::from_str::<Value>(&mended(json));
    assert_eq!(accepts(json), expected.is_ok(), "{json:?}: serde_json says {expected:?}");
}

#[test]
fn syntax_is_judged_as_by_serde_json() {
    let cases = [
        "",
        " ",
        "null",
        "true",
        "false",
        "nul",
        "truefalse",
        "True",
        "{}",
        "[]",
        "{ }",
        "[ ]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\" : 1 , \"b\" : [ ] }",
        "[1]]",
        "[[1]",
        "{\"a\":1",
        "[1}",
        "{\"a\":1]",
        "1 1",
        "1,",
        "\u{feff}1",
        "\t\r\n 1 \t\r\n",
        "\u{b}1",
        "\u{a0}1",
        "[\"a\"",
        "//",
        "/**/1",
        "[[],[],{}]",
        "[{\"a\":[{}]}]",
        "{\"a\":{}}}",
        "{\"a\":{},{}}",
        "[1:2]",
        "NaN",
        "Infinity",
    ];
    cases.into_iter().for_each(check);
}

#[test]
fn numbers_are_judged_as_by_serde_json() {
    let cases = [
        "0",
        "-0",
        "00",
        "01",
        "-01",
        "-",
        "+1",
        "1.",
        ".1",
        "1.0",
        "1.e1",
        "1e",
        "1e+",
        "1e-",
        "1E5",
        "1e+05",
        "0e0",
        "0.0e-0",
        "1e308",
        "1e309",
        "-1e309",
        "1e999",
        "1e-999",
        "0e999",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "17976931348623157e292",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "1e99999999999999999999",
        "0e99999999999999999999",
        "-1e-99999999999999999999",
        "1x",
        "1.5.5",
        "--1",
        "1-",
        "0x10",
    ];
    cases.into_iter().for_each(check);
    for digits in [199, 200, 201, 307, 308, 309, 310, 400] {
        check(&"9".repeat(digits));
        check(&format!("0.{}1", "0".repeat(digits)));
        for exponent in [9, 99, 100, 109, 308] {
            check(&format!("{}e{exponent}", "9".repeat(digits)));
            check(&format!("0.{}1e{exponent}", "0".repeat(digits)));
            check(&format!("{}e-{exponent}", "9".repeat(digits)));
        }
    }
}

#[test]
fn strings_are_judged_as_by_serde_json() {
    let cases = [
        r#""""#,
        r#"""#,
        r#""a"#,
        r#""a\"#,
        r#""a\""#,
        r#""\x""#,
        r#""\u""#,
        r#""\u12""#,
        r#""\u123g""#,
        r#""\u1234""#,
        r#""\u+123""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#""\ud83d\u0041""#,
        r#""\ude00""#,
        r#""\ude00\ud83d""#,
        r#""\ud83d\ud83d\ude00""#,
        r#""\ud83d\"#,
        r#""\ud83d\u""#,
        r#""\uD83D\uDE00""#,
        r#""\b\f\n\r\t\/\\\"""#,
        r#""\'""#,
        "\"\n\"",
        "\"\t\"",
        "\"\u{0}\"",
        "\"\u{7f}\"",
        "\"\u{1f}\"",
        "\"é😀\"",
        "\"12345678\"",
        "\"1234567\u{1}\"",
        "\"12345678\u{1f}9\"",
        "\"1234567\\\"",
        "\"1234567\\\\\"",
    ];
    for case in cases {
        check(case);
        check(&format!("[{case}]"));
        check(&format!("{{{case}:1}}"));
        check(&format!("{{\"a\":{case}}}"));
    }
}

/// Reads a string as a value, in a tree, and as a name.
#[track_caller]
fn check_text(inside: &str, expected: &str) {
    let name = format!("$['{expected}']");
    for (json, path) in [
        (format!(r#"{{"a":"{inside}"}}"#), "a"),
        (format!(r#"["{inside}"]"#), "$..*"),
        (format!(r#"{{"{inside}":"{inside}"}}"#), &name),
    ] {
        let mut text = String::new();
        let path = JsonPath::parse(path).unwrap();
        path.find(&json, |found| text.extend(found.into_text())).unwrap();
        assert_eq!(text, expected, "{json}");
    }
}

#[test]
fn half_of_a_surrogate_pair_is_the_replacement_character() {
    check_text(r"a\ud83dx", "a\u{fffd}x");
    check_text(r"\uDE00\uD83D", "\u{fffd}\u{fffd}");
    check_text(r"\ud83d\ud83d\ude00", "\u{fffd}😀");
    check_text(r"\ud83d\/", "\u{fffd}/");
    check_text(r"\ud83d\u0041", "\u{fffd}A");
}

#[test]
fn nesting_is_limited_as_in_serde_json() {
    for depth in [1, 126, 127, 128, 129, 10_000] {
        check(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        check(&format!("{}1{}", "[".repeat(depth), "]".repeat(depth)));
        check(&format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)));
        check(&format!("[{}1{}]", "[{\"a\":".repeat(depth / 2), "}]".repeat(depth / 2)));
        check(&"[".repeat(depth));
        check(&"{\"a\":".repeat(depth));
    }
    let deep = "[".repeat(100_000);
    let error = JsonPath::parse("$").unwrap().find(&deep, |_| ()).unwrap_err();
    assert_eq!(error, JsonError::TooDeep { offset: MAX_DEPTH });
}

#[test]
fn errors_say_where() {
    let offset = |json: &str| {
        JsonPath::parse("a").unwrap().find(json, |_| ()).unwrap_err().offset().unwrap()
    };
    assert_eq!(offset(""), 0);
    assert_eq!(offset("{\"a\": 1} x"), 9);
    assert_eq!(offset("{\"a\": tru}"), 6);
    assert_eq!(offset("{\"a\": 1.}"), 8);
    assert_eq!(offset("[1, 2"), 5);
    assert_eq!(offset(r#"{"é": "\q"}"#), 9);
    assert_eq!(offset(r#"["\ud83d\u004"]"#), 10);
}

/// Arbitrary documents, as text with arbitrary blank space and escapes.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<f64>().prop_filter("JSON", |f| f.is_finite()).prop_map(|f| format!("{f:e}")),
        any::<i64>().prop_map(|i| i.to_string()),
        ".{0,12}".prop_map(|s| Value::String(s).to_string()),
        prop::sample::select(vec![r#""\u0061""#, r#""\ud83d\ude00""#, "1e400", "-0", "\"a\\/\""])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let name = prop::sample::select(vec!["\"a\"", "\"b\"", r#""\u0061""#, "\"\""]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), "[ \n]{0,2}").prop_map(
                |(values, blank)| format!("[{blank}{}]", values.join(&format!(",{blank}")))
            ),
            (prop::collection::vec((name, inner), 0..5), "[ \t]{0,2}").prop_map(
                |(members, blank)| {
                    let members: Vec<String> = members
                        .iter()
                        .map(|(n, v)| format!("{n}{blank}:{blank}{v}{blank}"))
                        .collect();
                    format!("{blank}{{{}}}{blank}", members.join(","))
                }
            ),
        ]
    })
}

proptest! {
    #![proptest_config(crate::cases(2_000))]

    #[test]
    fn generated_documents_are_judged_alike(json in document()) {
        check(&json);
    }

    #[test]
    fn mutated_documents_are_judged_alike(
        json in document(),
        places in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}:,\"\\\\0-9eE.+\\-tnu \u{1}a]{0,2}"), 1..4),
    ) {
        let mut chars: Vec<String> = json.chars().map(String::from).collect();
        for (place, replacement) in places {
            let at = place.index(chars.len());
            chars[at] = replacement;
        }
        check(&chars.concat());
    }

    #[test]
    fn arbitrary_text_is_judged_alike(json in "[\\[\\]{}:,\"\\\\0-9eE.+\\-truefalsn \n]{0,24}") {
        check(&json);
    }
}
