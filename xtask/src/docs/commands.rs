//! `commands.md`: the command line, as it explains itself.

use clap::Command;

use super::Page;

/// As wide as a page of text; without it clap would ask the terminal.
const COLUMNS: usize = 100;

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("Commands");
    page.block("What `--help` says, for every command.");
    let mut root = fluxloop_cli::command().term_width(COLUMNS);
    // Makes subcommands know the whole line that calls them.
    root.build();
    describe(&mut page, &mut root, "fluxloop");
    page
}

/// Describes a command, then those below it.
fn describe(page: &mut Page, command: &mut Command, line: &str) {
    page.heading(&format!("`{line}`"));
    page.verbatim(&command.render_help().to_string());
    for below in command.get_subcommands_mut().filter(|below| below.get_name() != "help") {
        let line = format!("{line} {}", below.get_name());
        describe(page, below, &line);
    }
}
