//! The run in figures.

use fluxloop_explain as explain;
use fluxloop_trace::{
    CaseId, CaseWarnings, ChannelTotal, Completeness, GuardKind, Milliseconds, Outcome,
    Percentiles, RunStatus, Summary, WarningCode,
};

use super::digest::{Cases, Digest};
use crate::page::Page;
use crate::{finished, units};

/// Below this, in milliseconds, nobody can see that this process itself was late.
const NOTABLE_LAG_MS: f64 = 5.0;

/// The first line: how the run went, in a sentence.
pub(super) fn headline(page: &mut Page, digest: &Digest, summary: &Summary) {
    let style = page.style();
    let results = &summary.results;
    let closed = units::counted(results.total_runs, "case", "cases");
    let (successful, succeed, succeeded) = match summary.shares.expectations {
        Some(_) => (summary.shares.passed.cases, "pass", "passed"),
        None => (results.successful, "succeed", "succeeded"),
    };
    let good = units::count(successful);
    let elapsed = std::time::Duration::try_from_secs_f64(results.duration_seconds);
    let elapsed = style.duration(elapsed.unwrap_or_default());
    let words = match (successful, results.total_runs) {
        (_, total) if summary.status != RunStatus::Complete => {
            let counted = match digest.planned {
                Some(planned) => {
                    let planned = units::counted(planned.max(total), "case", "cases");
                    format!("{} of {planned}", units::count(total))
                }
                None => closed,
            };
            if summary.status == RunStatus::Partial {
                format!("judged again: {counted}, {good} {succeeded}; the others are missing")
            } else {
                format!("ended early after {elapsed}: {counted} closed, {good} {succeeded}")
            }
        }
        (_, 0) => "there was no case to run".to_owned(),
        (1, 1) => format!("the case {succeeded} in {elapsed}"),
        (0, 1) => format!("the case did not {succeed}, after {elapsed}"),
        (good, total) if good == total => format!("all {closed} {succeeded} in {elapsed}"),
        (0, _) => format!("none of {closed} {succeeded}, after {elapsed}"),
        _ => format!("{good} of {closed} {succeeded} in {elapsed}"),
    };
    let painted = if summary.is_good() { style.good(&words) } else { style.bad(&words) };
    let name = style.one_line(summary.name.as_str(), 60);
    page.line(0, &format!("{}: {painted}", style.bold(&name)));
    page.gap();
}

