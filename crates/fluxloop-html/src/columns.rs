//! Columns of whole numbers, and blocks of bytes as text.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Map, Value, json};

/// Columns of whole numbers, one after the other: each number in groups of seven bits (LEB128).
#[derive(Debug, Default)]
pub(crate) struct Columns {
    bytes: Vec<u8>,
    index: Map<String, Value>,
}

impl Columns {
    /// Adds a column.
    pub(crate) fn add(&mut self, name: &str, numbers: impl IntoIterator<Item = u64>) {
        let (at, mut count) = (self.bytes.len(), 0_u64);
        for number in numbers {
            write_number(&mut self.bytes, number);
            count += 1;
        }
        self.index.insert(name.to_owned(), json!([at, count]));
    }

    /// Adds a column of numbers that may be absent: zero stands for an absent number, and each
    /// other number is larger by one.
    pub(crate) fn add_some(&mut self, name: &str, numbers: impl IntoIterator<Item = Option<u64>>) {
        let numbers = numbers.into_iter();
        self.add(name, numbers.map(|number| number.map_or(0, |it| it.saturating_add(1))));
    }

    /// Where each column begins, and how many numbers it has; and the bytes.
    pub(crate) fn finish(self) -> (Value, Vec<u8>) {
        (Value::Object(self.index), self.bytes)
    }
}

/// Appends a number.
#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
pub(crate) fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Compresses bytes (raw deflate, RFC 1951), as `DecompressionStream` of browsers reads them.
pub(crate) fn deflated(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(6));
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Bytes as base64, which has no character that means something in HTML.
pub(crate) fn as_text(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Read;

    use flate2::read::DeflateDecoder;

    use super::*;

    /// Reads a number as the script does.
    pub(crate) fn read_number(bytes: &mut &[u8]) -> u64 {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let (&byte, rest) = bytes.split_first().expect("a number");
            *bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }

    /// The numbers of a column.
    pub(crate) fn column(index: &Value, bytes: &[u8], name: &str) -> Vec<u64> {
        let [at, count] = [0, 1].map(|place| index[name][place].as_u64().expect("a number"));
        let mut rest = &bytes[usize::try_from(at).expect("small")..];
        (0..count).map(|_| read_number(&mut rest)).collect()
    }

    #[test]
    fn columns_come_back() {
        let numbers = [0, 1, 127, 128, 300, u64::MAX];
        let mut columns = Columns::default();
        columns.add("a", numbers);
        columns.add_some("b", [None, Some(0), Some(127)]);
        let (index, bytes) = columns.finish();
        let packed = STANDARD.decode(as_text(&deflated(&bytes).expect("memory"))).expect("base64");
        let mut unpacked = Vec::new();
        DeflateDecoder::new(&*packed).read_to_end(&mut unpacked).expect("deflate");
        assert_eq!(column(&index, &unpacked, "a"), numbers);
        assert_eq!(column(&index, &unpacked, "b"), [0, 1, 128]);
    }
}
