//! Cuts one body, whatever its framing.

use fluxloop_sse::{Decoder, End, Events, Item, Limits};

use crate::framing::decide;
use crate::json::{FedJson, Json};
use crate::lines::{FedLines, Lines};
use crate::text::Text;
use crate::whole::Whole;
use crate::{Frame, FrameError, Framing};

/// How many bytes of a body are looked at to decide on its framing.
const SNIFFED_BYTES: usize = 4 << 10;

/// Cuts one body into frames.
#[derive(Debug)]
pub struct Frames {
    kind: Kind,
    max_frame_bytes: usize,
    /// The body as long as its framing is not decided.
    undecided: Vec<u8>,
}

#[derive(Debug)]
enum Kind {
    EventStream(Decoder),
    Lines(Lines),
    Json(Json),
    Text(Text),
    Whole(Whole),
    Undecided,
}

/// The frames that a chunk completes, lent one at a time.
#[derive(Debug)]
#[must_use = "a chunk is read only when its frames are asked for"]
pub struct Fed<'a>(Feeding<'a>);

#[derive(Debug)]
enum Feeding<'a> {
    Events(Events<'a>),
    Lines(FedLines<'a>),
    Json(FedJson<'a>),
    /// A text that is one frame; nothing if it is empty.
    Text(&'a str),
}

/// What is left when the body is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rest<'a> {
    /// Nothing.
    Nothing,
    /// A frame that the framing did not end: the body was cut inside it. If the body was cut
    /// between two elements of a JSON array, it is a [`FrameKind::NoData`](crate::FrameKind).
    Unfinished {
        /// What came of it.
        frame: Frame<'a>,
        /// Whether its last line is whole. A torn line may be the beginning of another one.
        is_line_whole: bool,
    },
    /// The last frame, which the end of the body ends.
    Last(Frame<'a>),
}

impl Frames {
    /// Begins a body of this framing.
    ///
    /// A frame may hold at most `max_frame_bytes`: of an event stream as
    /// [`Limits::max_event_bytes`] counts them, of JSON lines a line without its LF, of JSON a
    /// value. Text and a whole body have no limit here, because the caller counts the bytes of each
    /// body anyway.
    pub fn new(framing: Framing, max_frame_bytes: usize) -> Self {
        Self { kind: Kind::new(framing, max_frame_bytes), max_frame_bytes, undecided: Vec::new() }
    }

    /// Begins a body whose framing its first line that is not blank decides:
    ///
    /// | first line | framing |
    /// | --- | --- |
    /// | a field (`data:`, `event:`, `id:`, `retry:`) or a comment (`:`) of an event stream | [`Framing::EventStream`] |
    /// | a JSON object, array or string that fills the line | [`Framing::Lines`] |
    /// | another beginning of a JSON object or array | [`Framing::Json`] |
    /// | anything else | [`Framing::Text`] |
    ///
    /// Nothing is lent before that is decided: call [`flush`](Self::flush) when the body ends. If
    /// the line does not end within the first 4 KiB, its beginning decides.
    pub fn sniff(max_frame_bytes: usize) -> Self {
        Self { kind: Kind::Undecided, max_frame_bytes, undecided: Vec::new() }
    }

    /// The framing; `None` as long as it is not decided.
    pub fn framing(&self) -> Option<Framing> {
        match &self.kind {
            Kind::EventStream(_) => Some(Framing::EventStream),
            Kind::Lines(_) => Some(Framing::Lines),
            Kind::Json(_) => Some(Framing::Json),
            Kind::Text(_) => Some(Framing::Text),
            Kind::Whole(_) => Some(Framing::Whole),
            Kind::Undecided => None,
        }
    }

    /// Takes the next chunk of the body, whatever its length.
    #[inline]
    pub fn feed<'a>(&'a mut self, chunk: &'a [u8]) -> Fed<'a> {
        if matches!(self.kind, Kind::Undecided) {
            self.undecided.extend_from_slice(chunk);
            return self.decide(self.undecided.len() >= SNIFFED_BYTES);
        }
        self.undecided = Vec::new();
        self.kind.feed(chunk)
    }

    /// Decides on the framing now that the body is over, and lends the frames that were held back.
    /// Call it once, after the last chunk. It lends nothing if the framing is known.
    pub fn flush(&mut self) -> Fed<'_> {
        self.decide(true)
    }

    #[cold]
    fn decide(&mut self, is_over: bool) -> Fed<'_> {
        let looked_at = &self.undecided[..self.undecided.len().min(SNIFFED_BYTES)];
        if matches!(self.kind, Kind::Undecided)
            && let Some(framing) = decide(looked_at, is_over)
        {
            self.kind = Kind::new(framing, self.max_frame_bytes);
            return self.kind.feed(&self.undecided);
        }
        Fed(Feeding::Text(""))
    }

    /// The bytes of a body that is one frame, as far as they came; empty for every other framing.
    pub fn so_far(&self) -> &[u8] {
        if let Kind::Whole(whole) = &self.kind { whole.bytes() } else { &[] }
    }

    /// Ends the body.
    pub fn finish(&mut self) -> Rest<'_> {
        match &mut self.kind {
            Kind::EventStream(decoder) => rest_of_events(decoder.finish()),
            Kind::Lines(lines) => lines.finish(),
            Kind::Json(json) => json.finish(),
            Kind::Text(text) => text.finish(),
            Kind::Whole(whole) => Rest::Last(Frame::message(whole.text())),
            Kind::Undecided => Rest::Nothing,
        }
    }
}

