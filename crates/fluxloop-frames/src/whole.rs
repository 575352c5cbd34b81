//! A body that is one frame.

/// Collects a body that is one frame.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    bytes: Vec<u8>,
    text: String,
}

impl Whole {
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.bytes.extend_from_slice(chunk);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The body as text: bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn text(&mut self) -> &str {
        let bytes = std::mem::take(&mut self.bytes);
        // Almost every body is UTF-8 and keeps its memory.
        self.text = String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        &self.text
    }
}
