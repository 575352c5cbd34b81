//! RFC 9535 as cases: see `tests/data/README.md`.

use std::fs;
use std::path::Path;

use fluxloop_jsonpath::JsonPath;
use serde::Deserialize;
use serde_json::Value;

use crate::wide_paths::found_to_value;

/// Cases that share a document, or the reason for which they are refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(default, deserialize_with = "present")]
    document: Option<Value>,
    refused: Option<Refused>,
    cases: Vec<Case>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Refused {
    /// By the standard.
    Invalid,
    /// By this crate alone.
    Unsupported,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    path: String,
    result: Option<Vec<Value>>,
    /// What the other implementation does instead, if it does not do what the standard says.
    second_opinion: Option<String>,
}

/// A document of `null` is one.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Checks every case of a file.
#[track_caller]
fn check(file: &str, expected_cases: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let groups: Vec<Group> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut cases = 0;
    for Group { document, refused, cases: group } in groups {
        for case in group {
            match (&document, refused, &case.result) {
                (Some(document), None, Some(result)) => accepted(&case, document, result),
                (None, Some(refused), None) => is_refused(&case, refused),
                _ => panic!("{}: a document and a result, or refused", case.name),
            }
            cases += 1;
        }
    }
    assert_eq!(cases, expected_cases, "cases of {file}");
}

/// Both ways to evaluate give the result, and so does the second opinion.
fn accepted(Case { name, path, second_opinion, .. }: &Case, document: &Value, result: &[Value]) {
    let parsed = JsonPath::parse(path).unwrap_or_else(|error| panic!("{name}: {path}: {error}"));
    let in_value: Vec<Value> = parsed.select(document).unwrap().into_iter().cloned().collect();
    assert_eq!(in_value, result, "{name}: {path}");
    let mut on_text = Vec::new();
    parsed.find(&document.to_string(), |found| on_text.push(found_to_value(found))).unwrap();
    assert_eq!(on_text, result, "{name}: {path}, on the text");

    let other: Option<Vec<Value>> = serde_json_path::JsonPath::parse(&rooted(path))
        .ok()
        .map(|other| other.query(document).all().into_iter().cloned().collect());
    let agrees = other.as_deref() == Some(result);
    assert_eq!(agrees, second_opinion.is_none(), "{name}: the second opinion finds {other:?}");
}

fn is_refused(Case { name, path, .. }: &Case, refused: Refused) {
    assert!(JsonPath::parse(path).is_err(), "{name}: {path} is accepted");
    let other = serde_json_path::JsonPath::parse(&rooted(path));
    let by_us_alone = refused == Refused::Unsupported;
    assert_eq!(other.is_ok(), by_us_alone, "{name}: the second opinion says {:?}", other.err());
}

/// The path with the `$` that may be left out here.
fn rooted(path: &str) -> String {
    match path.chars().next() {
        Some('.' | '[') => format!("${path}"),
        Some(first) if !"$@ \t\u{feff}".contains(first) => format!("$.{path}"),
        _ => path.to_owned(),
    }
}

#[test]
fn blank_space_stands_where_it_may() {
    check("blanks.json", 45);
}

#[test]
fn comparisons_hold_as_the_standard_says() {
    check("comparisons.json", 105);
}

#[test]
fn descendants_come_in_the_order_of_the_standard() {
    check("descendants.json", 43);
}

#[test]
fn escapes_mean_one_character() {
    check("escapes.json", 78);
}

#[test]
fn filters_test_and_combine() {
    check("filters.json", 33);
}

#[test]
fn indices_count_from_both_ends() {
    check("indices.json", 50);
}

#[test]
fn names_are_compared_character_by_character() {
    check("names.json", 36);
}

#[test]
fn the_root_may_be_left_out() {
    check("rootless.json", 45);
}

#[test]
fn slices_have_the_bounds_of_the_standard() {
    check("slices.json", 100);
}

#[test]
fn what_is_no_path_is_refused() {
    check("syntax.json", 142);
}

#[test]
fn several_names_or_indices_find_all_of_them() {
    check("unions.json", 45);
}

#[test]
fn forms_that_are_not_supported_are_refused() {
    check("unsupported.json", 30);
}

#[test]
fn a_star_finds_every_child() {
    check("wildcards.json", 29);
}
