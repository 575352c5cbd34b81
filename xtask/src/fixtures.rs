//! `cargo xtask fixtures`: event streams as the mock agent plays them, for the tests.
//!
//! Each stream `name.sse` has a `name.json` beside it: how to read it, and what must come out. The
//! text is the question itself, because the mock echoes it: it is known here without decoding
//! anything.

use anyhow::{Context, Result};
use fluxloop_mock::{MockOptions, MockRequest, transcript};
use serde_json::{Value, json};

use crate::generated::{Generator, Mode};

/// What is asked, and answered: characters of one to four bytes, what JSON escapes, an empty line,
/// and a space at the end, which nobody may trim.
const QUESTION: &str = "Grüße an \"Ada\" — 1 < 2,\n\n日本語 🚀 \\o/ und zurück ";

/// One stream: a request, and the configuration that reads its answer.
struct Stream {
    name: &'static str,
    path: &'static str,
    body: Value,
    event_filter: Option<&'static str>,
    output_path: &'static str,
}

/// Every dialect at its own route, with the fixed seed and time of the mock's defaults.
fn streams() -> [Stream; 5] {
    let messages = json!([{ "role": "user", "content": QUESTION }]);
    let chat = json!({ "model": "gpt-4o-mini", "messages": messages, "stream": true });
    let mut chat_with_usage = chat.clone();
    chat_with_usage["stream_options"] = json!({ "include_usage": true });
    [
        Stream {
            name: "openai-chat",
            path: "/v1/chat/completions",
            body: chat,
            event_filter: None,
            output_path: "choices[0].delta.content",
        },
        Stream {
            name: "openai-chat-usage",
            path: "/v1/chat/completions",
            body: chat_with_usage,
            event_filter: None,
            output_path: "choices[0].delta.content",
        },
        Stream {
            name: "openai-responses",
            path: "/v1/responses",
            body: json!({ "model": "gpt-4o-mini", "input": QUESTION, "stream": true }),
            event_filter: Some("response.output_text.delta"),
            output_path: "delta",
        },
        Stream {
            name: "anthropic",
            path: "/v1/messages",
            body: json!({
                "model": "claude-sonnet-4-5",
                "max_tokens": 1024,
                "messages": messages,
                "stream": true,
            }),
            event_filter: Some("content_block_delta"),
            output_path: "delta.text",
        },
        Stream {
            name: "custom",
            path: "/chat",
            body: json!({ "input": QUESTION }),
            event_filter: Some("message"),
            output_path: "delta",
        },
    ]
}

/// Writes or checks `tests/fixtures/streams`.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let mut generator = Generator::new("cargo xtask fixtures", "tests/fixtures/streams", mode);
    for stream in streams() {
        let body = play(&stream)?;
        generator.file(&format!("{}.sse", stream.name), &body)?;
        generator.file(&format!("{}.json", stream.name), expected(&stream).as_bytes())?;
    }
    generator.finish()
}

/// The bytes of the answer.
fn play(stream: &Stream) -> Result<Vec<u8>> {
    let name = stream.name;
    let options = MockOptions::default();
    let request = MockRequest::post(stream.path, stream.body.to_string());
    let answer = transcript(&options, 0, &request)
        .with_context(|| format!("the mock gives no answer for `{name}`"))?;
    anyhow::ensure!(answer.status.is_success(), "the mock refuses `{name}`: {}", answer.status);
    Ok(answer.body.to_vec())
}

/// How to read the stream, and what comes out. The keys are in alphabetical order, whichever order
/// the JSON library keeps.
fn expected(stream: &Stream) -> String {
    let expected = json!({
        "stream_event_filter": stream.event_filter,
        "stream_output_path": stream.output_path,
        "text": QUESTION,
    });
    format!("{expected:#}\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fluxloop_aggregate::{Aggregator, AnswerReader, AnswerRules, Content, Push};
    use fluxloop_frames::{Frames, Framing};
    use fluxloop_jsonpath::JsonPath;
    use fluxloop_schema::{Schema, StreamKind, TypePattern};

    use super::*;

    /// Reads a stream that arrives in pieces of so many bytes, as its expectation says.
    fn read(stream: &Stream, body: &[u8], piece: usize) -> Content {
        let path = JsonPath::parse(stream.output_path).expect("the path is valid");
        let filter = stream
            .event_filter
            .map(|event_type| vec![TypePattern { text: event_type.to_owned(), is_prefix: false }]);
        let schema = Schema::auto().with_text(filter, Some(path));
        let reader = AnswerReader::new(&AnswerRules::new(StreamKind::Sse, schema));
        let mut frames = Frames::new(Framing::EventStream, 1 << 20);
        let mut aggregator = Aggregator::new(&reader, None);
        for chunk in body.chunks(piece) {
            let mut fed = frames.feed(chunk);
            while let Some(frame) = fed.next() {
                let frame = frame.expect("the events are small");
                if aggregator.push(&frame, Duration::ZERO).expect("the stream has no error")
                    == Push::Done
                {
                    return aggregator.finish(None, Duration::ZERO).0;
                }
            }
        }
        panic!("`{}` has no done marker", stream.name);
    }

    #[test]
    fn what_the_mock_plays_is_read_back_however_it_is_cut() {
        for stream in streams() {
            let body = play(&stream).expect("the mock answers");
            for piece in [body.len(), 1, 2, 7] {
                let answer = read(&stream, &body, piece);
                assert_eq!(answer.text.text, QUESTION, "`{}` by {piece} bytes", stream.name);
                assert!(answer.done);
            }
        }
    }

    #[test]
    fn a_stream_is_the_same_each_time() {
        for stream in streams() {
            let body = play(&stream).expect("the mock answers");
            assert_eq!(body, play(&stream).expect("the mock answers"));
        }
    }
}
