//! What variables bring into a URL.

use std::fmt::Write;
use std::ops::Range;

use fluxloop_redact::naming::secret_ranges;

use crate::variables::Expanded;

/// The part of a URL that a variable stands in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// The beginning, up to the port: `${BASE_URL}/chat`.
    Origin,
    /// Before `://`.
    Scheme,
    /// The user, or user and password at once: `${CREDENTIALS}@host`.
    UserInfo,
    /// The user or the password, where both are written: `${USER}:${PASSWORD}@host`.
    UserOrPassword,
    /// The name of the host.
    Host,
    /// The address of the host: `[${ADDRESS}]`.
    Ipv6,
    /// The port.
    Port,
    /// The path, the query or the fragment.
    Rest,
}

/// A URL in which user and password are percent-encoded where a variable brought them, so that no
/// `@` or `/` in a password names another host (RFC 3986, 3.2.1). What is percent-encoded already
/// stays as it is.
pub(super) fn guarded(expanded: &Expanded) -> Expanded {
    replaced(expanded, |place, _, value| match place {
        Place::UserInfo => encoded(value, ":"),
        Place::UserOrPassword => encoded(value, ""),
        _ => value.to_owned(),
    })
}

/// A URL in which `<NAME>` has become something that a URL can have at its place: the variable's
/// name, but for a port, which cannot be a name.
pub(super) fn stood_in(expanded: &Expanded, is_undefined: impl Fn(&str) -> bool) -> Expanded {
    replaced(expanded, |place, name, value| match place {
        _ if !is_undefined(name) => value.to_owned(),
        Place::Origin => format!("https://{}", host(name)),
        Place::Scheme => "https".to_owned(),
        Place::Host => host(name),
        Place::Ipv6 => "::1".to_owned(),
        Place::Port => String::new(),
        Place::UserInfo | Place::UserOrPassword | Place::Rest => encoded(value, ""),
    })
}

/// Whether a variable brings something into user or password.
pub(super) fn userinfo_values(expanded: &Expanded) -> Vec<(String, String)> {
    let is_userinfo = |place| matches!(place, Place::UserInfo | Place::UserOrPassword);
    let skeleton = skeleton(expanded);
    expanded
        .variables
        .iter()
        .filter(|(_, range)| is_userinfo(place(&skeleton, range.start)))
        .map(|(name, range)| (name.clone(), expanded.text[range.clone()].to_owned()))
        .collect()
}

/// Replaces what every variable brought.
fn replaced(expanded: &Expanded, value: impl Fn(Place, &str, &str) -> String) -> Expanded {
    let skeleton = skeleton(expanded);
    let mut made = Expanded::literal("");
    let mut end = 0;
    for (name, range) in &expanded.variables {
        made.text.push_str(&expanded.text[end..range.start]);
        let start = made.text.len();
        made.text.push_str(&value(
            place(&skeleton, range.start),
            name,
            &expanded.text[range.clone()],
        ));
        made.variables.push((name.clone(), start..made.text.len()));
        end = range.end;
    }
    made.text.push_str(&expanded.text[end..]);
    made
}

/// The part of a URL that this byte of it stands in, if no value of the case may come there.
pub(super) fn fixed_part(expanded: &Expanded, byte: usize) -> Option<&'static str> {
    match place(&skeleton(expanded), byte) {
        Place::Origin | Place::Scheme => Some("scheme"),
        Place::UserInfo | Place::UserOrPassword => Some("user part"),
        Place::Host | Place::Ipv6 => Some("host"),
        Place::Port => Some("port"),
        Place::Rest => expanded.text[..byte].contains('#').then_some("fragment"),
    }
}

/// The text as it was written, with a letter for every byte that a variable brought: the punctuation
/// in it is the user's own.
fn skeleton(expanded: &Expanded) -> String {
    let mut skeleton = expanded.text.clone();
    for (_, range) in expanded.variables.iter().rev() {
        skeleton.replace_range(range.clone(), &"x".repeat(range.len()));
    }
    skeleton
}

