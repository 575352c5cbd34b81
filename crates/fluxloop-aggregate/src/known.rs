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

/// The data with which OpenAI and many others end a stream.
pub(crate) const DONE_DATA: &str = "[DONE]";

/// Why models stop when nothing cuts them: OpenAI's chat completions and responses, Anthropic's
/// messages, Gemini, Cohere, Dify, text-generation-inference, Baidu. All others (`length`, `max_tokens`) cut a text, or may. Compared
/// without regard to case.
pub(crate) const NATURAL_ENDS: [&str; 13] = [
    "stop",
    "completed",
    "complete",
    "succeeded",
    "end_turn",
    "stop_sequence",
    "tool_calls",
    "tool_call",
    "function_call",
    "tool_use",
    "eos",
    "eos_token",
    "normal",
];

/// What some servers write as a finish reason while no reason exists yet (`DashScope`).
pub(crate) const NO_REASON: &str = "null";

/// Finish reasons with which one provider withholds an answer, and which are ordinary words
/// elsewhere: the preset of that provider has them, and `auto` does not.
pub(crate) const WITHHELD: [&str; 1] = ["language"];

/// Failed finish reasons of `auto` with which a provider reports a fault of its own. With all others
/// it withholds the answer, or a part of it.
pub(crate) const FAULTS: [&str; 10] = [
    "error",
    "error_limit",
    "insufficient_system_resource",
    "malformed_function_call",
    "malformed_model_output",
    "malformed_response",
    "missing_thought_signature",
    "timeout",
    "too_many_tool_calls",
    "unexpected_tool_call",
];

/// The last word of the name of a frame that reports a failure.
pub(crate) const FAILURES: [&str; 4] = ["error", "failed", "failure", EXCEPTION];

/// The names of frames that keep a connection open, without what separates their words.
pub(crate) const SIGNS_OF_LIFE: [&str; 5] = ["ping", "pong", "keepalive", "heartbeat", "noop"];

/// Words of such a name that make it the failure of a part.
pub(crate) const PARTS_OF_A_RUN: [&str; 13] = [
    "tool",
    "call",
    "calls",
    "tools",
    "node",
    "step",
    "function",
    "item",
    "file",
    "search",
    "retriever",
    "task",
    "mcp",
];

/// The `object` of an error of older vLLM and of what was built upon it.
pub(crate) const ERROR_OBJECT: &str = "error";

/// Texts of a member `error` with which servers say that all is well.
pub(crate) const NO_ERRORS: [&str; 11] =
    ["", "none", "null", "nil", "undefined", "false", "0", "ok", "success", "n/a", "no error"];

/// Where an error is in a frame whose name says that it is about one: Coze, the responses API,
/// Dify's workflows, OpenAI's runs of assistants, GraphQL.
pub(crate) const ERROR_PLACES: [&str; 9] = [
    "error",
    "last_error",
    "response.error",
    "data.error",
    "message.error",
    "data.last_error",
    "run.last_error",
    "result.error",
    "errors[0]",
];

/// Where the parts of an error are: four names (the last is `LangServe`'s), the name of an error that
/// is a sentence (text-generation-inference), the messages (Coze, Vercel's UI stream, Ollama's gateways), last
/// where the text of such a frame is.
pub(crate) const ERROR_PARTS: [&str; 17] = [
    "type",
    "code",
    "status",
    "status_code",
    "error_type",
    "message",
    "detail",
    "msg",
    "errorText",
    "error_message",
    "errmsg",
    "reason",
    "data.message",
    "data.msg",
    "data",
    "content",
    "text",
];

/// Members of an object that reports a failure with a code and a message: the codes, the flags that
/// are false, the messages; and the codes of a success.
pub(crate) const ERROR_CODES: [&str; 5] = ["code", "errcode", "error_code", "errorCode", "ret"];
pub(crate) const SUCCESS_FLAGS: [&str; 3] = ["success", "ok", "succeeded"];
pub(crate) const ERROR_MESSAGES: [&str; 7] =
    ["msg", "message", "detail", "error_msg", "errmsg", "error_message", "reason"];
