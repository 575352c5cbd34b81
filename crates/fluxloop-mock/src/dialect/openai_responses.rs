//! OpenAI's responses.
//!
//! A stream opens with the response, its one message and the message's one part, sends a
//! `response.output_text.delta` for each delta, and closes them in the opposite order; the last
//! event, `response.completed`, has the whole response and its usage. Each event has a type, in
//! its line `event:` and in its data, and a number.
//! Source: <https://platform.openai.com/docs/api-reference/responses-streaming>.

use serde_json::{Value, json};

use super::{Heard, Refusal, Voice, openai, prompt};
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
    let (input, mut input_tokens) = match document.get("input") {
        Some(Value::String(text)) => (text.clone(), count_tokens(text)),
        Some(Value::Array(items)) if !items.is_empty() => {
            let said = prompt::last_said(items).unwrap_or_default();
            (said.into_owned(), prompt::count_messages(items))
        }
        Some(Value::Null) | None => return Err(prompt::missing("input")),
        Some(_) => return Err(prompt::wrong_type("input", "a string or a non-empty array")),
    };
    let instructions = document.get("instructions").and_then(Value::as_str).map(str::to_owned);
    input_tokens += instructions.as_deref().map_or(0, count_tokens);
    let voice = Responses {
        id: identity.hex("resp_", 48),
        item_id: identity.hex("msg_", 48),
        created: identity.created,
        model,
        instructions,
        input_tokens,
        sequence: 0,
    };
    Ok(Heard { input, stream: prompt::wants_stream(&document), voice: Box::new(voice) })
}

struct Responses {
    id: String,
    item_id: String,
    created: u64,
    model: String,
    instructions: Option<String>,
    input_tokens: u64,
    /// The number of the next event.
    sequence: u64,
}

impl Responses {
    /// An event of this type, with these keys behind its type and number.
    fn send(&mut self, event_type: &str, keys: Value, out: &mut EventWriter) {
        let mut data = json!({"type": event_type, "sequence_number": self.sequence});
        if let (Some(data), Value::Object(keys)) = (data.as_object_mut(), keys) {
            data.extend(keys);
        }
        self.sequence += 1;
        out.event(Some(event_type), &data.to_string());
    }

    fn part(text: &str) -> Value {
        json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text})
    }

    fn item(&self, text: Option<&str>) -> Value {
        json!({
            "id": self.item_id,
            "type": "message",
            "status": if text.is_some() { "completed" } else { "in_progress" },
            "content": text.map(Self::part).into_iter().collect::<Vec<_>>(),
            "role": "assistant",
        })
    }

    /// The response; without text, at its beginning.
    fn response(&self, text: Option<&str>) -> Value {
        json!({
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": if text.is_some() { "completed" } else { "in_progress" },
            "background": false,
            "error": null,
            "incomplete_details": null,
            "instructions": self.instructions,
            "max_output_tokens": null,
            "model": self.model,
            "output": text.map(|text| self.item(Some(text))).into_iter().collect::<Vec<_>>(),
            "parallel_tool_calls": true,
            "previous_response_id": null,
            "reasoning": {"effort": null, "summary": null},
            "service_tier": "default",
            "store": true,
            "temperature": 1.0,
            "text": {"format": {"type": "text"}, "verbosity": "medium"},
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": text.map(|text| self.usage(text)),
            "user": null,
            "metadata": {},
        })
    }

    fn usage(&self, text: &str) -> Value {
        let output_tokens = count_tokens(text);
        json!({
            "input_tokens": self.input_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": self.input_tokens + output_tokens,
        })
    }
}

impl Voice for Responses {
    fn open(&mut self, out: &mut EventWriter) {
        let response = json!({"response": self.response(None)});
        self.send("response.created", response.clone(), out);
        self.send("response.in_progress", response, out);
        let item = json!({"output_index": 0, "item": self.item(None)});
        self.send("response.output_item.added", item, out);
        let part = json!({
            "item_id": self.item_id, "output_index": 0, "content_index": 0, "part": Self::part(""),
        });
        self.send("response.content_part.added", part, out);
    }

    fn delta(&mut self, delta: &str, out: &mut EventWriter) {
        let sequence = self.sequence.to_string();
        self.sequence += 1;
        out.event_with(Some("response.output_text.delta"), |data| {
            data.push_str(r#"{"type":"response.output_text.delta","sequence_number":"#);
            data.push_str(&sequence);
            data.push_str(r#","item_id":""#);
            data.push_str(&self.item_id);
            data.push_str(r#"","output_index":0,"content_index":0,"delta":"#);
            push_string(data, delta);
            data.push_str(r#","logprobs":[]}"#);
        });
    }

    fn like_delta(&mut self, data: &str, out: &mut EventWriter) {
        out.event(Some("response.output_text.delta"), data);
    }

    fn close(&mut self, text: &str, out: &mut EventWriter) {
        let item_id = self.item_id.clone();
        let done = json!({
            "item_id": item_id, "output_index": 0, "content_index": 0, "text": text, "logprobs": [],
        });
        self.send("response.output_text.done", done, out);
        let part = json!({
            "item_id": item_id, "output_index": 0, "content_index": 0, "part": Self::part(text),
        });
        self.send("response.content_part.done", part, out);
        let item = json!({"output_index": 0, "item": self.item(Some(text))});
        self.send("response.output_item.done", item, out);
        let response = json!({"response": self.response(Some(text))});
        self.send("response.completed", response, out);
    }

    fn error(&mut self, error_type: &str, message: &str, out: &mut EventWriter) {
        let mut response = self.response(None);
        response["status"] = json!("failed");
        response["error"] = json!({"code": error_type, "message": message});
        self.send("response.failed", json!({"response": response}), out);
    }

    fn whole(&mut self, text: &str) -> String {
        self.response(Some(text)).to_string()
    }

    fn whole_error(&mut self, error_type: &str, message: &str) -> String {
        openai::error_document(error_type, message, None, None).to_string()
    }
}