/// The place of a variable that begins here.
fn place(skeleton: &str, start: usize) -> Place {
    let scheme = skeleton.find("://");
    let authority = scheme.map_or(0, |index| index + 3);
    let end = skeleton[authority..].find(['/', '?', '#']).map_or(skeleton.len(), |i| authority + i);
    let userinfo_end = skeleton[authority..end].rfind('@').map(|at| authority + at);
    let host = userinfo_end.map_or(authority, |at| at + 1);
    match userinfo_end {
        _ if start < authority => Place::Scheme,
        _ if scheme.is_none() && start == 0 => Place::Origin,
        _ if start > end || (start == end && end < skeleton.len()) => Place::Rest,
        Some(at) if start <= at && skeleton[authority..at].contains(':') => Place::UserOrPassword,
        Some(at) if start <= at => Place::UserInfo,
        _ if skeleton[..start].ends_with('[') => Place::Ipv6,
        _ if skeleton[host.min(start)..start].contains(':') => Place::Port,
        _ => Place::Host,
    }
}

/// A name that a host can have: `MY_HOST` is `my-host`.
fn host(name: &str) -> String {
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "host".to_owned() } else { words.join("-").to_lowercase() }
}

/// Percent-encodes all but unreserved characters (RFC 3986, 2.3), those that are kept, `%` before two
/// digits, and control characters, which are refused elsewhere.
fn encoded(value: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for (index, c) in value.char_indices() {
        let is_escape = || {
            let digits = value.as_bytes().get(index + 1..index + 3);
            c == '%' && digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let stays = c.is_ascii_alphanumeric() || "-._~".contains(c) || kept.contains(c);
        if stays || c.is_control() || is_escape() {
            encoded.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                write!(encoded, "%{byte:02X}").expect("a string takes everything");
            }
        }
    }
    encoded
}

/// Where the user's name of a URL is, if a password follows it.
pub(super) fn user_range(text: &str) -> Option<Range<usize>> {
    let start = text.find("://")? + 3;
    let password = secret_ranges(text).into_iter().next()?;
    let user = text.get(start..password.start.checked_sub(1)?)?;
    (!user.contains(['/', '?', '#'])).then(|| start..start + user.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Replaces `{value}` in the text as if a variable `MY_V` had brought it.
    fn expanded(text: &str) -> Expanded {
        let mut expanded = Expanded::literal("");
        for piece in text.split_inclusive(['{', '}']) {
            let start = expanded.text.len();
            expanded.text.push_str(piece.trim_end_matches(['{', '}']));
            if piece.ends_with('}') {
                expanded.variables.push(("MY_V".to_owned(), start..expanded.text.len()));
            }
        }
        expanded
    }

    #[track_caller]
    fn check_guarded(text: &str, expected: &str) {
        assert_eq!(guarded(&expanded(text)).text, expected);
    }

    #[track_caller]
    fn check_stood_in(text: &str, expected: &str) {
        assert_eq!(stood_in(&expanded(text), |_| true).text, expected);
    }

    #[test]
    fn a_password_names_no_host() {
        check_guarded("http://u:{p@ss/word:1}@h:1/x", "http://u:p%40ss%2Fword%3A1@h:1/x");
        check_guarded("http://{u:1}:{p?#}@h", "http://u%3A1:p%3F%23@h");
        check_guarded("http://{user:p@ss}@h", "http://user:p%40ss@h");
        check_guarded("http://{a%40b ü%}@h", "http://a%40b%20%C3%BC%25@h");
    }

    #[test]
    fn other_parts_are_as_the_variable_says() {
        check_guarded("{http://u:p@h}/x", "http://u:p@h/x");
        check_guarded("http://{h}:{80}/{a/b}?q={c&d}", "http://h:80/a/b?q=c&d");
    }

    #[test]
    fn undefined_variables_become_what_fits() {
        check_stood_in("{<V>}/{<V>}/x", "https://my-v/%3CV%3E/x");
        check_stood_in("http://{<V>}:{<V>}/x", "http://my-v:/x");
        check_stood_in("http://h:{<V>}", "http://h:");
        check_stood_in("{<V>}://u:{<V>}@h/?{<V>}", "https://u:%3CV%3E@h/?%3CV%3E");
        check_stood_in("{<V>}:{<V>}/x", "https://my-v:/x");
        check_stood_in("http://[{<V>}]:{<V>}/x", "http://[::1]:/x");
    }
}
