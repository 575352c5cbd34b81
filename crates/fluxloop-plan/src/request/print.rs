//! Tells requests apart by what is sent.

use std::sync::Arc;

use fluxloop_aggregate::AnswerRules;
use fluxloop_redact::Redactor;
use http::header::USER_AGENT;

use super::{RequestSpec, RequestTemplate};
use crate::{Case, Fingerprint, Plan};

/// Tells the requests of a plan apart by what is sent, without its secrets.
#[derive(Clone, Debug)]
pub struct RequestPrints {
    template: RequestTemplate,
    response: AnswerRules,
    /// Masks what a hash is made of.
    pub redactor: Arc<Redactor>,
}

impl Plan {
    /// Tells the requests of this plan apart, wherever they are sent to later.
    pub fn prints(&self) -> RequestPrints {
        RequestPrints {
            template: self.request.clone(),
            response: self.response.clone(),
            redactor: self.redactor.clone(),
        }
    }
}

impl RequestPrints {
    /// A hash of some texts, and of the request of a case but for its sensitive headers, all of it
    /// masked. Nobody finds another case that has the same. A request that cannot be made counts as
    /// the reason why.
    pub fn of(&self, case: &Case, texts: &[&str]) -> String {
        let mut print = Fingerprint::default();
        for text in texts {
            self.add(&mut print, text);
        }
        match self.template.render(case, &self.response) {
            Ok(request) => self.add_request(&mut print, &request),
            Err(error) => self.add(&mut print, &error.to_string()),
        }
        print.to_string()
    }

    /// Adds a text with its length, so that the end of one is never the beginning of the next.
    fn add(&self, print: &mut Fingerprint, text: &str) {
        let masked = self.redactor.mask(text);
        print.add(&(masked.as_str().len() as u64).to_le_bytes());
        print.add(masked.as_str().as_bytes());
    }

    fn add_request(&self, print: &mut Fingerprint, request: &RequestSpec) {
        self.add(print, request.method.as_str());
        self.add(print, request.url.as_str());
        // The name of this program has its version in it.
        let is_open = |(name, value): &(&http::HeaderName, &http::HeaderValue)| {
            !value.is_sensitive() && *name != USER_AGENT
        };
        for (name, value) in request.headers.iter().filter(is_open) {
            self.add(print, name.as_str());
            self.add(print, &String::from_utf8_lossy(value.as_bytes()));
        }
        self.add(print, &String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()));
    }
}
