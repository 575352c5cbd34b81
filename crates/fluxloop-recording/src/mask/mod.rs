//! Takes secrets out of the body of an answer, also those that are torn over several events.
//!
//! An agent that repeats a key sends it in pieces, each a string of its own in an event of its own.
//! So the strings that stand under one name are joined over all events (`segments`), and searched as
//! one text. Almost no body holds a secret, and almost all lines of a body differ in a few bytes
//! from an earlier line: only what differs is joined and searched at first. Where that finds
//! something, everything is joined, and what was found is taken out of the places that it came from.
//!
//! Nobody knows which strings will be read as one text by other rules, so pieces of secrets of eight
//! bytes and more are masked wherever they stand, as in every text that is shown by itself.

mod segments;

use std::ops::Range;

use fluxloop_redact::naming::is_sensitive_header;
use fluxloop_redact::{MASK, Redactor};
use memchr::memrchr;

use self::segments::Groups;
use crate::case::RecordedHead;

/// How much of the last line is looked at as it stands, in bytes: more than any form of a secret has.
const END_BYTES: usize = 64 << 10;

/// A part of the body that goes, and whether a mask takes its place.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Cut {
    range: Range<usize>,
    /// Whether it is the first part of what was found in a joined text; `None` where nothing was
    /// joined.
    is_first: Option<bool>,
}

impl Cut {
    /// What takes its place: of a secret in several parts only the first is replaced, so that the
    /// parts together read as the record does.
    fn mask(&self) -> &'static str {
        if self.is_first.unwrap_or(true) { MASK } else { "" }
    }
}

/// Masks a body, keeps the lengths of its pieces true, and tells how many masks there are. `None`
/// when a secret is left.
pub(crate) fn body(
    body: &mut Vec<u8>,
    chunks: &mut [(u64, u64)],
    redactor: &Redactor,
) -> Option<usize> {
    if redactor.is_empty() || !has_secret(body, redactor) {
        return Some(0);
    }
    let cuts = cuts(body, redactor);
    cut(body, chunks, &cuts);
    let is_clean = self::cuts(body, redactor).is_empty();
    is_clean.then(|| cuts.iter().filter(|cut| !cut.mask().is_empty()).count())
}

/// The quick look. The end is looked at as it stands: an answer that was cut may end in the middle of
/// a secret, or of an escape.
fn has_secret(body: &[u8], redactor: &Redactor) -> bool {
    let has_secret = |text: &str| !redactor.places_of_pieces(text).is_empty();
    let line = memrchr(b'\n', body.trim_ascii_end()).map_or(0, |end| end + 1);
    let end = body.len().saturating_sub(END_BYTES).max(line);
    has_secret(&readable(&body[end..]))
        || Groups::of_changes(body).texts().any(|text| has_secret(&text))
}

/// Everything that has to go, in order and apart.
fn cuts(body: &[u8], redactor: &Redactor) -> Vec<Cut> {
    let whole = redactor.places_of_pieces(&readable(body));
    let mut cuts: Vec<_> = whole.into_iter().map(|range| Cut { range, is_first: None }).collect();
    let groups = Groups::of_everything(body);
    for group in groups.iter() {
        for found in redactor.places_of_pieces(&readable(group.bytes())) {
            let places = group.places(&found).enumerate();
            cuts.extend(places.map(|(nth, range)| Cut { range, is_first: Some(nth == 0) }));
        }
    }
    cuts.sort_by_key(|cut| cut.range.start);
    cuts.dedup_by(|next, last| {
        let meets = next.range.start < last.range.end;
        if meets {
            last.range.end = last.range.end.max(next.range.end);
            last.is_first = last.is_first.max(next.is_first);
        }
        meets
    });
    cuts
}

/// The same number of bytes as text: what is no UTF-8 is replaced byte by byte.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for piece in bytes.utf8_chunks() {
        text.push_str(piece.valid());
        text.extend(piece.invalid().iter().map(|_| '?'));
    }
    text
}

