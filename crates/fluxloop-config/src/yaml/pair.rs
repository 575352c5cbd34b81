//! Lays what a text says over where it says so.

use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::outline::{Outline, OutlineShape};
use super::value::Value;
use super::{Entry, Node, Shape, Text, TextPlace};
use crate::error::Fault;
use crate::{Origin, Position};

/// Why the two readings do not fit, and where.
type Misfit = (Position, Fault);

/// Lays the value over the outline; an error where they differ.
pub(super) fn pair(outline: &Outline, value: Value, shown: &Arc<Path>) -> Result<Node, Misfit> {
    let at = outline.position;
    let shape = match (&outline.shape, value) {
        (OutlineShape::List(outlines), Value::List(values)) if outlines.len() == values.len() => {
            let items = outlines.iter().zip(values);
            Shape::List(items.map(|(o, v)| pair(o, v, shown)).collect::<Result<_, _>>()?)
        }
        (OutlineShape::Map(outlines), Value::Map(values)) if outlines.len() == values.len() => {
            Shape::Map(map(outlines, values, shown)?)
        }
        (OutlineShape::Scalar { text, place }, value) => scalar(text, *place, value, at)?,
        _ => return Err((at, Fault::Ambiguous)),
    };
    Ok(Node { origin: Origin::at(shown, at.line, at.column), shape })
}

/// The entries of a mapping; of a key that stands twice, which was reported, the first one.
fn map(
    outlines: &[(String, Position, Rc<Outline>)],
    values: Vec<(Value, Value)>,
    shown: &Arc<Path>,
) -> Result<Vec<Entry>, Misfit> {
    let mut seen = HashSet::with_capacity(outlines.len());
    let mut entries = Vec::with_capacity(outlines.len());
    for ((key, at, outline), (read, value)) in outlines.iter().zip(values) {
        if matches!(&read, Value::Text(read) if read != key) {
            return Err((*at, Fault::Ambiguous));
        }
        let node = pair(outline, value, shown)?;
        if seen.insert(key) {
            let origin = Origin::at(shown, at.line, at.column);
            entries.push(Entry { key: key.clone(), origin, node });
        }
    }
    Ok(entries)
}

fn scalar(text: &str, place: TextPlace, value: Value, at: Position) -> Result<Shape, Misfit> {
    match value {
        Value::Null => Ok(Shape::Null),
        Value::Bool(value) => Ok(Shape::Bool(value)),
        Value::Number(number) => Ok(Shape::Number(number, text.to_owned())),
        Value::Text(read) if read == text => Ok(Shape::Text(Text { text: read, place })),
        _ => Err((at, Fault::Ambiguous)),
    }
}
