//! One path in one document.

use fluxloop_jsonpath::{Found, JsonError, JsonPath, Step};
use serde_json::Value;

use super::halves::mended;
use super::path;

/// What the path finds in the text is what it finds in the value, and a text that is no value is
/// refused.
pub(super) fn check(path: &JsonPath, json: &str) {
    let mut on_text = Vec::new();
    let result = path.find(json, |found| on_text.push(value_of(found)));
    let document = match serde_json::from_str::<Value>(&mended(json)) {
        Ok(document) => document,
        Err(error) => return check_refused(path, json, &on_text, &result, &error),
    };
    let selected = match path.select(&document) {
        Ok(selected) => selected,
        Err(error) => {
            assert_eq!(result, Err(error.into()), "{path} in {json:?}");
            return;
        }
    };
    assert_eq!(result, Ok(()), "{path} in {json:?}");
    assert!(on_text.iter().eq(selected.iter().copied()), "{path} in {json:?}: {on_text:?}");
    if let Some(steps) = path.steps() {
        let walked: Vec<_> = walk(steps, &document).into_iter().collect();
        assert_eq!(selected, walked, "{path} in {json:?}");
    }
    if let Some(other) = path::second_opinion(path) {
        assert_eq!(selected, other.query(&document).all(), "{path} in {json:?}");
    }
}

fn check_refused(
    path: &JsonPath,
    json: &str,
    found: &[Value],
    result: &Result<(), JsonError>,
    expected: &serde_json::Error,
) {
    assert!(found.is_empty(), "{path} visits a part of {json:?}");
    match result {
        Ok(()) => panic!("{json:?} is accepted, serde_json says {expected}"),
        Err(error) => {
            let offset = error.offset().expect("the document is at fault, not the path");
            assert!(json.is_char_boundary(offset), "{json:?}: {error}");
        }
    }
}

fn value_of(found: Found<'_>) -> Value {
    match found {
        Found::String(text) => Value::String(text.into_owned()),
        Found::Number(text) | Found::Array(text) | Found::Object(text) => {
            serde_json::from_str(&mended(text)).expect("what is found is JSON")
        }
        Found::Bool(value) => Value::Bool(value),
        Found::Null => Value::Null,
    }
}

/// Where names and indices lead, step by step.
fn walk<'v>(steps: &[Step], document: &'v Value) -> Option<&'v Value> {
    steps.iter().try_fold(document, |at, step| match step {
        Step::Name(name) => at.as_object()?.get(name),
        Step::Index(index) => {
            let elements = at.as_array()?;
            let from_start = usize::try_from(*index).ok();
            let from_end = || elements.len().checked_sub(usize::try_from(-index).ok()?);
            elements.get(from_start.or_else(from_end)?)
        }
    })
}
