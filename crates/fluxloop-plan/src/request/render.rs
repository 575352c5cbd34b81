//! Fills a request in from an input.

use bytes::Bytes;
use fluxloop_aggregate::AnswerRules;
use fluxloop_redact::naming::is_sensitive_header;
use fluxloop_schema::StreamKind;
use form_urlencoded::Serializer;
use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use serde_json::json;
use url::Url;

use super::{BodyKind, BodyTemplate, DEFAULT_KEY, MAX_URL_BYTES, RequestSpec, RequestTemplate};
use crate::template::{Document, Node, Part, key_of};
use crate::{Case, TemplateError};

/// How this program names itself.
const OUR_USER_AGENT: &str = concat!("fluxloop/", env!("CARGO_PKG_VERSION"));

impl RequestTemplate {
    /// Makes the request for a case; `response` tells which kind of answer to ask for.
    ///
    /// `Content-Type`, `Accept`, `Accept-Encoding` and `User-Agent` are added where the configured
    /// headers have none of that name.
    pub fn render(
        &self,
        case: &Case,
        response: &AnswerRules,
    ) -> Result<RequestSpec, TemplateError> {
        let document = Document::new(case);
        let url = self.render_url(&document)?;
        let (body, media_type) = match &self.body {
            Some(body) => (Some(body.render(&document)?), Some(body.kind.media_type())),
            None if self.has_default_body() => {
                let body = case.input.body.as_ref().map_or_else(
                    || json!({ DEFAULT_KEY: case.input.input }).to_string(),
                    ToString::to_string,
                );
                (Some(body.into()), Some(BodyKind::Json.media_type()))
            }
            None => (None, None),
        };
        let headers = self.render_headers(&document, media_type, response)?;
        Ok(RequestSpec { method: self.method.clone(), url, headers, body })
    }

    /// The URL with its parameters. A space is `%20`, which every server reads; `+` is a space
    /// only to those that read the query as a form.
    fn render_url(&self, document: &Document<'_>) -> Result<Url, TemplateError> {
        let mut url = match &self.url_template {
            Some(template) => template.render(&self.url, document)?,
            None => self.url.clone(),
        };
        let mut pairs = Serializer::new(String::new());
        for (name, value) in &self.query {
            let value = value
                .root
                .parameter(document)
                .map_err(|fault| TemplateError::at(&Part::Query(name), fault, || document.has()))?;
            if let Some(value) = value {
                pairs.append_pair(name, &value);
            }
        }
        let added = pairs.finish().replace('+', "%20");
        if !self.query.is_empty() {
            let query = [url.query().unwrap_or_default(), &added];
            let query = query.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
            url.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
        }
        if url.as_str().len() > MAX_URL_BYTES {
            return Err(TemplateError::LongUrl);
        }
        Ok(url)
    }

    fn render_headers(
        &self,
        document: &Document<'_>,
        media_type: Option<&'static str>,
        response: &AnswerRules,
    ) -> Result<HeaderMap, TemplateError> {
        let mut headers = self.headers.clone();
        for (name, value) in &self.header_templates {
            let part = Part::Header(name.as_str());
            let value = value.root.parameter(document);
            let value =
                value.map_err(|fault| TemplateError::at(&part, fault, || document.has()))?;
            if let Some(text) = value {
                headers.insert(name.clone(), header_value(name, &text)?);
            }
        }
        let mut add = |name: HeaderName, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        if let Some(media_type) = media_type {
            add(CONTENT_TYPE, media_type);
        }
        add(ACCEPT, accept(response.stream));
        if response.stream != StreamKind::None {
            // A compressed stream arrives when the compressor's buffer is full.
            add(ACCEPT_ENCODING, "identity");
        }
        add(USER_AGENT, OUR_USER_AGENT);
        Ok(headers)
    }
}

/// The value of a header, as UTF-8, without the blanks around it, which HTTP does not count.
fn header_value(name: &HeaderName, text: &str) -> Result<HeaderValue, TemplateError> {
    let text = text.trim_matches([' ', '\t']);
    let mut value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
        let what = match text.chars().find(|c| c.is_control() && *c != '\t') {
            Some('\r' | '\n') => "line break",
            Some('\0') => "NUL character",
            _ => "control character",
        };
        TemplateError::HeaderValue { key: key_of(&Part::Header(name.as_str()), &[]), what }
    })?;
    value.set_sensitive(is_sensitive_header(name.as_str()));
    Ok(value)
}

/// The media types of the framings that will be read.
fn accept(stream: StreamKind) -> &'static str {
    match stream {
        StreamKind::Sse => "text/event-stream",
        StreamKind::JsonLines => "application/x-ndjson, application/jsonl, application/json;q=0.9",
        StreamKind::Json => "application/json",
        StreamKind::Text => "text/plain, */*;q=0.5",
        StreamKind::Auto => {
            "application/json, text/event-stream, application/x-ndjson;q=0.9, */*;q=0.1"
        }
        StreamKind::None => "application/json, */*;q=0.5",
    }
}

impl BodyKind {
    /// The media type that goes with it.
    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

impl BodyTemplate {
    fn render(&self, document: &Document<'_>) -> Result<Bytes, TemplateError> {
        let root = &self.mapping.root;
        let body = match self.kind {
            BodyKind::Json => {
                let mut body = Vec::new();
                root.write_json(document, &mut body).map(|()| body)
            }
            BodyKind::Text => root.text(document).map(String::into_bytes),
            BodyKind::Form => return render_form(root, document),
        };
        body.map(Bytes::from)
            .map_err(|fault| TemplateError::at(&Part::Body, fault, || document.has()))
    }
}

/// A form: one field for each member, in order. null leaves a field out, a list or an object
/// becomes its JSON text.
fn render_form(root: &Node, document: &Document<'_>) -> Result<Bytes, TemplateError> {
    let fields = root
        .fields(document)
        .map_err(|fault| TemplateError::at(&Part::Body, fault, || document.has()))?
        .ok_or(TemplateError::NoForm)?;
    Ok(Serializer::new(String::new()).extend_pairs(fields).finish().into())
}
