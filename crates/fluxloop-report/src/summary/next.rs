//! Some outputs, where everything is, and what to do next.

use fluxloop_trace::{EndedBy, FailureKind, Outcome, RunStatus, Summary};

use super::digest::Digest;
use crate::page::Page;
use crate::units;
use crate::visible::{visible, visible_line};

/// How much of an output is shown, in columns.
const OUTPUT_COLUMNS: usize = 200;

/// The first few outputs: the only proof that the text is the one that was meant.
pub(super) fn outputs(page: &mut Page, digest: &Digest) {
    let style = page.style();
    let columns = style.columns() - 4;
    for (place, exchange) in digest.outputs.iter().enumerate() {
        if place == 0 {
            page.gap();
            page.line(2, &style.dim("first outputs"));
        }
        let id = style.case_id(&exchange.case_id);
        let input = style.one_line(&exchange.input, columns.saturating_sub(id.len() + 2).max(20));
        page.line(2, &format!("{}  {}", style.bold(&id), style.dim(&input)));
        let output = style.one_line(&exchange.output, OUTPUT_COLUMNS);
        let output = if output.is_empty() { style.dim("(empty)") } else { output };
        for line in crate::visible::wrap(&output, columns) {
            page.line(4, &line);
        }
    }
}

/// Where the run is kept, and which file is for what.
pub(super) fn artifacts(
    page: &mut Page,
    artifacts: Option<&str>,
    summary: &Summary,
    has_report: bool,
) {
    let Some(folder) = artifacts else { return };
    page.gap();
    page.labelled(2, "artifacts", &visible(folder));
    if has_report {
        page.labelled(2, "", "report.html          the run in a browser");
    }
    page.labelled(2, "", "trace_summary.jsonl  inputs and outputs");
    page.labelled(2, "", "traces.jsonl         every request and its timings");
    if summary.open() > 0 {
        page.labelled(2, "", "errors.json          what did not pass");
    }
    if let Some(recording) = summary.recording.as_ref().filter(|it| it.cases > 0) {
        let size = units::bytes(recording.bytes);
        page.labelled(2, "", &format!("recording.zst        the answers as they came, {size}"));
    }
}

/// What a person would do now.
pub(super) fn steps(page: &mut Page, artifacts: Option<&str>, digest: &Digest, summary: &Summary) {
    let mut steps = Vec::new();
    if let Some(folder) = artifacts {
        let folder = shell_word(&visible(folder));
        if let Some(first) = digest.outputs.iter().next() {
            let case = shell_word(&visible_line(&first.case_id.to_string()));
            steps.push(format!("read a case in full: fluxloop show {folder} {case}"));
        }
        if summary.open() > 0 {
            steps.push(format!("read what went wrong: fluxloop show {folder} --failed"));
        }
    }
    // A rule that was wrong can be mended without paying for the answers again.
    let is_recorded = summary.recording.as_ref().is_some_and(|it| it.cases > 0);
    if let Some(folder) = artifacts.filter(|_| is_recorded && misread(digest) && !digest.is_replay)
    {
        let folder = shell_word(&visible(folder));
        steps.push(format!(
            "judge the recorded answers by corrected rules: fluxloop replay {folder} --config FILE"
        ));
    }
    if summary.results.successful == 0 && unreachable(digest) && !digest.is_replay {
        steps.push("try the configuration without the server: add --mock".to_owned());
    }
    let is_complete = summary.status == RunStatus::Complete;
    let failed = summary.outcomes.get(&Outcome::Failed).copied().unwrap_or_default();
    let unmet = summary.open().saturating_sub(summary.results.failed);
    let interrupted = summary.outcomes.get(&Outcome::Interrupted).copied().unwrap_or_default();
    let left = digest
        .planned
        .map(|planned| planned.saturating_sub(summary.results.total_runs) + interrupted);
    // What ended a run early is corrected before it goes on.
    let has_failed = failed > 0 && (may_pass(digest) || summary.ended_early.is_some());
    let rest = match left {
        // The number of cases may not be known beforehand.
        None | Some(0) => "send the rest".to_owned(),
        Some(left) => format!("send the {} that are left", units::counted(left, "case", "cases")),
    };
    let unsuccessful = summary.results.failed.saturating_sub(interrupted);
    let again = format!("again the {} that failed", units::counted(unsuccessful, "case", "cases"));
    if let Some(folder) = artifacts.filter(|_| !digest.is_replay) {
        let resume = format!("the same command with --resume {}", shell_word(&visible(folder)));
        match (is_complete, has_failed) {
            (true, true) => steps.push(format!("send {again}: {resume} --retry-failed")),
            (true, false) => {}
            (false, _) => steps.push(format!("{rest}: {resume}")),
        }
        if has_failed && !is_complete {
            steps.push(format!("and {again}: with --retry-failed, too"));
        }
        // A run that goes on has the configuration that it had, unless somebody says otherwise.
        if has_failed && is_to_be_corrected(summary) {
            steps.push("after a change of the configuration: with --force, too".to_owned());
        }
        if is_complete && unmet > 0 {
            steps.push(format!("judge these answers again, after a change of `expect`: {resume}"));
            let open = units::counted(unsuccessful + unmet, "case", "cases");
            steps.push(format!("send again the {open} that did not pass: {resume} --retry-unmet"));
        }
    }
    for (place, step) in steps.iter().enumerate() {
        page.labelled(2, if place == 0 { "next" } else { "" }, step);
    }
}

/// Whether the same requests may succeed another time: a server comes back, a key is exchanged. What
/// is wrong with the configuration stays wrong.
fn may_pass(digest: &Digest) -> bool {
    use FailureKind::{ContentType, MalformedEvent, NoText, Redirect, Template, TooLarge};
    let lasting = [ContentType, MalformedEvent, NoText, Redirect, Template, TooLarge];
    digest.failures.keys().any(|kind| !lasting.contains(kind))
}

/// Whether answers came that the rules of the configuration could not read.
fn misread(digest: &Digest) -> bool {
    let kinds = [FailureKind::MalformedEvent, FailureKind::NoText];
    digest.failures.keys().any(|kind| kinds.contains(kind))
}

/// Whether the configuration is the likely cause of the failures: no case succeeded, or they ended
/// the run.
fn is_to_be_corrected(summary: &Summary) -> bool {
    let by_failures = summary.ended_early.is_some_and(|ended| match ended.by {
        EndedBy::FirstCases
        | EndedBy::SameFailures
        | EndedBy::NeverSucceeded
        | EndedBy::Failures => true,
        EndedBy::Late429 | EndedBy::Requests | EndedBy::Duration => false,
    });
    by_failures || summary.results.successful == 0
}

/// Whether no server was ever there.
fn unreachable(digest: &Digest) -> bool {
    let absent = [FailureKind::Connect, FailureKind::Dns, FailureKind::Proxy, FailureKind::Tls];
    !digest.failures.is_empty() && digest.failures.keys().all(|kind| absent.contains(kind))
}

/// A path as a shell takes it.
fn shell_word(path: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "/._-+:@".contains(char);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
