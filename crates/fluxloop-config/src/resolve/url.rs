//! Reads URLs.

use std::ops::Range;

use fluxloop_plan::MAX_URL_BYTES;
use fluxloop_redact::{MASK, Redactor, is_findable};
use percent_encoding::percent_decode_str;
use url::Url;

use super::Reader;
use super::expand::Expanded;
use super::proxy::{PROXY, is_loopback};
use super::reader::Scalar;
use super::url_places::{self, secret_ranges, user_range};
use crate::Origin;
use crate::error::{Fault, Oddity};

/// What a character is called that must not be in a URL or header. Parsers of URLs drop line ends
/// and tabs in silence, and a variable could move the request to another place with them.
pub(super) fn control_name(c: char) -> Option<&'static str> {
    match c {
        '\n' | '\r' => Some("line break"),
        '\t' => Some("tab"),
        ' ' => Some("space"),
        c if c.is_control() => Some("control character"),
        c if c.is_whitespace() => Some("blank"),
        _ => None,
    }
}

impl Reader<'_> {
    /// `runner.http.url`, which is required.
    pub(super) fn target(&mut self) -> Option<Url> {
        let path = "runner.http.url";
        if self.node(path).is_none() {
            self.missing(path, "url: http://localhost:8000/chat");
            return None;
        }
        let scalar = self.scalar(path)?;
        self.warn_bare_variable(&scalar.node, path);
        self.url(&scalar, path, &["http", "https"])
    }

    /// Parses a URL, and takes the secrets in it into custody.
    pub(super) fn url(
        &mut self,
        scalar: &Scalar<'_>,
        path: &'static str,
        schemes: &[&str],
    ) -> Option<Url> {
        // The value itself is the secret, however the URL spells it.
        let of_userinfo = url_places::userinfo_values(&scalar.expanded);
        let has_own_variable = !of_userinfo.is_empty();
        for (name, value) in of_userinfo {
            if !self.variables.is_filled_in(&name) {
                self.secrets.of_url(&name, &value);
            }
        }
        let expanded = url_places::guarded(&scalar.expanded);
        let text = expanded.text.as_str();
        if let Some((byte, what)) =
            text.char_indices().find_map(|(byte, c)| Some((byte, control_name(c)?)))
        {
            let variable = expanded.variable_at(byte).map(str::to_owned);
            self.fault(&scalar.node, path, Fault::UrlCharacter { what, variable });
            return None;
        }
        // Where a secret was part of a host or a path, another server would be asked. A variable of
        // the environment was never written by us.
        let is_written = !matches!(scalar.node.origin, Origin::Variable(_));
        if text.contains(MASK) && is_written && !self.fills_undefined {
            self.fault(&scalar.node, path, Fault::Masked);
            return None;
        }
        for range in secret_ranges(text) {
            self.sensitive(&scalar.node, path, &slice(&expanded, range));
        }
        // A user's name alone is no secret, unless somebody thought it worth a variable. For one that
        // came with a whole URL, nobody has to hear that it is too short.
        if let Some(user) = user_range(text).map(|range| slice(&expanded, range))
            && !user.variables.is_empty()
            && (has_own_variable || is_findable(&user.text))
        {
            self.sensitive(&scalar.node, path, &user);
        }
        let variables = &self.variables;
        let stood_in = url_places::stood_in(&expanded, |name| variables.is_filled_in(name));
        match Url::parse(&stood_in.text) {
            Ok(url) if schemes.contains(&url.scheme()) => {
                if let Some(fault) = unfit(&url, &stood_in.text) {
                    self.fault(&scalar.node, path, fault);
                    return None;
                }
                self.credentials(&url, scalar, path);
                Some(url)
            }
            Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => {
                let fault = if path == PROXY { Fault::ProxyScheme } else { Fault::UrlScheme };
                self.fault(&scalar.node, path, fault);
                None
            }
            Err(error) => {
                self.fault(&scalar.node, path, Fault::Url(error.to_string()));
                None
            }
        }
    }

    /// Takes user and password of a URL into custody as the client sends them (RFC 7617): a server
    /// that echoes the header shows a password that is too short to be found by itself.
    fn credentials(&mut self, url: &Url, scalar: &Scalar<'_>, path: &str) {
        let mut variables = url_places::userinfo_values(&scalar.expanded).into_iter();
        let is_open = |(name, _): (String, String)| {
            self.variables.is_filled_in(&name) || self.secrets.is_harmless(&name)
        };
        let user = (url.username(), url.password());
        if user == ("", None) || variables.any(is_open) {
            return;
        }
        let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
        let credentials = [decoded(user.0), decoded(user.1.unwrap_or_default())].join(&b':');
        self.secrets.of_credentials(path, &credentials);
    }

    /// Whether anything that was met so far is secret and is sent.
    pub(super) fn secret_travels(&self) -> bool {
        let uses_secret = self.variables.uses_secret(|name| self.secrets.is_to_be_masked(name));
        self.secrets.travels || uses_secret
    }

    /// Warns about a secret that leaves the machine without encryption, to the server or the proxy
    /// behind a key.
    pub(super) fn warn_clear_text(&mut self, key: &'static str, url: &Url, redactor: &Redactor) {
        if url.scheme() != "https"
            && !is_loopback(url)
            && let Some(node) = self.node(key)
        {
            let host = redactor.mask(url.host_str().unwrap_or_default());
            self.warn(node, key, Oddity::SecretInClear { host });
        }
    }
}

/// What is wrong with a URL that the parser takes. Before the host it takes any number of slashes
/// and backslashes (URL standard, 4.4, "special authority slashes state"); whoever looks for a
/// password in the text would look elsewhere.
fn unfit(url: &Url, text: &str) -> Option<Fault> {
    let (_, rest) = text.split_once(':')?;
    match rest.strip_prefix("//") {
        _ if text.len() > MAX_URL_BYTES => {
            Some(Fault::Url(format!("it has more than {MAX_URL_BYTES} bytes")))
        }
        None => Some(Fault::UrlScheme),
        Some(rest) if !url.has_host() || rest.starts_with(['/', '\\']) => {
            Some(Fault::Url(url::ParseError::EmptyHost.to_string()))
        }
        Some(_) => None,
    }
}

/// A part of expanded text, with the variables that touch it.
fn slice(expanded: &Expanded, range: Range<usize>) -> Expanded {
    let variables = expanded.variables.iter().filter_map(|(name, of)| {
        let (start, end) = (of.start.max(range.start), of.end.min(range.end));
        (start < end).then(|| (name.clone(), start - range.start..end - range.start))
    });
    Expanded { variables: variables.collect(), text: expanded.text[range].to_owned() }
}
