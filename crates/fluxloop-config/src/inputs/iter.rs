//! Iterates over inputs.

use std::fmt;
use std::sync::Arc;

use fluxloop_plan::Input;

use super::entry::{Record, Rules, entry};
use super::stream::StreamFile;
use super::{InputError, InputFault};

/// All inputs, in their order; see [`Inputs::iter`](super::Inputs::iter).
pub struct InputIter(State);

enum State {
    Memory { inputs: Arc<[Arc<Input>]>, next: usize },
    Stream { records: Records, file: Arc<StreamFile>, rules: Arc<Rules>, number: u64 },
    Failed(InputError),
    Ended,
}

type Records = Box<dyn Iterator<Item = Record> + Send>;

impl InputIter {
    pub(super) fn memory(inputs: Arc<[Arc<Input>]>) -> Self {
        Self(State::Memory { inputs, next: 0 })
    }

    pub(super) fn stream(file: &Arc<StreamFile>, rules: Arc<Rules>) -> Self {
        let failed = |fault| Self(State::Failed(file.error(None, fault)));
        if file.has_changed() {
            return failed(InputFault::Changed);
        }
        match file.records() {
            Ok(records) => {
                Self(State::Stream { records, file: Arc::clone(file), rules, number: 0 })
            }
            Err(error) => failed(InputFault::Unreadable(error.kind())),
        }
    }
}

impl Iterator for InputIter {
    type Item = Result<Arc<Input>, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            State::Memory { inputs, next } => {
                let input = inputs.get(*next)?;
                *next += 1;
                Some(Ok(Arc::clone(input)))
            }
            State::Stream { records, file, rules, number } => {
                let found = next_of_stream(records, file, rules, number);
                if !matches!(found, Some(Ok(_))) {
                    self.0 = State::Ended;
                }
                found
            }
            State::Failed(_) => match std::mem::replace(&mut self.0, State::Ended) {
                State::Failed(error) => Some(Err(error)),
                _ => None,
            },
            State::Ended => None,
        }
    }
}

/// The next input of a file that is selected. The file was checked: what is wrong with it now was
/// not there then.
fn next_of_stream(
    records: &mut Records,
    file: &StreamFile,
    rules: &Rules,
    number: &mut u64,
) -> Option<Result<Arc<Input>, InputError>> {
    for record in records {
        let (line, value) = match record {
            Ok(record) => record,
            Err((line, _)) => return Some(Err(file.error(line, InputFault::Changed))),
        };
        let Ok(entry) = entry(value) else {
            return Some(Err(file.error(Some(line), InputFault::Changed)));
        };
        *number += 1;
        if let Some(input) = rules.apply(entry, *number - 1) {
            return Some(Ok(input));
        }
    }
    file.has_changed().then(|| Err(file.error(None, InputFault::Changed)))
}

impl fmt::Debug for InputIter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputIter").finish_non_exhaustive()
    }
}
