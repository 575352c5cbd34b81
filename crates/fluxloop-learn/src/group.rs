//! What groups the pieces of a text that repeats everything so far.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::place::Place;
use crate::prose::Look;
use crate::strand::Strand;
use crate::table::Table;

/// The value that the pieces of one group share.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) place: Place,
}

/// Finds what makes a text cumulative that is not cumulative as a whole: several messages, each of
/// which is repeated as far as it goes. The strand is seen as cumulative then.
pub(crate) fn group(table: &Table<'_>, strand: &mut Strand) -> Option<Group> {
    if strand.look.is_cumulative || strand.look.filled < 6 {
        return None;
    }
    let row = &table.rows[strand.first()];
    let places: Vec<Place> = row
        .leaves
        .iter()
        .filter(|leaf| leaf.value.is_string() || leaf.value.is_u64())
        .filter(|leaf| leaf.place.lists() == 0 && Some(&leaf.place) != strand.place.as_ref())
        .map(|leaf| leaf.place.clone())
        .collect();
    for place in places {
        let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for piece in &strand.pieces {
            let value = table.rows[piece.row].at(&place).map(Value::to_string).unwrap_or_default();
            groups.entry(value).or_default().push(&piece.text);
        }
        let all_grow = groups.values().all(|pieces| Look::of(pieces).is_cumulative);
        if groups.len() > 1 && all_grow {
            strand.see_as_groups(last_of_each(table, strand, &place));
            return Some(Group { place });
        }
    }
    None
}

/// The last text of each group, in the order in which the groups came.
fn last_of_each(table: &Table<'_>, strand: &Strand, place: &Place) -> String {
    let mut groups: Vec<(Value, &str)> = Vec::new();
    for piece in strand.pieces.iter().filter(|piece| !piece.text.is_empty()) {
        let value = table.rows[piece.row].at(place).cloned().unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, text)) => *text = &piece.text,
            None => groups.push((value, &piece.text)),
        }
    }
    groups.into_iter().map(|(_, text)| text).collect()
}
