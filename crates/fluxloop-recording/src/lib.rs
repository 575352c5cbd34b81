//! Records what came of each request, masked, and reads it again, without I/O of its own.
//!
//! A recording keeps of every attempt when it was sent, the head of its answer, each piece of the
//! body with its time of arrival, and how it ended: enough to judge the answer again by other rules,
//! without a network.
//!
//! Call order: fill a [`RawAttempt`] while the answer comes, make a [`RecordedAttempt`] of it
//! ([`RawAttempt::masked`]), put the attempts of a case into a [`RecordedCase`], and hand it to an
//! [`ArchiveWriter`]. An [`ArchiveReader`] finds a case again.
//!
//! ```
//! use std::io::Cursor;
//!
//! use fluxloop_recording::{ArchiveReader, ArchiveWriter, RawAttempt, RecordedCase};
//! use fluxloop_redact::{Redactor, Secret};
//!
//! let key = Secret::new("sk-live-0123456789");
//! let redactor = Redactor::builder().secret("KEY", &key).build();
//! let mut attempt = RawAttempt::default();
//! attempt.push(b"data: {\"text\": \"sk-live-\"}\n\n", 5_000_000);
//! attempt.push(b"data: {\"text\": \"0123456789\"}\n\n", 9_000_000);
//! let (recorded, masks) = attempt.masked(&redactor).expect("it can be masked");
//! assert_eq!(masks, 1);
//! let case = RecordedCase { trace_id: 7, case_index: 0, attempts: vec![recorded], ..Default::default() };
//!
//! let mut data = Vec::new();
//! let mut archive = ArchiveWriter::begin(&mut data, 0);
//! let entry = archive.write(&case)?;
//! archive.flush()?;
//! drop(archive);
//!
//! let again = ArchiveReader::new(Cursor::new(data)).read(&entry)?;
//! assert_eq!(again.attempts[0].body(), b"data: {\"text\": \"***\"}\n\ndata: {\"text\": \"\"}\n\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Invariant:** a [`RecordedAttempt`] holds no secret that its redactor knows, not even one that
//! was torn over several events: it is made by masking alone, or read from an archive.
//!
//! **Invariant:** what was flushed can be read, however the process ended after that.
//!
//! **Invariant:** no file is opened here, no clock is read, and nothing is logged.

mod archive;
mod case;
mod code;
mod lines;
mod mask;

pub use archive::{ArchiveReader, ArchiveWriter, BLOCK_BYTES, ENTRY_BYTES, Entry, ReadError};
pub use case::{
    Facts, LiveClocks, RawAttempt, RecordedAttempt, RecordedCase, RecordedEnd, RecordedHead,
};
pub use code::Damaged;
