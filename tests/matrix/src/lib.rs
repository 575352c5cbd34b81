//! Says what goes wrong and what the user gets, for the test that plays it and for the reference.
//!
//! A [`Row`] is one run of the program against one fault of a server. The end-to-end test
//! (`tests/it/matrix`) plays every row on the built binary and compares all of it, and
//! `cargo xtask docs` writes `docs/reference/failures.md` from the same rows. A [`Judged`] is one run
//! and the exit code that it leads to, for `docs/reference/exit-codes.md`.
//!
//! ```
//! let row = fluxloop_matrix::rows().find(|row| row.fault == "reset_peer:deltas=2").unwrap();
//! assert_eq!((row.attempts, row.output), (3, "one two"));
//! ```
//!
//! **Invariant:** rows are data: nothing here runs, and nothing here depends on how the program
//! comes to what it does.

mod endings;
mod judged;
mod row;
mod rows;

pub use endings::{ENDINGS, Ending};
pub use judged::{JUDGED, Judged};
pub use row::{Api, End, Peer, Row, WHOLE};
pub use rows::rows;
