//! Text from outside, harmless on a terminal.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Shows control characters as visible escapes (`\u{1b}`), so that text from outside cannot move
/// the cursor, recolor, retitle or reorder what a reader sees.
///
/// Escaped are C0 but newline and tab, DEL, C1 (both carry the sequences of ECMA-48, OSC among
/// them), the bidirectional controls of Unicode (UAX #9, section 2), and the line and paragraph
/// separators. So is the bracket of `##[…]` and `##vso[…]`, which runners of GitHub Actions and Azure
/// Pipelines take for a command wherever it stands in a line. Everything else stays as it is.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) && COMMANDS.iter().all(|command| !text.contains(command)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        let is_command =
            char == '[' && COMMANDS.iter().any(|it| shown.ends_with(&it[..it.len() - 1]));
        if is_hidden(char) || is_command {
            write!(shown, "\\u{{{:x}}}", char as u32).expect("writing to a string cannot fail");
        } else {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// How commands of CI systems begin that are found within a line.
const COMMANDS: [&str; 2] = ["##[", "##vso["];

/// The same on one line: a line break is an escape too, so that text from outside forges no line.
pub fn visible_line(text: &str) -> String {
    visible(text).replace('\n', "\\n")
}

/// Whether a character acts on the terminal instead of being shown.
pub(crate) fn is_hidden(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        // Bidirectional marks, embeddings, overrides and isolates; line and paragraph separators.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        other => other.is_control(),
    }
}

/// Text on one line: visible, white space as single spaces, at most `columns` wide, with
/// `ellipsis` in place of what was cut.
pub(crate) fn one_line(text: &str, columns: usize, ellipsis: &str) -> String {
    let mut line = String::new();
    // Much more than fits is never looked at: an answer may have megabytes.
    let enough = columns.saturating_mul(8).saturating_add(64);
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        let end = word.char_indices().nth(enough).map_or(word.len(), |(end, _)| end);
        line.push_str(&visible(&word[..end]));
        if line.len() > enough {
            break;
        }
    }
    truncate(&line, columns, ellipsis).into_owned()
}

/// Cuts harmless text at a width in columns of a terminal.
pub(crate) fn truncate<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut width = 0;
    let mut end = 0;
    for (start, char) in text.char_indices() {
        width += char.width().unwrap_or(0);
        if width + ellipsis.width() > columns {
            break;
        }
        end = start + char.len_utf8();
    }
    Cow::Owned(format!("{}{ellipsis}", text[..end].trim_end()))
}

/// Breaks harmless text into lines of at most `columns`, between words where that is possible.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= columns {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(visible(text), expected);
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(visible("añ\n\t漢"), Cow::Borrowed(_)));
    }

    #[test]
    fn escape_sequences_are_shown() {
        check("\u{1b}[31mred", "\\u{1b}[31mred");
        check("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}");
        check("\u{9d}0;title\u{9c}", "\\u{9d}0;title\\u{9c}");
    }

    #[test]
    fn other_controls_are_shown() {
        check("a\0b\rc\u{7f}d\u{85}", "a\\u{0}b\\u{d}c\\u{7f}d\\u{85}");
    }

    #[test]
    fn every_control_but_newline_and_tab_is_shown() {
        for char in ('\0'..='\u{9f}').filter(|char| char.is_control()) {
            let stays = matches!(char, '\n' | '\t');
            assert_eq!(visible(&char.to_string()).contains(char), stays, "{char:?}");
        }
    }

    #[test]
    fn reordering_is_shown() {
        check("a\u{202e}b\u{2066}c\u{200f}", "a\\u{202e}b\\u{2066}c\\u{200f}");
        check("a\u{2028}b", "a\\u{2028}b");
    }

    #[test]
    fn commands_within_a_line_are_broken() {
        check("a ##[error]b", "a ##\\u{5b}error]b");
        check("##vso[task.x]", "##vso\\u{5b}task.x]");
        check("#[a] ## [b] [c]", "#[a] ## [b] [c]");
    }

    #[test]
    fn a_line_break_is_no_line_of_its_own() {
        assert_eq!(visible_line("a\nb\r\u{1b}"), "a\\nb\\u{d}\\u{1b}");
    }

    #[test]
    fn one_line_holds_no_line_break() {
        assert_eq!(one_line("a\n\n  b\r\n\tc ", 80, "…"), "a b c");
        assert_eq!(one_line("a \u{1b}[2J", 80, "…"), "a \\u{1b}[2J");
    }

    #[test]
    fn a_cut_keeps_within_the_columns() {
        assert_eq!(one_line("abcdef", 6, "…"), "abcdef");
        assert_eq!(one_line("abcdefg", 6, "…"), "abcde…");
        assert_eq!(one_line("abcdefg", 6, "..."), "abc...");
        assert_eq!(one_line("漢字漢字", 5, "…"), "漢字…");
        assert_eq!(one_line("漢字漢字", 4, "…"), "漢…");
        assert_eq!(one_line(&"x".repeat(10_000_000), 3, "…"), "xx…");
    }

    #[test]
    fn wrapping_breaks_between_words() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("", 8), [""]);
    }
}
