//! Names that speak for a meaning. In a stream they only make a finding surer; a document has little
//! else.

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

/// Names of members that hold the answer of a body which is one document.
const ANSWER: [&str; 10] = [
    "text",
    "content",
    "answer",
    "message",
    "output",
    "response",
    "reply",
    "result",
    "completion",
    "generat",
];

/// Last words of names that speak for a label, whatever stands before: `message_id`, `contentType`.
const LABELS: [&str; 14] = [
    "id", "type", "role", "status", "state", "format", "model", "name", "reason", "time", "at",
    "code", "kind", "language",
];

/// Names on the way to texts that are no answer: what was asked, and what was read for it.
const OTHER: [&str; 17] = [
    "question",
    "prompt",
    "query",
    "input",
    "instruction",
    "request",
    "source",
    "document",
    "context",
    "snippet",
    "reference",
    "metadata",
    "config",
    "description",
    "disclaimer",
    "error",
    "url",
];

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

/// Whether the name of a member speaks for the answer.
pub(crate) fn names_answer(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ANSWER.iter().any(|word| name.contains(word))
}

/// Whether the name of a member speaks for a label: an id, a type, a state.
pub(crate) fn names_label(name: &str) -> bool {
    let last = name.rsplit(['_', '-', ' ']).next().unwrap_or_default();
    let last = last.rfind(|c: char| c.is_ascii_uppercase()).map_or(last, |at| &last[at..]);
    LABELS.contains(&last.to_ascii_lowercase().as_str())
}

/// Whether names on the way to a text speak for something else than an answer.
pub(crate) fn names_other(names: &str) -> bool {
    let names = names.to_ascii_lowercase();
    OTHER.iter().any(|word| names.contains(word))
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
