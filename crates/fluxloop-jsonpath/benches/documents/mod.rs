//! The documents in which the benches look, and what they look for: plain data, for every program
//! that measures.

/// The data of one event of a stream, as a decoder hands it over.
pub(crate) struct Document {
    /// The name of its row.
    pub(crate) name: &'static str,
    /// The data.
    pub(crate) text: &'static str,
    /// The data of the event that follows it in the stream: the same but for the text.
    pub(crate) next: &'static str,
    /// Where the text is.
    pub(crate) path: &'static str,
    /// The same as a JSON pointer (RFC 6901), for libraries that take steps: numbers are indices.
    pub(crate) pointer: &'static [&'static str],
}

/// The three documents: a chunk of OpenAI's chat completions (306 bytes), an event of Anthropic's
/// messages (86 bytes), and what a plain server sends.
pub(crate) const DOCUMENTS: [Document; 3] = [
    Document {
        name: "openai_306",
        text: concat!(
            r#"{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","#,
            r#""created":1741570283,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","#,
            r#""system_fingerprint":"fp_06737a9306","choices":[{"index":0,"#,
            r#""delta":{"content":" stream of it"},"logprobs":null,"finish_reason":null}],"#,
            r#""usage":null}"#,
        ),
        next: concat!(
            r#"{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","#,
            r#""created":1741570283,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","#,
            r#""system_fingerprint":"fp_06737a9306","choices":[{"index":0,"#,
            r#""delta":{"content":" goes on"},"logprobs":null,"finish_reason":null}],"#,
            r#""usage":null}"#,
        ),
        path: "choices[0].delta.content",
        pointer: &["choices", "0", "delta", "content"],
    },
    Document {
        name: "anthropic_86",
        text: concat!(
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","#,
            r#""text":"Hello!"}}"#,
        ),
        next: concat!(
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","#,
            r#""text":" How are"}}"#,
        ),
        path: "delta.text",
        pointer: &["delta", "text"],
    },
    Document {
        name: "plain",
        text: r#"{"delta":"Hello"}"#,
        next: r#"{"delta":" world"}"#,
        path: "delta",
        pointer: &["delta"],
    },
];

/// About what a client looks for in every event, in one pass.
pub(crate) const TWENTY_PATHS: [&str; 20] = [
    "choices[0].delta.content",
    "delta.text",
    "delta",
    "type",
    "error",
    "error.message",
    "choices[0].finish_reason",
    "choices[0].delta.tool_calls",
    "delta.stop_reason",
    "response.status",
    "response.error",
    "response.model",
    "message.model",
    "model",
    "usage.prompt_tokens",
    "usage.completion_tokens",
    "usage.total_tokens",
    "usage.input_tokens",
    "usage.output_tokens",
    "response.usage.output_tokens",
];
