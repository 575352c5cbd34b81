//! Variables: where they are defined, and how text uses them.

mod dotenv;
mod foreign;
mod git_ignore;
mod known;
mod own_values;
mod placeholder;

pub(crate) use foreign::{Foreign, Meant, foreign};
pub use git_ignore::is_ignored as is_ignored_by_git;
pub(crate) use known::Variables;
pub(crate) use placeholder::{
    Expanded, Otherwise, Piece, Placeholder, bare_variable, pieces, replaced,
};
