//! The types of frames: how many of which, and what each means to the rules.

use std::collections::BTreeMap;

use crate::compile::{Bits, Compiled};
use crate::known::{FAILURES, PARTS_OF_A_RUN, SIGNS_OF_LIFE};

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

/// What the name of a type says by itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum NameSays {
    /// Nothing.
    #[default]
    Nothing,
    /// The answer failed.
    Failed,
    /// The connection is alive.
    Alive,
    /// It is about a part of the run: a tool, a step.
    Part,
    /// A part of the run failed.
    PartFailed,
}

impl NameSays {
    /// A name that ends in `error` or `failed`, as a word of its own, reports a failure: of the
    /// answer, unless a word before it names a part.
    pub(crate) fn of(name: &str) -> Self {
        let words = words(name);
        let Some(last) = words.last() else { return Self::Nothing };
        let names_part = words.iter().any(|word| PARTS_OF_A_RUN.contains(&word.as_str()));
        match FAILURES.contains(&last.as_str()) {
            true if names_part => Self::PartFailed,
            true => Self::Failed,
            false if names_part => Self::Part,
            false if SIGNS_OF_LIFE.contains(&words.concat().as_str()) => Self::Alive,
            false => Self::Nothing,
        }
    }
}

/// The words of a name, in lower case: they end at a character that is no letter, and where a
/// capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (was_small && character.is_uppercase()) {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            words.last_mut().expect("there is one").extend(character.to_lowercase());
        }
        was_small = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Who names a type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NamedBy {
    Framing,
    Data,
}

/// Counts frames by type. A type that was seen before costs no allocation.
#[derive(Debug, Default)]
pub(crate) struct TypeTable {
    entries: Vec<Entry>,
    last: [usize; 2],
}

#[derive(Debug)]
struct Entry {
    name: String,
    counts: [u64; 2],
    bits: Bits,
    says: NameSays,
}

impl TypeTable {
    /// Notes the type of a frame, and adds what it is equal to. Returns its number.
    #[inline]
    pub(crate) fn note(
        &mut self,
        name: &str,
        by: NamedBy,
        counts: bool,
        rules: &Compiled,
        into: &mut Bits,
    ) -> usize {
        // Streams mostly repeat one type.
        let last = self.last[by as usize];
        let place = match self.entries.get(last) {
            // What was cut, or stands for many, is the name of more than one type.
            Some(entry) if entry.name == name && last < MAX_TYPES && name.len() < MAX_NAME => last,
            _ => self.place(name, rules),
        };
        self.last[by as usize] = place;
        let entry = &mut self.entries[place];
        entry.counts[by as usize] += u64::from(counts);
        for (word, more) in into.iter_mut().zip(&entry.bits) {
            *word |= more;
        }
        place
    }

    fn place(&mut self, name: &str, rules: &Compiled) -> usize {
        let cut = &name[..name.floor_char_boundary(MAX_NAME)];
        let known = self.entries.iter().position(|entry| entry.name == cut);
        let place = known.unwrap_or_else(|| self.entries.len().min(MAX_TYPES));
        if place == self.entries.len() {
            let name = if place == MAX_TYPES { OTHERS } else { cut };
            let (bits, says) = (rules.bits_of(name), NameSays::of(name));
            self.entries.push(Entry { name: name.to_owned(), counts: [0; 2], bits, says });
        }
        if place == MAX_TYPES || cut.len() < name.len() {
            let entry = &mut self.entries[place];
            (entry.bits, entry.says) = (rules.bits_of(name), NameSays::of(name));
        }
        place
    }

    /// Counts a frame of a type that was noted before.
    #[inline]
    pub(crate) fn count(&mut self, place: usize, by: NamedBy) {
        self.entries[place].counts[by as usize] += 1;
    }

    /// Whether a type is the one that was noted under this number, and no other.
    #[inline]
    pub(crate) fn is(&self, place: usize, name: &str) -> bool {
        place < MAX_TYPES && name.len() < MAX_NAME && self.entries[place].name == name
    }

    /// The name of a type.
    pub(crate) fn name(&self, place: usize) -> &str {
        &self.entries[place].name
    }

    /// What the name of a type says, right after it was noted.
    pub(crate) fn says(&self, place: usize) -> NameSays {
        self.entries[place].says
    }

    /// How many frames are of which type.
    pub(crate) fn counts(&self, by: NamedBy) -> BTreeMap<String, u64> {
        let counted = self.entries.iter().filter(|entry| entry.counts[by as usize] > 0);
        counted.map(|entry| (entry.name.clone(), entry.counts[by as usize])).collect()
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_schema::Schema;

    use super::*;

    fn table(names: &[&str]) -> (TypeTable, Vec<usize>) {
        let rules = Compiled::new(&Schema::default(), &[]);
        let mut table = TypeTable::default();
        let places = names
            .iter()
            .map(|name| table.note(name, NamedBy::Framing, true, &rules, &mut Bits::new()));
        let places = places.collect();
        (table, places)
    }

    #[test]
    fn types_are_counted_apart() {
        let (table, places) = table(&["a", "b", "b", "a"]);
        assert_eq!(places, [0, 1, 1, 0]);
        let counts = [("a".to_owned(), 2), ("b".to_owned(), 2)].into();
        assert_eq!(table.counts(NamedBy::Framing), counts);
        assert!(table.counts(NamedBy::Data).is_empty());
    }

    #[test]
    fn a_flood_of_types_is_one_entry() {
        let names: Vec<String> = (0..1000).map(|number: u32| number.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).chain(["3"]).collect();
        let counts = table(&names).0.counts(NamedBy::Framing);
        assert_eq!(counts.len(), MAX_TYPES + 1);
        assert_eq!((counts[OTHERS], counts["3"]), (1000 - MAX_TYPES as u64, 2));
    }

    #[test]
    fn an_endless_name_is_cut_and_counted_once() {
        let name = "é".repeat(MAX_NAME);
        let (table, places) = table(&[&name, &name]);
        assert_eq!(places, [0, 0]);
        assert_eq!(table.name(0).len(), MAX_NAME);
        assert!(!is_whole(table.name(0)) && !is_whole(&"界".repeat(MAX_NAME / 3)));
        assert!(is_whole("message"));
    }

    #[track_caller]
    fn check_name(name: &str, expected: NameSays) {
        assert_eq!(NameSays::of(name), expected, "{name}");
    }

    #[test]
    fn names_that_end_in_a_failure_report_it() {
        use NameSays::{Alive, Failed, Nothing, Part, PartFailed};
        for name in ["ping", "keep-alive", "KeepAlive", "HEARTBEAT"] {
            check_name(name, Alive);
        }
        for name in ["error", "Error", "response.failed", "conversation.chat.failed", "RUN_ERROR"] {
            check_name(name, Failed);
        }
        for name in ["runError", "stream-error", "failed", "chat/failed"] {
            check_name(name, Failed);
        }
        for name in ["tool-output-error", "response.mcp_call.failed", "toolError", "STEP_FAILED"] {
            check_name(name, PartFailed);
        }
        for name in ["tool_end", "node-finished", "STEP_STARTED", "error.tool"] {
            check_name(name, Part);
        }
        for name in ["terror", "error_free", "errors", "delta", "", "unfailed", "errored"] {
            check_name(name, Nothing);
        }
    }
}
