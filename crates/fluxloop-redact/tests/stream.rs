//! Wherever a text is cut into pieces, what is shown of it is the same.

use std::sync::Arc;

use fluxloop_redact::{Redactor, Secret};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// Secrets of few characters, so that they often overlap each other and themselves.
fn secret() -> impl Strategy<Value = String> {
    r"[ab/é]{8,12}|[ab/\\%& n]{8,12}"
}

/// The same characters as encoders write them, so that forms often begin and seldom end.
const PARTS: &[&str] = &[
    "a", "b", "A", "/", "é", r"\/", "%2F", "%c3%A9", r"\u00e9", "61", "62", ".", r"\", "%61",
    "&#x62;", "&sol;", r"\x61", "+", " ", "%2", "&", r"\u", "n", "\u{fffd}",
];

/// A text of at most `most` parts.
fn text(most: usize) -> impl Strategy<Value = String> {
    let parts = prop::collection::vec(prop::sample::select(PARTS), 0..=most);
    parts.prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(Config {
        cases: 512,
        rng_seed: RngSeed::Fixed(0x57AE),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn what_is_shown_is_the_masked_text_wherever_it_is_cut(
        secrets in prop::collection::vec(secret(), 1..4),
        before in text(60),
        // Often the text ends soon after the secret.
        after in prop_oneof![text(2), text(60)],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let add = |all: fluxloop_redact::RedactorBuilder, value: &String| {
            all.secret("S", &Secret::new(value.as_str()))
        };
        let redactor = Arc::new(secrets.iter().fold(Redactor::builder(), add).build());
        let text = format!("{before}{}{after}", secrets[0]);
        let mut cuts: Vec<_> =
            cuts.iter().map(|cut| text.floor_char_boundary(cut.index(text.len()))).collect();
        cuts.push(text.len());
        cuts.sort_unstable();

        let mut stream = redactor.stream();
        let mut shown = String::new();
        let mut start = 0;
        for &end in &cuts {
            shown.push_str(stream.push(&text[start..end]).as_str());
            start = end;
        }
        shown.push_str(stream.finish().as_str());
        let piece = redactor.mask_piece(&text).0;
        prop_assert_eq!(shown, piece.as_str(), "{} of {:?}", text, secrets);
    }
}