impl Kind {
    fn new(framing: Framing, max_frame_bytes: usize) -> Self {
        match framing {
            Framing::EventStream => {
                let limits = Limits { max_event_bytes: max_frame_bytes };
                Self::EventStream(Decoder::with_limits(limits).with_strays())
            }
            Framing::Lines => Self::Lines(Lines::new(max_frame_bytes)),
            Framing::Json => Self::Json(Json::new(max_frame_bytes)),
            Framing::Text => Self::Text(Text::default()),
            Framing::Whole => Self::Whole(Whole::default()),
        }
    }

    #[inline]
    fn feed<'a>(&'a mut self, chunk: &'a [u8]) -> Fed<'a> {
        Fed(match self {
            Self::EventStream(decoder) => Feeding::Events(decoder.feed(chunk)),
            Self::Lines(lines) => Feeding::Lines(lines.feed(chunk)),
            Self::Json(json) => Feeding::Json(json.feed(chunk)),
            Self::Text(text) => Feeding::Text(text.push(chunk)),
            Self::Whole(whole) => {
                whole.push(chunk);
                Feeding::Text("")
            }
            Self::Undecided => Feeding::Text(""),
        })
    }
}

/// What is left of an event stream.
fn rest_of_events(end: End<'_>) -> Rest<'_> {
    let frame = match (end.pending, end.lenient()) {
        (_, Some(event)) => event.into(),
        (Some(event), None) => Frame::no_data(event.event_type),
        (None, None) => {
            return end.line.map_or(Rest::Nothing, |line| Rest::Last(Frame::line(line)));
        }
    };
    Rest::Unfinished { frame, is_line_whole: !end.within_line }
}

impl Fed<'_> {
    /// Whether what the chunk brought is text, in which nothing is to be interpreted.
    #[inline]
    pub fn is_text(&self) -> bool {
        matches!(self.0, Feeding::Text(text) if !text.is_empty())
    }

    /// The next frame; `None` when the chunk completes no further frame.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "a frame borrows from this, and is lent")]
    pub fn next(&mut self) -> Option<Result<Frame<'_>, FrameError>> {
        match &mut self.0 {
            Feeding::Events(events) => match events.next_content()? {
                // Almost every item is an event.
                Ok(Item::Event(event)) => Some(Ok(event.into())),
                Ok(item) => Some(Ok(Frame::of_item(item))),
                Err(error) => Some(Err(error.into())),
            },
            Feeding::Lines(lines) => lines.next(),
            Feeding::Json(json) => json.next(),
            Feeding::Text("") => None,
            Feeding::Text(text) => Some(Ok(Frame::message(std::mem::take(text)))),
        }
    }
}
