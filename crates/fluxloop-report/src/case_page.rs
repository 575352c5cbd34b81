//! One closed case in full.

use std::fmt::Display;

use fluxloop_trace::{Attempt, Expectations, MaskedJson, ToolCall, Trace, Turn, Warning};

use crate::page::Page;
use crate::paint::Style;
use crate::summary::expectation_notes;
use crate::visible::{visible_line, wrap};
use crate::{failure, finished, units};

/// How many lines of a text are shown, at most.
const TEXT_LINES: usize = 2_000;

/// How much of what a tool got or gave is shown, in columns.
const TOOL_COLUMNS: usize = 600;

/// A closed case for a person: what was asked, what came, by channel, how it was judged, and every
/// request.
pub fn case_page(trace: &Trace, style: Style) -> String {
    let mut page = Page::new(style);
    let label = finished::paint_case(trace, &style.bold(finished::label(trace)), style);
    let id = style.case_id(&trace.case_id);
    page.line(0, &format!("{}  {label}  {}", style.bold(&id), finished::detail(trace, style)));
    page.gap();
    if let Some(persona) = &trace.persona {
        page.row(2, "persona", &visible_line(persona.as_str()));
    }
    text(&mut page, "input", trace.input.as_str());
    if let Some(expected) = &trace.expected {
        text(&mut page, "expected", &json(expected));
    }
    text(&mut page, "output", trace.output.as_str());
    if let Some(turn) = trace.last_turn() {
        answer(&mut page, turn);
    }
    if let Some(failure) = &trace.error {
        page.gap();
        page.row(2, "failure", &format!("{}: {}", failure.kind, failure.message));
        for (label, note) in failure::notes(failure, style) {
            page.row(2, label, &note);
        }
    }
    if let Some(expectations) = &trace.expectations {
        judged(&mut page, expectations);
    }
    trace.warnings.iter().for_each(|it| warning(&mut page, it));
    if let Some(turn) = trace.last_turn() {
        page.gap();
        times(&mut page, turn);
    }
    for (place, attempt) in trace.attempts().enumerate() {
        let label = if place == 0 { "attempts" } else { "" };
        page.row(2, label, &attempt_words(attempt, style));
    }
    page.row(2, "trace", &trace.trace_id);
    page.finish()
}

/// A text with its own lines.
fn text(page: &mut Page, label: &str, text: &str) {
    if text.is_empty() {
        page.labelled(2, label, "(empty)");
        return;
    }
    let mut label = label;
    for line in text.lines().take(TEXT_LINES) {
        let columns = page.style().columns().saturating_sub(15);
        for line in wrap(&visible_line(line), columns) {
            page.labelled(2, label, &line);
            label = "";
        }
    }
    let more = text.lines().skip(TEXT_LINES).count() as u64;
    if more > 0 {
        let more = format!("(and {}; `--json` has all)", units::counted(more, "line", "lines"));
        page.labelled(2, "", &more);
    }
}

/// A value as JSON, a text without quotes.
fn json(value: &MaskedJson) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(value) => value.to_string(),
        Err(_) => String::new(),
    }
}

/// What came besides the text.
fn answer(page: &mut Page, turn: &Turn) {
    for (name, channel) in turn.channels.iter().filter(|(name, _)| name.as_str() != "text") {
        let name = page.style().one_line(name.as_str(), 12);
        match &channel.text {
            Some(found) => text(page, &name, found.as_str()),
            None if channel.items.is_empty() => {
                let characters = units::counted(channel.characters, "character", "characters");
                page.row(2, &name, &format!("({characters}, not kept)"));
            }
            None => {}
        }
        for item in &channel.items {
            page.row(2, &name, &visible_line(item.as_str()));
        }
    }
    for (place, call) in turn.tool_calls.iter().enumerate() {
        tool_call(page, if place == 0 { "tool calls" } else { "" }, call);
    }
    for (place, (name, value)) in turn.captures.iter().enumerate() {
        let label = if place == 0 { "captured" } else { "" };
        page.row(2, label, &visible_line(&format!("{name} = {}", json(value))));
    }
    if let Some(event) = &turn.needs_input {
        page.row(2, "needs input", &format!("since `{}`", visible_line(event.as_str())));
    }
}

