//! One answer, from its bytes to a verdict, without I/O: time is an argument.

mod fault;
mod gaps;
mod head;
mod judge;
mod result;

use std::time::Duration;

pub use fault::AnswerFault;
use fluxloop_frames::{FrameKind, Frames, Framing, Rest};
pub use gaps::ChunkGaps;
use gaps::Gaps;
pub use head::{AnswerLimits, AnswerReader, Head};
use head::{Rules, Use};
pub use result::{AnswerResult, BodyEnd, Progress, Proof, Step, Times, Verdict};

use crate::{Aggregate, Aggregator, Push, Warning};

/// How much of a body is kept to be shown, in bytes. It is masked before it is cut to what is
/// shown, so it is longer than that.
const SHOWN_BYTES: usize = 16 << 10;

/// One answer.
///
/// [`feed`](Self::feed) every chunk of the body with the time of its arrival, until it says
/// [`Step::Enough`] or the body ends; after [`Step::Complete`] a caller reads on only as long as it
/// pleases. Then [`end`](Self::end), in any case.
#[derive(Debug)]
pub struct Answer {
    reader: AnswerReader,
    head: Head,
    limits: AnswerLimits,
    body: Body,
    /// How the body begins, as long as it may have to be shown.
    beginning: Vec<u8>,
    progress: Progress,
    times: Times,
    gaps: Gaps,
    most_in_a_read: u64,
    bytes: u64,
    /// What ended the reading.
    ended: Option<Verdict>,
}

/// What is made of the body.
#[derive(Debug)]
enum Body {
    /// Boxed, as the next one: it is large, and an attempt is moved before its body begins.
    Stream(Box<Stream>),
    Whole(Box<Frames>),
    Shown,
}

#[derive(Debug)]
struct Stream {
    frames: Frames,
    aggregator: Aggregator,
    /// Whether the media type says something else.
    leniently: bool,
}

impl Answer {
    /// Begins the body after a head.
    pub fn new(reader: &AnswerReader, head: Head, limits: AnswerLimits) -> Self {
        let frames = |framing| Frames::new(framing, limits.max_frame_bytes);
        let body = match (reader.use_of(&head), &*reader.0) {
            (Use::Stream { leniently }, Rules::Stream(stream, _)) => {
                let aggregator = Aggregator::new(stream, limits.output_char_limit);
                let frames = frames(Framing::EventStream);
                Body::Stream(Box::new(Stream { frames, aggregator, leniently }))
            }
            (Use::Whole, Rules::Plain(..)) => Body::Whole(Box::new(frames(Framing::Whole))),
            _ => Body::Shown,
        };
        Self {
            reader: reader.clone(),
            head,
            limits,
            body,
            beginning: Vec::new(),
            progress: Progress::default(),
            times: Times::default(),
            gaps: Gaps::default(),
            most_in_a_read: 0,
            bytes: 0,
            ended: None,
        }
    }

    /// Whether frames are taken from the body as they come.
    pub fn is_stream(&self) -> bool {
        matches!(self.body, Body::Stream(_))
    }

    /// Whether only the beginning of the body is of use, to be shown.
    pub fn is_only_shown(&self) -> bool {
        matches!(self.body, Body::Shown)
    }

    /// When things came so far.
    pub fn times(&self) -> &Times {
        &self.times
    }

    /// The text of a stream so far.
    pub fn text(&self) -> &str {
        match &self.body {
            Body::Stream(stream) => stream.aggregator.text(),
            Body::Whole(_) | Body::Shown => "",
        }
    }

