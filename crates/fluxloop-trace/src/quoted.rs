//! Text that a record repeats.

use std::fmt;
use std::sync::Arc;

use fluxloop_redact::Masked;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// Masked text together with its JSON form, which is made once: a record repeats the input and the
/// output, and escaping a long answer costs more than everything else in its record.
///
/// Clones share both. It serializes as a string, with `serde_json` alone.
#[derive(Clone)]
pub struct Quoted {
    text: Masked,
    json: Arc<RawValue>,
}

impl Quoted {
    /// The text.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The text, to be kept somewhere else too without a copy.
    pub fn to_masked(&self) -> Masked {
        self.text.clone()
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl From<Masked> for Quoted {
    fn from(text: Masked) -> Self {
        let json = to_raw_value(&text).expect("a string can be written as JSON");
        Self { text, json: json.into() }
    }
}

impl fmt::Debug for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl Serialize for Quoted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Quoted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Masked::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_form_is_that_of_the_text() {
        let text = Masked::from_static("\"a\"\n\u{2028}é\u{1}\\");
        let quoted = Quoted::from(text.clone());
        assert_eq!(
            serde_json::to_string(&[&quoted, &quoted]).expect("it is a string"),
            serde_json::to_string(&[&text, &text]).expect("it is a string"),
        );
        assert_eq!(format!("{quoted:?}"), format!("{text:?}"));
    }
}
