//! What providers tell beside the text.

use fluxloop_jsonpath::RawFound;

use crate::known::{Meaning, NO_REASON, PENDING_STATUSES, Protocol, TOOL_ENDS};
use crate::usage::UsageParts;

/// The longest name that is kept, in bytes.
const MAX_NAME: usize = 256;

/// What providers tell beside the text. Later counts and reasons replace earlier ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) usage: UsageParts,
    pub(crate) finish_reason: Option<String>,
    pub(crate) model: Option<String>,
    /// The protocol that the frames show, if its streams always show their end.
    pub(crate) protocol: Option<Protocol>,
    /// Whether the first choice of a chat completion has its finish reason.
    choice_finished: bool,
    /// Whether a frame was an end of a known protocol, whatever end is configured.
    ended: bool,
}

impl Facts {
    /// What the type of a frame says, by the framing or inside its data.
    #[inline]
    pub(crate) fn note_meaning(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Begins(protocol) => self.protocol = Some(protocol),
            Meaning::Done | Meaning::Stopped => self.ended = true,
            Meaning::Other | Meaning::Error | Meaning::Failed => {}
        }
    }

    /// Every frame of a chat completion says what it is: the first one is enough.
    pub(crate) fn note_object(&mut self, object: RawFound<'_>) {
        if self.protocol.is_none() {
            self.protocol = object.string().as_deref().and_then(Protocol::of_object);
        }
    }

    /// The end that the frames let expect and did not show.
    pub(crate) fn missing_end(&self) -> Option<Protocol> {
        self.protocol.filter(|_| !self.shows_end())
    }

    /// Whether the answer shows its end as its protocol has it.
    pub(crate) fn shows_end(&self) -> bool {
        let by_reason = self.protocol.is_some_and(Protocol::ends_with_reason);
        self.ended || (by_reason && self.choice_finished)
    }

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

    pub(crate) fn note_choice_finish_reason(&mut self, reason: RawFound<'_>) {
        if let Some(reason) = reason.string() {
            self.choice_finished |= !reason.is_empty() && reason != NO_REASON;
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
        if !PENDING_STATUSES.contains(&status) {
            self.set_finish_reason(status);
        }
    }

    fn set_finish_reason(&mut self, reason: &str) {
        let is_news = |it: &&str| *it != NO_REASON && self.finish_reason.as_deref() != Some(it);
        if let Some(reason) = name(reason).filter(is_news) {
            self.finish_reason = Some(reason.to_owned());
        }
    }

    /// Whether the model stopped in order to call a tool.
    pub(crate) fn stopped_for_tool(&self) -> bool {
        self.finish_reason.as_deref().is_some_and(|reason| TOOL_ENDS.contains(&reason))
    }
}

/// As much of a name as is worth keeping.
fn name(text: &str) -> Option<&str> {
    let name = &text[..text.floor_char_boundary(MAX_NAME)];
    (!name.is_empty()).then_some(name)
}
