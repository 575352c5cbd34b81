//! Brotli (RFC 7932) and Zstandard (RFC 8878) without compression: their formats have blocks that
//! hold bytes as they are.

/// One format.
pub(super) struct Stored {
    pub(super) start: &'static [u8],
    /// The last block, which is empty.
    pub(super) end: &'static [u8],
    /// The largest block.
    block: usize,
    /// The header of a block of this size, in its three lower bytes.
    header: fn(usize) -> usize,
}

/// A window of 64 KiB, and an empty block of metadata, after which everything is on a byte.
/// Blocks have as many bytes as 16 bits can count; a header says: not the last one, four nibbles
/// of length less one, not compressed.
pub(super) const BROTLI: &Stored = &Stored {
    start: &[0x0C],
    end: &[0x03],
    block: 1 << 16,
    header: |size| ((size - 1) << 3) | (1 << 19),
};

/// The magic number, a frame without a size or a checksum, and a window of 1 MiB. A header says:
/// not the last one, raw, the size.
pub(super) const ZSTD: &Stored = &Stored {
    start: &[0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x50],
    end: &[0x01, 0x00, 0x00],
    block: 128 << 10,
    header: |size| size << 3,
};

impl Stored {
    /// Blocks of bytes as they are.
    pub(super) fn piece(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 16);
        for block in bytes.chunks(self.block) {
            out.extend_from_slice(&(self.header)(block.len()).to_le_bytes()[..3]);
            out.extend_from_slice(block);
        }
        out
    }
}
