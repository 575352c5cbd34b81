//! Whose texts stand in the page.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use crate::cases::Row;

/// The most cases with texts.
const MOST: usize = 1_000;

/// How many bytes of texts there may be before compression, all chosen cases together.
const MOST_BYTES: u64 = 24 << 20;

/// How many of the slowest cases are chosen by each of two times.
const SLOWEST: usize = 50;

/// Chooses cases: those that the caller asks for first, then those that did not pass, of each kind in
/// turn; the slowest to the end and to the first token; and a sample of all, evenly spread. Gives
/// the places of the rows.
pub(crate) fn choose(rows: &[Row], first: &[usize]) -> HashSet<usize> {
    let mut chosen = HashSet::new();
    let mut bytes = 0;
    let order = first.iter().copied().chain(open(rows)).chain(slowest(rows)).chain(sample(rows));
    for place in order {
        let Some(row) = rows.get(place).filter(|_| chosen.len() < MOST) else { continue };
        if bytes + row.text_bytes <= MOST_BYTES && chosen.insert(place) {
            bytes += row.text_bytes;
        }
    }
    chosen
}

/// Cases that did not pass: the first of each kind, then the second of each, and so on.
fn open(rows: &[Row]) -> Vec<usize> {
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    let open = rows.iter().enumerate().filter(|(_, row)| !row.passed);
    let mut order: Vec<_> = open
        .map(|(place, row)| {
            let turn = seen.entry((row.state, row.kind)).or_default();
            *turn += 1;
            (*turn, place)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, place)| place).collect()
}

fn slowest(rows: &[Row]) -> Vec<usize> {
    let by = |key: fn(&Row) -> Option<u64>| {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&place| Reverse(key(&rows[place])));
        order.truncate(SLOWEST);
        order
    };
    let [duration, first_token] = [by(|row| Some(row.duration)), by(|row| row.first_token)];
    duration.into_iter().chain(first_token).collect()
}

/// All cases, in an order of which each beginning is spread evenly: steps of the golden ratio.
fn sample(rows: &[Row]) -> impl Iterator<Item = usize> {
    let count = rows.len();
    let most = if count <= MOST { 0..count } else { 0..MOST };
    most.map(move |number| {
        if count <= MOST {
            number
        } else {
            let part = (number as f64 * 0.618_033_988_749_895).fract();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a part of a count that fits"
            )]
            let place = (part * count as f64) as usize;
            place
        }
    })
}
