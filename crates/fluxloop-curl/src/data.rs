//! The data of a body (`-d` and its like).

use crate::options::Valued;
use crate::request::Files;
use crate::{CurlError, Text};

/// What an option with data adds to the body.
pub(crate) fn data(
    what: Valued,
    option: &str,
    value: &Text,
    files: &mut Files<'_>,
) -> Result<Text, CurlError> {
    let file = value.strip_prefix("@");
    match (what, file) {
        (Valued::DataUrlencode, _) => urlencoded(option, value, files),
        (Valued::DataRaw, _) | (_, None) => Ok(value.clone()),
        // curl takes line ends and NUL out of the file of `-d`, not out of that of `--data-binary`.
        (Valued::Data, Some(path)) => {
            let text = files.read(option, &path)?;
            Ok(text.map(|text| text.replace(['\r', '\n', '\0'], "")))
        }
        (_, Some(path)) => files.read(option, &path),
    }
}

/// `content`, `=content`, `name=content`, `@file` or `name@file`.
pub(crate) fn urlencoded(
    option: &str,
    value: &Text,
    files: &mut Files<'_>,
) -> Result<Text, CurlError> {
    let text = value.marked();
    let Some(at) = text.find(['=', '@']) else { return Ok(encoded(value)) };
    let name = &text[..at];
    let rest = Text::from_marked(&text[at + 1..]);
    let content = if text[at..].starts_with('@') { files.read(option, &rest)? } else { rest };
    let mut out = Text::from_marked(name);
    if !name.is_empty() {
        out.push('=');
    }
    out.append(&encoded(&content));
    Ok(out)
}

/// Percent-encoded, with `+` for a blank, as curl does it since 7.88. What a variable brings is
/// sent as it is.
pub(crate) fn encoded(text: &Text) -> Text {
    text.map(|literal| {
        let encode = |byte: u8| match byte {
            b' ' => "+".to_owned(),
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        };
        literal.bytes().map(encode).collect()
    })
}
