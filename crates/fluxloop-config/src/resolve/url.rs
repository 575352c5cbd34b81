//! Reads URLs.

use fluxloop_plan::{MAX_URL_BYTES, UrlTemplate, ValueTemplate};
use fluxloop_redact::{MASK, Redactor};
use url::Url;

use super::proxy::{PROXY, is_loopback};
use super::reader::Scalar;
use super::{Reader, url_places};
use crate::Origin;
use crate::error::{Fault, Oddity};
use crate::yaml::Shape;

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
    /// `runner.http.url`, which is required, and its template if it takes values of the case.
    pub(super) fn target(&mut self) -> Option<(Url, Option<UrlTemplate>)> {
        let path = "runner.http.url";
        if self.node(path).is_none() {
            self.missing(path, "url: http://localhost:8000/chat");
            return None;
        }
        if let Some(node) = self.node(path)
            && let Shape::Text(text) = &node.shape
            && !ValueTemplate::places(&text.text).is_empty()
        {
            self.warn_bare_variable(node, path);
            return self.url_template(node).map(|(url, template)| (url, Some(template)));
        }
        let scalar = self.scalar(path)?;
        self.warn_bare_variable(&scalar.node, path);
        if !self.check_foreign(&scalar.node, path) {
            return None;
        }
        self.warn_unreplaced(&scalar.node, path);
        self.url(&scalar, path, &["http", "https"]).map(|url| (url, None))
    }

    /// Parses a URL.
    pub(super) fn url(
        &mut self,
        scalar: &Scalar<'_>,
        path: &'static str,
        schemes: &[&str],
    ) -> Option<Url> {
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
        let variables = &self.variables;
        let stood_in = url_places::stood_in(&expanded, |name| variables.is_filled_in(name));
        match Url::parse(&stood_in.text) {
            Ok(url) if schemes.contains(&url.scheme()) => {
                if let Some(fault) = unfit(&url, &stood_in.text) {
                    self.fault(&scalar.node, path, fault);
                    return None;
                }
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

    /// Warns about a secret that leaves the machine without encryption, to the server or the proxy
    /// that the value of a key names. A proxy may come from a variable instead.
    pub(super) fn warn_clear_text(
        &mut self,
        key: &'static str,
        variable: Option<&str>,
        url: &Url,
        redactor: &Redactor,
    ) {
        if url.scheme() != "https" && !is_loopback(url) {
            let (host, _) = redactor.mask_piece(url.host_str().unwrap_or_default());
            let origin = match (self.node(key), variable) {
                (Some(node), _) => node.origin.clone(),
                (None, Some(variable)) => Origin::Variable(variable.to_owned()),
                (None, None) => self.main.clone(),
            };
            self.report.warn(&origin, key, Oddity::SecretInClear { host });
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
