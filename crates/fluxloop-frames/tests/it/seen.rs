//! The frames of a body as values that can be compared.

use fluxloop_frames::{Frame, FrameError, FrameKind, Frames, Framing, Rest};

/// More than any body of the tests.
pub(crate) const ROOMY: usize = 1 << 20;

/// A frame that owns its text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Owned {
    pub(crate) event_type: String,
    pub(crate) data: String,
    kind: FrameKind,
}

impl From<Frame<'_>> for Owned {
    fn from(frame: Frame<'_>) -> Self {
        let Frame { event_type, data, kind } = frame;
        Self { event_type: event_type.into(), data: data.into(), kind }
    }
}

/// What is left of a body.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Left {
    #[default]
    Nothing,
    Unfinished(Owned, bool),
    Last(Owned),
}

impl From<Rest<'_>> for Left {
    fn from(rest: Rest<'_>) -> Self {
        match rest {
            Rest::Nothing => Self::Nothing,
            Rest::Unfinished { frame, is_line_whole } => {
                Self::Unfinished(frame.into(), is_line_whole)
            }
            Rest::Last(frame) => Self::Last(frame.into()),
        }
    }
}

/// Everything that a body shows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) frames: Vec<Owned>,
    pub(crate) rest: Left,
    pub(crate) error: Option<FrameError>,
    pub(crate) framing: Option<Framing>,
}

/// Cuts a body that comes in these chunks.
pub(crate) fn cut<'a>(mut cutter: Frames, chunks: impl IntoIterator<Item = &'a [u8]>) -> Seen {
    let mut seen = Seen::default();
    for chunk in chunks.into_iter().map(Some).chain([None]) {
        let mut fed = match chunk {
            Some(chunk) => cutter.feed(chunk),
            None => cutter.flush(),
        };
        while let Some(frame) = fed.next() {
            assert_eq!(seen.error, None, "no frame follows an error");
            match frame {
                Ok(frame) => seen.frames.push(frame.into()),
                Err(error) => seen.error = Some(error),
            }
        }
    }
    seen.framing = cutter.framing();
    seen.rest = cutter.finish().into();
    seen
}

/// Checks a body in one piece, in two pieces wherever they meet (of a long body, at 500 places),
/// and in small pieces.
#[track_caller]
pub(crate) fn check_cuts(cutter: impl Fn() -> Frames, body: &[u8], expected: &Seen) {
    assert_eq!(&cut(cutter(), [body]), expected, "in one piece");
    for piece in [1, 2, 3, 7] {
        assert_eq!(&cut(cutter(), body.chunks(piece)), expected, "in pieces of {piece} bytes");
    }
    for place in (0..body.len()).step_by(1 + body.len() / 500) {
        let (start, rest) = body.split_at(place);
        assert_eq!(&cut(cutter(), [start, &[], rest]), expected, "cut at byte {place}");
    }
}

/// Checks the frames of a body, however it is cut, and what is left of it.
#[track_caller]
pub(crate) fn check(framing: Framing, body: &[u8], frames: &[Frame<'_>], rest: Rest<'_>) {
    let frames = frames.iter().copied().map(Owned::from).collect();
    let expected = Seen { frames, rest: rest.into(), error: None, framing: Some(framing) };
    check_cuts(|| Frames::new(framing, ROOMY), body, &expected);
}

/// Checks that a body exceeds the limit, however it is cut, after frames with these data.
#[track_caller]
pub(crate) fn check_too_large(framing: Framing, limit: usize, body: &str, before: &[&str]) {
    let frames = before.iter().map(|data| Frame::message(data).into()).collect();
    let error = Some(FrameError::TooLarge { limit });
    let expected = Seen { frames, error, framing: Some(framing), ..Seen::default() };
    check_cuts(|| Frames::new(framing, limit), body.as_bytes(), &expected);
}

/// A frame that was cut within its last line.
pub(crate) fn cut_in_line(data: &str) -> Rest<'_> {
    Rest::Unfinished { frame: Frame::message(data), is_line_whole: false }
}

/// An array at the root that was cut between two elements.
pub(crate) fn open_array() -> Rest<'static> {
    let frame = Frame { kind: FrameKind::NoData, ..Frame::message("") };
    Rest::Unfinished { frame, is_line_whole: true }
}
