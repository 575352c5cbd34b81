//! What a message is made of, for those who render it.

use std::borrow::Cow;
use std::ops::Range;

use fluxloop_redact::{Masked, Redactor};

use super::{ConfigError, ConfigWarning, without_keys};
use crate::quote::{Extent, Quotes};
use crate::{Origin, Position};

/// An error or a warning as facts: what is wrong, where, and what to do. Everything in it is
/// masked.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Whether the configuration cannot be used because of it.
    pub is_error: bool,
    /// Where it was written: a file, a variable of the environment, or an argument.
    pub place: Option<Masked>,
    /// Where in the file.
    pub position: Option<Position>,
    /// The key, from the root; empty where it is about the whole.
    pub key: Masked,
    /// The key and what is wrong with it, as a fragment of a sentence.
    pub message: Masked,
    /// What to do about it.
    pub remedy: Masked,
    /// The line of the file, unless it may show a secret.
    pub quote: Option<Quote>,
}

/// A line of a file, and what in it is meant.
#[derive(Clone, Debug)]
pub struct Quote {
    /// The line up to where it may be shown.
    pub line: Masked,
    /// What is marked, in bytes of the line.
    pub mark: Range<usize>,
}

impl Finding {
    pub(crate) fn of_error(error: &ConfigError, quotes: &mut Quotes<'_>) -> Self {
        let text = error.fault.to_string();
        let (cause, remedy) = split(&text);
        let remedy =
            remedy.map_or_else(|| error.fault.advice(&error.key, &error.origin).into(), Cow::from);
        let quote = quotes.quote(&error.origin, error.fault.extent());
        let message = with_key(Some(&error.origin), &error.key, cause);
        let about = (Some(&error.origin), error.key.as_str());
        Self::new(true, about, &message, &remedy, quote, quotes.redactor())
    }

    pub(crate) fn of_warning(warning: &ConfigWarning, quotes: &mut Quotes<'_>) -> Self {
        let text = warning.oddity.to_string();
        let (cause, remedy) = split(&text);
        let remedy = remedy.map_or_else(|| warning.oddity.advice().into(), Cow::from);
        let origin = warning.origin.as_ref();
        let quote = origin.and_then(|origin| quotes.quote(origin, Extent::Value));
        let message = with_key(origin, &warning.key, cause);
        let about = (origin, warning.key.as_str());
        Self::new(false, about, &message, &remedy, quote, quotes.redactor())
    }

    /// A message about the configuration as a whole.
    pub(crate) fn of_whole(text: &str, remedy: &str, redactor: &Redactor) -> Self {
        Self::new(true, (None, ""), text, remedy, None, redactor)
    }

    fn new(
        is_error: bool,
        (origin, key): (Option<&Origin>, &str),
        message: &str,
        remedy: &str,
        quote: Option<Quote>,
        redactor: &Redactor,
    ) -> Self {
        let (place, position) = match origin {
            Some(Origin::File { path, position }) => (Some(path.display().to_string()), *position),
            // A default of the program is nowhere to be seen.
            Some(Origin::Default) | None => (None, None),
            Some(origin) => (Some(origin.to_string()), None),
        };
        // The longer secrets first: a known one may have the form of a key in it.
        let mask = |text: &str| {
            let masked = redactor.mask(&text.replace('\n', "\\n"));
            redactor.mask(&without_keys(masked.as_str().to_owned()))
        };
        Self {
            is_error,
            place: place.map(|place| mask(&place)),
            position,
            key: mask(key),
            message: mask(message),
            remedy: mask(remedy),
            quote,
        }
    }
}

fn with_key(origin: Option<&Origin>, key: &str, cause: &str) -> String {
    let is_named = key.is_empty() || origin.is_some_and(|origin| origin.names(key));
    if is_named { cause.to_owned() } else { format!("{key}: {cause}") }
}

/// Splits a message into what is wrong and, after the first semicolon, what would be right. A
/// semicolon between backticks belongs to a value.
fn split(message: &str) -> (&str, Option<&str>) {
    let mut is_quoted = false;
    for (index, c) in message.char_indices() {
        match c {
            '`' => is_quoted = !is_quoted,
            ';' if !is_quoted && message[index..].starts_with("; ") => {
                return (&message[..index], Some(&message[index + 2..]));
            }
            _ => {}
        }
    }
    (message, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_splits_at_its_first_semicolon() {
        assert_eq!(split("is odd; mend it; or not"), ("is odd", Some("mend it; or not")));
        assert_eq!(split("`a; b` is odd"), ("`a; b` is odd", None));
        assert_eq!(
            split("must be `auto`, or `;` or `\\t`"),
            ("must be `auto`, or `;` or `\\t`", None)
        );
    }
}
