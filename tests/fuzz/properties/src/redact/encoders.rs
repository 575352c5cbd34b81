//! The forms of a secret, made by other encoders than those of the redactor.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// What an encoder makes of a secret.
type Encode = fn(&str) -> String;

/// The encoders, by the letter that stands for them in an input.
pub(super) const ENCODERS: &[(u8, Encode)] = &[
    (b'p', str::to_owned),
    (b'j', json),
    (b's', |secret| json(secret).replace('/', "\\/")),
    (b'u', |secret| unicode(secret, |unit| format!("\\u{unit:04x}"))),
    (b'U', |secret| unicode(secret, |unit| format!("\\u{unit:04X}"))),
    (b'a', |secret| ascii(secret, |unit| format!("\\u{unit:04x}"))),
    (b'A', |secret| ascii(secret, |unit| format!("\\u{unit:04X}"))),
    (b'f', form),
    (b'%', |secret| form(secret).replace('+', "%20")),
    (b'e', |secret| percent(secret, false)),
    (b'E', |secret| percent(secret, true)),
    (b'b', |secret| STANDARD.encode(secret)),
    (b'B', |secret| STANDARD_NO_PAD.encode(secret)),
    (b'w', |secret| URL_SAFE.encode(secret)),
    (b'W', |secret| URL_SAFE_NO_PAD.encode(secret)),
    (b'x', |secret| hex(secret, false)),
    (b'X', |secret| hex(secret, true)),
    (b'h', |secret| html(secret).replace('"', "&quot;").replace('\'', "&#39;")),
    (b'H', html),
];

/// As `serde_json` writes it between quotes.
fn json(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn unicode(secret: &str, digits: fn(u16) -> String) -> String {
    secret.encode_utf16().map(digits).collect()
}

/// As JSON without anything beyond ASCII.
fn ascii(secret: &str, digits: fn(u16) -> String) -> String {
    let escape = |c: char| match json(&c.to_string()) {
        long if long.starts_with("\\u") || c > '~' => unicode(&c.to_string(), digits),
        short => short,
    };
    secret.chars().map(escape).collect()
}

/// Everything but letters and digits, which no encoder takes for special.
fn percent(secret: &str, upper: bool) -> String {
    let byte = |byte: u8| match byte {
        kept if kept.is_ascii_alphanumeric() => char::from(kept).to_string(),
        other => format!("%{}", digits(other, upper)),
    };
    secret.bytes().map(byte).collect()
}

fn hex(secret: &str, upper: bool) -> String {
    secret.bytes().map(|byte| digits(byte, upper)).collect()
}

fn digits(byte: u8, upper: bool) -> String {
    if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }
}

fn form(secret: &str) -> String {
    form_urlencoded::byte_serialize(secret.as_bytes()).collect()
}

fn html(secret: &str) -> String {
    secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The digits of base64 that are the secret's alone when `before` bytes stand before it.
pub(super) fn own_digits(secret: &str, before: usize) -> Vec<String> {
    let bytes = [&[0; 2][..before], secret.as_bytes()].concat();
    let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    [STANDARD, URL_SAFE].map(|engine| engine.encode(&bytes)[start..end].to_owned()).to_vec()
}
