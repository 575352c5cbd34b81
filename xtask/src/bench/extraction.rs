//! The text of one event by itself, beside other ways to find it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::goal::Goal;
use super::programs::{Programs, figures};
use super::report::Section;
use crate::docs::Page;

/// What the bench found: for each document, what each way takes and allocates.
pub(super) struct Extraction(Vec<Document>);

/// The data of one event.
#[derive(Deserialize)]
struct Document {
    name: String,
    bytes: u64,
    nanoseconds: Ways,
    #[serde(skip)]
    allocations: Ways,
}

/// A figure for each way.
#[derive(Default, Deserialize)]
struct Ways {
    ignored_any: f64,
    one_path: f64,
    twenty_paths: f64,
    /// Twenty paths in events that follow each other in a stream.
    stream: f64,
    sonic_get: f64,
    value: f64,
}

/// A way: how it is called, and where its figure is.
type Way = (&'static str, fn(&Ways) -> f64);

/// The ways in the order of the table.
const WAYS: [Way; 6] = [
    ("serde_json, checked and nothing taken (`IgnoredAny`)", |ways| ways.ignored_any),
    ("`fluxloop-jsonpath`, one path", |ways| ways.one_path),
    ("`fluxloop-jsonpath`, 20 paths", |ways| ways.twenty_paths),
    ("`fluxloop-jsonpath`, 20 paths, events of one stream", |ways| ways.stream),
    ("sonic-rs `get`, the rest unchecked", |ways| ways.sonic_get),
    ("`serde_json::Value`", |ways| ways.value),
];

/// Runs both programs: one takes times, the other counts allocations.
pub(super) fn measure(programs: &Programs) -> Result<Extraction> {
    let parts = programs.parts()?;
    let mut documents: Vec<Document> = figures(&parts.parts, &["extraction"])?;
    let mut allocations: BTreeMap<String, Ways> = figures(&parts.allocations, &[])?;
    for document in &mut documents {
        document.allocations =
            allocations.remove(&document.name).context("a document was not counted")?;
    }
    Ok(Extraction(documents))
}

impl Section for Extraction {
    fn write(&self, page: &mut Page) {
        page.heading("Extraction");
        page.block(
            "One look at the data of an event; the best of many rounds in which the rows take \
             turns.\n\
             The ratio is to what serde_json takes to check the data alone.",
        );
        let rows = self.0.iter().flat_map(|document| {
            let checked = document.nanoseconds.ignored_any;
            WAYS.iter().map(move |(name, figure)| {
                let time = figure(&document.nanoseconds);
                [
                    format!("{}, {} bytes", document.name, document.bytes),
                    (*name).to_owned(),
                    format!("{time:.0} ns"),
                    format!("{:.2} ×", time / checked),
                    format!("{:.1}", figure(&document.allocations)),
                ]
            })
        });
        page.table(["data", "way", "time", "ratio", "allocations"], rows);
    }

    fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        for Document { name, nanoseconds: times, .. } in &self.0 {
            let what = format!("one path below serde_json's check alone, {name}");
            goals.push(Goal::below(what, times.one_path / times.ignored_any, 1.0, "×"));
            let what = format!("stretch: one path below sonic-rs `get`, {name}");
            goals.push(Goal::below(what, times.one_path / times.sonic_get, 1.0, "×"));
            let what = format!("stretch: 20 paths in a stream below sonic-rs `get`, {name}");
            goals.push(Goal::below(what, times.stream / times.sonic_get, 1.0, "×"));
        }
        let ours = self.0.iter().map(|document| &document.allocations);
        let most = ours
            .map(|ways| ways.one_path.max(ways.twenty_paths).max(ways.stream))
            .fold(f64::NAN, f64::max);
        let what = "nothing allocated for text without escapes".to_owned();
        goals.push(Goal::at_most(what, most, 0.0, "allocations"));
        goals
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::{met, page_of};
    use super::*;

    fn measured(one_path: f64, allocations: f64) -> Extraction {
        let nanoseconds = Ways {
            ignored_any: 200.0,
            one_path,
            twenty_paths: 300.0,
            stream: 60.0,
            sonic_get: 100.0,
            value: 1_000.0,
        };
        let allocations = Ways { twenty_paths: allocations, value: 25.0, ..Ways::default() };
        Extraction(vec![Document { name: "plain".to_owned(), bytes: 17, nanoseconds, allocations }])
    }

    #[test]
    fn each_way_has_a_row() {
        let page = page_of(&measured(150.0, 0.0));
        for row in [
            "| plain, 17 bytes | `fluxloop-jsonpath`, one path | 150 ns | 0.75 × | 0.0 |",
            "| plain, 17 bytes | `serde_json::Value` | 1000 ns | 5.00 × | 25.0 |",
        ] {
            assert!(page.contains(row), "{page}");
        }
    }

    #[test]
    fn a_path_is_held_against_both_libraries() {
        assert_eq!(met(&measured(99.0, 0.0)), [true, true, true, true]);
        assert_eq!(met(&measured(199.0, 0.0)), [true, false, true, true]);
        assert_eq!(met(&measured(200.0, 0.5)), [false, false, true, false]);
    }
}
