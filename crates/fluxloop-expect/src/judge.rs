//! Holds what a record says against what was expected.

use std::collections::HashMap;

use fluxloop_jsonpath::JsonPath;
use fluxloop_redact::Masked;
use fluxloop_trace::{Amount, Milliseconds, Quantity};
use serde_json::Value;
use similar::{Algorithm, capture_diff_slices, diff_ratio};

use crate::check::{Check, Prefix, Schema};
use crate::difference::{Mode, difference, first_character};
use crate::facts::{Facts, Text};
use crate::item::{Item, TextOptions};
use crate::problem::Problem;
use crate::words::{called, excerpt, measured, names, number, quoted};

/// How many words of a text are compared.
const MAX_WORDS: usize = 20_000;

type Judged = Result<(), Problem>;

/// Holds a record against one expectation.
pub(crate) fn judge(facts: &Facts<'_>, item: &Item, check: &Check) -> Judged {
    let channel = item.channel.as_deref();
    match check {
        Check::Contains(_) | Check::NotContains(_) | Check::Matches(_) | Check::Similar { .. } => {
            let text = subject(facts, channel, item.path.as_ref())?;
            judge_text(&text, check, item.options)
        }
        Check::Equals(expected) => judge_equals(facts, item, expected),
        Check::JsonSchema(schema) => {
            let value = facts.json(channel, item.path.as_ref())?;
            judge_schema(&value, schema)
        }
        Check::Characters { at_least, at_most } => {
            let count = match &item.path {
                None => facts.characters(channel),
                path => subject(facts, channel, path.as_ref())?.text.chars().count() as u64,
            };
            judge_count(count, *at_least, *at_most)
        }
        Check::ToolCalls(calls) => {
            let none = Vec::new();
            calls.check(facts.turn().map_or(&none, |turn| &turn.tool_calls))
        }
        Check::FinishReason(reasons) => judge_reason(facts, reasons),
        Check::Measured(limits) => {
            limits.iter().try_for_each(|(quantity, limit)| judge_measured(facts, *quantity, *limit))
        }
        Check::Integrity => judge_integrity(facts),
        Check::Prefix(prefix) => judge_prefix(facts, prefix, item.options),
    }
}

/// The text that an expectation is about.
fn subject<'t>(
    facts: &Facts<'t>,
    channel: Option<&str>,
    path: Option<&JsonPath>,
) -> Result<Text<'t>, Problem> {
    if path.is_none() {
        return facts.channel(channel);
    }
    let text = match facts.json(channel, path)? {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(Text { text: text.into(), is_cut: false })
}

/// A check that reads a text and nothing else.
fn judge_text(text: &Text<'_>, check: &Check, options: TextOptions) -> Judged {
    let shown = match check {
        // It ignores the case itself.
        Check::Matches(_) => TextOptions { ignore_case: false, ..options },
        _ => options,
    };
    let actual = shown.apply(&text.text);
    match check {
        Check::Contains(texts) => match texts.iter().find(|it| !actual.contains(*it)) {
            None => Ok(()),
            Some(missing) => {
                let cut = if text.is_cut { ", which was cut" } else { "" };
                let what = format!("{} is not in the text{cut}", quoted(missing));
                Err(Problem::unmet(what).expected(missing).actual(excerpt(&actual, 0)))
            }
        },
        Check::NotContains(texts) => {
            let found = texts.iter().find_map(|it| Some((it, actual.find(it)?)));
            match found {
                Some((unwanted, at)) => {
                    let character = actual[..at].chars().count() as u64;
                    let what = format!("{} is in the text", quoted(unwanted));
                    let problem = Problem::unmet(what).character(character);
                    Err(problem.expected(unwanted).actual(excerpt(&actual, character)))
                }
                None if text.is_cut => {
                    Err(Problem::unmet("the text was cut, and the rest of it is not known")
                        .expected(names(texts)))
                }
                None => Ok(()),
            }
        }
        Check::Equals(Value::String(expected)) if *expected == actual => Ok(()),
        Check::Equals(Value::String(expected)) => {
            let character = first_character(expected, &actual);
            let what = format!("the text differs from its character {character} on");
            let problem = Problem::unmet(what).character(character);
            Err(problem.expected(expected).actual(excerpt(&actual, character)))
        }
        Check::Matches(expression) if expression.is_match(&actual) => Ok(()),
        Check::Matches(expression) => {
            let what = format!("{} does not match in the text", quoted(expression.as_str()));
            Err(Problem::unmet(what).expected(expression.as_str()).actual(excerpt(&actual, 0)))
        }
        Check::Similar { to, at_least } => {
            let ratio = similarity(to, &actual);
            if ratio >= *at_least {
                return Ok(());
            }
            let (came, least) = (number(ratio), number(*at_least));
            let what = format!("the similarity is {came}, and {least} is the least");
            Err(Problem::unmet(what).expected(to).actual(excerpt(&actual, 0)))
        }
        _ => Ok(()),
    }
}

