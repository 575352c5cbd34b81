//! Reads masked text back.

use std::cell::RefCell;
use std::sync::Arc;

use crate::{Masked, Redactor};

thread_local! {
    /// What masks the text that this thread reads now. A record is read by derived code, which
    /// hands nothing down to the fields.
    static REDACTOR: RefCell<Option<Arc<Redactor>>> = const { RefCell::new(None) };
}

impl Redactor {
    /// Reads records that hold [`Masked`] text, with this redactor to mask it: what a record of an
    /// earlier day says may be a secret today.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use fluxloop_redact::{Masked, Redactor, Secret};
    ///
    /// let key = Secret::new("sk-live-0123456789");
    /// let redactor = Arc::new(Redactor::builder().secret("KEY", &key).build());
    /// let json = r#""the key is sk-live-0123456789""#;
    ///
    /// let text: Masked = redactor.reading(|| serde_json::from_str(json))?;
    /// assert_eq!(text.as_str(), "the key is ***");
    /// assert!(serde_json::from_str::<Masked>(json).is_err(), "nobody masks it here");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn reading<T>(self: &Arc<Self>, read: impl FnOnce() -> T) -> T {
        let _earlier = Earlier(REDACTOR.replace(Some(Arc::clone(self))));
        read()
    }
}

/// What masked before: it comes back when the reading ends, by a panic too.
struct Earlier(Option<Arc<Redactor>>);

impl Drop for Earlier {
    fn drop(&mut self) {
        REDACTOR.set(self.0.take());
    }
}

/// Masks text that is read now, if somebody reads.
pub(crate) fn mask(text: &str) -> Option<Masked> {
    REDACTOR.with_borrow(|redactor| redactor.as_ref().map(|redactor| redactor.mask(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn knowing(secret: &str) -> Arc<Redactor> {
        Arc::new(Redactor::builder().secret("S", &Secret::new(secret)).build())
    }

    fn masked() -> Option<String> {
        mask("abcdefgh ijklmnop").map(|text| text.as_str().to_owned())
    }

    #[test]
    fn the_innermost_reader_masks_and_nobody_does_outside() {
        let (outer, inner) = (knowing("abcdefgh"), knowing("ijklmnop"));
        outer.reading(|| {
            assert_eq!(inner.reading(masked).as_deref(), Some("abcdefgh ***"));
            assert_eq!(masked().as_deref(), Some("*** ijklmnop"));
        });
        assert_eq!(masked(), None);
    }

    #[test]
    fn a_panic_ends_the_reading() {
        let redactor = knowing("abcdefgh");
        let panicked = std::panic::catch_unwind(|| redactor.reading(|| panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(masked(), None);
    }
}
