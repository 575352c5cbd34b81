//! Texts that belong together: those at one place of the frames of one type.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::place::{Leaf, Place, Step};
use crate::prose::{Look, joined};
use crate::table::Table;
use crate::types::{Types, is_type};

/// In how many frames a text has to come before anything is learned from it.
pub(crate) const ENOUGH: usize = 3;

/// How often two numbers have to take turns to be those of two texts.
const TURNS: usize = 5;

/// Texts at one place of the frames of one type, in the order in which they came.
#[derive(Clone, Debug)]
pub(crate) struct Strand {
    /// The type of the frames; `None` where it does not matter.
    pub(crate) when: Option<String>,
    /// Where the texts are; `None` where the whole data is the text.
    pub(crate) place: Option<Place>,
    /// What else tells them from other texts at that place.
    pub(crate) split: Option<Split>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) look: Look,
    /// The text, where each of several groups repeats itself as far as it goes.
    whole: Option<String>,
}

/// A text of a frame.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) row: usize,
    pub(crate) items: Vec<usize>,
    pub(crate) text: String,
}

/// A value that tells texts at one place apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Split {
    /// Where it is: inside the element of the innermost list, or in the frame.
    pub(crate) place: Place,
    pub(crate) is_in_element: bool,
    /// The value, or that of the other texts.
    pub(crate) value: Value,
    /// Whether the value is that of the other texts.
    pub(crate) is_other: bool,
}

impl Strand {
    fn new(when: Option<String>, place: Option<Place>, pieces: Vec<Piece>) -> Self {
        let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let look = Look::of(&texts);
        Self { when, place, split: None, pieces, look, whole: None }
    }

    /// The text that the pieces make.
    pub(crate) fn text(&self) -> String {
        if let Some(whole) = &self.whole {
            return whole.clone();
        }
        let texts: Vec<&str> = self.pieces.iter().map(|piece| piece.text.as_str()).collect();
        joined(&texts, self.look.is_cumulative)
    }

    /// Sees the pieces as those of groups, each of which repeats itself as far as it goes.
    pub(crate) fn see_as_groups(&mut self, whole: String) {
        self.look.is_cumulative = true;
        self.look.characters = whole.chars().count();
        self.whole = Some(whole);
    }

    /// The rows with a text that is not empty.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.pieces.iter().filter(|piece| !piece.text.is_empty()).map(|piece| piece.row)
    }

    pub(crate) fn first(&self) -> usize {
        self.rows().next().unwrap_or_default()
    }

    pub(crate) fn last(&self) -> usize {
        self.rows().next_back().unwrap_or_default()
    }

    /// Whether enough frames have a text of it to learn from.
    pub(crate) fn is_enough(&self) -> bool {
        let rows: BTreeSet<usize> = self.rows().collect();
        self.look.is_prose && rows.len() >= ENOUGH
    }

    /// Whether the last piece is the text of all pieces before it once more.
    pub(crate) fn repeats_itself(&self) -> bool {
        let filled = self.pieces.iter().filter(|piece| !piece.text.is_empty());
        let texts: Vec<&str> = filled.map(|piece| piece.text.as_str()).collect();
        let last = texts.split_last().filter(|(_, before)| before.len() > 1);
        last.is_some_and(|(last, before)| !self.look.is_cumulative && **last == before.concat())
    }

    /// Whether it comes in several pieces.
    pub(crate) fn is_streamed(&self) -> bool {
        self.look.filled >= ENOUGH
    }

    /// All names on the way to it.
    pub(crate) fn names(&self) -> String {
        let place = self.place.as_ref().map(|place| place.path(".")).unwrap_or_default();
        let split = self.split.as_ref().filter(|split| !split.is_other);
        let split = split.map(|split| format!("{} {}", split.place.path("."), split.value));
        format!(
            "{} {place} {}",
            self.when.as_deref().unwrap_or_default(),
            split.unwrap_or_default()
        )
    }

    /// The path in a rule, filter included; `None` where the whole data is the text.
    pub(crate) fn path(&self, table: &Table<'_>) -> Option<String> {
        let place = self.place.as_ref()?;
        let Some(split) = self.split.as_ref().filter(|split| split.is_in_element) else {
            return Some(table.path(place));
        };
        let (element, rest) = place.in_element()?;
        let list = table.path(&element.parent());
        let operator = if split.is_other { "!=" } else { "==" };
        let member = split.place.path("[0]");
        let rest = rest.path("[*]");
        Some(format!("{list}[?@.{member} {operator} {}].{rest}", literal(&split.value)))
    }

    /// The condition in a rule, if it has one.
    pub(crate) fn condition(&self) -> Option<Value> {
        let split = self.split.as_ref().filter(|split| !split.is_in_element).map(|split| {
            let test = json!({ "path": split.place.first(), "equals": split.value });
            if split.is_other { json!({ "not": test }) } else { test }
        });
        match (&self.when, split) {
            (Some(when), None) => Some(json!(when)),
            (Some(when), Some(split)) => {
                let mut all = serde_json::Map::new();
                all.insert("type".to_owned(), json!(when));
                all.extend(split.as_object().cloned().unwrap_or_default());
                Some(Value::Object(all))
            }
            (None, split) => split,
        }
    }
}

