//! Says what the frames of an answer mean, as data.
//!
//! A [`Schema`] says which frames of a stream carry text, reasoning or calls of tools, and which end
//! the answer or fail it.

mod model;

pub use model::{
    CallPath, CallRule, Channel, Condition, Count, EndRule, EndsAs, ErrorParts, ErrorRule,
    ExpectedEnd, Join, ResetRule, Schema, StreamKind, Test, TextRule, TimingRule, TypePattern,
    TypePlaces, UsageRules, ValueRule,
};
