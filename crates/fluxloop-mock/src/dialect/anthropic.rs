//! Anthropic's messages.
//!
//! A stream is `message_start` (with the usage of the input), `content_block_start`, a `ping`, a
//! `content_block_delta` for each delta, `content_block_stop`, `message_delta` (with the stop
//! reason and the usage of the output) and `message_stop`.
//! Source: <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Heard, Refusal, Voice, prompt};
use crate::identity::Identity;
use crate::json::push_string;
use crate::program::EventWriter;
use crate::request::MockRequest;
use crate::text::count_tokens;

/// Reads a request.
pub(super) fn read<'a>(
    request: &MockRequest,
    mut identity: Identity,
) -> Result<Heard<'a>, Refusal> {
    let document = prompt::document(request)?;
    let model = prompt::required_text(&document, "model")?.to_owned();
    if !document.get("max_tokens").ok_or_else(|| prompt::missing("max_tokens"))?.is_u64() {
        return Err(prompt::wrong_type("max_tokens", "a positive integer"));
    }
    let messages = prompt::required_list(&document, "messages")?;
    let system = document.get("system").map(prompt::text_of).unwrap_or_default();
    let voice = Messages {
        id: identity.alphanumeric("msg_01", 22),
        model,
        input_tokens: prompt::count_messages(messages) + count_tokens(&system),
    };
    Ok(Heard {
        input: prompt::last_said(messages).unwrap_or_default().into_owned(),
        stream: prompt::wants_stream(&document),
        voice: Box::new(voice),
    })
}

/// The body of an error.
pub(super) fn error_body(refusal: &Refusal, mut identity: Identity) -> String {
    let mut body = error_document(refusal.error_type, &refusal.message);
    body["request_id"] = json!(identity.alphanumeric("req_01", 22));
    body.to_string()
}

fn error_document(error_type: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": error_type, "message": message}})
}

/// What Anthropic calls the error of a status: <https://docs.anthropic.com/en/api/errors>.
pub(super) fn error_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

struct Messages {
    id: String,
    model: String,
    input_tokens: u64,
}

impl Messages {
    fn message(&self, text: Option<&str>) -> Value {
        json!({
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": text.map(|text| json!({"type": "text", "text": text}))
                .into_iter().collect::<Vec<_>>(),
            "stop_reason": text.map(|_| "end_turn"),
            "stop_sequence": null,
            "usage": {
                "input_tokens": self.input_tokens,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                // `message_start` already counts one, which the count at the end includes.
                "output_tokens": text.map_or(1, count_tokens),
                "service_tier": "standard",
            },
        })
    }
}

impl Voice for Messages {
    fn open(&mut self, out: &mut EventWriter) {
        let start = json!({"type": "message_start", "message": self.message(None)});
        out.event(Some("message_start"), &start.to_string());
        out.event(
            Some("content_block_start"),
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        );
        out.event(Some("ping"), r#"{"type":"ping"}"#);
    }

    fn delta(&mut self, delta: &str, out: &mut EventWriter) {
        out.event_with(Some("content_block_delta"), |data| {
            data.push_str(
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"#,
            );
            push_string(data, delta);
            data.push_str("}}");
        });
    }

    fn like_delta(&mut self, data: &str, out: &mut EventWriter) {
        out.event(Some("content_block_delta"), data);
    }

    fn close(&mut self, text: &str, out: &mut EventWriter) {
        out.event(Some("content_block_stop"), r#"{"type":"content_block_stop","index":0}"#);
        let delta = json!({
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": null},
            "usage": {"output_tokens": count_tokens(text)},
        });
        out.event(Some("message_delta"), &delta.to_string());
        out.event(Some("message_stop"), r#"{"type":"message_stop"}"#);
    }

    fn error(&mut self, error_type: &str, message: &str, out: &mut EventWriter) {
        out.event(Some("error"), &self.whole_error(error_type, message));
    }

    fn whole(&mut self, text: &str) -> String {
        self.message(Some(text)).to_string()
    }

    fn whole_error(&mut self, error_type: &str, message: &str) -> String {
        error_document(error_type, message).to_string()
    }
}
