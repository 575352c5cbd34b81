//! The body of a request as a template.

use fluxloop_curl::{Body, FormPart, Request, Text};
use fluxloop_redact::naming::{Secrecy, is_open_member, secrecy_in, secrecy_of};
use serde_json::{Map, Value};

use super::{Draft, PROMPT, template_of};
use crate::InitError;
use crate::input::{self, Found, NAMES, PATH};

/// A body.
#[derive(Default)]
pub(super) struct Written {
    /// `body_template`.
    pub(super) template: Option<Value>,
    /// The document that was sent, if it was JSON.
    pub(super) document: Option<Value>,
}

impl Draft {
    pub(super) fn body(&mut self, request: &Request) -> Result<Written, InitError> {
        if let Body::Text(text) = &request.body
            && text.variables().contains(&PROMPT)
        {
            self.input = Some(Found { text: String::new(), place: "{{prompt}}".to_owned() });
        }
        match &request.body {
            // Without a template, the input itself would be sent.
            Body::None if request.method != "GET" => Ok(Written::of("text", "")),
            Body::None => Ok(Written::default()),
            Body::Parts(parts) => self.parts(parts),
            Body::Text(text) => {
                let content_type = content_type(request);
                if let Some(document) = document(text) {
                    return self.json(document);
                }
                if content_type.starts_with("application/x-www-form-urlencoded")
                    && let Some(fields) = fields(text)
                {
                    return self.form(&fields);
                }
                self.text(text, content_type.starts_with("text/plain"))
            }
        }
    }

    fn json(&mut self, document: Value) -> Result<Written, InitError> {
        let mut mapping = document.clone();
        if self.input.is_none() {
            self.input = input::replace(&mut mapping);
        }
        let mapping = self.values(mapping, "", Secrecy::Open)?;
        Ok(Written { document: Some(document), ..Written::of("json", mapping) })
    }

    /// A form, whose fields have names of their own.
    fn form(&mut self, fields: &[(String, Text)]) -> Result<Written, InitError> {
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        let input = NAMES.into_iter().find(|name| names.contains(name));
        let mut mapping = Map::new();
        for (name, value) in fields {
            let is_input = Some(name.as_str()) == input && self.input.is_none();
            let written = if is_input && value.literal().is_some() {
                self.found(value, name);
                PATH.to_owned()
            } else {
                template_of(&self.without_secrets(name, value, secrecy_of(name)))?
            };
            mapping.insert(name.clone(), written.into());
        }
        Ok(Written::of("form", mapping))
    }

    fn text(&mut self, text: &Text, is_plain: bool) -> Result<Written, InitError> {
        if is_plain && text.literal().is_some() && self.input.is_none() {
            self.found(text, "the body");
            return Ok(Written::of("text", PATH));
        }
        let text = self.vault.without_evident("body", text);
        Ok(Written::of("text", template_of(&text)?))
    }

    fn parts(&mut self, parts: &[FormPart]) -> Result<Written, InitError> {
        let names: Vec<_> = parts.iter().filter_map(|part| part.name.literal()).collect();
        let input = NAMES.into_iter().find(|name| names.contains(name));
        let mut changed = parts.to_vec();
        for part in &mut changed {
            let name = part.name.with_variables(str::to_owned);
            part.content = if Some(name.as_str()) == input && part.content.literal().is_some() {
                self.found(&part.content, &name);
                Text::new(INPUT_MARK)
            } else {
                self.without_secrets(&name, &part.content, secrecy_of(&name))
            };
        }
        let written = template_of(&FormPart::body(&changed))?;
        let written = written.replace(INPUT_MARK, &format!("{{{{ {PATH} }}}}"));
        Ok(Written::of("text", written))
    }

    fn found(&mut self, value: &Text, place: &str) {
        let text = value.literal().unwrap_or_default().to_owned();
        self.input = Some(Found { text, place: place.to_owned() });
    }

    /// The values of a document as a template; secrets have become variables.
    fn values(&mut self, value: Value, name: &str, secrecy: Secrecy) -> Result<Value, InitError> {
        Ok(match value {
            Value::String(text) if text == PATH && self.input.is_some() => Value::String(text),
            Value::String(text) => {
                let text = Text::from_marked(text);
                template_of(&self.without_secrets(name, &text, secrecy))?.into()
            }
            Value::Array(items) => {
                let items = items.into_iter().map(|it| self.values(it, name, secrecy));
                items.collect::<Result<Vec<_>, _>>()?.into()
            }
            Value::Object(members) => {
                let mut mapping = Map::new();
                for (key, member) in members {
                    let has_members = member.is_object() || member.is_array();
                    let secrecy = secrecy.max(secrecy_in(name, &key, has_members));
                    let key = Text::from_marked(key).with_variables(|name| format!("${{{name}}}"));
                    let member = self.values(member, &key, secrecy)?;
                    mapping.insert(key, member);
                }
                mapping.into()
            }
            other => other,
        })
    }

    /// A text in which what is secret has become a variable: all of it under a secret name, else
    /// what is a secret by its shape.
    pub(super) fn without_secrets(&mut self, name: &str, text: &Text, secrecy: Secrecy) -> Text {
        match text.literal() {
            Some(literal) if !literal.is_empty() && !is_open_member(literal, secrecy) => {
                self.vault.variable(name, literal)
            }
            _ => self.vault.without_evident(name, text),
        }
    }
}

/// What stands for the input until the whole text is written: it is for private use.
const INPUT_MARK: &str = "\u{F_FF02}";

impl Written {
    fn of(kind: &str, mapping: impl Into<Value>) -> Self {
        let template = Map::from_iter([
            ("type".to_owned(), kind.into()),
            ("mapping".to_owned(), mapping.into()),
        ]);
        Self { template: Some(template.into()), document: None }
    }
}

fn content_type(request: &Request) -> String {
    let header = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    header.map_or_else(String::new, |(_, value)| value.marked().trim().to_ascii_lowercase())
}

/// The JSON document of a body, whatever its content type says: many a line forgets to say it.
fn document(text: &Text) -> Option<Value> {
    let is_container = text.marked().trim_start().starts_with(['{', '[']);
    let document = serde_json::from_str(text.marked()).ok().filter(|_| is_container)?;
    // A template in the text would be read twice.
    Some(document)
}

/// The fields of a form, if each has a name of its own.
fn fields(text: &Text) -> Option<Vec<(String, Text)>> {
    let pairs: Vec<_> = form_urlencoded::parse(text.marked().as_bytes())
        .map(|(name, value)| (name.into_owned(), Text::from_marked(value)))
        .collect();
    let is_field = |(name, _): &(String, Text)| {
        !name.is_empty() && !Text::from_marked(name.as_str()).has_variables()
    };
    let mut names: Vec<&String> = pairs.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let is_form = text.marked().contains('=') && names.len() == pairs.len();
    (is_form && pairs.iter().all(is_field)).then_some(pairs)
}
