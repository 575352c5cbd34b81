//! Tokens, as providers count them.

use std::sync::LazyLock;

use fluxloop_jsonpath::{Found, PathSet};

use crate::keys::path_set;

/// Tokens, as the provider counted them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// Tokens of the request.
    pub prompt_tokens: u64,
    /// Tokens of the answer.
    pub completion_tokens: u64,
    /// Both together, or what the provider says.
    pub total_tokens: u64,
}

/// The counts inside a `usage` object: chat completions name them `prompt_tokens` and
/// `completion_tokens`, the responses API and Anthropic `input_tokens` and `output_tokens`.
static COUNTS: LazyLock<PathSet> = LazyLock::new(|| {
    path_set(&[
        "prompt_tokens",
        "input_tokens",
        "completion_tokens",
        "output_tokens",
        "total_tokens",
    ])
});

/// Collects counts that come in parts: Anthropic tells the tokens of the request in
/// `message_start`, and those of the answer, so far, in every `message_delta`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UsageParts {
    prompt: Option<u64>,
    completion: Option<u64>,
    total: Option<u64>,
}

impl UsageParts {
    /// Takes in a `usage` object; a later count replaces an earlier one.
    pub(crate) fn read(&mut self, json: &str) {
        // It was taken out of JSON that has been read: it cannot be malformed.
        let _ = COUNTS.scan(json, |which, found| {
            let Found::Number(number) = found else { return };
            let Ok(count) = number.parse() else { return };
            match which {
                0 | 1 => self.prompt = Some(count),
                2 | 3 => self.completion = Some(count),
                _ => self.total = Some(count),
            }
        });
    }

    /// All together; `None` when nothing was told.
    pub(crate) fn sum(&self) -> Option<Usage> {
        if let (None, None, None) = (self.prompt, self.completion, self.total) {
            return None;
        }
        let prompt_tokens = self.prompt.unwrap_or(0);
        let completion_tokens = self.completion.unwrap_or(0);
        let both = prompt_tokens.saturating_add(completion_tokens);
        Some(Usage { prompt_tokens, completion_tokens, total_tokens: self.total.unwrap_or(both) })
    }
}
