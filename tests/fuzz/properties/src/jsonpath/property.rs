//! What must hold for all paths and documents.

use fluxloop_jsonpath::JsonPath;

use super::{document, path};

/// What has a meaning in a path or a document, and what comes near.
pub(crate) const TOKENS: &[&str] = &[
    "\n",
    "\t",
    "$",
    ".",
    "..",
    "[",
    "]",
    "*",
    "[*]",
    "[0]",
    "[-1]",
    "[::-1]",
    "[1:3]",
    "['a']",
    "[\"b\"]",
    "a",
    ".a",
    "..a",
    "['a','b']",
    "[?@.a]",
    "[?@.a == 1]",
    "[?!(@.a && @.b)]",
    " || ",
    "\\u0061",
    "\\ud83d\\ude00",
    "\\\"",
    "\\\\",
    "\\n",
    "{",
    "}",
    "{\"a\":",
    "{\"b\":",
    ",",
    ":",
    "\"",
    "\"a\"",
    "true",
    "false",
    "null",
    "-0",
    "1.50",
    "1e999",
    "1E-5",
    "18446744073709551616",
    "\\ud800",
    "[[[[[[[[",
    "]]]]]]]]",
    "{\"a\":{\"a\":{\"a\":",
    "}}}}",
    "é",
    "😀",
    "{\"delta\":\"Hel\"}",
    "9007199254740991",
    "choices[0].delta.content",
];

/// Any text is refused or is a path that finds, on the text of any document, what it finds in a
/// `serde_json::Value`, and refuses the documents of which `serde_json` makes none, but for halves
/// of surrogate pairs, which are U+FFFD.
///
/// Several paths in one pass find what each finds alone, whatever documents came before.
///
/// # Panics
///
/// If the input breaks the property.
pub fn jsonpath(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let mut lines = input.split('\n');
    let paths: Vec<JsonPath> =
        lines.next().unwrap_or_default().split('\t').filter_map(path::read).collect();
    let documents: Vec<&str> = lines.collect();
    for json in &documents {
        for path in &paths {
            document::check(path, json);
        }
    }
    path::check_together(&paths, &documents);
}
