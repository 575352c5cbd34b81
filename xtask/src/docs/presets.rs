//! `presets.md`: the presets, from their pages.

use fluxloop_schema::{PRESETS, Preset};

use super::Page;
use super::page::code;

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("Presets");
    page.block(
        "A preset is the [schema](../schema.md) of a protocol: `stream_schema: ollama`.\n\
         `fluxloop schema show NAME` prints its rules, and `fluxloop schema show NAME --page` the \
         page about its protocol, to which the names below lead. Each page has streams of bytes \
         and what is read from them, and tests run all of them.",
    );
    page.block(
        "A preset is *checked* if a server or a client that others wrote agrees with it in the \
         project's tests. The others are *drafts*, made from the documentation of the protocol. \
         A draft can be used in the same way, but a stream that ends without the end of the \
         draft's protocol is not a failure for that, and a type does not fail an answer by its \
         name alone.",
    );
    page.block(
        "The framing of a preset counts unless `runner.http.stream` names another. The last \
         column has the paths at which the protocol is usually served.",
    );
    page.table(["name", "protocol", "status", "framing", "paths"], PRESETS.iter().map(row));
    for preset in PRESETS {
        let (story, facts) = parts(preset.page);
        page.heading(preset.name);
        page.block(story);
        page.block("Sources:");
        page.block(facts);
    }
    page
}

fn row(preset: &Preset) -> [String; 5] {
    let page = preset.page().expect("a preset that is listed has a page");
    let name = preset.name;
    let link = format!("[`{name}`](../../crates/fluxloop-schema/presets/{name}.md)");
    let framing = preset.schema().framing.expect("a preset names its framing");
    let paths: Vec<_> = page.paths.iter().map(code).collect();
    [link, page.title, page.status.name().to_owned(), code(framing.name()), paths.join(", ")]
}

/// The first paragraph of a preset's page, and its sources.
fn parts(page: &str) -> (&str, &str) {
    let (_, text) = page.split_once("\n---\n").expect("a page has front matter");
    let (story, rest) = text.split_once("\n## Facts\n").expect("a page names its sources");
    let facts = rest.split("\n## ").next().unwrap_or_default();
    (story.trim().split("\n\n").next().unwrap_or_default(), facts.trim())
}
