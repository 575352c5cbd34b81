//! The run in figures.

use fluxloop_explain as explain;
use fluxloop_trace::{CaseId, Completeness, GuardKind, Outcome, Percentiles, RunStatus, Summary};

use super::digest::{Cases, Digest};
use super::page::Page;
use crate::{finished, units};

/// Below this, in milliseconds, nobody can see that this process itself was late.
const NOTABLE_LAG_MS: f64 = 5.0;

/// The first line: how the run went, in a sentence.
pub(super) fn headline(page: &mut Page, digest: &Digest, summary: &Summary) {
    let style = page.style();
    let results = &summary.results;
    let closed = units::counted(results.total_runs, "case", "cases");
    let good = units::count(results.successful);
    let elapsed = std::time::Duration::try_from_secs_f64(results.duration_seconds);
    let elapsed = style.duration(elapsed.unwrap_or_default());
    let words = match (results.successful, results.total_runs) {
        (_, total) if summary.status != RunStatus::Complete => {
            let planned = units::counted(digest.planned.max(total), "case", "cases");
            let total = units::count(total);
            format!("ended early after {elapsed}: {total} of {planned} closed, {good} succeeded")
        }
        (_, 0) => "there was no case to run".to_owned(),
        (1, 1) => format!("the case succeeded in {elapsed}"),
        (0, 1) => format!("the case did not succeed, after {elapsed}"),
        (good, total) if good == total => format!("all {closed} succeeded in {elapsed}"),
        (0, _) => format!("none of {closed} succeeded, after {elapsed}"),
        _ => format!("{good} of {closed} succeeded in {elapsed}"),
    };
    let painted = if summary.all_succeeded() { style.good(&words) } else { style.bad(&words) };
    let name = style.one_line(summary.name.as_str(), 60);
    page.line(0, &format!("{}: {painted}", style.bold(&name)));
    page.gap();
}

/// Outcomes, guards, requests, throughput, tokens.
pub(super) fn figures(page: &mut Page, digest: &Digest, summary: &Summary) {
    outcomes(page, summary);
    for (place, (guard, cases)) in digest.stopped.iter().enumerate() {
        let label = if place == 0 { "guards" } else { "" };
        page.row(2, label, &guard_words(page, *guard, cases));
    }
    if digest.interrupted.count > 0 {
        page.row(2, "interrupted", &case_names(page, &digest.interrupted));
    }
    requests(page, digest, summary);
    throughput(page, summary);
    tokens(page, digest);
    completeness(page, digest);
    for group in digest.warnings.values() {
        let cases = units::counted(group.cases, "case", "cases");
        for example in group.example.iter() {
            let words = page.style().one_line(example.message.as_str(), 300);
            page.row(2, "warning", &format!("{cases}: {words}"));
        }
    }
}

fn outcomes(page: &mut Page, summary: &Summary) {
    let style = page.style();
    let counts = Outcome::ALL.iter().filter_map(|outcome| {
        let count = *summary.outcomes.get(outcome)?;
        (count > 0).then(|| {
            finished::paint(*outcome, &format!("{} {outcome}", units::count(count)), style)
        })
    });
    let counts: Vec<String> = counts.collect();
    if !counts.is_empty() {
        let (good, total) = (summary.results.successful, summary.results.total_runs);
        let share = if good == total {
            String::new()
        } else {
            format!(" ({} successful)", units::percent(good, total))
        };
        page.labelled(2, "outcomes", &format!("{}{share}", counts.join(", ")));
    }
}

/// `2 stopped by max_duration: q-1/0, q-4/0`
fn guard_words(page: &Page, guard: GuardKind, cases: &Cases) -> String {
    let names = case_names(page, cases);
    let count = units::count(cases.count);
    let meaning = if guard.counts_as_success() {
        "which counts as success, the text is cut there"
    } else {
        "which does not count as success, the text so far is kept"
    };
    format!("{count} stopped by `{guard}`, {meaning}: {names}")
}

/// `q-1/0, q-4/0 and 3 more`
pub(super) fn case_names(page: &Page, cases: &Cases) -> String {
    first_of(page, cases.named.iter(), cases.count)
}

