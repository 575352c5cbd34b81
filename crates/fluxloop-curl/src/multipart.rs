//! Forms in parts (`-F`, RFC 7578).

use crate::options::Valued;
use crate::request::Files;
use crate::{CurlError, Text};

/// What separates the parts. curl draws one at random.
pub(crate) const BOUNDARY: &str = "------------------------fluxloop0form0part0";

/// A part of a form (`-F`).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FormPart {
    /// The name of the field.
    pub name: Text,
    /// Its content.
    pub content: Text,
    /// The name of a file, if one is said.
    pub file_name: Option<Text>,
    /// The media type, if one is said.
    pub media_type: Option<Text>,
}

impl FormPart {
    /// `NAME=CONTENT`, as `-F` and `--form-string` have it.
    pub(crate) fn parse(
        what: Valued,
        option: &str,
        value: &Text,
        files: &mut Files<'_>,
    ) -> Result<Self, CurlError> {
        let expected = "`NAME=CONTENT`";
        let wrong = || CurlError::Value { option: option.to_owned(), expected };
        let (name, content) = value.split_once('=').ok_or_else(wrong)?;
        if what == Valued::FormString {
            return Ok(Self { name, content, ..Self::default() });
        }
        Ok(Self { name, ..Self::of_form(option, &content, files)? })
    }

    /// The body that these parts make.
    pub fn body(parts: &[Self]) -> Text {
        let mut body = Text::default();
        for part in parts {
            part.append(&mut body);
        }
        body.push_str(&format!("--{BOUNDARY}--\r\n"));
        body
    }

    fn append(&self, body: &mut Text) {
        body.push_str(&format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\""));
        body.append(&quoted(&self.name));
        body.push('"');
        if let Some(file_name) = &self.file_name {
            body.push_str("; filename=\"");
            body.append(&quoted(file_name));
            body.push('"');
        }
        if let Some(media_type) = &self.media_type {
            body.push_str("\r\nContent-Type: ");
            body.append(media_type);
        }
        body.push_str("\r\n\r\n");
        body.append(&self.content);
        body.push_str("\r\n");
    }

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
                    media_type.append(&setting);
                }
                _ => return Err(unsupported("of a part, only `type` and `filename` are sent")),
            }
            rest = after;
        }
        let content = match content.strip_prefix("<") {
            Some(path) => files.read(option, &path)?,
            None => content,
        };
        Ok(Self { name: Text::default(), content, file_name, media_type })
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
