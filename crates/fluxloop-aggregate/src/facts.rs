//! What providers tell beside the text.

use crate::usage::UsageParts;

/// The longest name that is kept, in bytes.
const MAX_NAME: usize = 256;

/// What providers tell beside the text. Later counts and reasons replace earlier ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) usage: UsageParts,
    pub(crate) finish_reason: Option<String>,
    pub(crate) model: Option<String>,
}

impl Facts {
    /// Most streams name the model in every event: the first name is kept.
    pub(crate) fn note_model(&mut self, model: &str) {
        if self.model.is_none() {
            self.model = name(model);
        }
    }

    pub(crate) fn note_finish_reason(&mut self, reason: &str) {
        if let Some(reason) = name(reason) {
            self.finish_reason = Some(reason);
        }
    }

    /// The status of a response says why it stopped once it is more than a promise.
    pub(crate) fn note_status(&mut self, status: &str) {
        if !matches!(status, "in_progress" | "queued") {
            self.note_finish_reason(status);
        }
    }

    /// Whether the model stopped in order to call a tool.
    pub(crate) fn stopped_for_tool(&self) -> bool {
        let reason = self.finish_reason.as_deref();
        matches!(reason, Some("tool_calls" | "function_call" | "tool_use"))
    }
}

/// A name worth keeping.
fn name(text: &str) -> Option<String> {
    let name = &text[..text.floor_char_boundary(MAX_NAME)];
    (!name.is_empty()).then(|| name.to_owned())
}
