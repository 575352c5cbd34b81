//! Where the counts of tokens are: whole numbers near the end that fit together and fit the text.

use serde_json::{Map, Value, json};

use crate::names::are_counts;
use crate::place::Place;
use crate::proposal::{Confidence, Line};
use crate::table::Table;

/// The largest number that is read as a count of tokens.
const MAX_TOKENS: u64 = 10_000_000;

/// How far from the expected number of tokens a count may be to be likely, as a logarithm.
const NEAR: f64 = 1.2;

/// A number at a place.
#[derive(Clone, Debug)]
struct Number {
    place: Place,
    value: u64,
    row: usize,
    /// Whether it only stands in frames after the last text, or changes.
    is_late: bool,
}

/// Counts that may be those of the request and the answer.
struct Counts {
    input: Vec<Number>,
    output: Vec<Number>,
    total: Option<Number>,
    /// How far the output is from what was expected.
    distance: f64,
}

/// Finds the counts in frames whose last text is in row `last`. `expected` are numbers of tokens that
/// the answer may have.
pub(crate) fn usage(table: &Table<'_>, last: usize, expected: &[f64]) -> Option<Line> {
    let distance = |count: u64| {
        let to = |expected: &f64| ((count.max(1) as f64) / expected.max(1.0)).ln().abs();
        expected.iter().map(to).fold(f64::INFINITY, f64::min)
    };
    let groups = groups(table, last);
    let found = groups.iter().filter(|group| group.iter().any(|number| number.is_late));
    let found =
        found.filter_map(|group| in_object(group, &distance).or_else(|| pair(group, &distance)));
    let found = found.chain(apart(table, &groups, &distance));
    let best = found.max_by(|a, b| a.rank().total_cmp(&b.rank()))?;
    Some(best.line())
}

/// The numbers of each object, at their last value.
fn groups(table: &Table<'_>, last: usize) -> Vec<Vec<Number>> {
    let mut groups: Vec<(Place, Vec<Number>)> = Vec::new();
    for (place, values) in table.places() {
        let numbers: Vec<(usize, u64)> =
            values.iter().filter_map(|(row, leaf)| Some((*row, leaf.value.as_u64()?))).collect();
        let Some(&(row, value)) = numbers.last() else { continue };
        if value > MAX_TOKENS || place.lists() > 1 || is_counter(&numbers) {
            continue;
        }
        let is_late = numbers.iter().all(|(row, _)| *row >= last)
            || numbers.iter().any(|(_, it)| *it != value);
        let number = Number { place: place.clone(), value, row, is_late };
        let parent = place.parent();
        match groups.iter_mut().find(|(known, _)| *known == parent) {
            Some((_, numbers)) => numbers.push(number),
            None => groups.push((parent, vec![number])),
        }
    }
    for (parent, numbers) in &mut groups {
        sort_as_written(table, parent, numbers);
    }
    groups.into_iter().map(|(_, numbers)| numbers).collect()
}

/// Whether numbers rise by one from frame to frame.
fn is_counter(numbers: &[(usize, u64)]) -> bool {
    numbers.len() > 2 && numbers.windows(2).all(|pair| pair[1].1 == pair[0].1 + 1)
}

/// The order of the members in the frame that has them.
fn sort_as_written(table: &Table<'_>, parent: &Place, numbers: &mut [Number]) {
    let Some(row) = numbers.iter().map(|number| number.row).max() else { return };
    let order: Vec<&Place> = table.rows[row].leaves.iter().map(|leaf| &leaf.place).collect();
    let at = |number: &Number| order.iter().position(|place| **place == number.place);
    numbers.sort_by_key(|number| at(number).unwrap_or(usize::MAX));
    debug_assert!(numbers.iter().all(|number| number.place.parent() == *parent));
}

/// Counts of which one is the sum of the others, or of two others.
fn in_object(group: &[Number], distance: &dyn Fn(u64) -> f64) -> Option<Counts> {
    let positive: Vec<&Number> = group.iter().filter(|number| number.value > 0).collect();
    let mut best: Option<Counts> = None;
    for total in &positive {
        let others: Vec<&Number> =
            positive.iter().copied().filter(|it| it.place != total.place).collect();
        let is_sum = others.iter().map(|it| it.value).sum::<u64>() == total.value;
        let pairs = others
            .iter()
            .enumerate()
            .flat_map(|(at, a)| others[at + 1..].iter().map(move |b| vec![*a, *b]));
        let sums = pairs.filter(|pair| pair[0].value + pair[1].value == total.value);
        let all = (others.len() > 1 && is_sum).then(|| others.clone());
        for parts in all.into_iter().chain(sums) {
            let found = assign(&parts, Some(total), distance);
            if best.as_ref().is_none_or(|best| found.distance + 0.01 < best.distance) {
                best = Some(found);
            }
        }
    }
    best
}

