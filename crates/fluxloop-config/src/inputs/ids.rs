//! Finds duplicate ids with eight bytes for each input.

use std::collections::{HashMap, HashSet};

use fluxloop_plan::Fingerprint;

/// Collects ids as hashes. Numbers that stand in for missing ids need no memory until the first id
/// is given.
#[derive(Debug, Default)]
pub(super) struct Ids {
    hashes: Vec<u64>,
    seen: u64,
    any_given: bool,
}

impl Ids {
    /// Adds the id of the next entry, or its number where it has none.
    pub(super) fn add(&mut self, id: Option<&str>) {
        if id.is_some() && !self.any_given {
            self.any_given = true;
            self.hashes.extend((0..self.seen).map(|number| hash(&number.to_string())));
        }
        if self.any_given {
            match id {
                Some(id) => self.hashes.push(hash(id)),
                None => self.hashes.push(hash(&self.seen.to_string())),
            }
        }
        self.seen += 1;
    }

    /// Hashes that occur more than once; empty, but for rare chance, where all ids differ.
    pub(super) fn suspects(mut self) -> HashSet<u64> {
        self.hashes.sort_unstable();
        self.hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
    }
}

/// Tells real duplicates from hashes that are equal by chance, in a second look at the ids.
#[derive(Debug)]
pub(super) struct Verdict {
    suspects: HashSet<u64>,
    first: HashMap<String, String>,
}

impl Verdict {
    /// Looks at the ids with these hashes only.
    pub(super) fn new(suspects: HashSet<u64>) -> Self {
        Self { suspects, first: HashMap::new() }
    }

    /// Looks at the id of the next entry; where it is a duplicate, says where the first one is.
    pub(super) fn look(&mut self, id: &str, place: impl FnOnce() -> String) -> Option<&str> {
        if !self.suspects.contains(&hash(id)) {
            return None;
        }
        if self.first.contains_key(id) {
            return self.first.get(id).map(String::as_str);
        }
        self.first.insert(id.to_owned(), place());
        None
    }
}

fn hash(id: &str) -> u64 {
    Fingerprint::of(id.as_bytes()).number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ids: &[Option<&str>], duplicates: usize) {
        let mut collected = Ids::default();
        for id in ids {
            collected.add(*id);
        }
        assert_eq!(collected.suspects().len(), duplicates);
    }

    #[test]
    fn numbers_alone_never_clash() {
        check(&[None, None, None], 0);
    }

    #[test]
    fn given_ids_clash_with_each_other_and_with_numbers() {
        check(&[Some("a"), Some("b"), Some("a")], 1);
        check(&[None, None, Some("0")], 1);
        check(&[Some("1"), None], 1);
        check(&[Some("1"), Some("0"), Some("2")], 0);
    }

    #[test]
    fn the_verdict_names_the_first_place() {
        let mut verdict = Verdict::new([hash("a")].into());
        assert_eq!(verdict.look("a", || "in line 1".into()), None);
        assert_eq!(verdict.look("b", || "in line 2".into()), None);
        assert_eq!(verdict.look("a", || "in line 3".into()), Some("in line 1"));
    }
}
