//! `cargo xtask fixtures`: event streams as the mock agent plays them, for the tests.

use anyhow::Result;

use crate::generated::Mode;

/// Writes or checks `tests/fixtures/streams`.
pub(crate) fn run(_mode: Mode) -> Result<()> {
    Ok(())
}
