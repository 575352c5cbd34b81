//! Variables: where they are defined, and how text uses them.

mod dotenv;
mod git_ignore;
mod known;
mod own_values;
mod placeholder;
mod secret_names;
mod words;

pub(crate) use known::Variables;
pub(crate) use placeholder::{Misspelt, Otherwise, Piece, Placeholder, bare_variable, pieces};
pub(crate) use secret_names::{
    Secrecy, is_secret_name, is_secret_parameter, is_sensitive_header, secrecy_in, secrecy_of,
    secrecy_of_path, without_scheme,
};
pub(crate) use words::{is_label, is_plain_word, is_word_under};
