//! A path and a query that take values of the case.

use std::fmt;

use form_urlencoded::byte_serialize;
use url::Url;

use crate::template::{Document, Part};
use crate::{TemplateError, TextPiece, ValueTemplate};

/// The path and the query of a URL that take values of the case. No value can reach scheme, host or
/// port, nor add a part to the path or a parameter to the query: it is percent-encoded.
#[derive(Clone)]
pub struct UrlTemplate {
    pieces: Vec<TextPiece>,
    keeps_path: bool,
}

impl UrlTemplate {
    /// Takes path and query, from the first `/` on, percent-encoded but for the values.
    pub fn new(pieces: Vec<TextPiece>) -> Self {
        Self { pieces, keeps_path: false }
    }

    /// Lets every request have the path of the template's URL: values are looked for all the same.
    pub fn keep_path(&mut self) {
        self.keeps_path = true;
    }

    /// Whether anything that the user wrote for an input is in it.
    pub(super) fn reads_input(&self) -> bool {
        self.values().any(|(_, value)| value.reads_input())
    }

    /// The values, each with the name of the parameter that it is in.
    pub(super) fn values(&self) -> impl Iterator<Item = (Option<String>, &ValueTemplate)> {
        let mut before = String::new();
        self.pieces.iter().filter_map(move |piece| match piece {
            TextPiece::Literal(text) => {
                before.push_str(text);
                None
            }
            TextPiece::Value(value) => Some((parameter(&before), value)),
        })
    }

    /// The URL of a case.
    pub(super) fn render(&self, url: &Url, document: &Document<'_>) -> Result<Url, TemplateError> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                TextPiece::Literal(literal) => text.push_str(literal),
                TextPiece::Value(value) => {
                    let value = value.root.text(document);
                    let value = value
                        .map_err(|fault| TemplateError::at(&Part::Url, fault, || document.has()))?;
                    // A space is `%20`, which every server reads.
                    let encoded: String = byte_serialize(value.as_bytes()).collect();
                    text.push_str(&encoded.replace('+', "%20"));
                }
            }
        }
        let (path, query) = text.split_once('?').map_or((&*text, None), |it| (it.0, Some(it.1)));
        if path.split('/').any(is_dots) {
            return Err(TemplateError::DotSegment);
        }
        let mut url = url.clone();
        if !self.keeps_path {
            url.set_path(path);
        }
        url.set_query(query);
        Ok(url)
    }
}

/// Whether a part of a path leads elsewhere (URL standard, "double-dot URL path segment"). The
/// literal parts have no such part any more.
fn is_dots(part: &str) -> bool {
    matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// The name of the parameter whose value goes on at the end of a text.
fn parameter(before: &str) -> Option<String> {
    let (_, query) = before.split_once('?')?;
    let (name, _) = query.rsplit('&').next()?.split_once('=')?;
    let (name, _) = form_urlencoded::parse(name.as_bytes()).next()?;
    Some(name.into_owned())
}

/// None of the text: values of variables are in it.
impl fmt::Debug for UrlTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlTemplate").field("pieces", &self.pieces.len()).finish_non_exhaustive()
    }
}
