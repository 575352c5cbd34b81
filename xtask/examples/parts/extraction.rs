//! The text of one event, beside other ways to find it.

use serde_json::{Value, json};

use crate::clock::{Row, best};
use crate::ways::{DOCUMENTS, DOCUMENTS_OF_A_CALL, Document, Way, ways};

/// How often each way is measured.
const ROUNDS: u32 = 100;
/// How often a way is called in a round.
const CALLS: u32 = 500;

/// The time of each way for each document.
pub(crate) fn documents() -> Value {
    DOCUMENTS.iter().map(document).collect()
}

fn document(document: &'static Document) -> Value {
    let (names, mut rows): (Vec<_>, Vec<Row<'_>>) = ways(document).into_iter().map(called).unzip();
    let times = best(ROUNDS, &mut rows);
    let looks = f64::from(CALLS * DOCUMENTS_OF_A_CALL);
    let times: Value =
        names.into_iter().zip(times.iter().map(|time| json!(time / looks))).collect();
    json!({"name": document.name, "bytes": document.text.len(), "nanoseconds": times})
}

/// A way as a row: called so often that the clock does not count.
fn called((name, mut look): Way) -> (String, Row<'static>) {
    (name.to_owned(), Box::new(move || (0..CALLS).for_each(|_| look())))
}
