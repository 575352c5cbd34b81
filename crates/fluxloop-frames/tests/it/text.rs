//! Text.

use fluxloop_frames::{Frame, Frames, Framing, Rest};

use crate::seen::{ROOMY, cut};

/// The text of each chunk, and that of the end of the body.
#[track_caller]
fn check(chunks: &[&[u8]], texts: &[&str], last: Option<&str>) {
    let seen = cut(Frames::new(Framing::Text, ROOMY), chunks.iter().copied());
    let found: Vec<_> = seen.frames.iter().map(|frame| frame.data.as_str()).collect();
    assert_eq!(found, texts);
    let last = last.map_or(Rest::Nothing, |text| Rest::Last(Frame::message(text)));
    assert_eq!(seen.rest, last.into());
}

#[test]
fn a_read_is_a_frame() {
    check(&[b"Hello, ", b"", b"data: x\n\n"], &["Hello, ", "data: x\n\n"], None);
}

#[test]
fn a_character_that_reads_cut_comes_whole() {
    check(
        &["a\u{e9}".as_bytes(), b"\xF0", b"\x9F\x98", b"\x80b"],
        &["a\u{e9}", "\u{1f600}b"],
        None,
    );
    check(&[b"a\xC3", b"\xA9\xC3", b"\xA9"], &["a", "\u{e9}", "\u{e9}"], None);
}

#[test]
fn bad_utf8_is_replaced() {
    check(&[b"a\xFFb", b"\xE2\x82", b"c\xC3"], &["a\u{fffd}b", "\u{fffd}c"], Some("\u{fffd}"));
}

#[test]
fn a_byte_order_mark_is_skipped_at_the_start_alone() {
    check(&[b"\xEF", b"\xBB", b"\xBF", b"a\xEF\xBB\xBFb"], &["a\u{feff}b"], None);
    check(&[b"\xEF\xBB\xBFa", b"\xEF\xBB\xBF"], &["a", "\u{feff}"], None);
}
