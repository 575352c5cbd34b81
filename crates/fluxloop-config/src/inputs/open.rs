//! Opens the files of inputs.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_plan::Fingerprint;

use super::csv::Layout;
use super::folder::{self, several_splits};
use super::format::{Format, not_text, without_mark};
use super::pattern::{self, PatternError, is_pattern};
use super::section::Section;
use super::source::{Kind, MAX_DOCUMENT_BYTES, Part, Writer, io_fault};
use super::stream::{BLOCK, Bytes};
use super::{InputFault, STANDARD_INPUT, document};
use crate::error::{Fault, Oddity};
use crate::report::Report;
use crate::resolve::{NamedFile, Reader};
use crate::waiting::is_pipe;
use crate::yaml::Node;
use crate::{LoadOptions, Origin, layers};

/// From this size on a file that is read as a whole draws a warning, in bytes.
const LARGE_BYTES: u64 = 100_000_000;

/// How many files stay open; each further one is opened again where it is read.
const KEPT_OPEN: usize = 100;

/// How many files that cannot be read are worth reporting.
const MAX_FAULTS: usize = 20;

/// How many files a message names.
pub(super) const NAMED: usize = 6;

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
    let from = match named.as_slice() {
        [only] if only.written == STANDARD_INPUT => Some(Stream::StandardInput),
        [only] if is_pipe(&only.path) => Some(Stream::Pipe(only)),
        [_, _, ..] if named.iter().any(|file| file.written == STANDARD_INPUT) => {
            reader.fault(node, key, InputFault::StandardInputAlone.into());
            return None;
        }
        _ => None,
    };
    if let Some(from) = from {
        let part = streamed(reader, (node, key), from, section, options)?;
        return Some(Opened { parts: vec![part], is_standard_input: true });
    }
    if let [file] = named.as_slice()
        && let Some(text) = options.proposed(&file.path)
    {
        let part = proposed(text, file, &mut reader.report)?;
        return Some(Opened { parts: vec![part], is_standard_input: false });
    }
    let mut files = Vec::new();
    for (place, file) in named.into_iter().enumerate() {
        let found = matching(reader, node, key, file)?;
        let shown: Vec<&Path> = found.iter().map(|file| file.shown.as_path()).collect();
        if let Some(shown) = several_splits(&shown) {
            let splits = shown.iter().map(|path| path.display().to_string());
            let oddity = Oddity::SeveralSplits(splits.take(NAMED).collect(), shown.len());
            reader.warn(node, key, oddity);
        }
        files.extend(found.into_iter().map(|file| (place, file)));
    }
    let parts = open_files(reader, node, key, files, section);
    parts.map(|parts| Opened { parts, is_standard_input: false })
}

/// A YAML file that is not on disk yet.
fn proposed(text: &str, file: &NamedFile, report: &mut Report) -> Option<Part> {
    let shown: Arc<Path> = file.shown.as_path().into();
    let items = document::items(text, &shown, Format::Yaml, report)?;
    let kind = Kind::List(items, Fingerprint::of(text.as_bytes()));
    Some(Part { shown: Some(shown), kind, format: Format::Yaml })
}

