//! Writes templates as JSON and as text.

use serde::Serialize;
use serde_json::Value;

use super::document::{Document, Found};
use super::error::Unrendered;
use super::source::KeyStep;
use super::value::{InputPath, Node, Piece};

impl Node {
    /// Appends the node as JSON text.
    pub(crate) fn write_json(
        &self,
        document: &Document<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Unrendered> {
        match self {
            Self::Literal(value) => json(value, out),
            Self::Path(path) => match follow(path, document)? {
                Found::Text(text) => json(text, out),
                Found::One(value) => json(value, out),
                Found::Many(values) => json(&values, out),
            },
            Self::Text(_) => json(&*self.text(document)?, out),
            Self::List(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    comma(index, out);
                    item.write_json(document, out)
                        .map_err(|fault| fault.within(|| KeyStep::Index(index)))?;
                }
                out.push(b']');
            }
            Self::Map(members) => {
                out.push(b'{');
                for (index, (key, member)) in members.iter().enumerate() {
                    comma(index, out);
                    json(key, out);
                    out.push(b':');
                    member
                        .write_json(document, out)
                        .map_err(|fault| fault.within(|| KeyStep::Key(key.clone())))?;
                }
                out.push(b'}');
            }
        }
        Ok(())
    }

    /// The node as a value. `within` is applied to the text of each value that stands in a longer text.
    pub(crate) fn value(
        &self,
        document: &Document<'_>,
        within: &dyn Fn(&str) -> String,
    ) -> Result<Value, Unrendered> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Path(path) => match follow(path, document)? {
                Found::Text(text) => text.into(),
                Found::One(value) => value.clone(),
                Found::Many(values) => values.into_iter().cloned().collect(),
            },
            Self::Text(pieces) => {
                let piece = |piece: &Piece| match piece {
                    Piece::Literal(literal) => Ok(literal.clone()),
                    Piece::Path(path) => Ok(within(&follow(path, document)?.into_text())),
                };
                pieces.iter().map(piece).collect::<Result<String, Unrendered>>()?.into()
            }
            Self::List(items) => {
                let items = items.iter().map(|item| item.value(document, within));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Self::Map(members) => {
                let members = members.iter();
                let members =
                    members.map(|(key, it)| Ok((key.clone(), it.value(document, within)?)));
                Value::Object(members.collect::<Result<_, Unrendered>>()?)
            }
        })
    }

    /// The node as text: a string is itself, null is nothing, everything else its JSON text.
    pub(crate) fn text(&self, document: &Document<'_>) -> Result<String, Unrendered> {
        match self {
            Self::Literal(value) => Ok(text_of(value)),
            Self::Path(path) => follow(path, document).map(Found::into_text),
            Self::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Literal(literal) => text.push_str(literal),
                        Piece::Path(path) => text.push_str(&follow(path, document)?.into_text()),
                    }
                }
                Ok(text)
            }
            Self::List(_) | Self::Map(_) => {
                let mut out = Vec::new();
                self.write_json(document, &mut out)?;
                Ok(String::from_utf8(out).expect("JSON text is made of strings"))
            }
        }
    }

    /// The node as the value of a parameter: its text, or nothing where it is null.
    pub(crate) fn parameter(&self, document: &Document<'_>) -> Result<Option<String>, Unrendered> {
        match self {
            Self::Literal(Value::Null) => Ok(None),
            Self::Path(path) => match follow(path, document)? {
                Found::One(Value::Null) => Ok(None),
                found => Ok(Some(found.into_text())),
            },
            _ => self.text(document).map(Some),
        }
    }

    /// The text of everything that paths find, and of the node as a whole.
    pub(crate) fn found(&self, document: &Document<'_>) -> Vec<String> {
        let path = |path: &InputPath| follow(path, document).ok().map(Found::into_text);
        let mut found: Vec<String> = match self {
            Self::Literal(_) => return Vec::new(),
            Self::Path(one) => path(one).into_iter().collect(),
            Self::Text(pieces) => {
                let paths = pieces.iter().filter_map(|piece| match piece {
                    Piece::Literal(_) => None,
                    Piece::Path(one) => path(one),
                });
                paths.collect()
            }
            Self::List(items) => items.iter().flat_map(|item| item.found(document)).collect(),
            Self::Map(members) => {
                members.iter().flat_map(|(_, member)| member.found(document)).collect()
            }
        };
        if !found.is_empty() {
            found.extend(self.text(document).ok());
        }
        found
    }

    /// The node as the fields of a form: its members as parameters, in order. `None` when it is no
    /// mapping.
    pub(crate) fn fields(
        &self,
        document: &Document<'_>,
    ) -> Result<Option<Vec<(String, String)>>, Unrendered> {
        let mut fields = Vec::new();
        match self {
            Self::Map(members) => {
                for (key, member) in members {
                    let value = member
                        .parameter(document)
                        .map_err(|fault| fault.within(|| KeyStep::Key(key.clone())))?;
                    fields.extend(value.map(|value| (key.clone(), value)));
                }
            }
            Self::Path(path) => match follow(path, document)? {
                Found::One(Value::Object(members)) => {
                    let set = members.iter().filter(|(_, value)| !value.is_null());
                    fields.extend(set.map(|(key, value)| (key.clone(), text_of(value))));
                }
                _ => return Ok(None),
            },
            Self::Literal(_) | Self::Text(_) | Self::List(_) => return Ok(None),
        }
        Ok(Some(fields))
    }
}

impl Found<'_> {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::One(value) => text_of(value),
            Self::Many(values) => {
                serde_json::to_string(&values).expect("JSON values have no other form")
            }
        }
    }
}

/// The text of a value: a string is itself, null is nothing, everything else its JSON text.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn comma(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

/// Appends a value as JSON text.
fn json<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("strings and JSON values can always be written");
}

/// Follows a path; nothing found is a fault.
fn follow<'d>(path: &InputPath, document: &'d Document<'_>) -> Result<Found<'d>, Unrendered> {
    let fault =
        |too_many| Unrendered { keys: Vec::new(), path: path.path().as_str().to_owned(), too_many };
    document.find(path).map_err(|error| fault(Some(error)))?.ok_or_else(|| fault(None))
}
