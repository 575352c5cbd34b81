//! Variables: where they are defined, and how text uses them.

mod dotenv;
mod git_ignore;
mod known;
mod own_values;
mod placeholder;
mod secret_names;

pub(crate) use known::Variables;
pub(crate) use placeholder::{Misspelt, Otherwise, Piece, Placeholder, bare_variable, pieces};
pub(crate) use secret_names::{
    is_secret_name, is_secret_parameter, is_sensitive_header, without_scheme,
};
