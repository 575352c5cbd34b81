//! Several singular paths, walked along with one pass over the text.

use super::scanner::{Name, Rest, Scanner, Stop, peek};
use crate::JsonError;
use crate::ast::Step;

/// Where a value stands in the text: its first byte, and the byte after its last one.
pub(crate) type Place = (usize, usize);

/// Where the values of the paths stand. Bits say which paths found one, so that a reader visits
/// those alone: most schemas have many more paths than a document has values for them.
#[derive(Debug)]
pub(crate) struct Hits<'h> {
    /// For each path; its place counts only where its bit is set.
    pub(crate) places: &'h mut [Place],
    /// One bit for each path.
    pub(crate) found: &'h mut [u64],
}

impl Hits<'_> {
    /// What a path found.
    #[inline]
    pub(crate) fn get(&self, slot: usize) -> Option<Place> {
        let is_found = self.found.get(slot / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1);
        is_found.then(|| self.places[slot])
    }

    #[inline]
    fn set(&mut self, slot: usize, place: Place) {
        self.places[slot] = place;
        self.found[slot / 64] |= 1 << (slot % 64);
    }

    /// Forgets what the paths of a range found, which is never empty.
    #[inline]
    fn forget(&mut self, first: usize, end: usize) {
        let last = end - 1;
        for word in first / 64..=last / 64 {
            let from = if word == first / 64 { first % 64 } else { 0 };
            let to = if word == last / 64 { last % 64 } else { 63 };
            self.found[word] &= !((u64::MAX << from) & (u64::MAX >> (63 - to)));
        }
    }
}

/// Singular paths, joined where they begin alike.
///
/// The paths are sorted, so that all that lie below a node stand side by side: what a duplicate
/// key makes void is one range.
#[derive(Clone, Debug)]
pub(crate) struct PathTree {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// The paths that lead to or through this node.
    first: usize,
    end: usize,
    /// Whether the first of them ends here.
    ends: bool,
    /// Which names can be among `members`: one bit for each [`fingerprint`].
    fingerprints: u64,
    /// The members of each of these fingerprints.
    members: Vec<Vec<(String, usize)>>,
    elements: Vec<(i64, usize)>,
    /// Whether one of `elements` counts from the end.
    from_end: bool,
}

/// A cheap hash of a name; most names of a document are ruled out by it alone.
#[inline]
fn fingerprint(name: &[u8]) -> u64 {
    let last = name.last().copied().unwrap_or_default();
    1 << ((name.len() as u64 * 7 + u64::from(last)) & 63)
}

impl PathTree {
    /// Joins paths that are sorted and all differ. Path `n` becomes slot `n`.
    pub(crate) fn new(sorted: &[&[Step]]) -> Self {
        let mut tree = Self { nodes: vec![Node { end: sorted.len(), ..Node::default() }] };
        for (slot, steps) in sorted.iter().enumerate() {
            let mut at = 0;
            for step in *steps {
                at = tree.child(at, step, slot);
            }
            tree.nodes[at].ends = true;
        }
        tree
    }

    fn child(&mut self, parent: usize, step: &Step, slot: usize) -> usize {
        let next = self.nodes.len();
        let node = &mut self.nodes[parent];
        let known = match step {
            Step::Name(name) => node.member_named(name.as_bytes()),
            Step::Index(index) => node.elements.iter().find(|(i, _)| i == index).map(|(_, at)| *at),
        };
        if let Some(known) = known {
            self.nodes[known].end = slot + 1;
            return known;
        }
        match step {
            Step::Name(name) => {
                let bit = fingerprint(name.as_bytes());
                let group = node.group(bit);
                if node.fingerprints & bit == 0 {
                    node.fingerprints |= bit;
                    node.members.insert(group, Vec::new());
                }
                node.members[group].push((name.clone(), next));
            }
            Step::Index(index) => {
                node.from_end |= *index < 0;
                node.elements.push((*index, next));
            }
        }
        self.nodes.push(Node { first: slot, end: slot + 1, ..Node::default() });
        next
    }
}

impl Node {
    #[inline]
    fn member(&self, name: Name<'_>) -> Option<usize> {
        if name.escaped {
            return self.member_named(name.text().as_bytes());
        }
        self.member_named(name.inside)
    }

    #[inline]
    fn member_named(&self, name: &[u8]) -> Option<usize> {
        let bit = fingerprint(name);
        if self.fingerprints & bit == 0 {
            return None;
        }
        let mut group = self.members[self.group(bit)].iter();
        group.find(|(member, _)| member.as_bytes() == name).map(|(_, node)| *node)
    }

