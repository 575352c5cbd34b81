//! Where a value stands in a document.

use serde_json::Value;

use crate::MockError;
use crate::json::push_string;

/// Indices beyond this make documents that nobody wants to read.
const MAX_INDEX: i64 = 1024;

/// One step of the way to a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PathStep {
    /// The member of this name.
    Name(String),
    /// The element at this index; a negative one counts from the end.
    Index(i64),
}

impl From<&str> for PathStep {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// A place in a JSON document: the names and indices that lead to it. The empty place is the
/// document itself.
///
/// ```
/// use fluxloop_mock::{PathStep, Place};
///
/// let steps = [PathStep::from("choices"), PathStep::Index(-1), PathStep::from("text")];
/// let place = Place::new(steps)?;
/// assert_eq!(place.document("\"Hi\""), r#"{"choices":[{"text":"Hi"}]}"#);
/// # Ok::<(), fluxloop_mock::MockError>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Place {
    steps: Vec<PathStep>,
}

impl Place {
    /// The place that these steps lead to.
    ///
    /// Fails with [`MockError::Index`] if a document with something there would be absurdly large.
    pub fn new(steps: impl IntoIterator<Item = PathStep>) -> Result<Self, MockError> {
        let steps: Vec<_> = steps.into_iter().collect();
        for step in &steps {
            if let PathStep::Index(index) = *step
                && !(-MAX_INDEX..MAX_INDEX).contains(&index)
            {
                return Err(MockError::Index { index });
            }
        }
        Ok(Self { steps })
    }

    /// The smallest document that has this JSON text there.
    pub fn document(&self, value: &str) -> String {
        let (mut document, behind) = self.around();
        document.push_str(value);
        document.push_str(&behind);
        document
    }

    /// What stands before and behind a value in the smallest document that has it there.
    pub(crate) fn around(&self) -> (String, String) {
        let (mut before, mut behind) = (String::new(), Vec::new());
        for step in &self.steps {
            match *step {
                PathStep::Name(ref name) => {
                    before.push('{');
                    push_string(&mut before, name);
                    before.push(':');
                    behind.push("}".to_owned());
                }
                PathStep::Index(index) => {
                    let nulls = |count: i64| usize::try_from(count).unwrap_or(0);
                    before.push('[');
                    before.push_str(&"null,".repeat(nulls(index)));
                    behind.push(format!("{}]", ",null".repeat(nulls(-1 - index))));
                }
            }
        }
        behind.reverse();
        (before, behind.concat())
    }

    /// What a document has there.
    pub(crate) fn find<'d>(&self, document: &'d Value) -> Option<&'d Value> {
        self.steps.iter().try_fold(document, |value, step| match step {
            PathStep::Name(name) => value.get(name),
            PathStep::Index(index) => {
                let items = value.as_array()?;
                let length = i64::try_from(items.len()).ok()?;
                let index = if *index < 0 { length + index } else { *index };
                items.get(usize::try_from(index).ok()?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(steps: &[PathStep], expected: &str) {
        let place = Place::new(steps.to_vec()).expect("small indices");
        let document = place.document("7");
        assert_eq!(document, expected);
        let document: Value = serde_json::from_str(&document).expect("a document is JSON");
        assert_eq!(place.find(&document), Some(&Value::from(7)));
    }

    #[test]
    fn no_steps_are_the_document_itself() {
        check(&[], "7");
    }

    #[test]
    fn names_are_escaped() {
        check(&["a\"b".into(), "c".into()], r#"{"a\"b":{"c":7}}"#);
    }

    #[test]
    fn an_index_has_nulls_before_it_or_behind_it() {
        check(&[PathStep::Index(2)], "[null,null,7]");
        check(&[PathStep::Index(-2)], "[7,null]");
        check(&[PathStep::Index(-1)], "[7]");
    }

    #[test]
    fn an_absurd_index_is_refused() {
        let error = Place::new([PathStep::Index(i64::MIN)]).expect_err("too many nulls");
        assert!(error.hint().is_some(), "{error}");
    }
}
