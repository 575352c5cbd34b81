//! The comparison as JSON.

use std::fmt::Write;

use fluxloop_compare::{Change, Figure, Found, Group, Input, Judged, Pair, Unit};
use fluxloop_statistics::{CONFIDENCE, Interval, RepeatFigures, Repeats};
use serde_json::{Value, json};

use super::example::{Example, pieces};
use super::sentence::sentence;
use super::{Compared, ComparedRun};
use crate::visible::is_hidden;

/// The comparison as one JSON document. Characters that act on a terminal are escaped.
pub fn comparison_json(compared: &Compared<'_>) -> String {
    let comparison = compared.comparison;
    let counts = Group::ALL.map(|group| (group.name(), comparison.groups.count(group)));
    let counts: serde_json::Map<String, Value> =
        counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect();
    let [a, b] = compared.runs;
    let document = json!({
        "sentence": sentence(comparison),
        "verdict": change(comparison.primary().change()),
        "confidence": CONFIDENCE,
        "a": run(&a),
        "b": run(&b),
        "settings": compared.settings.iter().map(|setting| json!({
            "name": setting.name, "a": setting.a, "b": setting.b,
        })).collect::<Vec<_>>(),
        "figures": comparison.figures.iter().map(figure).collect::<Vec<_>>(),
        "counts": counts,
        "expected_by_chance": comparison.by_chance.map(|[fall, rise]| json!({
            "regressions": rounded(fall), "fixed": rounded(rise),
        })),
        "repeats": comparison.repeats.map(|[a, b]| json!({"a": repeats(a), "b": repeats(b)})),
        "groups": groups(compared),
        "examples": compared.examples.iter().map(example).collect::<Vec<_>>(),
        "conditions": compared.conditions.iter().map(condition).collect::<Vec<_>>(),
    });
    harmless(&document.to_string())
}

fn run(run: &ComparedRun<'_>) -> Value {
    json!({
        "folder": run.folder,
        "name": run.file.summary.name,
        "date": run.file.summary.date,
        "status": run.file.summary.status,
        "cases": run.run.cases(),
    })
}

fn change(change: Change) -> &'static str {
    match change {
        Change::Better => "better",
        Change::Worse => "worse",
        Change::Different => "different",
        Change::Unproven => "unproven",
    }
}

fn interval(interval: Interval) -> Value {
    json!([rounded(interval.low), rounded(interval.high)])
}

/// A number with six decimals, as records have them.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

fn figure(figure: &Figure) -> Value {
    let unit = match figure.metric.unit() {
        Unit::Share => "share",
        Unit::Milliseconds => "ms",
        Unit::TokensPerSecond => "tokens/s",
        Unit::Tokens => "tokens",
    };
    json!({
        "metric": figure.metric.to_string(),
        "unit": unit,
        "a": figure.shift.map(|shift| rounded(shift.a)),
        "b": figure.shift.map(|shift| rounded(shift.b)),
        "difference": figure.shift.map(|shift| interval(shift.difference)),
        "relative": figure.shift.and_then(|shift| shift.relative).map(interval),
        "p_value": figure.p_value.map(rounded),
        "change": change(figure.change()),
    })
}

fn repeats(figures: RepeatFigures) -> Value {
    let shown = |repeats: Repeats| {
        json!({
            "k": repeats.k,
            "pass_at_k": rounded(repeats.pass_at_k),
            "pass_hat_k": rounded(repeats.pass_hat_k),
            "inputs": repeats.inputs,
        })
    };
    json!({"flaky": figures.flaky, "one": figures.one.map(shown), "all": figures.all.map(shown)})
}

/// The inputs of every group but the unchanged ones.
fn groups(compared: &Compared<'_>) -> Value {
    let groups = &compared.comparison.groups;
    let [a, b] = compared.runs.map(|run| run.run);
    let passed = |input: &Input| {
        input.passed().map(|share| json!({"passed": share.hits(), "of": share.of()}))
    };
    let pair = |pair: &Pair| {
        let (one, other) = pair.inputs(a, b);
        json!({"a": {"id": one.id, "passed": passed(one)}, "b": {"id": other.id, "passed": passed(other)}})
    };
    let pairs = |list: &[Pair]| list.iter().map(pair).collect::<Vec<_>>();
    let alone = |run: &fluxloop_compare::Run, places: &[u32]| {
        let inputs = places.iter().map(|&place| &run.inputs()[place as usize]);
        inputs.map(|input| json!({"id": input.id, "passed": passed(input)})).collect::<Vec<_>>()
    };
    json!({
        "regressions": pairs(&groups.regressions),
        "fixed": pairs(&groups.fixed),
        "changed": pairs(&groups.changed),
        "input_changed": pairs(&groups.input_changed),
        "only_a": alone(a, &groups.only_a),
        "only_b": alone(b, &groups.only_b),
    })
}

fn example(example: &Example) -> Value {
    let side = |number: usize| {
        let side = &example.sides[number];
        let text = example.text.as_ref().map(|diff| {
            pieces(diff, number, "…").into_iter().map(|(text, _)| text).collect::<String>()
        });
        json!({
            "iteration": side.facts.iteration,
            "outcome": side.ended,
            "duration_ms": side.facts.duration.as_millis(),
            "output_tokens": side.facts.output_tokens,
            "tools": side.tools,
            "text": text,
        })
    };
    json!({"group": example.group.name(), "id": example.id, "a": side(0), "b": side(1)})
}

fn condition(judged: &Judged) -> Value {
    let found = match judged.found {
        Found::Count(count) => json!(count),
        Found::Relative(end) | Found::Absolute(end) => json!(rounded(end)),
        Found::TooFew { .. } | Found::NoPart => Value::Null,
    };
    json!({
        "condition": judged.condition.to_string(),
        "met": judged.holds,
        "fails": judged.fails(),
        "found": found,
    })
}

/// JSON in which characters that act on a terminal are escaped. They stand in strings alone, where
/// every character can be escaped (RFC 8259, section 7).
fn harmless(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for char in json.chars() {
        if is_hidden(char) {
            let mut units = [0; 2];
            for unit in char.encode_utf16(&mut units) {
                write!(shown, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }
        } else {
            shown.push(char);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_act_on_a_terminal_are_escaped() {
        let text = "a\u{1b}\u{9b}31m\u{202e}\u{7f}é\n\t";
        let json = harmless(&json!({"text": text}).to_string());
        assert_eq!(json, r#"{"text":"a\u001b\u009b31m\u202e\u007fé\n\t"}"#);
        let read: Value = serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(read["text"], text);
    }
}
