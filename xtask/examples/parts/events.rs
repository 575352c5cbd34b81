//! A whole answer, as a server streams it.

use std::fmt::Write;

/// How many events of an answer carry text.
pub(crate) const DELTAS: u64 = 100;
/// All events: the first one has a role, the last but one a reason, the last one is `[DONE]`.
pub(crate) const EVENTS: u64 = DELTAS + 3;

const WORDS: [&str; 8] =
    ["The", " sky", " is", " blue", ",", " because", " \\\"short\\\"", " waves"];

/// The event stream of an answer of OpenAI's chat completions.
pub(crate) fn answer() -> String {
    let mut stream = String::new();
    push(&mut stream, r#"{"role":"assistant","content":""}"#, "null");
    for number in 0..DELTAS {
        let word = WORDS[usize::try_from(number).expect("small") % WORDS.len()];
        push(&mut stream, &format!(r#"{{"content":"{word}"}}"#), "null");
    }
    push(&mut stream, "{}", r#""stop""#);
    stream.push_str("data: [DONE]\n\n");
    stream
}

fn push(stream: &mut String, delta: &str, finish_reason: &str) {
    write!(
        stream,
        "data: {{\"id\":\"chatcmpl-7Qw2\",\"object\":\"chat.completion.chunk\",\
         \"created\":1700000000,\"model\":\"gpt-4o-mini\",\"system_fingerprint\":\"fp_44709d6fcb\",\
         \"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\
         \"finish_reason\":{finish_reason}}}]}}\n\n"
    )
    .expect("a string takes everything");
}
