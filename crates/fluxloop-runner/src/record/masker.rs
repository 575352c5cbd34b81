//! Masks, and counts what was masked.

use std::fmt::Display;

use fluxloop_redact::{MASK, Masked, Redactor};
use fluxloop_trace::MaskedJson;
use serde_json::Value;

/// Masks, and counts what was masked.
pub(super) struct Masker<'a> {
    pub(super) redactor: &'a Redactor,
    pub(super) places: u64,
    /// How many of them are in what the answer says.
    pub(super) in_answer: u64,
}

impl<'a> Masker<'a> {
    pub(super) fn new(redactor: &'a Redactor) -> Self {
        Self { redactor, places: 0, in_answer: 0 }
    }

    /// Masks what the answer says.
    pub(super) fn of_answer<T>(&mut self, mask: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.places;
        let masked = mask(self);
        self.in_answer += self.places - before;
        masked
    }

    /// Masks a text of the inputs, which is whole.
    pub(super) fn mask(&mut self, text: &str) -> Masked {
        self.count(self.redactor.mask_counted(text))
    }

    /// Masks a text of the inputs that is a field by itself: a secret, too, that is too short to be
    /// masked elsewhere.
    pub(super) fn field(&mut self, text: &str) -> Masked {
        if self.redactor.is_short_secret(text) {
            return self.count((Masked::from_static(MASK), 1));
        }
        self.mask(text)
    }

    /// Masks a text that ended early, perhaps inside a secret.
    pub(super) fn cut(&mut self, text: &str) -> Masked {
        self.count(self.redactor.mask_cut(text))
    }

    /// Masks every other text: messages, bodies, names, samples, channels. A stream, a limit or a
    /// quotation may have torn a secret in it, so pieces of secrets are masked, too.
    pub(super) fn piece(&mut self, text: &str) -> Masked {
        self.count(self.redactor.mask_piece(text))
    }

    pub(super) fn option(&mut self, text: Option<&(impl AsRef<str> + ?Sized)>) -> Option<Masked> {
        text.map(|text| self.piece(text.as_ref()))
    }

    /// A number from outside; 0 if a secret could be read from its digits.
    pub(super) fn number(&mut self, number: u64) -> u64 {
        if self.hides(number) { 0 } else { number }
    }

    /// Whether a secret could be read from the digits of a number.
    pub(super) fn hides(&mut self, number: impl Display) -> bool {
        let before = self.places;
        self.piece(&number.to_string());
        self.places > before
    }

    /// JSON whose texts are pieces.
    pub(super) fn json(&mut self, value: &Value) -> MaskedJson {
        MaskedJson::of(value, &mut |text| self.piece(text))
    }

    fn count(&mut self, (masked, places): (Masked, usize)) -> Masked {
        self.places += places as u64;
        masked
    }
}
