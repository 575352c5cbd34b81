//! The headers of a request.

use fluxloop_curl::{Request, Text};
use fluxloop_redact::naming::{evident, is_sensitive_header, looks_random};
use serde_json::{Map, Value};

use super::{Draft, value_of};
use crate::InitError;
use crate::proposal::Remark;

/// Headers that are computed from the body.
const COMPUTED: [&str; 2] = ["content-length", "transfer-encoding"];
/// Headers that this program sends by itself when they are not configured.
const OWN: [&str; 4] = ["accept", "user-agent", "content-type", "host"];

impl Draft {
    pub(super) fn headers(&mut self, request: &Request) -> Result<Map<String, Value>, InitError> {
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
        let mut written = Map::new();
        for (name, value) in headers {
            let value = self.header(&name, &value);
            written.insert(name, value_of(&value).into());
        }
        Ok(written)
    }

    /// A value; that of a sensitive header has become a variable, but for the name of a scheme.
    fn header(&mut self, name: &str, value: &Text) -> Text {
        if !is_sensitive_header(name) {
            return self.vault.without_evident(name, value);
        }
        let is_cookie = name.eq_ignore_ascii_case("cookie");
        let Some(literal) = value.literal() else {
            // Text around a variable may be a part of the secret.
            return value.parts_mapped(|part| {
                let rest = if is_cookie { part } else { after_scheme(part).1 };
                let rest = rest.trim();
                if rest.len() >= 8 && (looks_random(rest) || !evident(rest).is_empty()) {
                    self.vault.variable(name, part)
                } else {
                    Text::new(part)
                }
            });
        };
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
    if !literal.chars().all(|c| matches!(c, '\t' | ' '..='~')) {
        let why = "the value has characters that are not ASCII";
        return Err(InitError::unsupported(format!("-H '{name}: …'"), why));
    }
    Ok(())
}
