//! Reads CSV: the first line names the columns.

use std::cell::Cell;
use std::collections::{HashSet, VecDeque};
use std::io::{self, Read};
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::InputFault;
use super::format::without_mark;
use super::source::{Found, MAX_RECORD_MIB, Spot, io_fault};
use super::stream::{Bytes, Reader};

/// What separates the columns when nobody says it, the usual one first.
const DELIMITERS: [u8; 3] = *b",;\t";

/// The columns of a file, and what separates them.
#[derive(Debug)]
pub(super) struct Layout {
    delimiter: u8,
    pub(super) columns: StringRecord,
    /// Where the line of the columns begins: Excel may write `sep=;` before it.
    start: u64,
}

impl Layout {
    /// Reads the line of the columns.
    pub(super) fn of(
        bytes: &Arc<Bytes>,
        delimiter: Option<u8>,
    ) -> Result<Self, (Option<u64>, InputFault)> {
        let head = bytes.head().map_err(|error| (None, io_fault(&error)))?;
        let text = without_mark(&head);
        let (named, start) = separator_line(text);
        let first = &text[start..];
        let delimiter = delimiter.or(named).unwrap_or_else(|| most_frequent(first));
        let start = if start == 0 { 0 } else { (head.len() - text.len() + start) as u64 };
        let mut layout = Self { delimiter, columns: StringRecord::new(), start };
        let mut reader = layout.reader(Limited::new(bytes, &layout), false);
        let mut columns = StringRecord::new();
        let read = reader.read_record(&mut columns);
        let first = reader.get_mut().quotes.starts.pop_front().map(|line| layout.line(line));
        read.map_err(|error| (first, fault_of(&error, &layout)))?;
        if let Some((line, fault)) = reader.get_ref().quotes.fault() {
            return Err((Some(layout.line(line)), fault));
        }
        columns = columns.iter().map(str::trim).collect();
        let mut known = HashSet::new();
        if let Some(twice) = columns.iter().find(|name| !name.is_empty() && !known.insert(*name)) {
            return Err((first, InputFault::ColumnTwice(twice.to_owned())));
        }
        // Of several columns without a name, each gets one, so that none takes another's place.
        if columns.len() - known.len() > 1 && !known.is_empty() {
            let named = columns.iter().enumerate().map(|(index, name)| match name {
                "" => format!("column {}", index + 1),
                name => name.to_owned(),
            });
            columns = named.collect::<Vec<_>>().into();
        }
        layout.columns = columns;
        Ok(layout)
    }

    fn reader<R: Read>(&self, reader: R, has_headers: bool) -> csv::Reader<R> {
        ReaderBuilder::new().delimiter(self.delimiter).has_headers(has_headers).from_reader(reader)
    }

    /// The line in the file of a line from the start on.
    fn line(&self, line: u64) -> u64 {
        line + u64::from(self.start > 0)
    }

    /// The entry of a record that was read before.
    pub(super) fn value(&self, record: &[u8]) -> Result<Value, InputFault> {
        let mut found = ByteRecord::new();
        let read = self.reader(record, false).read_byte_record(&mut found);
        read.map_err(|error| fault_of(&error, self))?;
        let record = StringRecord::from_byte_record(found).map_err(|_| InputFault::NotUtf8)?;
        Ok(self.entry(&record))
    }

    /// An empty cell is an empty text; an empty cell of a column without a name is nothing.
    fn entry(&self, record: &StringRecord) -> Value {
        let is_unnamed = |name: &str| name.is_empty() || name.starts_with("column ");
        let cells = self.columns.iter().zip(record);
        let cells = cells.filter(|(name, cell)| !(cell.is_empty() && is_unnamed(name)));
        let cell = |(column, cell): (&str, &str)| (column.to_owned(), Value::from(cell));
        Value::Object(cells.map(cell).collect::<Map<_, _>>())
    }
}

/// The separator that a first line `sep=;` names, and the length of that line.
fn separator_line(text: &[u8]) -> (Option<u8>, usize) {
    match text {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator, b'\r', b'\n', ..] => {
            (Some(*separator), 7)
        }
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator, b'\n', ..] => {
            (Some(*separator), 6)
        }
        _ => (None, 0),
    }
}

/// The separator that stands most often in the first line, outside of quotes.
fn most_frequent(text: &[u8]) -> u8 {
    let line = text.split(|byte| b"\r\n".contains(byte)).next().unwrap_or_default();
    let plain = || line.split(|byte| *byte == b'"').step_by(2);
    let count = |wanted: u8| -> usize {
        plain().map(|part| part.split(|byte| *byte == wanted).count() - 1).sum()
    };
    let usual = DELIMITERS[0];
    DELIMITERS.into_iter().fold(usual, |most, it| if count(it) > count(most) { it } else { most })
}

/// The records of a CSV file.
pub(super) struct CsvEntries {
    reader: csv::Reader<Limited>,
    layout: Arc<Layout>,
    record: StringRecord,
    /// Why the columns could not be read a second time.
    failed: Option<InputFault>,
    broken: bool,
}

impl CsvEntries {
    pub(super) fn new(bytes: &Arc<Bytes>, layout: &Arc<Layout>) -> Self {
        let mut reader = layout.reader(Limited::new(bytes, layout), true);
        // They were read before. The place of an error is right only after them.
        let failed = reader.byte_headers().err().map(|error| fault_of(&error, layout));
        reader.get_mut().quotes.starts.pop_front();
        let (layout, record) = (Arc::clone(layout), StringRecord::new());
        Self { reader, layout, record, failed, broken: false }
    }

