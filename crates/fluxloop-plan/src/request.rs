//! What is sent.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

use crate::{Case, TemplateError, ValueTemplate};

/// What is sent, before an input has filled it in.
#[derive(Clone)]
pub struct RequestTemplate {
    /// GET, POST, PUT or PATCH.
    pub method: Method,
    /// The URL, without the parameters of [`query`](Self::query).
    pub url: Url,
    /// Parameters that are appended to the URL, in order.
    pub query: Vec<(String, ValueTemplate)>,
    /// The configured headers; a secret one is marked sensitive.
    pub headers: HeaderMap,
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
