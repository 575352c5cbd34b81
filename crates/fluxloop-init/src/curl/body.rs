//! The body of a request as a template.

use fluxloop_curl::{Body, FormPart, Request, Text};
use fluxloop_redact::naming::{Secrecy, is_word_under, secrecy_in, secrecy_of};
use serde_json::{Map, Value};

use super::Draft;
use super::target::decoded;
use crate::InitError;
use crate::input::{self, Found, NAMES};
use crate::proposal::Remark;
use crate::template::{INPUT, value};

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
        match &request.body {
            // Without a template, the input itself would be sent.
            Body::None if request.method != "GET" => Ok(Written::of("text", "")),
            Body::None => Ok(Written::default()),
            Body::Parts(parts) => Ok(self.parts(parts)),
            Body::Text(text) => {
                let content_type = content_type(request);
                let is_plain = content_type.starts_with("text/plain");
                match document(text) {
                    Some(Ok(document)) => return self.json(text, document),
                    Some(Err(error))
                        if request.default_content_type.is_some()
                            || content_type.contains("json") =>
                    {
                        let why = format!("it is not valid JSON ({error}), and is sent as text");
                        self.remarks.push(Remark::new("the body", why));
                        return Ok(self.text(text, is_plain));
                    }
                    _ => {}
                }
                if content_type.starts_with("application/x-www-form-urlencoded")
                    && let Some(fields) = fields(text)
                {
                    return Ok(self.form(&fields));
                }
                Ok(self.text(text, is_plain))
            }
        }
    }

    fn json(&mut self, text: &Text, document: Value) -> Result<Written, InitError> {
        if members_in(text.marked()) > members_of(&document) {
            let why = "a member stands twice in one object; the last one is sent";
            self.remarks.push(Remark::new("the body", why));
        }
        let mut mapping = document.clone();
        if self.input.is_none() {
            self.input = input::replace(&mut mapping);
        }
        let mapping = self.values(mapping, "", Secrecy::Open)?;
        Ok(Written { document: Some(document), ..Written::of("json", mapping) })
    }

    /// A form, whose fields have names of their own.
    fn form(&mut self, fields: &[Field]) -> Written {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let input = NAMES.into_iter().find(|name| names.contains(name));
        let input = input.filter(|_| self.input.is_none());
        let mut mapping = Map::new();
        for Field { name, value: text, is_flag } in fields {
            let written = if Some(name.as_str()) == input && text.literal().is_some() {
                self.found(text, name);
                value(INPUT)
            } else {
                self.without_secrets(name, text, secrecy_of(name))
            };
            if *is_flag {
                let why = format!("`{name}` is sent as `{name}=`, by which a form means the same");
                self.remarks.push(Remark::new("the body", why));
            }
            mapping.insert(name.clone(), written.marked().into());
        }
        Written::of("form", mapping)
    }

    fn text(&mut self, text: &Text, is_plain: bool) -> Written {
        if is_plain && text.literal().is_some() && self.input.is_none() {
            self.found(text, "the body");
            return Written::of("text", value(INPUT).marked());
        }
        Written::of("text", self.vault.without_named("body", text).marked())
    }

    fn parts(&mut self, parts: &[FormPart]) -> Written {
        let names: Vec<_> = parts.iter().filter_map(|part| part.name.literal()).collect();
        let input = NAMES.into_iter().find(|name| names.contains(name));
        let input = input.filter(|_| self.input.is_none());
        let mut changed = parts.to_vec();
        for part in &mut changed {
            let name = part.name.with_variables(str::to_owned);
            part.content = if Some(name.as_str()) == input && part.content.literal().is_some() {
                self.found(&part.content, &name);
                value(INPUT)
            } else {
                self.without_secrets(&name, &part.content, secrecy_of(&name))
            };
        }
        Written::of("text", FormPart::body(&changed).marked())
    }

    fn found(&mut self, value: &Text, place: &str) {
        let text = value.literal().unwrap_or_default().to_owned();
        self.input = Some(Found { text, place: place.to_owned() });
    }

    /// The values of a document; secrets have become variables.
    fn values(&mut self, value: Value, name: &str, secrecy: Secrecy) -> Result<Value, InitError> {
        Ok(match value {
            Value::String(text) => {
                let text = Text::from_marked(text);
                self.without_secrets(name, &text, secrecy).marked().into()
            }
            Value::Array(items) => {
                let items = items.into_iter().map(|it| self.values(it, name, secrecy));
                items.collect::<Result<Vec<_>, _>>()?.into()
            }
            Value::Object(members) => {
                let mut mapping = Map::new();
                for (key, member) in members {
                    if Text::from_marked(&*key).has_variables() {
                        let why = "the configuration replaces nothing in names of members";
                        return Err(InitError::unsupported(
                            "a variable in a name of the body",
                            why,
                        ));
                    }
                    let has_members = member.is_object() || member.is_array();
                    let secrecy = secrecy.max(secrecy_in(name, &key, has_members));
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
    fn without_secrets(&mut self, name: &str, text: &Text, secrecy: Secrecy) -> Text {
        // One of the tokens that models set apart (`</s>`), or what a user has to fill in.
        let is_tag = |text: &str| text.starts_with('<') && text.ends_with('>');
        match text.literal() {
            _ if secrecy == Secrecy::Open => self.vault.without_evident(name, text),
            Some(word) if word.is_empty() || is_word_under(word, secrecy) || is_tag(word) => {
                text.clone()
            }
            Some(literal) => self.vault.variable(name, literal),
            None => self.vault.guarded(name, text, secrecy),
        }
    }
}

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

/// The JSON document of a body that begins as one, whatever its content type says: many a line
/// forgets to say it.
fn document(text: &Text) -> Option<serde_json::Result<Value>> {
    let is_container = text.marked().trim_start().starts_with(['{', '[']);
    is_container.then(|| serde_json::from_str(text.marked()))
}

/// How many members the objects of a JSON text have: as many as there are colons outside of strings.
fn members_in(text: &str) -> usize {
    let (mut count, mut in_string, mut after_backslash) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            b'"' if !after_backslash => in_string = !in_string,
            b':' if !in_string => count += 1,
            _ => {}
        }
        after_backslash = byte == b'\\' && !after_backslash;
    }
    count
}

/// How many members the objects of a document have.
fn members_of(document: &Value) -> usize {
    match document {
        Value::Array(items) => items.iter().map(members_of).sum(),
        Value::Object(members) => members.len() + members.values().map(members_of).sum::<usize>(),
        _ => 0,
    }
}

/// A field of a form.
struct Field {
    name: String,
    value: Text,
    /// Whether it has no `=`.
    is_flag: bool,
}

/// The fields of a form, if each has a name of its own and all of them are text.
fn fields(text: &Text) -> Option<Vec<Field>> {
    if !text.marked().contains('=') {
        return None;
    }
    let mut fields: Vec<Field> = Vec::new();
    for pair in text.marked().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name)?;
        let is_free = !fields.iter().any(|field| field.name == name);
        if name.is_empty() || !is_free || Text::from_marked(&*name).has_variables() {
            return None;
        }
        let value = Text::from_marked(decoded(value)?);
        fields.push(Field { name, value, is_flag: !pair.contains('=') });
    }
    Some(fields)
}
