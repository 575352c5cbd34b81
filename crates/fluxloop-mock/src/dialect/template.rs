//! Frames and documents with placeholders.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Defines the placeholders: the variant, the name between `{{` and `}}`, and the meaning.
macro_rules! slots {
    ($($Slot:ident $name:literal $meaning:literal)*) => {
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Slot { $(#[doc = $meaning] $Slot,)* }

        impl Slot {
            /// Every placeholder: its name and its meaning.
            pub(crate) const DOCS: &[(&str, &str)] = &[$(($name, $meaning),)*];

            fn named(name: &str) -> Option<Self> {
                Some(match name { $($name => Self::$Slot,)* _ => return None })
            }
        }
    };
}

slots! {
    Text "text" "a piece of the text; its frame is repeated for each piece"
    Data "data" "a piece of the text as the data of an event; its frame is repeated like that of `text`"
    Raw "raw" "a piece of the text as it is; its frame is repeated like that of `text`"
    SoFar "so_far" "the text up to and including this piece; its frame is repeated like that of `text`"
    All "all" "the whole text"
    Reasoning "reasoning" "a piece of the reasoning; its frame is repeated for each piece"
    AllReasoning "all_reasoning" "the whole reasoning"
    Arguments "arguments" "a piece of a tool call's arguments; its frame is repeated for each piece"
    AllArguments "all_arguments" "the whole arguments as a text"
    ArgumentsJson "arguments_json" "the whole arguments as a JSON object, without quotes"
    ToolName "tool_name" "the name of the tool"
    ToolId "tool_id" "the ID of the tool call"
    ToolIndex "tool_index" "the number of the tool call, from 0"
    InputTokens "input_tokens" "the tokens of the input"
    OutputTokens "output_tokens" "the tokens of the output, reasoning included"
    TextTokens "text_tokens" "the tokens of the text"
    ReasoningTokens "reasoning_tokens" "the tokens of the reasoning"
    TotalTokens "total_tokens" "the tokens of input and output"
    Frame "n" "the number of the frame, from 0"
    Piece "piece" "the number of the piece, from 0"
    Block "block" "the number of the block, from 0; only blocks with this placeholder count"
    Id "id" "letters and digits that no other answer has"
    RequestId "request_id" "the request's ID, the same in headers and body"
    RpcId "rpc_id" "the member `id` of the request, for JSON-RPC"
    Model "model" "the member `model` of the request, or `mock`"
    Created "created" "the time of creation, in seconds since 1970"
    Message "message" "what is wrong"
    ErrorType "error_type" "the provider's name of the kind of error"
    Param "param" "the member of the request that is wrong, or null"
    Code "code" "the code of the error, or null"
}

/// A call of a tool that an answer makes.
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) arguments: String,
}

#[derive(Default)]
pub(crate) struct Values<'a> {
    pub(crate) id: String,
    pub(crate) request_id: String,
    pub(crate) rpc_id: Value,
    pub(crate) model: String,
    pub(crate) created: u64,
    pub(crate) input_tokens: u64,
    pub(crate) text_tokens: u64,
    pub(crate) reasoning_tokens: u64,
    pub(crate) all: Cow<'a, str>,
    pub(crate) reasoning: &'a str,
    pub(crate) calls: &'a [Call],
    pub(crate) call: usize,
    pub(crate) piece: &'a str,
    /// The pieces of text so far, this one included.
    pub(crate) so_far: String,
    pub(crate) pieces: u64,
    pub(crate) frames: u64,
    pub(crate) blocks: u64,
    pub(crate) error_type: &'a str,
    pub(crate) message: &'a str,
    pub(crate) param: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
}