/// Cuts these ranges out.
fn cut(body: &mut Vec<u8>, chunks: &mut [(u64, u64)], cuts: &[Cut]) {
    let (mut kept, mut end) = (Vec::with_capacity(body.len()), 0);
    let mut ends = chunks.iter_mut().scan(0, |end, (_, bytes)| {
        let start = *end;
        *end += usize::try_from(*bytes).unwrap_or(usize::MAX);
        Some((start, *end, bytes))
    });
    let mut chunk = ends.next();
    for cut in cuts {
        let Cut { range, .. } = cut;
        kept.extend_from_slice(&body[end..range.start]);
        end = range.end;
        let mask = cut.mask();
        kept.extend_from_slice(mask.as_bytes());
        let mut added = mask.len() as u64;
        while let Some((start, stop, bytes)) = &mut chunk {
            if *stop > range.start {
                let gone = range.end.min(*stop).saturating_sub(range.start.max(*start)) as u64;
                **bytes = (**bytes + std::mem::take(&mut added)).saturating_sub(gone);
                if *stop > range.end {
                    break;
                }
            }
            chunk = ends.next();
        }
    }
    kept.extend_from_slice(&body[end..]);
    *body = kept;
}

/// Masks the texts of a head.
pub(crate) fn head(mut head: RecordedHead, redactor: &Redactor) -> RecordedHead {
    let mask = |text: &str| redactor.mask_piece(text).0.as_str().to_owned();
    for (name, value) in &mut head.headers {
        let is_secret = is_sensitive_header(name);
        *value = if is_secret || redactor.is_short_secret(value) {
            MASK.to_owned()
        } else {
            mask(value)
        };
        *name = mask(name);
    }
    head.media_type = head.media_type.as_deref().map(mask);
    head.charset = head.charset.as_deref().map(mask);
    head
}

#[cfg(test)]
mod tests {
    use fluxloop_redact::Secret;

    use super::*;

    const KEY: &str = "sk-live-0123456789";

    fn redactor() -> Redactor {
        Redactor::builder().secret("KEY", &Secret::new(KEY)).build()
    }

    /// Pieces of a body, and what is kept of them.
    #[track_caller]
    fn check(pieces: &[&str], expected: &[&str]) {
        let mut chunks: Vec<_> = pieces.iter().map(|piece| (0, piece.len() as u64)).collect();
        let mut bytes = pieces.concat().into_bytes();
        body(&mut bytes, &mut chunks, &redactor()).expect("it can be masked");
        let mut rest = bytes.as_slice();
        let kept = chunks.iter().map(|(_, length)| {
            let (piece, behind) = rest.split_at(usize::try_from(*length).expect("it is short"));
            rest = behind;
            String::from_utf8_lossy(piece).into_owned()
        });
        assert_eq!(kept.collect::<Vec<_>>(), expected);
    }

    /// The events of a stream that says these texts.
    fn events(texts: &[&str]) -> Vec<String> {
        let event = |(number, text): (usize, &&str)| {
            format!(
                "data: {{\"id\": \"chatcmpl-1\", \"n\": {number}, \"choices\": [{{\"index\": 0, \"delta\": {{\"content\": \"{text}\"}}}}], \"model\": \"m\"}}\n\n"
            )
        };
        texts.iter().enumerate().map(event).collect()
    }

    #[track_caller]
    fn check_texts(texts: &[&str], expected: &[&str]) {
        let (events, expected) = (events(texts), events(expected));
        let as_str =
            |all: &[String]| all.iter().map(String::as_str).map(str::to_owned).collect::<Vec<_>>();
        let (events, expected) = (as_str(&events), as_str(&expected));
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(&events, &expected);
    }

    #[test]
    fn a_body_without_a_secret_is_as_it_was() {
        check_texts(&["a", "b", "sk-live", "0123"], &["a", "b", "sk-live", "0123"]);
        check(&["", "x", ""], &["", "x", ""]);
    }

    #[test]
    fn a_whole_secret_is_masked_in_strings_and_outside_of_them() {
        check_texts(&["a", "sk-live-0123456789", "b"], &["a", "***", "b"]);
        check(&["key: sk-live-0123456789, and"], &["key: ***, and"]);
        check(&[": sk-live-0123456789\n\n"], &[": ***\n\n"]);
        check(&["{\"sk-live-0123456789\": 1}"], &["{\"***\": 1}"]);
        check(&["sk-live-", "0123456789!"], &["***", "!"]);
    }

    #[test]
    fn a_secret_that_is_torn_over_events_is_masked_where_it_begins() {
        check_texts(&["a", "sk-", "live", "-0123456789 b"], &["a", "***", "", " b"]);
        let letters: Vec<String> = KEY.chars().map(String::from).collect();
        let mut letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        letters.insert(0, "It is ");
        let mut expected = vec!["It is ", "***"];
        expected.resize(letters.len(), "");
        check_texts(&letters, &expected);
    }

