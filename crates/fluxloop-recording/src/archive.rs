//! Many cases in one file: blocks that are compressed by themselves (Zstandard, RFC 8878), so that
//! one case can be read without those in other blocks.

use std::fmt;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

use crate::case::RecordedCase;
use crate::code::{self, Damaged};
use crate::lines::MAX_BODY_BYTES;

/// How much of the recording stands in a block, in bytes before compression; a case is never
/// divided, so a block may be longer.
pub const BLOCK_BYTES: u64 = 1 << 20;

/// How many bytes an [`Entry`] has in the index.
pub const ENTRY_BYTES: usize = 48;

/// The longest case that is read: an index may say anything, and few bytes may stand for many.
const MAX_CASE_BYTES: u64 = MAX_BODY_BYTES + (64 << 20);

/// The fastest level that still finds what events have in common.
const LEVEL: i32 = 1;

/// A buffer that grew beyond this for one huge case is given back after it.
const KEPT_BUFFER_BYTES: usize = 1 << 20;

/// Where a case stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The id of its record.
    pub trace_id: u128,
    /// Its place in the order of the inputs.
    pub case_index: u64,
    /// Where its block begins in the file.
    pub block: u64,
    /// Where it begins in its block, before compression.
    pub offset: u64,
    /// How many bytes it has there.
    pub bytes: u64,
}

impl Entry {
    /// As the index holds it: numbers in big endian.
    pub fn to_bytes(&self) -> [u8; ENTRY_BYTES] {
        let Self { trace_id, case_index, block, offset, bytes } = *self;
        let mut entry = [0; ENTRY_BYTES];
        entry[..16].copy_from_slice(&trace_id.to_be_bytes());
        for (place, number) in
            entry[16..].chunks_exact_mut(8).zip([case_index, block, offset, bytes])
        {
            place.copy_from_slice(&number.to_be_bytes());
        }
        entry
    }

    /// The reverse of [`to_bytes`](Self::to_bytes).
    pub fn from_bytes(entry: &[u8; ENTRY_BYTES]) -> Self {
        let number = |at: usize| {
            entry[at..at + 8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        let trace_id = u128::from(number(0)) << 64 | u128::from(number(8));
        let [case_index, block, offset, bytes] = [16, 24, 32, 40].map(number);
        Self { trace_id, case_index, block, offset, bytes }
    }
}

/// Writes cases, block after block.
pub struct ArchiveWriter<W: Write> {
    /// Between two blocks there is no encoder, and after an error nothing at all.
    out: Option<Out<W>>,
    /// Where the block under way begins in the file, and its length before compression.
    block: u64,
    filled: u64,
    case: Vec<u8>,
}

enum Out<W: Write> {
    Between(Counted<W>),
    Block(Encoder<'static, Counted<W>>),
}

/// Counts what was written.
struct Counted<W> {
    out: W,
    end: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.end += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> ArchiveWriter<W> {
    /// Goes on after the first `end` bytes of the file, which `out` appends to.
    pub fn begin(out: W, end: u64) -> Self {
        let out = Some(Out::Between(Counted { out, end }));
        Self { out, block: end, filled: 0, case: Vec::new() }
    }

    /// Appends a case. It is in the file after the next [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// Those of the file. Nothing more can be written after one.
    pub fn write(&mut self, case: &RecordedCase) -> io::Result<Entry> {
        self.case.clear();
        code::write(case, &mut self.case);
        let mut encoder = match self.out.take() {
            None => return Err(io::ErrorKind::BrokenPipe.into()),
            Some(Out::Block(encoder)) if self.filled < BLOCK_BYTES => encoder,
            Some(Out::Block(encoder)) => self.begin_block(encoder.finish()?)?,
            Some(Out::Between(counted)) => self.begin_block(counted)?,
        };
        encoder.write_all(&self.case)?;
        self.out = Some(Out::Block(encoder));
        let bytes = self.case.len() as u64;
        let RecordedCase { trace_id, case_index, .. } = *case;
        let entry = Entry { trace_id, case_index, block: self.block, offset: self.filled, bytes };
        self.filled += bytes;
        if self.case.capacity() > KEPT_BUFFER_BYTES {
            self.case = Vec::new();
        }
        Ok(entry)
    }

    fn begin_block(&mut self, counted: Counted<W>) -> io::Result<Encoder<'static, Counted<W>>> {
        (self.block, self.filled) = (counted.end, 0);
        Encoder::new(counted, LEVEL)
    }

    /// Hands everything that was taken to the file: whoever reads it finds each case.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Some(Out::Block(encoder)) => encoder.flush(),
            _ => Ok(()),
        }
    }

    /// Ends the block under way, so that other programs can read the file to its end, too.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn finish(&mut self) -> io::Result<()> {
        let mut out = match self.out.take() {
            Some(Out::Block(encoder)) => encoder.finish()?,
            Some(Out::Between(counted)) => counted,
            None => return Err(io::ErrorKind::BrokenPipe.into()),
        };
        out.flush()?;
        self.out = Some(Out::Between(out));
        Ok(())
    }

