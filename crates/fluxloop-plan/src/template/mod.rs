//! Values that are filled in from the input (`mapping`, `query`, `headers`, `url`).
//!
//! A [`TemplateSource`] is what the user wrote, a [`ValueTemplate`] what it means. How a string is
//! to be read is decided before anything is replaced in it, so that no replaced value can become a
//! path or change a structure:
//!
//! | written | meaning |
//! |---|---|
//! | begins with `$.` or `$[` | a path: the value found, of any type; an array if not singular |
//! | begins with `$$.` or `$$[` | the text without its first `$` |
//! | `{{ $.input }}` in a longer text | the text of the value found |
//! | a bare `$.input` in a longer text | itself, with a warning |
//! | a block scalar that begins with `[` or `{` | JSON, read by the same rules inside |
//! | anything else | itself |
//!
//! **Invariant:** a path in a template has been parsed; rendering fails only because an input
//! lacks what a path asks for.

mod compile;
mod document;
mod error;
mod source;
mod value;
mod write;

pub(crate) use document::Document;
pub use error::{
    FaultKind, NotFilled, TemplateError, TemplateFault, TemplateWarning, TextPosition,
};
pub(crate) use error::{Part, key_of};
pub use source::{KeyStep, LiteralText, TemplateScope, TemplateSource};
pub(crate) use value::Node;
pub use value::{TextPiece, ValueTemplate};