/// The first cases of a number of them, and how many more there are.
fn first_of<'c>(page: &Page, first: impl Iterator<Item = &'c CaseId>, count: u64) -> String {
    let names: Vec<String> = first.map(|id| page.style().case_id(id)).collect();
    let more = count.saturating_sub(names.len() as u64);
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {} more", units::count(more)) }
}

/// How many cases that were denied a retry are named.
const SHOWN_DENIED: usize = 10;

fn requests(page: &mut Page, digest: &Digest, summary: &Summary) {
    let mut words = vec![format!("{} sent", units::count(summary.attempts))];
    if digest.retries > 0 {
        words.push(units::counted(digest.retries, "retry", "retries"));
    }
    if summary.resends > 0 {
        let resends = units::counted(summary.resends, "resend", "resends");
        words.push(format!("{resends} after a connection had died unanswered"));
    }
    if summary.redirects > 0 {
        let redirects = units::counted(summary.redirects, "redirect", "redirects");
        words.push(format!("{redirects} followed"));
    }
    page.row(2, "requests", &words.join(", "));
    if summary.retries_denied > 0 {
        let shown = summary.retries_denied_to.iter().take(SHOWN_DENIED);
        let names = first_of(page, shown, summary.retries_denied);
        let cases = units::counted(summary.retries_denied, "case", "cases");
        let words = explain::retries_denied(&cases, &names);
        page.row(2, "budget", &words);
    }
    let events = units::counted(summary.events, "event", "events");
    page.row(2, "received", &format!("{events}, {}", units::bytes(summary.bytes)));
}

fn throughput(page: &mut Page, summary: &Summary) {
    let seconds = summary.results.duration_seconds;
    if summary.results.total_runs == 0 || seconds <= 0.0 {
        return;
    }
    let rate = units::rate(summary.results.total_runs, "cases", seconds);
    let at_once = units::count(summary.achieved_parallelism.max(1));
    page.row(2, "throughput", &format!("{rate}, at most {at_once} at once"));
}

fn tokens(page: &mut Page, digest: &Digest) {
    let tokens = digest.tokens;
    if tokens.cases > 0 {
        let [prompt, completion, total] =
            [tokens.prompt, tokens.completion, tokens.total].map(units::count);
        let cases = units::counted(tokens.cases, "case", "cases");
        let words = format!("{prompt} prompt + {completion} completion = {total} in {cases}");
        page.row(2, "tokens", &words);
    }
}

/// Worth a line only when an answer may not be whole.
fn completeness(page: &mut Page, digest: &Digest) {
    let unverified = digest.completeness.get(&Completeness::Unverified).copied().unwrap_or(0);
    if unverified > 0 {
        let answers = units::counted(unverified, "answer", "answers");
        page.row(2, "unverified", &explain::unverified(&answers));
    }
}

/// The latencies of successes.
pub(super) fn latencies(page: &mut Page, summary: &Summary) {
    let percentiles = &summary.percentiles;
    // Without a success there is no latency that the lag could have spoiled.
    let measured = percentiles.duration_ms.is_some();
    let lag = summary.own_lag_ms.filter(|lag| measured && lag.p99.as_millis() >= NOTABLE_LAG_MS);
    let rows: Vec<Vec<String>> = [
        ("first byte", percentiles.first_byte_ms),
        ("first token", percentiles.first_token_ms),
        ("text gap", percentiles.chunk_gap_ms),
        ("duration", percentiles.duration_ms),
        ("own lag", lag),
    ]
    .into_iter()
    .filter_map(|(label, values)| Some(row(page, label, &values?)))
    .collect();
    if !rows.is_empty() {
        page.gap();
        page.table(&["latency", "p50", "p90", "p95", "p99", "max"], &rows);
    }
}

fn row(page: &Page, label: &str, values: &Percentiles) -> Vec<String> {
    let style = page.style();
    let cells = [values.p50, values.p90, values.p95, values.p99, values.max];
    let cells = cells.into_iter().map(|value| style.duration(value));
    std::iter::once(label.to_owned()).chain(cells).collect()
}
