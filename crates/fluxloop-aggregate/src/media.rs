//! Media types and charsets, as far as they decide how a body is read.

use encoding_rs::{Decoder, Encoding, UTF_8};

/// Whether a media type is JSON: `application/json`, `text/json`, or a type that ends in `+json`
/// (RFC 6839, section 3.1).
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// Whether a media type is that of a page.
pub(crate) fn is_page(media_type: &str) -> bool {
    essence(media_type) == "text/html"
}

/// Kinds and names of media that are never text.
const BINARY_KINDS: [&str; 4] = ["image/", "audio/", "video/", "font/"];
const BINARY: [&str; 5] = [
    "application/pdf",
    "application/zip",
    "application/gzip",
    "application/wasm",
    "application/x-tar",
];

/// Whether a media type is that of binary data. A picture in XML is text.
pub(crate) fn is_binary(media_type: &str) -> bool {
    let essence = essence(media_type);
    let is_kind = BINARY_KINDS.iter().any(|kind| essence.starts_with(kind));
    is_kind && !essence.ends_with("+xml") || BINARY.contains(&&*essence)
}

/// Whether a body whose bytes were read as text was not text: one character in ten or more is
/// a control character, or stands for bytes that are not UTF-8.
pub(crate) fn reads_as_binary(text: &str) -> bool {
    let is_odd = |c: char| {
        c == char::REPLACEMENT_CHARACTER || c.is_control() && !"\t\n\r\u{8}\u{c}\u{1b}".contains(c)
    };
    let odd = text.chars().filter(|&c| is_odd(c)).count();
    odd > 0 && odd * 10 >= text.chars().count()
}

/// What makes UTF-8 of a charset; `None` for UTF-8 itself, and for what nobody knows.
pub(crate) fn decoder_of(charset: &str) -> Option<Box<Decoder>> {
    let encoding = Encoding::for_label(charset.as_bytes()).filter(|it| *it != UTF_8)?;
    Some(Box::new(encoding.new_decoder()))
}

/// The characters that a chunk completes.
pub(crate) fn in_utf_8(decoder: &mut Decoder, chunk: &[u8]) -> String {
    let room = decoder.max_utf8_buffer_length(chunk.len()).unwrap_or(chunk.len());
    let mut text = String::with_capacity(room);
    // There is room for all of it.
    let _ = decoder.decode_to_string(chunk, &mut text, false);
    text
}

/// A media type without its parameters.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_data_is_known_by_its_type_or_by_its_bytes() {
        for (value, expected) in
            [("image/png", true), ("image/svg+xml", false), ("text/plain; charset=x", false)]
        {
            assert_eq!(is_binary(value), expected, "{value}");
        }
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], true),
            (b"\0\0\0\0", true),
            (b"gr\xfcne B\xe4ume am Flu\xdf im Sommer und im Winter", false),
            (b"one\0two three four", false),
            ("\u{1b}[1mbold\u{1b}[0m".as_bytes(), false),
            (b"", false),
        ] {
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(reads_as_binary(&text), expected, "{text}");
        }
    }

    #[test]
    fn json_is_known_by_its_suffix_too() {
        for (value, expected) in [
            ("application/json; charset=utf-8", true),
            ("application/vnd.api+json", true),
            ("application/x-ndjson", false),
            ("text/html", false),
        ] {
            assert_eq!(is_json(value), expected, "{value}");
        }
    }
}
