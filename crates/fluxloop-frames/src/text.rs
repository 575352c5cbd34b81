//! Text: a frame is what one read brought.

use crate::{Frame, Rest, work};

/// Makes text of each chunk. A character that chunks cut comes with the chunk that completes it.
#[derive(Debug, Default)]
pub(crate) struct Text {
    /// The beginning of a character.
    cut: Vec<u8>,
    /// The last frame, where it does not lie in its chunk.
    mended: String,
    /// Whether a character came: a byte order mark is not content only before that.
    is_begun: bool,
}

impl Text {
    /// The text of the next chunk; empty if it completes no character.
    pub(crate) fn push<'a>(&'a mut self, chunk: &'a [u8]) -> &'a str {
        work::count(chunk.len());
        let text = match str::from_utf8(chunk) {
            Ok(text) if self.cut.is_empty() => text,
            _ => {
                self.cut.extend_from_slice(chunk);
                work::count(2 * self.cut.len());
                let end = self.cut.len() - cut_at_end(&self.cut);
                self.mended = String::from_utf8_lossy(&self.cut[..end]).into_owned();
                self.cut.drain(..end);
                &self.mended
            }
        };
        if text.is_empty() || std::mem::replace(&mut self.is_begun, true) {
            return text;
        }
        text.strip_prefix('\u{feff}').unwrap_or(text)
    }

    /// The beginning of a character that never came, as U+FFFD.
    pub(crate) fn finish(&mut self) -> Rest<'_> {
        self.mended = String::from_utf8_lossy(&std::mem::take(&mut self.cut)).into_owned();
        if self.mended.is_empty() {
            Rest::Nothing
        } else {
            Rest::Last(Frame::message(&self.mended))
        }
    }
}

/// How many bytes at the end are the beginning of a character.
fn cut_at_end(bytes: &[u8]) -> usize {
    let last = bytes.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    let is_cut = str::from_utf8(last).is_err_and(|error| error.error_len().is_none());
    if is_cut { last.len() } else { 0 }
}
