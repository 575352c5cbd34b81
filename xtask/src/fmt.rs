//! `cargo xtask fmt`: formats the code.

use anyhow::{Context, Result};

use crate::generated::Mode;
use crate::workspace;

/// How imports are laid out. In `rustfmt.toml` the stable toolchain ignores these two options; on
/// the command line it obeys them.
const IMPORTS: &str = "imports_granularity=Module,group_imports=StdExternalCrate";

/// Formats every crate; `tests/` belongs to one of them.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let mut arguments = vec!["fmt", "--all"];
    if mode.check {
        arguments.push("--check");
    }
    arguments.extend(["--", "--config", IMPORTS]);
    workspace::call(&mut workspace::cargo(&arguments))
        .context("`cargo xtask fmt` mends what differs")
}
