//! `cargo xtask lines`: counts the production lines of every crate.
//!
//! A production line is a line of a file in `crates/*/src`, blank lines and comments included.
//! Tests do not count: an item under `#[cfg(test)]`, a file `tests.rs`, a folder `tests`.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::tidy::sources::{crate_of, production};
use crate::workspace;

/// Prints the lines of each crate, and their sum.
pub(crate) fn run() -> Result<()> {
    let mut crates: BTreeMap<String, usize> = BTreeMap::new();
    for path in workspace::files(&workspace::root().join("crates"))? {
        let file = workspace::relative(&path);
        if let Some(name) = counted(&file) {
            let lines = production(&workspace::read(&path)?).count();
            *crates.entry(name.to_owned()).or_default() += lines;
        }
    }
    print!("{}", table(&crates));
    Ok(())
}

/// The crate whose production lines a file has.
fn counted(file: &str) -> Option<&str> {
    let is_test = file.ends_with("/tests.rs") || file.contains("/tests/");
    crate_of(file).filter(|_| file.strip_suffix(".rs").is_some() && !is_test)
}

fn table(crates: &BTreeMap<String, usize>) -> String {
    let row = |(name, lines): (&str, usize)| format!("{lines:>7}  {name}\n");
    let rows = crates.iter().map(|(name, lines)| (name.as_str(), *lines));
    rows.chain([("total", crates.values().sum())]).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, expected: Option<&str>) {
        assert_eq!(counted(file), expected);
    }

    #[test]
    fn source_files_count_for_their_crate() {
        check("crates/fluxloop-sse/src/decoder/mod.rs", Some("sse"));
        check("crates/fluxloop-sse/src/table.txt", None);
        check("xtask/src/main.rs", None);
    }

    #[test]
    fn files_of_tests_and_benches_do_not_count() {
        check("crates/fluxloop-sse/tests/it/main.rs", None);
        check("crates/fluxloop-sse/benches/decoder.rs", None);
        check("crates/fluxloop-config/src/inputs/tests.rs", None);
        check("crates/fluxloop-config/src/tests/faults.rs", None);
    }

    #[test]
    fn the_total_is_the_last_row() {
        let crates = BTreeMap::from([("sse".to_owned(), 1200), ("plan".to_owned(), 34)]);
        assert_eq!(table(&crates), "     34  plan\n   1200  sse\n   1234  total\n");
    }
}
