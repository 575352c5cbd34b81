//! An element of `errors.json`.

use std::borrow::Cow;

use fluxloop_trace::{Verdict, WrittenTrace, WrittenUnmet};
use serde::Serialize;
use serde_json::value::RawValue;

/// What to do about an expectation that is not met.
const REMEDY: &str = "compare `expected` and `actual` of the case in `traces.jsonl`";

/// A case that did not pass.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct ErrorEntry<'a> {
    iteration: &'a RawValue,
    persona: &'a RawValue,
    input: &'a RawValue,
    metadata: &'a RawValue,
    /// What happened, in words; of several expectations that are not met, the first.
    error: Words<'a>,
    outcome: &'a RawValue,
    verdict: Verdict,
    /// The kind of the failure, see [failures](failures.md); `unmet` or `unjudged` where the case
    /// succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Words<'a>>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<Words<'a>>,
    trace_id: &'a RawValue,
    case_id: &'a RawValue,
}

/// Words as they stand in the record, or our own.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum Words<'a> {
    AsWritten(&'a RawValue),
    Own(Cow<'static, str>),
}

impl<'a> ErrorEntry<'a> {
    /// Says what is wrong with a case; `None` if it passed.
    pub(super) fn of(record: &WrittenTrace<'a>) -> Option<Self> {
        let verdict = record.verdict.unwrap_or_default();
        let (error, kind, hint) = match verdict {
            _ if !record.success => {
                let failure = record.error.as_ref();
                let kind = failure.map(|failure| Words::AsWritten(failure.kind));
                let hint = failure.map(|failure| Words::AsWritten(failure.hint));
                (message(record), kind, hint)
            }
            Verdict::Unmet | Verdict::Unjudged => {
                let hint = Words::Own(REMEDY.into());
                (open(record), Some(Words::Own(verdict.name().into())), Some(hint))
            }
            Verdict::Met | Verdict::None => return None,
        };
        Some(Self {
            iteration: record.iteration,
            persona: record.persona,
            input: record.input,
            metadata: record.metadata,
            error,
            outcome: record.outcome,
            verdict,
            kind,
            hint,
            trace_id: record.trace_id,
            case_id: record.case_id,
        })
    }
}

/// A case without a failure did not succeed because a guard or the user ended it.
fn message<'a>(record: &WrittenTrace<'a>) -> Words<'a> {
    match (&record.error, record.termination_reason) {
        (Some(failure), _) => Words::AsWritten(failure.message),
        (None, Some(guard)) => Words::Own(format!("stopped by the guard `{guard}`").into()),
        (None, None) => Words::Own("interrupted before the answer was whole".into()),
    }
}

/// The first expectation that is not met, or could not be judged.
fn open<'a>(record: &WrittenTrace<'a>) -> Words<'a> {
    let all = record.expectations.as_ref();
    let [unmet, unjudged] = [
        all.and_then(|all| all.unmet.as_ref()?.first()),
        all.and_then(|all| all.unjudged.as_ref()?.first()),
    ];
    let words = |open: &WrittenUnmet<'_>| {
        let message: String = serde_json::from_str(open.message.get()).unwrap_or_default();
        open.kind.map_or_else(|| message.clone(), |kind| format!("{kind}: {message}"))
    };
    let words = unmet.or(unjudged).map_or_else(|| "an expectation is not met".to_owned(), words);
    Words::Own(words.into())
}
