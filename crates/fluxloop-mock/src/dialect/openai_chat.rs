//! OpenAI's chat completions.
//!
//! A stream is: a chunk with the role, a chunk for each delta, a chunk with the finish reason, a
//! chunk with the usage if `stream_options.include_usage` asks for it (every other chunk then has
//! `"usage":null`), and `[DONE]`. No event has a type.
//! Source: <https://platform.openai.com/docs/api-reference/chat-streaming>.

use serde_json::{Value, json};

use super::{Heard, Refusal, Voice, openai, prompt};
use crate::identity::Identity;
use crate::json::{push_string, string};
use crate::program::EventWriter;
use crate::request::MockRequest;
use crate::text::count_tokens;

/// Reads a request.
pub(super) fn read<'a>(request: &MockRequest, identity: Identity) -> Result<Heard<'a>, Refusal> {
    let document = prompt::document(request)?;
    let model = prompt::required_text(&document, "model")?;
    let messages = prompt::required_list(&document, "messages")?;
    let include_usage = document["stream_options"]["include_usage"] == true;
    let voice = Chat::new(model, prompt::count_messages(messages), include_usage, identity);
    Ok(Heard {
        input: prompt::last_said(messages).unwrap_or_default().into_owned(),
        stream: prompt::wants_stream(&document),
        voice: Box::new(voice),
    })
}

struct Chat {
    id: String,
    created: u64,
    model: String,
    fingerprint: String,
    prompt_tokens: u64,
    include_usage: bool,
    /// A chunk up to its choices, which is the same for all chunks of a stream.
    head: String,
}

impl Chat {
    fn new(model: &str, prompt_tokens: u64, include_usage: bool, mut identity: Identity) -> Self {
        let id = identity.alphanumeric("chatcmpl-", 29);
        let fingerprint = identity.hex("fp_", 10);
        let created = identity.created;
        let head = format!(
            "{{\"id\":\"{id}\",\"object\":\"chat.completion.chunk\",\"created\":{created},\
             \"model\":{},\"service_tier\":\"default\",\
             \"system_fingerprint\":\"{fingerprint}\",\"choices\":[",
            string(model),
        );
        Self {
            id,
            created,
            model: model.to_owned(),
            fingerprint,
            prompt_tokens,
            include_usage,
            head,
        }
    }

    /// A chunk with these choices.
    fn chunk(&self, out: &mut EventWriter, choices: impl FnOnce(&mut String)) {
        out.event_with(None, |data| {
            data.push_str(&self.head);
            choices(data);
            data.push_str(if self.include_usage { r#"],"usage":null}"# } else { "]}" });
        });
    }

    fn usage(&self, text: &str) -> Value {
        let completion_tokens = count_tokens(text);
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": self.prompt_tokens + completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        })
    }
}

impl Voice for Chat {
    fn open(&mut self, out: &mut EventWriter) {
        self.chunk(out, |data| {
            data.push_str(r#"{"index":0,"delta":{"role":"assistant","content":"","refusal":null}"#);
            data.push_str(r#","logprobs":null,"finish_reason":null}"#);
        });
    }

    fn delta(&mut self, delta: &str, out: &mut EventWriter) {
        self.chunk(out, |data| {
            data.push_str(r#"{"index":0,"delta":{"content":"#);
            push_string(data, delta);
            data.push_str(r#"},"logprobs":null,"finish_reason":null}"#);
        });
    }

    fn like_delta(&mut self, data: &str, out: &mut EventWriter) {
        out.event(None, data);
    }

    fn close(&mut self, text: &str, out: &mut EventWriter) {
        self.chunk(out, |data| {
            data.push_str(r#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}"#);
        });
        if self.include_usage {
            out.event(None, &format!(r#"{}],"usage":{}}}"#, self.head, self.usage(text)));
        }
        out.event(None, "[DONE]");
    }

    fn error(&mut self, error_type: &str, message: &str, out: &mut EventWriter) {
        out.event(None, &self.whole_error(error_type, message));
    }

    fn whole(&mut self, text: &str) -> String {
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": text,
                    "refusal": null,
                    "annotations": [],
                },
                "logprobs": null,
                "finish_reason": "stop",
            }],
            "usage": self.usage(text),
            "service_tier": "default",
            "system_fingerprint": self.fingerprint,
        })
        .to_string()
    }

    fn whole_error(&mut self, error_type: &str, message: &str) -> String {
        openai::error_document(error_type, message, None, None).to_string()
    }
}
