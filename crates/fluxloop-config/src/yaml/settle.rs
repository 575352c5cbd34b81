//! Asks [`serde_yaml`] what every scalar means.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::parse::{NOT_FINITE, REPEATS_TOO_MUCH, path};
use super::{Node, Shape};
use crate::error::Fault;
use crate::{Origin, Position};

/// What an error says when a number does not fit; found again in the library's words.
const NOT_JSON: &str = "no number of JSON";

/// Gives the scalars of a value, which are all text so far, the meaning that the library reads in
/// the same text. The error has a place, a key and a fault.
pub(super) fn settle(root: &mut Node, text: &str) -> Result<(), (Option<Position>, String, Fault)> {
    let read = Settle(root).deserialize(serde_yaml::Deserializer::from_str(text));
    read.map_err(|error| {
        let at = error.location().map(|at| Position { line: at.line(), column: at.column() });
        let keys = at.and_then(|at| keys_to(root, at)).unwrap_or_default();
        (at, path(&keys), meaning_of(&error))
    })
}

/// The keys that lead to the scalar that begins here.
fn keys_to(node: &Node, at: Position) -> Option<Vec<String>> {
    let below = |key: String, node| keys_to(node, at).map(|below| [vec![key], below].concat());
    match &node.shape {
        Shape::Map(entries) => entries.iter().find_map(|it| below(it.key.clone(), &it.node)),
        Shape::List(items) => {
            items.iter().enumerate().find_map(|(index, item)| below(format!("[{index}]"), item))
        }
        _ => matches!(node.origin, Origin::File { position, .. } if position == Some(at))
            .then(Vec::new),
    }
}

/// What the YAML library means. Its own words may hold a value, so they are not shown.
fn meaning_of(error: &serde_yaml::Error) -> Fault {
    let words = error.to_string();
    let meaning = if words.contains("repetition limit") {
        REPEATS_TOO_MUCH
    } else if words.contains(NOT_JSON) {
        NOT_FINITE
    } else if words.contains("invalid Unicode character escape") {
        "an escape is half of a character, as JSON writes it (`\\ud83d\\ude00`); write the character \
         itself, or `\\U0001f600`"
    } else {
        return Fault::Ambiguous;
    };
    Fault::Yaml(meaning.to_owned())
}

/// A value whose scalars are still text.
struct Settle<'n>(&'n mut Node);

impl Settle<'_> {
    fn becomes<E: Error>(self, shape: impl FnOnce(String) -> Shape) -> Result<(), E> {
        let Shape::Text(text) = &mut self.0.shape else { return Err(differs()) };
        self.0.shape = shape(std::mem::take(&mut text.text));
        Ok(())
    }

    fn number<E: Error>(self, number: Option<Number>) -> Result<(), E> {
        let number = number.ok_or_else(|| E::custom(NOT_JSON))?;
        // `1.10` and long integers stay as they were written.
        let exact = |text: &str| {
            let number = text.parse::<Number>().ok().filter(|_| !text.contains(['e', 'E']));
            number.filter(|number| number.as_i64() != Some(0))
        };
        self.becomes(|text| Shape::Number(exact(&text).unwrap_or(number), text))
    }
}

impl<'de> DeserializeSeed<'de> for Settle<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Settle<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.shape.name())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.becomes(|_| Shape::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.becomes(|_| Shape::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.number(Some(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.number(Some(value.into()))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<(), E> {
        self.number(Number::from_i128(value))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<(), E> {
        self.number(Number::from_u128(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.number(Number::from_f64(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let is_same = matches!(&self.0.shape, Shape::Text(text) if text.text == value);
        if is_same { Ok(()) } else { Err(differs()) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let Shape::List(items) = &mut self.0.shape else { return Err(differs()) };
        for item in items {
            values.next_element_seed(Settle(item))?.ok_or_else(differs)?;
        }
        values.next_element::<IgnoredAny>()?.map_or(Ok(()), |_| Err(differs()))
    }

    /// Of a key that is written twice, which is reported already, the first value stays.
    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let Shape::Map(entries) = &mut self.0.shape else { return Err(differs()) };
        for entry in &mut *entries {
            let mut key = Node::text(entry.origin.clone(), entry.key.clone());
            values.next_key_seed(Settle(&mut key))?.ok_or_else(differs)?;
            values.next_value_seed(Settle(&mut entry.node))?;
        }
        let mut seen = HashSet::new();
        entries.retain(|entry| seen.insert(entry.key.clone()));
        values.next_key::<IgnoredAny>()?.map_or(Ok(()), |_| Err(differs()))
    }
}

/// The two readings differ: the text could only surprise.
fn differs<E: Error>() -> E {
    E::custom("read differently")
}
