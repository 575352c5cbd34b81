//! The URL of a request.

use fluxloop_curl::{Request, Text};
use fluxloop_redact::naming::{is_secret_parameter, userinfo};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

use super::{Draft, PROMPT, template_of, value_of};
use crate::InitError;
use crate::input::{Found, NAMES, PATH};

/// A URL as the configuration has it.
pub(super) struct Target {
    pub(super) url: String,
    /// Parameters from the one with the input on.
    pub(super) query: Map<String, Value>,
    /// The URL without user and query, to recognize a protocol by.
    pub(super) shape: String,
    /// The host, if it has no variable.
    pub(super) host: String,
}

impl Draft {
    pub(super) fn target(&mut self, request: &Request) -> Result<Target, InitError> {
        let (base, query) = request
            .url
            .split_once('?')
            .map_or_else(|| (request.url.clone(), None), |(base, query)| (base, Some(query)));
        let base = self.base(&base, request)?;
        let plain = base.with_variables(|_| "x".to_owned());
        let rest = plain.split_once("://").map_or(plain.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default().to_owned();
        let is_variable =
            base.marked().split('/').nth(2).is_some_and(|it| Text::from_marked(it).has_variables())
                || !base.marked().starts_with("http");
        let mut target = Target {
            url: value_of(&base),
            query: Map::new(),
            shape: plain,
            host: if is_variable { String::new() } else { host },
        };
        if let Some(query) = query {
            self.query(&query, &mut target)?;
        }
        Ok(target)
    }

    /// The URL up to its query, with user and password.
    fn base(&mut self, base: &Text, request: &Request) -> Result<Text, InitError> {
        let mut base = self.vault.without_evident("url", base);
        if let Some((scheme, rest)) = base.marked().split_once("://")
            && let Some(range) = userinfo(rest)
            && !Text::from_marked(&rest[range.clone()]).has_variables()
        {
            let secret = percent_decode_str(&rest[range.clone()]).decode_utf8_lossy().into_owned();
            let mut with_variable =
                Text::from_marked(format!("{scheme}://{}", &rest[..range.start]));
            with_variable.append(&self.vault.variable("password", &secret));
            with_variable.append(&Text::from_marked(&rest[range.end..]));
            base = with_variable;
        }
        match &request.user {
            Some(user) => self.with_user(&base, user),
            None => Ok(base),
        }
    }

    /// `-u user:password`, in front of the host.
    fn with_user(&mut self, base: &Text, user: &Text) -> Result<Text, InitError> {
        let Some((scheme, rest)) = base.marked().split_once("://") else {
            return Err(InitError::unsupported("-u", "the URL begins with a variable"));
        };
        let rest = match rest.split('/').next().unwrap_or_default().rfind('@') {
            Some(at) => &rest[at + 1..],
            None => rest,
        };
        let (name, password) =
            user.split_once(':').unwrap_or_else(|| (user.clone(), Text::default()));
        // A user without a password is a key.
        let name = match (name.literal(), password.is_empty()) {
            (Some(key), true) => self.vault.variable("user", key),
            _ => name.map(encoded),
        };
        let password = match password.literal() {
            Some("") | None => password,
            Some(secret) => self.vault.variable("password", secret),
        };
        let mut url = Text::new(format!("{scheme}://"));
        url.append(&name);
        url.append(&":".into());
        url.append(&password);
        url.append(&"@".into());
        url.append(&Text::from_marked(rest));
        Ok(url)
    }

    /// Writes the query: literally up to the input, which is a parameter with a template.
    fn query(&mut self, query: &Text, target: &mut Target) -> Result<(), InitError> {
        let pairs: Vec<Text> = query.marked().split('&').map(Text::from_marked).collect();
        let names: Vec<String> = pairs.iter().map(name_of).collect();
        let is_input =
            |name: &&str| names.iter().filter(|it| it == name).count() == 1 && self.input.is_none();
        let input = NAMES.into_iter().find(is_input);
        let has_prompt = |pair: &Text| pair.variables().contains(&PROMPT);
        let first = pairs.iter().position(has_prompt);
        let first = first.or_else(|| names.iter().position(|it| Some(it.as_str()) == input));
        let mut literal = Vec::new();
        for (index, pair) in pairs.iter().enumerate() {
            if first.is_none_or(|first| index < first) {
                literal.push(value_of(&self.pair(pair)));
                continue;
            }
            let value = pair.split_once('=').map(|(_, value)| value).unwrap_or_default();
            let value = Text::from_marked(decoded(value.marked()));
            if has_prompt(pair) {
                self.input = Some(Found { text: String::new(), place: names[index].clone() });
            }
            let is_input = Some(index) == first && value.literal().is_some();
            let written = if is_input {
                let text = value.literal().unwrap_or_default().to_owned();
                self.input = Some(Found { text, place: names[index].clone() });
                PATH.to_owned()
            } else {
                template_of(&self.parameter(&names[index], &value))?
            };
            if target.query.insert(names[index].clone(), written.into()).is_some() {
                let why = "a parameter after the input stands twice in the URL";
                return Err(InitError::unsupported(format!("?{}=", names[index]), why));
            }
        }
        if !literal.is_empty() {
            target.url.push('?');
            target.url.push_str(&literal.join("&"));
        }
        Ok(())
    }

    /// A parameter as it is written in a URL.
    fn pair(&mut self, pair: &Text) -> Text {
        match pair.split_once('=') {
            Some((name, value)) => {
                let mut text = name.clone();
                text.append(&"=".into());
                text.append(&self.parameter(&name_of(pair), &value));
                text
            }
            None => self.vault.without_evident("url", pair),
        }
    }

    fn parameter(&mut self, name: &str, value: &Text) -> Text {
        match value.literal() {
            Some(secret) if !secret.is_empty() && is_secret_parameter(name, secret) => {
                let purpose = self.purpose(name).to_owned();
                self.vault.variable(&purpose, secret)
            }
            _ => self.vault.without_evident(name, value),
        }
    }
}

fn name_of(pair: &Text) -> String {
    decoded(pair.marked().split('=').next().unwrap_or_default())
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