    /// Takes a chunk of the body that arrived so long after the attempt began.
    #[inline]
    pub fn feed(&mut self, chunk: &[u8], at: Duration) -> Step {
        self.times.first_byte.get_or_insert(at);
        self.bytes += chunk.len() as u64;
        let limit = self.limits.max_body_bytes;
        let is_too_large = self.bytes > limit && !self.is_only_shown();
        // What lies within the limit counts, however the body was cut into chunks.
        let beyond = usize::try_from(self.bytes.saturating_sub(limit)).unwrap_or(usize::MAX);
        let within = &chunk[..chunk.len().saturating_sub(beyond)];
        match &mut self.body {
            Body::Stream(_) => match self.feed_stream(within, at) {
                Step::More if is_too_large => self.too_large(limit),
                Step::Complete if is_too_large => Step::Enough,
                step => step,
            },
            Body::Whole(_) if is_too_large => self.too_large(limit),
            Body::Whole(frames) => {
                // The one frame comes with the end of the body.
                let _ = frames.feed(chunk).next();
                self.note_whole();
                Step::More
            }
            Body::Shown => {
                self.keep_beginning(chunk);
                if self.beginning.len() < SHOWN_BYTES { Step::More } else { Step::Enough }
            }
        }
    }

    fn too_large(&mut self, limit: u64) -> Step {
        self.enough(Verdict::Failed(AnswerFault::TooLarge { limit }))
    }

    fn enough(&mut self, verdict: Verdict) -> Step {
        self.ended.get_or_insert(verdict);
        Step::Enough
    }

    fn keep_beginning(&mut self, chunk: &[u8]) {
        let room = SHOWN_BYTES.saturating_sub(self.beginning.len()).min(chunk.len());
        self.beginning.extend_from_slice(&chunk[..room]);
    }

    /// What comes of a text is text; JSON is nothing before it is whole.
    fn note_whole(&mut self) {
        if let (Body::Whole(frames), Rules::Plain(reader, _)) = (&self.body, &*self.reader.0)
            && self.progress == Progress::Waiting
            && reader.is_text(frames.so_far(), self.head.media_type.as_deref())
        {
            self.progress = Progress::Text;
        }
    }

    /// Takes every frame that a chunk completes.
    fn feed_stream(&mut self, chunk: &[u8], at: Duration) -> Step {
        let taken = self.take_frames(chunk, at);
        // As long as no event came, it may turn out to be something else than an event stream.
        if self.times.first_frame.is_none() {
            self.keep_beginning(chunk);
        }
        match taken {
            Ok(()) if self.progress == Progress::Complete => Step::Complete,
            Ok(()) => Step::More,
            // What comes after the end of the answer takes nothing away.
            Err(_) if self.progress == Progress::Complete => Step::Enough,
            Err(verdict) => self.enough(verdict),
        }
    }

    fn take_frames(&mut self, chunk: &[u8], at: Duration) -> Result<(), Verdict> {
        let Body::Stream(stream) = &mut self.body else { return Ok(()) };
        let Stream { frames, aggregator, .. } = &mut **stream;
        let mut in_this_read = 0;
        let mut fed = frames.feed(chunk);
        while let Some(frame) = fed.next() {
            let frame = frame.map_err(|error| Verdict::Failed(AnswerFault::Frame(error)))?;
            if frame.kind != FrameKind::Data {
                continue;
            }
            in_this_read += 1;
            self.most_in_a_read = self.most_in_a_read.max(in_this_read);
            self.times.first_frame.get_or_insert(at);
            self.times.last_frame = Some(at);
            let had = aggregator.text().len();
            let pushed = aggregator.push(&frame);
            if aggregator.text().len() > had {
                self.progress = self.progress.max(Progress::Text);
                self.times.first_text.get_or_insert(at);
                self.times.last_text = Some(at);
                self.gaps.note(at);
            }
            match pushed {
                Ok(Push::Nothing | Push::Text { .. }) => {}
                Ok(Push::Done) => {
                    self.progress = Progress::Complete;
                    self.times.complete.get_or_insert(at);
                }
                Ok(Push::LimitReached) => return Err(Verdict::LimitReached),
                Err(error) => return Err(Verdict::Failed(error.into())),
            }
        }
        Ok(())
    }

