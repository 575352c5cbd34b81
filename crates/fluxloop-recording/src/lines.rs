//! How a body is written: each line as what differs from an earlier line of its kind (front coding).
//!
//! The events of a stream differ in a few bytes. To say only these takes a small part of the time that
//! a compressor needs to find out the same.

use memchr::memchr_iter;

/// Lines that begin with the same bytes, this many, are of one kind. Shorter lines are written as they
/// are.
pub(crate) const KIND_BYTES: usize = 24;

/// How many kinds are known at once.
const KINDS: usize = 4;

/// The longest body that is read: more than a run holds of all answers under way.
pub(crate) const MAX_BODY_BYTES: u64 = 256 << 20;

/// A line, or what is left of it.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// The kind that it belongs to, as a place among those that are known, and how many bytes it has
    /// in common with the last line of this kind, at the beginning and at the end.
    pub(crate) like: Option<(usize, usize, usize)>,
    /// What stands between.
    pub(crate) middle: &'a [u8],
}

/// The last line of each kind, as places in the body; the kind that was seen first is forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    last: [(usize, usize); KINDS],
    count: usize,
}

impl Kinds {
    fn find(&self, body: &[u8], line: &[u8]) -> Option<usize> {
        let kind = line.get(..KIND_BYTES)?;
        let known = self.last.iter().take(self.count.min(KINDS));
        known.into_iter().position(|&(start, _)| &body[start..start + KIND_BYTES] == kind)
    }

    /// Where the last line of a kind is.
    pub(crate) fn line(&self, place: usize) -> Option<(usize, usize)> {
        self.last.get(place).copied().filter(|_| place < self.count)
    }

    /// Remembers a line, which is like the one at `place`.
    pub(crate) fn note(&mut self, place: Option<usize>, start: usize, end: usize) {
        if let Some(place) = place {
            self.last[place] = (start, end);
        } else if end - start >= KIND_BYTES {
            self.last[self.count % KINDS] = (start, end);
            self.count += 1;
        }
    }
}

/// Gives each line of a body, with its end.
pub(crate) fn split(body: &[u8], mut take: impl FnMut(Line<'_>)) {
    let mut kinds = Kinds::default();
    let mut start = 0;
    let ends = memchr_iter(b'\n', body).map(|end| end + 1).chain(Some(body.len()));
    for end in ends {
        let line = &body[start..end];
        let place = kinds.find(body, line);
        let shared = place.and_then(|place| {
            let (from, to) = kinds.line(place)?;
            let (prefix, suffix) = in_common(line, &body[from..to]);
            Some((place, prefix, suffix))
        });
        let (prefix, suffix) = shared.map_or((0, 0), |(_, prefix, suffix)| (prefix, suffix));
        take(Line { like: shared, middle: &line[prefix..line.len() - suffix] });
        kinds.note(place, start, end);
        start = end;
    }
}

/// How many bytes a line has in common with another one, at the beginning and, of the rest, at the end.
fn in_common(line: &[u8], other: &[u8]) -> (usize, usize) {
    let prefix = common(line, other);
    let rest = line.len().min(other.len()) - prefix;
    (prefix, common_at_end(line, other).min(rest))
}

/// How many bytes are compared at once.
const WORD: usize = 16;

/// The bytes in which two words differ, the first one lowest.
fn difference((one, other): (&[u8; WORD], &[u8; WORD])) -> u128 {
    u128::from_le_bytes(*one) ^ u128::from_le_bytes(*other)
}

/// How many bytes two lines have in common from their beginnings on.
pub(crate) fn common(one: &[u8], other: &[u8]) -> usize {
    let (words, others) = (one.as_chunks::<WORD>().0, other.as_chunks::<WORD>().0);
    for (place, pair) in words.iter().zip(others).enumerate() {
        let difference = difference(pair);
        if difference != 0 {
            return place * WORD + difference.trailing_zeros() as usize / 8;
        }
    }
    let equal = words.len().min(others.len()) * WORD;
    equal + one[equal..].iter().zip(&other[equal..]).take_while(|(a, b)| a == b).count()
}

/// How many bytes two lines have in common at their ends.
pub(crate) fn common_at_end(one: &[u8], other: &[u8]) -> usize {
    let (words, others) = (one.as_rchunks::<WORD>().1, other.as_rchunks::<WORD>().1);
    for (place, pair) in words.iter().rev().zip(others.iter().rev()).enumerate() {
        let difference = difference(pair);
        if difference != 0 {
            return place * WORD + difference.leading_zeros() as usize / 8;
        }
    }
    let equal = words.len().min(others.len()) * WORD;
    let ends = one[..one.len() - equal].iter().rev().zip(other[..other.len() - equal].iter().rev());
    equal + ends.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kind and what is in common, and what is left.
    type Found<'a> = (Option<(usize, usize, usize)>, &'a str);

    #[track_caller]
    fn check(body: &str, expected: &[Found<'_>]) {
        let mut found = Vec::new();
        split(body.as_bytes(), |line| {
            found.push((line.like, String::from_utf8_lossy(line.middle).into_owned()));
        });
        let found: Vec<_> = found.iter().map(|(like, text)| (*like, text.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_line_is_what_differs_from_the_last_one_of_its_kind() {
        check("", &[(None, "")]);
        check("a\n\nb", &[(None, "a\n"), (None, "\n"), (None, "b")]);
        let [one, two] = ["one", "twice"]
            .map(|text| format!("data: {{\"id\":\"chat-1234\",\"t\":\"{text}\"}}\n"));
        check(
            &format!("{one}\n{two}\n{two}"),
            &[
                (None, &one),
                (None, "\n"),
                (Some((0, 29, 4)), "twic"),
                (None, "\n"),
                (Some((0, two.len(), 0)), ""),
                (None, ""),
            ],
        );
    }

    #[test]
    fn words_and_bytes_give_the_same_count() {
        for seed in 0..2_000 {
            let mut chance = fastrand::Rng::with_seed(seed);
            let mut line = || -> Vec<u8> {
                (0..chance.usize(0..50))
                    .map(|_| b"aaaaaaaaaaaaaaaab"[chance.usize(0..17)])
                    .collect()
            };
            let (one, other) = (line(), line());
            let equal = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
            assert_eq!(common(&one, &other), equal, "seed {seed}");
            let ends = one.iter().rev().zip(other.iter().rev());
            let equal = ends.take_while(|(a, b)| a == b).count();
            assert_eq!(common_at_end(&one, &other), equal, "seed {seed}");
        }
    }

    #[test]
    fn bytes_in_common_are_counted_once() {
        assert_eq!(in_common(b"aaaa", b"aa"), (2, 0));
        assert_eq!(in_common(b"aa", b"aaaa"), (2, 0));
        assert_eq!(in_common(b"abca", b"abxa"), (2, 1));
        assert_eq!(in_common(b"", b"x"), (0, 0));
    }
}
