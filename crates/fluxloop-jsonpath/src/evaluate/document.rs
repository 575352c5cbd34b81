//! The questions that the evaluator asks a document.

use std::borrow::Cow;

use serde_json::{Number, Value};

use crate::scan::{Children, Tree, unescape};

/// A value of a document, as cheap to copy as a reference.
pub(crate) trait Document: Copy {
    /// The member with this name, if this is an object that has it.
    fn member(self, name: &str) -> Option<Self>;

    /// The number of elements, if this is an array.
    fn length(self) -> Option<usize>;

    /// The element at this place, if this is an array that has it.
    fn element(self, index: usize) -> Option<Self>;

    /// Appends the elements or the members' values, in document order.
    fn append_children(self, to: &mut Vec<Self>);

    /// The value, if it is neither array nor object.
    fn scalar(&self) -> Option<Scalar<'_>>;
}

/// A value that can be compared with a literal.
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
}

impl Document for &Value {
    fn member(self, name: &str) -> Option<Self> {
        self.as_object()?.get(name)
    }

    fn length(self) -> Option<usize> {
        self.as_array().map(Vec::len)
    }

    fn element(self, index: usize) -> Option<Self> {
        self.as_array()?.get(index)
    }

    fn append_children(self, to: &mut Vec<Self>) {
        match self {
            Value::Array(elements) => to.extend(elements),
            Value::Object(members) => to.extend(members.values()),
            _ => {}
        }
    }

    fn scalar(&self) -> Option<Scalar<'_>> {
        match self {
            Value::Null => Some(Scalar::Null),
            Value::Bool(value) => Some(Scalar::Bool(*value)),
            Value::Number(value) => Some(Scalar::Number(value.clone())),
            Value::String(value) => Some(Scalar::String(Cow::Borrowed(value))),
            Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl Document for &Tree<'_> {
    fn member(self, name: &str) -> Option<Self> {
        match &self.children {
            Children::Members(members) => {
                members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    fn length(self) -> Option<usize> {
        match &self.children {
            Children::Elements(elements) => Some(elements.len()),
            _ => None,
        }
    }

    fn element(self, index: usize) -> Option<Self> {
        match &self.children {
            Children::Elements(elements) => elements.get(index),
            _ => None,
        }
    }

    fn append_children(self, to: &mut Vec<Self>) {
        match &self.children {
            Children::Elements(elements) => to.extend(elements),
            Children::Members(members) => to.extend(members.iter().map(|(_, value)| value)),
            Children::None => {}
        }
    }

    fn scalar(&self) -> Option<Scalar<'_>> {
        match self.text.as_bytes().first()? {
            b'n' => Some(Scalar::Null),
            b't' => Some(Scalar::Bool(true)),
            b'f' => Some(Scalar::Bool(false)),
            b'"' => Some(Scalar::String(unescape(&self.text[1..self.text.len() - 1]))),
            b'[' | b'{' => None,
            // The scanner accepted the number, so it parses.
            _ => self.text.parse().ok().map(Scalar::Number),
        }
    }
}
