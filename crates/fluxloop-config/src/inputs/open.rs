//! Opens the files of inputs.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use super::csv::Layout;
use super::format::{Format, not_text, without_mark};
use super::section::Section;
use super::source::{Kind, MAX_DOCUMENT_BYTES, Part, io_fault};
use super::stream::Bytes;
use super::{InputFault, STANDARD_INPUT, document};
use crate::error::{Fault, Oddity};
use crate::resolve::{NamedFile, Reader};
use crate::yaml::Node;
use crate::{LoadOptions, Origin, layers};

/// From this size on a file that is read as a whole draws a warning, in bytes.
const LARGE_BYTES: u64 = 100_000_000;

/// What was opened.
pub(super) struct Opened {
    pub(super) parts: Vec<Part>,
    pub(super) is_standard_input: bool,
}

/// Opens what the value of a key names; what is wrong goes into the report.
pub(super) fn open(
    reader: &mut Reader<'_>,
    key: &'static str,
    section: &Section,
    options: &LoadOptions,
) -> Option<Opened> {
    let node = reader.node(key)?;
    let named = reader.files(key)?;
    if named.iter().any(|file| file.written == STANDARD_INPUT) {
        if named.len() > 1 {
            reader.fault(node, key, InputFault::StandardInputAlone.into());
            return None;
        }
        let part = standard_input(reader, node, key, section, options)?;
        return Some(Opened { parts: vec![part], is_standard_input: true });
    }
    let mut files = Vec::new();
    for file in named {
        files.extend(matching(reader, node, key, file)?);
    }
    let parts = files.into_iter().map(|file| {
        let opened = regular(&file.path).and_then(Bytes::of);
        match opened {
            Ok(bytes) => {
                let extension = file.path.extension().unwrap_or_default().to_string_lossy();
                let format = section.format.or_else(|| Format::named(&extension));
                part(reader, (node, key), bytes, &file.shown, format, section)
            }
            Err(error) => {
                let fault = unreadable(&file, &error);
                reader.fault(node, key, fault);
                None
            }
        }
    });
    // Every file is looked at before a wrong one ends it.
    let parts: Vec<Option<Part>> = parts.collect();
    let parts: Option<Vec<Part>> = parts.into_iter().collect();
    parts.map(|parts| Opened { parts, is_standard_input: false })
}

/// The files that a name stands for: itself, or those that fit it as a pattern.
fn matching(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    file: NamedFile,
) -> Option<Vec<NamedFile>> {
    let is_pattern = file.written.contains(['*', '?', '[']) && !file.path.exists();
    if !is_pattern {
        return Some(vec![file]);
    }
    let Ok(found) = glob::glob(&file.path.to_string_lossy()) else {
        reader.fault(node, key, InputFault::Pattern.into());
        return None;
    };
    let mut paths: Vec<_> = found.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    paths.sort();
    if paths.is_empty() {
        reader.fault(node, key, InputFault::NoFileFits.into());
        return None;
    }
    let named = |path: std::path::PathBuf| {
        let shown = layers::shown(&path, reader.current_dir);
        NamedFile { written: String::new(), shown, path }
    };
    Some(paths.into_iter().map(named).collect())
}

