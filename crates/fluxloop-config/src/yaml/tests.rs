//! Our reading of YAML, compared with the library's.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use super::{Node, Shape, parse};
use crate::Origin;
use crate::report::Report;

fn read(text: &str) -> Result<Node, Vec<String>> {
    let mut report = Report::default();
    let shown: Arc<Path> = Path::new("f.yaml").into();
    parse(text, &shown, &mut report)
        .ok_or_else(|| report.into_faults().iter().map(ToString::to_string).collect())
}

/// The text means the value, in our reading and in the library's own.
#[track_caller]
fn check(text: &str, expected: &Value) {
    let node = read(text).expect("valid YAML");
    assert_eq!(node.to_json(), *expected);
    let library: Value = serde_yaml::from_str(text).expect("valid YAML");
    assert_eq!(node.to_json(), library, "the library alone reads it differently");
}

#[track_caller]
fn check_fault(text: &str, expected: &str) {
    assert_eq!(read(text).expect_err("a fault"), [expected]);
}

/// The value behind the keys begins at this line and column.
#[track_caller]
fn check_place(text: &str, path: &[&str], line: usize, column: usize) {
    let node = read(text).expect("valid YAML");
    let shown: Arc<Path> = Path::new("f.yaml").into();
    let found = node.at(path).expect("the value is there");
    assert_eq!(found.origin, Origin::at(&shown, line, column));
}

#[test]
fn scalars_mean_what_yaml_1_2_says() {
    check(
        "a: 0o17\nb: 0x1f\nc: 1e3\nd: 012\ne: +1\nf: yes\ng: 1_000\nh: Null\ni: TRUE\nj: -0\n\
         k: 2023-06-01\nl: ~\nm:\nn: '5'\no: \"t\\u00e9\\tx\"\n",
        &json!({
            "a": 15, "b": 31, "c": 1000.0, "d": "012", "e": 1, "f": "yes", "g": "1_000",
            "h": null, "i": true, "j": 0, "k": "2023-06-01", "l": null, "m": null, "n": "5",
            "o": "té\tx",
        }),
    );
}

#[test]
fn block_scalars_fold_and_keep() {
    check(
        "a: |\n  [1,\n   2]\nb: >-\n    folded\n    more\n\n    next\nc: |+\n  x\n\nd: |2\n    y\n",
        &json!({"a": "[1,\n 2]\n", "b": "folded more\nnext", "c": "x\n\n", "d": "  y\n"}),
    );
}

#[test]
fn anchors_and_aliases_repeat_values() {
    check(
        "a: &x {k: [1, ~]}\nb: *x\nc: [*x, &y 2, *y]\n",
        &json!({"a": {"k": [1, null]}, "b": {"k": [1, null]}, "c": [{"k": [1, null]}, 2, 2]}),
    );
    check_place("a: &x {k: 1}\nb: *x\n", &["b", "k"], 1, 11);
}

#[test]
fn keys_that_are_no_strings_are_their_text() {
    check("1: a\ntrue: b\n", &json!({"1": "a", "true": "b"}));
}

#[test]
fn flow_comments_tags_and_markers_change_nothing() {
    check(
        "%YAML 1.2\n---\n# c\na: [1, {b: 'x'}] # d\nc: !!str 5\n...\n",
        &json!({"a": [1, {"b": "x"}], "c": "5"}),
    );
}

#[test]
fn crlf_is_a_line_end() {
    check("a: 1\r\nb: |\r\n  x\r\n  y\r\n", &json!({"a": 1, "b": "x\ny\n"}));
    check_place("a: 1\r\nb:\r\n  c: é\r\n", &["b", "c"], 3, 6);
}

#[test]
fn an_empty_text_is_nothing() {
    assert!(read("").unwrap().is_null());
    assert!(read("# only a comment\n").unwrap().is_null());
}

#[test]
fn characters_of_a_text_have_positions() {
    let position = |text: &str, character| {
        let node = read(text).unwrap();
        match &node.get("a").unwrap().shape {
            Shape::Text(text) => text.position(character).map(|at| (at.line, at.column)),
            other => panic!("{}", other.name()),
        }
    };
    assert_eq!(position("a: xyz", 2), Some((1, 6)));
    assert_eq!(position("a: 'xyz'", 2), Some((1, 7)));
    assert_eq!(position("a: |\n  xy\n   z", 4), Some((3, 4)));
    assert_eq!(position("a: \"x\\tz\"", 2), None);
}

