//! A document that later ones are compared with: events of one stream are nearly the same bytes.
//!
//! A document that differs from a valid one only inside its strings and numbers, where other
//! strings and numbers stand, is valid too, nested alike, and has its values at the same places but
//! for what the ones before them grew. So a comparison takes the place of reading it. Names of
//! members are part of the structure: they must be the same.

use super::scanner::Scanner;

/// The longest document that is remembered, in bytes: it is held as long as a stream.
const MAX_LENGTH: usize = 4 << 10;

/// How many strings and numbers are remembered.
const MAX_SCALARS: usize = 256;

/// A valid document, and which of its bytes may differ in another one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// Empty if there is none.
    document: String,
    scalars: Vec<Scalar>,
    /// Where the document that was compared last differs.
    changes: Vec<Change>,
}

/// A string or a number that is a value, not a name.
#[derive(Clone, Copy, Debug)]
struct Scalar {
    /// Its first byte; of a string, the one behind the first quote.
    begin: usize,
    /// The byte behind it; of a string, the last quote.
    end: usize,
    is_string: bool,
    /// Whether it was another one in some document.
    varies: bool,
}

/// From a place of the remembered document on, by how much the other one is shifted.
#[derive(Clone, Copy, Debug)]
struct Change {
    from: usize,
    /// Added with wrapping: it may be a step back.
    shift: usize,
}

impl Shape {
    /// Remembers nothing: no document fits, and no place is shifted.
    pub(crate) fn forget(&mut self) {
        self.document.clear();
        self.scalars.clear();
        self.changes.clear();
    }

    /// Remembers a document that was found valid, if it is short enough.
    pub(crate) fn learn(&mut self, json: &str) {
        self.forget();
        if json.len() <= MAX_LENGTH && self.note_scalars(json) {
            self.document.push_str(json);
        }
    }

    /// Notes the strings and numbers of a valid document; gives up if there are too many.
    fn note_scalars(&mut self, json: &str) -> bool {
        let mut scanner = Scanner::new(json);
        let mut at = 0;
        while let Some(&first) = json.as_bytes().get(at) {
            let is_string = first == b'"';
            if !is_string && !matches!(first, b'-' | b'0'..=b'9') {
                at += 1;
                continue;
            }
            let Ok(end) = scanner.scalar(at, first) else { return false };
            // In a valid document a colon follows names, and nothing else.
            if scanner.peek(end).1 != b':' {
                if self.scalars.len() == MAX_SCALARS {
                    return false;
                }
                let quote = usize::from(is_string);
                self.scalars.push(Scalar {
                    begin: at + quote,
                    end: end - quote,
                    is_string,
                    varies: false,
                });
            }
            at = end;
        }
        true
    }

    /// Whether the document is valid and built like the remembered one. If not, nothing is known
    /// about it.
    pub(crate) fn fits(&mut self, json: &str) -> bool {
        let (old, new) = (self.document.as_bytes(), json.as_bytes());
        let (mut old_at, mut new_at, mut next) = (0, 0, 0);
        self.changes.clear();
        if old.is_empty() {
            return false;
        }
        loop {
            // Whatever lies before the next scalar that varies is expected to be the same.
            let varying = self.scalars[next..].iter().position(|scalar| scalar.varies);
            let until = varying.map_or(old.len(), |ahead| self.scalars[next + ahead].begin);
            let expected = &old[old_at..until];
            if new[new_at..].starts_with(expected) {
                (old_at, new_at) = (until, new_at + expected.len());
                next += varying.unwrap_or(self.scalars.len() - next);
            } else {
                let same = common_prefix(&old[old_at..], &new[new_at..]);
                (old_at, new_at) = (old_at + same, new_at + same);
                // What follows a scalar belongs to it, as long as it may go on there.
                next += self.scalars[next..].iter().take_while(|it| it.end < old_at).count();
            }
            if old_at == old.len() && new_at == new.len() {
                return true;
            }
            let Some(scalar) = self.scalars.get_mut(next) else { return false };
            let Some(into) = old_at.checked_sub(scalar.begin) else { return false };
            let Some(end) = scalar.end_in(json, new_at - into) else { return false };
            scalar.varies = true;
            next += 1;
            (old_at, new_at) = (scalar.end, end);
            self.changes.push(Change { from: old_at, shift: end.wrapping_sub(old_at) });
        }
    }

    /// Where a place of the remembered document is in the one that was compared last.
    #[inline]
    pub(crate) fn place(&self, at: usize) -> usize {
        let change = self.changes.iter().rev().find(|change| change.from <= at);
        at.wrapping_add(change.map_or(0, |change| change.shift))
    }
}

impl Scalar {
    /// Where a scalar of the same kind ends that begins at a place of another document.
    fn end_in(self, json: &str, begin: usize) -> Option<usize> {
        let mut scanner = Scanner::new(json);
        if self.is_string {
            return scanner.string_end(begin).ok();
        }
        scanner.number(begin).ok()
    }
}

/// How many bytes two texts have in common before they differ.
#[inline]
fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    // Arrays of this length are compared by vector instructions.
    let blocks = one.as_chunks::<32>().0.iter().zip(other.as_chunks::<32>().0);
    let mut same = 32 * blocks.take_while(|(one, other)| one == other).count();
    let (one_rest, other_rest) = (&one[same..], &other[same..]);
    for (one, other) in one_rest.as_chunks::<8>().0.iter().zip(other_rest.as_chunks::<8>().0) {
        let difference = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        if difference != 0 {
            return same + (difference.trailing_zeros() / 8) as usize;
        }
        same += 8;
    }
    let bytes = one[same..].iter().zip(&other[same..]);
    same + bytes.take_while(|(one, other)| one == other).count()
}
