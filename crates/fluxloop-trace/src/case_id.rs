//! The name of a case.

use std::fmt;

use fluxloop_redact::Masked;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};

/// The name of a case: the input's id and the iteration, `<id>/<iteration>`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CaseId {
    /// The id of the input, unique within a run.
    pub input_id: Masked,
    /// The iteration, from 0.
    pub iteration: u32,
}

impl CaseId {
    /// Names a case.
    pub fn new(input_id: Masked, iteration: u32) -> Self {
        Self { input_id, iteration }
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
        text.rsplit_once('/')
            .and_then(|(id, iteration)| Some(Self::new(id, iteration.as_str().parse().ok()?)))
            .ok_or_else(|| D::Error::custom("a case is named `<input id>/<iteration>`"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fluxloop_redact::{Redactor, Secret};

    use super::*;

    fn named(input_id: &str, iteration: u32) -> CaseId {
        CaseId::new(Redactor::none().mask(input_id), iteration)
    }

    #[test]
    fn the_iteration_follows_the_last_slash() {
        assert_eq!(named("a/b", 2).to_string(), "a/b/2");
    }

    #[track_caller]
    fn check_reads(name: &str, expected: Option<(&str, u32)>) {
        let json = serde_json::json!(name).to_string();
        let redactor = Arc::new(Redactor::builder().secret("S", &Secret::new("abcdefgh")).build());
        let read = redactor.reading(|| serde_json::from_str(&json)).ok();
        let expected = expected.map(|(input_id, iteration)| named(input_id, iteration));
        assert_eq!(read, expected, "{name}");
    }

    #[test]
    fn a_name_is_read_back_and_masked() {
        check_reads("a/b/2", Some(("a/b", 2)));
        check_reads("/0", Some(("", 0)));
        check_reads("an abcdefgh/1", Some(("an ***", 1)));
        check_reads("a", None);
        check_reads("a/b", None);
        check_reads("a/-1", None);
    }
}
