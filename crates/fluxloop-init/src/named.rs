//! Finds secrets in texts that are neither JSON nor a form: by their names, their place in a URL, and
//! their shape.

use std::cmp::Reverse;
use std::ops::Range;

use fluxloop_redact::naming::{Secrecy, evident, is_word_under, secrecy_of, secret_ranges};

/// How short a number under the name of a key may be: shorter ones count something (`key=2`).
const SHORTEST_NUMBER: usize = 8;

/// The secrets of a text in their order, each with what it is for; one that is known by its shape
/// alone is for the purpose of the text. They may overlap.
pub(crate) fn secrets<'t>(text: &'t str, purpose: &'t str) -> Vec<(Range<usize>, &'t str)> {
    let mut found: Vec<(Range<usize>, &str)> = Vec::new();
    let in_urls = text.match_indices("://").flat_map(|(at, _)| in_url(text, at));
    found.extend(in_urls.map(|range| (range, "password")));
    found.extend(evident(text).into_iter().map(|range| (range, purpose)));
    found.extend(under_names(text));
    found.sort_by_key(|(range, _)| (range.start, Reverse(range.end)));
    found
}

/// The secrets of the URL that has its `://` here.
fn in_url(text: &str, at: usize) -> Vec<Range<usize>> {
    let is_end = |c: char| c.is_whitespace() || "\"'`<>".contains(c);
    let rest = &text[at..];
    let end = rest.find(is_end).unwrap_or(rest.len());
    // Another URL has its own turn.
    let end = rest[3..end].find("://").map_or(end, |next| next + 3);
    let moved = |range: Range<usize>| at + range.start..at + range.end;
    secret_ranges(&rest[..end]).into_iter().map(moved).collect()
}

/// The values under secret names: `api_key=…`, `"token": "…"`, `<password>…</password>`.
fn under_names(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(is_of_name).map(|start| at + start) {
        let end = text[start..].find(|c| !is_of_name(c)).map_or(text.len(), |end| start + end);
        let name = &text[start..end];
        at = end;
        let secrecy = secrecy_of(name);
        if secrecy == Secrecy::Open {
            continue;
        }
        let Some(range) = value_after(text, start, end) else { continue };
        let value = &text[range.clone()];
        let word = value.trim_matches(|c: char| !c.is_alphanumeric());
        let is_count = word.len() < SHORTEST_NUMBER && word.bytes().all(|it| it.is_ascii_digit());
        if !is_count && !is_word_under(word, secrecy) {
            at = range.end;
            found.push((range, name));
        }
    }
    found
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.".contains(c)
}

/// Where the value of a name is that stands at this place.
fn value_after(text: &str, start: usize, end: usize) -> Option<Range<usize>> {
    let rest = &text[end..];
    let tagged = rest.strip_prefix('>').filter(|_| text[..start].ends_with('<'));
    let assigned = || {
        let rest = rest.trim_start_matches(['\\', '"', '\'']).trim_start();
        Some(rest.strip_prefix([':', '='])?.trim_start())
    };
    let value = tagged.or_else(assigned)?;
    let quoted = value.trim_start_matches('\\');
    let value = if let Some(quote @ ('"' | '\'')) = quoted.chars().next() {
        in_quotes(&quoted[1..], quote, quoted.len() < value.len())
    } else {
        without_quotes(value)
    };
    let start = value.as_ptr() as usize - text.as_ptr() as usize;
    Some(start..start + value.len())
}

/// A value without quotes, and without the name of a scheme, which is not secret.
fn without_quotes(text: &str) -> &str {
    let schemes = ["Bearer ", "Basic ", "Token "];
    let text = schemes.iter().find_map(|it| text.strip_prefix(it)).unwrap_or(text);
    let is_end = |c: char| c.is_whitespace() || "&;,<>\"'\\)]}".contains(c);
    &text[..text.find(is_end).unwrap_or(text.len())]
}

/// What stands before the quote that closes a text; a backslash is before it if the text is quoted
/// once more.
fn in_quotes(text: &str, quote: char, is_escaped: bool) -> &str {
    let mut after_backslash = false;
    let end = text.char_indices().find(|(_, c)| {
        let closes = *c == quote && after_backslash == is_escaped;
        after_backslash = *c == '\\' && !after_backslash;
        closes
    });
    &text[..end.map_or(text.len(), |(end, _)| end - usize::from(is_escaped))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let mut found: Vec<_> =
            secrets(text, "key").into_iter().map(|(range, name)| (name, &text[range])).collect();
        found.dedup_by_key(|(_, secret)| *secret);
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn values_under_secret_names_are_found() {
        check("a=1&api_key=K-1&b=2", &[("api_key", "K-1")]);
        check("{'token': 'K 1', \"n\": 1,}", &[("token", "K 1")]);
        check(r#"{"token": "K\"1", }"#, &[("token", r#"K\"1"#)]);
        check(r#"{\"password\": \"K-1\"}"#, &[("password", "K-1")]);
        check("<password>K-1</password>", &[("password", "K-1")]);
        check("authorization: Bearer K-1\nx: y", &[("authorization", "K-1")]);
    }

    #[test]
    fn secrets_of_urls_and_shapes_are_found() {
        check(
            "https://h/x?sig=K-1&a=b https://u:K-2@h",
            &[("password", "K-1"), ("password", "K-2")],
        );
        check("see sk-proj-Ab0Ab0Ab0Ab0Ab0Ab0", &[("key", "sk-proj-Ab0Ab0Ab0Ab0Ab0Ab0")]);
    }

    #[test]
    fn words_counts_and_other_names_are_not() {
        for text in [
            "max_tokens=100",
            "mutation Ask($token: String!, $password: String!)",
            "sort_key: createdAt",
            "key=2",
            "no-cache, max-age=0",
            "https://h/x?a=b#key",
            "the token is here",
            "u=1, i",
        ] {
            check(text, &[]);
        }
    }
}