    #[test]
    fn a_secret_is_found_after_many_events_of_the_same_kind() {
        let mut texts = vec!["word "; 60];
        texts.extend(["sk-li", "ve-01", "23456789", "."]);
        let mut expected = vec!["word "; 60];
        expected.extend(["***", "", "", "."]);
        check_texts(&texts, &expected);
    }

    #[test]
    fn pieces_of_plain_text_are_joined() {
        check(
            &["data: sk-live-\n\n", "data: 0123456789\n\n", "data: x\n\n"],
            &["data: ***\n\n", "data: \n\n", "data: x\n\n"],
        );
        check(&["event: sk-live-0123456789\ndata: x\n\n"], &["event: ***\ndata: x\n\n"]);
    }

    #[test]
    fn strings_under_other_names_between_the_pieces_do_not_matter() {
        check(
            &["{\"t\":\"sk-live-\",\"u\":\"a\"}\n", "{\"t\":\"0123456789\",\"u\":\"b\"}\n"],
            &["{\"t\":\"***\",\"u\":\"a\"}\n", "{\"t\":\"\",\"u\":\"b\"}\n"],
        );
    }

    #[test]
    fn escaped_and_encoded_secrets_are_found() {
        check_texts(&[r"sk\u002dlive-0123", "456789"], &["***", ""]);
        check_texts(&["c2stbGl2ZS0wMTIz", "NDU2Nzg5"], &["***", ""]);
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let mut bytes = b"\xff\xfe sk-live-0123456789 \xff".to_vec();
        let mut chunks = [(0, 2), (0, bytes.len() as u64 - 2)];
        body(&mut bytes, &mut chunks, &redactor()).expect("it can be masked");
        assert_eq!(bytes, b"\xff\xfe *** \xff");
        assert_eq!(chunks, [(0, 2), (0, 6)]);
    }

    #[test]
    fn pieces_of_eight_bytes_are_masked_wherever_they_stand() {
        check(&["it is sk-live-0123 and"], &["it is *** and"]);
        check(
            &["{\"t\":\"sk-live-\",\"u\":\"0123456789\"}\n"],
            &["{\"t\":\"***\",\"u\":\"***\"}\n"],
        );
    }

    #[test]
    fn an_answer_that_was_cut_within_a_secret_does_not_show_its_beginning() {
        check(&[r#"{"t":"a sk-live"#], &[r#"{"t":"a sk-live"#]);
        check(&[r#"{"t":"a sk-live-"#], &[r#"{"t":"a ***"#]);
        check(&[r#"{"t":"a \u0073\u006b\u002d\u006c\u0"#], &[r#"{"t":"a ***"#]);
    }

    #[test]
    fn escapes_within_escapes_are_read() {
        check(&[r#"{"t":"sk\\u002dlive-0123456789"}"#], &[r#"{"t":"***"}"#]);
        check(
            &[r#"{"t":"{\"k\":\"sk\\u002dlive\u002d0123456789\"}"}"#],
            &[r#"{"t":"{\"k\":\"***\"}"}"#],
        );
        check(
            &[r#"{"t":"a\n\ud83d\ude00 sk-live-"}"#, "\n", r#"{"t":"0123456789\u00e9"}"#],
            &[r#"{"t":"a\n\ud83d\ude00 ***"}"#, "\n", r#"{"t":"\u00e9"}"#],
        );
    }

    /// What the quick look finds is what the thorough one finds, for streams that tear a key at
    /// random among events that differ.
    #[test]
    fn the_quick_look_misses_nothing_that_the_thorough_one_finds() {
        for seed in 0..2_000 {
            let mut chance = fastrand::Rng::with_seed(seed);
            let mut texts: Vec<String> = (0..chance.usize(0..30))
                .map(|_| ["a", "bc", "word ", "s", "sk", ""][chance.usize(0..6)].to_owned())
                .collect();
            let mut rest = KEY;
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(chance.usize(1..=rest.len().min(6)));
                texts.push(piece.to_owned());
                rest = behind;
            }
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let stream = events(&texts).concat().into_bytes();
            let quick = has_secret(&stream, &redactor());
            assert!(quick, "seed {seed}");
        }
    }
}
