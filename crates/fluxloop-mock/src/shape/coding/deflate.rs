//! gzip (RFC 1952) and zlib (RFC 1950), both around deflate.

use flate2::{Compress, Compression, Crc, FlushCompress};

/// Magic, method deflate, no flags, no time, no extra flags, no known system.
const GZIP_HEADER: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

/// Writes a compressed body piece by piece.
pub(super) struct Deflate {
    compress: Compress,
    /// gzip's checksum; zlib's is made by `compress`.
    gzip: Option<Crc>,
}

impl Deflate {
    pub(super) fn gzip() -> Self {
        Self { compress: Compress::new(Compression::best(), false), gzip: Some(Crc::new()) }
    }

    pub(super) fn zlib() -> Self {
        Self { compress: Compress::new(Compression::best(), true), gzip: None }
    }

    pub(super) fn start(&mut self) -> Vec<u8> {
        match self.gzip {
            Some(_) => GZIP_HEADER.to_vec(),
            // zlib's header must not be part of a piece that is sent again and again.
            None => self.compressed(&[], FlushCompress::Full),
        }
    }

    pub(super) fn piece(&mut self, bytes: &[u8]) -> Vec<u8> {
        if let Some(crc) = &mut self.gzip {
            crc.update(bytes);
        }
        self.compressed(bytes, FlushCompress::Full)
    }

    pub(super) fn end(&mut self) -> Vec<u8> {
        let mut end = self.compressed(&[], FlushCompress::Finish);
        if let Some(crc) = &self.gzip {
            end.extend_from_slice(&crc.sum().to_le_bytes());
            end.extend_from_slice(&crc.amount().to_le_bytes());
        }
        end
    }

    fn compressed(&mut self, mut bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            out.reserve(bytes.len() / 2 + 64);
            let before = self.compress.total_in();
            self.compress
                .compress_vec(bytes, &mut out, flush)
                .expect("a compressor that is used in order takes every input");
            let taken = usize::try_from(self.compress.total_in() - before);
            bytes = &bytes[taken.unwrap_or(bytes.len()).min(bytes.len())..];
            // Room that is left means that everything was written.
            if bytes.is_empty() && out.len() < out.capacity() {
                return out;
            }
        }
    }
}