impl Values<'_> {
    fn get(&self, slot: Slot) -> Value {
        let call = self.calls.get(self.call);
        match slot {
            Slot::Text | Slot::Data | Slot::Raw | Slot::Reasoning | Slot::Arguments => {
                self.piece.into()
            }
            Slot::SoFar => self.so_far.as_str().into(),
            Slot::All => self.all.as_ref().into(),
            Slot::AllReasoning => self.reasoning.into(),
            Slot::AllArguments => call.map(|call| call.arguments.as_str()).into(),
            Slot::ArgumentsJson => {
                call.and_then(|call| serde_json::from_str(&call.arguments).ok()).unwrap_or_default()
            }
            Slot::ToolName => call.map(|call| call.name).into(),
            Slot::ToolId => call.map(|call| call.id.as_str()).into(),
            Slot::ToolIndex => self.call.into(),
            Slot::InputTokens => self.input_tokens.into(),
            Slot::OutputTokens => (self.text_tokens + self.reasoning_tokens).into(),
            Slot::TextTokens => self.text_tokens.into(),
            Slot::ReasoningTokens => self.reasoning_tokens.into(),
            Slot::TotalTokens => {
                (self.input_tokens + self.text_tokens + self.reasoning_tokens).into()
            }
            Slot::Frame => self.frames.into(),
            Slot::Piece => self.pieces.into(),
            Slot::Block => self.blocks.into(),
            Slot::Id => self.id.as_str().into(),
            Slot::RequestId => self.request_id.as_str().into(),
            Slot::RpcId => self.rpc_id.clone(),
            Slot::Model => self.model.as_str().into(),
            Slot::Created => self.created.into(),
            Slot::Message => self.message.into(),
            Slot::ErrorType => self.error_type.into(),
            Slot::Param => self.param.into(),
            Slot::Code => self.code.into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Fixed(String),
    Slot(Slot),
    /// A word for an answer without tool calls, and a word for an answer with tool calls.
    Either(String, String),
}

impl Part {
    fn named(name: &str) -> Option<Self> {
        let Some((without, with)) = name.split_once('|') else {
            return Slot::named(name).map(Self::Slot);
        };
        let is_word =
            |text: &str| text.chars().all(|it| it.is_ascii_alphanumeric() || "_-".contains(it));
        (is_word(without) && is_word(with)).then(|| Self::Either(without.into(), with.into()))
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frame(pub(crate) Vec<Part>);

impl Frame {
    /// Reads a text with placeholders. A name that is not known stays as it is.
    pub(crate) fn parse(text: &str) -> Self {
        let (mut parts, mut fixed, mut rest) = (Vec::new(), String::new(), text);
        while let Some((before, after)) = rest.split_once("{{") {
            fixed.push_str(before);
            let found =
                after.split_once("}}").and_then(|(name, after)| Some((Part::named(name)?, after)));
            let Some((part, after)) = found else {
                fixed.push('{');
                rest = &rest[before.len() + 1..];
                continue;
            };
            parts.extend([Part::Fixed(std::mem::take(&mut fixed)), part]);
            rest = after;
        }
        fixed.push_str(rest);
        parts.push(Part::Fixed(fixed));
        parts.retain(|part| *part != Part::Fixed(String::new()));
        Self(parts)
    }

    pub(crate) fn has(&self, slots: &[Slot]) -> bool {
        self.0.iter().any(|part| match part {
            Part::Slot(slot) => slots.contains(slot),
            Part::Fixed(_) | Part::Either(..) => false,
        })
    }

    pub(crate) fn replace(&mut self, old: Slot, new: Slot) {
        for part in &mut self.0 {
            if *part == Part::Slot(old) {
                *part = Part::Slot(new);
            }
        }
    }

    /// The frame with everything filled that is the same for all of its pieces.
    pub(crate) fn bound(&self, values: &Values<'_>) -> Self {
        use Slot::{Arguments, Data, Frame, Piece, Raw, Reasoning, SoFar, Text};
        let mut parts = vec![Part::Fixed(String::new())];
        let varying = [Text, Data, Raw, SoFar, Reasoning, Arguments, Frame, Piece];
        for part in &self.0 {
            match (part, parts.last_mut()) {
                (Part::Slot(slot), _) if varying.contains(slot) => {
                    parts.extend([Part::Slot(*slot), Part::Fixed(String::new())]);
                }
                (part, Some(Part::Fixed(text))) => Self(vec![part.clone()]).write(values, text),
                _ => {}
            }
        }
        Self(parts)
    }

    /// Appends the frame with its placeholders filled, texts escaped as in a JSON string.
    pub(crate) fn write(&self, values: &Values<'_>, out: &mut String) {
        self.fill(values, out, |slot, text, out| {
            if slot == Slot::Raw {
                return out.push_str(text);
            }
            if slot == Slot::Data {
                // Each line of the text is a line of data; CR and LF both end a line.
                let lines = text.replace("\r\n", "\n").replace(['\r', '\n'], "\ndata: ");
                return out.push_str(&lines);
            }
            let json = Value::from(text).to_string();
            out.push_str(&json[1..json.len() - 1]);
        });
    }

    /// Its text with its placeholders filled, unescaped.
    pub(crate) fn text(&self, values: &Values<'_>) -> String {
        let mut out = String::new();
        self.fill(values, &mut out, |_, text, out| out.push_str(text));
        out
    }

    fn fill(&self, values: &Values<'_>, out: &mut String, push: impl Fn(Slot, &str, &mut String)) {
        for part in &self.0 {
            match part {
                Part::Fixed(text) => out.push_str(text),
                Part::Either(without, with) => {
                    out.push_str(if values.calls.is_empty() { without } else { with });
                }
                Part::Slot(slot) => match values.get(*slot) {
                    Value::String(text) => push(*slot, &text, out),
                    other => out.push_str(&other.to_string()),
                },
            }
        }
    }
}

const CALL: &[Slot] =
    &[Slot::AllArguments, Slot::ArgumentsJson, Slot::ToolName, Slot::ToolId, Slot::ToolIndex];

/// Fills a document. A text that is a placeholder and nothing else becomes its value, of whatever
/// type. An element of a list that is about a tool call is repeated for each call; elements and
/// members about reasoning or a call that the answer does not have are left out.
pub(crate) fn fill(template: &Value, values: &mut Values<'_>) -> Value {
    match template {
        Value::String(text) => {
            let text = Frame::parse(text);
            let [Part::Slot(slot)] = *text.0 else { return text.text(values).into() };
            values.get(slot)
        }
        Value::Array(items) => {
            let mut filled = Vec::new();
            for item in items {
                let is_text = mentions(item, &[Slot::All]);
                if !is_text && mentions(item, CALL) {
                    for call in 0..values.calls.len() {
                        values.call = call;
                        filled.push(fill(item, values));
                    }
                } else if is_text || !is_missing(item, values) {
                    filled.push(fill(item, values));
                }
            }
            filled.into()
        }
        Value::Object(members) => {
            let mut filled = Map::new();
            for (name, value) in members {
                if mentions(value, &[Slot::All]) || !is_missing(value, values) {
                    filled.insert(name.clone(), fill(value, values));
                }
            }
            filled.into()
        }
        other => other.clone(),
    }
}

/// Whether a value is about something that the answer does not have.
fn is_missing(template: &Value, values: &Values<'_>) -> bool {
    (values.reasoning.is_empty() && mentions(template, &[Slot::AllReasoning]))
        || (values.calls.is_empty() && mentions(template, CALL))
}

fn mentions(template: &Value, slots: &[Slot]) -> bool {
    match template {
        Value::String(text) => Frame::parse(text).has(slots),
        Value::Array(items) => items.iter().any(|item| mentions(item, slots)),
        Value::Object(members) => members.values().any(|value| mentions(value, slots)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(calls: &[Call]) -> Values<'_> {
        Values { all: "a \"b\"".into(), input_tokens: 3, calls, ..Values::default() }
    }

    fn calls(count: usize) -> Vec<Call> {
        let call = |n| Call { id: format!("c{n}"), name: "f", arguments: "{\"x\":1}".to_owned() };
        (0..count).map(call).collect()
    }

    #[track_caller]
    fn check_frame(template: &str, expected: &str) {
        let mut out = String::new();
        Frame::parse(template).write(&values(&calls(1)), &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn texts_in_a_frame_are_escaped() {
        check_frame(
            r#"data: {"t":"{{all}}","n":{{input_tokens}}}"#,
            r#"data: {"t":"a \"b\"","n":3}"#,
        );
        check_frame(r#""{{all_arguments}}" {{arguments_json}}"#, r#""{\"x\":1}" {"x":1}"#);
    }

    #[test]
    fn braces_that_are_no_placeholder_stay() {
        check_frame(r#"{"a":{"b":{{{n}}}}} {{other}} {{"#, r#"{"a":{"b":{0}}} {{other}} {{"#);
    }

    #[track_caller]
    fn check_document(template: &Value, count: usize, reasoning: &str, expected: &Value) {
        let calls = calls(count);
        let mut values = Values { reasoning, ..values(&calls) };
        assert_eq!(&fill(template, &mut values), expected);
    }

    #[test]
    fn a_lone_placeholder_becomes_its_value() {
        let template =
            json!({"n": "{{input_tokens}}", "m": "{{input_tokens}} in", "c": "{{code}}"});
        check_document(&template, 0, "", &json!({"n": 3, "m": "3 in", "c": null}));
    }

    #[test]
    fn what_an_answer_does_not_have_is_left_out() {
        let template = json!([{
            "text": "{{all}}",
            "thought": "{{all_reasoning}}",
            "calls": [{"id": "{{tool_id}}", "input": "{{arguments_json}}"}],
        }]);
        check_document(&template, 0, "", &json!([{"text": "a \"b\""}]));
        let calls = json!([{"id": "c0", "input": {"x": 1}}, {"id": "c1", "input": {"x": 1}}]);
        let all = json!([{"text": "a \"b\"", "thought": "hm", "calls": calls}]);
        check_document(&template, 2, "hm", &all);
    }
}