/// A value as a filter of a path writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        value => value.to_string(),
    }
}

/// All texts of an answer.
pub(crate) fn strands(table: &Table<'_>, types: &Types) -> Vec<Strand> {
    let mut strands = raw(table, types);
    for (place, values) in table.places() {
        if matches!(types, Types::At(at) if at == place) {
            continue;
        }
        let pieces: Vec<Piece> =
            values.iter().filter_map(|(row, leaf)| piece(*row, leaf)).collect();
        strands.extend(
            of_place(table, types, place, &pieces)
                .into_iter()
                .flat_map(|strand| split(table, types, &strand).unwrap_or_else(|| vec![strand])),
        );
    }
    strands.retain(|strand| strand.look.filled > 0);
    strands
}

fn piece(row: usize, leaf: &Leaf) -> Option<Piece> {
    let text = leaf.value.as_str()?.to_owned();
    Some(Piece { row, items: leaf.items.clone(), text })
}

/// Data that is not JSON, where most frames are so.
fn raw(table: &Table<'_>, types: &Types) -> Vec<Strand> {
    let is_text = |row: &&crate::table::Row<'_>| row.value.is_none() && !row.frame.data.is_empty();
    if table.rows.iter().filter(is_text).count() * 2 <= table.rows.len() {
        return Vec::new();
    }
    let mut by_type: BTreeMap<Option<&str>, Vec<Piece>> = BTreeMap::new();
    for (number, row) in table.rows.iter().enumerate().filter(|(_, row)| !row.is_document()) {
        // The marker that ends an answer is no part of it.
        if number + 1 == table.rows.len() && number > 0 && is_marker(&row.frame.data) {
            continue;
        }
        let text = row.frame.data.clone();
        by_type.entry(types.of_row(row)).or_default().push(Piece {
            row: number,
            items: Vec::new(),
            text,
        });
    }
    let strand =
        |(when, pieces): (Option<&str>, _)| Strand::new(when.map(str::to_owned), None, pieces);
    by_type.into_iter().map(strand).collect()
}

/// Whether data looks like a marker: a word in brackets.
pub(crate) fn is_marker(data: &str) -> bool {
    let data = data.trim();
    let inner = data.trim_matches(['[', ']', '<', '>', '|', '"', '*', '#']);
    inner.len() < data.len()
        && !inner.is_empty()
        && inner.len() <= 32
        && inner.split('_').all(is_type)
}

/// The texts at a place, by the type of their frames. Text that goes on through frames of several
/// types is one text.
fn of_place(table: &Table<'_>, types: &Types, place: &Place, pieces: &[Piece]) -> Vec<Strand> {
    let whole = Strand::new(None, Some(place.clone()), pieces.to_vec());
    let mut by_type: BTreeMap<Option<&str>, Vec<Piece>> = BTreeMap::new();
    for piece in pieces {
        by_type.entry(types.of_row(&table.rows[piece.row])).or_default().push(piece.clone());
    }
    if whole.look.is_cumulative && by_type.len() > 1 {
        return vec![whole];
    }
    let of_type = |(when, pieces): (Option<&str>, _)| {
        Strand::new(when.map(str::to_owned), Some(place.clone()), pieces)
    };
    by_type.into_iter().map(of_type).collect()
}

