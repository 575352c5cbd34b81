//! How many events of which type.

use std::collections::BTreeMap;

/// How many types are told apart; a stream with more of them is out to fill memory.
const MAX_TYPES: usize = 64;

/// The longest name of a type that is kept, in bytes.
const MAX_NAME: usize = 256;

/// Stands for all types beyond those that are told apart.
const OTHERS: &str = "(others)";

/// Whether the name of a type was surely not cut.
pub(crate) fn is_whole(name: &str) -> bool {
    name.len() + char::MAX_LEN_UTF8 <= MAX_NAME
}

/// Counts events by type. A type that was seen before costs no allocation.
#[derive(Debug, Default)]
pub(crate) struct TypeTally {
    counts: Vec<(String, u64)>,
    last: usize,
}

impl TypeTally {
    /// Counts an event. Returns the number of its type, and whether it is surely the type of the
    /// event before it.
    #[inline]
    pub(crate) fn count(&mut self, event_type: &str) -> (usize, bool) {
        // Streams mostly repeat one type.
        if let Some((known, count)) = self.counts.get_mut(self.last)
            && known == event_type
        {
            *count += 1;
            // What was cut, or stands for many, is the name of more than one type.
            let is_exact = self.last < MAX_TYPES && event_type.len() < MAX_NAME;
            return (self.last, is_exact);
        }
        self.last = self.place(event_type);
        self.counts[self.last].1 += 1;
        (self.last, false)
    }

    fn place(&mut self, event_type: &str) -> usize {
        let event_type = &event_type[..event_type.floor_char_boundary(MAX_NAME)];
        if let Some(place) = self.counts.iter().position(|(known, _)| known == event_type) {
            return place;
        }
        if self.counts.len() > MAX_TYPES {
            return MAX_TYPES;
        }
        let name = if self.counts.len() == MAX_TYPES { OTHERS } else { event_type };
        self.counts.push((name.to_owned(), 0));
        self.counts.len() - 1
    }

    /// The name of a type.
    pub(crate) fn name(&self, place: usize) -> &str {
        &self.counts[place].0
    }

    pub(crate) fn to_map(&self) -> BTreeMap<String, u64> {
        self.counts.iter().cloned().collect()
    }

    pub(crate) fn into_map(self) -> BTreeMap<String, u64> {
        self.counts.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_counted_apart() {
        let mut tally = TypeTally::default();
        let places: Vec<(usize, bool)> =
            ["a", "b", "b", "a"].iter().map(|name| tally.count(name)).collect();
        assert_eq!(places, [(0, false), (1, false), (1, true), (0, false)]);
        assert_eq!(tally.to_map(), [("a".to_owned(), 2), ("b".to_owned(), 2)].into());
    }

    #[test]
    fn a_flood_of_types_is_one_entry() {
        let mut tally = TypeTally::default();
        for number in 0..1000 {
            tally.count(&number.to_string());
        }
        tally.count("3");
        let counts = tally.to_map();
        assert_eq!(counts.len(), MAX_TYPES + 1);
        assert_eq!((counts[OTHERS], counts["3"]), (1000 - MAX_TYPES as u64, 2));
    }

    #[test]
    fn a_name_that_stands_for_many_is_surely_none_of_them() {
        let mut tally = TypeTally::default();
        let cut = "n".repeat(MAX_NAME);
        assert_eq!([tally.count(&format!("{cut}x")), tally.count(&cut)], [(0, false); 2]);
        for number in 0..MAX_TYPES {
            tally.count(&number.to_string());
        }
        assert_eq!(tally.count(OTHERS), (MAX_TYPES, false));
    }

    #[test]
    fn an_endless_name_is_cut_and_counted_as_one() {
        let mut tally = TypeTally::default();
        let name = "é".repeat(MAX_NAME);
        assert_eq!([tally.count(&name), tally.count(&name)], [(0, false); 2]);
        assert_eq!(tally.name(0).len(), MAX_NAME);
        assert!(!is_whole(tally.name(0)) && !is_whole(&"界".repeat(MAX_NAME / 3)));
        assert!(is_whole("message"));
    }
}