/// Outcomes, guards, requests, throughput, tokens.
pub(super) fn figures(page: &mut Page, digest: &Digest, summary: &Summary) {
    outcomes(page, summary);
    if let Some(ended) = &summary.ended_early {
        page.row(2, "ended early", &explain::ended_early(ended));
        // The warning of the run knows the cause.
        let mut warnings = summary.warnings.iter();
        let warning = warnings.find(|warning| warning.code == WarningCode::EndedEarly);
        let hint = warning.and_then(|warning| warning.hint.as_ref()).map(ToString::to_string);
        let hint = hint.unwrap_or_else(|| explain::ended_early_remedy(ended, None));
        page.row(2, "", &format!("hint: {hint}"));
    }
    for (place, (guard, cases)) in digest.stopped.iter().enumerate() {
        let label = if place == 0 { "guards" } else { "" };
        page.row(2, label, &guard_words(page, *guard, cases));
    }
    if digest.interrupted.count > 0 {
        page.row(2, "interrupted", &case_names(page, &digest.interrupted));
    }
    if summary.needs_input > 0 {
        let waits = if summary.needs_input == 1 { "case waits" } else { "cases wait" };
        let cases = format!("{} {waits}", units::count(summary.needs_input));
        page.row(2, "needs input", &format!("{cases} for a person, which counts as success"));
    }
    requests(page, digest, summary);
    if !digest.is_replay {
        throughput(page, summary);
    }
    channels(page, summary);
    tool_calls(page, summary);
    tokens(page, summary);
    ends(page, summary);
    summary.case_warnings.iter().for_each(|warnings| warning(page, warnings));
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
    let sent = if digest.is_replay { "recorded, nothing was sent" } else { "sent" };
    let mut words = vec![format!("{} {sent}", units::count(summary.attempts))];
    if !summary.retries.is_empty() {
        let retries = units::counted(summary.retries.values().sum(), "retry", "retries");
        words.push(format!("{retries} ({})", units::by_reason(&summary.retries)));
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

/// What came beside the text, and what was taken back.
fn channels(page: &mut Page, summary: &Summary) {
    let words = |name: &str, total: &ChannelTotal| {
        format!("{} of {}", units::count(total.characters), page.style().one_line(name, 40))
    };
    let mut channels: Vec<_> = summary.channels.iter().collect();
    channels.sort_by_key(|(name, _)| name.as_str() != "text");
    let mut all: Vec<_> =
        channels.iter().map(|(name, total)| words(name.as_str(), total)).collect();
    if summary.discarded > 0 {
        all.push(format!("{} taken back by the server", units::count(summary.discarded)));
    }
    // Text alone is what everybody expects.
    if all.len() > 1 || channels.iter().any(|(name, _)| name.as_str() != "text") {
        page.row(2, "characters", &all.join(", "));
    }
}

fn tool_calls(page: &mut Page, summary: &Summary) {
    let total = summary.tool_calls;
    if total.calls > 0 {
        let cases = units::counted(total.cases, "case", "cases");
        let failed = match total.failed {
            0 => String::new(),
            failed => format!(", {} failed", units::count(failed)),
        };
        page.row(2, "tool calls", &format!("{} in {cases}{failed}", units::count(total.calls)));
    }
}

fn tokens(page: &mut Page, summary: &Summary) {
    let tokens = summary.tokens;
    if tokens.cases > 0 {
        let of_these = |count: u64, what: &str| match count {
            0 => String::new(),
            count => format!(" ({} {what})", units::count(count)),
        };
        let [input, output, total] = [tokens.input, tokens.output, tokens.total].map(units::count);
        let (cached, reasoning) =
            (of_these(tokens.cached, "cached"), of_these(tokens.reasoning, "reasoning"));
        let cases = units::counted(tokens.cases, "case", "cases");
        let words =
            format!("{input} input{cached} + {output} output{reasoning} = {total} in {cases}");
        page.row(2, "tokens", &words);
    }
}

/// Worth a line only when answers ended in several ways, or when one may not be whole.
fn ends(page: &mut Page, summary: &Summary) {
    let kinds = [
        (Completeness::Done, "by their end frame"),
        (Completeness::Framed, "by the length of the body"),
        (Completeness::Unverified, "unverified"),
    ];
    let counts = kinds.into_iter().filter_map(|(kind, words)| {
        Some(format!("{} {words}", units::count(*summary.completeness.get(&kind)?)))
    });
    let counts: Vec<_> = counts.collect();
    let unverified = summary.completeness.get(&Completeness::Unverified);
    if counts.len() > 1 || unverified.is_some() {
        page.row(2, "ends", &counts.join(", "));
    }
    if let Some(unverified) = unverified {
        let answers = units::counted(*unverified, "answer", "answers");
        page.row(2, "", &explain::unverified(&answers));
    }
}

/// The warnings of one code: how many cases have it, what the first one says, and what to do.
fn warning(page: &mut Page, warnings: &CaseWarnings) {
    let style = page.style();
    let first = &warnings.first;
    let cases = units::counted(warnings.cases, "case", "cases");
    let named =
        format!("`{}` in {cases}, for example {}", first.code, style.case_id(&warnings.case_id));
    let message = style.one_line(first.message.as_str(), 300);
    page.row(2, "warning", &format!("{named}: {message}"));
    if let Some(example) = &first.example {
        page.row(2, "", &format!("seen: {}", style.one_line(example.as_str(), 120)));
    }
    if let Some(hint) = &first.hint {
        page.row(2, "", &format!("hint: {}", style.one_line(hint.as_str(), 300)));
    }
}

/// The latencies of successes.
pub(super) fn latencies(page: &mut Page, summary: &Summary) {
    let percentiles = &summary.percentiles;
    // Without a success there is no latency that the lag could have spoiled.
    let measured = percentiles.duration_ms.is_some();
    let lag = summary.own_lag_ms.filter(|lag| measured && lag.p99.as_millis() >= NOTABLE_LAG_MS);
    // Where nothing comes before the text, both are the same.
    let first_output =
        percentiles.first_output_ms.filter(|it| Some(*it) != percentiles.first_token_ms);
    let duration = |value: Milliseconds| page.style().duration(value);
    let mut rows: Vec<Vec<String>> = [
        ("first byte", percentiles.first_byte_ms),
        ("first output", first_output),
        ("first token", percentiles.first_token_ms),
        ("chunk gap", percentiles.chunk_gap_ms),
        ("per token", percentiles.tpot_ms),
        ("duration", percentiles.duration_ms),
        ("own lag", lag),
    ]
    .into_iter()
    .filter_map(|(label, values)| Some(row(label, values?, duration)))
    .collect();
    if let Some(rates) = percentiles.tokens_per_second {
        rows.push(row("tokens/s", rates, |rate| units::number(rate.as_tokens())));
    }
    if !rows.is_empty() {
        page.gap();
        page.table(&["latency", "p50", "p90", "p95", "p99", "max"], &rows);
    }
}

fn row<T>(label: &str, values: Percentiles<T>, show: impl Fn(T) -> String) -> Vec<String> {
    let cells = [values.p50, values.p90, values.p95, values.p99, values.max];
    std::iter::once(label.to_owned()).chain(cells.into_iter().map(show)).collect()
}
