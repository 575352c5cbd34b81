//! Reads headers.

use fluxloop_plan::ValueTemplate;
use fluxloop_redact::naming::{is_sensitive_header, without_scheme};
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};

use super::Reader;
use super::url::control_name;
use crate::Origin;
use crate::error::Fault;
use crate::variables::Expanded;
use crate::yaml::{Entry, Shape, Text};

/// The key of the headers.
const PATH: &str = "runner.http.headers";

impl Reader<'_> {
    /// `runner.http.headers`: those that are always the same, of which those that carry a secret are
    /// marked sensitive, and those that take values of the case.
    pub(super) fn headers(&mut self) -> (HeaderMap, Vec<(HeaderName, ValueTemplate)>) {
        let (mut headers, mut templates) = (HeaderMap::new(), Vec::new());
        let entries = self.entries(PATH);
        for (index, entry) in entries.iter().enumerate() {
            let Some(name) = self.valid_name(entry) else { continue };
            // `null` takes a header away that a weaker layer has.
            if entry.node.is_null() {
                continue;
            }
            if !self.is_free(&name, entry, &entries[..index]) {
                continue;
            }
            if takes_values(entry) {
                let template = self.template(&entry.node, &format!("{PATH}.{}", entry.key));
                templates.extend(template.map(|template| (name, template)));
            } else if let Some(value) = self.header_value(entry) {
                headers.insert(name, value);
            }
        }
        (headers, templates)
    }

    fn valid_name(&mut self, entry: &Entry) -> Option<HeaderName> {
        let name = HeaderName::from_bytes(entry.key.as_bytes()).ok();
        if name.is_none() {
            // Where a blank is missing behind the colon, the value is part of the name.
            let is_odd = |c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_';
            let start = entry.key.split(is_odd).next().unwrap_or_default();
            self.report.fault(&entry.origin, format!("{PATH}.{start}…"), Fault::HeaderName);
        }
        name
    }

    /// Whether a header is left to the user, and is the first of its name.
    fn is_free(&mut self, name: &HeaderName, entry: &Entry, before: &[Entry]) -> bool {
        let key = format!("{PATH}.{}", entry.key);
        if name == CONTENT_LENGTH || name == TRANSFER_ENCODING {
            self.report.fault(&entry.origin, key, Fault::HeaderComputed);
            return false;
        }
        if let Some(twin) = before.iter().find(|it| it.key.eq_ignore_ascii_case(&entry.key)) {
            let fault = Fault::HeaderTwice { first: twin.key.clone(), line: line_of(&twin.origin) };
            self.report.fault(&entry.origin, key, fault);
            return false;
        }
        true
    }

    fn header_value(&mut self, entry: &Entry) -> Option<HeaderValue> {
        let key = format!("{PATH}.{}", entry.key);
        self.warn_bare_variable(&entry.node, &key);
        if !self.check_foreign(&entry.node, &key) {
            return None;
        }
        self.warn_unreplaced(&entry.node, &key);
        let mut expanded = self.expand_node(&entry.node, &key, "text")?;
        trim(&mut expanded);
        let sensitive = is_sensitive_header(&entry.key);
        if sensitive && without_scheme(&expanded.text).is_empty() {
            self.fault(&entry.node, &key, Fault::EmptySensitive);
            return None;
        }
        let wrong = expanded.text.char_indices().find_map(|(byte, c)| Some((byte, unfit(c)?)));
        if let Some((byte, what)) = wrong {
            let variable = expanded.variable_at(byte).map(str::to_owned);
            self.fault(&entry.node, &key, Fault::HeaderValue { what, variable });
            return None;
        }
        let mut value = HeaderValue::from_str(&expanded.text).ok()?;
        if sensitive {
            value.set_sensitive(true);
        }
        Some(value)
    }
}

/// Whether the value of a header is made of the case.
fn takes_values(entry: &Entry) -> bool {
    let Shape::Text(Text { text, .. }) = &entry.node.shape else { return false };
    // `$$.` is how a literal `$.` is written at the start.
    let is_escaped = text.starts_with("$$.") || text.starts_with("$$[");
    is_escaped || !ValueTemplate::places(text).is_empty()
}

/// What a character is called that a header's value must not have.
fn unfit(c: char) -> Option<&'static str> {
    match c {
        ' ' | '\t' | '!'..='~' => None,
        c => Some(control_name(c).unwrap_or("character that is not ASCII")),
    }
}

/// Takes blanks at both ends away, which HTTP does not count as part of the value. Line breaks stay,
/// so that they are found.
fn trim(expanded: &mut Expanded) {
    let is_blank = [' ', '\t'];
    let start = expanded.text.len() - expanded.text.trim_start_matches(is_blank).len();
    expanded.text = expanded.text.trim_matches(is_blank).to_owned();
    let end = expanded.text.len();
    for (_, range) in &mut expanded.variables {
        *range =
            range.start.saturating_sub(start).min(end)..range.end.saturating_sub(start).min(end);
    }
}

fn line_of(origin: &Origin) -> Option<usize> {
    match origin {
        Origin::File { position: Some(position), .. } => Some(position.line),
        _ => None,
    }
}
