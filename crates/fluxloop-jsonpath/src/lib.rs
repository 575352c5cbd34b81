//! Finds values in JSON text by path.
//!
//! One dialect of JSONPath, the one of RFC 9535, with two differences: a leading `$` may be left
//! out, and some forms are [refused](REFUSED_FORMS). No form is evaluated otherwise than the
//! standard says, and no path and no document makes this crate panic, loop or overflow the stack.
//!
//! Call order: [`JsonPath::parse`] once, then [`JsonPath::find`] on every JSON text (answers), or
//! [`JsonPath::select`] on a document that is there already (templates). A [`PathSet`] looks up
//! several paths of names and indices in one pass over the text, a [`StreamScanner`] in the
//! documents of one stream, most of which it need not read.
//!
//! ```
//! use fluxloop_jsonpath::JsonPath;
//!
//! let path = JsonPath::parse("choices[0].delta.content")?;
//! let mut text = String::new();
//! for data in [r#"{"choices":[{"delta":{"content":"Hel"}}]}"#,
//!              r#"{"choices":[{"delta":{"content":"lo"}}]}"#] {
//!     path.find(data, |found| text.extend(found.into_text()))?;
//! }
//! assert_eq!(text, "Hello");
//!
//! let refused = JsonPath::parse("$.choices[0").unwrap_err();
//! assert_eq!(refused.position(), 11);
//! assert_eq!(refused.to_string(), "the path ends where `]` should stand at character 12");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The document of `find` is accepted exactly if `serde_json` makes a `Value` of it: nested at
//! most [`MAX_DEPTH`] deep, no number beyond a double, nothing behind it. There is one exception:
//! an escaped half of a surrogate pair (`\ud83d` alone) is read as U+FFFD, as `\ufffd` is. With
//! duplicate keys the last one counts. Numbers come out as their JSON text.
//!
//! **Invariant:** paths of names and indices build no document and allocate nothing (but for the
//! text of strings with escapes).
//!
//! **Invariant:** `jsonpath_lib` is named in one module, gets only forms that are proved right,
//! and its log target, [`LOG_TARGET`], must be kept off: it logs the documents it sees.
//!
//! **Invariant:** no I/O, no clock, no logging of its own, and no other crate of this workspace.

mod ast;
mod error;
mod evaluate;
mod fenced;
mod forms;
mod found;
mod parse;
mod path;
mod path_set;
mod scan;
mod stream_scanner;

pub use ast::Step;
pub use error::{JsonError, PathError, PathFault, TooManyMatches};
pub use forms::{ACCEPTED_FORMS, Form, REFUSED_FORMS};
pub use found::{Found, RawFound};
pub use path::{Document, JsonPath};
pub use path_set::PathSet;
pub use scan::MAX_DEPTH;
pub use stream_scanner::StreamScanner;

/// The target under which `jsonpath_lib` logs what it sees, through the `log` crate. A program that
/// collects logs must turn it off at every level.
pub const LOG_TARGET: &str = "jsonpath_lib";

/// How deep the parentheses of a filter may be nested.
pub const MAX_PARENTHESES: usize = 32;

/// How many values the second `..` of a path and all further ones may visit in one document: some
/// hundred milliseconds and megabytes at most.
pub const MAX_VISITS: usize = 1 << 22;
