//! One recorded run drives every reporter.

mod progress;
mod recording;
mod reporters;