    /// Ends the body, and judges the answer.
    ///
    /// `at` is when it ended, since the attempt began.
    pub fn end(mut self, how: BodyEnd, at: Duration) -> AnswerResult {
        let early = self.ended.take();
        let body = std::mem::replace(&mut self.body, Body::Shown);
        match body {
            Body::Stream(stream) => self.end_stream(*stream, early, how),
            Body::Whole(frames) => self.end_whole(*frames, early, how, at),
            Body::Shown => self.end_shown(how),
        }
    }

    fn end_stream(self, stream: Stream, early: Option<Verdict>, how: BodyEnd) -> AnswerResult {
        let Stream { mut frames, aggregator, leniently } = stream;
        let rest = frames.finish();
        let pending = match &rest {
            Rest::Unfinished { frame, is_line_whole } => Some((frame, is_line_whole)),
            Rest::Nothing | Rest::Last(_) => None,
        };
        let broke_off = pending.is_some();
        // Where the body broke, a torn line may be the beginning of a longer one.
        let is_over = matches!(how, BodyEnd::Clean { .. } | BodyEnd::Enough);
        let pending = pending.filter(|&(_, is_line_whole)| is_over || *is_line_whole);
        let pending = pending.map(|(frame, _)| frame);
        let mut content = aggregator.finish(pending);
        if leniently {
            let media_type = self.head.media_type.clone();
            content.warnings.insert(0, Warning::ReadLeniently { media_type });
        }
        let verdict = early.unwrap_or_else(|| self.judge_stream(how, &content));
        let proof = match how {
            _ if content.done => Proof::Done,
            BodyEnd::Clean { proved: true } if !broke_off => Proof::Framed,
            _ => Proof::Nothing,
        };
        self.result(verdict, proof, Some(content))
    }

    fn end_whole(
        mut self,
        mut frames: Frames,
        early: Option<Verdict>,
        how: BodyEnd,
        at: Duration,
    ) -> AnswerResult {
        let proof = match how {
            BodyEnd::Clean { proved: true } if early.is_none() => Proof::Framed,
            _ => Proof::Nothing,
        };
        let (verdict, content) = match (early, how) {
            (None, BodyEnd::Clean { .. }) => {
                self.times.complete = Some(at);
                let judged = self.judge_whole(&mut frames);
                if judged.1.as_ref().is_some_and(Aggregate::has_text) {
                    self.progress = Progress::Text;
                }
                judged
            }
            (early, _) => (early.unwrap_or(Verdict::Cut), self.part_of_whole(&frames)),
        };
        self.result(verdict, proof, content)
    }

    /// What a text has that broke off.
    fn part_of_whole(&self, frames: &Frames) -> Option<Aggregate> {
        let Rules::Plain(reader, _) = &*self.reader.0 else { return None };
        let media_type = self.head.media_type.as_deref();
        let limit = self.limits.output_char_limit;
        let part = || reader.read_part(frames.so_far(), media_type, limit).ok();
        (self.progress == Progress::Text).then(part).flatten()
    }

    fn end_shown(self, how: BodyEnd) -> AnswerResult {
        let verdict = self.judge_shown(how);
        // An empty body that is accepted is an answer without text.
        let content = (verdict == Verdict::Succeeded).then(Aggregate::default);
        let proof = match how {
            BodyEnd::Clean { proved: true } if content.is_some() => Proof::Framed,
            _ => Proof::Nothing,
        };
        self.result(verdict, proof, content)
    }

    fn result(
        mut self,
        verdict: Verdict,
        proof: Proof,
        content: Option<Aggregate>,
    ) -> AnswerResult {
        if verdict == Verdict::Succeeded {
            self.progress = Progress::Complete;
        }
        AnswerResult {
            verdict,
            progress: self.progress,
            proof,
            times: self.times,
            gaps: self.gaps.percentiles(),
            most_in_a_read: self.most_in_a_read,
            bytes: self.bytes,
            content,
        }
    }
}
