//! Ways to find the text of an event in its JSON.

#[path = "../../../crates/fluxloop-jsonpath/benches/documents/mod.rs"]
mod documents;

use std::hint::black_box;

pub(crate) use documents::{DOCUMENTS, Document, TWENTY_PATHS};
use fluxloop_jsonpath::{JsonPath, PathSet, StreamScanner};
use serde::de::IgnoredAny;
use serde_json::Value;
use sonic_rs::PointerNode;

/// A way, by the name of its row. A call looks at the data of two events that follow each other in
/// a stream.
pub(crate) type Way = (&'static str, Box<dyn FnMut()>);

/// How many documents a call of a way looks at.
pub(crate) const DOCUMENTS_OF_A_CALL: u32 = 2;

/// All ways to look at a document.
pub(crate) fn ways(document: &'static Document) -> Vec<Way> {
    let path = parsed(document.path);
    let twenty = twenty_paths();
    let mut scanner = StreamScanner::new(&twenty);
    let steps: Vec<PointerNode> = document.pointer.iter().map(|step| node(step)).collect();
    vec![
        way("ignored_any", document, |text| {
            black_box(serde_json::from_str::<IgnoredAny>(text).expect(VALID));
        }),
        way("one_path", document, move |text| {
            path.find(text, |found| drop(black_box(found))).expect(VALID);
        }),
        way("twenty_paths", document, move |text| {
            twenty.scan(text, |_, found| drop(black_box(found))).expect(VALID);
        }),
        way("stream", document, move |text| {
            scanner.scan(text, |_, found| drop(black_box(found))).expect(VALID);
        }),
        way("sonic_get", document, move |text| {
            black_box(sonic_rs::get_from_str(text, &steps).expect(VALID));
        }),
        way("value", document, |text| {
            black_box(serde_json::from_str::<Value>(text).expect(VALID));
        }),
    ]
}

/// The paths of a client, in one set.
pub(crate) fn twenty_paths() -> PathSet {
    PathSet::new(&TWENTY_PATHS.map(parsed)).expect("they are singular")
}

const VALID: &str = "the documents are valid, and have what is looked for";

fn way(
    name: &'static str,
    document: &'static Document,
    mut look: impl FnMut(&str) + 'static,
) -> Way {
    let look = move || {
        look(black_box(document.text));
        look(black_box(document.next));
    };
    (name, Box::new(look))
}

fn parsed(path: &str) -> JsonPath {
    JsonPath::parse(path).expect("the paths are valid")
}

/// A step of a pointer: digits are an index.
fn node(step: &'static str) -> PointerNode {
    step.parse().map_or_else(|_| PointerNode::Key(step.into()), PointerNode::Index)
}
