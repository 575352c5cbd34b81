//! `secrets.md`: what counts as a secret without being named.

use fluxloop_redact::naming;

use super::Page;
use super::page::code;

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("What counts as a secret");
    page.block(
        "Names are split into words at every character that is not a letter or a digit, and before \
         capitals: `OPENAI_API_KEY`, `api.key` and `apiKey` have the word `KEY`. The case of letters \
         and numbers after a word do not matter.\n\
         `security.mask` adds a variable, and `security.unmask` removes one.",
    );
    let pairs = naming::PAIRS.map(|pair| pair.join(" "));
    page.table(
        ["what", "which"],
        [
            ["names with a word", &list(&naming::KEYS)],
            ["names with a word, under which words of eight letters or more are secrets too", &list(&naming::PASSWORDS)],
            ["names with two words in a row", &list(&pairs)],
            ["names with a longer word that ends so, with an `S` or without", &list(&naming::JOINED)],
            ["but not: names that end in a word", &list(&naming::PROPERTIES)],
            ["but not: `TOKENS` in front of another word, or after one", &list(&naming::COUNTED)],
            ["further headers", &list(&naming::HEADERS)],
            ["but not: headers that end so", &list(&naming::INNOCENT_HEADERS)],
            ["further parameters of a URL; `code` unless it is a word or a number", &list(&naming::PARAMETERS)],
            ["values that begin so, wherever they stand, if 12 characters or more follow that are not words", &list(&naming::PREFIXES)],
            ["values by their form, wherever they stand", "private keys in PEM form, and the passwords of URLs (`postgres://user:password@host`)"],
        ]
        .map(|row| row.map(str::to_owned)),
    );
    page
}

fn list(words: &[impl AsRef<str>]) -> String {
    words.iter().map(|word| code(word.as_ref())).collect::<Vec<_>>().join(" ")
}
