//! Makes a program of an answer's steps.

use bytes::Bytes;
use fluxloop_sse::{EncodeError, Encoder};
use http::{HeaderValue, header};

use super::{Answer, Compiled, Head, ScriptFault, Step};
use crate::program::{Cut, Op, Program, encode};

/// Makes an answer ready to be played.
pub(super) fn answer(answer: Answer) -> Result<Compiled, ScriptFault> {
    let (delay, head, steps) = match answer {
        Answer::Dialect { dialect, faults } => return Ok(Compiled::Dialect { dialect, faults }),
        Answer::Steps { delay, head, steps } => (delay, head, steps),
    };
    let streamed = steps.iter().any(|step| matches!(step, Step::Event { .. } | Step::Comment(_)));
    let program = program(&steps)?;
    let head = head.map(|head| with_content_type(head, streamed));
    let announced = head.as_ref().is_some_and(|head| head.headers.contains_key("content-length"));
    // A body that is sent at once has a length, unless the script announces one, true or not;
    // anything else is a stream of unknown length.
    let at_once = program.ops.iter().all(|op| matches!(op, Op::Send(_)));
    let sized = at_once && !streamed && !announced;
    Ok(Compiled::Program { delay, head, program, sized })
}

fn with_content_type(mut head: Head, streamed: bool) -> Head {
    let default = if streamed { "text/event-stream" } else { "text/plain; charset=utf-8" };
    let default = HeaderValue::from_static(default);
    head.headers.entry(header::CONTENT_TYPE).or_insert(default);
    head
}

fn program(steps: &[Step]) -> Result<Program, ScriptFault> {
    let mut bytes = Vec::new();
    let mut ops = Vec::with_capacity(steps.len());
    let mut events = EventText::default();
    for (index, step) in steps.iter().enumerate() {
        let here = |problem: String| ScriptFault::new(problem).within(format!("steps[{index}]"));
        if ends(step) && index + 1 < steps.len() {
            return Err(here("the steps behind this one are never reached".to_owned()));
        }
        ops.push(match step {
            Step::Pause(wait) => Op::Pause(*wait),
            Step::End => break,
            Step::Close => Op::Cut(Cut::Close),
            Step::Reset => Op::Cut(Cut::Reset),
            Step::Stall => Op::Stall,
            Step::Send(_) | Step::Event { .. } | Step::Comment(_) => {
                bytes.extend_from_slice(&events.of(step).map_err(|error| here(error.to_string()))?);
                Op::Send(bytes.len())
            }
        });
    }
    Ok(Program { bytes: bytes.into(), ops })
}

fn ends(step: &Step) -> bool {
    matches!(step, Step::End | Step::Close | Step::Reset | Step::Stall)
}

/// Writes what steps send.
#[derive(Default)]
struct EventText {
    encoder: Encoder,
    /// An event without an id leaves the last one in force.
    last_id: String,
}

impl EventText {
    /// What a step sends.
    fn of(&mut self, step: &Step) -> Result<Bytes, EncodeError> {
        let mut text = String::new();
        match step {
            Step::Send(raw) => return Ok(raw.clone()),
            Step::Event { event_type, id, data } => {
                if let Some(id) = id {
                    self.last_id.clone_from(id);
                }
                let event_type = event_type.as_deref();
                encode(&mut self.encoder, event_type, &self.last_id, data, &mut text)?;
            }
            Step::Comment(comment) => self.encoder.comment(comment, &mut text),
            Step::Pause(_) | Step::End | Step::Close | Step::Reset | Step::Stall => {}
        }
        Ok(text.into())
    }
}
