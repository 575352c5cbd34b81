//! Why an expectation is not met, or could not be judged.

use fluxloop_jsonpath::JsonPath;
use fluxloop_redact::Redactor;
use fluxloop_trace::UnmetExpectation;

use crate::item::Item;

/// How many characters of what was expected stand in a record.
const EXPECTED_CHARS: usize = 1_000;
/// How many characters of what came stand in a record.
pub(crate) const ACTUAL_CHARS: usize = 200;
/// How many characters of a message stand in a record.
const MESSAGE_CHARS: usize = 400;

/// Why an expectation is not met, or could not be judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Problem {
    /// Whether the record does not say enough to judge it.
    pub(crate) is_unjudged: bool,
    pub(crate) message: String,
    expected: Option<String>,
    actual: Option<String>,
    character: Option<u64>,
    pointer: Option<String>,
}

impl Problem {
    pub(crate) fn unmet(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    pub(crate) fn unjudged(message: impl Into<String>) -> Self {
        Self { is_unjudged: true, ..Self::unmet(message) }
    }

    pub(crate) fn expected(self, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..self }
    }

    pub(crate) fn actual(self, actual: impl Into<String>) -> Self {
        Self { actual: Some(actual.into()), ..self }
    }

    pub(crate) fn character(self, character: u64) -> Self {
        Self { character: Some(character), ..self }
    }

    pub(crate) fn pointer(self, pointer: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), ..self }
    }

    /// As the record keeps it. All that it says was masked before; it passes the redactor once more,
    /// because only a redactor makes what a record may hold.
    pub(crate) fn recorded(
        self,
        number: u32,
        item: &Item,
        redactor: &Redactor,
    ) -> UnmetExpectation {
        let mask = |text: &str, most: usize| redactor.mask(text).excerpt(most);
        let option = |text: Option<&str>, most| text.map(|text| mask(text, most));
        UnmetExpectation {
            number,
            kind: Some(item.kind),
            channel: option(item.channel.as_deref(), MESSAGE_CHARS),
            path: option(item.path.as_ref().map(JsonPath::as_str), MESSAGE_CHARS),
            message: mask(&self.message, MESSAGE_CHARS),
            expected: option(self.expected.as_deref(), EXPECTED_CHARS),
            // An ellipsis at either end is not counted.
            actual: option(self.actual.as_deref(), ACTUAL_CHARS + 2),
            character: self.character,
            pointer: option(self.pointer.as_deref(), MESSAGE_CHARS),
        }
    }
}
