//! Names that speak for a meaning. They only make a finding surer; none is found by its name.

/// What a name speaks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Means {
    /// The answer.
    Text,
    /// What the model thinks, or what is no part of the answer.
    NotText,
}

const REASONING: [&str; 5] = ["reason", "think", "thought", "rationale", "scratch"];

const NOT_TEXT: [&str; 9] =
    ["tool", "refusal", "argument", "status", "progress", "citation", "log", "suggest", "title"];

const TEXT: [&str; 9] =
    ["text", "content", "answer", "token", "delta", "chunk", "message", "output", "response"];

/// What the names on the way to a text speak for. The last name that means anything decides, for it
/// is the nearest to the text; but a frame about something else is about something else.
pub(crate) fn means(names: &str) -> Option<Means> {
    let names = names.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| names.contains(word));
    if has(&REASONING) || has(&NOT_TEXT) {
        return Some(Means::NotText);
    }
    has(&TEXT).then_some(Means::Text)
}

/// Whether names speak for reasoning.
pub(crate) fn is_reasoning(names: &str) -> bool {
    let names = names.to_ascii_lowercase();
    REASONING.iter().any(|word| names.contains(word))
}

/// Whether the names of two counts are those of the tokens of the request and of the answer.
pub(crate) fn are_counts(input: &str, output: &str) -> bool {
    let is = |name: &str, words: &[&str]| {
        let name = name.to_ascii_lowercase();
        words.iter().any(|word| name.contains(word))
    };
    is(input, &["input", "prompt"]) && is(output, &["output", "completion", "candidate", "eval"])
}