#[test]
fn several_documents_are_refused() {
    check_fault(
        "a: 1\n---\nb: 2\n",
        "f.yaml:2:1: holds more than one YAML document; keep one, without `---` after it",
    );
}

#[test]
fn duplicate_keys_are_named_with_their_place() {
    let mut report = Report::default();
    let shown: Arc<Path> = Path::new("f.yaml").into();
    let text = "a:\n  b: 1\n  c: 2\n  b: 3\nd: {e: 1, e: 2, f: 3}\n";
    let node = parse(text, &shown, &mut report).expect("the rest can be read");
    assert_eq!(node.to_json(), json!({"a": {"b": 1, "c": 2}, "d": {"e": 1, "f": 3}}));
    let faults: Vec<_> = report.into_faults().iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "f.yaml:4:3: a.b: is written twice, first in line 2; keep one of them",
            "f.yaml:5:11: d.e: is written twice, first in line 5; keep one of them",
        ]
    );
}

#[test]
fn what_could_surprise_is_refused() {
    check_fault(
        "a: !env NAME\n",
        "f.yaml:1:9: a: has a tag of its own (`!…`), which means nothing here; leave it out; \
         variables are written `${NAME}`",
    );
    check_fault(
        "a: &x {b: 1}\nc:\n  <<: *x\n",
        "f.yaml:3:3: c: merge keys (`<<`) are not supported; repeat the keys, or use an alias for \
         a whole value",
    );
    check_fault("? [a]\n: 1\n", "f.yaml:1:3: a key must be text; put it in quotes");
}

#[test]
fn broken_yaml_has_a_position_and_no_quotation() {
    check_fault(
        "key: sk-secret\nurl: a: b\n",
        "f.yaml:2:6: a text without quotes has a colon and a space (`: `) in it; put the text in \
         quotes",
    );
    check_fault(
        "a: {Authorization: {sk-secret: \n",
        "f.yaml:1:20: a.Authorization: a `{` is opened here and never closed; close it with `}`",
    );
    check_fault(
        "a: {\"X-A:Bearer sk-secret\": {b: \n",
        "f.yaml:1:29: a.X-A….b: a `{` is opened here and never closed; close it with `}`",
    );
    check_fault(
        "a: *nobody\n",
        "f.yaml:1:4: a: a text that begins with `*` is an alias, and no anchor has its name; put the \
         text in quotes",
    );
    check_fault(
        "a: &x [*x]\n",
        "f.yaml:1:8: a: is not valid YAML: an alias stands in its own anchor",
    );
}

#[test]
fn numbers_that_json_cannot_hold_are_refused() {
    for text in ["a: .inf\n", "a: -.Inf\n", "a: .nan\n", "a: 1e999\n", "a: -1.5E+400\n"] {
        check_fault(
            text,
            "f.yaml:1:4: a: is not valid YAML: a number is too large or not finite; put it in quotes \
             to make it text",
        );
    }
}

#[test]
fn what_looks_like_a_number_too_large_is_text_where_it_can_be_no_number() {
    check(
        "1e999: '1e999'\na: !!str 1e999\nb: inf\n",
        &json!({"1e999": "1e999", "a": "1e999", "b": "inf"}),
    );
}

#[test]
fn half_a_character_is_no_character() {
    check("a: \"\\U0001f600\"\n", &json!({"a": "😀"}));
    check_fault(
        "a: \"\\ud83d\\ude00\"\n",
        "f.yaml:1:7: is not valid YAML: an escape is half of a character, as JSON writes it \
         (`\\ud83d\\ude00`); write the character itself, or `\\U0001f600`",
    );
}

#[test]
fn aliases_repeat_so_much_and_no_more() {
    let repeated = |items: usize, times: usize| {
        format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(items), "*a,".repeat(times))
    };
    assert!(read(&repeated(1_000, 900)).is_ok());
    let too_much =
        |column| format!("f.yaml:2:{column}: b: is not valid YAML: its aliases repeat too much");
    check_fault(&repeated(20_000, 5_000), &too_much(158));
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 16), "*a,".repeat(2_000));
    check_fault(&long, &too_much(3074));
}