pub(crate) const FINE_CODES: [&str; 3] = ["ok", "success", "succeeded"];

/// Numbers with which business APIs report a success, or progress.
pub(crate) const FINE_NUMBERS: [f64; 2] = [10_000.0, 20_000.0];

/// Parts of names that a code of a failure has; a code that is another word may mean anything.
pub(crate) const FAILING_WORDS: [&str; 6] =
    ["invalid", "denied", "notfound", "unauthorized", "forbidden", "exceeded"];

/// Members that an answer has: an object with one of them is not a failure by its other members.
pub(crate) const ANSWER_MEMBERS: [&str; 11] = [
    "type", "event", "object", "data", "choices", "delta", "answer", "content", "text", "output",
    "result",
];

/// Members that report a failure alone: FastAPI, GraphQL.
pub(crate) const LONE_FAILURES: [&str; 2] = ["detail", "errors"];

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
    (
        &["quota", "billingerror", "billinglimit", "billinghard", "creditbalance", "credits"],
        ApiErrorClass::Quota,
    ),
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

/// Members, anywhere in an error, that say how long to wait, without what is not a letter and in
/// lower case: Google (`RetryInfo`), gateways. Values of the last are milliseconds.
pub(crate) const WAITS: [&str; 3] = ["retrydelay", "retryafter", "retryafterseconds"];
pub(crate) const WAIT_IN_MS: &str = "retryafterms";

/// Members that name the quota which is used up (Google).
pub(crate) const QUOTA_NAMES: [&str; 2] = ["quotaid", "quotalimit"];

/// What the name of a quota, or a message, has where a quota is one for the day; written as `WAITS`.
pub(crate) const OF_A_DAY: [&str; 5] =
    ["perday", "dailylimit", "dailyquota", "dailyrequest", "dailyrate"];

/// Words of a message that names a wait: what is of a day then comes back before the day is over.
pub(crate) const NAMES_A_WAIT: [&str; 4] = ["again in", "retry in", "retry after", "wait "];

/// Where the text is in the streams of this world, the most telling first.
pub(crate) const TEXT_PLACES: &[&str] = &[
    "choices[0].delta.content",
    "choices[0].message.content",
    "choices[0].text",
    "candidates[0].content.parts[0].text",
    "content[?@.type == 'text'].text",
    "output[*].content[?@.type == 'output_text'].text",
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
    "action",
    "author",
    "category",
    "date",
    "effort",
    "format",
    "hash",
    "input",
    "instructions",
    "lang",
    "language",
    "locale",
    "mode",
    "phase",
    "probability",
    "prompt",
    "provider",
    "query",
    "question",
    "questions",
    "suggested_questions",
    "severity",
    "stage",
    "state",
    "time",
    "truncation",
    "url",
    "usageMetadata",
    "user",
    "verbosity",
    "version",
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

/// The roles of those whose words are not the answer.
pub(crate) const OTHER_SPEAKERS: [&str; 4] = ["user", "human", "system", "developer"];

/// Parts of member names, in lower case. Values under such names never belong to the text of an
/// answer: thoughts, calls of tools, refusals, what was read before.
pub(crate) const NOT_THE_ANSWER: [&str; 21] = [
    "reasoning",
    "thinking",
    "thought",
    "think",
    "function",
    "arguments",
    "args",
    "parameter",
    "tool",
    "refusal",
    "signature",
    "citation",
    "source",
    "retriev",
    "safety",
    "logprobs",
    "input_json",
    "partial_json",
    "metadata",
    "config",
    "trace",
];

/// Words in the type of a frame that reports what went wrong (`throttlingException`).
pub(crate) const ERROR_TYPES: [&str; 2] = ["error", "exception"];

/// How names of errors end that name each error by itself (Bedrock).
pub(crate) const EXCEPTION: &str = "exception";

/// Members, as JSON pointers, whose presence says that there is no text, and why: Google of a
/// blocked prompt, FastAPI of anything.
pub(crate) const REASONS_WITHOUT_TEXT: [&str; 2] = ["/promptFeedback/blockReason", "/detail"];
