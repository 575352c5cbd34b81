//! Lays what a text says over where it says so.

use std::path::Path;
use std::sync::Arc;

use serde_json::Number;
use serde_yaml::Value;

use super::outline::{Outline, OutlineShape};
use super::{Entry, Node, Shape, Text, TextPlace};
use crate::error::Fault;
use crate::{Origin, Position};

/// Why the two readings do not fit, and where.
type Misfit = (Position, Fault);

/// Lays the value over the outline; an error where they differ.
pub(super) fn pair(outline: &Outline, value: Value, shown: &Arc<Path>) -> Result<Node, Misfit> {
    let at = outline.position;
    let shape = match (&outline.shape, value) {
        (OutlineShape::List(outlines), Value::Sequence(values))
            if outlines.len() == values.len() =>
        {
            let items = outlines.iter().zip(values);
            Shape::List(
                items
                    .map(|(o, v)| pair(o, v, shown))
                    .collect::<Result<_, _>>()?,
            )
        }
        (OutlineShape::Map(outlines), Value::Mapping(values)) if outlines.len() == values.len() => {
            let entries = outlines.iter().zip(values);
            Shape::Map(
                entries
                    .map(|(o, v)| entry(o, v, shown))
                    .collect::<Result<_, _>>()?,
            )
        }
        (OutlineShape::Scalar { text, place }, value) => scalar(text, *place, value, at)?,
        _ => return Err((at, Fault::Ambiguous)),
    };
    Ok(Node {
        origin: Origin::at(shown, at.line, at.column),
        shape,
    })
}

fn entry(
    (key, at, outline): &(String, Position, std::rc::Rc<Outline>),
    (read, value): (Value, Value),
    shown: &Arc<Path>,
) -> Result<Entry, Misfit> {
    if matches!(&read, Value::String(read) if read != key) {
        return Err((*at, Fault::Ambiguous));
    }
    let node = pair(outline, value, shown)?;
    Ok(Entry {
        key: key.clone(),
        origin: Origin::at(shown, at.line, at.column),
        node,
    })
}

fn scalar(text: &str, place: TextPlace, value: Value, at: Position) -> Result<Shape, Misfit> {
    match value {
        Value::Null => Ok(Shape::Null),
        Value::Bool(value) => Ok(Shape::Bool(value)),
        Value::Number(number) => match json_number(&number) {
            Some(number) => Ok(Shape::Number(number, text.to_owned())),
            None => {
                let expected = "a number that JSON can hold".to_owned();
                Err((
                    at,
                    Fault::NotA {
                        expected,
                        right: None,
                    },
                ))
            }
        },
        Value::String(read) if read == text => Ok(Shape::Text(Text { text: read, place })),
        _ => Err((at, Fault::Ambiguous)),
    }
}

fn json_number(number: &serde_yaml::Number) -> Option<Number> {
    if let Some(number) = number.as_u64() {
        return Some(number.into());
    }
    number
        .as_i64()
        .map(Number::from)
        .or_else(|| Number::from_f64(number.as_f64()?))
}