fn tool_call(page: &mut Page, label: &str, call: &ToolCall) {
    let style = page.style();
    let shown = |text: &dyn Display| style.one_line(&text.to_string(), TOOL_COLUMNS);
    let name = call.name.as_ref().map_or_else(|| "(no name)".to_owned(), |it| shown(it));
    let arguments = call.arguments.as_ref().map_or_else(String::new, |it| shown(it));
    page.row(2, label, &format!("{name}({arguments})"));
    if let Some(result) = &call.result {
        page.row(2, "", &format!("gave {}", shown(result)));
    }
    if let Some(error) = &call.error {
        page.row(2, "", &format!("failed: {}", shown(error)));
    }
}

/// What came of the expectations.
fn judged(page: &mut Page, expectations: &Expectations) {
    page.gap();
    let met: Vec<_> =
        expectations.met.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    if !met.is_empty() {
        page.row(2, "met", &met.join(", "));
    }
    let lists = [("unmet", &expectations.unmet), ("unjudged", &expectations.unjudged)];
    for (label, list) in lists {
        for open in list {
            page.row(2, label, &finished::difference(open, page.style()));
            expectation_notes(page, open);
        }
    }
}

fn warning(page: &mut Page, warning: &Warning) {
    let count =
        if warning.count > 1 { format!(" ({} times)", warning.count) } else { String::new() };
    page.row(2, "warning", &visible_line(&format!("{}: {}{count}", warning.code, warning.message)));
    if let Some(hint) = &warning.hint {
        page.row(2, "hint", &visible_line(hint.as_str()));
    }
}

/// What took how long, tokens, model.
fn times(page: &mut Page, turn: &Turn) {
    let style = page.style();
    let timings = &turn.timings;
    let last = &timings.last_attempt;
    let times = [
        ("connected", last.connect_ms),
        ("first byte", last.first_byte_ms),
        ("first output", last.first_output_ms),
        ("first token", last.first_token_ms),
        ("last token", last.last_token_ms),
    ];
    let mut words: Vec<String> = times
        .into_iter()
        .filter_map(|(name, time)| Some(format!("{name} {}", style.duration(time?))))
        .collect();
    if let Some(gap) = timings.chunk_gap_ms {
        let (p50, max) = (style.duration(gap.p50), style.duration(gap.max));
        words.push(format!("gaps p50 {p50}, max {max}"));
    }
    if !words.is_empty() {
        page.row(2, "times", &words.join("; "));
    }
    if let Some(usage) = &turn.usage {
        let rate = timings.tokens_per_second;
        let rate = rate.map(|rate| format!(", {} tokens/s", units::number(rate.as_tokens())));
        let (input, output) = (units::count(usage.input), units::count(usage.output));
        let rate = rate.unwrap_or_default();
        page.row(2, "tokens", &format!("{input} in, {output} out{rate}"));
    }
    if let Some(model) = &turn.model {
        page.row(2, "model", &visible_line(model.as_str()));
    }
    if let Some(reason) = &turn.finish_reason {
        page.row(2, "finish", &visible_line(reason.as_str()));
    }
}

fn attempt_words(attempt: &Attempt, style: Style) -> String {
    let mut words = vec![format!("{}.", attempt.number)];
    if attempt.wait_before_ms.as_nanos() > 0 {
        words.push(format!("after {}:", style.duration(attempt.wait_before_ms)));
    }
    if let Some(status) = attempt.status {
        words.push(format!("status {status},"));
    }
    words.push(style.duration(attempt.timings.total_ms).clone() + ",");
    let events = units::counted(attempt.events, "event", "events");
    words.push(format!("{events}, {}", units::bytes(attempt.bytes)));
    if let Some(cause) = attempt.cause {
        let message = attempt.message.as_ref().map(|it| style.one_line(it.as_str(), 200));
        words.push(format!("– {cause}: {}", message.unwrap_or_default()));
    }
    if attempt.resend {
        words.push("(sent a second time at once)".to_owned());
    }
    words.join(" ")
}
