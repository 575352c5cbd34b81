//! Forms in parts (`-F`, RFC 7578).

use crate::options::Valued;
use crate::request::Files;
use crate::{CurlError, Text};

/// What separates the parts. curl draws one at random.
pub(crate) const BOUNDARY: &str = "------------------------fluxloop0form0part0";

/// Appends a part.
pub(crate) fn append(
    body: &mut Text,
    what: Valued,
    option: &str,
    value: &Text,
    files: &mut Files<'_>,
) -> Result<(), CurlError> {
    let expected = "`NAME=CONTENT`";
    let wrong = || CurlError::Value { option: option.to_owned(), expected };
    let (name, content) = value.split_once('=').ok_or_else(wrong)?;
    let mut part = Part { content: content.clone(), file_name: None, media_type: None };
    if what == Valued::Form {
        part = Part::of_form(option, &content, files)?;
    }
    body.push_str(&format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\""));
    body.push_text(&quoted(&name));
    body.push('"');
    if let Some(file_name) = &part.file_name {
        body.push_str("; filename=\"");
        body.push_text(&quoted(file_name));
        body.push('"');
    }
    if let Some(media_type) = &part.media_type {
        body.push_str("\r\nContent-Type: ");
        body.push_text(media_type);
    }
    body.push_str("\r\n\r\n");
    body.push_text(&part.content);
    body.push_str("\r\n");
    Ok(())
}

/// Ends the body.
pub(crate) fn end(body: &mut Text) {
    body.push_str(&format!("--{BOUNDARY}--\r\n"));
}

struct Part {
    content: Text,
    file_name: Option<Text>,
    media_type: Option<Text>,
}

impl Part {
    /// `CONTENT;type=…`, or `<FILE`, whose content it is.
    fn of_form(option: &str, value: &Text, files: &mut Files<'_>) -> Result<Self, CurlError> {
        let unsupported = |why| CurlError::Unsupported { what: option.to_owned(), why };
        if value.marked().starts_with('@') {
            return Err(unsupported("files in a form with parts are not sent"));
        }
        if value.marked().starts_with('(') {
            return Err(unsupported("parts within parts are not sent"));
        }
        let (content, settings) = in_quotes(value).unwrap_or_else(|| {
            value.split_once(';').unwrap_or_else(|| (value.clone(), Text::default()))
        });
        let (mut media_type, mut file_name) = (None, None);
        let mut rest = settings;
        while !rest.is_empty() {
            let (setting, after) =
                rest.split_once(';').unwrap_or_else(|| (rest.clone(), Text::default()));
            let setting = setting.trim();
            match (setting.strip_prefix("type="), setting.strip_prefix("filename=")) {
                (Some(it), _) => media_type = Some(it),
                (_, Some(it)) => file_name = Some(it),
                // A parameter of the media type: `type=text/plain; charset=utf-8`.
                _ if media_type.is_some() => {
                    let media_type = media_type.get_or_insert_default();
                    media_type.push_str("; ");
                    media_type.push_text(&setting);
                }
                _ => return Err(unsupported("of a part, only `type` and `filename` are sent")),
            }
            rest = after;
        }
        let content = match content.strip_prefix("<") {
            Some(path) => files.read(option, &path)?,
            None => content,
        };
        Ok(Self { content, file_name, media_type })
    }
}

/// A content in double quotes, and what follows the `;` after it.
fn in_quotes(value: &Text) -> Option<(Text, Text)> {
    let rest = value.marked().strip_prefix('"')?;
    let mut content = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => content.extend(chars.next().map(|(_, c)| c)),
            '"' => {
                let after = rest[at + 1..].trim_start_matches([' ', ';']);
                return Some((Text::from_marked(content), Text::from_marked(after)));
            }
            c => content.push(c),
        }
    }
    None
}

/// A name in a header of a part: quotes and line ends are percent-encoded, as browsers do.
fn quoted(text: &Text) -> Text {
    text.map(|it| it.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A"))
}
