//! A document that later ones are compared with: events of one stream are nearly the same bytes.
//!
//! A document that differs from a valid one only inside its strings and numbers, where other
//! strings and numbers stand, is valid too, nested alike, and has its values at the same places but
//! for what the ones before them grew. So a comparison takes the place of reading it. Names of
//! members are part of the structure: they must be the same.

use super::scanner::{Scanner, peek};

/// The longest document that is remembered, in bytes: it is held as long as a stream.
const MAX_LENGTH: usize = 4 << 10;

/// How many strings and numbers may differ.
const MAX_SCALARS: usize = 64;

/// A valid document, and which of its bytes differ in others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// Empty if there is none.
    document: String,
    /// Whether no string of it has a backslash.
    learned_plain: bool,
    /// The same of the document that was compared last.
    is_plain: bool,
    /// The strings and numbers that were others in some document, in their order.
    varying: Vec<Scalar>,
}

/// A string or a number that is a value, not a name.
#[derive(Clone, Copy, Debug)]
struct Scalar {
    /// Its first byte.
    begin: usize,
    /// The byte behind it.
    end: usize,
    /// By how much `end` is shifted in the document that was compared last. Added with wrapping: it
    /// may be a step back.
    shift: usize,
}

impl Shape {
    /// Remembers nothing of a document but whether its strings are plain: no document fits, and no
    /// place is shifted.
    pub(crate) fn forget(&mut self, is_plain: bool) {
        self.document.clear();
        self.varying.clear();
        (self.learned_plain, self.is_plain) = (is_plain, is_plain);
    }

    /// After [`forget`](Self::forget), remembers all of a valid document, if it is short enough.
    pub(crate) fn learn(&mut self, json: &str) {
        if json.len() <= MAX_LENGTH {
            self.document.push_str(json);
        }
    }

    /// Whether the document is valid and built like the remembered one. If not, nothing is known
    /// about it.
    #[inline]
    pub(crate) fn fits(&mut self, json: &str) -> bool {
        let (old, new) = (self.document.as_bytes(), json.as_bytes());
        let (mut old_at, mut new_at, mut next) = (0, 0, 0);
        if old.is_empty() {
            return false;
        }
        self.is_plain = self.learned_plain;
        loop {
            // Up to the next scalar that varies, everything is expected to be the same.
            let until = self.varying.get(next).map_or(old.len(), |scalar| scalar.begin);
            let expected = &old[old_at..until];
            if !new[new_at..].starts_with(expected) {
                let at = old_at + common_prefix(expected, &new[new_at..]);
                match scalar_around(&self.document, old_at, at) {
                    Some(scalar) if self.varying.len() < MAX_SCALARS => {
                        self.varying.insert(next, scalar);
                        continue;
                    }
                    _ => return false,
                }
            }
            new_at += expected.len();
            let Some(scalar) = self.varying.get_mut(next) else { return new_at == new.len() };
            let is_string = old[scalar.begin] == b'"';
            let Some((end, is_plain)) = scalar_end(json, new_at, is_string) else { return false };
            self.is_plain &= is_plain;
            scalar.shift = end.wrapping_sub(scalar.end);
            (old_at, new_at) = (scalar.end, end);
            next += 1;
        }
    }

    /// Whether no string of the document that was compared last has a backslash.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// How many strings and numbers were others in some document.
    #[inline]
    pub(crate) fn varying(&self) -> usize {
        self.varying.len()
    }

    /// Whether a string or number between two places of the remembered document was another one in
    /// some document.
    pub(crate) fn varies_in(&self, begin: usize, end: usize) -> bool {
        self.varying.iter().any(|scalar| begin <= scalar.begin && scalar.end <= end)
    }

    /// How many of the strings and numbers that vary end at or before a place of the remembered
    /// document.
    pub(crate) fn varying_before(&self, place: usize) -> usize {
        self.varying.partition_point(|scalar| scalar.end <= place)
    }

    /// By how much a place is shifted in the document that was compared last, if so many of the
    /// strings and numbers that vary end at or before it. To be added with wrapping.
    #[inline]
    pub(crate) fn shift(&self, before: usize) -> usize {
        let last = before.checked_sub(1).and_then(|last| self.varying.get(last));
        last.map_or(0, |scalar| scalar.shift)
    }
}

/// The string or number of a valid document that a place belongs to, if the place is neither before
/// `from`, where no scalar is open, nor that of its first quote. The place behind a number belongs
/// to it, because the number may go on there.
#[cold]
fn scalar_around(document: &str, from: usize, place: usize) -> Option<Scalar> {
    let mut scanner = Scanner::new(document);
    let mut rest = scanner.from(from);
    while scanner.place(rest) <= place {
        let begin = scanner.place(rest);
        let (&first, tail) = rest.split_first()?;
        if !matches!(first, b'"' | b'-' | b'0'..=b'9') {
            rest = tail;
            continue;
        }
        rest = scanner.scalar(rest, first).ok()?;
        let end = scanner.place(rest);
        let is_inside = if first == b'"' { begin < place && place < end } else { place <= end };
        // In a valid document a colon follows names, and nothing else.
        if is_inside && peek(rest).1 != b':' {
            return Some(Scalar { begin, end, shift: 0 });
        }
    }
    None
}

/// Where a string or a number ends that begins at a place of a document, if one does, and whether
/// it has no backslash.
#[inline]
fn scalar_end(json: &str, begin: usize, is_string: bool) -> Option<(usize, bool)> {
    let mut scanner = Scanner::new(json);
    let rest = scanner.from(begin);
    if is_string != rest.starts_with(b"\"") {
        return None;
    }
    let end = if is_string { scanner.string(rest) } else { scanner.number(rest) };
    end.ok().map(|end| (scanner.place(end), scanner.is_plain()))
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
