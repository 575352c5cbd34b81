//! Percent-encoding in URLs and forms (RFC 3986, section 2.1; URL standard, sections 1.3 and 5.2).

use super::{Form, push_hex, rewritten};

/// Which bytes an encoder keeps, besides letters and digits.
const KEPT: [fn(u8) -> bool; 9] = [
    // Nothing: the simplest encoders.
    |_| false,
    // What RFC 3986 calls unreserved: Python's `quote(…, safe='')`, Go's `QueryEscape`.
    is_unreserved,
    // Python's `quote`.
    |byte| is_unreserved(byte) || byte == b'/',
    // JavaScript's `encodeURIComponent` and `encodeURI`.
    is_kept_in_component,
    |byte| is_kept_in_component(byte) || b";,/?:@&=+$#".contains(&byte),
    // `application/x-www-form-urlencoded`.
    |byte| b"*-._".contains(&byte),
    // What a parser of URLs leaves alone in a query, in a path, and before the `@`.
    |byte| byte.is_ascii_graphic() && !b"\"#<>'".contains(&byte),
    |byte| byte.is_ascii_graphic() && !b"\"#<>?^`{}".contains(&byte),
    |byte| b"!$%&'()*+,-._~".contains(&byte),
];

fn is_unreserved(byte: u8) -> bool {
    b"-._~".contains(&byte)
}

fn is_kept_in_component(byte: u8) -> bool {
    b"-_.!~*'()".contains(&byte)
}

pub(super) fn add(value: &str, forms: &mut Vec<Form>) {
    for keeps in KEPT {
        for space in ["%20", "+"] {
            forms.push(rewritten(value, |c, into| match c {
                ' ' => into.push_str(space),
                _ => push(into, c, keeps),
            }));
        }
    }
}

fn push(into: &mut String, c: char, keeps: fn(u8) -> bool) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        if byte.is_ascii_alphanumeric() || keeps(byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            push_hex(into, byte.into(), 2);
        }
    }
}
