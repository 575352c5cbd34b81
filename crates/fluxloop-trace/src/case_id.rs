//! The name of a case.

use std::fmt;

use serde::{Serialize, Serializer};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_iteration_follows_the_last_slash() {
        assert_eq!(CaseId::new("a/b", 2).to_string(), "a/b/2");
    }
}
