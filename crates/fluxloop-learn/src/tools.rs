//! Where calls of tools are: pieces that make a JSON object, and a name and an id that come with
//! the first of them or just before.

use serde_json::{Map, Value, json};

use crate::place::{Leaf, Place, Step};
use crate::proposal::{Confidence, Line};
use crate::strand::Strand;
use crate::table::{Row, Table};
use crate::types::{Types, is_type};

/// How many frames before the first arguments the call may have begun.
const NEAR: usize = 4;

/// The frame that begins a call.
struct Start<'t> {
    row: usize,
    id: &'t Leaf,
    name: &'t Leaf,
}

/// The calls of tools, if any are seen.
pub(crate) fn tool_calls(table: &Table<'_>, types: &Types, strands: &[Strand]) -> Option<Line> {
    let mut arguments: Vec<&Strand> =
        strands.iter().filter(|it| it.look.is_json && it.place.is_some()).collect();
    arguments.sort_by_key(|it| (it.first(), std::cmp::Reverse(it.look.filled)));
    let pieces = arguments.first()?;
    let start = start(table, types, pieces)?;
    let rules = rules(table, types, pieces, &start)?;
    let reason = "pieces that make a JSON object, with a name and an id before them".to_owned();
    Some(Line {
        key: "tool_calls",
        value: Value::Array(rules),
        confidence: Confidence::Guess,
        reason,
    })
}

/// The latest frame, up to that of the first arguments, that brings a new id and a new name.
fn start<'t>(table: &'t Table<'_>, types: &Types, pieces: &Strand) -> Option<Start<'t>> {
    let first = pieces.first();
    (first.saturating_sub(NEAR)..=first).rev().find_map(|row| {
        let new = |leaf: &&Leaf| {
            let is_type_place = matches!(types, Types::At(at) if *at == leaf.place);
            let is_own = pieces.place.as_ref() == Some(&leaf.place);
            let is_text = leaf.value.as_str().is_some_and(is_type);
            is_text && !is_type_place && !is_own && !is_seen(&table.rows[..row], &leaf.value)
        };
        let has_digits = |leaf: &&Leaf| {
            leaf.value.as_str().is_some_and(|text| text.bytes().any(|byte| byte.is_ascii_digit()))
        };
        let news: Vec<&Leaf> = table.rows[row].leaves.iter().filter(new).collect();
        // The kind of the call stands before its name.
        let name = news.iter().copied().rev().find(|leaf| !has_digits(leaf))?;
        let id = news.iter().copied().rev().find(has_digits)?;
        Some(Start { row, id, name })
    })
}

fn is_seen(rows: &[Row<'_>], value: &Value) -> bool {
    rows.iter().any(|row| row.leaves.iter().any(|leaf| leaf.value == *value))
}

fn rules(
    table: &Table<'_>,
    types: &Types,
    pieces: &Strand,
    start: &Start<'_>,
) -> Option<Vec<Value>> {
    let place = pieces.place.as_ref()?;
    let first = &table.rows[pieces.first()];
    let begins = &table.rows[start.row];
    let key = key(first, begins, place, start);
    let element = place.in_element().map(|(element, _)| element);
    // All parts of the call are in one list, if any of them is.
    let parts = [Some(&start.id.place), Some(&start.name.place), key.as_ref().map(|(_, at)| at)];
    if let Some(element) = &element {
        let inside = |place: &Place| place.0.starts_with(&element.0);
        return parts
            .into_iter()
            .flatten()
            .all(inside)
            .then(|| vec![in_list(table, pieces, element, start, key.as_ref().map(|(_, at)| at))]);
    }
    let when = |row: &Row<'_>| types.of_row(row).map(|name| json!(name));
    let (of_start, of_pieces) = (when(begins), when(first));
    let mut rule = Map::new();
    rule.extend(of_start.clone().map(|when| ("when".to_owned(), when)));
    if let Some((at_start, _)) = key.as_ref().filter(|(at, _)| *at != start.id.place) {
        rule.insert("key".to_owned(), json!(at_start.first()));
    }
    rule.insert("id".to_owned(), json!(start.id.place.first()));
    rule.insert("name".to_owned(), json!(start.name.place.first()));
    if start.row == pieces.first() && of_start == of_pieces {
        rule.insert("arguments".to_owned(), json!(place.first()));
        return Some(vec![Value::Object(rule)]);
    }
    let mut next = Map::new();
    next.extend(of_pieces.map(|when| ("when".to_owned(), when)));
    if let Some((_, at_pieces)) = &key {
        next.insert("key".to_owned(), json!(at_pieces.first()));
    }
    next.insert("arguments".to_owned(), json!(place.first()));
    Some(vec![Value::Object(rule), Value::Object(next)])
}

fn in_list(
    table: &Table<'_>,
    pieces: &Strand,
    element: &Place,
    start: &Start<'_>,
    key: Option<&Place>,
) -> Value {
    let inside = |place: &Place| json!(Place(place.0[element.0.len()..].to_vec()).first());
    let list = table.path(&element.parent());
    let mut rule = Map::new();
    rule.extend(pieces.when.as_ref().map(|when| ("when".to_owned(), json!(when))));
    rule.insert("each".to_owned(), json!(format!("{list}[*]")));
    rule.extend(key.map(|key| ("key".to_owned(), inside(key))));
    rule.insert("id".to_owned(), inside(&start.id.place));
    rule.insert("name".to_owned(), inside(&start.name.place));
    rule.extend(pieces.place.as_ref().map(|place| ("arguments".to_owned(), inside(place))));
    Value::Object(rule)
}

/// Where the value is that both the first frame of a call and its pieces have.
fn key(
    first: &Row<'_>,
    begins: &Row<'_>,
    pieces: &Place,
    start: &Start<'_>,
) -> Option<(Place, Place)> {
    let beside = |leaf: &&Leaf| {
        leaf.place != *pieces
            && (leaf.place.lists() == 0 || leaf.place.parent() == pieces.parent() || {
                pieces.in_element().is_some_and(|(element, _)| leaf.place.0.starts_with(&element.0))
            })
    };
    let of_id = first.leaves.iter().filter(beside).find(|leaf| leaf.value == start.id.value);
    if let Some(leaf) = of_id {
        return Some((start.id.place.clone(), leaf.place.clone()));
    }
    let is_id = |value: &Value| {
        value.as_str().is_some_and(|text| text.bytes().any(|byte| byte.is_ascii_digit()))
    };
    for leaf in first.leaves.iter().filter(beside).filter(|leaf| is_id(&leaf.value)) {
        let near = start.id.place.parent();
        let same =
            begins.leaves.iter().find(|it| it.value == leaf.value && it.place.parent() == near);
        if let Some(same) = same {
            return Some((same.place.clone(), leaf.place.clone()));
        }
    }
    let is_number =
        |leaf: &&Leaf| leaf.value.is_u64() && begins.at(&leaf.place) == Some(&leaf.value);
    let in_list =
        |leaf: &&Leaf| leaf.place.0.last().is_some_and(|step| matches!(step, Step::Name(_)));
    let number = first.leaves.iter().filter(beside).filter(in_list).rfind(is_number)?;
    Some((number.place.clone(), number.place.clone()))
}
