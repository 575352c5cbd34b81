//! The inputs of a run.

use std::fmt;
use std::sync::Arc;

use fluxloop_plan::Input;
use serde_json::Value;

use super::InputError;
use super::entry::Rules;
use super::source::{At, Record, Source};

/// The inputs of a run, after everything that chooses among them.
///
/// JSON Lines and CSV files stay on disk and are read again by every [`iter`](Self::iter), so that
/// memory does not grow with their length.
#[derive(Clone)]
pub struct Inputs {
    pub(super) source: Arc<Source>,
    pub(super) rules: Arc<Rules>,
    /// Which records are sent, where it is not the first ones that pass.
    pub(super) order: Option<Arc<[At]>>,
    pub(super) total: u64,
    pub(super) hash: String,
    pub(super) is_standard_input: bool,
    pub(super) with_expected: u64,
    pub(super) with_expectations: u64,
}

impl Inputs {
    /// How many inputs there are.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// A hash of the inputs as they were written, and of what is done to them: equal hashes mean
    /// equal inputs in the same order.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// How many inputs say what is expected of their answers (`expected` or `expect`).
    pub fn with_expected(&self) -> u64 {
        self.with_expected
    }

    /// How many inputs have expectations of their own.
    pub fn with_expectations(&self) -> u64 {
        self.with_expectations
    }

    /// Whether [`iter`](Self::iter) reads no file.
    pub fn are_in_memory(&self) -> bool {
        self.source.is_in_memory()
    }

    /// All inputs, in their order; may be called as often as one likes.
    ///
    /// An error ends the iteration: what a file holds has changed since it was checked.
    pub fn iter(&self) -> InputIter {
        let (rules, mut left) = (Arc::clone(&self.rules), self.total);
        let source = Arc::clone(&self.source);
        let mut next: Box<dyn FnMut() -> Option<Item> + Send> = if let Some(order) = &self.order {
            let (order, mut index) = (Arc::clone(order), 0);
            Box::new(move || {
                let record = source.record(*order.get(index)?);
                index += 1;
                record.and_then(|record| rules.input(record, &source)).transpose()
            })
        } else {
            let mut records = self.source.records();
            Box::new(move || {
                records.find_map(|record| {
                    record.and_then(|record| rules.input(record, &source)).transpose()
                })
            })
        };
        InputIter(Box::new(std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let item = next()?;
            left = if item.is_ok() { left } else { 0 };
            Some(item)
        })))
    }

    /// What came on standard input or through a pipe, as JSON Lines; `None` if the inputs come from
    /// elsewhere.
    pub fn standard_input(
        &self,
    ) -> Option<impl Iterator<Item = Result<String, InputError>> + use<>> {
        let line = |record: Result<Record, InputError>| record.map(|it| json_line(&it.value));
        self.is_standard_input.then(|| self.source.records().map(line))
    }
}

/// A value as a line of a JSON Lines file.
pub(super) fn json_line(value: &Value) -> String {
    format!("{value}\n")
}

type Item = Result<Arc<Input>, InputError>;

/// All inputs, in their order; see [`Inputs::iter`].
pub struct InputIter(Box<dyn Iterator<Item = Item> + Send>);

impl Iterator for InputIter {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        self.0.next()
    }
}

impl fmt::Debug for InputIter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputIter").finish_non_exhaustive()
    }
}

/// None of the values: an input may quote a secret.
impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("total", &self.total)
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

impl IntoIterator for &Inputs {
    type Item = Item;
    type IntoIter = InputIter;

    fn into_iter(self) -> InputIter {
        self.iter()
    }
}
