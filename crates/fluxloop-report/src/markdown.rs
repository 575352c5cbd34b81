//! Text from outside, harmless in Markdown.

use crate::visible::{truncate, visible_line};

/// How many columns of a text are shown.
pub(crate) const COLUMNS: usize = 200;

/// Text from outside as a code span: its fence is longer than any row of back quotes in it
/// (`CommonMark` 0.31, section 6.1).
pub fn code_span(text: &str) -> String {
    let text = visible_line(text);
    let text = truncate(&text, COLUMNS, "…");
    let fence = "`".repeat(longest_run(&text) + 1);
    // An empty span, and one that begins or ends with a back quote, need the blanks.
    let pad = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The length of the longest row of back quotes.
pub(crate) fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(code_span(text), expected);
    }

    #[test]
    fn text_from_outside_cannot_end_its_span() {
        check("plain @user #1 https://x | <b>", "`plain @user #1 https://x | <b>`");
        check("a `b` c", "``a `b` c``");
        check("``` ", "```` ```  ````");
        check("", "`  `");
        check("a\nb\u{1b}[31m\u{202e}", "`a\\nb\\u{1b}[31m\\u{202e}`");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(code_span(&"x".repeat(5_000)).chars().count(), COLUMNS + 2);
    }
}
