//! Reads the members of a flattened type.

use serde::de::{DeserializeOwned, Deserializer, Error};
use serde_json::Value;

/// Reads a flattened member by way of a [`Value`]. Serde hands over flattened members in a form in
/// which a number that keeps its text (`arbitrary_precision` of `serde_json`) is not a number.
pub(crate) fn read<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value: Value = serde::Deserialize::deserialize(deserializer)?;
    T::deserialize(value).map_err(D::Error::custom)
}
