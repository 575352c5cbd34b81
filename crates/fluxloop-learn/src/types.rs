//! What tells the types of frames apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::place::{Place, Step};
use crate::table::{Row, Table};

/// The longest type, in bytes: a longer one is not read as a type.
const MAX_TYPE: usize = 64;

/// The share of the frames in which the member has to be that names the type.
const MOST: f64 = 0.8;

/// How much better the shape of a frame is known by its type, at least.
const GAIN: f64 = 0.05;

/// What tells the types of frames apart.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Types {
    /// Nothing does.
    #[default]
    None,
    /// The `event:` line.
    Event,
    /// A text in the data.
    At(Place),
}

impl Types {
    pub(crate) fn of(table: &Table<'_>) -> Self {
        let names: BTreeSet<&str> = table.rows.iter().filter_map(Row::event).collect();
        let with_event = table.rows.iter().filter(|row| row.event().is_some()).count();
        if names.len() > 1 && with_event * 2 >= table.rows.len() {
            return Self::Event;
        }
        let rated = table.places().into_iter().filter_map(|(place, values)| {
            let values: Vec<(usize, &str)> = values
                .iter()
                .filter_map(|(row, leaf)| Some((*row, leaf.value.as_str()?)))
                .collect();
            Some((rate(table, place, &values)?, place))
        });
        let best = rated.max_by(|(a, _), (b, _)| a.total_cmp(b));
        best.map_or(Self::None, |(_, place)| Self::At(place.clone()))
    }

    /// The type of a frame.
    pub(crate) fn of_row<'t>(&self, row: &'t Row<'_>) -> Option<&'t str> {
        match self {
            Self::None => None,
            Self::Event => Some(&row.frame.event_type),
            Self::At(place) => row.at(place).and_then(Value::as_str).or(row.event()),
        }
    }
}

/// How well a text tells the types of frames apart; `None` if it does not.
fn rate(table: &Table<'_>, place: &Place, values: &[(usize, &str)]) -> Option<f64> {
    let documents = table.documents();
    let is_singular = place.0.iter().all(|step| matches!(step, Step::Name(_)));
    if !is_singular || place.0.len() > 3 || (values.len() as f64) < documents as f64 * MOST {
        return None;
    }
    if !values.iter().all(|(_, name)| is_type(name)) {
        return None;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, name) in values {
        *counts.entry(name).or_default() += 1;
    }
    let repeated = counts.values().filter(|count| **count > 1).count();
    let are_many = counts.len() > 2 && counts.len() * 2 > values.len() + 2;
    if counts.len() < 2 || are_many || repeated == 0 {
        return None;
    }
    let rows: Vec<usize> = values.iter().map(|(row, _)| *row).collect();
    let gain = purity(table, place, &rows, |row| {
        row.at(place).and_then(Value::as_str).unwrap_or_default()
    }) - purity(table, place, &rows, |_| "");
    // Two types of the same shape are told apart by nothing else.
    let is_type = gain > GAIN || repeated > 1;
    let has_digits = counts.keys().any(|name| name.bytes().any(|byte| byte.is_ascii_digit()));
    (is_type && !(has_digits && gain < GAIN))
        .then_some(gain + counts.len() as f64 * 0.02 - place.0.len() as f64 * 0.05)
}

/// Whether a text can be a type.
pub(crate) fn is_type(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_TYPE
        && name.chars().any(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || "._-/:|".contains(c))
}

/// The share of the frames whose shape is the usual one of their type.
fn purity<'t>(
    table: &'t Table<'_>,
    place: &Place,
    rows: &[usize],
    type_of: impl Fn(&'t Row<'_>) -> &'t str,
) -> f64 {
    let mut shapes: BTreeMap<&str, BTreeMap<Vec<&Place>, usize>> = BTreeMap::new();
    for row in rows.iter().map(|row| &table.rows[*row]) {
        let filled = row.leaves.iter().filter(|leaf| !leaf.value.is_null() && leaf.place != *place);
        let mut shape: Vec<&Place> = filled.map(|leaf| &leaf.place).collect();
        shape.dedup();
        *shapes.entry(type_of(row)).or_default().entry(shape).or_default() += 1;
    }
    let usual: usize = shapes.values().filter_map(|shapes| shapes.values().max()).sum();
    usual as f64 / rows.len().max(1) as f64
}
