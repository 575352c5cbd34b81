//! Iterates over inputs.

use std::sync::Arc;
use std::{fmt, iter};

use fluxloop_plan::Input;

use super::entry::{Record, Rules, entry};
use super::stream::StreamFile;
use super::{InputError, InputFault};

type Item = Result<Arc<Input>, InputError>;

/// All inputs, in their order; see [`Inputs::iter`](super::Inputs::iter).
pub struct InputIter(Box<dyn Iterator<Item = Item> + Send>);

impl InputIter {
    pub(super) fn memory(inputs: Arc<[Arc<Input>]>) -> Self {
        Self(Box::new((0..inputs.len()).map(move |index| Ok(Arc::clone(&inputs[index])))))
    }

    pub(super) fn stream(file: &Arc<StreamFile>, rules: Arc<Rules>) -> Self {
        let failed = |fault| Self(Box::new(iter::once(Err(file.error(None, fault)))));
        if file.has_changed() {
            return failed(InputFault::Changed);
        }
        let mut records = match file.records() {
            Ok(records) => records,
            Err(error) => return failed(InputFault::Unreadable(error.kind())),
        };
        let (file, mut number, mut is_sound) = (Arc::clone(file), 0, true);
        Self(Box::new(iter::from_fn(move || {
            let found = is_sound.then(|| next_of_stream(&mut records, &file, &rules, &mut number));
            is_sound = matches!(found, Some(Some(Ok(_))));
            found.flatten()
        })))
    }
}

impl Iterator for InputIter {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        self.0.next()
    }
}

/// The next input of a file that is selected. The file was checked: what is wrong with it now was
/// not there then.
fn next_of_stream(
    records: &mut dyn Iterator<Item = Record>,
    file: &StreamFile,
    rules: &Rules,
    number: &mut u64,
) -> Option<Item> {
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
