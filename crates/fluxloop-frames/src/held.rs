//! The bytes of a frame that earlier chunks brought.

use crate::{FrameError, work};

/// How much memory is kept for the next frame, in bytes.
const KEPT_CAPACITY: usize = 2 << 20;

/// The bytes of a frame that earlier chunks brought, and the text of a frame while it is lent.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: Vec<u8>,
    /// The text of bytes that are not UTF-8.
    mended: String,
    limit: usize,
    /// Whether the frame is lent: the next call clears it.
    lent: bool,
    /// Whether the limit was exceeded. No frame follows.
    closed: bool,
}

impl Held {
    pub(crate) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), mended: String::new(), limit, lent: false, closed: false }
    }

    /// Whether the limit was exceeded.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Forgets a frame that was lent.
    pub(crate) fn end_lending(&mut self) {
        if self.lent {
            self.clear();
        }
    }

    /// Forgets what is held.
    pub(crate) fn clear(&mut self) {
        self.lent = false;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_CAPACITY);
        self.mended.clear();
        self.mended.shrink_to(KEPT_CAPACITY);
    }

    /// Holds the next bytes of the frame.
    pub(crate) fn push(&mut self, part: &[u8]) -> Result<(), FrameError> {
        self.check_room(part)?;
        work::count(part.len());
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    /// Ends the frame with these bytes. What was held is joined with them; where nothing was held,
    /// they stay where they are.
    pub(crate) fn end(&mut self, part: &[u8]) -> Result<(), FrameError> {
        self.check_room(part)?;
        if !self.bytes.is_empty() {
            work::count(part.len());
            self.bytes.extend_from_slice(part);
        }
        self.lent = true;
        Ok(())
    }

    fn check_room(&mut self, part: &[u8]) -> Result<(), FrameError> {
        if self.bytes.len() + part.len() <= self.limit {
            return Ok(());
        }
        self.clear();
        self.closed = true;
        Err(FrameError::TooLarge { limit: self.limit })
    }

    /// The bytes of the frame that [ended](Self::end) with this part.
    pub(crate) fn bytes<'a>(&'a self, part: &'a [u8]) -> &'a [u8] {
        if self.bytes.is_empty() { part } else { &self.bytes }
    }

    /// The text of that frame after trimming. What is not UTF-8 becomes U+FFFD.
    pub(crate) fn text<'a>(&'a mut self, part: &'a [u8], trim: fn(&[u8]) -> &[u8]) -> &'a str {
        let bytes = trim(if self.bytes.is_empty() { part } else { &self.bytes });
        work::count(bytes.len());
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return text;
        }
        work::count(bytes.len());
        self.mended = String::from_utf8_lossy(bytes).into_owned();
        &self.mended
    }
}
