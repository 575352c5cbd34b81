//! Finds secrets by their shape, whatever name they stand under.

use std::ops::Range;

use super::{is_plain_word, userinfo};

/// How keys begin that are handed out with a prefix of their own.
pub const PREFIXES: &str = "\
    AGE-SECRET-KEY-1 AIza AKIA ASIA SG. ctx7sk- dapi dop_v1_ eyJ gho_ ghp_ ghr_ ghs_ ghu_ \
    github_pat_ glpat- glptt- gsk_ hf_ jina_ lin_api_ lsv2_ npm_ nvapi- pplx- pypi- r8_ \
    rk_live_ rk_test_ shpat_ sk- sk_live_ sk_test_ tgp_v1_ tvly- whsec_ xai- xapp- xox ya29. \
    sntrys_";

/// The beginnings of keys that have dots in them.
const DOTTED: [&str; 3] = ["eyJ", "SG.", "ya29."];

/// How few characters may follow a prefix.
const SHORTEST: usize = 12;

/// How private keys begin and end in PEM form (RFC 7468).
const PEM: [&str; 2] = ["-----BEGIN ", "PRIVATE KEY-----"];

/// Where a text is a secret by its shape: keys with a known beginning, private keys, and passwords
/// in URLs.
pub fn evident(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<_> = private_keys(text).chain(passwords(text)).chain(keys(text)).collect();
    ranges.sort_by_key(|range| (range.start, usize::MAX - range.end));
    let mut end = 0;
    ranges.retain(|range| {
        let is_new = range.start >= end && !range.is_empty();
        end = if is_new { range.end } else { end };
        is_new
    });
    ranges
}

fn private_keys(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(PEM[0]).filter_map(move |(start, _)| {
        let first = start + text[start..].find(PEM[1])?;
        // Not another block in between.
        let is_own = !text[start + PEM[0].len()..first].contains("-----");
        let end = text[first + PEM[1].len()..].find(PEM[1]);
        let end = end.map_or(text.len(), |end| first + 2 * PEM[1].len() + end);
        is_own.then_some(start..end)
    })
}

/// The passwords of URLs of any scheme. A user alone is a name: `git@host`, `ssh://git@host`.
fn passwords(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(move |(at, _)| {
        let start = at + 3;
        // What follows the host has no password, and may be the rest of a long text.
        let is_part = |c: char| !c.is_whitespace() && !"\"'`<>/?#".contains(c);
        let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |end| start + end);
        let range = userinfo(&text[start..end])?;
        (range.start > 0).then(|| start + range.start..start + range.end)
    })
}

fn keys(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let run = move |start: usize| {
        let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |end| start + end);
        start..end
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut range = run(at + text[at..].find(is_part)?);
        range.start = range.end - text[range.clone()].trim_start_matches(['-', '_']).len();
        let is_dotted = DOTTED.iter().any(|prefix| text[range.start..].starts_with(prefix));
        while is_dotted && text[range.end..].starts_with('.') {
            let next = run(range.end + 1);
            if next.is_empty() {
                break;
            }
            range.end = next.end;
        }
        at = range.end;
        range.end = range.start + text[range.clone()].trim_end_matches(['-', '_']).len();
        Some(range)
    })
    .filter(move |range| is_key(&text[range.clone()]))
}

/// Whether a text is a key by its beginning: what follows is long, has a digit or a capital inside,
/// and is not made of words and short numbers, as in `sk-learn-model-2024`.
fn is_key(text: &str) -> bool {
    let rest = PREFIXES.split(' ').find_map(|prefix| text.strip_prefix(prefix));
    let is_word = |part: &str| {
        let is_number = part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_size = part.len() <= 4 && part.ends_with(['b', 'k', 'm']);
        part.is_empty() || is_number || is_size || is_plain_word(part)
    };
    rest.is_some_and(|rest| {
        let is_known = rest.len() >= SHORTEST && !rest.split(['-', '_', '.']).all(is_word);
        // A token of three parts, of which the first is JSON.
        is_known && (!text.starts_with("eyJ") || text.split('.').count() == 3)
    })
}

/// Whether a text looks as if it was made at random, so that it may be a secret: at least 24
/// letters and digits without a gap, of both cases or hexadecimal.
pub fn looks_random(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.as_bytes().iter().any(is);
    let is_hex = text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    text.len() >= 24
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte))
        && text.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| run.len() >= 20)
        && has(u8::is_ascii_digit)
        && (is_hex || is_mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = evident(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn keys_are_known_by_their_beginning() {
        for key in [
            "sk-live-0123456789",
            "sk-proj-Ab0Ab0Ab0Ab0Ab0Ab0",
            "sk-ant-api03-Zx9Zx9Zx9Zx9-AA",
            "ghp_0123456789abcdefABCDEF0123456789abcd",
            "AKIAIOSFODNN7EXAMPLE",
            "xoxb-123456789012-abcDEF123",
            "AIzaSyA0123456789abcdefghijklmnopqrstuv",
            "hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567",
            "glpat-x9x9x9x9x9x9x9x9x9x9",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        ] {
            check(key, &[key]);
            check(&format!("use {key}, or (\"{key}\")."), &[key, key]);
            check(&format!("x{key}"), &[]);
            check(&format!("is {key}. Then a.{key}"), &[key, key]);
            check(&format!("'--key={key}'&x=${{A:-{key}}}"), &[key, key]);
        }
    }

    #[test]
    fn words_with_the_same_beginning_are_not_keys() {
        for text in [
            "sk-learn-estimator-version-2024",
            "sk-short-1",
            "hf_hub_download_model_2024",
            "hf_model_llama_70b_chat",
            "AKIA",
            "eyJust a word",
            "gpt-4o-2024-08-06",
            "https://host:8000/a@b",
            "ssh://git@host/x",
            "mailto:a@b.c",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn passwords_of_urls_and_private_keys_are_known_wherever_they_stand() {
        check("postgres://joe:pa:ss@db:5432/x?a=b", &["pa:ss"]);
        check("see redis://:hunter2@h, amqp://u:p1@h", &["hunter2", "p1"]);
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
        check(&format!("a {key} b"), &[key]);
        check("-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", &[]);
    }

    #[test]
    fn what_is_made_at_random_looks_so() {
        for text in ["0123456789abcdef0123456789abcdef", "Zx8Kq2LmN4vB7cT1yR5wP9sD"] {
            assert!(looks_random(text), "{text}");
        }
        for text in [
            "",
            "gpt-4o-2024-08-06",
            "claude-3-5-sonnet-20241022",
            "123e4567-e89b-12d3-a456-426614174000",
            "/usr/local/bin/some-program-with-name",
            "application/vnd.api+json",
            "AbCdEfGhIjKl",
        ] {
            assert!(!looks_random(text), "{text}");
        }
    }
}
