//! What is kept of a case.

use std::fmt;

use fluxloop_redact::Redactor;

use crate::mask;

/// What is kept of a case.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RecordedCase {
    /// The id of its record, which no other case has: a case that is sent again is another one.
    pub trace_id: u128,
    /// Its place in the order of the inputs.
    pub case_index: u64,
    /// When it was due: nanoseconds since 1970, UTC.
    pub due: u64,
    /// When it was closed: nanoseconds since it was due.
    pub closed: u64,
    /// Its attempts, in order.
    pub attempts: Vec<RecordedAttempt>,
}

/// How an attempt came to its end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RecordedEnd {
    /// The body ended; whether that proves anything, its head says.
    Clean,
    /// Nothing more was read: the answer was complete, or a limit was reached.
    Enough,
    /// A clock of the attempt ran out, or the exchange failed. The record of the case says why.
    #[default]
    Broken,
    /// A clock of the attempt ran out.
    Late,
    /// The time of the case was over.
    Stopped,
}

/// The clocks that an attempt ran under, in nanoseconds; `None` where there was no such clock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LiveClocks {
    /// The whole attempt.
    pub attempt: Option<u64>,
    /// Between two pieces of the body.
    pub idle: Option<u64>,
    /// Between two events.
    pub event: Option<u64>,
    /// The whole case.
    pub guard: Option<u64>,
}

/// The head of an answer.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RecordedHead {
    /// When it came: nanoseconds since the attempt began.
    pub at: u64,
    /// The status.
    pub status: u16,
    /// The media type, without its parameters.
    pub media_type: Option<String>,
    /// The charset that it names.
    pub charset: Option<String>,
    /// Name and value of each header, in order. The value of a header that holds a secret by its
    /// name is masked whole.
    pub headers: Vec<(String, String)>,
    /// How long it asks to wait, and until a limit begins anew, in nanoseconds.
    pub waits: [Option<u64>; 2],
    /// Whether the framing proves that a body which ended is whole.
    pub proves_end: bool,
}

/// What is known of an attempt besides its answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself")]
pub struct Facts {
    /// When it began: nanoseconds since the case was due.
    pub started: u64,
    /// The pause before it, in nanoseconds.
    pub waited: u64,
    /// How long it took to connect, in nanoseconds, where a connection was opened.
    pub connect: Option<u64>,
    /// When it ended: nanoseconds since it began.
    pub ended: u64,
    /// How it ended.
    pub end: RecordedEnd,
    /// Whether no connection was there when it ended.
    pub was_connecting: bool,
    /// Whether the request was sent a second time at once.
    pub resent: bool,
    /// Whether a redirect turned the request into a GET.
    pub became_get: bool,
    /// How many redirects were followed.
    pub redirects: u8,
    /// Whether requests went through a proxy.
    pub is_proxied: bool,
    /// Whether a proxy answered in the server's place.
    pub is_from_proxy: bool,
    /// Whether an answer of the same run had shown its end by then.
    pub is_end_known: bool,
    /// The clocks that it ran under.
    pub clocks: LiveClocks,
}

/// An attempt under way, not yet masked. It is never written, and shows nothing of itself.
#[derive(Clone, Default)]
pub struct RawAttempt {
    /// What is known besides the answer.
    pub facts: Facts,
    /// The head, once it came. Its texts are masked with the rest.
    pub head: Option<RecordedHead>,
    pub(crate) chunks: Vec<(u64, u64)>,
    pub(crate) body: Vec<u8>,
}

impl RawAttempt {
    /// A piece of the body came, so many nanoseconds after the attempt began. Pieces come in order.
    pub fn push(&mut self, bytes: &[u8], at: u64) {
        self.body.extend_from_slice(bytes);
        self.chunks.push((at, bytes.len() as u64));
    }

    /// How many bytes of memory it holds.
    pub fn bytes(&self) -> usize {
        self.body.capacity() + self.chunks.capacity() * size_of::<(u64, u64)>()
    }

    /// Masks it, and tells how many places of the body were masked. `None` where it cannot be done
    /// for certain: such an attempt must not be kept.
    pub fn masked(self, redactor: &Redactor) -> Option<(RecordedAttempt, usize)> {
        let Self { facts, head, mut chunks, mut body } = self;
        let places = mask::body(&mut body, &mut chunks, redactor)?;
        let head = head.map(|head| mask::head(head, redactor));
        Some((RecordedAttempt { facts, head, chunks, body }, places))
    }
}

impl fmt::Debug for RawAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawAttempt").field("body", &self.body.len()).finish_non_exhaustive()
    }
}

/// What is kept of an attempt, masked.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RecordedAttempt {
    pub(crate) facts: Facts,
    pub(crate) head: Option<RecordedHead>,
    /// Nanoseconds since the attempt began, and bytes, of each piece of the body.
    pub(crate) chunks: Vec<(u64, u64)>,
    pub(crate) body: Vec<u8>,
}

impl RecordedAttempt {
    /// What is known besides the answer.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The head of the answer, if one came.
    pub fn head(&self) -> Option<&RecordedHead> {
        self.head.as_ref()
    }

    /// The body, as far as it was read, after decompression.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The pieces of the body, each with its time of arrival: nanoseconds since the attempt began.
    pub fn chunks(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = self.body.as_slice();
        self.chunks.iter().map_while(move |&(at, bytes)| {
            let (chunk, behind) = rest.split_at_checked(usize::try_from(bytes).ok()?)?;
            rest = behind;
            Some((at, chunk))
        })
    }
}
