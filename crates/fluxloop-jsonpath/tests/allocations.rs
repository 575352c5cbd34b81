//! Text without escapes costs no allocation, counted.

use allocation_counter::measure;
use fluxloop_jsonpath::{JsonPath, PathSet, StreamScanner};

/// An event, the one that follows it, and one whose text has an escape.
const EVENTS: [&str; 3] = [
    r#"{"type":"delta","index":0,"delta":{"text":"Hel","n":[1,-2.5e3]},"usage":null}"#,
    r#"{"type":"delta","index":10,"delta":{"text":"lo, world","n":[1,-2.5e3]},"usage":null}"#,
    r#"{"type":"delta","index":2,"delta":{"text":"\n","n":[1,-2.5e3]},"usage":null}"#,
];

fn parsed(path: &str) -> JsonPath {
    JsonPath::parse(path).expect("the test's path is valid")
}

fn set() -> PathSet {
    let paths = ["delta.text", "type", "usage", "index", "delta.n[-1]", "delta", "absent[0]"];
    PathSet::new(&paths.map(parsed)).expect("they have names and indices alone")
}

/// Counts allocations.
#[track_caller]
fn check(mut work: impl FnMut(), expected: u64) {
    assert_eq!(measure(&mut work).count_total, expected);
}

#[test]
fn a_path_allocates_nothing_for_text_without_escapes() {
    for path in ["delta.text", "index", "delta", "delta.n[0]", "delta.n[-1]", "absent"] {
        let path = parsed(path);
        check(|| path.find(EVENTS[0], |found| drop(found.into_text())).expect("JSON"), 0);
    }
}

#[test]
fn a_set_allocates_nothing_for_text_without_escapes() {
    let set = set();
    check(|| set.scan(EVENTS[0], |_, found| drop(found.into_text())).expect("JSON"), 0);
}

#[test]
fn a_stream_allocates_nothing_after_its_first_events() {
    let mut scanner = StreamScanner::new(&set());
    let mut scan = |json| scanner.scan(json, |_, found| drop(found.into_text())).expect("JSON");
    EVENTS[..2].iter().for_each(|json| scan(json));
    check(|| (0..100).for_each(|n| scan(EVENTS[n % 2])), 0);
}

#[test]
fn text_with_an_escape_is_one_allocation_and_only_if_it_is_asked_for() {
    let mut scanner = StreamScanner::new(&set());
    for json in EVENTS {
        scanner.next(json).expect("JSON");
    }
    check(|| assert!(scanner.next(EVENTS[2]).is_ok()), 0);
    check(|| scanner.scan(EVENTS[2], |_, found| drop(found.into_text())).expect("JSON"), 1);
    let path = parsed("delta.text");
    check(|| path.find(EVENTS[2], |found| drop(found.into_text())).expect("JSON"), 1);
}
