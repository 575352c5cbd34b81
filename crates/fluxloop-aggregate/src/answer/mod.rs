//! One answer, from its bytes to a verdict, without I/O: time is an argument.

mod fault;
mod gaps;
mod head;
mod judge;
mod reading;
mod result;

use std::time::Duration;

use encoding_rs::Decoder;
pub use fault::AnswerFault;
use fluxloop_frames::{Frame, Frames, Framing, Recognized, Rest, recognized};
pub use gaps::ChunkGaps;
use head::Use;
pub use head::{AnswerLimits, Head, framing_of};
use reading::Reading;
pub use result::{AnswerResult, BodyEnd, Progress, Proof, Step, Times, Verdict};
use serde::de::IgnoredAny;

use crate::aggregator::{Aggregator, Unended};
use crate::api_error::error_in_json;
use crate::content::Content;
use crate::error::ContentFault;
use crate::media::{decoder_of, in_utf_8, is_json, is_page, reads_as_binary};
use crate::reader::AnswerReader;
use crate::warning::{Warning, WarningKind};

/// How much of a body is kept to be shown, in bytes. It is masked before it is cut to what is
/// shown, so it is longer than that.
const SHOWN_BYTES: usize = 16 << 10;

/// How many frames with text a stream has at least of which it is said that they came at once.
const MANY_FRAMES: u64 = 20;

