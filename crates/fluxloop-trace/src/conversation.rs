//! Question and answer, in the two shapes that FluxLoop's tools read.

use serde::{Deserialize, Serialize};

use crate::Quoted;

/// Who speaks in a conversation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Who asks.
    User,
    /// Who answers.
    Assistant,
}

/// Where a line of a conversation comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The inputs.
    Input,
    /// The endpoint.
    Agent,
}

/// One line of the conversation.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationTurn {
    /// Counts from 1; question and answer share it.
    pub turn_index: u32,
    /// Who speaks.
    pub role: Role,
    /// What was said.
    pub content: Quoted,
    /// Where it comes from.
    pub source: Source,
    /// FluxLoop's tools expect the field.
    pub metadata: Empty,
}

/// An object without members. Those that a file may have are not read: nobody would mask them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Empty {}

/// The conversation as FluxLoop's replay reads it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationState {
    /// The turns.
    pub turns: Vec<Conversation>,
}

/// One turn of a [`ConversationState`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// Who speaks.
    pub role: Role,
    /// What was said.
    pub content: Quoted,
}

impl ConversationState {
    /// The conversation of one question and its answer, in both shapes.
    pub fn of(input: &Quoted, output: &Quoted) -> (Vec<ConversationTurn>, Self) {
        let sides = [(Role::User, Source::Input, input), (Role::Assistant, Source::Agent, output)];
        let lines = sides
            .iter()
            .map(|&(role, source, content)| ConversationTurn {
                turn_index: 1,
                role,
                content: content.clone(),
                source,
                metadata: Empty {},
            })
            .collect();
        let turns = sides
            .iter()
            .map(|&(role, _, content)| Conversation { role, content: content.clone() })
            .collect();
        (lines, Self { turns })
    }
}
