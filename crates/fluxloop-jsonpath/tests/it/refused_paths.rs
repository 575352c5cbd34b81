//! What is no path is refused with the position of the fault; nothing panics.

use fluxloop_jsonpath::{ACCEPTED_FORMS, JsonPath, MAX_PARENTHESES, PathFault, REFUSED_FORMS};
use proptest::prelude::*;

/// `marked` is the path with a `^` right before the character at fault.
#[track_caller]
fn check(marked: &str, message: &str, hint: Option<&str>) {
    let position = marked.chars().position(|c| c == '^').unwrap();
    let path = marked.replacen('^', "", 1);
    let error = JsonPath::parse(&path).expect_err(&path);
    assert_eq!(error.position(), position, "{path}: {error}");
    assert_eq!(error.fault().to_string(), message, "{path}");
    assert_eq!(error.hint().as_deref(), hint, "{path}");
}

#[test]
fn broken_paths_say_where_and_what() {
    let after_segment = |found| format!("found `{found}` instead of `.`, `[` or the end");
    check("^", "the path is empty", Some("`$` is the whole document"));
    check("$.a^]", &after_segment(']'), None);
    check("$.a ^junk", &after_segment('j'), None);
    check(
        "$^junk",
        "a name follows `$` without a dot",
        Some("write `$.name`, or leave the `$` out"),
    );
    check("$^*", &after_segment('*'), None);
    check("$[0^", "the path ends where `]` should stand", None);
    check(
        "$[^",
        "the path ends where a quoted name, an index, a slice, `*` or `?` should stand",
        None,
    );
    check("$[^]", "nothing stands between the brackets", Some("`[*]` selects everything"));
    check("$.^", "the path ends where a name or `*` should stand", None);
    check("$..^", "the path ends where a name, `*` or `[` should stand", None);
    check("a..^", "the path ends where a name, `*` or `[` should stand", None);
}

/// Paths with a `^` right before the character at fault.
const BROKEN: &[&str] = &[
    "^ a",
    "a^ ",
    "$.^ a",
    "^@.a",
    "$.é.^[0]",
    "$..^.a",
    "a^$b",
    "^,",
    "^-a",
    "$^0",
    "$[^a]",
    "$[0 ^1]",
    "$['a' ^'b']",
    "$[^'a]",
    "$[^\"a']",
    "$['^\\x']",
    "$['^\\ud800']",
    "$['^\\ud800\\u0041']",
    "$['^\\udc00']",
    "$['^\\u12']",
    "$['^\\\"']",
    "$['a^\u{1}']",
    "$['a^\\",
    "$[^01]",
    "$[^-0]",
    "$[-^]",
    "$[1:^02]",
    "$[^9007199254740992]",
    "$[^-99999999999999999999]",
    "$[0:1:^0]",
    "$[1:2:3^:4]",
    "$[0^.5]",
    "$[1^e0]",
    "$['a', ^'a']",
    "$[0, ^-1]",
    "$[0, ^*]",
    "$[*, ^0]",
    "$[0,^]",
    "$['a', ^0]",
    "$[?^]",
    "$[?true^]",
    "$[?@.a ==^]",
    "$[?@.a ^= 1]",
    "$[?@.a ^=== 1]",
    "$[?@.a ^=~ 'x']",
    "$[?@.a == ^tru]",
    "$[?@.a == ^$.b]",
    "$[?^$.a]",
    "$[?@.a == ^@.b]",
    "$[?^1 == 1]",
    "$[?@^.*]",
    "$[?@^..a]",
    "$[?@^[*]]",
    "$[?@^[?@.a]]",
    "$[?@^[0,1]]",
    "$[?@^[0:1]]",
    "$[?@[0^",
    "$[?(@.a^]",
    "$[?@.a^)]",
    "$[?^length(@.a) > 1]",
    "$[?@.a == 1 ^& @.b]",
    "$[?@.a && ^]",
    "$[?@.a || ^|]",
    "$[?!^1]",
    "$[?!^!@.a]",
    "$[?!^@.a == 1]",
    "$[?@.a == ^01]",
    "$[?@.a == 1.^]",
    "$[?@.a == 1e^]",
    "$[?@.a == ^1e999]",
    "$[?@.a == -^]",
    "$[?@.a == ^.5]",
    "$[?@.a ^in",
    "$[^(@.length-1)]",
    "$.a^-b",
    "a.b^-c[0]",
    "choices.^0.delta",
    "^0",
    "$.a^\u{0}",
];

