//! One recorded run drives every reporter.

mod compare;
mod progress;
mod recording;
mod reporters;
