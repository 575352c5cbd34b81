//! Where a value stands in a document.

use serde_json::{Value, json};

use crate::MockError;

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
/// assert_eq!(place.document("Hi"), r#"{"choices":[{"text":"Hi"}]}"#);
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

    /// The smallest document that has this value there, as text.
    pub fn document(&self, value: impl Into<Value>) -> String {
        let mut document = Value::Null;
        self.put(&mut document, value.into());
        document.to_string()
    }

    /// Puts a value there. What stands in its way is lost.
    pub(crate) fn put(&self, document: &mut Value, value: Value) {
        let mut at = document;
        for step in &self.steps {
            at = match step {
                PathStep::Name(name) => {
                    if !at.is_object() {
                        *at = json!({});
                    }
                    &mut at[name]
                }
                PathStep::Index(index) => {
                    let mut items = at.as_array_mut().map(std::mem::take).unwrap_or_default();
                    let least = if *index < 0 { -index } else { index + 1 };
                    let least = usize::try_from(least).unwrap_or_default();
                    items.resize(items.len().max(least), Value::Null);
                    let place = if *index < 0 { items.len() - least } else { least - 1 };
                    *at = items.into();
                    &mut at[place]
                }
            };
        }
        *at = value;
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
        let document = place.document(7);
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
    fn an_index_has_nulls_before_or_after_it() {
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
