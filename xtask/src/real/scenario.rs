//! What the servers of the groups answer: the same cases in every protocol.

use fastrand::Rng;
use serde::Serialize;

/// One request and its answer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Case {
    /// The input that is sent; the server finds the case by it.
    pub(super) name: String,
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
    usage: Usage,
}

/// A part of an answer, in pieces.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    Text(Vec<String>),
    Reasoning(Vec<String>),
    /// Text that the server takes back afterwards.
    Discarded(Vec<String>),
    Call {
        id: String,
        name: String,
        /// Pieces of a JSON object.
        arguments: Vec<String>,
        result: Option<String>,
    },
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Whole,
    NeedsInput,
    /// The protocol's own report of a failure.
    Error,
    /// The connection is closed in the middle of the body.
    Break,
    /// The body ends cleanly, without the end of the protocol.
    Stop,
}

/// Token counts. `input` includes `cached`, `output` includes `reasoning`.
#[derive(Clone, Copy, Debug, Serialize)]
struct Usage {
    input: u32,
    output: u32,
    reasoning: u32,
    cached: u32,
}

/// Something that a protocol may have beyond text and errors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    Reasoning,
    ToolCalls,
    /// Results of tool calls.
    Results,
    Discarded,
    NeedsInput,
    Usage,
}

/// Text that a reader can take for something else, or cut in the wrong place. U+2028 is not there:
/// clients that stand on `httpx-sse` take it for a line end. No text ends in `[DONE]`, of which a
/// record warns.
const WORDS: &[&str] = &[
    "river",
    " two  spaces ",
    "\n",
    "\r\n",
    "\"quoted\"",
    "\\",
    "data: [DONE];",
    "\n\ndata: x\n\n",
    "{\"text\": \"no\"}",
    "Gr\u{fc}\u{df}e",
    "\u{1f980}",
    "\u{65e5}\u{672c}",
    "e\u{301}",
    "\t",
    "null",
    "]",
    "end.",
    " ",
    "42",
];

/// The cases of a protocol that has these parts.
pub(super) fn cases(seed: u64, has: &[Part]) -> Vec<Case> {
    let mut chance = Rng::with_seed(seed);
    let mut cases = Vec::new();
    for (kind, count, needs, end) in [
        ("text", 13, None, End::Whole),
        ("reasoning", 3, Some(Part::Reasoning), End::Whole),
        ("tools", 6, Some(Part::ToolCalls), End::Whole),
        ("discarded", 2, Some(Part::Discarded), End::Whole),
        ("needs_input", 2, Some(Part::NeedsInput), End::NeedsInput),
        ("error", 3, None, End::Error),
        ("break", 2, None, End::Break),
        ("stop", 2, None, End::Stop),
    ] {
        for number in 0..count {
            let case = case(kind, number, end, has, &mut chance);
            if needs.is_none_or(|part| has.contains(&part)) {
                cases.push(case);
            }
        }
    }
    cases
}

fn case(kind: &str, number: u32, end: End, has: &[Part], chance: &mut Rng) -> Case {
    let pieces = match (kind, number) {
        ("text", 0) => 1,
        ("text", 1) => 200,
        _ => chance.usize(3..12),
    };
    let text = |pieces, chance: &mut Rng| Step::Text(words(pieces, chance));
    let steps = match kind {
        "reasoning" => vec![Step::Reasoning(words(4, chance)), text(pieces, chance)],
        "tools" => {
            let calls = if number % 3 == 2 { 2 } else { 1 };
            let results = has.contains(&Part::Results) && number.is_multiple_of(2);
            let mut steps = vec![text(2, chance)];
            steps.extend((0..calls).map(|call| tool_call(number, call, results, chance)));
            // With results the model goes on.
            steps.extend(results.then(|| text(3, chance)));
            steps
        }
        "discarded" => vec![Step::Discarded(words(3, chance)), text(pieces, chance)],
        // The first error comes before any text.
        "error" if number == 0 => vec![],
        _ => vec![text(pieces, chance)],
    };
    let (reasoning, cached) = (chance.u32(1..50), chance.u32(1..50));
    let usage = Usage {
        input: cached + chance.u32(1..500),
        output: reasoning + chance.u32(1..500),
        reasoning,
        cached,
    };
    Case { name: format!("{kind}-{number}"), steps, end, usage }
}

fn words(count: usize, chance: &mut Rng) -> Vec<String> {
    let word = |chance: &mut Rng| (*chance.choice(WORDS).unwrap_or(&"x")).to_owned();
    // The text as a whole is never blank.
    std::iter::once("The".to_owned()).chain((1..count).map(|_| word(chance))).collect()
}

fn tool_call(number: u32, call: u32, has_result: bool, chance: &mut Rng) -> Step {
    let arguments = match number {
        0 => String::from("{}"),
        1 => {
            r#"{"river": "Loire", "nested": {"list": [1, 2.5, null, true]}, "quote": "\"}"}"#.into()
        }
        _ => format!("{{\"river\": \"Rh\u{f4}ne {call}\", \"limit\": {}}}", chance.u32(..1000)),
    };
    Step::Call {
        id: format!("call_{number}_{call}"),
        name: ["length_of", "find_river"][usize::from(chance.bool())].to_owned(),
        arguments: cut(&arguments, chance),
        result: has_result.then(|| format!("{} km", chance.u32(1..2000))),
    }
}

/// Cuts a text into pieces of one to six characters.
fn cut(text: &str, chance: &mut Rng) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut room = chance.usize(1..=6);
    for character in text.chars() {
        if room == 0 {
            pieces.push(String::new());
            room = chance.usize(1..=6);
        }
        room -= 1;
        pieces.last_mut().expect("there is one").push(character);
    }
    pieces
}

impl Case {
    /// The text of the whole answer, which every client has to read.
    pub(super) fn text(&self) -> String {
        let pieces = self.steps.iter().map(|step| match step {
            Step::Text(pieces) => pieces.concat(),
            _ => String::new(),
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_of_text_alone_has_twenty_cases() {
        let cases = cases(1, &[]);
        assert_eq!(cases.len(), 20);
        assert!(cases.iter().all(|case| matches!(&case.steps[..], [] | [Step::Text(_)])));
    }

    #[test]
    fn parts_add_cases() {
        let has = [Part::Reasoning, Part::ToolCalls, Part::Discarded, Part::NeedsInput];
        assert_eq!(cases(1, &has).len(), 33);
    }

    #[test]
    fn the_same_seed_gives_the_same_text() {
        let all = |seed| cases(seed, &[]).iter().map(Case::text).collect::<String>();
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
    }

    #[test]
    fn pieces_of_arguments_join_to_json() {
        let has = [Part::ToolCalls, Part::Results];
        for step in cases(3, &has).iter().flat_map(|case| &case.steps) {
            if let Step::Call { arguments, .. } = step {
                serde_json::from_str::<serde_json::Value>(&arguments.concat()).expect("JSON");
            }
        }
    }
}
