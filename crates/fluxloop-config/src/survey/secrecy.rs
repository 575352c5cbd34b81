//! Why the value of a variable is a secret.

use std::fmt;

/// Why the value of a variable is a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhySecret {
    /// `security.mask` names it.
    Mask,
    /// Its name says so.
    Name,
    /// It goes where secrets are: a header such as `Authorization`, the user part of a URL.
    Place,
    /// It looks like a key, or holds one.
    Shape,
    /// The value of a secret variable is made of it.
    Part,
}

impl fmt::Display for WhySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mask => "`security.mask` names it",
            Self::Name => "its name says so",
            Self::Place => "of the place where it is used",
            Self::Shape => "its value has the form of a key",
            Self::Part => "a secret variable is made of it",
        })
    }
}
