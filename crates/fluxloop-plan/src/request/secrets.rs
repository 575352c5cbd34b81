//! The secrets that a case brings along.

use std::sync::Arc;

use fluxloop_redact::naming::{
    is_secret_parameter, is_sensitive_header, secret_parts, without_scheme,
};
use fluxloop_redact::{Redactor, Secret};

use super::{RequestTemplate, UrlTemplate};
use crate::template::Document;
use crate::{Case, Plan, ValueTemplate};

impl Plan {
    /// Knows the secrets of the run, and those of this case: what its input brings into a header or
    /// a parameter with the name of a secret.
    pub fn redactor_for(&self, case: &Case) -> Arc<Redactor> {
        let secrets = self.request.secrets_of(case);
        if secrets.is_empty() {
            return self.redactor.clone();
        }
        Arc::new(self.redactor.with(secrets.into_iter().map(Secret::new)))
    }
}

impl RequestTemplate {
    /// What this case brings into a header or a parameter with the name of a secret.
    fn secrets_of(&self, case: &Case) -> Vec<String> {
        let document = Document::new(case);
        let mut secrets = Vec::new();
        for (name, value) in self.named_values() {
            let found = value.root.found(&document);
            let is_secret = |text: &String| match name {
                Named::Header(name) => is_sensitive_header(name),
                Named::Parameter(ref name) => is_secret_parameter(name, text),
            };
            for text in found.iter().filter(|text| is_secret(text)) {
                let whole = without_scheme(text);
                secrets.extend(secret_parts(whole));
                secrets.push(whole.to_owned());
            }
        }
        secrets.sort_unstable();
        secrets.dedup();
        secrets.retain(|secret| !secret.is_empty());
        secrets
    }

    /// The values of the case that stand under a name.
    fn named_values(&self) -> impl Iterator<Item = (Named<'_>, &ValueTemplate)> {
        let headers = self.header_templates.iter();
        let headers = headers.map(|(name, value)| (Named::Header(name.as_str()), value));
        let query = self.query.iter().map(|(name, value)| (name.clone(), value));
        let in_url = self.url_template.iter().flat_map(UrlTemplate::values);
        let in_url = in_url.filter_map(|(name, value)| Some((name?, value)));
        headers.chain(query.chain(in_url).map(|(name, value)| (Named::Parameter(name), value)))
    }
}

/// Where a value of the case goes.
enum Named<'t> {
    Header(&'t str),
    Parameter(String),
}