/// A file that can be read again and again.
fn regular(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    match file.metadata()? {
        it if it.is_file() => Ok(file),
        it if it.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Why a file cannot be read, and which one was probably meant.
fn unreadable(file: &NamedFile, error: &io::Error) -> Fault {
    let (path, kind) = (file.shown.clone(), error.kind());
    let is_absent = kind == io::ErrorKind::NotFound;
    let near = is_absent.then(|| layers::near_file(&file.path)).flatten();
    Fault::InputsUnreadable { path, kind, near }
}

/// Standard input, or what was kept of it.
fn standard_input(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    section: &Section,
    options: &LoadOptions,
) -> Option<Part> {
    let (bytes, shown, format) = match &options.saved_input {
        Some(path) => {
            let shown = layers::shown(path, reader.current_dir);
            (regular(path).and_then(Bytes::of), shown, Some(Format::JsonLines))
        }
        None => (spooled().and_then(Bytes::of), "standard input".into(), section.format),
    };
    match bytes {
        Ok(bytes) => part(reader, (node, key), bytes, &shown, format, section),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            reader.fault(node, key, InputFault::NoSavedInput.into());
            None
        }
        Err(error) => {
            reader.fault(node, key, InputFault::Unreadable(error.kind()).into());
            None
        }
    }
}

/// Standard input in a file without a name, which nobody else can open.
fn spooled() -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut io::stdin().lock(), &mut file)?;
    Ok(file)
}

/// Finds out how a file is read, and reads what has to be read as a whole.
fn part(
    reader: &mut Reader<'_>,
    (node, key): (&Node, &str),
    bytes: Arc<Bytes>,
    shown: &Path,
    format: Option<Format>,
    section: &Section,
) -> Option<Part> {
    let shown: Arc<Path> = shown.into();
    let origin = Origin::file(&shown);
    let report = &mut reader.report;
    let head = match bytes.head() {
        Ok(head) => head,
        Err(error) => {
            report.fault(&origin, "", io_fault(&error));
            return None;
        }
    };
    if let Some(fault) = not_text(&head) {
        report.fault(&origin, "", fault);
        return None;
    }
    let empty = || InputFault::Empty { smallest: format.unwrap_or(Format::Yaml).smallest() };
    if bytes.length() <= head.len() as u64 && without_mark(&head).trim_ascii().is_empty() {
        report.fault(&origin, "", empty());
        return None;
    }
    let Some(format) = format.or_else(|| Format::of_content(&head)) else {
        report.fault(&node.origin, key, InputFault::Extension(shown.to_path_buf()));
        return None;
    };
    let kind = match format {
        Format::JsonLines => Kind::Lines(bytes),
        Format::Csv | Format::Tsv => {
            let tab = (format == Format::Tsv).then_some(b'\t');
            let layout = Layout::of(&bytes, section.delimiter.or(tab)).and_then(|layout| {
                let columns: Vec<&str> = layout.columns.iter().collect();
                let checked = section.members.check_columns(&columns, format);
                let is_blank = columns.iter().all(|name| name.is_empty());
                let checked = if is_blank { Err(empty()) } else { checked };
                checked.map(|()| layout).map_err(|fault| (Some(1), fault))
            });
            match layout {
                Ok(layout) => Kind::Cells(bytes, Arc::new(layout)),
                Err((line, fault)) => {
                    let line = line.and_then(|line| usize::try_from(line).ok());
                    let origin = line.map_or(origin, |line| Origin::at(&shown, line, 1));
                    report.fault(&origin, "", fault);
                    return None;
                }
            }
        }
        Format::Json | Format::Yaml => {
            if bytes.length() > LARGE_BYTES {
                report.warn(&origin, "", Oddity::LargeDocument);
            }
            let text = match text(&bytes) {
                Ok(text) => text,
                Err(fault) => {
                    report.fault(&origin, "", fault);
                    return None;
                }
            };
            let items = document::items(&text, &shown, format, report)?;
            Kind::List(items, bytes.fingerprint())
        }
    };
    Some(Part { shown: Some(shown), kind, format })
}

/// The text of a file, without its byte order mark.
fn text(bytes: &Arc<Bytes>) -> Result<String, Fault> {
    if bytes.length() > MAX_DOCUMENT_BYTES {
        return Err(Fault::FileTooLarge { mebibytes: MAX_DOCUMENT_BYTES >> 20 });
    }
    let mut all = Vec::new();
    bytes.from(0).read_to_end(&mut all).map_err(|error| Fault::from(io_fault(&error)))?;
    let text = String::from_utf8(all).map_err(|_| Fault::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
