//! The standard's rules, as cases: see `tests/fixtures/README.md`.

use fluxloop_sse::Decoder;
use serde::Deserialize;

use crate::model;
use crate::seen::{Owned, Seen, decode, events, random_cut};

#[derive(Deserialize)]
struct Case {
    name: String,
    input_b64: String,
    events: Vec<Owned>,
    last_event_id: String,
    retry_ms: Option<u64>,
    comments: Option<Vec<String>>,
    chunks_b64: Option<Vec<String>>,
    #[serde(default)]
    initial_last_event_id: String,
}

impl Case {
    /// Decodes the stream in these chunks, and holds the result against what the case says.
    fn check(&self, cut: &str, chunks: &[&[u8]]) -> Seen {
        let place = format!("`{}`, cut {cut}", self.name);
        let decoder = || Decoder::new().with_last_event_id(&self.initial_last_event_id);
        let seen = decode(decoder(), chunks.iter().copied());
        assert_eq!(seen.events, self.events, "{place}");
        assert_eq!(seen.last_event_id, self.last_event_id, "{place}");
        assert_eq!(seen.retries.last().copied(), self.retry_ms, "{place}");
        if let Some(comments) = &self.comments {
            assert_eq!(&seen.comments, comments, "{place}");
        }
        assert_eq!(seen.error, None, "{place}");
        assert_eq!(events(decoder(), chunks.iter().copied()), self.events, "{place}, events only");
        seen
    }
}

/// The bytes of a text in base64.
fn base64(text: &str) -> Vec<u8> {
    let sextets = text.trim_end_matches('=').bytes().map(|byte| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("`{}` is not in the alphabet", char::from(byte)),
    });
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for sextet in sextets {
        bits = (bits << 6 | u32::from(sextet)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held).to_le_bytes()[0]);
        }
    }
    bytes
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = include_str!("../fixtures/cases.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(cases.len() >= 165, "the fixture is whole");
    cases
}

#[test]
fn every_case_holds_however_its_bytes_are_cut() {
    for case in cases() {
        let stream = base64(&case.input_b64);
        let whole = case.check("nowhere", &[&stream]);
        let bytes: Vec<_> = stream.chunks(1).collect();
        let with_empty: Vec<_> = bytes.iter().flat_map(|byte| [&[], *byte, &[]]).collect();
        let mut cuts = vec![
            ("into bytes".to_owned(), bytes),
            ("into twos".to_owned(), stream.chunks(2).collect()),
            ("into bytes with empty chunks".to_owned(), with_empty),
        ];
        for seed in 0..20 {
            let mean = [1, 3, 10, 70][usize::try_from(seed % 4).unwrap()];
            cuts.push((format!("at random, seed {seed}"), random_cut(&stream, mean, seed)));
        }
        for (cut, chunks) in &cuts {
            assert_eq!(case.check(cut, chunks), whole, "`{}`, cut {cut}", case.name);
        }
        if let Some(chunks) = &case.chunks_b64 {
            let chunks: Vec<_> = chunks.iter().map(|chunk| base64(chunk)).collect();
            assert_eq!(chunks.concat(), stream, "`{}`: the cut is of this stream", case.name);
            case.check("its own way", &chunks.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_model_of_the_property_tests_knows_every_case() {
    for case in cases() {
        let seen = model::decode(&base64(&case.input_b64), &case.initial_last_event_id);
        assert_eq!(seen.events, case.events, "`{}`", case.name);
        assert_eq!(seen.last_event_id, case.last_event_id, "`{}`", case.name);
        assert_eq!(seen.retries.last().copied(), case.retry_ms, "`{}`", case.name);
    }
}
