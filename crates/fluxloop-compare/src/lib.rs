//! Compares two runs of the same inputs, from facts about their cases, without I/O.
//!
//! Call order: a [`Run`] for each of the two, [`Run::add`] for the [`Facts`] of each closed case in
//! any order, then [`Comparison::of`]. It sorts the inputs into groups, the regressions first, and
//! judges each [`Metric`]. A [`Condition`] says when a comparison counts as a failure. For cases that
//! are shown, [`text_diff`] says where two texts part. [`setting_differences`] lists what else differs
//! between the runs.
//!
//! ```
//! use fluxloop_compare::{Change, Comparison, Condition, Facts, Run};
//! use fluxloop_redact::{Masked, Redactor};
//!
//! let facts = |passed| Facts { passed, success: passed, ..Facts::default() };
//! let (mut a, mut b) = (Run::default(), Run::default());
//! for number in 0..200 {
//!     let id = Redactor::none().mask(&format!("q-{number}"));
//!     a.add(&id, "fnv1a64:0", facts(true));
//!     b.add(&id, "fnv1a64:0", facts(number >= 8));
//! }
//! let comparison = Comparison::of(&a, &b, 1);
//! assert_eq!(comparison.groups.regressions.len(), 8);
//! assert_eq!(comparison.primary().change(), Change::Worse);
//!
//! let condition: Condition = "passed < -1%".parse()?;
//! assert_eq!(condition.judge(&comparison, (&a, &b), 1).holds, Some(true));
//! # Ok::<(), fluxloop_compare::ConditionError>(())
//! ```
//!
//! **Invariant:** what decides is an interval or a corrected p-value, and never the difference of two
//! figures alone.
//!
//! **Invariant:** memory grows by a few hundred bytes for each case, whatever its texts hold: a
//! text is a hash here.
//!
//! **Invariant:** the same runs give the same comparison; chance follows from the seed.

mod comparison;
mod condition;
mod difference;
mod facts;
mod join;
mod metric;
mod text;

pub use comparison::{Change, Comparison, Figure, Group, Groups, Pair, Shown};
pub use condition::{Condition, ConditionError, Found, Judged};
pub use difference::{Setting, setting_differences};
pub use facts::{Facts, Input, Run};
pub use metric::{Direction, Metric, Quantity, ShareOf, Unit};
pub use text::{TextDiff, TextPart, text_diff};
