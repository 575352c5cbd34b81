//! Finds duplicate ids with eight bytes for each input.
//!
//! **Invariant:** every duplicate is found, and ids that differ are never called duplicates: equal
//! ids have equal hashes, and ids with equal hashes are compared in a second look.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

/// Collects ids as hashes. Numbers that stand in for missing ids need no memory until the first id
/// is given.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// `SipHash` with keys of its own: nobody can choose ids with equal hashes, which would make the
    /// second look remember all of them.
    hasher: RandomState,
    hashes: Vec<u64>,
    seen: u64,
    any_given: bool,
}

impl Ids {
    /// Adds the id of the next entry, or its number where it has none.
    pub(super) fn add(&mut self, id: Option<&str>) {
        if id.is_some() && !self.any_given {
            self.any_given = true;
            for number in 0..self.seen {
                self.hashes.push(self.hasher.hash_one(&*number.to_string()));
            }
        }
        if self.any_given {
            let hash = match id {
                Some(id) => self.hasher.hash_one(id),
                None => self.hasher.hash_one(&*self.seen.to_string()),
            };
            self.hashes.push(hash);
        }
        self.seen += 1;
    }

    /// The second look that is needed; `None`, but for rare chance, where all ids differ.
    pub(super) fn second_look(mut self) -> Option<SecondLook> {
        self.hashes.sort_unstable();
        let equal = self.hashes.windows(2).filter(|pair| pair[0] == pair[1]);
        let suspects: HashSet<u64> = equal.map(|pair| pair[0]).collect();
        let is_needed = !suspects.is_empty();
        is_needed.then(|| SecondLook { hasher: self.hasher, suspects, first: HashMap::new() })
    }
}

/// Tells real duplicates from hashes that are equal by chance, in a second look at the ids.
#[derive(Debug)]
pub(super) struct SecondLook {
    hasher: RandomState,
    suspects: HashSet<u64>,
    first: HashMap<String, String>,
}

impl SecondLook {
    /// Looks at the id of the next entry; where it is a duplicate, says where the first one is.
    pub(super) fn look(&mut self, id: &str, place: impl FnOnce() -> String) -> Option<&str> {
        if !self.suspects.contains(&self.hasher.hash_one(id)) {
            return None;
        }
        if self.first.contains_key(id) {
            return self.first.get(id).map(String::as_str);
        }
        self.first.insert(id.to_owned(), place());
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(ids: &[Option<&str>]) -> Ids {
        let mut collected = Ids::default();
        for id in ids {
            collected.add(*id);
        }
        collected
    }

    #[track_caller]
    fn check(ids: &[Option<&str>], duplicates: usize) {
        let look = collected(ids).second_look();
        assert_eq!(look.map_or(0, |look| look.suspects.len()), duplicates);
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
    fn the_second_look_names_the_first_place() {
        let mut look = collected(&[Some("a"), Some("a")]).second_look().expect("a duplicate");
        assert_eq!(look.look("a", || "in line 1".into()), None);
        assert_eq!(look.look("b", || "in line 2".into()), None);
        assert_eq!(look.look("a", || "in line 3".into()), Some("in line 1"));
    }

    #[test]
    fn equal_hashes_of_ids_that_differ_are_no_duplicates() {
        let hasher = RandomState::new();
        let suspects = ["a", "b"].map(|id| hasher.hash_one(id)).into();
        let mut look = SecondLook { hasher, suspects, first: HashMap::new() };
        assert_eq!(look.look("a", || "in line 1".into()), None);
        assert_eq!(look.look("b", || "in line 2".into()), None);
    }
}
