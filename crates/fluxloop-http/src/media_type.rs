//! What kind of content a body is.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// What kind of content a body is (RFC 9110, section 8.3.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MediaType {
    essence: String,
    charset: Option<String>,
}

impl MediaType {
    /// Type and subtype in lower case, without parameters: `text/event-stream`.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The parameter `charset` in lower case: `utf-8`.
    pub fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        // A server and a proxy that both name one make a list, of which the last that can be read
        // counts (Fetch standard, "extract a MIME type").
        let lines = headers.get_all(CONTENT_TYPE).iter().rev();
        lines.filter_map(|line| line.to_str().ok()).find_map(Self::last_of)
    }

    fn last_of(list: &str) -> Option<Self> {
        list.rsplit(',').find_map(Self::parse)
    }

    fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split(';').map(str::trim);
        let essence = parts.next()?.to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let charset = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case("charset"))
            .map(|(_, value)| value.trim_matches('"').to_ascii_lowercase());
        Some(Self { essence, charset })
    }
}

/// Whether `text` is a token (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Option<(&str, Option<&str>)>) {
        let parsed = MediaType::last_of(value);
        let parsed = parsed.as_ref().map(|parsed| (parsed.essence(), parsed.charset()));
        assert_eq!(parsed, expected, "{value:?}");
    }

    #[test]
    fn the_essence_is_in_lower_case_and_bare() {
        check("text/event-stream", Some(("text/event-stream", None)));
        check("Text/Event-Stream ; x=y", Some(("text/event-stream", None)));
        check("application/problem+json", Some(("application/problem+json", None)));
    }

    #[test]
    fn the_charset_is_found_in_any_spelling() {
        check("text/plain;charset=utf-8", Some(("text/plain", Some("utf-8"))));
        check("text/plain; a=b; CHARSET=\"UTF-8\"", Some(("text/plain", Some("utf-8"))));
    }

    #[test]
    fn of_a_list_the_last_counts() {
        check("text/event-stream, text/event-stream", Some(("text/event-stream", None)));
        check("text/html, text/event-stream", Some(("text/event-stream", None)));
        check("text/plain;charset=x,", Some(("text/plain", Some("x"))));
        check("text/plain; x=\"a,b\"; y", Some(("text/plain", None)));
    }

    #[test]
    fn what_is_no_media_type_is_none() {
        for value in ["", "text", "text/", "/plain", "te xt/plain", "a/b/c", ";charset=utf-8"] {
            check(value, None);
        }
    }
}
