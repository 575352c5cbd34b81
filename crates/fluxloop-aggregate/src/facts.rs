//! What providers tell beside the text.

use crate::keys::{Key, Seen};
use crate::usage::{Usage, UsageParts};

/// The longest name that is kept, in bytes.
const MAX_NAME: usize = 256;

/// What providers tell beside the text.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    usage: UsageParts,
    pub(crate) finish_reason: Option<String>,
    pub(crate) model: Option<String>,
}

impl Facts {
    /// Takes in what an event, or a body, tells. Later counts and reasons replace earlier ones.
    pub(crate) fn read(&mut self, seen: &Seen<'_>) {
        for key in [Key::Usage, Key::MessageUsage, Key::ResponseUsage] {
            if let Some(usage) = seen.get(key) {
                self.usage.read(usage);
            }
        }
        if self.model.is_none() {
            let keys = [Key::Model, Key::MessageModel, Key::ResponseModel];
            self.model = keys
                .into_iter()
                .find_map(|key| seen.text(key))
                .and_then(name);
        }
        let keys = [
            Key::ChoiceFinishReason,
            Key::DeltaStopReason,
            Key::StopReason,
            Key::FinishReason,
        ];
        let reason = keys
            .into_iter()
            .find_map(|key| seen.text(key))
            .or_else(|| final_status(seen));
        if let Some(reason) = reason.and_then(name) {
            self.finish_reason = Some(reason);
        }
    }

    /// The tokens, if any were counted.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.usage.sum()
    }

    /// Whether the model stopped in order to call a tool.
    pub(crate) fn stopped_for_tool(&self) -> bool {
        let reason = self.finish_reason.as_deref();
        matches!(reason, Some("tool_calls" | "function_call" | "tool_use"))
    }
}

/// The status of a response, once it is more than a promise.
fn final_status<'s>(seen: &'s Seen<'_>) -> Option<&'s str> {
    seen.text(Key::ResponseStatus)
        .filter(|status| !matches!(*status, "in_progress" | "queued"))
}

/// A name worth keeping.
fn name(text: &str) -> Option<String> {
    let name = &text[..text.floor_char_boundary(MAX_NAME)];
    (!name.is_empty()).then(|| name.to_owned())
}
