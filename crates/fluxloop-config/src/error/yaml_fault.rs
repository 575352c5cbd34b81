//! What is wrong with YAML, as far as it is known by its shape.

use thiserror::Error;

/// What is wrong with YAML, as far as it is known by its shape, and after a semicolon what would be
/// right.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(crate) enum YamlFault {
    #[error("a quote is opened here and never closed; close it at the end of the text")]
    UnclosedQuote,
    #[error(
        "text follows a closing quote; write a quote that belongs to the text as `''` in single \
         quotes, or as `\\\"` in double quotes"
    )]
    AfterQuote,
    #[error("a text without quotes has a colon and a space (`: `) in it; put the text in quotes")]
    Colon,
    #[error("the indentation has a tab; replace the tab with spaces")]
    Tab,
    #[error(
        "the line is indented by {found}, and its neighbors by {expected}; indent it to the same \
         column"
    )]
    Indentation { found: String, expected: String },
    #[error("a space is missing after `-`; write `- ` before each entry of a list")]
    Dash,
    #[error("a space is missing after `:`; write `key: value`")]
    SpaceAfterColon,
    #[error("the line has no `: ` after its key; write `key: value`")]
    NoColon,
    #[error(
        "a text without quotes begins with `{0}`, which has a meaning of its own in YAML; put the text \
         in quotes"
    )]
    Start(char),
    #[error(
        "a backslash in double quotes begins an escape, and this escape is unknown; put the text in \
         single quotes, or double the backslash"
    )]
    Escape,
    #[error(
        "a text that begins with `*` is an alias, and no anchor has its name; put the text in quotes"
    )]
    Alias,
    #[error("a `{open}` is opened here and never closed; close it with `{close}`")]
    UnclosedBracket { open: char, close: char },
    #[error("a `{0}` closes nothing that is open; take it out, or put the text in quotes")]
    StrayBracket(char),
    #[error("a comma is missing between two entries; write `, ` between them")]
    Comma,
    #[error(
        "a list entry stands where a key belongs; indent it below its key, or take the `-` away"
    )]
    EntryNotAllowed,
}