/// Opens each file once, whatever its names are. Each file comes with its place in the user's list.
fn open_files(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &'static str,
    files: Vec<(usize, NamedFile)>,
    section: &Section,
) -> Option<Vec<Part>> {
    let mut seen = HashMap::new();
    let mut twice = BTreeSet::new();
    // Every file is looked at before a wrong one ends it.
    let (mut parts, mut faults) = (Vec::new(), 0);
    for (place, file) in files {
        let found = fs::metadata(&file.path).map(|metadata| {
            let known = seen.insert(identity(&file.path, &metadata), place);
            if known.is_some_and(|known| known != place) {
                twice.insert(file.shown.display().to_string());
            }
            known.is_none().then(|| regular(&file.path, &metadata))
        });
        let opened = match found.map(Option::transpose).and_then(|it| it) {
            Ok(None) => continue,
            Ok(Some(opened)) => text_file(opened, (parts.len() >= KEPT_OPEN).then_some(&file.path)),
            Err(error) => Err(error.into()),
        };
        let part = match opened {
            Ok(bytes) => {
                let extension = file.path.extension().unwrap_or_default().to_string_lossy();
                let format = section.format.or_else(|| Format::named(&extension));
                part(reader, (node, key), bytes, &file.shown, format, section)
            }
            Err(Unopened::NotText(fault)) => {
                reader.report.fault(&Origin::file(&Arc::from(file.shown.as_path())), "", fault);
                None
            }
            Err(Unopened::Io(error)) => {
                let fault = unreadable(&file, &error);
                let is_last = fault == InputFault::TooManyOpen.into();
                reader.fault(node, key, fault);
                if is_last {
                    return None;
                }
                None
            }
        };
        faults += usize::from(part.is_none());
        parts.extend(part);
        if faults == MAX_FAULTS {
            break;
        }
    }
    if !twice.is_empty() {
        reader.warn(node, key, Oddity::FilesTwice(twice.into_iter().collect()));
    }
    (faults == 0).then_some(parts)
}

/// The files that a name stands for: itself, or those that fit it as a pattern.
fn matching(
    reader: &mut Reader<'_>,
    node: &Node,
    key: &str,
    file: NamedFile,
) -> Option<Vec<NamedFile>> {
    if !is_pattern(&file.written) || file.path.exists() {
        return Some(vec![file]);
    }
    let fault = match pattern::matching(reader.project, &file.written) {
        Ok(paths) if paths.is_empty() => {
            InputFault::NoFileFits { pattern: file.shown.display().to_string() }.into()
        }
        Ok(paths) => {
            let named = |path: PathBuf| {
                let shown = layers::shown(&path, reader.current_dir);
                NamedFile { written: String::new(), shown, path }
            };
            return Some(paths.into_iter().map(named).collect());
        }
        Err(PatternError::Syntax) => InputFault::Pattern.into(),
        Err(PatternError::Folder(path, error)) => {
            let shown = layers::shown(&path, reader.current_dir);
            unreadable(&NamedFile { written: String::new(), shown, path }, &error)
        }
    };
    reader.fault(node, key, fault);
    None
}

