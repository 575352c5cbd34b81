//! Counts how many bytes of text the joining goes over, so that a test can show that they are in
//! proportion to the bytes of the frames. Outside of tests nothing is counted.

#[cfg(test)]
use std::cell::Cell;

#[cfg(test)]
thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// Counts bytes that are copied, compared or counted.
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
    use std::time::Duration;

    use fluxloop_frames::Frame;
    use fluxloop_schema::{StreamKind, load};
    use serde_json::{Value, json};

    use super::*;
    use crate::{Aggregator, AnswerReader, AnswerRules};

    /// A long text before the frames: what goes over it for each of them takes quadratic time.
    const LONG: usize = 50_000;

    /// Takes a long text, then the frames again and again, as often as gives them as many bytes.
    #[track_caller]
    fn check_within(schema: &Value, limit: Option<u64>, frames: &[String]) {
        let schema = load(schema, "test", &mut |_, _| None).expect("the schema is sound").schema;
        let reader = AnswerReader::new(&AnswerRules::new(StreamKind::Sse, schema));
        let mut aggregator = Aggregator::new(&reader, limit);
        let long = json!({"text": "é".repeat(LONG / 2), "group": "long"}).to_string();
        let round: usize = frames.iter().map(String::len).sum();
        let rounds = LONG / round;
        BYTES.set(0);
        for frame in std::iter::once(&long).chain(frames.iter().cycle().take(rounds * frames.len()))
        {
            aggregator.push(&Frame::message(frame), Duration::ZERO).expect("a good frame");
        }
        let (at_least, most) = (LONG, 6 * (LONG + rounds * round));
        assert!((at_least..=most).contains(&BYTES.get()), "{} of {most}", BYTES.get());
    }

    fn frame(text: &str, group: &str) -> String {
        json!({"text": text, "group": group}).to_string()
    }

    /// The second limit is below the bytes of the text and above its characters, which have to be
    /// counted for it.
    #[track_caller]
    fn check(schema: &Value, frames: &[String]) {
        check_within(schema, None, frames);
        check_within(schema, Some(LONG as u64 - 1), frames);
    }

    #[test]
    fn resets_take_linear_time() {
        let schema = json!({
            "type": "type",
            "text": "text",
            "reset": [{"when": "again", "since": "begin"}],
        });
        let of_type = |name: &str| json!({"type": name}).to_string();
        let frames = [of_type("begin"), frame("some", "a"), of_type("again")];
        check(&schema, &frames);
    }

    #[test]
    fn replacements_take_linear_time() {
        let schema = json!({"text": {"path": "text", "join": "replace", "group": "group"}});
        for texts in [["one", "one and more"], ["one", "another"]] {
            let frames = texts.map(|text| frame(text, "short"));
            check(&schema, &frames);
        }
    }

    #[test]
    fn groups_that_take_turns_take_linear_time() {
        let schema = json!({"text": {"path": "text", "group": "group"}});
        let frames = ["a", "b", "c"].map(|group| frame("some", group));
        check(&schema, &frames);
    }

    #[test]
    fn halves_of_characters_take_linear_time() {
        let frames = [r#"{"text": "\ud83d"}"#, r#"{"text": "\ude00"}"#].map(str::to_owned);
        check(&json!({"text": "text"}), &frames);
    }
}
