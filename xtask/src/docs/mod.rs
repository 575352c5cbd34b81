//! `cargo xtask docs`: the reference in `docs/reference`, one page a file here.
//!
//! What the code already says in a table is taken from there; only the artifacts have their table
//! here, held against the records themselves by a test.

mod artifacts;
mod commands;
mod configuration;
mod exit_codes;
mod failures;
mod faults;
mod jsonpath;
mod page;

use anyhow::Result;
pub(crate) use page::Page;

use crate::generated::{Generator, Mode};

/// Writes or checks the pages.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let mut generator = Generator::new("cargo xtask docs", "docs/reference", mode);
    for (name, page) in [
        ("artifacts.md", artifacts::page()),
        ("commands.md", commands::page()),
        ("configuration.md", configuration::page()),
        ("exit-codes.md", exit_codes::page()),
        ("failures.md", failures::page()),
        ("jsonpath.md", jsonpath::page()),
    ] {
        generator.file(name, page.into_text().as_bytes())?;
    }
    generator.finish()
}
