//! Sends the first case, and judges its answer.

use std::sync::{Arc, Mutex, PoisonError};

use fluxloop_config::Loaded;
use fluxloop_expect::Judging;
use fluxloop_plan::{Case, Pace, Plan};
use fluxloop_report::visible_line;
use fluxloop_runner::{CaseList, RunError, Runner, Sink, SinkError, stop_signal};
use fluxloop_trace::{RunEvent, TimedEvent, Trace, UnmetExpectation, Verdict};
use tokio::runtime::Runtime;

use super::check::{Check, Checks};
use crate::exit::Exit;
use crate::loading::FirstCase;
use crate::output;

const NAME: &str = "answer";

/// Sends the first case, once, and says before what goes where.
pub(super) fn examine(first: FirstCase, runtime: &Runtime, checks: &mut Checks) {
    let FirstCase { loaded: Loaded { mut plan, judging, .. }, case } = first;
    let case = match case {
        Some(Ok(case)) => case,
        Some(Err(error)) => {
            let message = plan.redactor.mask(&error.to_string()).to_string();
            return checks.add(Check::failed(NAME, message, Exit::Configuration));
        }
        None => return checks.skip(&[NAME], "there is no input"),
    };
    announce(&plan, &case);
    plan.retry.attempts = 0;
    plan.pace = Pace::Spaced(std::time::Duration::ZERO);
    let redactor = plan.redactor.clone();
    let answer = runtime.block_on(answer(plan, judging, case));
    checks.add(match answer {
        Ok(Some(trace)) => judge(&trace),
        Ok(None) => Check::failed(NAME, "the case was not sent", Exit::CasesFailed),
        Err(error) => {
            let exit = if error.is_configuration() { Exit::Configuration } else { Exit::Failure };
            let check = Check::failed(NAME, redactor.mask(&error.to_string()).to_string(), exit);
            match error.hint() {
                Some(hint) => check.remedy(hint),
                None => check,
            }
        }
    });
}

fn announce(plan: &Plan, case: &Case) {
    let request = &plan.request;
    let to = request.url.origin().ascii_serialization();
    let id = format!("{}/{}", case.input.id, case.iteration);
    let line = format!("sending case {id} as one {} request to {to}", request.method);
    output::note(visible_line(plan.redactor.mask(&line).as_str()));
}

async fn answer(
    plan: Plan,
    judging: Arc<Judging>,
    case: Case,
) -> Result<Option<Arc<Trace>>, RunError> {
    let keeper = Keeper::default();
    let kept = keeper.0.clone();
    let (_handle, stop) = stop_signal();
    let source = CaseList::new(1, [Ok::<_, std::convert::Infallible>(case)]);
    Runner::new(plan)?.judge_by(judging).run(source, vec![Box::new(keeper)], stop).await?;
    Ok(kept.lock().unwrap_or_else(PoisonError::into_inner).take())
}

/// Keeps the record of the case.
#[derive(Default)]
struct Keeper(Arc<Mutex<Option<Arc<Trace>>>>);

impl Sink for Keeper {
    fn events(&mut self, events: &[TimedEvent]) -> Result<(), SinkError> {
        let closed = events.iter().find_map(|timed| match &timed.event {
            RunEvent::CaseFinished(trace) => Some(trace.clone()),
            _ => None,
        });
        if let Some(trace) = closed {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(trace);
        }
        Ok(())
    }
}

fn judge(trace: &Trace) -> Check {
    if let Some(error) = trace.error.as_ref().filter(|_| !trace.success) {
        let message = format!("{}: {}", error.kind, error.message);
        return Check::failed(NAME, message, Exit::CasesFailed).remedy(error.hint.as_str());
    }
    if !trace.success {
        return Check::failed(NAME, format!("the case is {}", trace.outcome), Exit::CasesFailed);
    }
    if let Some(open) = trace.expectations.as_ref().and_then(|all| all.first_open()) {
        return not_as_expected(trace.verdict, open);
    }
    let last = trace.attempts().next_back().map(|attempt| &attempt.timings);
    let first = last.and_then(|timings| timings.first_token_ms.or(timings.first_output_ms));
    let first = first.map(|first| format!("first token after {:.0} ms, ", first.as_millis()));
    let message = format!(
        "the case succeeded: {}{:.0} ms in all{}",
        first.unwrap_or_default(),
        trace.duration_ms.as_millis(),
        if trace.verdict == Verdict::Met { ", and its answer is as expected" } else { "" }
    );
    match trace.warnings.first() {
        None => Check::passed(NAME, message),
        Some(warning) => {
            let check = Check::warned(NAME, format!("{message}; {}", warning.message));
            match &warning.hint {
                Some(hint) => check.remedy(hint.as_str()),
                None => check,
            }
        }
    }
}

/// The case succeeded, and an expectation is not met or could not be judged.
fn not_as_expected(verdict: Verdict, open: &UnmetExpectation) -> Check {
    let kind = open.kind.map(|kind| format!(" {kind}")).unwrap_or_default();
    let message = format!("the case succeeded, and is {verdict}:{kind}: {}", open.message);
    Check::failed(NAME, message, Exit::CasesFailed)
        .remedy("correct the expectation in `expect`, or what makes the agent answer otherwise")
}
