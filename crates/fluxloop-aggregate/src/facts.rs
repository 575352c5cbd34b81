//! What providers tell beside the text.

use fluxloop_jsonpath::RawFound;

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
    pub(crate) fn note_model(&mut self, model: RawFound<'_>) {
        if self.model.is_none() {
            self.model = model.string().as_deref().and_then(name).map(str::to_owned);
        }
    }

    pub(crate) fn note_finish_reason(&mut self, reason: RawFound<'_>) {
        if let Some(reason) = reason.string() {
            self.set_finish_reason(&reason);
        }
    }

    /// The status of a response says why it stopped once it is more than a promise.
    pub(crate) fn note_status(&mut self, status: RawFound<'_>) {
        if let Some(status) = status.string() {
            self.set_status(&status);
        }
    }

    pub(crate) fn set_status(&mut self, status: &str) {
        if !matches!(status, "in_progress" | "queued") {
            self.set_finish_reason(status);
        }
    }

    fn set_finish_reason(&mut self, reason: &str) {
        if let Some(reason) = name(reason).filter(|it| self.finish_reason.as_deref() != Some(it)) {
            self.finish_reason = Some(reason.to_owned());
        }
    }

    /// Whether the model stopped in order to call a tool.
    pub(crate) fn stopped_for_tool(&self) -> bool {
        let reason = self.finish_reason.as_deref();
        matches!(reason, Some("tool_calls" | "function_call" | "tool_use"))
    }
}

/// As much of a name as is worth keeping.
fn name(text: &str) -> Option<&str> {
    let name = &text[..text.floor_char_boundary(MAX_NAME)];
    (!name.is_empty()).then_some(name)
}