    /// How long the file is, as far as it was written.
    pub fn end(&self) -> u64 {
        match &self.out {
            Some(Out::Block(encoder)) => encoder.get_ref().end,
            Some(Out::Between(counted)) => counted.end,
            None => self.block,
        }
    }
}

/// Shows no case.
impl<W: Write> fmt::Debug for ArchiveWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveWriter").field("end", &self.end()).finish_non_exhaustive()
    }
}

/// Why a case cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read, or ends before the case does.
    #[error("the recording cannot be read")]
    Io(#[from] io::Error),
    /// What stands there is no case.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// Another case stands there.
    #[error("the index of the recording does not belong to it")]
    OtherCase,
}

/// Reads cases. It is fast where they are asked for in the order in which they stand.
pub struct ArchiveReader<R: Read + Seek> {
    input: Option<Input<R>>,
    /// The block that is read, and how far, before compression.
    block: u64,
    read: u64,
}

enum Input<R: Read + Seek> {
    File(BufReader<R>),
    Block(Decoder<'static, BufReader<R>>),
}

impl<R: Read + Seek> ArchiveReader<R> {
    /// Reads this file.
    pub fn new(file: R) -> Self {
        Self { input: Some(Input::File(BufReader::new(file))), block: 0, read: 0 }
    }

    /// Reads a case.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or what stands there is not that case. Others can be read after that.
    pub fn read(&mut self, entry: &Entry) -> Result<RecordedCase, ReadError> {
        let bytes = self.bytes(entry)?;
        let case = code::read(&bytes)?;
        if case.trace_id == entry.trace_id && case.case_index == entry.case_index {
            Ok(case)
        } else {
            Err(ReadError::OtherCase)
        }
    }

    fn bytes(&mut self, entry: &Entry) -> io::Result<Vec<u8>> {
        let is_ahead = self.block == entry.block && self.read <= entry.offset;
        let mut decoder = match self.input.take() {
            Some(Input::Block(decoder)) if is_ahead => decoder,
            Some(Input::Block(decoder)) => self.open(decoder.finish(), entry.block)?,
            Some(Input::File(file)) => self.open(file, entry.block)?,
            None => return Err(io::ErrorKind::BrokenPipe.into()),
        };
        let mut taken = Vec::new();
        let read = self.take(&mut decoder, entry, &mut taken);
        // What was read of it by then nobody knows.
        self.input = Some(match read {
            Ok(()) => Input::Block(decoder),
            Err(_) => Input::File(decoder.finish()),
        });
        read.map(|()| taken)
    }

    fn open(
        &mut self,
        mut file: BufReader<R>,
        block: u64,
    ) -> io::Result<Decoder<'static, BufReader<R>>> {
        if let Err(error) = file.seek(SeekFrom::Start(block)) {
            self.input = Some(Input::File(file));
            return Err(error);
        }
        (self.block, self.read) = (block, 0);
        Ok(Decoder::with_buffer(file)?.single_frame())
    }

