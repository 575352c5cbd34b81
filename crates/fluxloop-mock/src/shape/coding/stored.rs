//! Brotli (RFC 7932) and Zstandard (RFC 8878) without compression: their formats have blocks that
//! hold bytes as they are.

/// A window of 64 KiB, and an empty block of metadata, behind which everything is on a byte.
pub(super) const BROTLI_START: &[u8] = &[0x0C];

/// The last block, which is empty.
pub(super) const BROTLI_END: &[u8] = &[0x03];

/// As many bytes as 16 bits can count.
const BROTLI_BLOCK: usize = 1 << 16;

/// Blocks of bytes as they are.
pub(super) fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    for block in bytes.chunks(BROTLI_BLOCK) {
        // Not the last one; four nibbles of length less one; not compressed.
        let header = ((block.len() - 1) << 3) | (1 << 19);
        out.extend_from_slice(&header.to_le_bytes()[..3]);
        out.extend_from_slice(block);
    }
    out
}

/// The magic number, a frame without a size or a checksum, and a window of 1 MiB.
pub(super) const ZSTD_START: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x50];

/// The last block, which is raw and empty.
pub(super) const ZSTD_END: &[u8] = &[0x01, 0x00, 0x00];

/// The largest block that the format allows.
const ZSTD_BLOCK: usize = 128 << 10;

/// Blocks of bytes as they are.
pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    for block in bytes.chunks(ZSTD_BLOCK) {
        // Not the last one; raw; the size.
        let header = block.len() << 3;
        out.extend_from_slice(&header.to_le_bytes()[..3]);
        out.extend_from_slice(block);
    }
    out
}
