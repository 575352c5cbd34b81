//! JSON from outside, masked.

use std::collections::BTreeMap;

use fluxloop_redact::Masked;
use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// A JSON value in which every text is masked, names of members too, and every number that a secret
/// could be.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub enum MaskedJson {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number that holds no secret.
    Number(Number),
    /// Text.
    Text(Masked),
    /// A list.
    List(Vec<Self>),
    /// An object. Of members that read alike when they are masked, the last one stays.
    Object(BTreeMap<Masked, Self>),
}

impl MaskedJson {
    /// Masks a value.
    pub fn of(value: &Value, mask: &mut impl FnMut(&str) -> Masked) -> Self {
        match Self::try_of(value, &mut |text| Ok::<_, std::convert::Infallible>(mask(text))) {
            Ok(masked) => masked,
        }
    }

    fn try_of<E>(
        value: &Value,
        mask: &mut impl FnMut(&str) -> Result<Masked, E>,
    ) -> Result<Self, E> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => {
                let text = number.to_string();
                let masked = mask(&text)?;
                if masked.as_str() == text {
                    Self::Number(number.clone())
                } else {
                    Self::Text(masked)
                }
            }
            Value::String(text) => Self::Text(mask(text)?),
            Value::Array(values) => Self::List(
                values.iter().map(|value| Self::try_of(value, mask)).collect::<Result<_, _>>()?,
            ),
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| Ok((mask(name)?, Self::try_of(value, mask)?)));
                Self::Object(members.collect::<Result<_, _>>()?)
            }
        })
    }
}

/// Reads text as [`Masked`] does: masked, or not at all.
impl<'de> Deserialize<'de> for MaskedJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::try_of(&value, &mut |text: &str| {
            let text: StrDeserializer<'_, D::Error> = text.into_deserializer();
            Masked::deserialize(text)
        })
        .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fluxloop_redact::{Redactor, Secret};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &Value) {
        let redactor = Arc::new(Redactor::builder().secret("S", &Secret::new("12345678")).build());
        let written = MaskedJson::of(value, &mut |text| redactor.mask(text));
        assert_eq!(serde_json::to_value(&written).expect("it is JSON"), *expected);
        let read: MaskedJson =
            redactor.reading(|| serde_json::from_str(&value.to_string())).expect("it is JSON");
        assert_eq!(read, written);
        assert!(serde_json::from_str::<MaskedJson>(r#""text""#).is_err(), "outside of a redactor");
    }

    #[test]
    fn every_place_of_a_value_is_masked() {
        check(
            &json!({"a": [null, true, 1.5, "an 12345678"], "12345678": {"n": 12_345_678}}),
            &json!({"a": [null, true, 1.5, "an ***"], "***": {"n": "***"}}),
        );
    }
}