/// Which of the counts is the request's; the others are the answer's.
fn assign(parts: &[&Number], total: Option<&Number>, distance: &dyn Fn(u64) -> f64) -> Counts {
    let rest = |input: usize| {
        let others = parts.iter().enumerate().filter(move |(at, _)| *at != input);
        others.map(|(_, number)| (*number).clone())
    };
    let of = |input: usize| {
        let output: Vec<Number> = rest(input).collect();
        let distance = distance(output.iter().map(|it| it.value).sum());
        Counts { input: vec![parts[input].clone()], output, total: total.cloned(), distance }
    };
    // As long as the text does not say otherwise, the request's count is written first.
    (1..parts.len())
        .map(of)
        .fold(of(0), |best, it| if it.distance + 0.15 < best.distance { it } else { best })
}

/// Two numbers that have no total.
fn pair(group: &[Number], distance: &dyn Fn(u64) -> f64) -> Option<Counts> {
    let numbers: Vec<&Number> = group.iter().filter(|it| it.value > 0 && it.is_late).collect();
    let pairs = numbers.windows(2).map(|pair| assign(pair, None, distance));
    let best = pairs.min_by(|a, b| a.distance.total_cmp(&b.distance))?;
    (best.distance < NEAR).then_some(best)
}

/// The request's count at the beginning and the answer's at the end, in objects of the same name.
fn apart(
    table: &Table<'_>,
    groups: &[Vec<Number>],
    distance: &dyn Fn(u64) -> f64,
) -> Option<Counts> {
    let first = |group: &&Vec<Number>| group.iter().all(|it| it.row * 2 < table.rows.len());
    let ends = groups.iter().flatten().filter(|it| it.is_late && it.value > 0);
    let mut found: Option<Counts> = None;
    for output in ends {
        let (name, parent) = (output.place.name(), output.place.parent());
        let is_kin = |group: &&Vec<Number>| {
            group.iter().any(|it| {
                it.place.name() == name
                    && it.place != output.place
                    && it.place.parent().name() == parent.name()
            })
        };
        let Some(early) = groups.iter().filter(first).find(is_kin) else { continue };
        let input = early.iter().find(|it| it.place.name() != name && it.value > 0)?;
        let distance = distance(output.value);
        found = Some(Counts {
            input: vec![input.clone()],
            output: vec![output.clone()],
            total: None,
            distance,
        });
    }
    found
}

impl Counts {
    fn fits_names(&self) -> bool {
        let name = |numbers: &[Number]| {
            numbers.first().map(|it| it.place.name().to_owned()).unwrap_or_default()
        };
        are_counts(&name(&self.input), &name(&self.output))
    }

    fn rank(&self) -> f64 {
        let is_sum = if self.total.is_some() { 2.0 } else { 0.0 };
        let is_named = if self.fits_names() { 4.0 } else { 0.0 };
        let depth = self.output.first().map_or(0, |it| it.place.0.len());
        is_sum + is_named - self.distance - depth as f64 * 0.01
    }

    fn line(&self) -> Line {
        let count = |numbers: &[Number]| match numbers {
            [only] => json!(only.place.first()),
            several => {
                let paths: Vec<String> = several.iter().map(|it| it.place.first()).collect();
                json!({ "sum": paths })
            }
        };
        let mut value = Map::new();
        value.insert("input".to_owned(), count(&self.input));
        value.insert("output".to_owned(), count(&self.output));
        if let Some(total) = &self.total {
            value.insert("total".to_owned(), json!(total.place.first()));
        }
        let is_near = self.distance < NEAR;
        let (confidence, why) = match (self.total.is_some(), self.fits_names(), is_near) {
            (true, true, _) => (Confidence::Certain, "they add up, and the names fit"),
            (false, true, true) => {
                (Confidence::Likely, "the names fit, and so does the length of the text")
            }
            (true, false, true) => {
                (Confidence::Likely, "they add up, and one fits the length of the text")
            }
            (true, false, false) => (Confidence::Guess, "they add up"),
            (false, true, false) => (Confidence::Guess, "the names fit"),
            (false, false, _) => (Confidence::Guess, "one of them fits the length of the text"),
        };
        let reason = format!("whole numbers near the end: {why}");
        Line { key: "usage", value: Value::Object(value), confidence, reason }
    }
}
