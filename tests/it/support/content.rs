//! What stands in the files of a run.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use fluxloop_recording::Entry;

/// What stands in a file: in a recording, all that is compressed, though a block may be torn where a
/// process was killed.
pub(crate) fn content(path: &Path) -> Vec<u8> {
    let content = fs::read(path).expect("a file can be read");
    if path.extension().is_none_or(|it| it != "zst") {
        return content;
    }
    let index = fs::read(path.with_extension("idx")).expect("a recording has an index");
    let entries = index.as_chunks().0.iter().map(Entry::from_bytes);
    let blocks: BTreeSet<u64> = entries.map(|entry| entry.block).collect();
    let mut all = Vec::new();
    for block in blocks {
        let block = &content[usize::try_from(block).expect("it is small")..];
        let mut decoder = zstd::Decoder::new(block).expect("a decoder").single_frame();
        // What came before the tear is taken.
        let _ = decoder.read_to_end(&mut all);
    }
    all
}
