//! JSON lines: a frame is a line.

use memchr::memchr;

use crate::framing::{content, is_document};
use crate::held::Held;
use crate::{Frame, FrameError, Rest, work};

/// Cuts a body into lines. LF and CRLF end a line, and blank lines are skipped.
#[derive(Debug)]
pub(crate) struct Lines(Held);

/// The lines that a chunk ends.
#[derive(Debug)]
pub(crate) struct FedLines<'a> {
    held: &'a mut Held,
    chunk: &'a [u8],
}

impl Lines {
    pub(crate) fn new(max_frame_bytes: usize) -> Self {
        Self(Held::new(max_frame_bytes))
    }

    pub(crate) fn feed<'a>(&'a mut self, chunk: &'a [u8]) -> FedLines<'a> {
        FedLines { held: &mut self.0, chunk }
    }

    /// The last line, if it has no line end. Most servers omit the last line end, so a line that is
    /// a document is whole.
    pub(crate) fn finish(&mut self) -> Rest<'_> {
        self.0.end_lending();
        let line = trimmed(self.0.bytes(&[]));
        let (is_blank, is_whole) = (line.is_empty(), is_document(line));
        let frame = Frame::message(self.0.text(&[], trimmed));
        match (is_blank, is_whole) {
            (true, _) => Rest::Nothing,
            (_, true) => Rest::Last(frame),
            (_, false) => Rest::Unfinished { frame, is_line_whole: false },
        }
    }
}

impl FedLines<'_> {
    pub(crate) fn next(&mut self) -> Option<Result<Frame<'_>, FrameError>> {
        let Self { held, chunk } = self;
        held.end_lending();
        while !held.is_closed() {
            let end = memchr(b'\n', chunk);
            work::count(end.unwrap_or(chunk.len()) + 1);
            let Some(end) = end else {
                return held.push(std::mem::take(chunk)).err().map(Err);
            };
            let line = &chunk[..end];
            *chunk = &chunk[end + 1..];
            if let Err(error) = held.end(line) {
                return Some(Err(error));
            }
            if !trimmed(held.bytes(line)).is_empty() {
                return Some(Ok(Frame::message(held.text(line, trimmed))));
            }
            held.clear();
        }
        None
    }
}

/// A line without what surrounds a document.
fn trimmed(line: &[u8]) -> &[u8] {
    content(line).trim_ascii_end()
}
