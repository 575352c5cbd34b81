//! Values that are filled in from the input (`mapping`, `query`).

use serde_json::Number;

/// A value of `mapping` or `query` as it was written, before anything was replaced in it.
///
/// Keys keep their order, and a string remembers whether it was a block scalar (`|` or `>`),
/// because only such a one can be JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplateSource {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String {
        /// Its text.
        text: String,
        /// Whether it was written as a block scalar.
        block: bool,
    },
    /// A sequence.
    List(Vec<TemplateSource>),
    /// A mapping, in the order of its keys.
    Map(Vec<(String, TemplateSource)>),
}
