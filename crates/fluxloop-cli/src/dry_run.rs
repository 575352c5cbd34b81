//! Shows what would be sent.

use std::fmt::Write as _;

use fluxloop_plan::{Case, Plan, RequestSpec};
use fluxloop_redact::{MASK, Masked};
use fluxloop_trace::CaseId;

/// The request of a case, as it would go out, with every secret masked.
///
/// It is written the way HTTP/1.1 would carry it (RFC 9112, section 3), because that is what
/// people compare with a working `curl -v`.
pub(crate) fn show(plan: &Plan, case: &Case) -> Masked {
    let id = CaseId::new(case.input.id.clone(), case.iteration);
    let text = match plan.request.render(case, &plan.response) {
        Ok(request) => format!("# case {id}\n{}", write(&request)),
        Err(error) => format!("# case {id}: cannot be sent: {error}\n"),
    };
    plan.redactor.mask(&text)
}

fn write(request: &RequestSpec) -> String {
    let mut text = String::new();
    let url = &request.url;
    let _ = writeln!(text, "{} {}", request.method, shown_url(url));
    for (name, value) in &request.headers {
        // A sensitive value may be too short for the redactor to know it everywhere.
        let value = match (value.is_sensitive(), value.to_str()) {
            (true, value) => sensitive(value.unwrap_or_default()),
            (false, Ok(value)) => value.to_owned(),
            (false, Err(_)) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        let _ = writeln!(text, "{name}: {value}");
    }
    if let Some(body) = &request.body {
        let _ = writeln!(text, "\n{}", pretty(body));
    }
    text
}

/// A sensitive value with its scheme, which is no secret and says what kind of key it is.
fn sensitive(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme @ ("Basic" | "Bearer"), _)) => format!("{scheme} {MASK}"),
        _ => MASK.to_owned(),
    }
}

/// The URL without its userinfo.
fn shown_url(url: &url::Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() || !url.username().is_empty() {
        // Both fail only for URLs that cannot have a host; the plan holds none.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    url.into()
}

/// JSON for people, anything else as it is.
fn pretty(body: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned())
}
