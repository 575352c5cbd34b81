//! The URL of a request.

use fluxloop_curl::{Request, Text};
use fluxloop_redact::naming::{Secrecy, evident, secret_ranges};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::Draft;
use crate::InitError;
use crate::input::{Found, NAMES};
use crate::proposal::Remark;
use crate::template::{INPUT, value};

/// A URL.
pub(super) struct Target {
    pub(super) url: Text,
    /// The URL without user and query, to recognize a protocol by.
    pub(super) shape: String,
    /// The host, if it has no variable.
    pub(super) host: String,
}

/// How user and password are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Spelling {
    /// As they are.
    Plain,
    /// Percent-encoded, as in a URL.
    Encoded,
}

impl Draft {
    pub(super) fn target(&mut self, request: &Request) -> Result<Target, InitError> {
        let (base, query) = request
            .url
            .split_once('?')
            .map_or_else(|| (request.url.clone(), None), |(base, query)| (base, Some(query)));
        let base = self.base(&base, request)?;
        let shape = base.with_variables(|_| "x".to_owned());
        let rest = shape.split_once("://").map_or(shape.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default().to_owned();
        let is_variable =
            base.marked().split('/').nth(2).is_some_and(|it| Text::from_marked(it).has_variables())
                || !base.marked().starts_with("http");
        let mut url = base;
        if let Some(query) = query {
            url.append(&"?".into());
            url.append(&self.query(&query));
        }
        Ok(Target { url, shape, host: if is_variable { String::new() } else { host } })
    }

    /// The URL up to its query, with user and password.
    fn base(&mut self, base: &Text, request: &Request) -> Result<Text, InitError> {
        let Some((scheme, rest)) = base.marked().split_once("://") else {
            return match &request.user {
                Some(_) => Err(InitError::unsupported("-u", "the URL begins with a variable")),
                None => Ok(self.vault.without_evident("url", base)),
            };
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let (user, rest) = match authority.rfind('@') {
            Some(at) => (Some(Text::from_marked(&rest[..at])), &rest[at + 1..]),
            None => (None, rest),
        };
        let mut url = Text::from_marked(format!("{scheme}://"));
        // `-u` wins, as with curl.
        match (&request.user, user) {
            (Some(user), _) => url.append(&self.userinfo(user, Spelling::Plain, "password")),
            (None, Some(user)) => url.append(&self.userinfo(&user, Spelling::Encoded, "password")),
            (None, None) => {}
        }
        url.append(&self.vault.without_evident("url", &Text::from_marked(rest)));
        Ok(url)
    }

    /// User and password as they stand in front of a host, with the `@`.
    pub(super) fn userinfo(&mut self, user: &Text, spelling: Spelling, purpose: &str) -> Text {
        let (name, password) =
            user.split_once(':').unwrap_or_else(|| (user.clone(), Text::default()));
        if let (Some(name), Some(password)) = (name.literal(), password.literal())
            && let (Some(name), Some(password)) = (plain(name, spelling), plain(password, spelling))
        {
            // As the client encodes them (RFC 7617, 2).
            self.vault.know(format!("{name}:{password}"));
        }
        // A user without a password is a key.
        let name = match (password.is_empty(), spelling) {
            (true, _) => self.credential(&name, spelling, "user"),
            (false, Spelling::Encoded) => name,
            (false, Spelling::Plain) => name.map(encoded),
        };
        let mut text = name;
        text.append(&":".into());
        text.append(&self.credential(&password, spelling, purpose));
        text.append(&"@".into());
        text
    }

    /// A password or a key, of which each literal part has become a variable. The configuration
    /// encodes the values of variables there, but for what is percent-encoded already.
    fn credential(&mut self, text: &Text, spelling: Spelling, purpose: &str) -> Text {
        text.parts_mapped(|literal| {
            let plain = plain(literal, spelling);
            let stored = match &plain {
                Some(plain) if !is_misread(plain) => plain.clone(),
                _ if spelling == Spelling::Encoded => literal.to_owned(),
                _ => encoded(literal),
            };
            if plain.as_ref() != Some(&stored) {
                self.vault.know(plain.unwrap_or_default());
                let why = "it is stored percent-encoded, as a URL needs it";
                self.remarks.push(Remark::new("the password", why));
            }
            self.vault.variable(purpose, &stored)
        })
    }

    /// The query as it was written, but for the input and for secrets.
    fn query(&mut self, query: &Text) -> Text {
        let pairs: Vec<Text> = query.marked().split('&').map(Text::from_marked).collect();
        let names: Vec<String> = pairs.iter().map(name_of).collect();
        let is_text = |pair: &Text| {
            let value = pair.split_once('=').map(|(_, value)| value);
            value.is_some_and(|value| value.literal().is_some_and(|it| decoded(it).is_some()))
        };
        let is_known = |name: &&str| names.iter().filter(|it| it == name).count() == 1;
        let known = NAMES.into_iter().filter(is_known);
        let mut places = known.filter_map(|name| names.iter().position(|it| it == name));
        let input = places.find(|at| is_text(&pairs[*at])).filter(|_| self.input.is_none());
        let mut text = Text::default();
        for (index, pair) in pairs.iter().enumerate() {
            if index > 0 {
                text.append(&"&".into());
            }
            if Some(index) != input {
                text.append(&self.pair(pair, &names[index]));
                continue;
            }
            let (name, value_of_line) = pair.split_once('=').unwrap_or_default();
            let found = decoded(value_of_line.marked()).unwrap_or_default();
            self.input = Some(Found { text: found, place: names[index].clone() });
            text.append(&name);
            text.append(&"=".into());
            text.append(&value(INPUT));
        }
        text
    }

    /// A parameter as it is written in a URL.
    fn pair(&mut self, pair: &Text, name: &str) -> Text {
        let Some(literal) = pair.literal() else {
            let is_secret = !secret_ranges(&format!("?{name}=value-1")).is_empty();
            return match pair.split_once('=') {
                Some((name_of_line, value)) if is_secret => {
                    let purpose = self.purpose(name).to_owned();
                    let mut text = name_of_line;
                    text.append(&"=".into());
                    text.append(&self.vault.guarded(&purpose, &value, Secrecy::Key));
                    text
                }
                _ => self.vault.without_evident(name, pair),
            };
        };
        let mut secrets: Vec<_> = secret_ranges(&format!("?{literal}"))
            .into_iter()
            .map(|range| range.start - 1..range.end - 1)
            .collect();
        let start = literal.find('=').map_or(0, |at| at + 1);
        if secrets.is_empty() {
            secrets = evident(literal);
        }
        // A shape that only the decoded value has.
        if secrets.is_empty()
            && let Some(value) = decoded(&literal[start..])
            && !evident(&value).is_empty()
        {
            secrets.push(start..literal.len());
        }
        let purpose = self.purpose(name).to_owned();
        let secrets = secrets.into_iter().map(|range| (range, purpose.as_str()));
        self.vault.replaced(literal, secrets)
    }
}

fn name_of(pair: &Text) -> String {
    let name = pair.marked().split('=').next().unwrap_or_default();
    percent_decode_str(&name.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// A name or a value of a parameter or a field, if it is text.
pub(super) fn decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
}

/// A user or a password as it is, if it is text.
fn plain(text: &str, spelling: Spelling) -> Option<String> {
    match spelling {
        Spelling::Plain => Some(text.to_owned()),
        Spelling::Encoded => Some(percent_decode_str(text).decode_utf8().ok()?.into_owned()),
    }
}

/// Whether a password would not be sent as it is: what is percent-encoded in it would be decoded, and
/// no URL has a line end.
fn is_misread(text: &str) -> bool {
    let is_escape = |(at, _): (usize, &str)| {
        let digits = text.as_bytes().get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    text.match_indices('%').any(is_escape) || text.contains(char::is_control)
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
