//! Quotations, numbers and lists, as messages have them.

use fluxloop_trace::{Amount, Quantity};

use crate::problem::ACTUAL_CHARS;

/// How many characters a message quotes.
const QUOTED_CHARS: usize = 60;
/// How many characters before a difference are shown.
const BEFORE: u64 = 40;

/// The beginning of a text, in backticks.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// A part of a text around a character, with `…` in place of what is left out.
pub(crate) fn excerpt(text: &str, character: u64) -> String {
    let skipped = usize::try_from(character.saturating_sub(BEFORE)).unwrap_or(usize::MAX);
    let mut rest = text.chars().skip(skipped);
    let shown: String = rest.by_ref().take(ACTUAL_CHARS).collect();
    let before = if skipped > 0 { "…" } else { "" };
    let after = if rest.next().is_some() { "…" } else { "" };
    format!("{before}{shown}{after}")
}

/// Names in backticks.
pub(crate) fn names(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name.as_ref())).collect();
    quoted.join(", ")
}

/// A measured value with its unit: `812 ms`, `31.5 tokens/s`.
pub(crate) fn measured(quantity: Quantity, value: Amount) -> String {
    let unit = if quantity.is_rate() { "tokens/s" } else { "ms" };
    format!("{} {unit}", number(value.as_f64()))
}

/// A number without more digits than matter.
pub(crate) fn number(value: f64) -> String {
    let rounded = if value < 100.0 { (value * 100.0).round() / 100.0 } else { value.round() };
    rounded.to_string()
}

/// What a quantity is called in a sentence.
pub(crate) fn called(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::FirstByte => "the time to the first byte",
        Quantity::FirstOutput => "the time to the first output",
        Quantity::FirstToken => "the time to the first token",
        Quantity::ChunkGapP50 => "the median gap between chunks",
        Quantity::ChunkGapP95 => "the 95th percentile of the gaps between chunks",
        Quantity::ChunkGapMax => "the longest gap between chunks",
        Quantity::Tpot => "the time for each token",
        Quantity::TokensPerSecond => "the rate",
        Quantity::Duration => "the duration",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_says_where_it_is_cut() {
        assert_eq!(excerpt("abc", 2), "abc");
        let long: String = ('a'..='z').cycle().take(300).collect();
        assert_eq!(excerpt(&long, 100).chars().count(), ACTUAL_CHARS + 2);
        assert!(excerpt(&long, 100).starts_with('…') && excerpt(&long, 0).ends_with('…'));
        assert!(!excerpt(&long, 290).ends_with('…'));
    }

    #[test]
    fn numbers_have_the_digits_that_matter() {
        for (value, expected) in [(812.4, "812"), (31.456, "31.46"), (2.0, "2"), (0.801, "0.8")] {
            assert_eq!(number(value), expected);
        }
    }
}
