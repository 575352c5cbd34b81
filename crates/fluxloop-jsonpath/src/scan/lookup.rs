//! Several singular paths, walked along with one pass over the text.

use super::scanner::{RawString, Scanner};
use super::string::unescape;
use crate::JsonError;
use crate::ast::Step;

/// Where a value stands in the text, from its first byte to behind its last.
pub(crate) type Hit = Option<(usize, usize)>;

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
    members: Vec<(String, usize)>,
    elements: Vec<(i64, usize)>,
    /// Whether one of `elements` counts from the end.
    from_end: bool,
}

/// A cheap hash of a name; most names of a document are ruled out by it alone.
#[inline]
fn fingerprint(name: &str) -> u64 {
    let last = name.as_bytes().last().copied().unwrap_or_default();
    1 << ((name.len() as u64 * 7 + u64::from(last)) & 63)
}

impl PathTree {
    /// Joins paths that are sorted and all differ. Path `n` becomes slot `n`.
    pub(crate) fn new(sorted: &[&[Step]]) -> Self {
        let mut tree = Self {
            nodes: vec![Node {
                end: sorted.len(),
                ..Node::default()
            }],
        };
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
            Step::Name(name) => node
                .members
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, at)| *at),
            Step::Index(index) => node
                .elements
                .iter()
                .find(|(i, _)| i == index)
                .map(|(_, at)| *at),
        };
        if let Some(known) = known {
            self.nodes[known].end = slot + 1;
            return known;
        }
        match step {
            Step::Name(name) => {
                node.fingerprints |= fingerprint(name);
                node.members.push((name.clone(), next));
            }
            Step::Index(index) => {
                node.from_end |= *index < 0;
                node.elements.push((*index, next));
            }
        }
        self.nodes.push(Node {
            first: slot,
            end: slot + 1,
            ..Node::default()
        });
        next
    }
}

impl Node {
    #[inline]
    fn member(&self, name: RawString<'_>) -> Option<usize> {
        if name.escaped {
            return self.member_named(&unescape(name.inside));
        }
        self.member_named(name.inside)
    }

    #[inline]
    fn member_named(&self, name: &str) -> Option<usize> {
        if self.fingerprints & fingerprint(name) == 0 {
            return None;
        }
        self.members
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, node)| *node)
    }
}

/// One pass over one text.
pub(crate) struct Lookup<'t, 'j> {
    tree: &'t PathTree,
    scanner: Scanner<'j>,
    slots: &'t mut [Hit],
}

impl<'t, 'j> Lookup<'t, 'j> {
    /// Reads all of `json` and notes in `slots`, which are empty and as many as the paths, where
    /// the values stand that the paths find.
    pub(crate) fn run(
        tree: &'t PathTree,
        json: &'j str,
        slots: &'t mut [Hit],
    ) -> Result<(), JsonError> {
        let mut lookup = Self {
            tree,
            scanner: Scanner::new(json),
            slots,
        };
        lookup.value(0)?;
        lookup.scanner.end()
    }

    /// Reads the value to which the paths of a node lead.
    fn value(&mut self, node: usize) -> Result<(), JsonError> {
        let node = &self.tree.nodes[node];
        let first = self.scanner.peek();
        let begin = self.scanner.at();
        match first {
            Some(b'{') if !node.members.is_empty() => self.object(node)?,
            Some(b'[') if node.from_end => self.array_from_end(node)?,
            Some(b'[') if !node.elements.is_empty() => self.array(node)?,
            _ => self.scanner.skip()?,
        }
        if node.ends {
            self.slots[node.first] = Some((begin, self.scanner.at()));
        }
        Ok(())
    }

    fn object(&mut self, node: &'t Node) -> Result<(), JsonError> {
        self.scanner.open()?;
        if self.scanner.close(b'}') {
            return Ok(());
        }
        loop {
            let name = self.scanner.name()?;
            match node.member(name) {
                Some(member) => {
                    // The last of duplicate keys counts: what an earlier one gave is void.
                    let below = &self.tree.nodes[member];
                    self.slots[below.first..below.end].fill(None);
                    self.value(member)?;
                }
                None => self.scanner.skip()?,
            }
            if !self.scanner.more(b'}')? {
                return Ok(());
            }
        }
    }

    fn array(&mut self, node: &'t Node) -> Result<(), JsonError> {
        self.scanner.open()?;
        if self.scanner.close(b']') {
            return Ok(());
        }
        for index in 0.. {
            match node.elements.iter().find(|(wanted, _)| *wanted == index) {
                Some((_, element)) => self.value(*element)?,
                None => self.scanner.skip()?,
            }
            if !self.scanner.more(b']')? {
                break;
            }
        }
        Ok(())
    }

    /// An array in which some path counts from the end: its length is needed first. An element
    /// that two paths reach from both ends is read once for each.
    fn array_from_end(&mut self, node: &'t Node) -> Result<(), JsonError> {
        let begin = self.scanner.at();
        let length = self.array_length()?;
        let end = self.scanner.at();
        self.scanner.rewind(begin);
        self.scanner.open()?;
        for index in 0..length {
            self.scanner.peek();
            let begin = self.scanner.at();
            let mut read = false;
            for (wanted, element) in &node.elements {
                if *wanted == index || *wanted == index - length {
                    self.scanner.rewind(begin);
                    self.value(*element)?;
                    read = true;
                }
            }
            if !read {
                self.scanner.skip()?;
            }
            self.scanner.more(b']')?;
        }
        if length == 0 {
            self.scanner.close(b']');
        }
        debug_assert_eq!(self.scanner.at(), end, "both passes read the same array");
        Ok(())
    }

    fn array_length(&mut self) -> Result<i64, JsonError> {
        self.scanner.open()?;
        let mut length = 0;
        if self.scanner.close(b']') {
            return Ok(length);
        }
        loop {
            self.scanner.skip()?;
            length += 1;
            if !self.scanner.more(b']')? {
                return Ok(length);
            }
        }
    }
}