/// A file that can be read again and again. A named pipe next to other files is not opened: that would
/// wait for a writer.
fn regular(path: &Path, metadata: &Metadata) -> io::Result<File> {
    match metadata {
        it if it.is_file() => File::open(path),
        it if it.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// What tells a file from all others, whatever its name is.
#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;

    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Why the text of a file cannot be read.
enum Unopened {
    NotText(InputFault),
    Io(io::Error),
}

impl From<io::Error> for Unopened {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The bytes of a file, unless it begins as something that is not text: all of it may be many GB.
fn text_file(mut file: File, again: Option<&PathBuf>) -> Result<Arc<Bytes>, Unopened> {
    let mut head = Vec::new();
    (&mut file).take(BLOCK).read_to_end(&mut head)?;
    if let Some(fault) = not_text(&head) {
        return Err(Unopened::NotText(fault));
    }
    file.rewind()?;
    Ok(Bytes::of(file, again.cloned())?)
}

/// Why a file cannot be read, and which one was probably meant.
fn unreadable(file: &NamedFile, error: &io::Error) -> Fault {
    if is_out_of_files(error) {
        return InputFault::TooManyOpen.into();
    }
    let (path, kind) = (file.shown.clone(), error.kind());
    Fault::InputsUnreadable { path, kind, right: remedy(file, kind) }
}

/// What to do about a file that cannot be read.
fn remedy(file: &NamedFile, kind: io::ErrorKind) -> Option<String> {
    let absent = match &*file.written {
        written if written.contains("://") => "an address is not read: download the file first",
        written if written.contains('{') => "`{a,b}` is not supported: write a list of patterns",
        _ if file.path.symlink_metadata().is_ok() => "the link leads nowhere",
        _ => "",
    };
    match kind {
        io::ErrorKind::IsADirectory => Some(folder::remedy(&file.path, file.as_written())),
        io::ErrorKind::InvalidInput => {
            Some("send what it holds to standard input, and write `-` alone".into())
        }
        io::ErrorKind::NotFound if absent.is_empty() => {
            layers::near_file(&file.path).map(|near| format!("did you mean `{near}`?"))
        }
        io::ErrorKind::NotFound => Some(absent.into()),
        _ => None,
    }
}

/// Whether the process or the system has too many open files (`EMFILE` and `ENFILE` of POSIX), for
/// which the library has no kind.
fn is_out_of_files(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

/// Where inputs come from that can be read only once.
#[derive(Clone, Copy)]
enum Stream<'f> {
    StandardInput,
    /// A named pipe.
    Pipe(&'f NamedFile),
}

/// What comes through a stream, or what was kept of it.
fn streamed(
    reader: &mut Reader<'_>,
    (node, key): (&Node, &str),
    from: Stream<'_>,
    section: &Section,
    options: &LoadOptions,
) -> Option<Part> {
    let (bytes, shown, format) = match (&options.saved_input, from) {
        (Some(path), _) => {
            let shown = layers::shown(path, reader.current_dir);
            let file = fs::metadata(path).and_then(|metadata| regular(path, &metadata));
            let bytes = file.map_err(Unopened::Io).and_then(|file| text_file(file, None));
            (bytes, shown, Some(Format::JsonLines))
        }
        (None, Stream::StandardInput) => {
            let what = "waiting for inputs on standard input, which is read to its end; Ctrl-D ends \
                        typed inputs, Ctrl-C stops waiting";
            let bytes = spooled(io::stdin().lock(), what.to_owned(), options);
            (bytes, "standard input".into(), section.format)
        }
        (None, Stream::Pipe(pipe)) => {
            let open = || File::open(&pipe.path);
            let opened = options.reading(&pipe.path, &pipe.shown, open).map_err(Unopened::Io);
            let what = format!(
                "waiting for inputs from the pipe `{}`, which is read to its end; Ctrl-C stops waiting",
                pipe.shown.display()
            );
            let bytes = opened.and_then(|opened| spooled(opened, what, options));
            let extension = pipe.path.extension().unwrap_or_default().to_string_lossy();
            let format = section.format.or_else(|| Format::named(&extension));
            (bytes, pipe.shown.clone(), format)
        }
    };
    match bytes {
        Ok(bytes) => {
            let mut part = part(reader, (node, key), bytes, &shown, format, section)?;
            if let (Some(_), Kind::Lines(_, writer)) = (&options.saved_input, &mut part.kind) {
                *writer = Writer::Itself;
            }
            Some(part)
        }
        Err(Unopened::NotText(fault)) => {
            reader.report.fault(&Origin::file(&Arc::from(shown.as_path())), "", fault);
            None
        }
        Err(Unopened::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
            reader.fault(node, key, InputFault::NoSavedInput.into());
            None
        }
        Err(Unopened::Io(error)) => {
            reader.fault(node, key, InputFault::Unreadable(error.kind()).into());
            None
        }
    }
}

/// What comes through a stream, in a file without a name, which nobody else can open.
fn spooled(
    mut input: impl Read,
    what: String,
    options: &LoadOptions,
) -> Result<Arc<Bytes>, Unopened> {
    let mut file = tempfile::tempfile()?;
    let mut head = Vec::new();
    options.waiting(what, || input.by_ref().take(BLOCK).read_to_end(&mut head))?;
    if let Some(fault) = not_text(&head) {
        return Err(Unopened::NotText(fault));
    }
    io::copy(&mut head.as_slice().chain(input), &mut file)?;
    Ok(Bytes::of(file, None)?)
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
        Format::JsonLines => Kind::Lines(bytes, Writer::Another),
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
    let text = String::from_utf8(all).map_err(|_| InputFault::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
