//! What must hold for every body, however it is cut.

use fluxloop_frames::{Frames, Framing};
use proptest::prelude::*;

use crate::seen::{Left, cut};

/// Pieces of which bodies are made: all that has a meaning, and what comes near.
const PIECES: &[&[u8]] = &[
    b"\n",
    b"\r\n",
    b"\n\n",
    b"data: ",
    b"event: ",
    b":",
    b" ",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\"",
    b"\\",
    b"{\"a\": 1}",
    b"[1, 2]",
    b"12",
    b"true",
    b"x",
    b"\xEF\xBB\xBF",
    b"\xEF",
    b"\xE2\x82",
    b"\xAC",
    b"\xFF",
    b"\x1E",
];

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(PIECES), 0..30).prop_map(|pieces| pieces.concat())
}

fn framing() -> impl Strategy<Value = Option<Framing>> {
    let framings = [Framing::EventStream, Framing::Lines, Framing::Json, Framing::Whole];
    prop::sample::select(framings.map(Some).into_iter().chain([None]).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn frames_do_not_depend_on_cuts(
        body in body(),
        framing in framing(),
        piece in 1_usize..9,
        limit in prop::sample::select(vec![0, 5, 20, 1 << 20]),
    ) {
        let frames = || framing.map_or_else(|| Frames::sniff(limit), |f| Frames::new(f, limit));
        let whole = cut(frames(), [&*body]);
        prop_assume!(whole.framing != Some(Framing::Text));
        prop_assert_eq!(cut(frames(), body.chunks(piece)), whole);
    }

    #[test]
    fn text_is_the_whole_body_as_text(body in body(), piece in 1_usize..9) {
        let seen = cut(Frames::new(Framing::Text, 0), body.chunks(piece));
        let mut text: String = seen.frames.into_iter().map(|frame| frame.data).collect();
        if let Left::Last(frame) = seen.rest {
            text += &frame.data;
        }
        let expected = String::from_utf8_lossy(&body);
        prop_assert_eq!(text, expected.strip_prefix('\u{feff}').unwrap_or(&expected));
    }
}
