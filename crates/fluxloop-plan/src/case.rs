//! One input of one iteration.

use std::sync::Arc;

use serde_json::{Map, Value};

/// One entry of the inputs, as the user wrote it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// Unique within the inputs; the entry's number from 0 where the user gave none.
    pub id: String,
    /// The text, after `input_template` was applied.
    pub input: String,
    /// The name of the persona.
    pub persona: Option<String>,
    /// A conversation that leads up to the input; `$.messages` is one user message otherwise.
    pub messages: Option<Value>,
    /// Whatever the user put under `context`.
    pub context: Option<Value>,
    /// The entry's `metadata`, and its other keys.
    pub metadata: Map<String, Value>,
}

/// One input of one iteration: what one line of the journal will be about.
#[derive(Clone, Debug)]
pub struct Case {
    /// The place in the order of the run, from 0.
    pub index: u64,
    /// The iteration, from 0.
    pub iteration: u32,
    /// The input; iterations share it.
    pub input: Arc<Input>,
}
