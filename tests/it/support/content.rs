//! What stands in the files of a run.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use flate2::read::DeflateDecoder;
use fluxloop_recording::Entry;

/// What stands in a file: in a recording, all that is compressed, though a block may be torn where a
/// process was killed; in a page, its markup and then its data.
pub(crate) fn content(path: &Path) -> Vec<u8> {
    let content = fs::read(path).expect("a file can be read");
    if path.extension().is_some_and(|it| it == "html") {
        return page_content(&String::from_utf8(content).expect("a page is UTF-8"));
    }
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

/// The markup of a page, and what its blocks hold.
pub(crate) fn page_content(html: &str) -> Vec<u8> {
    let mut blocks = html.split("<script type=\"text/plain\" id=\"block-");
    let mut all = blocks.next().unwrap_or_default().as_bytes().to_vec();
    for block in blocks {
        let text = block.split_once('>').and_then(|(_, rest)| rest.split_once('<'));
        let packed = base64::engine::general_purpose::STANDARD
            .decode(text.expect("an element").0)
            .expect("a block is base64");
        all.push(b'\n');
        DeflateDecoder::new(&*packed).read_to_end(&mut all).expect("a block is raw deflate");
    }
    all
}