/// How similar two texts are: 2·M/T, where M is the number of words in a sequence that both have in
/// common, and T the number of words of both together, as Python's `difflib` and the crate `similar`
/// define the ratio. For long texts that differ much, the sequence need not be the longest.
fn similarity<'t>(one: &'t str, other: &'t str) -> f64 {
    let mut numbers: HashMap<&'t str, usize> = HashMap::new();
    let mut words = |text: &'t str| -> Vec<usize> {
        let words = text.split_whitespace().take(MAX_WORDS);
        words
            .map(|word| {
                let next = numbers.len();
                *numbers.entry(word).or_insert(next)
            })
            .collect()
    };
    let (one, other) = (words(one), words(other));
    let operations = capture_diff_slices(Algorithm::Myers, &one, &other);
    f64::from(diff_ratio(&operations, one.len(), other.len()))
}

fn judge_equals(facts: &Facts<'_>, item: &Item, expected: &Value) -> Judged {
    let channel = item.channel.as_deref();
    let is_text = expected.is_string();
    let check = Check::Equals(expected.clone());
    if item.path.is_none() && is_text {
        return judge_text(&facts.channel(channel)?, &check, item.options);
    }
    let value = facts.json(channel, item.path.as_ref())?;
    if let (Value::String(text), true) = (&value, is_text) {
        let text = Text { text: text.as_str().into(), is_cut: false };
        return judge_text(&text, &check, item.options);
    }
    let Some(difference) = difference(expected, &value, Mode::Exact) else { return Ok(()) };
    let what = match difference.pointer.as_str() {
        "" => "the value differs".to_owned(),
        pointer => format!("the value differs at {}", quoted(pointer)),
    };
    let shown =
        |value: Option<Value>| value.map_or_else(|| "nothing".to_owned(), |it| it.to_string());
    let (wanted, found) = (shown(difference.expected), shown(difference.actual));
    let problem = Problem::unmet(what).pointer(difference.pointer);
    Err(problem.expected(wanted).actual(excerpt(&found, 0)))
}

fn judge_schema(value: &Value, Schema(validator): &Schema) -> Judged {
    let Some(error) = validator.iter_errors(value).next() else { return Ok(()) };
    let pointer = error.instance_path().to_string();
    let place = match pointer.as_str() {
        "" => String::new(),
        pointer => format!(" at {}", quoted(pointer)),
    };
    let what =
        format!("the JSON does not fit the schema{place}: {}", excerpt(&error.to_string(), 0));
    let found = value.pointer(&pointer).unwrap_or(value).to_string();
    let keyword = error.schema_path().to_string();
    Err(Problem::unmet(what).expected(keyword).actual(excerpt(&found, 0)).pointer(pointer))
}

fn judge_count(count: u64, at_least: Option<u64>, at_most: Option<u64>) -> Judged {
    let (words, limit, bound) = match (at_least, at_most) {
        (Some(least), _) if count < least => ("least", least, "at least"),
        (_, Some(most)) if count > most => ("most", most, "at most"),
        _ => return Ok(()),
    };
    let are =
        if count == 1 { "there is 1 character" } else { &format!("there are {count} characters") };
    let what = format!("{are}, and {limit} is the {words}");
    Err(Problem::unmet(what).expected(format!("{bound} {limit}")).actual(count.to_string()))
}

fn judge_reason(facts: &Facts<'_>, reasons: &[String]) -> Judged {
    let expected = || reasons.join(", ");
    match facts.trace.finish_reason.as_ref().map(Masked::as_str) {
        Some(reason) if reasons.iter().any(|it| it == reason) => Ok(()),
        Some(reason) => {
            let what = format!("the finish reason is {}", quoted(reason));
            Err(Problem::unmet(what).expected(expected()).actual(reason))
        }
        None => Err(Problem::unmet("the answer has no finish reason").expected(expected())),
    }
}