#[test]
fn an_alias_nests_as_deep_as_what_it_stands_for() {
    let nested = |depth: usize| {
        format!(
            "a: &a {}{}\nb: {}*a{}\n",
            "[".repeat(60),
            "]".repeat(60),
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    assert!(read(&nested(59)).is_ok());
    check_fault(
        &nested(60),
        "f.yaml:2:64: b: is nested too deeply; 120 lists and mappings inside of each other are the most",
    );
}

#[test]
fn nesting_and_alias_bombs_end_quickly() {
    let nested = format!("a: {}", "[".repeat(10_000));
    let faults = read(&nested).unwrap_err();
    assert!(faults.iter().any(|fault| fault.contains("recursion")), "{faults:?}");
    let mut bomb = "a0: &a0 [x]\n".to_owned();
    for level in 1..30 {
        let alias = format!("*a{}, ", level - 1).repeat(10);
        bomb = format!("{bomb}a{level}: &a{level} [{alias}]\n");
    }
    assert!(read(&bomb).unwrap_err()[0].ends_with("its aliases repeat too much"));
}

#[test]
fn a_large_list_takes_linear_time() {
    let lines: Vec<String> = (0..50_000).map(|n| format!("key{n}: [{n}, 'text']")).collect();
    assert_eq!(read(&lines.join("\n")).unwrap().entries().len(), 50_000);
}

/// What is read without a fault is what the library alone reads. It is not asked about blank texts.
#[track_caller]
fn check_same(text: &str) {
    let mut report = Report::default();
    let shown: Arc<Path> = Path::new("f.yaml").into();
    let node = parse(text, &shown, &mut report);
    if let Some(node) = node.filter(|node| !report.is_faulty() && !node.is_null()) {
        let library: Value = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
        // A key that is not written at all is not empty here: it is `~`.
        let has_empty_key = library.to_string().contains("\"\":");
        assert!(has_empty_key || is_same(&node.to_json(), &library), "{text}");
    }
}

/// Whether two values are equal but for the digits with which numbers are written.
fn is_same(ours: &Value, library: &Value) -> bool {
    match (ours, library) {
        (Value::Number(ours), Value::Number(library)) => ours.as_f64() == library.as_f64(),
        (Value::Array(ours), Value::Array(library)) => {
            ours.len() == library.len() && ours.iter().zip(library).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(ours), Value::Object(library)) => {
            let is_there = |(key, value)| library.get(key).is_some_and(|it| is_same(value, it));
            ours.len() == library.len() && ours.iter().all(is_there)
        }
        _ => ours == library,
    }
}

#[test]
fn decimals_and_long_integers_stay_as_written() {
    let node = read("a: [1.10, 99999999999999999999, -0.50, 1e3]\n").expect("valid YAML");
    assert_eq!(node.to_json().to_string(), r#"{"a":[1.10,99999999999999999999,-0.50,1000.0]}"#);
}

#[test]
fn files_are_read_as_the_library_reads_them() {
    for folder in ["configs", "tests/fuzz/corpus/config"] {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(folder);
        for file in fs::read_dir(folder).unwrap() {
            if let Ok(text) = fs::read_to_string(file.unwrap().path()) {
                check_same(&format!("{text}\n"));
            }
        }
    }
}

/// Pieces that parsers read differently, and those that give a text a structure.
const PIECES: [&str; 48] = [
    "a", "b: ", "\n", "\n  ", "- ", "[", "]", "{", "}", ",", ": ", ":", "'", "\"", "|\n ", ">-\n ",
    "|2\n", "#", " # c\n", "&x ", "*x", "!!str ", "!!int ", "!!float ", "? ", "~", "null", "1",
    "0x1f", "-0o7", "1e3", ".inf", "012", "true", "\t", " ", "\\x41", "\\ud83d", "é", "\u{85}",
    "\u{2028}", "\u{feff}", "---\n", "...\n", "\r\n", "\r", "<<: ", "\u{7f}",
];

proptest! {
    #![proptest_config(Config {
        cases: 2048,
        rng_seed: RngSeed::Fixed(0x7A31),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn any_text_is_read_as_the_library_reads_it(
        pieces in proptest::collection::vec(select(&PIECES[..]), 1..12),
    ) {
        check_same(&format!("{}\n", pieces.concat()));
    }

    #[test]
    fn any_scalar_means_what_the_library_says(
        scalar in "[-+]?(0[xob])?[0-9a-fA-F_]{1,40}([.][0-9]{0,3})?([eE][-+]?[0-9]{1,3})?",
    ) {
        let text = format!("k: {scalar}\n");
        check_same(&text);
        let library: Result<Value, _> = serde_yaml::from_str(&text);
        let fits = library.is_ok_and(|value| value["k"] != scalar || !is_infinite(&scalar));
        prop_assert_eq!(read(&text).is_ok(), fits, "{}", scalar);
    }
}

fn is_infinite(scalar: &str) -> bool {
    scalar.parse::<f64>().is_ok_and(f64::is_infinite)
}
