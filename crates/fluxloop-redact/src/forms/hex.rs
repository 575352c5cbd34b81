//! Hexadecimal digits, two for each byte (RFC 4648, section 8).

use super::{Form, push_hex, rewritten};

pub(super) fn add(value: &str, forms: &mut Vec<Form>) {
    forms.push(rewritten(value, |c, into| {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            push_hex(into, byte.into(), 2);
        }
    }));
}