    /// The place of the members of a fingerprint: so many fingerprints are lower.
    #[inline]
    fn group(&self, fingerprint: u64) -> usize {
        (self.fingerprints & (fingerprint - 1)).count_ones() as usize
    }
}

/// One pass over one text.
pub(crate) struct Lookup<'t, 'j> {
    tree: &'t PathTree,
    hits: Hits<'t>,
    scanner: Scanner<'j>,
}

impl<'t, 'j> Lookup<'t, 'j> {
    /// Reads all of `json` and notes in `hits`, which has no bit set and room for all paths, where
    /// the values stand that the paths find. Returns the hits, and whether no string of the text has
    /// a backslash.
    pub(crate) fn run(
        tree: &'t PathTree,
        json: &'j str,
        hits: Hits<'t>,
    ) -> Result<(Hits<'t>, bool), JsonError> {
        let mut lookup = Self { tree, hits, scanner: Scanner::new(json) };
        let read = lookup.value(json.as_bytes(), &tree.nodes[0]);
        let is_plain = lookup.scanner.is_plain();
        let Self { hits, scanner, .. } = lookup;
        scanner.finish(read.map(|rest| (rest, (hits, is_plain))))
    }

    /// Reads the value to which the paths of a node lead.
    fn value(&mut self, rest: Rest<'j>, node: &'t Node) -> Result<Rest<'j>, Stop> {
        let (begin, first) = peek(rest);
        let end = match first {
            b'{' if !node.members.is_empty() => self.object(begin, node)?,
            b'[' if node.from_end => self.array_from_end(begin, node)?,
            b'[' if !node.elements.is_empty() => self.array(begin, node)?,
            _ => self.scanner.skip(begin)?,
        };
        if node.ends {
            self.hits.set(node.first, (self.scanner.place(begin), self.scanner.place(end)));
        }
        Ok(end)
    }

    fn object(&mut self, rest: Rest<'j>, node: &'t Node) -> Result<Rest<'j>, Stop> {
        let (mut rest, mut more) = self.scanner.open(rest, b'}')?;
        while more {
            let name;
            (rest, name) = self.scanner.name(rest)?;
            rest = match node.member(name) {
                Some(member) => {
                    // The last of duplicate keys counts: what an earlier one gave is void.
                    let below = &self.tree.nodes[member];
                    self.hits.forget(below.first, below.end);
                    self.value(rest, below)?
                }
                None => self.scanner.skip(rest)?,
            };
            (rest, more) = self.scanner.more(rest, b'}')?;
        }
        Ok(rest)
    }

    fn array(&mut self, rest: Rest<'j>, node: &'t Node) -> Result<Rest<'j>, Stop> {
        let (mut rest, mut more) = self.scanner.open(rest, b']')?;
        let mut index = 0;
        while more {
            rest = match node.elements.iter().find(|(wanted, _)| *wanted == index) {
                Some((_, element)) => self.value(rest, &self.tree.nodes[*element])?,
                None => self.scanner.skip(rest)?,
            };
            index += 1;
            (rest, more) = self.scanner.more(rest, b']')?;
        }
        Ok(rest)
    }

    /// An array in which some path counts from the end: its length is needed first. An element
    /// that two paths reach from both ends is read once for each.
    fn array_from_end(&mut self, rest: Rest<'j>, node: &'t Node) -> Result<Rest<'j>, Stop> {
        let length = self.array_length(rest)?;
        let (mut rest, mut more) = self.scanner.open(rest, b']')?;
        let mut index = 0;
        while more {
            let mut end = None;
            for (wanted, element) in &node.elements {
                if *wanted == index || *wanted == index - length {
                    end = Some(self.value(rest, &self.tree.nodes[*element])?);
                }
            }
            rest = match end {
                Some(end) => end,
                None => self.scanner.skip(rest)?,
            };
            index += 1;
            (rest, more) = self.scanner.more(rest, b']')?;
        }
        Ok(rest)
    }

    fn array_length(&mut self, rest: Rest<'j>) -> Result<i64, Stop> {
        let (mut rest, mut more) = self.scanner.open(rest, b']')?;
        let mut length = 0;
        while more {
            rest = self.scanner.skip(rest)?;
            length += 1;
            (rest, more) = self.scanner.more(rest, b']')?;
        }
        Ok(length)
    }
}
