//! What is known of the protocols that agents speak, as data.
//!
//! Every word of a provider that this crate knows stands here: where protocols put what, how their
//! streams begin and end, how they name errors. The code that reads answers names none of them.
//!
//! Sources: the references of OpenAI (chat completions, responses), Anthropic (messages), Google
//! (`generateContent`), and the sources of vLLM and text-generation-inference.

/// What kind of error it is: whether trying again may help.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ApiErrorClass {
    /// The provider has too much to do.
    Overloaded,
    /// A fault of the provider, a timeout of its own included.
    Server,
    /// Too many requests at once.
    RateLimited,
    /// Nothing is left to spend: trying again does not help before somebody pays.
    Quota,
    /// Anything else: the request itself is at fault, as far as can be known.
    Other,
}

/// What stands at a known place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    Type,
    Object,
    Error,
    ResponseError,
    PromptTokens,
    CompletionTokens,
    TotalTokens,
    Model,
    FinishReason,
    /// The finish reason of the first choice, which ends a chat completion.
    ChoiceFinishReason,
    ResponseStatus,
}

/// The places where providers put what is of interest beside the text: chat completions, Anthropic
/// messages (whose stream wraps the beginning in `message`), the responses API (whose stream wraps
/// everything in `response`), and `finish_reason` as plain servers send it. Of two that are there
/// the later one counts, but for the model.
///
/// Chat completions count `prompt_tokens` and `completion_tokens`, the responses API and Anthropic
/// `input_tokens` and `output_tokens`.
pub(crate) const KEYS: [(Key, &str); 27] = [
    (Key::Type, "type"),
    (Key::Object, "object"),
    (Key::Error, "error"),
    (Key::ResponseError, "response.error"),
    (Key::PromptTokens, "usage.prompt_tokens"),
    (Key::PromptTokens, "usage.input_tokens"),
    (Key::CompletionTokens, "usage.completion_tokens"),
    (Key::CompletionTokens, "usage.output_tokens"),
    (Key::TotalTokens, "usage.total_tokens"),
    (Key::PromptTokens, "message.usage.prompt_tokens"),
    (Key::PromptTokens, "message.usage.input_tokens"),
    (Key::CompletionTokens, "message.usage.completion_tokens"),
    (Key::CompletionTokens, "message.usage.output_tokens"),
    (Key::TotalTokens, "message.usage.total_tokens"),
    (Key::PromptTokens, "response.usage.prompt_tokens"),
    (Key::PromptTokens, "response.usage.input_tokens"),
    (Key::CompletionTokens, "response.usage.completion_tokens"),
    (Key::CompletionTokens, "response.usage.output_tokens"),
    (Key::TotalTokens, "response.usage.total_tokens"),
    (Key::Model, "model"),
    (Key::Model, "message.model"),
    (Key::Model, "response.model"),
    (Key::FinishReason, "finish_reason"),
    (Key::FinishReason, "stop_reason"),
    (Key::FinishReason, "delta.stop_reason"),
    (Key::ChoiceFinishReason, "choices[0].finish_reason"),
    (Key::ResponseStatus, "response.status"),
];

/// The data with which OpenAI and many others end a stream.
pub(crate) const DONE_DATA: &str = "[DONE]";

/// What the name of a frame, or the `type` in its data, says about it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Meaning {
    /// Nothing that matters here.
    #[default]
    Other,
    /// The answer ends: plain servers, Anthropic, the responses API.
    Done,
    /// The answer ends before the model was finished: the responses API.
    Stopped,
    /// It is an error.
    Error,
    /// The responses API gives up.
    Failed,
    /// A stream of this protocol begins.
    Begins(Protocol),
}

impl Meaning {
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "done" | "message_stop" | "response.completed" => Self::Done,
            "response.incomplete" => Self::Stopped,
            "error" => Self::Error,
            "response.failed" => Self::Failed,
            "message_start" => Self::Begins(Protocol::Messages),
            "response.created" => Self::Begins(Protocol::Responses),
            _ => Self::Other,
        }
    }
}

/// A protocol whose streams always show their end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// OpenAI's chat completions, which end with a finish reason and `[DONE]`.
    ChatCompletions,
    /// Anthropic's messages.
    Messages,
    /// OpenAI's responses.
    Responses,
}

impl Protocol {
    /// The protocol that the member `object` of a frame shows.
    pub(crate) fn of_object(object: &str) -> Option<Self> {
        (object == "chat.completion.chunk").then_some(Self::ChatCompletions)
    }

    /// What ends its streams.
    pub fn end(self) -> &'static str {
        match self {
            Self::ChatCompletions => DONE_DATA,
            Self::Messages => "message_stop",
            Self::Responses => "response.completed",
        }
    }

    /// Whether a finish reason ends its streams too: many servers of the protocol leave the marker
    /// out.
    pub(crate) fn ends_with_reason(self) -> bool {
        self == Self::ChatCompletions
    }
}

/// Why models stop when nothing cuts them: OpenAI's chat completions and responses, Anthropic's
/// messages, Gemini. All others (`length`, `max_tokens`, `content_filter`) cut a text, or may.
pub(crate) const NATURAL_ENDS: [&str; 7] =
    ["stop", "completed", "end_turn", "stop_sequence", "tool_calls", "function_call", "tool_use"];

