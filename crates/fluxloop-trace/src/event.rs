//! What happens in a run, while it goes on.

use std::sync::Arc;
use std::time::Duration;

use fluxloop_redact::Masked;
use serde::{Serialize, Serializer};

use crate::{CaseId, FailureKind, Milliseconds, RecordVersion, Summary, Trace, Warning};

/// An event and when it happened: what sinks and reporters take, and what an exporter writes.
///
/// ```
/// use std::time::Duration;
///
/// use fluxloop_redact::Masked;
/// use fluxloop_trace::{CaseId, RunEvent, TimedEvent};
///
/// let case_id = CaseId::new(Masked::from_static("q"), 0);
/// let event = TimedEvent::new(Duration::from_micros(1_500), RunEvent::CaseStarted { case_id });
/// assert_eq!(
///     serde_json::to_string(&event).unwrap(),
///     r#"{"version":2,"at_ms":1.5,"event":"case_started","data":{"case_id":"q/0"}}"#,
/// );
/// ```
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimedEvent {
    /// The layout of the event.
    pub version: RecordVersion,
    /// When it happened, since the run began. Events of different cases may come a little out of
    /// order.
    pub at_ms: Milliseconds,
    /// What happened, and to which case: `event` is its name, `data` what belongs to it.
    #[serde(flatten)]
    pub event: RunEvent,
}

impl TimedEvent {
    /// An event that happened so long after the run began.
    pub fn new(at: impl Into<Milliseconds>, event: RunEvent) -> Self {
        Self { version: RecordVersion, at_ms: at.into(), event }
    }
}

/// What happens in a run: the whole interface between the engine and whoever shows,
/// stores or counts.
///
/// First `RunStarted`, and a `CaseRestored` for each case that is closed already. For each other
/// case, in this order: `CaseStarted`; per attempt `AttemptStarted`, perhaps `FirstText`, and `Text`
/// if somebody asked for it; perhaps `RetryPlanned` between two attempts; `CaseFinished`. Events of
/// different cases interleave.
///
/// No text gets in that no redactor has seen:
///
/// ```
/// use fluxloop_redact::Redactor;
/// use fluxloop_trace::{Warning, WarningCode};
///
/// let text = String::from("from outside");
/// Warning::new(WarningCode::OwnLag, Redactor::none().mask(&text));
/// ```
///
/// ```compile_fail
/// # use fluxloop_trace::{Warning, WarningCode};
/// # let text = String::from("from outside");
/// Warning::new(WarningCode::OwnLag, text);
/// ```
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunEvent {
    /// The run begins; first of all events.
    RunStarted {
        /// The name of the run.
        name: Masked,
        /// How many cases there are; null when that is not known beforehand.
        total: Option<u64>,
        /// How many of them were closed before the run was resumed; they follow as `case_restored`.
        closed: u64,
    },
    /// A case that was closed before the run was resumed. It is counted, and not kept or shown a
    /// second time.
    CaseRestored(Arc<Trace>),
    /// A case begins.
    CaseStarted {
        /// The case.
        case_id: CaseId,
    },
    /// A request is about to be sent.
    AttemptStarted {
        /// The case.
        case_id: CaseId,
        /// Counts from 1.
        number: u32,
    },
    /// The first text of an attempt was found.
    FirstText {
        /// The case.
        case_id: CaseId,
        /// Since the attempt began.
        #[serde(rename = "after_ms", serialize_with = "millis")]
        #[cfg_attr(feature = "schema", schemars(with = "Milliseconds"))]
        after: Duration,
    },
    /// More text of an attempt, while it comes. Together, the texts of an attempt from the last one
    /// that begins anew are the text of its record, in which less may be masked: as long as text
    /// comes, nobody knows whether it has a part of a secret. Text that may belong to a secret is
    /// held back until more of it is known.
    Text {
        /// The case.
        case_id: CaseId,
        /// `true` where a text that was shown has changed: the texts before do not count, and this
        /// is the whole text of the attempt, which has ended. Absent otherwise.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_anew: bool,
        /// What can be shown by now.
        text: Masked,
    },
    /// An attempt failed, and another one will follow.
    RetryPlanned {
        /// The case.
        case_id: CaseId,
        /// The attempt that failed.
        number: u32,
        /// Why.
        cause: FailureKind,
        /// The HTTP status, where one came.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// The failure in words.
        message: Masked,
        /// The pause before the next attempt.
        #[serde(rename = "wait_ms", serialize_with = "millis")]
        #[cfg_attr(feature = "schema", schemars(with = "Milliseconds"))]
        wait: Duration,
    },
    /// A case is closed.
    CaseFinished(Arc<Trace>),
    /// Something that concerns the run as a whole.
    Warning(Warning),
    /// The run is over; last of all events.
    RunFinished(Arc<Summary>),
}

fn millis<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    Milliseconds::from(*duration).serialize(serializer)
}
