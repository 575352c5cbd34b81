//! Shows what would be sent.

use std::fmt::Write as _;
use std::sync::Arc;

use fluxloop_expect::JudgePlan;
use fluxloop_plan::{BodyKind, Case, Input, Plan, RequestSpec};
use fluxloop_redact::{MASK, Masked, Redactor};
use fluxloop_report::visible_line;
use fluxloop_trace::CaseId;
use serde_json::Value;
use url::{Position, Url, form_urlencoded};

/// The request of a case, as it would go out, with every secret masked.
///
/// It is written the way HTTP/1.1 would carry it (RFC 9112, section 3), because that is what
/// people compare with a working `curl -v`.
///
/// A secret that is too short to be known everywhere is masked where it is a field by itself: a
/// header, a parameter, a string in the body.
///
/// # Errors
///
/// If the request cannot be made of the input: why, to be shown in its place.
pub(crate) fn show(plan: &Plan, case: &Case) -> Result<Masked, Masked> {
    let redactor = &*plan.redactor_for(case);
    let mask = |text: String| redactor.mask(&text);
    let id = CaseId::new(redactor.mask(&case.input.id), case.iteration);
    let id = visible_line(&id.to_string());
    match plan.request.render(case, &plan.response) {
        Ok(spec) => {
            Ok(mask(format!("# case {id}\n{}", Request { spec: &spec, plan, redactor }.text())))
        }
        Err(error) => Err(mask(format!("# case {id}: cannot be sent: {error}\n"))),
    }
}

/// What stands for the answer in a question to the judge.
const ANSWER: &str = "<answer>";

/// The request to the judge about a case, as [`show`] shows a request, with `<answer>` in place of the
/// answer.
///
/// # Errors
///
/// If the request cannot be made of the input: why, to be shown in its place.
pub(crate) fn show_question(judge: &JudgePlan, case: &Case) -> Result<Masked, Masked> {
    let input = Input { answer: Some(ANSWER.to_owned()), ..(*case.input).clone() };
    let case = Case { input: Arc::new(input), ..case.clone() };
    let heading = Masked::from_static("# to the judge\n");
    let with_heading = |shown: Masked| Masked::concat([&heading, &shown]);
    show(&judge.plan, &case).map(with_heading).map_err(with_heading)
}

/// Method and URL of a request, with every secret masked.
pub(crate) fn target(plan: &Plan, spec: &RequestSpec) -> Masked {
    let url = Request { spec, plan, redactor: &plan.redactor }.url();
    plan.redactor.mask(&visible_line(&format!("{} {url}", spec.method)))
}

/// A request and what is needed to show it.
struct Request<'a> {
    spec: &'a RequestSpec,
    plan: &'a Plan,
    /// Knows the secrets of the case.
    redactor: &'a Redactor,
}

impl Request<'_> {
    fn text(&self) -> String {
        let mut text = format!("{} {}\n", self.spec.method, self.url());
        self.write_headers(&mut text);
        if let Some(body) = &self.spec.body {
            let _ = writeln!(text, "\n{}", self.body(body));
        }
        text
    }

    /// The URL as far as it is sent: the userinfo becomes a header, the fragment nothing.
    fn url(&self) -> String {
        let url = &self.spec.url;
        let (scheme, address) =
            (&url[..Position::BeforeUsername], &url[Position::BeforeHost..Position::AfterPath]);
        match url.query() {
            Some(query) => format!("{scheme}{address}?{}", self.pairs(query)),
            None => format!("{scheme}{address}"),
        }
    }

    fn write_headers(&self, text: &mut String) {
        let headers = &self.spec.headers;
        if has_userinfo(&self.spec.url) && !headers.contains_key("authorization") {
            let _ = writeln!(text, "authorization: Basic {MASK}");
        }
        for (name, value) in headers {
            let shown = String::from_utf8_lossy(value.as_bytes());
            if value.is_sensitive() || self.is_secret(&shown) {
                let _ = writeln!(text, "{name}: {}", masked(&shown));
            } else {
                let _ = writeln!(text, "{name}: {shown}");
            }
        }
    }

    /// JSON for people, anything else as it is.
    fn body(&self, body: &[u8]) -> String {
        let is_form =
            self.plan.request.body.as_ref().is_some_and(|body| body.kind == BodyKind::Form);
        let text = String::from_utf8_lossy(body);
        if is_form {
            return self.pairs(&text);
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                self.mask_strings(&mut value);
                format!("{value:#}")
            }
            Err(_) if self.is_secret(&text) => masked(&text),
            Err(_) => text.into_owned(),
        }
    }

    /// The pairs of a query or a form, without the values that are or hold a secret, however they
    /// are encoded.
    fn pairs(&self, pairs: &str) -> String {
        let shown = |pair| match form_urlencoded::parse(str::as_bytes(pair)).next() {
            Some((_, value)) if self.is_secret(&value) || self.holds_secret(&value) => {
                let name = pair.split_once('=').map_or("", |(name, _)| name);
                format!("{name}={MASK}")
            }
            _ => pair.to_owned(),
        };
        pairs.split('&').map(shown).collect::<Vec<_>>().join("&")
    }

    /// Masks strings before they are written as JSON: afterwards a mask could tear them.
    fn mask_strings(&self, value: &mut Value) {
        match value {
            Value::String(text) if self.is_secret(text) => *text = masked(text),
            Value::String(text) => *text = self.redactor.mask(text).to_string(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask_strings(item)),
            Value::Object(members) => {
                members.values_mut().for_each(|member| self.mask_strings(member));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Whether a field is a secret that is too short to be masked elsewhere.
    fn is_secret(&self, field: &str) -> bool {
        let secret = scheme(field).map_or(field, |scheme| &field[scheme.len()..]);
        self.redactor.is_short_secret(secret.trim())
    }

    fn holds_secret(&self, field: &str) -> bool {
        self.redactor.mask_counted(field).1 > 0
    }
}

/// Whether the client makes an `Authorization` of the URL (RFC 7617), as reqwest does unless one
/// is configured.
fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// A secret field with its scheme, which is no secret and says what kind of key it is.
fn masked(field: &str) -> String {
    scheme(field).map_or_else(|| MASK.to_owned(), |scheme| format!("{scheme} {MASK}"))
}

fn scheme(field: &str) -> Option<&str> {
    let (scheme, _) = field.split_once(' ')?;
    ["Basic", "Bearer"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(scheme)
}
