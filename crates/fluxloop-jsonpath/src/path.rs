//! A path, and what it can be asked.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde_json::Value;

use crate::ast::{Segment, Step};
use crate::fenced::Fenced;
use crate::found::RawFound;
use crate::scan::Tree;
use crate::{Found, JsonError, PathError, PathSet, TooManyMatches, evaluate, parse};

/// A JSONPath that was checked: a form of it that this crate does not evaluate rightly cannot be
/// made. Cheap to clone.
///
/// Two paths are equal if they were written alike.
#[derive(Clone)]
pub struct JsonPath {
    text: Arc<str>,
    form: Arc<Form>,
}

/// How a path is evaluated.
enum Form {
    /// Names and indices: straight on the text.
    Singular { segments: Vec<Segment>, steps: Vec<Step>, lookup: PathSet },
    /// Everything else: on the whole document, on the template side by `jsonpath_lib` where that is
    /// proved right.
    Wide { segments: Vec<Segment>, fenced: Option<Fenced> },
}

impl JsonPath {
    /// Reads a path. A leading `$` may be left out.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let segments = parse::segments(text)?;
        let steps: Option<Vec<Step>> = segments.iter().map(Segment::as_step).collect();
        let form = match steps {
            Some(steps) => {
                let lookup = PathSet::of_steps(&[&steps]);
                Form::Singular { segments, steps, lookup }
            }
            None => Form::Wide { fenced: Fenced::new(&segments), segments },
        };
        Ok(Self { text: text.into(), form: Arc::new(form) })
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the path finds at most one value: it has names and indices alone (RFC 9535,
    /// section 2.3.5.1: singular query).
    pub fn is_singular(&self) -> bool {
        self.steps().is_some()
    }

    /// The steps of a path of names and indices, `None` for every other form.
    pub fn steps(&self) -> Option<&[Step]> {
        match &*self.form {
            Form::Singular { steps, .. } => Some(steps),
            Form::Wide { .. } => None,
        }
    }

    /// The names and indices with which the path begins, and what follows them; `None` where
    /// nothing follows, because the path is singular.
    ///
    /// What follows finds in the value to which the beginning leads what the path finds in the
    /// whole document.
    pub fn split(&self) -> (Self, Option<Self>) {
        let (Form::Singular { segments, .. } | Form::Wide { segments, .. }) = &*self.form;
        let steps: Vec<Step> = segments.iter().map_while(Segment::as_step).collect();
        let rest = segments[steps.len()..].to_vec();
        let rest = (!rest.is_empty()).then(|| {
            let form = Form::Wide { fenced: Fenced::new(&rest), segments: rest };
            Self { text: self.text.clone(), form: Arc::new(form) }
        });
        (Self::of_steps(steps), rest)
    }

    /// The path of these names and indices.
    pub fn of_steps(steps: Vec<Step>) -> Self {
        let text = steps.iter().fold(String::from("$"), |text, step| text + &step.to_string());
        let segments = steps.iter().map(Segment::of_step).collect();
        let lookup = PathSet::of_steps(&[&steps]);
        let form = Form::Singular { segments, steps, lookup };
        Self { text: text.into(), form: Arc::new(form) }
    }

    /// Every value that the path finds in a document, in the order of RFC 9535.
    pub fn select<'v>(&self, document: &'v Value) -> Result<Vec<&'v Value>, TooManyMatches> {
        match &*self.form {
            Form::Singular { segments, .. } | Form::Wide { segments, fenced: None } => {
                evaluate::select(segments, document)
            }
            Form::Wide { segments, fenced: Some(fenced) } => {
                fenced.select(document).map_or_else(|| evaluate::select(segments, document), Ok)
            }
        }
    }

    /// Calls `visit` for every value that the path finds in JSON text, in the order of RFC 9535.
    ///
    /// Nothing is visited unless the whole text is valid JSON. A singular path allocates nothing,
    /// unless the string it finds has an escape.
    pub fn find<'j>(
        &self,
        json: &'j str,
        mut visit: impl FnMut(Found<'j>),
    ) -> Result<(), JsonError> {
        match &*self.form {
            Form::Singular { lookup, .. } => lookup.scan(json, |_, found| visit(found)),
            Form::Wide { segments, .. } => {
                let tree = Tree::read(json)?;
                for value in evaluate::select(segments, &tree)? {
                    visit(RawFound::new(value.text, false).read());
                }
                Ok(())
            }
        }
    }

    /// Does what [`find`](Self::find) does, in a document that several paths look into.
    pub fn find_in<'j>(
        &self,
        document: &Document<'j>,
        mut visit: impl FnMut(RawFound<'j>),
    ) -> Result<(), TooManyMatches> {
        let (Form::Singular { segments, .. } | Form::Wide { segments, .. }) = &*self.form;
        for value in evaluate::select(segments, &document.0)? {
            visit(RawFound::new(value.text, false));
        }
        Ok(())
    }
}

/// JSON text that was read once, for several paths.
#[derive(Debug)]
pub struct Document<'j>(Tree<'j>);

impl<'j> Document<'j> {
    /// Reads a whole document.
    pub fn read(json: &'j str) -> Result<Self, JsonError> {
        Tree::read(json).map(Self)
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

impl Hash for JsonPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