fn judge_measured(facts: &Facts<'_>, quantity: Quantity, limit: Amount) -> Judged {
    let (name, bound) = (called(quantity), if quantity.is_rate() { "least" } else { "most" });
    let allowed = measured(quantity, limit);
    let expected = format!("at {bound} {allowed}");
    let Some(value) = quantity.of(facts.trace) else {
        return Err(Problem::unmet(format!("{name} was not measured: {}", missing(quantity)))
            .expected(expected));
    };
    let is_kept = if quantity.is_rate() { value >= limit } else { value <= limit };
    if is_kept {
        return Ok(());
    }
    let came = measured(quantity, value);
    let what = format!("{name} is {came}, and {allowed} is the {bound}");
    Err(Problem::unmet(what).expected(expected).actual(came))
}

/// Why a quantity may be missing in the record of a success.
fn missing(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::FirstByte | Quantity::FirstOutput | Quantity::FirstToken => "no output came",
        Quantity::ChunkGapP50 | Quantity::ChunkGapP95 | Quantity::ChunkGapMax => {
            "the text came in one piece"
        }
        Quantity::Tpot | Quantity::TokensPerSecond => {
            "the provider counted fewer than two tokens, or they came at once"
        }
        Quantity::Duration => "the case has no time",
    }
}

fn judge_integrity(facts: &Facts<'_>) -> Judged {
    let Some(integrity) = facts.turn().and_then(|turn| turn.integrity) else {
        return Err(Problem::unmet("the protocol says nothing about its own answer"));
    };
    let what = match (integrity.final_texts_differ, integrity.sequence_gaps) {
        (0, 0) => return Ok(()),
        (0, _) => "sequence numbers are missing, or came in another order",
        _ => "the text differs from what the server repeated at its end",
    };
    Err(Problem::unmet(what))
}

fn judge_prefix(facts: &Facts<'_>, prefix: &Prefix, options: TextOptions) -> Judged {
    let Prefix { characters, within, check } = prefix;
    let text = facts.channel(None)?;
    let most = usize::try_from(*characters).unwrap_or(usize::MAX);
    let end = text.text.char_indices().nth(most).map(|(end, _)| end);
    let beginning = &text.text[..end.unwrap_or(text.text.len())];
    let is_shorter = beginning.chars().count() < most;
    if let Some(limit) = within {
        judge_time_of_prefix(facts, *characters, is_shorter, *limit)?;
    }
    let Some(check) = check else { return Ok(()) };
    let text = Text { text: beginning.into(), is_cut: text.is_cut && is_shorter };
    judge_text(&text, check, options)
}

/// A text that is shorter has to be whole by then.
fn judge_time_of_prefix(
    facts: &Facts<'_>,
    characters: u64,
    is_shorter: bool,
    limit: Amount,
) -> Judged {
    let timings = facts.turn().map(|turn| &turn.timings);
    let expected =
        format!("{characters} characters within {}", measured(Quantity::Duration, limit));
    let time = match timings {
        Some(timings) if is_shorter => {
            let last = timings.last_attempt.last_token_ms;
            last.ok_or_else(|| Problem::unmet("no text came"))
        }
        timings => timings.and_then(|it| it.prefix_ms.get(&characters).copied()).ok_or_else(|| {
            let what =
                format!("the time of the first {characters} characters is not in the record");
            Problem::unjudged(what)
        }),
    };
    let time = time.map_err(|problem| problem.expected(expected.clone()))?;
    let came = millis(time);
    if came <= limit {
        return Ok(());
    }
    let came = measured(Quantity::Duration, came);
    let what = if is_shorter {
        format!("the text was whole after {came}")
    } else {
        format!("the first {characters} characters were there after {came}")
    };
    Err(Problem::unmet(what).expected(expected).actual(came))
}

fn millis(time: Milliseconds) -> Amount {
    Amount::from_millionths(time.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, expected: f64) {
        let found = similarity(one, other);
        assert!((found - expected).abs() < 1e-6, "{found}");
    }

    /// The examples are those of `difflib.SequenceMatcher(None, a.split(), b.split()).ratio()`.
    #[test]
    fn similarity_counts_the_words_in_common() {
        check("the capital is Paris", "the capital is Paris", 1.0);
        check("the capital is Paris", "the capital of France is Paris", 0.8);
        check("a b c d", "e f g h", 0.0);
        check("", "", 1.0);
        check("a", "", 0.0);
    }
}
