//! Whether a line shows something in the shape of a secret.

use fluxloop_redact::Redactor;
use fluxloop_redact::naming::{evident, secret_ranges};

/// The longest word that is shown, in characters. The longest key has one less; keys that are
/// handed out have more.
const LONGEST_WORD: usize = 20;

/// Characters that end a word.
const BETWEEN: &str = "./:,;\"'`[]{}()<>|";

/// Whether some of a line is a known secret, or may be one.
pub(super) fn may_be_secret(line: &str, redactor: &Redactor) -> bool {
    let mut words = line.split(|c: char| c.is_whitespace() || BETWEEN.contains(c));
    words.any(|word| word.chars().count() > LONGEST_WORD)
        || has_open_url(line)
        || !evident(line).is_empty()
        || !secret_ranges(line).is_empty()
        || redactor.mask_counted(line).1 > 0
        || has_short_secret(line, redactor)
}

/// Whether a URL has a user or a query, which may hold a secret under any name.
fn has_open_url(line: &str) -> bool {
    line.match_indices("://").any(|(index, _)| {
        let rest = &line[index + 3..];
        let url = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        url.contains(['@', '?', '#'])
    })
}

/// Whether a word or a value of the line is a secret that is too short to be looked for in text.
fn has_short_secret(line: &str, redactor: &Redactor) -> bool {
    if redactor.short_names().is_empty() {
        return false;
    }
    let is_between = |c: char| c.is_whitespace() || ":,\"'[]{}".contains(c);
    let values = line.match_indices([':', ',', '-']).map(|(index, _)| line[index + 1..].trim());
    let values = values.map(|value| value.trim_matches(|c: char| "\"'[]{},".contains(c)));
    line.split(is_between).chain(values).any(|word| redactor.is_short_secret(word))
}
