//! Why a case did not pass: the one rule that all exporters share.

use std::borrow::Cow;

use fluxloop_trace::{ExpectationKind, Expectations, Trace, UnmetExpectation, Verdict};

/// Why a case did not pass.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Problem<'t> {
    /// What is wrong: the outcome or the verdict.
    pub(crate) about: About,
    /// The kind of the failure, the guard, `interrupted`, or the kind of the expectation.
    pub(crate) kind: &'static str,
    /// What happened.
    pub(crate) message: Cow<'t, str>,
    /// What to do about it.
    pub(crate) hint: Option<&'t str>,
    /// The expectation that is not met, or could not be judged: the first.
    pub(crate) open: Option<&'t UnmetExpectation>,
}

/// Which judgement a case missed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum About {
    /// It did not succeed.
    Outcome,
    /// It succeeded, and an expectation is not met, or could not be judged.
    Verdict,
}

impl<'t> Problem<'t> {
    /// `None` if the case passed.
    pub(crate) fn of(trace: &'t Trace) -> Option<Self> {
        if trace.passed() {
            return None;
        }
        if !trace.success {
            return Some(Self::of_outcome(trace));
        }
        let open = trace.expectations.as_ref().and_then(Expectations::first_open);
        let kind = open.and_then(|open| open.kind).map(ExpectationKind::name);
        let words = match trace.verdict {
            Verdict::Unjudged => "an expectation could not be judged",
            Verdict::Unmet | Verdict::Met | Verdict::None => "an expectation is not met",
        };
        Some(Self {
            about: About::Verdict,
            kind: kind.unwrap_or_else(|| trace.verdict.name()),
            message: open.map_or(words, |open| open.message.as_str()).into(),
            hint: None,
            open,
        })
    }

    fn of_outcome(trace: &'t Trace) -> Self {
        let (kind, message, hint) = match (&trace.error, trace.termination_reason) {
            (Some(failure), _) => {
                let hint = Some(failure.hint.as_str()).filter(|hint| !hint.is_empty());
                (failure.kind.name(), failure.message.as_str().into(), hint)
            }
            (None, Some(guard)) => {
                (guard.name(), format!("stopped by the guard `{guard}`").into(), None)
            }
            (None, None) => {
                let words = "interrupted before the answer was whole";
                (trace.outcome.name(), words.into(), None)
            }
        };
        Self { about: About::Outcome, kind, message, hint, open: None }
    }
}
