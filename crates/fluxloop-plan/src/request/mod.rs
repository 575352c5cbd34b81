//! What is sent.

mod print;
mod render;
mod secrets;
mod url;

use std::fmt;

use ::url::Url;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};

pub use self::print::RequestPrints;
pub use self::url::UrlTemplate;
use crate::{FaultKind, KeyStep, TemplateFault, ValueTemplate};

/// How long a URL may be, in bytes: the client takes no longer one, and few servers take one of an
/// eighth of it.
pub const MAX_URL_BYTES: usize = 65_534;

/// What is sent, before an input has filled it in.
#[derive(Clone)]
pub struct RequestTemplate {
    /// GET, POST, PUT or PATCH.
    pub method: Method,
    /// The URL, without the parameters of [`query`](Self::query). What stands in it in place of
    /// values of the case has no meaning.
    pub url: Url,
    /// Its path and query, where they take values of the case.
    pub url_template: Option<UrlTemplate>,
    /// Parameters that are appended to the URL, in order.
    pub query: Vec<(String, ValueTemplate)>,
    /// The configured headers; a secret one is marked sensitive.
    pub headers: HeaderMap,
    /// The headers that take values of the case, each with a name of its own.
    pub header_templates: Vec<(HeaderName, ValueTemplate)>,
    /// The body; without one, POST, PUT and PATCH send `{"input": …}`.
    pub body: Option<BodyTemplate>,
}

/// A body, before an input has filled it in (`runner.http.body_template`).
#[derive(Clone, Debug)]
pub struct BodyTemplate {
    /// How the value is written.
    pub kind: BodyKind,
    /// The value.
    pub mapping: ValueTemplate,
}

/// How a body is written (`body_template.type`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BodyKind {
    /// JSON.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// The value's text.
    Text,
}

/// One request, ready to be sent as often as it takes.
#[derive(Clone)]
pub struct RequestSpec {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: Url,
    /// The headers: those of the configuration, and what the body and the kind of answer need.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Bytes>,
}

/// Where in a request the input's text arrives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InputPlace {
    /// In the parameter of the URL with this name.
    Query(String),
    /// In the field of the form with this name.
    Form(String),
    /// In the JSON body, at the end of this way.
    Json(Vec<KeyStep>),
    /// The body is the text.
    Text,
}

impl RequestTemplate {
    /// Whether anything of the input is in the request.
    pub fn reads_input(&self) -> bool {
        self.query.iter().any(|(_, value)| value.reads_input())
            || self.header_templates.iter().any(|(_, value)| value.reads_input())
            || self.url_template.as_ref().is_some_and(UrlTemplate::reads_input)
            || self.body.as_ref().map_or(self.has_default_body(), |body| body.mapping.reads_input())
    }

    /// Whether the answer that is to be judged is in the request.
    pub fn reads_answer(&self) -> bool {
        self.query.iter().any(|(_, value)| value.reads_answer())
            || self.header_templates.iter().any(|(_, value)| value.reads_answer())
            || self.body.as_ref().is_some_and(|body| body.mapping.reads_answer())
    }

    /// Where the input's text arrives: the body first, and in each part the places where it is
    /// alone before those where other text stands around it.
    ///
    /// A server that echoes its input (the mock) looks there.
    pub fn input_places(&self) -> Vec<InputPlace> {
        let mut places = match &self.body {
            Some(body) => body.input_places(),
            None if self.has_default_body() => {
                vec![InputPlace::Json(vec![KeyStep::Key(DEFAULT_KEY.to_owned())])]
            }
            None => Vec::new(),
        };
        let whole = |value: &ValueTemplate| value.input_places().iter().any(Vec::is_empty);
        let query = self.query.iter().filter(|(_, value)| whole(value));
        places.extend(query.map(|(name, _)| InputPlace::Query(name.clone())));
        let of_url = self.url_template.iter().flat_map(UrlTemplate::values);
        let of_url = of_url.filter(|(_, value)| whole(value)).filter_map(|(name, _)| name);
        places.extend(of_url.map(InputPlace::Query));
        places
    }

    /// POST, PUT and PATCH send `{"input": …}` when no body is configured.
    fn has_default_body(&self) -> bool {
        self.body.is_none() && [Method::POST, Method::PUT, Method::PATCH].contains(&self.method)
    }
}

/// The key of the body that is sent when none is configured.
const DEFAULT_KEY: &str = "input";

impl BodyTemplate {
    /// Joins a kind and a value, if a body of that kind can be made of the value.
    pub fn new(kind: BodyKind, mapping: ValueTemplate) -> Result<Self, TemplateFault> {
        if kind == BodyKind::Form && !mapping.may_be_map() {
            return Err(TemplateFault {
                keys: Vec::new(),
                position: None,
                problem: FaultKind::NoMapping,
            });
        }
        Ok(Self { kind, mapping })
    }

    fn input_places(&self) -> Vec<InputPlace> {
        self.mapping
            .input_places()
            .into_iter()
            .filter_map(|way| match (self.kind, way.as_slice()) {
                (BodyKind::Json, _) => Some(InputPlace::Json(way)),
                (BodyKind::Form, [KeyStep::Key(name)]) => Some(InputPlace::Form(name.clone())),
                (BodyKind::Text, []) => Some(InputPlace::Text),
                (BodyKind::Form | BodyKind::Text, _) => None,
            })
            .collect()
    }
}

/// Names, and none of the values: a secret can stand in any of them.
impl fmt::Debug for RequestTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestTemplate")
            .field("method", &self.method)
            .field("origin", &self.url.origin().ascii_serialization())
            .field("query", &self.query.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("headers", &Names(&self.headers))
            .field("taken", &self.header_templates.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("body", &self.body.as_ref().map(|body| body.kind))
            .finish_non_exhaustive()
    }
}

/// Names, and none of the values: a secret can stand in any of them.
impl fmt::Debug for RequestSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSpec")
            .field("method", &self.method)
            .field("origin", &self.url.origin().ascii_serialization())
            .field("headers", &Names(&self.headers))
            .field("body_bytes", &self.body.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

/// The names of headers.
struct Names<'a>(&'a HeaderMap);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}
