//! Where in a URL its secrets are.

use std::ops::Range;

use percent_encoding::percent_decode_str;

use super::is_secret_parameter;

/// Where the secrets of a URL are: the password, a user without one, and the values of parameters
/// with secret names. The text need not be a valid URL.
pub fn secret_ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let start = text.find("://").map_or(0, |index| index + 3);
    ranges.extend(userinfo(&text[start..]).map(|range| start + range.start..start + range.end));
    if let Some(question) = text.find('?') {
        let query_end = text[question..].find('#').map_or(text.len(), |index| question + index);
        let mut from = question + 1;
        for pair in text[from..query_end].split('&') {
            ranges.extend(secret_start(pair).map(|start| from + start..from + pair.len()));
            from += pair.len() + 1;
        }
    }
    ranges.retain(|range| !range.is_empty());
    ranges
}

/// Where the value of the first secret parameter begins. Older servers take a semicolon for the end
/// of a parameter, newer ones for a part of its value, which is why it goes on to the end.
fn secret_start(pair: &str) -> Option<usize> {
    let mut from = 0;
    for pair in pair.split(';') {
        if let Some((name, value)) = pair.split_once('=')
            && is_secret_parameter(&percent_decode_str(name).decode_utf8_lossy(), value)
        {
            return Some(from + name.len() + 1);
        }
        from += pair.len() + 1;
    }
    None
}

/// Where the secret is in what follows the `://` of a URL: the password, or a user without one.
pub fn userinfo(text: &str) -> Option<Range<usize>> {
    let at = text[..text.find(['/', '?', '#']).unwrap_or(text.len())].rfind('@')?;
    // A key that is sent as the user has no password behind it.
    Some(match text[..at].split_once(':') {
        Some((user, "")) => 0..user.len(),
        Some((user, _)) => user.len() + 1..at,
        None => 0..at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_secrets(text: &str, expected: &[&str]) {
        let found: Vec<&str> = secret_ranges(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn passwords_and_secret_parameters_are_found() {
        check_secrets(
            "https://user:pass@host/x?key=k&model=m&api_key=a#key=z",
            &["pass", "k", "a"],
        );
        check_secrets("https://token@host", &["token"]);
        check_secrets("https://token:@host", &["token"]);
        check_secrets("https://h/?a=1;key=k;b=2&k%65y=l&auth[key]=m", &["k;b=2", "l", "m"]);
        check_secrets(
            "https://h/?code=0123-abcd&code=200&code=python&auth.key=k&accessToken=l&sig=m&signature=n",
            &["0123-abcd", "k", "l", "m", "n"],
        );
        check_secrets("https://a:b@c:d@host/", &["b@c:d"]);
    }

    #[test]
    fn a_plain_url_has_no_secret() {
        check_secrets("https://host:8000/user:pass@x?model=m&max_tokens=5", &[]);
        check_secrets("nonsense", &[]);
    }
}
