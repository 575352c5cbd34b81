//! `exit-codes.md`: how the process ends.

use fluxloop_cli::exit::Exit;

use super::Page;
use super::page::code;

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("Exit codes");
    page.table(
        ["code", "meaning"],
        Exit::ALL.map(|exit| [code(exit.code()), exit.meaning().to_owned()]),
    );
    page.block(
        "Results go to standard output, everything else to standard error.\n\
         A second signal ends the process at once.",
    );
    page
}