#[test]
fn a_path_is_refused_where_its_first_fault_stands() {
    let mut wrong = Vec::new();
    for marked in BROKEN {
        let (before, after) = marked.split_once('^').unwrap();
        let path = format!("{before}{after}");
        match JsonPath::parse(&path) {
            Err(error) if error.position() == before.chars().count() => {}
            other => wrong.push(format!("{marked}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn likely_mistakes_get_a_hint() {
    let hint = |path: &str| JsonPath::parse(path).unwrap_err().hint().unwrap();
    assert_eq!(hint("$.my-key.a"), "write `['my-key']`");
    assert_eq!(hint("my-it's"), "write `['my-it']`");
    assert_eq!(hint("$[name]"), "write `['name']`");
    assert_eq!(hint("choices.0.delta"), "write `[0]` for an element, `['0']` for a member");
    assert_eq!(hint("$delta"), "write `$.name`, or leave the `$` out");
    assert_eq!(hint("$[?@.a = 1]"), "write `==`");
    assert_eq!(hint("@.a"), "a path begins with `$` or a name");
}

#[test]
fn every_refused_form_is_refused_and_every_accepted_one_accepted() {
    for form in REFUSED_FORMS {
        assert!(JsonPath::parse(form.example).is_err(), "{} is accepted", form.example);
        assert!(!form.note.is_empty());
    }
    for form in ACCEPTED_FORMS {
        let path = JsonPath::parse(form.example).unwrap();
        assert_eq!(path.as_str(), form.example);
        assert_eq!(path.to_string(), form.example);
    }
}

#[test]
fn parentheses_may_be_nested_only_so_deep() {
    let nested = |depth: usize| format!("$[?{}@.a{}]", "(".repeat(depth), ")".repeat(depth));
    assert!(JsonPath::parse(&nested(MAX_PARENTHESES)).is_ok());
    for depth in [MAX_PARENTHESES + 1, 100_000] {
        let error = JsonPath::parse(&nested(depth)).unwrap_err();
        assert_eq!(*error.fault(), PathFault::TooManyParentheses);
        assert_eq!(error.position(), 3 + MAX_PARENTHESES);
    }
    let negated = format!("$[?{}@.a{}]", "!(".repeat(100_000), ")".repeat(100_000));
    assert!(JsonPath::parse(&negated).is_err());
}

#[test]
fn long_paths_of_every_kind_are_read() {
    for part in [".a", "['a']", "[0]", "[*]", "..a", "[1:2]", "[?@.a]", ".*"] {
        let path = JsonPath::parse(&format!("${}", part.repeat(100_000))).unwrap();
        assert_eq!(path.select(&serde_json::json!({"b": 1})), Ok(vec![]), "{part}");
        path.find("{}", |_| ()).unwrap();
    }
    for part in [" && @.a", " || @.a", "[0]", ".a"] {
        let path = JsonPath::parse(&format!("$[?@.a{}]", part.repeat(100_000))).unwrap();
        path.find("[{}]", |_| ()).unwrap();
    }
    for open in ["[", "[[", "$[?@[?", "$[?@[ ?", "$[?!", "$['", "$[?(@.a)&&("] {
        assert!(JsonPath::parse(&open.repeat(100_000)).is_err());
    }
    let union: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
    JsonPath::parse(&format!("$[{}]", union.join(","))).unwrap();
}

proptest! {
    #![proptest_config(crate::cases(4_000))]

    #[test]
    fn a_path_that_is_accepted_is_one_for_a_second_opinion_too(
        path in "\\$?[.\\[\\]a-c0-2'\"*:,?@()=!<>&| \\\\u-]{0,14}",
    ) {
        if JsonPath::parse(&path).is_ok() {
            let rooted = match path.chars().next() {
                Some('$') => path.clone(),
                Some('.' | '[') => format!("${path}"),
                _ => format!("$.{path}"),
            };
            let other = serde_json_path::JsonPath::parse(&rooted);
            prop_assert!(other.is_ok(), "{} is refused: {:?}", rooted, other.err());
        }
    }

    #[test]
    fn arbitrary_text_never_panics(path in "\\PC{0,20}", json in "\\PC{0,20}") {
        match JsonPath::parse(&path) {
            Ok(path) => drop(path.find(&json, |_| ())),
            Err(error) => {
                prop_assert!(error.position() <= path.chars().count());
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
