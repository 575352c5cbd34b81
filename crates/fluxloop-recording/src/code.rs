//! How a case is written: numbers in groups of seven bits (LEB128), texts after their length, bodies
//! line by line ([`lines`]).

use crate::case::{Facts, LiveClocks, RecordedAttempt, RecordedCase, RecordedEnd, RecordedHead};
use crate::lines::{self, Kinds, Line, MAX_BODY_BYTES};

/// What is read is no recording of this version, or was damaged.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the recording is damaged, or of another version")]
pub struct Damaged;

/// The layout of a case.
const VERSION: u64 = 2;

/// How many bytes the checksum at the end of a case has.
const SUM_BYTES: usize = 8;

/// FNV-1a (64 bits) over eight bytes at a time: finds what a disk or a program has changed, not what
/// somebody has.
fn checksum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<SUM_BYTES>();
    let mut last = [0; SUM_BYTES];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().copied().chain([last, (bytes.len() as u64).to_le_bytes()]);
    words.fold(0xcbf2_9ce4_8422_2325, |sum, word| {
        let sum = (sum ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3);
        sum ^ sum >> 32
    })
}

/// Appends a case, with its checksum.
pub(crate) fn write(case: &RecordedCase, out: &mut Vec<u8>) {
    let start = out.len();
    write_case(case, out);
    let sum = checksum(&out[start..]);
    out.extend_from_slice(&sum.to_le_bytes());
}

fn write_case(case: &RecordedCase, out: &mut Vec<u8>) {
    let mut out = Out(out);
    out.number(VERSION);
    let id = case.trace_id.to_be_bytes();
    out.0.extend_from_slice(&id);
    out.numbers([case.case_index, case.due, case.closed, case.attempts.len() as u64]);
    case.attempts.iter().for_each(|attempt| out.attempt(attempt));
}

/// Reads a case; all bytes are its.
pub(crate) fn read(bytes: &[u8]) -> Result<RecordedCase, Damaged> {
    let (bytes, sum) = bytes.split_last_chunk::<SUM_BYTES>().ok_or(Damaged)?;
    if checksum(bytes) != u64::from_le_bytes(*sum) {
        return Err(Damaged);
    }
    let mut bytes = In(bytes);
    if bytes.number()? != VERSION {
        return Err(Damaged);
    }
    let id = bytes.take(16)?.try_into().map_err(|_| Damaged)?;
    let trace_id = u128::from_be_bytes(id);
    let [case_index, due, closed] = [bytes.number()?, bytes.number()?, bytes.number()?];
    let attempts = bytes.list(In::attempt)?;
    if bytes.0.is_empty() {
        Ok(RecordedCase { trace_id, case_index, due, closed, attempts })
    } else {
        Err(Damaged)
    }
}

struct Out<'a>(&'a mut Vec<u8>);

impl Out<'_> {
    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn numbers<const N: usize>(&mut self, numbers: [u64; N]) {
        for number in numbers {
            self.number(number);
        }
    }

    /// Zero is no number.
    fn maybe(&mut self, number: Option<u64>) {
        self.number(number.map_or(0, |number| number.saturating_add(1)));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: Option<&str>) {
        self.maybe(text.map(|text| text.len() as u64));
        self.0.extend_from_slice(text.unwrap_or_default().as_bytes());
    }

    fn attempt(&mut self, attempt: &RecordedAttempt) {
        let RecordedAttempt { facts, head, chunks, body } = attempt;
        self.facts(facts);
        self.number(u64::from(head.is_some()));
        if let Some(head) = head {
            self.head(head);
        }
        self.number(chunks.len() as u64);
        let mut before = 0;
        for &(at, bytes) in chunks {
            self.number(at.saturating_sub(before));
            self.number(bytes);
            before = at;
        }
        self.body(body);
    }

    /// Each line: 0, or the place of its kind plus 1 with what it has in common; then what is left.
    fn body(&mut self, body: &[u8]) {
        lines::split(body, |Line { like, middle }| {
            match like {
                None => self.number(0),
                Some((place, prefix, suffix)) => {
                    self.numbers([place as u64 + 1, prefix as u64, suffix as u64]);
                }
            }
            self.bytes(middle);
        });
    }

    fn facts(&mut self, facts: &Facts) {
        let Facts { started, waited, connect, ended, end, redirects, clocks, .. } = *facts;
        let flags = [
            facts.was_connecting,
            facts.resent,
            facts.became_get,
            facts.is_proxied,
            facts.is_from_proxy,
            facts.is_end_known,
        ];
        let flags = flags.iter().rev().fold(0, |bits, &flag| bits << 1 | u64::from(flag));
        self.numbers([started, waited, ended, number_of(end), flags, redirects.into()]);
        let LiveClocks { attempt, idle, event, guard } = clocks;
        for clock in [connect, attempt, idle, event, guard] {
            self.maybe(clock);
        }
    }

    fn head(&mut self, head: &RecordedHead) {
        let RecordedHead { at, status, media_type, charset, headers, waits, proves_end } = head;
        self.numbers([*at, u64::from(*status), u64::from(*proves_end)]);
        for wait in waits {
            self.maybe(*wait);
        }
        self.text(media_type.as_deref());
        self.text(charset.as_deref());
        self.number(headers.len() as u64);
        for (name, value) in headers {
            self.bytes(name.as_bytes());
            self.bytes(value.as_bytes());
        }
    }
}

