//! Text that is safe to show.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};

use crate::reading;

/// Text that a [`Redactor`](crate::Redactor) made: safe to show and to store.
///
/// Clones share one allocation.
///
/// A redactor makes it, and so does text of the program:
///
/// ```
/// use fluxloop_redact::{Masked, Redactor};
///
/// let text = String::from("from outside");
/// let masked: [Masked; 2] = [Redactor::none().mask(&text), Masked::from_static("a constant")];
/// assert_eq!(serde_json::to_string(&masked).unwrap(), r#"["from outside","a constant"]"#);
/// ```
///
/// Nothing else does:
///
/// ```compile_fail
/// # use fluxloop_redact::Masked;
/// # let text = String::from("from outside");
/// let masked: Masked = text.into();
/// ```
///
/// ```compile_fail
/// # use fluxloop_redact::Masked;
/// # let text = String::from("from outside");
/// let masked = Masked(text.into());
/// ```
///
/// ```compile_fail
/// # use fluxloop_redact::Masked;
/// # let text = String::from("from outside");
/// let masked = Masked::from_static(&text);
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Masked(Arc<str>);

impl Masked {
    /// Wraps text that has been through the redactor.
    pub(crate) fn from_masked(text: &str) -> Self {
        Self(text.into())
    }

    /// Text of the program itself, which holds no secret because it was there before any.
    pub fn from_static(text: &'static str) -> Self {
        Self(text.into())
    }

    /// The masked text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first `max_chars` characters, with `…` in place of what was cut.
    ///
    /// Cutting is safe only on this side: cut first and mask then, and half a secret stays.
    #[must_use]
    pub fn excerpt(&self, max_chars: usize) -> Self {
        match self.0.char_indices().nth(max_chars) {
            None => self.clone(),
            Some((end, _)) => Self(format!("{}…", &self.0[..end]).into()),
        }
    }

    /// What stands before and behind the last `separator`, if there is one; safe as cutting is.
    pub fn rsplit_once(&self, separator: char) -> Option<(Self, Self)> {
        let (before, behind) = self.0.rsplit_once(separator)?;
        Some((Self(before.into()), Self(behind.into())))
    }

    /// Joins masked parts. A secret that only the seam would make is not looked for.
    #[must_use]
    pub fn concat<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        Self(parts.into_iter().map(Self::as_str).collect::<String>().into())
    }
}

impl Default for Masked {
    fn default() -> Self {
        Self::from_static("")
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Masked text is made to be stored.
impl Serialize for Masked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Text that was read is not masked, even if it was when it was written: so it can be read only
/// inside of [`Redactor::reading`](crate::Redactor::reading), which masks it, and is an error
/// anywhere else.
impl<'de> Deserialize<'de> for Masked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        reading::mask(&text).ok_or_else(|| D::Error::custom("text is read by a redactor alone"))
    }
}

/// Masked text is a string.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for Masked {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Masked".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_cut_between_characters() {
        let text = Masked::from_static("añb");
        assert_eq!(text.excerpt(2).as_str(), "añ…");
        assert_eq!(text.excerpt(3).as_str(), "añb");
    }
    #[test]
    fn text_is_split_at_the_last_separator() {
        let split = |text| Masked::from_static(text).rsplit_once('/');
        let halves = |before, behind| (Masked::from_static(before), Masked::from_static(behind));
        assert_eq!(split("a/b/c"), Some(halves("a/b", "c")));
        assert_eq!(split("/"), Some(halves("", "")));
        assert_eq!(split("abc"), None);
    }
}