/// What some servers write as a finish reason while no reason exists yet (`DashScope`).
pub(crate) const NO_REASON: &str = "null";

/// Why models stop in order to call a tool.
pub(crate) const TOOL_ENDS: [&str; 3] = ["tool_calls", "function_call", "tool_use"];

/// The statuses of a response that say nothing about its end yet.
pub(crate) const PENDING_STATUSES: [&str; 2] = ["in_progress", "queued"];

/// The status of a response that the model could not finish.
pub(crate) const UNFINISHED_STATUS: &str = "incomplete";

/// The `object` of a whole answer of the responses API, whose `status` says why it stopped. Other
/// servers mean other things by that name.
pub(crate) const RESPONSE_OBJECT: &str = "response";

/// The `object` of an error of older vLLM and of what was built upon it.
pub(crate) const ERROR_OBJECT: &str = "error";

/// The same as it is written in JSON.
pub(crate) const ERROR_OBJECT_QUOTED: &str = "\"error\"";

/// Where the parts of an error are: three names, the name of an error that is a sentence
/// (text-generation-inference), two messages.
pub(crate) const ERROR_PARTS: [&str; 6] =
    ["type", "code", "status", "error_type", "message", "detail"];

/// The names and numbers of errors, without what is not a letter or a digit and in lower case:
/// Google (`UNAVAILABLE`, `INTERNAL`, `RESOURCE_EXHAUSTED`), Anthropic (`api_error`), gateways (the
/// status as a number).
pub(crate) const ERROR_NAMES: [(&[&str], ApiErrorClass); 4] = [
    (&["429", "resourceexhausted"], ApiErrorClass::RateLimited),
    (&["503", "529", "unavailable"], ApiErrorClass::Overloaded),
    (&["408", "500", "502", "504", "internal", "apierror"], ApiErrorClass::Server),
    (&["402"], ApiErrorClass::Quota),
];

/// Parts of such names: OpenAI (`server_error`, `rate_limit_exceeded`, `insufficient_quota`),
/// Anthropic (`overloaded_error`, `rate_limit_error`, `timeout_error`, `billing_error`), vLLM
/// (`InternalServerError`), text-generation-inference (`overloaded`). The first that fits counts.
pub(crate) const ERROR_WORDS: [(&[&str], ApiErrorClass); 4] = [
    (&["quota", "billing", "credit"], ApiErrorClass::Quota),
    (&["ratelimit", "toomanyrequests", "throttl"], ApiErrorClass::RateLimited),
    (&["overloaded", "unavailable"], ApiErrorClass::Overloaded),
    (&["servererror", "internalerror", "timeout"], ApiErrorClass::Server),
];

/// What an error that has no name says where its words leave no doubt. Most leave some: who says
/// "quota" or "unavailable" may mean the model, the account or the request.
pub(crate) const ERROR_SENTENCES: [(&[&str], ApiErrorClass); 2] = [
    (&["rate limit", "too many requests"], ApiErrorClass::RateLimited),
    (&["overloaded"], ApiErrorClass::Overloaded),
];

/// Where the text is in the streams of this world, the most telling first.
pub(crate) const TEXT_PLACES: &[&str] = &[
    "choices[0].delta.content",
    "choices[0].message.content",
    "choices[0].text",
    "candidates[0].content.parts[0].text",
    "delta.text",
    "delta.content",
    "message.content",
    "token.text",
    "delta",
    "content",
    "text",
    "answer",
    "output",
    "response",
    "message",
    "token",
    "chunk",
    "data",
];

/// Member names whose strings are never the text of an answer.
pub(crate) const NEVER_TEXT: &[&str] = &[
    "type",
    "kind",
    "id",
    "object",
    "model",
    "role",
    "event",
    "status",
    "name",
    "finish_reason",
    "finishReason",
    "stop_reason",
    "promptFeedback",
    "modelVersion",
    "responseId",
    "system_fingerprint",
    "service_tier",
    "obfuscation",
    "created_at",
    "created",
    "tool_calls",
    "function_call",
    "usage",
    "error",
    "detail",
    "item_id",
    "response_id",
    "timestamp",
];

/// Words in the type of a frame that is about thoughts or tools.
pub(crate) const BESIDE_THE_TEXT: [&str; 5] =
    ["reasoning", "thinking", "function_call", "arguments", "tool"];

/// Words in the type of a frame that reports what went wrong (`throttlingException`).
pub(crate) const ERROR_TYPES: [&str; 2] = ["error", "exception"];

/// Members, as JSON pointers, whose presence says that there is no text, and why: Google of a
/// blocked prompt, FastAPI of anything.
pub(crate) const REASONS_WITHOUT_TEXT: [&str; 2] = ["/promptFeedback/blockReason", "/detail"];

/// Members whose presence says that the model calls a tool: chat completions, in a stream and as
/// one body.
pub(crate) const TOOL_CALLS: [&str; 4] = [
    "/choices/0/delta/tool_calls",
    "/choices/0/delta/function_call",
    "/choices/0/message/tool_calls",
    "/choices/0/message/function_call",
];

/// Members whose value says so: Anthropic, the responses API.
pub(crate) const TOOL_CALL_TYPES: [(&str, &str); 2] =
    [("/content_block/type", "tool_use"), ("/item/type", "function_call")];

/// A part of the type of a frame that says so: the responses API.
pub(crate) const TOOL_CALL_WORD: &str = "function_call";
