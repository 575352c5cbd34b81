//! Counts how many bytes the decoder goes over, so that a test can tell that they are not too
//! many. Outside of tests nothing is counted.

#[cfg(test)]
use std::cell::Cell;

#[cfg(test)]
#[path = "../../benches/shapes/mod.rs"]
mod shapes;

#[cfg(test)]
thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// Counts bytes that are looked at, or copied.
#[cfg(test)]
pub(super) fn count(bytes: usize) {
    BYTES.set(BYTES.get() + bytes);
}

/// Counts nothing.
#[cfg(not(test))]
#[inline]
pub(super) fn count(_bytes: usize) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decoder;

    /// Decodes a stream; the work must be in proportion to its bytes and its chunks.
    #[track_caller]
    fn check(shape: &shapes::Shape) {
        BYTES.set(0);
        let mut decoder = Decoder::new();
        for chunk in shape.chunks() {
            let mut events = decoder.feed(chunk);
            while let Some(item) = events.next_item() {
                item.expect("no event is too large");
            }
        }
        decoder.finish();
        let (name, description) = (shape.name, &shape.description);
        let most = 6 * shape.bytes.len() + 64 * shape.chunks().count();
        assert!((1..=most).contains(&BYTES.get()), "{name}: {description}: {}", BYTES.get());
    }

    #[test]
    fn no_stream_makes_the_decoder_go_over_its_bytes_again_and_again() {
        shapes::hostile(100_000).iter().for_each(check);
        shapes::columns().iter().for_each(check);
    }
}