/// Takes texts apart that a value beside them tells apart, if there is such a value.
fn split(table: &Table<'_>, types: &Types, strand: &Strand) -> Option<Vec<Strand>> {
    if strand.look.filled < 2 * ENOUGH || !strand.look.is_prose || strand.look.is_cumulative {
        return None;
    }
    let place = strand.place.as_ref()?;
    let element = place.in_element();
    let mut best: Option<(usize, Split, Vec<bool>)> = None;
    for (candidate, is_in_element) in candidates(table, types, strand, element.as_ref()) {
        let value_of =
            |piece: &Piece| value_beside(table, piece, &candidate, element.as_ref(), is_in_element);
        let filled = strand.pieces.iter().filter(|piece| !piece.text.is_empty());
        let values: Vec<Value> = filled.map(value_of).collect();
        let Some(value) = telling(&values) else { continue };
        let sides: Vec<bool> = strand.pieces.iter().map(|piece| value_of(piece) == value).collect();
        let runs =
            1 + values.windows(2).filter(|pair| (pair[0] == value) != (pair[1] == value)).count();
        // Numbered blocks that follow each other are one text; numbers that take turns are choices.
        if value.is_number() && runs < TURNS {
            continue;
        }
        let split = Split { place: candidate, is_in_element, value, is_other: false };
        if best.as_ref().is_none_or(|(least, ..)| runs < *least) {
            best = Some((runs, split, sides));
        }
    }
    let (_, split, sides) = best?;
    let side = |is_other: bool| {
        let of_side = strand.pieces.iter().zip(&sides).filter(|(_, side)| **side != is_other);
        let pieces = of_side.map(|(piece, _)| piece.clone()).collect();
        let part = Strand::new(strand.when.clone(), strand.place.clone(), pieces);
        Strand { split: Some(Split { is_other, ..split.clone() }), ..part }
    };
    Some(vec![side(false), side(true)])
}

/// Where values are that could tell the texts of a strand apart.
fn candidates(
    table: &Table<'_>,
    types: &Types,
    strand: &Strand,
    element: Option<&(Place, Place)>,
) -> Vec<(Place, bool)> {
    let mut found: BTreeSet<(Place, bool)> = BTreeSet::new();
    for leaf in strand.pieces.iter().flat_map(|piece| &table.rows[piece.row].leaves) {
        if Some(&leaf.place) == strand.place.as_ref()
            || matches!(types, Types::At(at) if *at == leaf.place)
        {
            continue;
        }
        let inside =
            element.and_then(|(element, _)| leaf.place.0.strip_prefix(element.0.as_slice()));
        if let Some(inside) = inside
            && inside.iter().all(|step| matches!(step, Step::Name(_)))
        {
            found.insert((Place(inside.to_vec()), true));
        } else if leaf.place.lists() == 0 {
            found.insert((leaf.place.clone(), false));
        }
    }
    found.into_iter().collect()
}

fn value_beside(
    table: &Table<'_>,
    piece: &Piece,
    place: &Place,
    element: Option<&(Place, Place)>,
    is_in_element: bool,
) -> Value {
    let row = &table.rows[piece.row];
    if !is_in_element {
        return row.at(place).cloned().unwrap_or_default();
    }
    let Some((element, _)) = element else { return Value::Null };
    let full = Place([element.0.as_slice(), place.0.as_slice()].concat());
    let beside =
        row.leaves.iter().find(|leaf| leaf.place == full && piece.items.starts_with(&leaf.items));
    beside.map(|leaf| leaf.value.clone()).unwrap_or_default()
}

/// The value of two that tells texts apart: of both there are enough texts.
fn telling(values: &[Value]) -> Option<Value> {
    let mut counts: Vec<(&Value, usize)> = Vec::new();
    for value in values {
        match counts.iter_mut().find(|(known, _)| *known == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value, 1)),
        }
        if counts.len() > 2 {
            return None;
        }
    }
    let is_telling = |value: &Value| match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        // A name with digits is one of many, as ids are.
        Value::String(name) => is_type(name) && !name.bytes().any(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    let is_split = counts.len() == 2
        && counts.iter().all(|(value, count)| *count >= ENOUGH && is_telling(value));
    is_split.then(|| {
        counts.into_iter().map(|(value, _)| value.clone()).find(|value| !value.is_null())
    })?
}
