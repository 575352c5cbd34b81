//! What is sent.

use fluxloop_plan::{BodyKind, BodyTemplate, RequestTemplate, ValueTemplate};
use http::Method;

use super::Reader;
use crate::error::{Fault, Oddity};
use crate::yaml::{Entry, Node, Shape};

/// The key of the body.
const MAPPING: &str = "runner.http.body_template.mapping";
/// The key of the parameters.
const QUERY: &str = "runner.http.query";

impl Reader<'_> {
    /// The request, if nothing in it is wrong.
    pub(super) fn request(&mut self) -> Option<RequestTemplate> {
        let method = self.method();
        let url = self.target();
        let (headers, header_templates) = self.headers();
        let query = self.query();
        let body = self.body(&method);
        let (url, url_template) = url?;
        let request =
            RequestTemplate { method, url, url_template, query, headers, header_templates, body };
        let mut has_foreign = false;
        for path in [MAPPING, QUERY] {
            if let Some(node) = self.node(path) {
                has_foreign |= self.warn_foreign(node, path);
            }
        }
        if !request.reads_input()
            && !has_foreign
            && let Some(node) = self.node("runner.http.url")
        {
            let has_body = request.method != Method::GET;
            self.warn(node, "runner.http", Oddity::InputUnused { has_body });
        }
        Some(request)
    }

    fn method(&mut self) -> Method {
        match self.one_of("runner.http.method") {
            Some("GET") => Method::GET,
            Some("PUT") => Method::PUT,
            Some("PATCH") => Method::PATCH,
            _ => Method::POST,
        }
    }

    fn query(&mut self) -> Vec<(String, ValueTemplate)> {
        self.entries(QUERY).iter().filter_map(|entry| self.parameter(entry)).collect()
    }

    fn parameter(&mut self, entry: &Entry) -> Option<(String, ValueTemplate)> {
        let key = format!("{QUERY}.{}", entry.key);
        let template = self.template(&entry.node, &key)?;
        Some((entry.key.clone(), template))
    }

    fn body(&mut self, method: &Method) -> Option<BodyTemplate> {
        let kind = match self.one_of("runner.http.body_template.type") {
            Some("form") => BodyKind::Form,
            Some("text") => BodyKind::Text,
            _ => BodyKind::Json,
        };
        let Some(node) = self.node(MAPPING) else {
            let is_map = |node: &Node| matches!(node.shape, Shape::Map(_));
            let path = "runner.http.body_template";
            if self.is_written(path) && self.root.at_key(path).is_some_and(is_map) {
                self.missing(MAPPING, "mapping: {input: $.input}");
            }
            return None;
        };
        if *method == Method::GET {
            self.fault(node, "runner.http.body_template", Fault::BodyWithGet);
        }
        let mapping = self.template(node, MAPPING)?;
        match BodyTemplate::new(kind, mapping) {
            Ok(body) => Some(body),
            Err(fault) => {
                self.template_fault(node, MAPPING, fault);
                None
            }
        }
    }
}
