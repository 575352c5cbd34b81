//! The rules of a plan, made ready to be applied to many answers.

use std::sync::{Arc, LazyLock};

use fluxloop_schema::Schema;

use crate::compile::{Compiled, has_bit};
use crate::rules::AnswerRules;

/// What is known of all protocols.
pub(crate) static KNOWN: LazyLock<Schema> = LazyLock::new(Schema::auto);

/// How answers are read, made ready once for a plan. Clones share it.
#[derive(Clone, Debug)]
pub struct AnswerReader(pub(crate) Arc<Prepared>);

#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) rules: AnswerRules,
    pub(crate) compiled: Compiled,
}

impl AnswerReader {
    /// Prepares the rules.
    pub fn new(rules: &AnswerRules) -> Self {
        let compiled = Compiled::new(&rules.schema, &KNOWN.end);
        Self(Arc::new(Prepared { rules: rules.clone(), compiled }))
    }

    /// The rules of a schema of one's own that had no work in any answer; `used` is what the
    /// answers say together ([`Content::used_rules`](crate::Content::used_rules)).
    pub fn unused_rules(&self, used: &[u64]) -> Vec<&str> {
        let own = self.0.compiled.own_rules.iter();
        own.filter(|(number, _)| !has_bit(used, *number)).map(|(_, name)| name.as_str()).collect()
    }

    /// The rules.
    pub fn rules(&self) -> &AnswerRules {
        &self.0.rules
    }
}
