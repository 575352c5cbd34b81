//! Cuts the lines of a body into segments (strings, and what stands between them), and joins those
//! that may be pieces of one text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2};

use crate::lines::{KIND_BYTES, common, common_at_end};

/// How often a kind of line is read whole before only its changes are. A key whose first pieces are the
/// value that all lines before had is joined as far as this value was joined that often.
const LEARNED: u32 = 3;

/// How many kinds of lines are known at once.
const KINDS: usize = 4;

/// Texts, each joined of the segments that stand under one name.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_name: HashMap<u64, usize>,
    /// The segments that stand apart, each on a line.
    apart: Group,
    texts: Vec<Group>,
    /// The name that was asked for last, because the next one is mostly the same.
    last: Option<(u64, usize)>,
    /// Whether it is known where each segment came from.
    keeps_places: bool,
}

/// A text that was joined of segments.
#[derive(Debug, Default)]
pub(super) struct Group {
    text: Vec<u8>,
    /// Where segments stand in the text, and where they come from: as many bytes, or an escape.
    places: Vec<(Range<usize>, Range<usize>)>,
}

/// What a segment is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// What stands between strings, names of members among it: each for itself.
    Apart,
    /// Joined with all that have this name.
    Named(u64),
}

/// A line as an earlier one of its kind was, and how much of it has never changed since.
#[derive(Debug)]
struct Pattern {
    line: Vec<u8>,
    seen: u32,
    prefix: usize,
    suffix: usize,
    /// Where the segment begins in which the first change is, and the name of the member by then.
    start: usize,
    name: u64,
}

impl Groups {
    /// Joins what differs from line to line.
    pub(super) fn of_changes(body: &[u8]) -> Self {
        let mut groups = Self::default();
        let mut patterns: Vec<Pattern> = Vec::with_capacity(KINDS);
        for (_, line) in lines(body) {
            let kind = &line[..line.len().min(KIND_BYTES)];
            let known = patterns.iter_mut().find(|it| it.line.starts_with(kind));
            if let Some(pattern) = known.filter(|_| kind.len() == KIND_BYTES) {
                pattern.take(line, &mut groups);
                continue;
            }
            groups.line(line, 0);
            if kind.len() == KIND_BYTES {
                patterns.truncate(KINDS - 1);
                patterns.insert(0, Pattern::of(line));
            }
        }
        groups
    }

    /// Joins everything, and knows where it came from.
    pub(super) fn of_everything(body: &[u8]) -> Self {
        let mut groups = Self { keeps_places: true, ..Self::default() };
        for (start, line) in lines(body) {
            groups.line(line, start);
        }
        groups
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.texts.iter().chain([&self.apart])
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.iter().map(|group| String::from_utf8_lossy(&group.text))
    }

    /// Takes a line, which begins at this place of the body.
    fn line(&mut self, line: &[u8], start: usize) {
        let until = line.len();
        Cursor { line, at: 0, name: 0 }.each(until, |kind, range| {
            self.add(kind, &line[range.clone()], start + range.start);
        });
    }

    fn add(&mut self, kind: Kind, segment: &[u8], from: usize) {
        if segment.is_empty() {
            return;
        }
        let keeps_places = self.keeps_places;
        let group = match kind {
            Kind::Apart => &mut self.apart,
            Kind::Named(name) => {
                let at = self.place_of(name);
                &mut self.texts[at]
            }
        };
        let mut add = |written: &[u8], source: Range<usize>| {
            let start = group.text.len();
            group.text.extend_from_slice(written);
            if keeps_places {
                let source = from + source.start..from + source.end;
                group.places.push((start..group.text.len(), source));
            }
        };
        match kind {
            // What stands in a string is read as whoever parses it reads it.
            Kind::Named(_) => unescaped(segment, add),
            Kind::Apart => {
                add(segment, 0..segment.len());
                group.text.push(b'\n');
            }
        }
    }

    fn place_of(&mut self, name: u64) -> usize {
        if let Some((_, at)) = self.last.filter(|(last, _)| *last == name) {
            return at;
        }
        let at = *self.by_name.entry(name).or_insert(self.texts.len());
        if at == self.texts.len() {
            self.texts.push(Group::default());
        }
        self.last = Some((name, at));
        at
    }
}

impl Group {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.text
    }

    /// Where a part of the text came from.
    pub(super) fn places(&self, part: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let first = self.places.partition_point(|(written, _)| written.end <= part.start);
        let part = part.clone();
        let overlaps = self.places[first..].iter().take_while({
            let end = part.end;
            move |(written, _)| written.start < end
        });
        overlaps.map(move |(written, source)| {
            if written.len() != source.len() {
                return source.clone();
            }
            let skipped = part.start.saturating_sub(written.start);
            let taken = part.end.min(written.end) - written.start;
            source.start + skipped..source.start + taken
        })
    }
}

