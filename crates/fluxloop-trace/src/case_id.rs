//! The name of a case.

use std::fmt;

use fluxloop_redact::Masked;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};

/// The name of a case: the input's id and the iteration, `<id>/<iteration>`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CaseId {
    /// The id of the input, unique within a run.
    pub input_id: String,
    /// The iteration, from 0.
    pub iteration: u32,
}

impl CaseId {
    /// Names a case.
    pub fn new(input_id: impl Into<String>, iteration: u32) -> Self {
        Self { input_id: input_id.into(), iteration }
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.input_id, self.iteration)
    }
}

impl Serialize for CaseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads text as [`Masked`] does: masked, or not at all.
impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Masked::deserialize(deserializer)?;
        text.as_str()
            .rsplit_once('/')
            .and_then(|(id, iteration)| Some(Self::new(id, iteration.parse().ok()?)))
            .ok_or_else(|| D::Error::custom("a case is named `<input id>/<iteration>`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_iteration_follows_the_last_slash() {
        assert_eq!(CaseId::new("a/b", 2).to_string(), "a/b/2");
    }
}
