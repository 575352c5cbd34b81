//! Reads event streams.
//!
//! [`Decoder`] holds what is left of one chunk when the next one comes, [`Events`] walks over one
//! chunk, whose [`Lines`](lines::Lines) are found a block at a time. Of an event that lies in its
//! chunk, `Events` remembers only where ([`Span`](span::Span)); what reaches beyond the chunk is
//! copied into [`Pending`](pending::Pending).

mod events;
mod field;
mod lines;
mod pending;
mod span;
mod text;
mod work;

pub use events::Events;
use field::Field;
use pending::Pending;

use crate::{End, Event, Limits};

/// The byte order mark in UTF-8. One is dropped at the start of a stream (standard: "UTF-8
/// decode").
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Reads one event stream; see the [crate](crate) for the order of calls.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    /// Whether data-less events and lines that set no field are shown.
    strays: bool,
    /// How many bytes of a byte order mark came; all of them also stands for "too late for one".
    bom: usize,
    /// Whether the last chunk ended in CR: an LF that follows it belongs to the same line end.
    after_cr: bool,
    /// Whether nothing may come any more: a limit was exceeded, or the stream ended.
    closed: bool,
    /// What came of the next event.
    pending: Pending,
    /// The standard's "last event ID string": committed by blank lines.
    last_event_id: String,
    /// The standard's "reconnection time", if the stream set one.
    retry: Option<u64>,
    /// Where text is lent from that stands nowhere else.
    mended: Mended,
}

/// Text that was not UTF-8 and had to be changed before it could be lent out.
#[derive(Debug, Default)]
struct Mended {
    event_type: String,
    /// Data, a comment, or a line that sets no field.
    data: String,
    /// Only of an event that was never finished: any other ID is committed.
    id: String,
    /// Only the last line of the body.
    line: String,
}

impl Mended {
    /// Forgets what was lent of an event or a comment.
    #[inline]
    fn clear(&mut self) {
        text::clear(&mut self.event_type);
        text::clear(&mut self.data);
    }
}

impl Decoder {
    /// A decoder with the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// A decoder with the given limits.
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Starts with an ID from an earlier stream, as a reconnection does.
    #[must_use]
    pub fn with_last_event_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.last_event_id);
        self
    }

    /// Shows what the standard discards but a reader may need, for example to explain a failure:
    /// events without data ([`Item::NoData`](crate::Item::NoData)) and lines that set no field
    /// ([`Item::Line`](crate::Item::Line)). The events stay the same.
    #[must_use]
    pub fn with_strays(mut self) -> Self {
        self.strays = true;
        self
    }

    /// Takes the next chunk of the stream, which may be cut anywhere and may be empty.
    ///
    /// The chunk is read by [`Events::next`]: drain it fully, or what is left of it is lost.
    #[inline]
    pub fn feed<'a>(&'a mut self, chunk: &'a [u8]) -> Events<'a> {
        let usual = self.bom == BOM.len() && !self.after_cr && !self.closed;
        let chunk = if usual { chunk } else { self.cut_start(chunk) };
        Events::new(self, chunk)
    }

    /// Tells what was pending when the body ended. The decoder yields nothing afterwards.
    ///
    /// That is discarded, as the standard wants it, unless the caller takes it from
    /// [`End::lenient`]. Nothing of it takes effect: [`last_event_id`](Self::last_event_id) and
    /// [`retry`](Self::retry) stay as they are.
    pub fn finish(&mut self) -> End<'_> {
        if self.closed {
            return End { pending: None, within_line: false, line: None, has_data: false };
        }
        self.closed = true;
        self.end_lending();
        if self.bom < BOM.len() {
            self.pending.push_line_part(&BOM[..self.bom]);
        }
        let within_line = self.pending.within_line();
        let Self { pending, last_event_id, mended, strays, .. } = self;
        pending.end_line(|field, line| {
            if *strays && field == Field::Unknown && field::is_stray(line) {
                text::replace(&mut mended.line, line);
            }
        });
        let line = Some(&*mended.line).filter(|line| !line.is_empty());
        let has_data = pending.has_data();
        let event = pending.has_fields().then(|| Event {
            event_type: pending.event_type(&mut mended.event_type),
            data: pending.data(&mut mended.data),
            id: match &pending.id {
                Some(id) => text::lossy(id, &mut mended.id),
                None => last_event_id,
            },
        });
        End { pending: event, within_line, line, has_data }
    }

    /// The last event ID that a blank line committed, or the one the decoder started with: what a
    /// reconnection would send as `Last-Event-ID`. Empty when there is none.
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// The reconnection time in milliseconds, if the stream set one.
    pub fn retry(&self) -> Option<u64> {
        self.retry
    }

    /// How much memory the buffers occupy, in bytes, in use or kept for the next event.
    ///
    /// However long the stream is, that is at most 8 times [`Limits::max_event_bytes`] and 16 MiB
    /// for what is kept: twice the limit for what came of the next event, and three times each for
    /// text that is lent and for the last event ID, if they consist of bad UTF-8, which becomes
    /// longer when it is replaced. An ID from an [earlier stream](Self::with_last_event_id) may be
    /// longer. As a rule it is less than twice what came of the next event; events that lie in one
    /// chunk and have no ID occupy nothing.
    pub fn memory(&self) -> usize {
        let Mended { event_type, data, id, line } = &self.mended;
        let texts = [event_type, data, id, line, &self.last_event_id];
        self.pending.memory() + texts.map(String::capacity).iter().sum::<usize>()
    }

    /// Forgets what was lent out last.
    #[inline]
    fn end_lending(&mut self) {
        self.pending.end_lending();
        self.mended.clear();
    }

    /// Drops what does not count at the start of a chunk.
    #[cold]
    fn cut_start<'a>(&mut self, chunk: &'a [u8]) -> &'a [u8] {
        if self.closed {
            &[]
        } else if self.bom < BOM.len() {
            self.skip_bom(chunk)
        } else {
            // An LF belongs to the CR at the end of the last chunk.
            self.after_cr = chunk.is_empty();
            chunk.strip_prefix(b"\n").unwrap_or(chunk)
        }
    }

    /// Forgets everything that is pending, and takes nothing any more.
    fn close(&mut self) {
        self.closed = true;
        self.pending = Pending::default();
    }

    /// Drops the byte order mark, which may come in pieces. A beginning of one that turns out to
    /// be something else is content.
    fn skip_bom<'a>(&mut self, chunk: &'a [u8]) -> &'a [u8] {
        let wanted = &BOM[self.bom..];
        let common = wanted.iter().zip(chunk).take_while(|(a, b)| a == b).count();
        if common == wanted.len() || common == chunk.len() {
            self.bom += common;
        } else {
            self.pending.push_line_part(&BOM[..self.bom + common]);
            self.bom = BOM.len();
        }
        &chunk[common..]
    }
}
