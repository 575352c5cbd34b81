//! `exit-codes.md`: how the process ends.

use fluxloop_cli::exit::Exit;
use fluxloop_matrix::{JUDGED, Judged};

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
    page.block("## Outcome, verdict, exit code");
    page.block(OUTCOME);
    page.table(
        ["what happens", "configuration", "outcome", "verdict", "passed", "exit code"],
        JUDGED.iter().map(row),
    );
    page
}

const OUTCOME: &str = "\
A case has an outcome: how it ended.
A case that succeeded, or whose text `output_char_limit` cut, has a verdict as well: whether \
[expectations](../expectations.md) are met.
It passed if every one of them is met, or if nothing was expected.

The exit code is the first of these that applies: 130 or 143 after a signal; 1, 2 or 3 where the run \
could not be done; 10 where a threshold is not met or a limit of `stop` ended the run; 0.
`thresholds` has `success: 100%` and, where something was expected, `expectations: 100%`, until that \
very key is set.
A threshold without data is not met.
`--exit-zero` turns 10 into 0.

Each row is one run that a test plays; outcome and verdict are those of its last case.";

fn row(row: &Judged) -> [String; 6] {
    let mut config = code(row.config);
    if let Some(resumed) = row.resumed {
        config = format!("{config}, then resumed with {}", code(resumed));
    }
    let exit = match row.args {
        [] => row.exit.to_string(),
        args => format!("{} with {}", row.exit, code(args.join(" "))),
    };
    let passed = if row.passed { "yes" } else { "no" };
    [row.what.to_owned(), config, code(row.outcome), code(row.verdict), passed.to_owned(), exit]
}
