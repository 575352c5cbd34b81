//! Where inputs come from: lists in memory and files on disk, one after the other.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use fluxloop_plan::Fingerprint;
use serde_json::Value;

use super::csv::{CsvEntries, Layout};
use super::document::Items;
use super::format::Format;
use super::json_lines::{self, JsonLines};
use super::stream::{Bytes, CHANGED};
use super::{InputError, InputFault};
use crate::{Origin, Position};

/// The longest line or record, in MiB. Without a limit, a missing line end or quote would make the
/// whole file one record.
pub(super) const MAX_RECORD_MIB: u64 = 64;

/// The largest YAML or JSON file that is read as a whole, in bytes.
pub(super) const MAX_DOCUMENT_BYTES: u64 = 1 << 30;

/// The inputs as they were written, in their order.
#[derive(Debug, Default)]
pub(super) struct Source {
    parts: Vec<Part>,
    /// Where each part ends, in the units of [`At`].
    ends: Vec<u64>,
}

/// A list, or a file.
#[derive(Debug)]
pub(super) struct Part {
    /// The file; a list of the configuration has the origins of its items.
    pub(super) shown: Option<Arc<Path>>,
    pub(super) kind: Kind,
    pub(super) format: Format,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// Values that were read as a whole, and the hash of what they were written in.
    List(Items, Fingerprint),
    /// A value in each line.
    Lines(Arc<Bytes>, Writer),
    /// Records with these columns.
    Cells(Arc<Bytes>, Arc<Layout>),
}

/// Who wrote a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Writer {
    /// A person or another program, who may have meant another format.
    Another,
    /// This program: each line is a value, whatever it looks like.
    Itself,
}

/// Where a record is, in 16 bytes: a place that counts through all parts, in bytes of a file and
/// items of a list, the length in bytes, and the number of the record.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct At {
    pub(super) number: u32,
    pub(super) length: u32,
    pub(super) offset: u64,
}

/// A record.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) part: usize,
    pub(super) origin: Origin,
    pub(super) at: At,
    pub(super) value: Value,
}

/// A record of one file: its line, where it is in the file, and what it holds.
pub(super) type Found = Result<(Spot, Value), (Option<u64>, InputFault)>;

/// The line, the first byte and the length of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) line: u64,
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl Part {
    /// Its length in the units of [`At`].
    fn length(&self) -> u64 {
        match &self.kind {
            Kind::List(items, _) => items.len() as u64,
            Kind::Lines(bytes, _) | Kind::Cells(bytes, _) => bytes.length(),
        }
    }

    /// A line of it, or all of it.
    pub(super) fn origin(&self, line: Option<u64>) -> Origin {
        let line = line.and_then(|line| usize::try_from(line).ok());
        let path = self.shown.clone().unwrap_or_else(|| Path::new("").into());
        Origin::File { path, position: line.map(|line| Position { line, column: 1 }) }
    }

    fn records(&self) -> Box<dyn Iterator<Item = Found> + Send> {
        match &self.kind {
            Kind::List(..) => Box::new(std::iter::empty()),
            Kind::Lines(bytes, writer) => Box::new(JsonLines::new(bytes.from(0), *writer)),
            Kind::Cells(bytes, layout) => Box::new(CsvEntries::new(bytes, layout)),
        }
    }
}

impl Source {
    pub(super) fn new(parts: Vec<Part>) -> Arc<Self> {
        let mut end = 0;
        let ends = parts.iter().map(|part| {
            end += part.length();
            end
        });
        let ends = ends.collect();
        Arc::new(Self { parts, ends })
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether no file is read.
    pub(super) fn is_in_memory(&self) -> bool {
        self.parts.iter().all(|part| matches!(part.kind, Kind::List(..)))
    }

    /// All records, from the first one on.
    pub(super) fn records(self: &Arc<Self>) -> Records {
        Records { source: Arc::clone(self), part: 0, item: 0, base: 0, file: None, number: 0 }
    }

    /// The record at a place that [`records`](Self::records) has given.
    pub(super) fn record(&self, at: At) -> Result<Record, InputError> {
        let index = self.ends.partition_point(|end| *end <= at.offset);
        let part = &self.parts[index];
        let offset = at.offset - index.checked_sub(1).map_or(0, |before| self.ends[before]);
        let (origin, value) = match &part.kind {
            Kind::List(items, _) => {
                let (origin, value) = &items[usize::try_from(offset).expect("an index")];
                (origin.clone(), Ok(value.clone()))
            }
            Kind::Lines(bytes, writer) => (
                part.origin(None),
                slice(bytes, offset, at.length).and_then(|it| json_lines::value(&it, *writer)),
            ),
            Kind::Cells(bytes, layout) => (
                part.origin(None),
                slice(bytes, offset, at.length).and_then(|it| layout.value(&it)),
            ),
        };
        match value {
            Ok(value) => Ok(Record { part: index, origin, at, value }),
            Err(fault) => Err(InputError { origin, fault }),
        }
    }
}

fn slice(bytes: &Arc<Bytes>, offset: u64, length: u32) -> Result<Vec<u8>, InputFault> {
    let mut slice = Vec::with_capacity(length as usize);
    let read = bytes.from(offset).take(length.into()).read_to_end(&mut slice);
    read.map(|_| slice).map_err(|error| io_fault(&error))
}

/// What an error of a file means.
pub(super) fn io_fault(error: &std::io::Error) -> InputFault {
    match error.kind() {
        CHANGED => InputFault::Changed,
        kind => InputFault::Unreadable(kind),
    }
}

/// All records of a source.
pub(super) struct Records {
    source: Arc<Source>,
    part: usize,
    item: usize,
    base: u64,
    file: Option<Box<dyn Iterator<Item = Found> + Send>>,
    number: u32,
}

impl Records {
    fn place(&mut self, offset: u64, length: u64) -> At {
        let at = At {
            number: self.number,
            // A record is at most 64 MiB long.
            length: u32::try_from(length).unwrap_or(u32::MAX),
            offset: self.base + offset,
        };
        self.number += 1;
        at
    }
}

impl Iterator for Records {
    type Item = Result<Record, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        let source = Arc::clone(&self.source);
        while let Some(part) = source.parts.get(self.part) {
            let index = self.part;
            if let Kind::List(items, _) = &part.kind {
                if let Some((origin, value)) = items.get(self.item) {
                    let at = self.place(self.item as u64, 0);
                    self.item += 1;
                    let (origin, value) = (origin.clone(), value.clone());
                    return Some(Ok(Record { part: index, origin, at, value }));
                }
            } else {
                match self.file.get_or_insert_with(|| part.records()).next() {
                    Some(Ok((spot, value))) => {
                        let at = self.place(spot.offset, spot.length);
                        let origin = part.origin(Some(spot.line));
                        return Some(Ok(Record { part: index, origin, at, value }));
                    }
                    Some(Err((line, fault))) => {
                        return Some(Err(InputError { origin: part.origin(line), fault }));
                    }
                    None => {}
                }
            }
            self.base += part.length();
            (self.part, self.item, self.file) = (self.part + 1, 0, None);
        }
        None
    }
}
