//! The rules of a plan, made ready to be applied to many answers.

use std::sync::{Arc, LazyLock};

use fluxloop_schema::Schema;

use crate::compile::Compiled;
use crate::rules::AnswerRules;

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
        static KNOWN: LazyLock<Schema> = LazyLock::new(Schema::auto);
        let compiled = Compiled::new(&rules.schema, &KNOWN.end);
        Self(Arc::new(Prepared { rules: rules.clone(), compiled }))
    }

    /// The rules.
    pub fn rules(&self) -> &AnswerRules {
        &self.0.rules
    }
}
