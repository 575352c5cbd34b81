//! A request as the mock sees it.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};

/// A request as the mock received it.
#[derive(Clone, Debug)]
pub struct MockRequest {
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query, without its `?`; empty if there is none.
    pub query: String,
    /// The headers. Those that carry credentials are marked sensitive, so that `Debug` hides them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl MockRequest {
    /// A POST of a JSON body.
    pub fn post(path: impl Into<String>, json: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self {
            method: Method::POST,
            path: path.into(),
            query: String::new(),
            headers,
            body: json.into(),
        }
    }

    /// Marks what carries credentials as sensitive.
    pub(crate) fn hide_credentials(&mut self) {
        for name in ["authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"] {
            if let Some(value) = self.headers.get_mut(name) {
                value.set_sensitive(true);
            }
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn query_parameter(&self, name: &str) -> Option<String> {
        parameter(self.query.as_bytes(), name)
    }

    pub(crate) fn form_field(&self, name: &str) -> Option<String> {
        parameter(&self.body, name)
    }

    /// Whether the body says of itself that it is this media type.
    pub(crate) fn is_media_type(&self, essence: &str) -> bool {
        let Some(value) = self.header("content-type") else {
            return false;
        };
        let found = value.split(';').next().unwrap_or_default().trim();
        found.eq_ignore_ascii_case(essence)
    }
}

/// The first value of a name in `application/x-www-form-urlencoded` text.
fn parameter(encoded: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(encoded).find(|(key, _)| key == name).map(|(_, value)| value.into())
}