const ENDS: [RecordedEnd; 5] = [
    RecordedEnd::Clean,
    RecordedEnd::Enough,
    RecordedEnd::Broken,
    RecordedEnd::Late,
    RecordedEnd::Stopped,
];

fn number_of(end: RecordedEnd) -> u64 {
    ENDS.iter().zip(0..).find_map(|(it, number)| (*it == end).then_some(number)).unwrap_or(0)
}

struct In<'a>(&'a [u8]);

impl<'a> In<'a> {
    fn number(&mut self) -> Result<u64, Damaged> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(Damaged)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged)
    }

    fn maybe(&mut self) -> Result<Option<u64>, Damaged> {
        self.number().map(|number| number.checked_sub(1))
    }

    fn flag(&mut self) -> Result<bool, Damaged> {
        self.number().map(|number| number != 0)
    }

    fn take(&mut self, bytes: u64) -> Result<&'a [u8], Damaged> {
        let bytes = usize::try_from(bytes).map_err(|_| Damaged)?;
        let (taken, rest) = self.0.split_at_checked(bytes).ok_or(Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn bytes(&mut self) -> Result<&'a [u8], Damaged> {
        let bytes = self.number()?;
        self.take(bytes)
    }

    fn string(&mut self) -> Result<String, Damaged> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|_| Damaged)
    }

    fn text(&mut self) -> Result<Option<String>, Damaged> {
        let Some(bytes) = self.maybe()? else { return Ok(None) };
        String::from_utf8(self.take(bytes)?.to_vec()).map(Some).map_err(|_| Damaged)
    }

    /// Each item has a byte or more, so a number that lies cannot ask for more memory than there is
    /// data.
    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, Damaged>,
    ) -> Result<Vec<T>, Damaged> {
        let count = self.number()?;
        if count > self.0.len() as u64 {
            return Err(Damaged);
        }
        (0..count).map(|_| item(self)).collect()
    }

    fn attempt(&mut self) -> Result<RecordedAttempt, Damaged> {
        let facts = self.facts()?;
        let head = if self.flag()? { Some(self.head()?) } else { None };
        let mut before = 0_u64;
        let chunks = self.list(|it| {
            before = before.saturating_add(it.number()?);
            Ok((before, it.number()?))
        })?;
        let total = chunks.iter().fold(0_u64, |sum, (_, bytes)| sum.saturating_add(*bytes));
        let body = self.body(total)?;
        Ok(RecordedAttempt { facts, head, chunks, body })
    }

    /// Reads the lines of a body that has this length. Few bytes may stand for many, so the length is
    /// limited, and memory is taken as the body grows.
    fn body(&mut self, total: u64) -> Result<Vec<u8>, Damaged> {
        if total > MAX_BODY_BYTES {
            return Err(Damaged);
        }
        let (mut body, mut kinds) = (Vec::new(), Kinds::default());
        loop {
            let start = body.len();
            let (mut place, mut suffix) = (None, 0..0);
            if let Some(like) = self.number()?.checked_sub(1) {
                let like = usize::try_from(like).map_err(|_| Damaged)?;
                let (from, to) = kinds.line(like).ok_or(Damaged)?;
                let [before, after] = [self.number()?, self.number()?];
                let lengths = usize::try_from(before).ok().zip(usize::try_from(after).ok());
                let (before, after) = lengths.ok_or(Damaged)?;
                if before.checked_add(after).is_none_or(|both| both > to - from) {
                    return Err(Damaged);
                }
                place = Some(like);
                suffix = to - after..to;
                body.extend_from_within(from..from + before);
            }
            body.extend_from_slice(self.bytes()?);
            body.extend_from_within(suffix);
            if body.len() as u64 > total {
                return Err(Damaged);
            }
            // A kind is known by the first bytes of a line.
            if place.is_some() && body.len() - start < lines::KIND_BYTES {
                return Err(Damaged);
            }
            kinds.note(place, start, body.len());
            // The last line is the one without an end; it may be empty.
            if body.last() != Some(&b'\n') || body.len() == start {
                break;
            }
        }
        if body.len() as u64 == total { Ok(body) } else { Err(Damaged) }
    }

    fn facts(&mut self) -> Result<Facts, Damaged> {
        let [started, waited, ended] = [self.number()?, self.number()?, self.number()?];
        let end = usize::try_from(self.number()?).ok().and_then(|at| ENDS.get(at));
        let (end, flags) = (*end.ok_or(Damaged)?, self.number()?);
        let flag = |bit: u32| flags >> bit & 1 == 1;
        let redirects = u8::try_from(self.number()?).map_err(|_| Damaged)?;
        let connect = self.maybe()?;
        let [attempt, idle] = [self.maybe()?, self.maybe()?];
        let [event, guard] = [self.maybe()?, self.maybe()?];
        Ok(Facts {
            started,
            waited,
            connect,
            ended,
            end,
            was_connecting: flag(0),
            resent: flag(1),
            became_get: flag(2),
            redirects,
            is_proxied: flag(3),
            is_from_proxy: flag(4),
            is_end_known: flag(5),
            clocks: LiveClocks { attempt, idle, event, guard },
        })
    }

    fn head(&mut self) -> Result<RecordedHead, Damaged> {
        let at = self.number()?;
        let status = u16::try_from(self.number()?).map_err(|_| Damaged)?;
        let proves_end = self.flag()?;
        let waits = [self.maybe()?, self.maybe()?];
        let (media_type, charset) = (self.text()?, self.text()?);
        let headers = self.list(|it| Ok((it.string()?, it.string()?)))?;
        Ok(RecordedHead { at, status, media_type, charset, headers, waits, proves_end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> RecordedCase {
        let head = RecordedHead {
            at: 3,
            status: 200,
            media_type: Some("text/event-stream".to_owned()),
            charset: None,
            headers: vec![("date".to_owned(), String::new())],
            waits: [None, Some(0)],
            proves_end: true,
        };
        let facts = Facts {
            started: 1 << 40,
            connect: Some(0),
            end: RecordedEnd::Late,
            is_end_known: true,
            clocks: LiveClocks { idle: Some(u64::MAX - 1), ..LiveClocks::default() },
            ..Facts::default()
        };
        let attempt = RecordedAttempt {
            facts,
            head: Some(head),
            chunks: vec![(5, 2), (5, 0), (9, 1)],
            body: b"a\xffc".to_vec(),
        };
        RecordedCase {
            trace_id: u128::MAX - 1,
            case_index: 300,
            due: 1_796_000_000_000_000_000,
            closed: 7,
            attempts: vec![attempt, RecordedAttempt::default()],
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let mut bytes = Vec::new();
        write(&case(), &mut bytes);
        assert_eq!(read(&bytes), Ok(case()));
        let again = read(&bytes).expect("it is whole");
        let chunks: Vec<_> = again.attempts[0].chunks().collect();
        assert_eq!(chunks, [(5, &b"a\xff"[..]), (5, b""), (9, b"c")]);
    }

    /// Bodies of lines that are like each other or not, with and without a last line end.
    #[test]
    fn every_body_is_read_as_it_was() {
        for seed in 0..3_000 {
            let mut chance = fastrand::Rng::with_seed(seed);
            let words = [
                "data: {\"id\":\"chatcmpl-1\",\"t\":\"",
                "event: a",
                "\n",
                "\n\n",
                "x",
                "\"}",
                "\r",
                "é",
            ];
            let body: String =
                (0..chance.usize(0..60)).map(|_| words[chance.usize(0..words.len())]).collect();
            let body = body.into_bytes();
            let chunks = vec![(0, body.len() as u64)];
            let attempt = RecordedAttempt { chunks, body, ..RecordedAttempt::default() };
            let case = RecordedCase { attempts: vec![attempt], ..RecordedCase::default() };
            let mut bytes = Vec::new();
            write(&case, &mut bytes);
            assert_eq!(read(&bytes), Ok(case), "seed {seed}");
        }
    }

    /// A line of a megabyte, and a hundred thousand more that say they are like it.
    #[test]
    fn a_body_that_would_fill_the_memory_is_damaged() {
        let mut bytes = Vec::new();
        let mut out = Out(&mut bytes);
        let mut line = vec![b'a'; 1 << 20];
        line.push(b'\n');
        out.number(0);
        out.bytes(&line);
        for _ in 0..100_000 {
            out.numbers([1, line.len() as u64, 0, 0]);
        }
        assert_eq!(In(&bytes).body(1 << 37), Err(Damaged));
        assert_eq!(In(&bytes).body(1 << 22), Err(Damaged));
    }

    #[test]
    fn what_is_cut_or_changed_is_damaged_or_another_case_and_never_a_panic() {
        let mut bytes = Vec::new();
        write(&case(), &mut bytes);
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end]), Err(Damaged), "{end}");
        }
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                assert_eq!(read(&other), Err(Damaged), "{at} {bit}");
                // Nor does what is changed with its checksum lead to a panic.
                let end = other.len() - SUM_BYTES;
                let sum = checksum(&other[..end]);
                other[end..].copy_from_slice(&sum.to_le_bytes());
                let _ = read(&other);
            }
        }
        bytes.push(0);
        assert_eq!(read(&bytes), Err(Damaged));
    }
}
