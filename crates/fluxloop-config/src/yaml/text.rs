//! Reads files of text.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::Origin;
use crate::error::Fault;
use crate::report::Report;

/// The largest YAML or JSON file that is read as a whole, in MiB. A larger list of inputs can be
/// read as a stream (JSON Lines, CSV).
const MAX_FILE_MIB: u64 = 64;

/// As much of a small file as is read, in bytes. The certificates that a system trusts take a
/// fortieth of it.
const MAX_SMALL_FILE: u64 = 8 << 20;

/// Reads a file of text, without its byte order mark. Faults are reported under the file's name.
pub(crate) fn read_text(path: &Path, shown: &Arc<Path>, report: &mut Report) -> Option<String> {
    let bytes = read_limited(path);
    let bytes = bytes.map_err(|fault| report.fault(&Origin::file(shown), "", fault)).ok()?;
    match String::from_utf8(bytes) {
        Ok(text) => Some(without_mark(text)),
        Err(error) => {
            let sound = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let start = sound.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let line = sound.split(|byte| *byte == b'\n').count();
            let column = String::from_utf8_lossy(&sound[start..]).chars().count() + 1;
            report.fault(&Origin::at(shown, line, column), "", Fault::NotUtf8);
            None
        }
    }
}

/// Reads a file of lines of which some may be in another encoding: what is not UTF-8 becomes
/// replacement characters. Faults are reported under the file's name.
pub(crate) fn read_lossy(path: &Path, shown: &Arc<Path>, report: &mut Report) -> Option<String> {
    let bytes = read_limited(path);
    let bytes = bytes.map_err(|fault| report.fault(&Origin::file(shown), "", fault)).ok()?;
    Some(without_mark(String::from_utf8_lossy(&bytes).into_owned()))
}

fn without_mark(text: String) -> String {
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

/// Reads a small file of text, or its beginning: a file that never ends would fill the memory.
pub(crate) fn read_beginning(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_SMALL_FILE).read_to_string(&mut text)?;
    Ok(text)
}

fn read_limited(path: &Path) -> Result<Vec<u8>, Fault> {
    let unreadable = |error: io::Error| Fault::Unreadable(error.kind());
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(Fault::Unreadable(io::ErrorKind::IsADirectory));
    }
    let limit = MAX_FILE_MIB << 20;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(Fault::FileTooLarge { mebibytes: MAX_FILE_MIB });
    }
    Ok(bytes)
}
