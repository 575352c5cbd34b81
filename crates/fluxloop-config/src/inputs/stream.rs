//! Files of inputs that are read as a stream, twice: to check them, and to run them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use fluxloop_plan::Fingerprint;

use super::csv::CsvEntries;
use super::entry::{Entry, Record, Rules, entry};
use super::ids::{Ids, Verdict};
use super::json_lines::JsonLines;
use super::{InputError, InputFault};
use crate::report::Report;
use crate::{Origin, Position};

/// How many faults are worth telling.
const MAX_FAULTS: usize = 20;

/// How a file is to be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    /// One JSON value in each line.
    JsonLines,
    /// Comma separated values (RFC 4180), the first line names the columns.
    Csv,
}

/// A file of inputs, as it was when it was checked.
#[derive(Debug)]
pub(super) struct StreamFile {
    path: PathBuf,
    shown: Arc<Path>,
    format: Format,
    length: u64,
    modified: Option<SystemTime>,
}

/// What the first pass found.
#[derive(Debug)]
pub(super) struct Census {
    /// Entries that are selected.
    pub(super) selected: u64,
    /// Whether there is nothing in the file, not even something wrong.
    pub(super) is_empty: bool,
    /// The personas that entries name.
    pub(super) personas: BTreeSet<String>,
    /// The fingerprint of the file.
    pub(super) fingerprint: Fingerprint,
}

impl StreamFile {
    /// Opens a file. Only a regular one can be read twice.
    pub(super) fn open(path: PathBuf, shown: Arc<Path>, format: Format) -> io::Result<Self> {
        let metadata = File::open(&path)?.metadata()?;
        if !metadata.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let (length, modified) = (metadata.len(), metadata.modified().ok());
        Ok(Self { path, shown, format, length, modified })
    }

    /// Reads the file from the beginning.
    pub(super) fn records(&self) -> io::Result<Box<dyn Iterator<Item = Record> + Send>> {
        let file = File::open(&self.path)?;
        Ok(self.read(BufReader::with_capacity(1 << 16, file)))
    }

    fn read(
        &self,
        reader: impl io::BufRead + Send + 'static,
    ) -> Box<dyn Iterator<Item = Record> + Send> {
        match self.format {
            Format::JsonLines => Box::new(JsonLines::new(reader)),
            Format::Csv => Box::new(CsvEntries::new(reader)),
        }
    }

    /// Whether the file is another one than when it was checked.
    pub(super) fn has_changed(&self) -> bool {
        let now = std::fs::metadata(&self.path);
        now.map_or(true, |now| now.len() != self.length || now.modified().ok() != self.modified)
    }

    /// An error of this file.
    pub(super) fn error(&self, line: Option<u64>, fault: InputFault) -> InputError {
        InputError { origin: self.origin(line), fault }
    }

    fn origin(&self, line: Option<u64>) -> Origin {
        let line = line.and_then(|line| usize::try_from(line).ok());
        let position = line.map(|line| Position { line, column: 1 });
        Origin::File { path: Arc::clone(&self.shown), position }
    }

    /// The first pass: checks every entry, counts, and hashes the file.
    pub(super) fn census(&self, rules: &Rules, report: &mut Report) -> io::Result<Census> {
        let mut census = Census {
            selected: 0,
            is_empty: true,
            personas: BTreeSet::new(),
            fingerprint: self.fingerprint()?,
        };
        let mut ids = Ids::default();
        let mut faults = 0;
        for record in self.records()? {
            census.is_empty = false;
            match record.and_then(|(line, value)| entry(value).map_err(|it| (Some(line), it))) {
                Ok(entry) => census.count(&entry, rules, &mut ids),
                Err((line, fault)) => {
                    faults += 1;
                    let fault = if faults > MAX_FAULTS { InputFault::More } else { fault };
                    report.fault(&self.origin(line), "", fault);
                    if faults > MAX_FAULTS {
                        break;
                    }
                }
            }
        }
        let suspects = ids.suspects();
        if faults == 0 && !suspects.is_empty() {
            self.report_duplicates(Verdict::new(suspects), report)?;
        }
        Ok(census)
    }

    fn report_duplicates(&self, mut verdict: Verdict, report: &mut Report) -> io::Result<()> {
        let mut faults = 0;
        let entries = self.records()?.filter_map(Result::ok);
        for (number, (line, value)) in entries.enumerate() {
            let Ok(entry) = entry(value) else { continue };
            let id = entry.id.unwrap_or_else(|| number.to_string());
            if let Some(first) = verdict.look(&id, || format!("in line {line}")) {
                faults += 1;
                let fault = InputFault::DuplicateId { first: first.to_owned() };
                report.fault(&self.origin(Some(line)), "", fault);
                if faults == MAX_FAULTS {
                    break;
                }
            }
        }
        Ok(())
    }

    fn fingerprint(&self) -> io::Result<Fingerprint> {
        let mut file = File::open(&self.path)?;
        let mut fingerprint = Fingerprint::default();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(fingerprint),
                length => fingerprint.add(&buffer[..length]),
            }
        }
    }
}

impl Census {
    fn count(&mut self, entry: &Entry, rules: &Rules, ids: &mut Ids) {
        ids.add(entry.id.as_deref());
        self.selected += u64::from(rules.selects(&entry.input));
        if let Some(persona) = &entry.input.persona
            && self.personas.len() < MAX_PERSONAS
            && !self.personas.contains(persona)
        {
            self.personas.insert(persona.clone());
        }
    }
}

/// How many personas are remembered for messages, and for the check of `-p`.
const MAX_PERSONAS: usize = 10_000;
