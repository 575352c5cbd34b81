//! A failure in full: what happened, what was seen, what to do.

use std::collections::BTreeMap;
use std::fmt::Display;

use fluxloop_trace::{Failure, FailureKind, NoTextReport, Phase};

use crate::paint::Style;
use crate::units;

/// How much of a body or of an event is shown, in columns.
const EXCERPT_COLUMNS: usize = 300;
/// How many event types are named.
const SHOWN_TYPES: usize = 8;

/// What is known beside the message, as labels and texts, the hint last.
pub(crate) fn notes(failure: &Failure, style: Style) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    // The message of a clock says it, and where there is no text there is no other place.
    if matches!(failure.phase, Phase::BeforeText | Phase::AfterText)
        && !matches!(failure.kind, FailureKind::NoText | FailureKind::Timeout)
    {
        notes.push(("when", failure.phase.words().to_owned()));
    }
    if let Some(name) = &failure.api_type {
        notes.push(("provider", format!("says `{}`", style.one_line(name.as_str(), 80))));
    }
    if let Some(wait) = failure.retry_after_ms {
        notes.push(("retry after", style.duration(wait)));
    }
    if let Some(body) =
        failure.body.as_ref().filter(|body| is_news(body.as_str(), failure.message.as_str()))
    {
        notes.push(("body", style.one_line(body.as_str(), EXCERPT_COLUMNS)));
    }
    if let Some(seen) = &failure.seen {
        notes.extend(seen_notes(seen, style));
    }
    notes.push(("hint", style.one_line(failure.hint.as_str(), 1_000)));
    notes
}

/// Whether the body says more than the message, which quotes what it could read of it.
fn is_news(body: &str, message: &str) -> bool {
    let quoted = message.split_once(": ").map(|(_, quoted)| quoted);
    // Markup is not for readers: the message has the text of a page.
    if body.trim_start().starts_with('<') {
        return false;
    }
    // Our own words may follow: what was done about it.
    let quoted = quoted.and_then(|quoted| quoted.split("; ").next()).map(str::trim);
    !body.trim().is_empty() && quoted.is_none_or(|quoted| !body.contains(quoted))
}

/// What was seen where no text was found.
fn seen_notes(seen: &NoTextReport, style: Style) -> Vec<(&'static str, String)> {
    let mut notes = vec![("seen", seen_words(seen, style))];
    if let Some(sample) = &seen.sample {
        notes.push(("sample", style.one_line(sample.as_str(), EXCERPT_COLUMNS)));
    }
    if seen.tool_calls {
        notes.push(("tools", "the model called tools, which is an answer without text".to_owned()));
    }
    if let Some(path) = &seen.path_with_text {
        let path = style.one_line(path.as_str(), 120);
        notes.push(match &seen.event_with_text {
            Some(event) => {
                let event = style.one_line(event.as_str(), 80);
                ("text at", format!("`{path}` in events of type `{event}`"))
            }
            None => ("text at", format!("`{path}`")),
        });
    }
    notes
}

/// `10 message, 1 ping, by data 9 text-delta; 10 passed the filter, 0 matched the path`
fn seen_words(seen: &NoTextReport, style: Style) -> String {
    if seen.by_type.is_empty() {
        return "no event at all".to_owned();
    }
    let (passed, matched) = (units::count(seen.passed), units::count(seen.matched));
    let mut types = listed(&seen.by_type, style);
    if !seen.by_data_type.is_empty() {
        types = format!("{types}, by data {}", listed(&seen.by_data_type, style));
    }
    format!("{types}; {passed} passed the filter, {matched} matched the path")
}

/// `10 message, 1 ping`, the most frequent first.
fn listed(types: &BTreeMap<impl Display, u64>, style: Style) -> String {
    let mut types: Vec<_> = types.iter().collect();
    types.sort_by_key(|&(_, count)| std::cmp::Reverse(*count));
    let mut shown: Vec<String> = types
        .iter()
        .take(SHOWN_TYPES)
        .map(|&(name, count)| {
            format!("{} `{}`", units::count(*count), style.one_line(&name.to_string(), 40))
        })
        .collect();
    if types.len() > shown.len() {
        let more = (types.len() - shown.len()) as u64;
        shown.push(units::counted(more, "more type", "more types"));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, body: &str, expected: bool) {
        assert_eq!(is_news(body, message), expected);
    }

    #[test]
    fn a_body_that_the_message_quotes_is_no_news() {
        check("the server answered 500: busy", "busy", false);
        check("the server answered 401: no key; not retried", r#"{"error": "no key"}"#, false);
        check("the answer is `text/html`; not retried", "<html>", false);
        check("the answer is `text/plain`; not retried", "Hello", true);
        check("the server answered 500: no body", " ", false);
    }
}
