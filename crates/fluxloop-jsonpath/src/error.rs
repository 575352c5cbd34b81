//! Why a path was refused, and why a document was.

/// Why a path was refused, and where.
///
/// Shows as `<what is wrong> at character <n>`, counted from 1 as people do;
/// [`hint`](Self::hint) says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at character {}", position + 1)]
pub struct PathError {
    pub(crate) position: usize,
    pub(crate) fault: PathFault,
}

impl PathError {
    /// Where the fault is: 0-based, in characters of the path as written. A fault at the end of
    /// the path stands at the path's length.
    pub fn position(&self) -> usize {
        self.position
    }

    /// What is wrong there.
    pub fn fault(&self) -> &PathFault {
        &self.fault
    }

    /// What would be right, if there is something to say.
    pub fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}

/// What can be wrong with a path.
///
/// The first group is no JSONPath at all (RFC 9535, section 2.1), the second is JSONPath that this
/// crate refuses; [`REFUSED_FORMS`](crate::REFUSED_FORMS) lists the latter with examples.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathFault {
    /// There is nothing.
    #[error("the path is empty")]
    Empty,
    /// A blank at the start or at the end.
    #[error("blank space around the path")]
    Blank,
    /// The path stops too early.
    #[error("the path ends where {expected} should stand")]
    Unfinished {
        /// What was expected.
        expected: &'static str,
    },
    /// Another character than the ones that may stand there.
    #[error("found `{found}` instead of {expected}")]
    Unexpected {
        /// The character that stands there.
        found: char,
        /// What was expected.
        expected: &'static str,
    },
    /// `$delta`: the name begins right after the `$`.
    #[error("a name follows `$` without a dot")]
    NameAfterRoot,
    /// A name without quotes that has a character which needs them.
    #[error("the name `{name}` has characters that need quotes")]
    NameNeedsQuotes {
        /// The name, up to the next dot or bracket.
        name: String,
    },
    /// `choices.0`: an index after a dot.
    #[error("a number without brackets is neither an index nor a name")]
    NumberAfterDot {
        /// The digits.
        digits: String,
    },
    /// `[name]`: a name in brackets without quotes.
    #[error("the name in brackets has no quotes")]
    NameInBrackets {
        /// The name.
        name: String,
    },
    /// `[]`: nothing in brackets.
    #[error("nothing stands between the brackets")]
    EmptyBrackets,
    /// `@` outside a filter.
    #[error("`@` stands outside a filter")]
    CurrentOutsideFilter,
    /// `[01]` or `[-0]`.
    #[error("an index has no leading zeros and no `-0`")]
    LeadingZero,
    /// An index or step beyond ±(2^53 - 1), the range of RFC 9535, section 2.1.
    #[error("the number is out of range")]
    IndexOutOfRange,
    /// A number in a filter that is out of a double's range.
    #[error("the number is out of range")]
    NumberOutOfRange,
    /// A string that does not end.
    #[error("the quoted text is not closed")]
    Unclosed,
    /// `\x` or half of a surrogate pair.
    #[error("an escape that JSONPath does not know")]
    Escape,
    /// A control character inside quotes.
    #[error("a control character inside quotes")]
    ControlCharacter,
    /// A comparison with `=`, `===` or `=~`.
    #[error("`{found}` compares nothing")]
    Operator {
        /// The operator as written.
        found: &'static str,
    },
    /// `!@.a == 1`.
    #[error("`!` negates a test, this is a comparison")]
    NegatedComparison,

    /// `[0:9:0]`: selects nothing, whatever the document.
    #[error("a slice with step 0 never selects anything")]
    StepZero,
    /// Several selectors in one bracket, other than names or indices that all differ.
    #[error("selectors that may overlap stand in one bracket")]
    Overlap,
    /// A filter whose query has more than names and indices.
    #[error("a filter looks at a single value")]
    WideQuery,
    /// `$` inside a filter.
    #[error("a filter looks at `@` alone")]
    RootInFilter,
    /// A comparison of two queries.
    #[error("a filter compares with a literal, not with another value")]
    TwoQueries,
    /// A comparison of two literals.
    #[error("the filter compares two literals")]
    TwoLiterals,
    /// A function extension: `length()`, `match()` and so on.
    #[error("functions are not supported")]
    Function,
    /// More than [`MAX_PARENTHESES`](crate::MAX_PARENTHESES) parentheses inside each other.
    #[error("parentheses are nested too deeply")]
    TooManyParentheses,
}

impl PathFault {
    /// What would be right, if there is something to say.
    pub fn hint(&self) -> Option<String> {
        let fixed = match self {
            Self::NameNeedsQuotes { name } | Self::NameInBrackets { name } => {
                let quoted = name.replace('\\', r"\\").replace('\'', r"\'");
                return Some(format!("write `['{quoted}']`"));
            }
            Self::NumberAfterDot { digits } => {
                return Some(format!(
                    "write `[{digits}]` for an element, `['{digits}']` for a member"
                ));
            }
            Self::Empty => "`$` is the whole document",
            Self::NameAfterRoot => "write `$.name`, or leave the `$` out",
            Self::EmptyBrackets => "`[*]` selects everything",
            Self::CurrentOutsideFilter => "a path begins with `$` or a name",
            Self::Operator { .. } => "write `==`",
            Self::NegatedComparison => "turn the operator around, or write `!(…)`",
            Self::Escape => {
                r"known are \b \f \n \r \t \/ \\ \uXXXX and the quote that encloses the text"
            }
            Self::Overlap => "names that differ, or indices that differ, can be joined",
            Self::WideQuery => "names and indices can follow `@`",
            Self::TwoQueries | Self::TwoLiterals => "one side is `@.name`, the other a literal",
            Self::Function => "compare a value, or test that it is there",
            _ => return None,
        };
        Some(fixed.to_owned())
    }
}

/// Why nothing could be looked up in a document. Offsets are in bytes, 0-based.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The text is not JSON (RFC 8259).
    #[error("invalid JSON at byte {offset}: {expected} should stand there")]
    Syntax {
        /// Where the fault is.
        offset: usize,
        /// What would have been right there.
        expected: &'static str,
    },
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    #[error("JSON is nested too deeply at byte {offset}")]
    TooDeep {
        /// The bracket or brace that is one too many.
        offset: usize,
    },
    /// The path would multiply its matches beyond all use.
    #[error(transparent)]
    TooManyMatches(#[from] TooManyMatches),
}

impl JsonError {
    /// The byte at which the document is wrong; `None` if the document is not at fault.
    pub fn offset(&self) -> Option<usize> {
        match *self {
            Self::Syntax { offset, .. } | Self::TooDeep { offset } => Some(offset),
            Self::TooManyMatches(_) => None,
        }
    }
}

/// A path with more than one `..` finds the same values again and again (RFC 9535 keeps the
/// duplicates), and in this document it would visit more than [`MAX_VISITS`](crate::MAX_VISITS).
///
/// A path with at most one `..` never gives this error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path repeats `..` and would find too many values")]
pub struct TooManyMatches;
