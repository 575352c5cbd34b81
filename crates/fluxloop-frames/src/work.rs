//! Counts how many bytes a framing goes over, so that a test can show that they are in proportion to
//! the bytes of the body. Outside of tests nothing is counted.

#[cfg(test)]
use std::cell::Cell;

#[cfg(test)]
thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// Counts bytes that are looked at or copied.
#[cfg(test)]
pub(crate) fn count(bytes: usize) {
    BYTES.set(BYTES.get() + bytes);
}

/// Counts nothing.
#[cfg(not(test))]
#[inline]
pub(crate) fn count(_bytes: usize) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Frames, Framing};

    /// Cuts a long body that a piece makes when it is repeated, in chunks of some sizes.
    #[track_caller]
    fn check(framing: Framing, start: &str, piece: &[u8]) {
        let body = [start.as_bytes(), &piece.repeat(20_000 / piece.len())].concat();
        for size in [1, 7, 4_096, body.len()] {
            BYTES.set(0);
            let mut frames = Frames::new(framing, body.len());
            for chunk in body.chunks(size) {
                let mut fed = frames.feed(chunk);
                while let Some(frame) = fed.next() {
                    frame.expect("no frame is too large");
                }
            }
            let (at_least, most) = (body.len() - start.len(), 7 * body.len());
            assert!((at_least..=most).contains(&BYTES.get()), "by {size} bytes: {}", BYTES.get());
        }
    }

    #[test]
    fn lines_take_linear_time() {
        for start in ["", "{\"a\": \""] {
            for piece in ["x", "\n", " ", " \n", "\r", "{}\n", "\u{feff}", "\u{1e}\n"] {
                check(Framing::Lines, start, piece.as_bytes());
            }
        }
        check(Framing::Lines, "", b"\xFF");
        check(Framing::Lines, "", b"\xFF\n");
    }

    #[test]
    fn json_takes_linear_time() {
        for start in ["", "[", "{\"a\": \"", "\"\\"] {
            for piece in ["x", "\n", "[", "]", "{", "\"", "\\", "1", "1,", "{},", "\"a\" "] {
                check(Framing::Json, start, piece.as_bytes());
            }
        }
        check(Framing::Json, "\"", b"\xFF");
    }

    #[test]
    fn text_takes_linear_time() {
        for piece in [b"x".as_slice(), "é".as_bytes(), "\u{1f600}".as_bytes(), b"\xFF", b"\xF0\x9F"]
        {
            check(Framing::Text, "", piece);
        }
    }
}
