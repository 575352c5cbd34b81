//! `docs/performance.md`: the tables, and the goals beside them.

use std::fs;

use anyhow::{Context, Result};

use super::{goal, instructions, machine};
use crate::docs::Page;
use crate::workspace;

/// What people wrote about goals that are missed: Markdown without a heading.
const MISSED: &str = "xtask/src/bench/missed.md";

/// The names of the clients in the tables.
pub(super) const DRAIN: &str = "bare drain";
pub(super) const VALUE: &str = "plain client with `serde_json::Value`";
pub(super) const FLUXLOOP: &str = "`fluxloop run experiment`";

/// What was measured about one thing.
pub(super) trait Section {
    /// Adds the heading, the words and the tables.
    fn write(&self, page: &mut Page);
    /// What was to be reached.
    fn goals(&self) -> Vec<goal::Goal>;
}

/// Writes the page.
pub(super) fn write(sections: &[Box<dyn Section>]) -> Result<()> {
    let text = page(&machine::describe()?, sections, &missed()?, &instructions::kept()?);
    let path = workspace::root().join("docs/performance.md");
    fs::write(&path, text).context("docs/performance.md could not be written")?;
    println!("wrote docs/performance.md");
    Ok(())
}

/// Prints some sections and their goals.
pub(super) fn print(sections: &[Box<dyn Section>]) {
    let mut page = Page::generated("cargo xtask bench", "Performance, in part");
    tables(&mut page, sections);
    println!("\n{}", page.into_text());
}

/// What people wrote, if anybody did.
fn missed() -> Result<String> {
    let path = workspace::root().join(MISSED);
    if path.exists() { workspace::read(&path) } else { Ok(String::new()) }
}

fn page(
    machine: &str,
    sections: &[Box<dyn Section>],
    missed: &str,
    instructions: &instructions::Counts,
) -> String {
    let mut page = Page::generated("cargo xtask bench", "Performance");
    introduce(&mut page, machine);
    tables(&mut page, sections);
    if !missed.trim().is_empty() {
        page.heading("What was missed, and where the time goes");
        page.block(missed);
    }
    instructions::write(&mut page, instructions);
    page.heading("Parts by themselves");
    page.block("Each of these measures one thing again, with its floors beside it:");
    page.verbatim(
        "cargo xtask bench --only decoder,extraction\n\
         cargo bench -p fluxloop-sse\n\
         cargo bench -p fluxloop-jsonpath",
    );
    page.into_text()
}

fn introduce(page: &mut Page, machine: &str) {
    page.block(&format!(
        "Measured by `cargo xtask bench` on: {machine}.\n\
         The mock agent has one core, the client that is measured another, and they talk over \
         loopback; one table has a plain server instead, and both cores for both.\n\
         Absolute figures hold for this machine; the ratios are what the goals are about."
    ));
    page.block(&format!(
        "- *{DRAIN}*: the runtime, the HTTP client, the settings and the request of `fluxloop`; \
           the answer is read to its end and thrown away.\n\
         - *{VALUE}*: the same, and the body is cut into lines, each event becomes a \
           `serde_json::Value`, and the text is joined.\n\
         - *{FLUXLOOP}*: everything is on: the conformant decoder, a filter, a path, masking, \
           clocks, traces on disk, a line of progress for each request."
    ));
}

fn tables(page: &mut Page, sections: &[Box<dyn Section>]) {
    for section in sections {
        section.write(page);
    }
    goal::table(page, sections.iter().flat_map(|section| section.goals()).collect());
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a section writes.
    pub(in crate::bench) fn page_of(section: &dyn Section) -> String {
        let mut page = Page::new("Page");
        section.write(&mut page);
        page.into_text()
    }

    /// Which goals of a section are met, in their order.
    pub(in crate::bench) fn met(section: &dyn Section) -> Vec<bool> {
        section.goals().iter().map(goal::Goal::is_met).collect()
    }

    struct Fake(f64);

    impl Section for Fake {
        fn write(&self, page: &mut Page) {
            page.heading("Fake");
        }

        fn goals(&self) -> Vec<goal::Goal> {
            vec![goal::Goal::at_most(format!("at most {}", self.0), 1.0, self.0, "×")]
        }
    }

    #[track_caller]
    fn check(missed: &str, headings: &[&str]) {
        let sections: [Box<dyn Section>; 2] = [Box::new(Fake(2.0)), Box::new(Fake(0.5))];
        let page = page("a machine", &sections, missed, &instructions::Counts::default());
        let found: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(found, headings);
        assert!(page.contains("| at most 2 | 1.00 × | yes |\n| at most 0.5 | 1.00 × | **no** |"));
    }

    #[test]
    fn the_goals_of_all_sections_stand_in_one_table() {
        check("", &["Fake", "Fake", "Goals", "Instructions", "Parts by themselves"]);
    }

    #[test]
    fn what_was_missed_has_a_section_if_anybody_wrote_it() {
        let missed = "What was missed, and where the time goes";
        check("\n", &["Fake", "Fake", "Goals", "Instructions", "Parts by themselves"]);
        check(
            "It is slow.",
            &["Fake", "Fake", "Goals", missed, "Instructions", "Parts by themselves"],
        );
    }
}
