//! A path, and what it can be asked.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::{Found, JsonError, PathError, TooManyMatches};

/// A JSONPath that was checked: a form of it that this crate does not evaluate rightly cannot be
/// made.
///
/// Two paths are equal if they were written alike.
#[derive(Clone)]
pub struct JsonPath {
    text: String,
    steps: Option<Vec<Step>>,
}

/// One step of a path of names and indices.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The member with this name.
    Name(String),
    /// The element at this index, from 0; a negative index counts from the end, from -1.
    Index(i64),
}

impl JsonPath {
    /// Reads a path. A leading `$` may be left out.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Ok(Self {
            text: text.to_owned(),
            steps: Some(Vec::new()),
        })
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the path finds at most one value: it has names and indices alone.
    pub fn is_singular(&self) -> bool {
        self.steps.is_some()
    }

    /// The steps of a path of names and indices, `None` for every other form.
    pub fn steps(&self) -> Option<&[Step]> {
        self.steps.as_deref()
    }

    /// Every value that the path finds in a document, in document order.
    pub fn select<'v>(&self, document: &'v Value) -> Result<Vec<&'v Value>, TooManyMatches> {
        Ok(vec![document])
    }

    /// Calls `visit` for every value that the path finds in JSON text, in document order.
    ///
    /// Nothing is visited unless the whole text is valid JSON.
    pub fn find<'j>(
        &self,
        json: &'j str,
        mut visit: impl FnMut(Found<'j>),
    ) -> Result<(), JsonError> {
        visit(Found::Object(json));
        Ok(())
    }
}

impl FromStr for JsonPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonPath").field(&self.text).finish()
    }
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for JsonPath {}
