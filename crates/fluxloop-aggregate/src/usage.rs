//! Tokens, as providers count them.

use fluxloop_jsonpath::RawFound;

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

/// Collects counts that come in parts: Anthropic tells the tokens of the request in
/// `message_start`, and those of the answer, so far, in every `message_delta`. A later count
/// replaces an earlier one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UsageParts {
    prompt: Option<u64>,
    completion: Option<u64>,
    total: Option<u64>,
}

impl UsageParts {
    pub(crate) fn note_prompt(&mut self, count: RawFound<'_>) {
        self.prompt = read(count).or(self.prompt);
    }

    pub(crate) fn note_completion(&mut self, count: RawFound<'_>) {
        self.completion = read(count).or(self.completion);
    }

    pub(crate) fn note_total(&mut self, count: RawFound<'_>) {
        self.total = read(count).or(self.total);
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

/// A count, if it is one.
fn read(count: RawFound<'_>) -> Option<u64> {
    count.as_json().parse().ok()
}
