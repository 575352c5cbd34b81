//! The headers of a request.

use fluxloop_curl::{Request, Text};
use fluxloop_redact::naming::{Secrecy, is_sensitive_header, secrecy_of};
use serde_json::{Map, Value};

use super::Draft;
use crate::InitError;
use crate::proposal::Remark;

/// Headers that are computed from the body.
const COMPUTED: [&str; 2] = ["content-length", "transfer-encoding"];
/// Headers that this program sends by itself when they are not configured.
const OWN: [&str; 4] = ["accept", "user-agent", "content-type", "host"];

impl Draft {
    pub(super) fn headers(
        &mut self,
        request: &Request,
        is_json: bool,
    ) -> Result<Map<String, Value>, InitError> {
        for name in &request.removed_headers {
            if OWN.contains(&name.to_ascii_lowercase().as_str()) {
                let why = "the header is sent all the same";
                self.remarks.push(Remark::new(format!("-H '{name}:'"), why));
            }
        }
        let mut headers: Vec<(String, Text)> = Vec::new();
        for (name, value) in &request.headers {
            if COMPUTED.contains(&name.to_ascii_lowercase().as_str()) {
                let why = "the header is computed from the body";
                self.remarks.push(Remark::new(format!("-H '{name}: …'"), why));
                continue;
            }
            check(name, value)?;
            let twin = headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
            match twin {
                // RFC 9110, 5.3: a list may be one line. Cookies have a separator of their own.
                Some((_, joined)) => {
                    let is_cookie = name.eq_ignore_ascii_case("cookie");
                    joined.append(&if is_cookie { "; " } else { ", " }.into());
                    joined.append(value);
                    let why = "the header stands twice; its values are sent in one line";
                    self.remarks.push(Remark::new(format!("-H '{name}: …'"), why));
                }
                None => headers.push((name.clone(), value.clone())),
            }
        }
        if request.default_content_type.is_some() && is_json {
            let why =
                "the body is JSON, and is sent as `application/json`; curl sends it as a form";
            self.remarks.push(Remark::new("Content-Type", why));
            let is_type = |name: &String| name.eq_ignore_ascii_case("content-type");
            let types = headers.iter_mut().filter(|(name, _)| is_type(name));
            types.for_each(|(_, value)| *value = "application/json".into());
        }
        let mut written = Map::new();
        for (name, value) in headers {
            let value = self.header(&name, &value);
            written.insert(name, value.marked().into());
        }
        Ok(written)
    }

    /// A value; that of a sensitive header has become a variable, but for the name of a scheme.
    fn header(&mut self, name: &str, value: &Text) -> Text {
        if !is_sensitive_header(name) {
            return self.vault.without_named(name, value);
        }
        let Some(literal) = value.literal() else {
            let purpose = self.purpose(name).to_owned();
            return self.vault.guarded(&purpose, value, secrecy_of(name).max(Secrecy::Key));
        };
        let is_cookie = name.eq_ignore_ascii_case("cookie");
        let (scheme, secret) = if is_cookie { ("", literal) } else { after_scheme(literal) };
        if secret.is_empty() {
            return value.clone();
        }
        let mut text = Text::new(scheme);
        let purpose = self.purpose(name).to_owned();
        text.append(&self.vault.variable(&purpose, secret));
        text
    }
}

/// Names of schemes. Another word may be a part of the secret.
const SCHEMES: [&str; 8] =
    ["Bearer", "Basic", "Token", "Digest", "ApiKey", "Api-Key", "Key", "OAuth"];

/// The name of a scheme with its blank, and what follows (RFC 9110, 11.4).
fn after_scheme(value: &str) -> (&str, &str) {
    match value.split_once(' ') {
        Some((scheme, _)) if SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            value.split_at(scheme.len() + 1)
        }
        _ => ("", value),
    }
}

/// Names and values that HTTP allows, and that are sent.
fn check(name: &str, value: &Text) -> Result<(), InitError> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(InitError::unsupported("-H", "the name of a header is not valid"));
    }
    let literal = value.with_variables(|_| String::new());
    let why = match literal.chars().find(|c| !matches!(c, '\t' | ' '..='~')) {
        None => return Ok(()),
        Some('\r' | '\n') => "the value has a line break",
        Some(c) if c.is_control() => "the value has a control character",
        Some(_) => "the value has characters that are not ASCII",
    };
    Err(InitError::unsupported(format!("-H '{name}: …'"), why))
}