/// How long such a stream kept everybody waiting at least before its first byte.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// All text within this time came at once.
const AT_ONCE: Duration = Duration::from_millis(5);

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
    /// Makes UTF-8 of a body in another charset.
    charset: Option<Box<Decoder>>,
    /// How the body begins, as long as it may have to be shown.
    beginning: Vec<u8>,
    reading: Reading,
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
        let stream = |frames, leniently| {
            let aggregator = Aggregator::new(reader, limits.output_char_limit);
            Body::Stream(Box::new(Stream { frames, aggregator, leniently }))
        };
        let most = limits.max_frame_bytes;
        let body = match reader.rules().use_of(&head) {
            Use::Frames(framing) => stream(Frames::new(framing, most), false),
            Use::Leniently(framing) => stream(Frames::new(framing, most), true),
            Use::Sniffed => stream(Frames::sniff(most), false),
            Use::Whole => Body::Whole(Box::new(Frames::new(Framing::Whole, most))),
            Use::Shown => Body::Shown,
        };
        // An event stream is always UTF-8 (WHATWG HTML, 9.2.6).
        let is_utf_8 =
            matches!(&body, Body::Stream(it) if it.frames.framing() == Some(Framing::EventStream));
        let charset = head.charset.as_deref().filter(|_| !is_utf_8).and_then(decoder_of);
        Self {
            reader: reader.clone(),
            head,
            limits,
            body,
            charset,
            beginning: Vec::new(),
            reading: Reading::default(),
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
        &self.reading.times
    }

    fn aggregator(&self) -> Option<&Aggregator> {
        if let Body::Stream(stream) = &self.body { Some(&stream.aggregator) } else { None }
    }

    /// The text of a stream so far, as long as it only grows at its end.
    pub fn text(&self) -> &str {
        self.aggregator().map_or("", Aggregator::text)
    }

    /// How often the text was taken back, or changed elsewhere than at its end.
    pub fn rewrites(&self) -> u64 {
        self.aggregator().map_or(0, Aggregator::rewrites)
    }

    /// Takes a chunk of the body that arrived so long after the attempt began.
    #[inline]
    pub fn feed(&mut self, chunk: &[u8], at: Duration) -> Step {
        self.reading.times.first_byte.get_or_insert(at);
        self.bytes += chunk.len() as u64;
        let limit = self.limits.max_body_bytes;
        let is_too_large = self.bytes > limit && !self.is_only_shown();
        // What lies within the limit counts, however the body was cut into chunks.
        let beyond = usize::try_from(self.bytes.saturating_sub(limit)).unwrap_or(usize::MAX);
        let beyond = if is_too_large { beyond } else { 0 };
        let within = &chunk[..chunk.len().saturating_sub(beyond)];
        let in_utf_8 = self.charset.as_mut().map(|decoder| in_utf_8(decoder, within));
        let within = in_utf_8.as_deref().map_or(within, str::as_bytes);
        match &mut self.body {
            Body::Stream(_) => match self.feed_stream(within, at) {
                Step::More if is_too_large => self.too_large(limit),
                Step::Complete if is_too_large => Step::Enough,
                step => step,
            },
            Body::Whole(_) if is_too_large => self.too_large(limit),
            Body::Whole(frames) => {
                // The one frame comes with the end of the body.
                let _ = frames.feed(within).next();
                self.note_whole();
                Step::More
            }
            Body::Shown => {
                self.keep_beginning(within);
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
        if let Body::Whole(frames) = &self.body
            && self.reading.progress == Progress::Waiting
            // No chunk is looked at with all blanks before it.
            && self.may_be_text(frames.so_far().get(..SHOWN_BYTES).unwrap_or(frames.so_far()))
        {
            self.reading.progress = Progress::Text;
        }
    }

    /// Whether a body that is one frame and begins like this is text, of which a part is text too.
    fn may_be_text(&self, beginning: &[u8]) -> bool {
        let beginning = without_mark(beginning);
        let media_type = self.head.media_type.as_deref();
        let is_blank = beginning.trim_ascii_start().is_empty();
        let is_json = media_type.is_some_and(is_json) || begins_like_json(beginning);
        !is_blank && !is_json && self.accepts_text()
    }

    /// Whether a body that is one frame and not JSON is an answer.
    fn accepts_text(&self) -> bool {
        let named = self.head.media_type.as_deref().and_then(Framing::of_media_type);
        !self.reader.rules().has_own_path && named != Some(Framing::EventStream)
    }

    /// Takes every frame that a chunk completes.
    fn feed_stream(&mut self, chunk: &[u8], at: Duration) -> Step {
        let Body::Stream(stream) = &mut self.body else { return Step::Enough };
        let Stream { frames, aggregator, .. } = &mut **stream;
        let taken = self.reading.take(frames.feed(chunk), aggregator, at);
        let is_text = frames.framing() == Some(Framing::Text);
        // As long as no frame came, it may turn out to be something else than was expected.
        if self.reading.times.first_frame.is_none() || is_text {
            self.keep_beginning(chunk);
        }
        match taken {
            Ok(()) if self.reading.progress == Progress::Complete => Step::Complete,
            Ok(()) => Step::More,
            // What comes after the end of the answer takes nothing away.
            Err(_) if self.reading.progress == Progress::Complete => Step::Enough,
            Err(verdict) => self.enough(verdict),
        }
    }

    /// Ends the body, and judges the answer.
    ///
    /// `at` is when it ended, since the attempt began.
    pub fn end(mut self, how: BodyEnd, at: Duration) -> AnswerResult {
        let early = self.ended.take();
        let body = std::mem::replace(&mut self.body, Body::Shown);
        match body {
            Body::Stream(stream) => self.end_stream(*stream, early, how, at),
            Body::Whole(frames) => self.end_whole(*frames, early, how, at),
            Body::Shown => self.end_shown(how),
        }
    }

    fn end_stream(
        mut self,
        stream: Stream,
        early: Option<Verdict>,
        how: BodyEnd,
        at: Duration,
    ) -> AnswerResult {
        let Stream { mut frames, mut aggregator, leniently } = stream;
        let mut early = early;
        if early.is_none() {
            early = self.reading.take(frames.flush(), &mut aggregator, at).err();
        }
        let framing = frames.framing();
        // Where the body broke, a torn line may be the beginning of a longer one.
        let is_over = matches!(how, BodyEnd::Clean { .. } | BodyEnd::Enough);
        let unended = if is_over { Unended::Cleanly } else { Unended::Broken };
        let mut broke_off = false;
        let (mut content, fault) = match frames.finish() {
            Rest::Last(frame) if early.is_none() && !aggregator.is_done() => {
                early = self.reading.take_last(&frame, &mut aggregator, framing, at).err();
                aggregator.finish(None, at)
            }
            Rest::Unfinished { frame, is_line_whole } => {
                broke_off = true;
                // Where only an id or a pause was under way, nothing was cut off.
                let is_empty = frame.data.is_empty()
                    && frame.event_type == Frame::MESSAGE
                    && framing == Some(Framing::EventStream);
                let counts = (is_over || is_line_whole) && !(is_empty && is_line_whole);
                aggregator.finish(counts.then_some((&frame, unended)), at)
            }
            Rest::Nothing | Rest::Last(_) => aggregator.finish(None, at),
        };
        self.note_times(&content);
        if leniently {
            let kind = WarningKind::OtherMediaType { media_type: self.head.media_type.clone() };
            content.warnings.insert(0, Warning { kind, count: 1, example: None });
        }
        if framing == Some(Framing::Text)
            && let Some(fault) = self.look_at_text(&mut content)
        {
            early = early.or(Some(Verdict::Failed(fault)));
        }
        // Where no frame came, the body as a whole says what it is.
        let late = fault.filter(|_| content.frames > 0);
        let late = late.map(|fault| Verdict::Failed(fault.into()));
        // A text that was held back may reach the limit at the end.
        let early = early.or_else(|| content.limit_reached.then_some(Verdict::LimitReached));
        let verdict = early.or_else(|| late.filter(|_| how != BodyEnd::Abandoned));
        let verdict = verdict.unwrap_or_else(|| self.judge_stream(how, &content));
        self.warn(&verdict, how, &mut content);
        if let Some(framing) = framing.filter(|_| verdict == Verdict::Succeeded) {
            self.warn_of_documents(framing, &mut content);
        }
        let proof = match how {
            _ if content.done => Proof::Done,
            BodyEnd::Clean { proved: true } if !broke_off => Proof::Framed,
            _ => Proof::Nothing,
        };
        self.result(verdict, proof, framing, Some(content))
    }

    /// A text may have been something else, although nobody asked to look into it.
    fn look_at_text(&self, content: &mut Content) -> Option<AnswerFault> {
        let text = &content.text.text;
        if reads_as_binary(&String::from_utf8_lossy(&self.beginning)) {
            return Some(AnswerFault::MediaType { body: self.shown() });
        }
        if text.trim_start().starts_with('{')
            && let Some(error) = error_in_json(text)
        {
            return Some(AnswerFault::reported(error, Some(self.shown())));
        }
        let framing = match recognized(&self.beginning) {
            Some(Recognized::EventStream) => Framing::EventStream,
            Some(Recognized::JsonLines) => Framing::Lines,
            Some(Recognized::JsonArray) if is_list_of_objects(text) => Framing::Json,
            _ => return None,
        };
        let kind = WarningKind::OtherFraming { framing };
        content.warnings.push(Warning { kind, count: 1, example: None });
        None
    }

    /// Warnings that follow from how the answer ended and when its parts came.
    fn warn(&mut self, verdict: &Verdict, how: BodyEnd, content: &mut Content) {
        if *verdict != Verdict::Succeeded {
            content.warnings.retain(|it| it.kind != WarningKind::FailureInSuccess);
            return;
        }
        let mut warn = |kind| content.warnings.push(Warning { kind, count: 1, example: None });
        let is_late = matches!(how, BodyEnd::Late | BodyEnd::Stopped) && !content.done;
        if is_late {
            self.reading.times.complete = self.reading.times.last_frame;
            let done = content.finish_reason_at.clone().zip(content.finish_reason.clone());
            warn(WarningKind::ClockAfterFinish { done });
        } else if let Some(name) = content
            .missing_end
            .clone()
            .or_else(|| content.missing_own_end.clone())
            .filter(|_| !content.done)
        {
            warn(WarningKind::MissingEnd { name });
        }
        let came_at_once = self.reading.most_in_a_read.saturating_mul(2) >= content.frames
            || self
                .reading
                .times
                .last_text
                .zip(self.reading.times.first_text)
                .is_some_and(|(last, first)| last.saturating_sub(first) <= AT_ONCE);
        let was_late = self.reading.times.first_byte.is_some_and(|first| first >= LONG_WAIT);
        if content.matched >= MANY_FRAMES && was_late && came_at_once {
            warn(WarningKind::OneRead);
        }
    }

    /// Where nobody says where the text is, the data of each frame is: whole JSON, perhaps. One
    /// document in a stream of events may be what the agent was asked for.
    fn warn_of_documents(&self, framing: Framing, content: &mut Content) {
        let rules = &self.reader.rules().schema.text.rules;
        let is_data = rules.iter().all(|rule| rule.path.is_none());
        let text = content.text.text.trim_start();
        let is_json = match framing {
            Framing::Json | Framing::Lines => begins_like_json(text.as_bytes()),
            Framing::EventStream => is_followed(text),
            _ => false,
        };
        if is_data && is_json {
            let kind = WarningKind::JsonAsText;
            content.warnings.push(Warning { kind, count: 1, example: None });
        }
    }

    fn note_times(&mut self, content: &Content) {
        self.reading.times.first_text = content.text.first;
        self.reading.times.last_text = content.text.last;
        if content.has_text() {
            self.reading.progress = self.reading.progress.max(Progress::Text);
        }
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
        let whole = Some(Framing::Whole);
        if let (None, BodyEnd::Clean { .. }) = (&early, how) {
            self.reading.times.complete = Some(at);
            let Rest::Last(frame) = frames.finish() else { return self.end_shown(how) };
            let (verdict, content) = self.read_whole(frame.data);
            let is_done = content.as_ref().is_some_and(|content| content.done);
            let proof = if is_done { Proof::Done } else { proof };
            if content.as_ref().is_some_and(Content::has_text) {
                self.reading.progress = Progress::Text;
            }
            return self.result(verdict, proof, whole, content);
        }
        let content =
            (self.reading.progress == Progress::Text).then(|| self.read_part(frames.so_far()));
        self.result(early.unwrap_or(Verdict::Cut), proof, whole, content)
    }

    /// What a text has that broke off, without the character in which it did.
    fn read_part(&self, body: &[u8]) -> Content {
        let end = match str::from_utf8(body) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => body.len(),
        };
        self.read_text(&String::from_utf8_lossy(without_mark(&body[..end])))
    }

    fn read_text(&self, text: &str) -> Content {
        let mut aggregator = Aggregator::new(&self.reader, self.limits.output_char_limit);
        aggregator.push_text(text, Duration::ZERO);
        let (content, _) = aggregator.finish(None, Duration::ZERO);
        without_times(content)
    }

    /// Reads a body that is one frame.
    ///
    /// It is JSON if its media type says so, or if it begins like an object or an array and can be
    /// read as one; then the rules say where the text is. Any other body is the text itself, but
    /// not where somebody said where the text is, and not an event stream.
    fn read_whole(&mut self, body: &str) -> (Verdict, Option<Content>) {
        // RFC 8259, section 8.1, lets a reader ignore it.
        let body = body.strip_prefix('\u{feff}').unwrap_or(body);
        self.keep_beginning(body.as_bytes());
        let media_type = self.head.media_type.as_deref();
        let must_be_json = media_type.is_some_and(is_json);
        let mut aggregator = Aggregator::new(&self.reader, self.limits.output_char_limit);
        if body.trim().is_empty() {
            let content = without_times(aggregator.finish(None, Duration::ZERO).0);
            return (self.judge_whole(body, &content), Some(content));
        }
        if must_be_json || begins_like_json(body.as_bytes()) {
            let pushed = aggregator.push_document(body, Duration::ZERO);
            match pushed {
                Err(ContentFault::Malformed(_)) if !must_be_json || self.is_other_body(body) => {}
                pushed => {
                    let (content, late) = aggregator.finish(None, Duration::ZERO);
                    let content = without_times(content);
                    let fault = pushed.err().or(late);
                    let verdict = match fault {
                        Some(fault) => Verdict::Failed(fault.into()),
                        None => self.judge_whole(body, &content),
                    };
                    return (verdict, Some(content));
                }
            }
        }
        if !self.accepts_text() || must_be_json {
            return (Verdict::Failed(AnswerFault::NotADocument { body: self.shown() }), None);
        }
        if reads_as_binary(&String::from_utf8_lossy(&self.beginning)) {
            self.reading.progress = Progress::Waiting;
            return (Verdict::Failed(AnswerFault::MediaType { body: self.shown() }), None);
        }
        let mut content = self.read_text(body);
        if media_type.is_some_and(is_page) {
            let kind = WarningKind::HtmlPage;
            content.warnings.push(Warning { kind, count: 1, example: None });
        }
        (self.judge_whole(body, &content), Some(content))
    }

    /// Whether a body that cannot be read as JSON is something else, and not damaged JSON.
    fn is_other_body(&self, body: &str) -> bool {
        match recognized(&self.beginning) {
            Some(Recognized::JsonLines | Recognized::EventStream) => true,
            _ if !self.reader.rules().has_own_path => false,
            _ => !begins_like_json(body.as_bytes()) || is_followed(body),
        }
    }

    fn end_shown(self, how: BodyEnd) -> AnswerResult {
        let verdict = self.judge_shown(how);
        // An empty body that is accepted is an answer without text.
        let content = (verdict == Verdict::Succeeded).then(Content::default);
        let proof = match how {
            BodyEnd::Clean { proved: true } if content.is_some() => Proof::Framed,
            _ => Proof::Nothing,
        };
        self.result(verdict, proof, None, content)
    }

    fn result(
        mut self,
        verdict: Verdict,
        proof: Proof,
        framing: Option<Framing>,
        content: Option<Content>,
    ) -> AnswerResult {
        if verdict == Verdict::Succeeded {
            self.reading.progress = Progress::Complete;
        }
        AnswerResult {
            verdict,
            progress: self.reading.progress,
            proof,
            times: self.reading.times,
            gaps: self.reading.gaps.percentiles(),
            framing,
            most_in_a_read: self.reading.most_in_a_read,
            bytes: self.bytes,
            content,
        }
    }
}

fn begins_like_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Whether a JSON array begins with an object, as the frames of a stream do.
fn is_list_of_objects(text: &str) -> bool {
    text.trim_start().strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'))
}

/// The text of a body that is one frame has no times.
fn without_times(mut content: Content) -> Content {
    (content.text.first, content.text.last) = (None, None);
    // A body that is one frame is not a stream of frames.
    (content.frames, content.passed) = (0, 0);
    content.by_type.clear();
    content
}

/// Whether another JSON document follows the first one.
fn is_followed(body: &str) -> bool {
    let mut documents = serde_json::Deserializer::from_str(body).into_iter::<IgnoredAny>();
    let is_whole = matches!(documents.next(), Some(Ok(_)));
    let rest = body.get(documents.byte_offset()..).unwrap_or_default();
    is_whole && begins_like_json(rest.as_bytes())
}

/// A body without its byte order mark.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}
