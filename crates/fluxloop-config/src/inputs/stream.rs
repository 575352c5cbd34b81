//! Files of inputs that stay on disk: every reading gives what was there when the file was checked.

use std::fs::File;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use fluxloop_plan::Fingerprint;

/// How much is read and compared at once, in bytes.
pub(super) const BLOCK: u64 = 1 << 16;

/// What a reader says of bytes that are not those of the check.
pub(super) const CHANGED: io::ErrorKind = io::ErrorKind::InvalidData;

/// The bytes of a file, as they were when it was checked.
///
/// An open file may be removed, and another file may take its name. What is appended is not read, and
/// a hash of each block finds every other change before it is sent.
#[derive(Debug)]
pub(super) struct Bytes {
    file: Handle,
    length: u64,
    blocks: Vec<u64>,
    fingerprint: Fingerprint,
}

/// A file that stays open, or the place of one that is opened for each block.
#[derive(Debug)]
enum Handle {
    Open(Mutex<File>),
    At(PathBuf),
}

impl Bytes {
    /// Takes in the bytes that a file has now. With a path, the file does not stay open.
    pub(super) fn of(mut file: File, again: Option<PathBuf>) -> io::Result<Arc<Self>> {
        let length = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let (mut fingerprint, mut blocks) = (Fingerprint::default(), Vec::new());
        let mut block = Vec::new();
        for at in (0..length).step_by(1 << 16) {
            block.clear();
            (&file).take((length - at).min(BLOCK)).read_to_end(&mut block)?;
            fingerprint.add(&block);
            blocks.push(hash(&block));
        }
        let file = again.map_or_else(|| Handle::Open(Mutex::new(file)), Handle::At);
        Ok(Arc::new(Self { file, length, blocks, fingerprint }))
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint.clone()
    }

    /// The first block.
    pub(super) fn head(&self) -> io::Result<Vec<u8>> {
        self.block(0)
    }

    /// Reads on from there.
    pub(super) fn from(self: &Arc<Self>, start: u64) -> Reader {
        let (block, skip) = ((start / BLOCK) as usize, (start % BLOCK) as usize);
        Reader { bytes: Arc::clone(self), next: block, block: Vec::new(), at: 0, skip }
    }

    /// Nothing after the last block.
    fn block(&self, number: usize) -> io::Result<Vec<u8>> {
        let Some(known) = self.blocks.get(number) else { return Ok(Vec::new()) };
        let at = number as u64 * BLOCK;
        let mut block = vec![0; (self.length - at).min(BLOCK) as usize];
        let mut read = |file: &mut File| {
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut block)
        };
        let read = match &self.file {
            Handle::Open(file) => read(&mut file.lock().unwrap_or_else(PoisonError::into_inner)),
            // A file that is gone has changed.
            Handle::At(path) => {
                File::open(path).map_err(|_| CHANGED.into()).and_then(|mut it| read(&mut it))
            }
        };
        match read {
            Ok(()) if hash(&block) == *known => Ok(block),
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
            _ => Err(CHANGED.into()),
        }
    }
}

fn hash(block: &[u8]) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(block)
}

/// Reads the bytes of a file block by block.
pub(super) struct Reader {
    bytes: Arc<Bytes>,
    next: usize,
    block: Vec<u8>,
    at: usize,
    /// Where in the first block the reading starts.
    skip: usize,
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.block.len() {
            self.block = self.bytes.block(self.next)?;
            self.next += 1;
            self.at = std::mem::take(&mut self.skip).min(self.block.len());
        }
        Ok(&self.block[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}
