//! What is secret in a text at a sensitive place that also takes values of the case.

use std::ops::Range;

use fluxloop_plan::ValueTemplate;
use fluxloop_redact::naming::{Secrecy, is_between, is_label, is_word_under};

/// The literal fields that may be secrets: not the values of the case, which are secrets of the case,
/// not placeholders, not a scheme in front or the name of a cookie, and no plain words.
pub(super) fn secrets_beside_values(text: &str, secrecy: Secrecy) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    let mut from = 0;
    for taken in taken(text) {
        fields(text, from..taken.start.max(from), secrecy, &mut secrets);
        from = from.max(taken.end);
    }
    fields(text, from..text.len(), secrecy, &mut secrets);
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

fn fields(text: &str, stretch: Range<usize>, secrecy: Secrecy, secrets: &mut Vec<Range<usize>>) {
    let mut start = stretch.start;
    for field in text[stretch].split_inclusive(is_between) {
        let part = field.trim_end_matches(is_between);
        let between = &field[part.len()..];
        let is_scheme = start == 0 && !between.is_empty() && between.trim().is_empty();
        let is_name = (between == "=" || is_scheme) && is_label(part);
        let word = part.trim_matches(|c: char| !c.is_alphanumeric());
        let is_number = word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
        if !is_name && !is_number && !is_word_under(word, secrecy) {
            let before = part.len() - part.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
            let begin = start + before;
            secrets.push(begin..begin + word.len());
        }
        start += field.len();
    }
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
