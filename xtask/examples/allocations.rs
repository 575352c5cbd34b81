//! Counts what each way to find the text of an event allocates, and prints it as one line of JSON.
//!
//! A program of its own, because the allocator that counts would be measured in every time.

#![expect(clippy::print_stdout, reason = "the figures are its output")]

#[path = "parts/ways.rs"]
mod ways;

use serde_json::{Map, Value, json};

use crate::ways::{DOCUMENTS, DOCUMENTS_OF_A_CALL, Document, ways};

fn main() {
    let documents: Map<String, Value> = DOCUMENTS
        .iter()
        .map(|document| (document.name.to_owned(), Value::Object(allocations(document))))
        .collect();
    println!("{}", Value::Object(documents));
}

/// The allocations of each way, for one look at the document.
fn allocations(document: &'static Document) -> Map<String, Value> {
    let count = |look: &mut dyn FnMut()| {
        // What is set up once is not counted, nor the first document of a stream.
        look();
        let counted = allocation_counter::measure(&mut *look).count_total;
        json!(counted as f64 / f64::from(DOCUMENTS_OF_A_CALL))
    };
    ways(document).iter_mut().map(|(name, look)| ((*name).to_owned(), count(look))).collect()
}
