//! `cargo xtask docs`: the reference in `docs/reference`, one page a file here.
//!
//! What the code already says in a table, or in the comments of its types, is taken from there.

mod artifacts;
mod commands;
mod configuration;
mod exit_codes;
mod failures;
mod faults;
mod jsonpath;
mod members;
mod mock;
mod page;
mod presets;
mod secrets;

use anyhow::Result;
pub(crate) use page::Page;
use serde_json::Value;

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
        ("mock.md", mock::page()),
        ("presets.md", presets::page()),
        ("secrets.md", secrets::page()),
    ] {
        generator.file(name, page.into_text().as_bytes())?;
    }
    for (name, schema) in fluxloop_trace::schemas() {
        let json = format!("{:#}\n", named_first(schema.to_value()));
        generator.file(&format!("schema/{name}.schema.json"), json.as_bytes())?;
    }
    let json = format!("{:#}\n", fluxloop_config::configuration_schema());
    generator.file("schema/configuration.schema.json", json.as_bytes())?;
    generator.finish()
}

/// A schema that says first what it is.
fn named_first(mut schema: Value) -> Value {
    let heads = ["$schema", "title", "description"];
    let heads = heads.map(|name| (name.to_owned(), schema[name].take()));
    let rest = schema.as_object().cloned().unwrap_or_default();
    heads.into_iter().chain(rest).filter(|(_, value)| !value.is_null()).collect()
}
