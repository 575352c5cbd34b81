//! What is secret in a text at a sensitive place that also takes values of the case.

use std::ops::Range;

use fluxloop_plan::ValueTemplate;
use fluxloop_redact::naming::{Secrecy, secret_fields};

/// The literal fields that may be secrets: not the values of the case, which are secrets of the case,
/// not placeholders, not a scheme in front or the name of a cookie, and no plain words.
pub(super) fn secrets_beside_values(text: &str, secrecy: Secrecy) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    let mut from = 0;
    for taken in taken(text) {
        secrets.extend(secret_fields(text, from..taken.start.max(from), secrecy));
        from = from.max(taken.end);
    }
    secrets.extend(secret_fields(text, from..text.len(), secrecy));
    secrets
}

/// Where values of the case and placeholders are, in their order.
fn taken(text: &str) -> Vec<Range<usize>> {
    let mut taken = ValueTemplate::places(text);
    taken.extend(text.match_indices("${").map(|(start, _)| {
        let end = text[start..].find('}').map_or(text.len(), |length| start + length + 1);
        start..end
    }));
    taken.sort_by_key(|range| range.start);
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = secrets_beside_values(text, Secrecy::Key);
        let found: Vec<&str> = found.into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn literal_fields_beside_values_are_secret() {
        check("Bearer q7ZkP2mXw9RtLb4V {{ $.id }}", &["q7ZkP2mXw9RtLb4V"]);
        check("sid=q7ZkP2mXw9RtLb4V; case={{ $.id }}", &["q7ZkP2mXw9RtLb4V"]);
        check("{{ $.id }}:q7ZkP2mXw9RtLb4V", &["q7ZkP2mXw9RtLb4V"]);
        check("q7ZkP2mXw9RtLb4V-{{ $.id }}", &["q7ZkP2mXw9RtLb4V"]);
        check("q7Zk9RtLb4V${KEY}.{{ $.id }}", &["q7Zk9RtLb4V"]);
    }

    #[test]
    fn values_placeholders_names_and_words_are_not() {
        check("$.metadata.token", &[]);
        check("Bearer {{ $.metadata.token }}", &[]);
        check("{{ $.id }}", &[]);
        check("session={{ $.id }}; theme=dark", &[]);
        check("Bearer ${API_KEY}.{{ $.id }}", &[]);
    }
}
