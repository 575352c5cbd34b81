//! Makes an input of a record, whatever file it came from.

use std::sync::Arc;

use fluxloop_expect::{InputCheck, Judging};
use fluxloop_plan::Input;
use fluxloop_schema::key;

use super::choice::Choice;
use super::members::{Entry, Members};
use super::source::{Record, Source};
use super::{InputError, InputFault};

/// What is done to every record.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) members: Members,
    /// `input_template`.
    pub(super) template: Option<String>,
    pub(super) choice: Choice,
    /// What judges the answers.
    pub(super) judging: Option<Arc<Judging>>,
}

impl Rules {
    /// Checks what is expected of the answer to an entry.
    pub(super) fn check_expectations(
        &self,
        entry: &mut Entry,
        number: u32,
    ) -> Result<InputCheck, InputFault> {
        let Some(judging) = &self.judging else { return Ok(InputCheck::default()) };
        let input = &mut entry.input;
        input.id = entry.id.clone().unwrap_or_else(|| number.to_string());
        judging.check_input(input).map_err(|fault| InputFault::Expectation {
            key: key(&fault.at),
            fault: Box::new(fault.kind),
        })
    }

    /// Makes the input of a record; `None` where it does not pass. It was checked before: what is
    /// wrong now was not there then.
    pub(super) fn input(
        &self,
        record: Record,
        source: &Source,
    ) -> Result<Option<Arc<Input>>, InputError> {
        let Record { part, origin, at, value } = record;
        if !self.choice.holds(&value) {
            return Ok(None);
        }
        let format = source.parts()[part].format;
        let changed = |_| InputError { origin, fault: InputFault::Changed };
        let mut entry = self.members.entry(value, format).map_err(changed)?;
        let id = entry.id.take().unwrap_or_else(|| at.number.to_string());
        if !self.choice.passes(&id, &entry) {
            return Ok(None);
        }
        let mut input = entry.input;
        input.id = id;
        if let Some(template) = &self.template {
            input.input = fill(template, &input);
        }
        Ok(Some(Arc::new(input)))
    }
}

/// Puts the input and its persona into the template, in one pass: what an input says is never
/// replaced in turn.
fn fill(template: &str, input: &Input) -> String {
    let mut filled = String::with_capacity(template.len() + input.input.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        let (text, length) = if rest[start..].starts_with("{input}") {
            (input.input.as_str(), "{input}".len())
        } else if rest[start..].starts_with("{persona}") {
            (input.persona.as_deref().unwrap_or_default(), "{persona}".len())
        } else {
            ("{", 1)
        };
        filled.push_str(text);
        rest = &rest[start + length..];
    }
    filled.push_str(rest);
    filled
}
