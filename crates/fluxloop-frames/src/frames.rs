//! Cuts one body, whatever its framing.

use fluxloop_sse::{Decoder, End, Events, Limits};

use crate::whole::Whole;
use crate::{Frame, FrameError};

/// What separates one frame from the next.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Framing {
    /// An event stream (`text/event-stream`): a frame is an event.
    #[default]
    EventStream,
    /// Nothing: the whole body is one frame.
    Whole,
}

/// Cuts one body into frames.
#[derive(Debug)]
pub struct Frames(Kind);

#[derive(Debug)]
enum Kind {
    EventStream(Decoder),
    Whole(Whole),
}

/// The frames that a chunk completes, lent one at a time.
#[derive(Debug)]
#[must_use = "a chunk is read only when its frames are asked for"]
pub struct Fed<'a>(Option<Events<'a>>);

/// What is left when the body is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rest<'a> {
    /// Nothing.
    Nothing,
    /// A frame that the framing did not end: the body was cut inside it.
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
    /// Begins a body. A frame of an event stream may hold at most `max_frame_bytes`, as
    /// [`Limits::max_event_bytes`] counts them; a whole body has no limit here, because the caller
    /// counts the bytes of each body anyway.
    pub fn new(framing: Framing, max_frame_bytes: usize) -> Self {
        Self(match framing {
            Framing::EventStream => {
                let limits = Limits { max_event_bytes: max_frame_bytes };
                Kind::EventStream(Decoder::with_limits(limits))
            }
            Framing::Whole => Kind::Whole(Whole::default()),
        })
    }

    /// Takes the next chunk of the body, whatever its length.
    #[inline]
    pub fn feed<'a>(&'a mut self, chunk: &'a [u8]) -> Fed<'a> {
        match &mut self.0 {
            Kind::EventStream(decoder) => Fed(Some(decoder.feed(chunk))),
            Kind::Whole(whole) => {
                whole.push(chunk);
                Fed(None)
            }
        }
    }

    /// The bytes of a body that is one frame, as far as they came; empty for every other framing.
    pub fn so_far(&self) -> &[u8] {
        match &self.0 {
            Kind::EventStream(_) => &[],
            Kind::Whole(whole) => whole.bytes(),
        }
    }

    /// Ends the body.
    pub fn finish(&mut self) -> Rest<'_> {
        match &mut self.0 {
            Kind::EventStream(decoder) => {
                let End { pending, within_line, .. } = decoder.finish();
                pending.map_or(Rest::Nothing, |event| Rest::Unfinished {
                    frame: event.into(),
                    is_line_whole: !within_line,
                })
            }
            Kind::Whole(whole) => Rest::Last(Frame::message(whole.text())),
        }
    }
}

impl Fed<'_> {
    /// The next frame; `None` when the chunk completes no further frame.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "a frame borrows from this, and is lent")]
    pub fn next(&mut self) -> Option<Result<Frame<'_>, FrameError>> {
        let event = self.0.as_mut()?.next()?;
        Some(event.map(Frame::from).map_err(FrameError::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames of a body that comes in pieces of so many bytes, and what is left.
    #[track_caller]
    fn check(framing: Framing, body: &str, frames: &[(&str, &str)], rest: Rest<'_>) {
        for piece in [1, 2, 3, 7, body.len()] {
            let mut cutter = Frames::new(framing, 1 << 20);
            let mut found = Vec::new();
            for chunk in body.as_bytes().chunks(piece) {
                let mut fed = cutter.feed(chunk);
                while let Some(frame) = fed.next() {
                    let Frame { event_type, data } = frame.expect("the frames are small");
                    found.push((event_type.to_owned(), data.to_owned()));
                }
            }
            let found: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(found, frames, "in pieces of {piece} bytes");
            assert_eq!(cutter.finish(), rest, "in pieces of {piece} bytes");
        }
    }

    #[test]
    fn an_event_is_a_frame() {
        let body = "event: a\r\ndata: é\r\n\r\n: ping\n\ndata: b\n\n";
        check(Framing::EventStream, body, &[("a", "é"), ("message", "b")], Rest::Nothing);
    }

    #[test]
    fn an_event_that_was_cut_is_unfinished() {
        let frame = Frame::new("a", "b");
        let rest = |is_line_whole| Rest::Unfinished { frame, is_line_whole };
        check(Framing::EventStream, "event: a\ndata: b\n", &[], rest(true));
        check(Framing::EventStream, "event: a\ndata: b", &[], rest(false));
    }

    #[test]
    fn a_whole_body_is_its_last_frame() {
        let body = "data: é\n\n";
        check(Framing::Whole, body, &[], Rest::Last(Frame::message(body)));
    }

    #[test]
    fn a_whole_body_replaces_bad_utf8() {
        let mut frames = Frames::new(Framing::Whole, 0);
        assert_eq!(frames.feed(b"a\xFF").next(), None);
        assert_eq!(frames.so_far(), b"a\xFF");
        assert_eq!(frames.finish(), Rest::Last(Frame::message("a\u{fffd}")));
    }

    #[test]
    fn an_event_beyond_the_limit_is_an_error() {
        let mut frames = Frames::new(Framing::EventStream, 4);
        let error = FrameError::TooLarge { limit: 4 };
        assert_eq!(frames.feed(b"data: 12345").next(), Some(Err(error)));
    }
}
