//! The words for a reason.

use fluxloop_aggregate::TextBy;

use crate::{Reason, Scene, answer, clock, exchange};

/// What is said of a failure.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Words {
    /// What happened: a lower-case fragment. It may quote text that was cut inside a secret, so
    /// nothing may follow it.
    pub message: String,
    /// What to do; `None` where nothing is known beyond what holds for every failure of the kind.
    pub hint: Option<String>,
}

impl Words {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

/// Puts a reason into words.
pub fn words(reason: &Reason, scene: &Scene<'_>) -> Words {
    match reason {
        Reason::Template(error) => Words::new(error.to_string(), error.hint()),
        Reason::Request(error) => exchange::of_request(error, scene),
        Reason::Clock { clock, limit } => clock::of_clock(*clock, *limit, scene),
        Reason::Answer(fault) => answer::of_answer(fault, scene),
        Reason::Panic(what) => {
            Words { message: format!("the case ended in a panic: {what}"), hint: None }
        }
        Reason::Recorded { kind, .. } => Words {
            message: format!("it failed when it was recorded: {}", kind.name()),
            hint: None,
        },
        Reason::NotRecorded => Words {
            message:
                "the recording ends before the answer does: a limit, a guard or an end cut it \
                      there, and these rules would read on"
                    .to_owned(),
            hint: None,
        },
    }
}

/// How the settings of the text are called.
pub(crate) struct TextKeys {
    pub(crate) filter: &'static str,
    pub(crate) path: &'static str,
    /// Where they stand, to follow what is said of them.
    pub(crate) place: &'static str,
}

impl TextKeys {
    pub(crate) fn of(by: TextBy) -> Self {
        match by {
            TextBy::Keys | TextBy::Preset => {
                Self { filter: "stream_event_filter", path: "stream_output_path", place: "" }
            }
            TextBy::Schema => {
                let place = " in the rule of `text` in `runner.http.stream_schema`";
                Self { filter: "when", path: "path", place }
            }
        }
    }
}
