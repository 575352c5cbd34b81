//! What is quoted, and that secrets are not.

use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::{Redactor, Secret};

use super::{Extent, Quotes, Sources};
use crate::Origin;

/// The quotation of each of these places, its mark between `>` and `<`.
fn quoted(text: &str, places: &[(usize, usize, Extent)]) -> Vec<Option<String>> {
    let shown: Arc<Path> = Path::new("f.yaml").into();
    let sources = Sources::from([(Arc::clone(&shown), text.to_owned())]);
    let redactor = Redactor::builder().secret("PIN", &Secret::new("4711")).build();
    let mut quotes = Quotes::new(&sources, &redactor);
    let shown_lines = places.iter().map(|(line, column, extent)| {
        let quote = quotes.quote(&Origin::at(&shown, *line, *column), *extent)?;
        let (line, mark) = (quote.line.as_str(), quote.mark);
        Some(format!("{}>{}<{}", &line[..mark.start], &line[mark.clone()], &line[mark.end..]))
    });
    shown_lines.collect()
}

#[track_caller]
fn check(text: &str, line: usize, column: usize, extent: Extent, expected: Option<&str>) {
    let quoted = quoted(text, &[(line, column, extent)]);
    assert_eq!(quoted[0].as_deref(), expected, "{text}");
}

#[test]
fn the_value_is_marked() {
    check("a:\n  timeout: soon\n", 2, 12, Extent::Value, Some("  timeout: >soon<"));
    check("timeout: 'soon' # x\n", 1, 10, Extent::Value, Some("timeout: >'soon'< …"));
    check("a: {b: soon, c: 1}\n", 1, 8, Extent::Value, Some("a: {b: >soon<, c: 1}"));
    check("añ: ${X} é\n", 1, 5, Extent::Point, Some("añ: >${X}< é"));
    check("path: a[0.b\n", 1, 10, Extent::Point, Some("path: a[0>.<b"));
}

#[test]
fn a_key_is_shown_without_its_value() {
    check("zebra: stripes\n", 1, 1, Extent::Key, Some(">zebra<: …"));
    check("\"zebra\":\n", 1, 1, Extent::Key, Some(">\"zebra\"<:"));
}

#[test]
fn what_has_the_shape_of_a_secret_is_not_quoted() {
    for line in [
        "a: http://u:p@h/x",
        "a: http://h/x?q=1",
        "a: abcdefghijklmnopqrstu",
        "a: sk-proj-Ab0Ab0Ab0Ab0",
        "a: 4711",
        "a: [x, 4711]",
        "- 4711",
    ] {
        check(line, 1, 4, Extent::Value, None);
    }
}

/// A text that can be read, and the same text, broken at its end.
fn sound_and_broken(text: &str) -> [String; 2] {
    [text.to_owned(), format!("{text}\nbroken: [\n")]
}

/// `hunter2` is in none of the quotations, whichever place of the text they are of.
#[test]
fn a_secret_is_not_quoted_wherever_it_stands() {
    let texts = [
        "headers: {Authorization: hunter2, X: y}\n",
        "headers:\n  Authorization: hunter2\n  X: y\n",
        "headers:\n  Authorization:\n    hunter2\n  X: y\n",
        "headers:\n  Authorization: Bearer\n    hunter2\n  X: y\n",
        "headers:\n  Authorization: |\n    Bearer\n    hunter2\n\n    hunter2\n  X: y\n",
        "headers:\n  Authorization: \"Bearer\n\n   hunter2\"\n  X: y\n",
        "headers: {\n Authorization:\n hunter2, X:\n y}\n",
        "a: 1 # password hunter2\nb: 2\n",
        "# hunter2\na: 1\n",
        "a: 'x # hunter2'\n",
        "metadata:\n  password:\n    one: hunter2\n    two: [x, hunter2]\n",
        "metadata: {passwords: [x,\n   hunter2]}\n",
        "shared: &it hunter2\nheaders:\n  Authorization: *it\n",
        "shared: &it\n  value: hunter2\nheaders:\n  Authorization: *it\n",
        "env:\n  - {name: API_KEY, value: hunter2}\n",
        "env:\n  - name: API_KEY\n    value: hunter2\n",
        "runner:\n  http:\n    api_key: hunter2\n    url: http://h/\n",
        "runner:\n  http:\n    body_template:\n      mapping:\n        key: |\n          {\"api_key\": \"hunter2\"}\n",
        "url: http://joe:hunter2@host/\n",
        "note: password=hunter2\n",
        "note: 'curl -H \"Api-Key: hunter2\"'\n",
        "client_secret: ${X:-hunter2}\n",
    ];
    for text in texts.into_iter().flat_map(sound_and_broken) {
        let lines = text.lines().enumerate();
        let columns = lines.flat_map(|(index, line)| {
            (1..=line.chars().count() + 1).map(move |column| (index + 1, column))
        });
        let extents = [Extent::Key, Extent::Value, Extent::Point];
        let places: Vec<_> = columns
            .flat_map(|(line, column)| extents.map(|extent| (line, column, extent)))
            .collect();
        for quote in quoted(&text, &places).into_iter().flatten() {
            let plain = quote.replace(['>', '<'], "");
            assert!(!plain.contains("hunter2"), "{quote}\n---\n{text}");
        }
    }
}
