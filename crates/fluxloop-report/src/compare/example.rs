//! An input of both runs with what is shown of its answers.

use fluxloop_compare::{Facts, Group, Input, Run, Shown, TextDiff, TextPart, text_diff};
use fluxloop_trace::Trace;

use crate::units;
use crate::visible::visible_line;

/// How many characters of a message or of the calls of tools are kept.
const KEPT: usize = 500;

/// An input of both runs with what is shown of its answers.
#[derive(Clone, Debug)]
pub struct Example {
    /// Its group.
    pub group: Group,
    /// The id of the input in the first run.
    pub id: String,
    /// The answers of both runs.
    pub sides: [Side; 2],
    /// Where the two texts part; `None` where they are the same, or one is empty.
    pub text: Option<TextDiff>,
}

/// What is shown of one answer.
#[derive(Clone, Debug)]
pub struct Side {
    /// The case that stands for the input.
    pub facts: Facts,
    /// How many of its repeats passed, and of how many; `None` where the input has a single case.
    pub rate: Option<(u64, u64)>,
    /// How the case ended, and why it failed if it did.
    pub ended: String,
    /// The calls of tools.
    pub tools: String,
}

impl Example {
    /// Takes what is shown from the two records; nothing else of them is kept.
    pub fn new(shown: Shown, (a, b): (&Run, &Run), traces: [&Trace; 2]) -> Self {
        let (one, other) = shown.pair.inputs(a, b);
        let [first, second] = traces;
        let side = |input: &Input, trace: &Trace, facts: Facts| Side {
            facts,
            rate: input.passed().filter(|it| it.of() > 1).map(|it| (it.hits(), it.of())),
            ended: ended(trace),
            tools: tools(trace),
        };
        let texts = traces.map(|trace| trace.output.as_str());
        let has_both = texts[0] != texts[1] && texts.iter().all(|text| !text.is_empty());
        Self {
            group: shown.group,
            id: one.id.to_string(),
            sides: [side(one, first, shown.cases[0]), side(other, second, shown.cases[1])],
            text: has_both.then(|| text_diff(texts[0], texts[1])),
        }
    }

    /// Why the input is in its group: how the case ended that did not pass, both rates where the
    /// input has repeats, or the numbers of both cases.
    pub(super) fn reason(&self, arrow: &str) -> String {
        let [a, b] = &self.sides;
        let failed = match self.group {
            Group::Regressions => &b.ended,
            Group::Fixed => &a.ended,
            _ => return format!("{} {arrow} {}", a.numbers(), b.numbers()),
        };
        let rate = |(passed, of)| format!("{passed} of {of}");
        match (a.rate, b.rate) {
            (Some(one), Some(other)) => {
                format!("{} {arrow} {} passed; {failed}", rate(one), rate(other))
            }
            _ if self.group == Group::Fixed => format!("was: {failed}"),
            _ => failed.clone(),
        }
    }

    /// Whether the calls of tools differ.
    pub(super) fn has_other_tools(&self) -> bool {
        self.sides[0].facts.tools != self.sides[1].facts.tools
    }
}

impl Side {
    /// The case in numbers.
    fn numbers(&self) -> String {
        let duration = units::duration(self.facts.duration);
        match self.facts.output_tokens {
            Some(tokens) => {
                format!("{duration}, {}", units::counted(tokens, "token", "tokens"))
            }
            None => duration,
        }
    }
}

/// The pieces of one of two texts, harmless on a terminal, and whether only this text has them.
pub(super) fn pieces(diff: &TextDiff, side: usize, ellipsis: &str) -> Vec<(String, bool)> {
    let mut pieces = Vec::new();
    for part in &diff.parts {
        let (text, is_changed) = match (part, side) {
            (TextPart::LeftOut, _) => {
                pieces.push((format!("{ellipsis} "), false));
                continue;
            }
            (TextPart::Same(text), _) => (text, false),
            (TextPart::Removed(text), 0) | (TextPart::Added(text), 1) => (text, true),
            (TextPart::Removed(_) | TextPart::Added(_), _) => continue,
        };
        // White space that differs has to be seen.
        pieces.push((visible_line(text).replace('\t', "\\t"), is_changed));
    }
    if diff.is_cut {
        pieces.push((ellipsis.to_owned(), false));
    }
    pieces
}

/// How a case ended.
fn ended(trace: &Trace) -> String {
    let outcome = match trace.termination_reason {
        Some(guard) => format!("{} ({guard})", trace.outcome),
        None => trace.outcome.to_string(),
    };
    match &trace.error {
        None => outcome,
        Some(failure) => beginning(&format!("{outcome} ({}): {}", failure.kind, failure.message)),
    }
}

/// The calls of tools, in order.
fn tools(trace: &Trace) -> String {
    let calls = trace.turns.iter().flat_map(|turn| &turn.tool_calls);
    let calls = calls.map(|call| {
        let name = call.name.as_ref().map_or("", |name| name.as_str());
        let arguments = call.arguments.as_ref().map_or("", |arguments| arguments.as_str());
        format!("{name}({arguments})")
    });
    let calls: Vec<_> = calls.collect();
    if calls.is_empty() { "no tool".to_owned() } else { beginning(&calls.join(", ")) }
}

fn beginning(text: &str) -> String {
    text.chars().take(KEPT).collect()
}
