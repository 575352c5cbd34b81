//! Text that comes in pieces, as lines that fit.

use unicode_width::UnicodeWidthChar;

use crate::visible;

/// What a tab is shown as: it could reach behind the last column.
const TAB: &str = "    ";
/// How many characters a line may have for each of its columns: some have no width.
const CHARS_PER_COLUMN: usize = 4;

/// The line that is not whole yet, harmless on a terminal.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Takes the next piece of a text; gives the lines that are whole by now, at most `columns`
    /// wide and broken between words where that is possible. Blank ones are left out.
    pub(crate) fn push(&mut self, text: &str, columns: usize) -> Vec<String> {
        self.0.push_str(&visible(text).replace('\t', TAB));
        let mut lines = Vec::new();
        let mut rest = self.0.as_str();
        while let Some((line, next)) = first_line(rest, columns) {
            let line = line.trim_end();
            if !line.is_empty() {
                lines.push(line.to_owned());
            }
            rest = next;
        }
        self.0 = rest.to_owned();
        lines
    }
}

/// The first line and what follows it, if the line is whole.
fn first_line(text: &str, columns: usize) -> Option<(&str, &str)> {
    let (mut width, mut last_space) = (0, None);
    for (chars, (place, char)) in text.char_indices().enumerate() {
        if char == '\n' {
            return Some((&text[..place], &text[place + 1..]));
        }
        width += char.width().unwrap_or_default();
        if char == ' ' {
            // Spaces at the end of a line are not shown.
            last_space = Some(place + 1);
        } else if width > columns || chars >= CHARS_PER_COLUMN * columns {
            return Some(text.split_at(last_space.unwrap_or(place)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text in eight columns, after each of its pieces.
    #[track_caller]
    fn check(pieces: &[&str], expected: &[&[&str]]) {
        let mut lines = Lines::default();
        let shown: Vec<Vec<String>> = pieces.iter().map(|piece| lines.push(piece, 8)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_line_is_shown_when_it_is_whole() {
        check(&["one", " two\nth", "ree", "\n\n \n"], &[&[], &["one two"], &[], &["three"]]);
    }

    #[test]
    fn a_line_that_does_not_fit_is_broken_between_words() {
        check(&["one two three", "\n"], &[&["one two"], &["three"]]);
        check(&["one two  three"], &[&["one two"]]);
        check(&["12345678"], &[&[]]);
        check(&["1234567890", "\n"], &[&["12345678"], &["90"]]);
        check(&["漢字漢字漢", "\n"], &[&["漢字漢字"], &["漢"]]);
    }

    #[test]
    fn spaces_at_the_beginning_stay() {
        check(&["  if a\n\tb\n"], &[&["  if a", "    b"]]);
    }

    #[test]
    fn what_has_no_width_ends_somewhere() {
        let line = "\u{300}".repeat(CHARS_PER_COLUMN * 8);
        check(&[&line.repeat(2)], &[&[&line]]);
        let spaces = " ".repeat(1_000);
        check(&[&spaces, "a", "\n"], &[&[], &[], &["a"]]);
    }

    #[test]
    fn control_characters_are_shown() {
        check(&["a\rb\n"], &[&["a\\u{d}b"]]);
    }
}
