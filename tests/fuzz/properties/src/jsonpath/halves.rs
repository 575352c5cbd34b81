//! What the reader takes halves of surrogate pairs for, said independently of it.

/// The document with `\ufffd` in place of each escaped half of a surrogate pair, at the same bytes.
/// Then `serde_json`, which refuses the halves, can say what is right.
pub(super) fn mended(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let pair = unit(rest).zip(rest.get(6..).and_then(unit));
        let (escape, length) = match (unit(rest), pair) {
            (_, Some((0xD800..0xDC00, 0xDC00..0xE000))) => (rest.get(..12), 12),
            (Some(0xD800..0xE000), _) => (Some(r"\ufffd"), 6),
            // The character behind a backslash may be another one.
            _ => (rest.get(..2), 2),
        };
        let Some(escape) = escape else { break };
        mended.push_str(escape);
        rest = &rest[length..];
    }
    mended + rest
}

/// The number of the `\u` escape with which a text begins.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix(r"\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}