/// Reads the escapes of a string of JSON, and gives what is written by which part of it.
fn unescaped(string: &[u8], mut give: impl FnMut(&[u8], Range<usize>)) {
    let mut at = 0;
    while let Some(escape) = memchr(b'\\', &string[at..]) {
        if escape > 0 {
            give(&string[at..at + escape], at..at + escape);
        }
        at += escape;
        let (character, length) = escaped(&string[at..]);
        let mut buffer = [0; 4];
        give(character.encode_utf8(&mut buffer).as_bytes(), at..at + length);
        at += length;
    }
    if at < string.len() {
        give(&string[at..], at..string.len());
    }
}

/// The character that an escape stands for, and how many bytes the escape has.
fn escaped(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    };
    match text.get(1) {
        Some(b'u') if let Some(first) = unit(0) => {
            let second = unit(6).filter(|it| (0xdc00..0xe000).contains(it));
            match second.filter(|_| (0xd800..0xdc00).contains(&first)) {
                Some(second) => {
                    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
                }
                None => (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
            }
        }
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(&other) if other.is_ascii() => (char::from(other), 2),
        _ => ('\\', 1),
    }
}

/// The lines of a body, without their ends, and where they begin.
fn lines(body: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let ends = memchr_iter(b'\n', body).chain(Some(body.len()));
    ends.scan(0, |start, end| {
        let line = *start..end;
        *start = end + 1;
        Some(line)
    })
    .filter(|line| !line.is_empty())
    .map(|line| (line.start, body[line].trim_ascii_end()))
}

impl Pattern {
    fn of(line: &[u8]) -> Self {
        let line = line.to_vec();
        Self { seen: 1, prefix: line.len(), suffix: line.len(), line, start: 0, name: 0 }
    }

    /// Takes a line of this kind: joins the segments that have ever changed.
    fn take(&mut self, line: &[u8], groups: &mut Groups) {
        let prefix = common(line, &self.line).min(self.prefix);
        let rest = line.len().min(self.line.len()) - prefix;
        let suffix = common_at_end(line, &self.line).min(self.suffix).min(rest);
        self.seen = self.seen.saturating_add(1);
        let is_learned = self.seen > LEARNED;
        if prefix < self.prefix || self.seen == LEARNED {
            let mut cursor = Cursor { line, at: 0, name: 0 };
            let start = cursor.each(prefix, |_, _| {});
            (self.start, self.name) = (start, cursor.name);
        }
        (self.prefix, self.suffix) = (prefix, suffix);
        if is_learned {
            let until = line.len() - suffix;
            let mut cursor = Cursor { line, at: self.start, name: self.name };
            cursor.each(until, |kind, range| groups.add(kind, &line[range], 0));
        } else {
            groups.line(line, 0);
        }
    }
}

/// Walks over the segments of a line.
struct Cursor<'a> {
    line: &'a [u8],
    at: usize,
    /// The name of the member whose value comes next.
    name: u64,
}

impl Cursor<'_> {
    /// Gives each segment that begins before `until`; gives where the last one began.
    fn each(&mut self, until: usize, mut take: impl FnMut(Kind, Range<usize>)) -> usize {
        if self.at == 0 && memchr(b'"', self.line).is_none() {
            let (name, value) = field(self.line);
            take(Kind::Named(name), value);
            return 0;
        }
        let mut last = self.at;
        let mut name_at_last = self.name;
        while self.at < until {
            (last, name_at_last) = (self.at, self.name);
            let rest = &self.line[self.at..];
            if rest[0] != b'"' {
                let end = memchr(b'"', rest).unwrap_or(rest.len());
                take(Kind::Apart, self.at..self.at + end);
                self.at += end;
                continue;
            }
            let start = self.at + 1;
            let end = end_of_string(self.line, start);
            let is_name = self.line.get(end + 1) == Some(&b':')
                || self.line[(end + 1).min(self.line.len())..].trim_ascii_start().first()
                    == Some(&b':');
            if is_name {
                self.name = hash(&self.line[start..end]);
                take(Kind::Apart, start..end);
            } else {
                take(Kind::Named(self.name), start..end);
            }
            self.at = (end + 1).min(self.line.len());
        }
        self.name = name_at_last;
        last
    }
}

/// Where a string ends that begins here.
fn end_of_string(line: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(next) = line.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += next;
        if line[at] == b'"' {
            return at;
        }
        at += 2;
    }
    line.len()
}

/// The name of a field of an event stream, and where its value is; a line of another kind is a
/// value.
fn field(line: &[u8]) -> (u64, Range<usize>) {
    let Some(colon) = memchr(b':', &line[..line.len().min(KIND_BYTES)]) else {
        return (0, 0..line.len());
    };
    if !line[..colon].iter().all(u8::is_ascii_lowercase) {
        return (0, 0..line.len());
    }
    let blank = usize::from(line.get(colon + 1) == Some(&b' '));
    (hash(&line[..colon]), colon + 1 + blank..line.len())
}

/// FNV-1a (64 bits). Two names of one hash are joined, which hides nothing but the end of one text from
/// the beginning of the next.
fn hash(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
