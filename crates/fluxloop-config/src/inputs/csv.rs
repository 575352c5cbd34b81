//! Reads CSV: the first line names the columns.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::InputFault;
use super::entry::{MAX_RECORD_MIB, Record};

/// The records of a CSV file.
pub(super) struct CsvEntries<R> {
    reader: csv::Reader<Limited<R>>,
    columns: Option<StringRecord>,
    record: StringRecord,
    read: Arc<AtomicU64>,
    broken: bool,
}

impl<R: BufRead> CsvEntries<R> {
    pub(super) fn new(reader: R) -> Self {
        let read = Arc::new(AtomicU64::new(0));
        let limited = Limited { reader, read: Arc::clone(&read), quotes: Quotes::default() };
        let reader = ReaderBuilder::new().from_reader(limited);
        Self { reader, columns: None, record: StringRecord::new(), read, broken: false }
    }

    /// The names of the columns, one of which is `input`.
    fn columns(&mut self) -> Result<StringRecord, (Option<u64>, InputFault)> {
        let headers = self.reader.headers().map_err(|error| fault_of(&error))?.clone();
        let columns: StringRecord = headers.iter().map(str::trim).collect();
        if columns.iter().any(|column| column == "input") {
            Ok(columns)
        } else {
            Err((Some(1), InputFault::NoInputColumn))
        }
    }

    fn read_record(&mut self) -> Option<Record> {
        let columns = match &self.columns {
            Some(columns) => columns,
            None => match self.columns() {
                Ok(columns) => self.columns.insert(columns),
                Err(fault) => {
                    self.broken = true;
                    return Some(Err(fault));
                }
            },
        };
        self.read.store(0, Ordering::Relaxed);
        let read = self.reader.read_record(&mut self.record);
        if let Some(line) = self.reader.get_ref().quotes.open_at_end() {
            self.broken = true;
            return Some(Err((Some(line), InputFault::CsvQuote)));
        }
        match read {
            Ok(false) => None,
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line);
                Some(
                    entry_of(columns, &self.record)
                        .map(|value| (line, value))
                        .map_err(|fault| (Some(line), fault)),
                )
            }
            Err(error) => {
                self.broken = error.is_io_error();
                Some(Err(fault_of(&error)))
            }
        }
    }
}

impl<R: BufRead> Iterator for CsvEntries<R> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.broken { None } else { self.read_record() }
    }
}

/// An entry of a record. An empty field is as good as absent, but for the text itself; lists and
/// mappings are written as JSON.
fn entry_of(columns: &StringRecord, record: &StringRecord) -> Result<Value, InputFault> {
    let mut members = Map::new();
    for (column, field) in columns.iter().zip(record) {
        if field.is_empty() && column != "input" {
            continue;
        }
        let value = match column {
            "messages" | "metadata" => json(column, field)?,
            "context" if field.starts_with(['{', '[']) => json(column, field)?,
            _ => Value::String(field.to_owned()),
        };
        members.insert(column.to_owned(), value);
    }
    Ok(Value::Object(members))
}

fn json(column: &str, field: &str) -> Result<Value, InputFault> {
    serde_json::from_str(field).map_err(|_| match column {
        "messages" => InputFault::WrongType { key: "messages", expected: "a list, as JSON" },
        "metadata" => InputFault::WrongType { key: "metadata", expected: "a mapping, as JSON" },
        _ => InputFault::WrongType { key: "context", expected: "text or JSON" },
    })
}

fn fault_of(error: &csv::Error) -> (Option<u64>, InputFault) {
    let line = error.position().map(csv::Position::line);
    let fault = match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            InputFault::RecordTooLong { mebibytes: MAX_RECORD_MIB }
        }
        csv::ErrorKind::Io(error) => InputFault::Unreadable(error.kind()),
        csv::ErrorKind::Utf8 { .. } => InputFault::NotUtf8,
        _ => InputFault::CsvFields,
    };
    (line, fault)
}

/// A reader that refuses to go on when one record takes too much.
struct Limited<R> {
    reader: R,
    /// Bytes since the record began; the records' reader sets it back.
    read: Arc<AtomicU64>,
    quotes: Quotes,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read.load(Ordering::Relaxed) > MAX_RECORD_MIB << 20 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let length = self.reader.read(buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        self.quotes.see(&buffer[..length]);
        Ok(length)
    }
}

/// Follows the quotes, because the library takes the end of the file for a closing one.
#[derive(Default)]
struct Quotes {
    place: FieldPlace,
    lines: u64,
    /// The line of the last quote that was opened.
    opened: u64,
    at_end: bool,
}

/// Where in a field the reader is (RFC 4180, 2).
#[derive(Default)]
enum FieldPlace {
    #[default]
    Start,
    Plain,
    Quoted,
    /// Behind a quote within quotes: the end of the field, or the first of a doubled one.
    BehindQuote,
}

impl Quotes {
    /// Follows the next bytes; none are the end.
    fn see(&mut self, bytes: &[u8]) {
        self.at_end = bytes.is_empty();
        for byte in bytes {
            self.place = match (&self.place, byte) {
                (FieldPlace::Start, b'"') => {
                    self.opened = self.lines + 1;
                    FieldPlace::Quoted
                }
                // A byte order mark is no part of the first field.
                (FieldPlace::Start, 0xef | 0xbb | 0xbf) if self.lines == 0 => FieldPlace::Start,
                (FieldPlace::Quoted, b'"') => FieldPlace::BehindQuote,
                (FieldPlace::Quoted, _) | (FieldPlace::BehindQuote, b'"') => FieldPlace::Quoted,
                (_, b',' | b'\n' | b'\r') => FieldPlace::Start,
                _ => FieldPlace::Plain,
            };
            self.lines += u64::from(*byte == b'\n');
        }
    }

    /// The line of a quote that is still open at the end of the file.
    fn open_at_end(&self) -> Option<u64> {
        (self.at_end && matches!(self.place, FieldPlace::Quoted)).then_some(self.opened)
    }
}