    fn read_record(&mut self) -> Option<Found> {
        self.reader.get_ref().read.set(0);
        let read = self.reader.read_record(&mut self.record);
        let line = self.reader.get_mut().quotes.starts.pop_front();
        let line = line.map(|line| self.layout.line(line));
        if let Some((line, fault)) = self.reader.get_ref().quotes.fault() {
            self.broken = true;
            return Some(Err((Some(self.layout.line(line)), fault)));
        }
        match read {
            Ok(false) => None,
            // A row of separators alone, as Excel writes one below a table.
            Ok(true) if self.record.iter().all(|cell| cell.trim().is_empty()) => self.read_record(),
            Ok(true) => {
                let start = self.record.position().map_or(0, csv::Position::byte);
                let length = self.reader.position().byte() - start;
                let offset = self.layout.start + start;
                let spot = Spot { line: line.unwrap_or_default(), offset, length };
                Some(Ok((spot, self.layout.entry(&self.record))))
            }
            Err(error) => {
                self.broken = error.is_io_error();
                Some(Err((line, fault_of(&error, &self.layout))))
            }
        }
    }
}

impl Iterator for CsvEntries {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if let Some(failed) = self.failed.take() {
            self.broken = true;
            return Some(Err((None, failed)));
        }
        if self.broken { None } else { self.read_record() }
    }
}

/// What an error means. Its own line is not the one that an editor shows: of `\r\n` it counts both.
fn fault_of(error: &csv::Error, layout: &Layout) -> InputFault {
    match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            InputFault::RecordTooLong { mebibytes: MAX_RECORD_MIB }
        }
        csv::ErrorKind::Io(error) => io_fault(error),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => InputFault::CsvFields {
            found: *len,
            expected: *expected_len,
            separator: char::from(layout.delimiter),
        },
        _ => InputFault::NotUtf8,
    }
}

/// A reader that refuses to go on when one record takes too much.
struct Limited {
    reader: Reader,
    /// Bytes since the record began; the records' reader sets it back.
    read: Cell<u64>,
    quotes: Quotes,
}

impl Limited {
    fn new(bytes: &Arc<Bytes>, layout: &Layout) -> Self {
        let quotes = Quotes { delimiter: layout.delimiter, ..Quotes::default() };
        Self { reader: bytes.from(layout.start), read: Cell::new(0), quotes }
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read.get() > MAX_RECORD_MIB << 20 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let length = self.reader.read(buffer)?;
        self.read.set(self.read.get() + length as u64);
        self.quotes.see(&buffer[..length]);
        Ok(length)
    }
}

/// Follows the quotes, because the library takes the end of the file for a closing one, and puts up
/// with text after one; and the lines, because it counts those of Windows twice.
#[derive(Default)]
struct Quotes {
    delimiter: u8,
    place: FieldPlace,
    lines: u64,
    /// The lines of the records that were seen and not read yet.
    starts: VecDeque<u64>,
    /// The line of the last quote that was opened.
    opened: u64,
    /// The line of the first quote that ends before its field does.
    early: Option<u64>,
    at_end: bool,
}

/// Where in a field the reader is (RFC 4180, 2).
#[derive(Clone, Copy, Default, PartialEq)]
enum FieldPlace {
    /// Before the first field of a record, or in an empty line.
    #[default]
    Record,
    Start,
    Plain,
    Quoted,
    /// After a quote within quotes: the end of the field, or the first of a doubled one.
    AfterQuote,
}

impl Quotes {
    /// Follows the next bytes; without any, the file ends.
    fn see(&mut self, bytes: &[u8]) {
        self.at_end = bytes.is_empty();
        for &byte in bytes {
            let is_mark = self.lines == 0 && matches!(byte, 0xef | 0xbb | 0xbf);
            let mut place = self.place;
            if place == FieldPlace::Record && !b"\r\n".contains(&byte) && !is_mark {
                self.starts.push_back(self.lines + 1);
                place = FieldPlace::Start;
            }
            self.place = match (place, byte) {
                (FieldPlace::Start, b'"') => {
                    self.opened = self.lines + 1;
                    FieldPlace::Quoted
                }
                // A byte order mark is not part of the first field.
                (FieldPlace::Record, _) if is_mark => FieldPlace::Record,
                (FieldPlace::Quoted, b'"') => FieldPlace::AfterQuote,
                (FieldPlace::Quoted, _) | (FieldPlace::AfterQuote, b'"') => FieldPlace::Quoted,
                (_, b'\n' | b'\r') => FieldPlace::Record,
                (_, byte) if byte == self.delimiter => FieldPlace::Start,
                (FieldPlace::AfterQuote, _) => {
                    self.early.get_or_insert(self.lines + 1);
                    FieldPlace::Plain
                }
                _ => FieldPlace::Plain,
            };
            self.lines += u64::from(byte == b'\n');
        }
    }

    /// The first quote that is not as it has to be, and its line.
    fn fault(&self) -> Option<(u64, InputFault)> {
        match (self.early, &self.place) {
            (Some(line), _) => Some((line, InputFault::CsvTextAfterQuote)),
            (None, FieldPlace::Quoted) if self.at_end => Some((self.opened, InputFault::CsvQuote)),
            _ => None,
        }
    }
}
