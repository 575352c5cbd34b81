//! A document that remembers its text, for paths that look at more than one place.

use std::borrow::Cow;
use std::collections::HashMap;

use super::scanner::{Rest, Scanner, Stop, peek};
use crate::JsonError;

/// A value, and the text it was read from.
#[derive(Debug)]
pub(crate) struct Tree<'j> {
    /// The value as it stands in the document, from its first byte to its last.
    pub(crate) text: &'j str,
    pub(crate) children: Children<'j>,
}

/// What a value contains.
#[derive(Debug)]
pub(crate) enum Children<'j> {
    /// It is neither array nor object.
    None,
    Elements(Vec<Tree<'j>>),
    /// Names all differ: of duplicates, the last value stands at the place of the first.
    Members(Vec<(Cow<'j, str>, Tree<'j>)>),
}

/// From how many members on duplicates are found by hashing.
const MANY_MEMBERS: usize = 16;

impl<'j> Tree<'j> {
    /// Reads a whole document.
    pub(crate) fn read(json: &'j str) -> Result<Self, JsonError> {
        let mut scanner = Scanner::new(json);
        let read = value(&mut scanner, json.as_bytes());
        scanner.finish(read)
    }
}

/// Reads one value. Recursion is as deep as the document, which the scanner limits.
fn value<'j>(scanner: &mut Scanner<'j>, rest: Rest<'j>) -> Result<(Rest<'j>, Tree<'j>), Stop> {
    let (begin, first) = peek(rest);
    let (end, children) = match first {
        b'{' => members(scanner, begin)?,
        b'[' => elements(scanner, begin)?,
        first => (scanner.scalar(begin, first)?, Children::None),
    };
    Ok((end, Tree { text: scanner.text(begin, end), children }))
}

fn elements<'j>(
    scanner: &mut Scanner<'j>,
    rest: Rest<'j>,
) -> Result<(Rest<'j>, Children<'j>), Stop> {
    let mut elements = Vec::new();
    let (mut rest, mut more) = scanner.open(rest, b']')?;
    while more {
        let element;
        (rest, element) = value(scanner, rest)?;
        elements.push(element);
        (rest, more) = scanner.more(rest, b']')?;
    }
    Ok((rest, Children::Elements(elements)))
}

fn members<'j>(
    scanner: &mut Scanner<'j>,
    rest: Rest<'j>,
) -> Result<(Rest<'j>, Children<'j>), Stop> {
    let mut members = Members::default();
    let (mut rest, mut more) = scanner.open(rest, b'}')?;
    while more {
        let (name, member);
        (rest, name) = scanner.name(rest)?;
        (rest, member) = value(scanner, rest)?;
        members.insert(name.text(), member);
        (rest, more) = scanner.more(rest, b'}')?;
    }
    Ok((rest, Children::Members(members.list)))
}

/// Members in the order of their names' first appearance.
#[derive(Default)]
struct Members<'j> {
    list: Vec<(Cow<'j, str>, Tree<'j>)>,
    /// Where each name is in the list, from [`MANY_MEMBERS`] on.
    places: HashMap<Cow<'j, str>, usize>,
}

impl<'j> Members<'j> {
    fn insert(&mut self, name: Cow<'j, str>, value: Tree<'j>) {
        if let Some(place) = self.place(&name) {
            self.list[place].1 = value;
            return;
        }
        self.list.push((name, value));
        if self.list.len() >= MANY_MEMBERS {
            let known = self.places.len();
            let new = self.list.iter().map(|(name, _)| name.clone()).zip(0..).skip(known);
            self.places.extend(new);
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.places.is_empty() {
            self.list.iter().position(|(known, _)| known == name)
        } else {
            self.places.get(name).copied()
        }
    }
}