    fn take(
        &mut self,
        decoder: &mut Decoder<'static, BufReader<R>>,
        entry: &Entry,
        taken: &mut Vec<u8>,
    ) -> io::Result<()> {
        if entry.bytes > MAX_CASE_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let skipped = entry.offset - self.read;
        let passed = io::copy(&mut decoder.by_ref().take(skipped), &mut io::sink())?;
        let read = decoder.by_ref().take(entry.bytes).read_to_end(taken)? as u64;
        self.read = entry.offset + read;
        let is_whole = passed == skipped && read == entry.bytes;
        if is_whole { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Shows no case.
impl<R: Read + Seek> fmt::Debug for ArchiveReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveReader").field("block", &self.block).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::case::RecordedAttempt;

    fn case(case_index: u64, bytes: usize) -> RecordedCase {
        let mut chance = fastrand::Rng::with_seed(case_index);
        let body: Vec<u8> = (0..bytes).map(|_| chance.alphanumeric() as u8).collect();
        let chunks = vec![(1, body.len() as u64)];
        let attempt = RecordedAttempt { chunks, body, ..RecordedAttempt::default() };
        let trace_id = u128::from(case_index) << 70 | 1;
        RecordedCase { trace_id, case_index, attempts: vec![attempt], ..RecordedCase::default() }
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let entry =
            Entry { trace_id: u128::MAX / 3, case_index: 1, block: u64::MAX, offset: 3, bytes: 4 };
        assert_eq!(Entry::from_bytes(&entry.to_bytes()), entry);
    }

    #[test]
    fn cases_are_found_again_in_any_order_over_several_blocks() {
        let cases: Vec<_> = (0..40).map(|index| case(index, 100_000)).collect();
        let mut data = Vec::new();
        let mut archive = ArchiveWriter::begin(&mut data, 0);
        let entries: Vec<_> =
            cases.iter().map(|case| archive.write(case).expect("it is written")).collect();
        archive.finish().expect("it is written");
        let blocks = entries.iter().map(|entry| entry.block);
        assert!(blocks.collect::<std::collections::BTreeSet<_>>().len() > 2);
        let mut reader = ArchiveReader::new(Cursor::new(&data));
        let mut order: Vec<usize> = (0..40).collect();
        fastrand::Rng::with_seed(7).shuffle(&mut order);
        for at in (0..40).chain(order) {
            assert_eq!(reader.read(&entries[at]).expect("it is there"), cases[at], "{at}");
        }
    }

    #[test]
    fn what_was_flushed_is_there_although_the_block_was_never_ended() {
        let mut data = Vec::new();
        let mut archive = ArchiveWriter::begin(&mut data, 0);
        let first = archive.write(&case(1, 500)).expect("it is written");
        archive.flush().expect("it is flushed");
        let flushed = usize::try_from(archive.end()).expect("it is small");
        archive.write(&case(2, 500)).expect("it is written");
        drop(archive);
        // The process was killed: some of what came later is there. Another one went on.
        data.truncate(flushed + 3);
        let end = data.len() as u64;
        let mut archive = ArchiveWriter::begin(&mut data, end);
        let later = archive.write(&case(3, 500)).expect("it is written");
        archive.finish().expect("it is written");
        let mut reader = ArchiveReader::new(Cursor::new(&data));
        assert_eq!(reader.read(&first).expect("it is there"), case(1, 500));
        let torn = Entry { offset: first.bytes, ..first };
        assert!(reader.read(&torn).is_err());
        assert_eq!(reader.read(&later).expect("it is there"), case(3, 500));
        let foreign = Entry { trace_id: 5, ..later };
        assert!(matches!(reader.read(&foreign), Err(ReadError::OtherCase)));
    }
}
