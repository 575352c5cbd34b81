//! The table itself.

use super::{Key, KeyKind};

/// Shortens a line of the table.
const fn key(
    path: &'static str,
    kind: KeyKind,
    default: Option<&'static str>,
    meaning: &'static str,
) -> Key {
    Key { path, kind, default, meaning }
}

/// See [`keys`](super::keys).
pub(super) const KEYS: &[Key] = &[
    key(
        "name",
        KeyKind::Text,
        None,
        "The name of the experiment. Without one, the name of the project's folder.",
    ),
    key("description", KeyKind::Text, None, "What the experiment is about; kept in the results."),
    key("tags", KeyKind::TextList, None, "Words to find the experiment by; kept in the results."),
    key(
        "metadata",
        KeyKind::Any,
        None,
        "Whatever else belongs to the experiment; kept in the results.",
    ),
    key(
        "inputs_file",
        KeyKind::File,
        None,
        "The inputs: a YAML, JSON, JSON Lines (`.jsonl`, `.ndjson`) or CSV file. Nothing in it is replaced: `${NAME}` in an input is text.",
    ),
    key(
        "base_inputs",
        KeyKind::Inputs,
        None,
        "The inputs, in the configuration itself; used when there is no `inputs_file`. Nothing in them is replaced.",
    ),
    key(
        "personas",
        KeyKind::Personas,
        None,
        "The personas that inputs may name. Inputs are not multiplied by them; `--personas a,b` runs the inputs of these personas only.",
    ),
    key(
        "input_template",
        KeyKind::Text,
        None,
        "Text around each input: `{input}` and `{persona}` are replaced, everything else stays.",
    ),
    key(
        "iterations",
        KeyKind::Integer { min: 1, max: 1_000_000 },
        Some("1"),
        "How often each input is sent.",
    ),
    key(
        "simulation.parallelism",
        KeyKind::Integer { min: 1, max: 10_000 },
        Some("1"),
        "How many requests may be under way at once.",
    ),
    key(
        "parallel_runs",
        KeyKind::Integer { min: 1, max: 10_000 },
        None,
        "The older name of `simulation.parallelism`.",
    ),
    key(
        "seed",
        KeyKind::Integer { min: 0, max: u64::MAX },
        None,
        "Makes everything that is left to chance repeatable. Drawn at random when absent.",
    ),
    key(
        "run_delay_seconds",
        KeyKind::Pause,
        Some("0"),
        "The pause between the starts of two requests.",
    ),
    key(
        "output_directory",
        KeyKind::File,
        Some("experiments"),
        "The folder in which each run leaves a folder of its own, relative to the project; `--output` is relative to the current folder.",
    ),
    key(
        "security.mask",
        KeyKind::TextList,
        None,
        "Variables whose values are secrets although their names do not say so.",
    ),
    key(
        "security.unmask",
        KeyKind::TextList,
        None,
        "Variables whose values are no secrets although their names say so.",
    ),
    key(
        "runner.http.method",
        KeyKind::OneOf(&["GET", "POST", "PUT", "PATCH"]),
        Some("POST"),
        "The method. With GET the input travels in `query`.",
    ),
    key("runner.http.url", KeyKind::Url, None, "Where requests go. Required."),
    key(
        "runner.http.query",
        KeyKind::Parameters,
        None,
        "Parameters that are appended to the URL, percent-encoded. Values follow the rules of `body_template.mapping`. A later layer replaces the whole map.",
    ),
    key(
        "runner.http.headers",
        KeyKind::Headers,
        None,
        "Headers. Layers are merged by name, without regard to case; `null` removes a header.",
    ),
    key(
        "runner.http.timeout",
        KeyKind::Duration,
        Some("60s"),
        "The longest time for one attempt, from the first connect to the end of the answer.",
    ),
    key(
        "runner.http.connect_timeout",
        KeyKind::Duration,
        Some("10s"),
        "The longest time for DNS, TCP and TLS together.",
    ),
    key(
        "runner.http.idle_timeout",
        KeyKind::Duration,
        None,
        "The longest silence between two bytes of the body. Comments of the stream count as bytes.",
    ),
    key(
        "runner.http.event_timeout",
        KeyKind::Duration,
        None,
        "The longest wait between two events. Comments of the stream do not count.",
    ),
    key(
        "runner.http.retry.attempts",
        KeyKind::Integer { min: 0, max: 100 },
        Some("2"),
        "How often a request is tried again: 2 means at most three requests.",
    ),
    key(
        "runner.http.retry.backoff",
        KeyKind::Pause,
        Some("200ms"),
        "The wait before the first retry. It doubles each time, with a random half more or less.",
    ),
    key(
        "runner.http.retry.max_backoff",
        KeyKind::Pause,
        Some("30s"),
        "The longest wait before a retry, unless the server asks for more.",
    ),
    key(
        "runner.http.retry.status_codes",
        KeyKind::StatusCodes,
        Some("[408, 429, 502, 503, 504, 529]"),
        "The HTTP statuses that are tried again, and no others.",
    ),
    key(
        "runner.http.retry.on_partial",
        KeyKind::OneOf(&["restart", "fail"]),
        Some("restart"),
        "When a stream breaks after text has come: start over and discard that text, or give up and keep it.",
    ),
    key(
        "runner.http.retry.budget",
        KeyKind::Percent,
        Some("off"),
        "How many retries the whole run may spend, as a share of the requests sent so far; ten are always allowed.",
    ),
    key(
        "runner.http.stream",
        KeyKind::OneOf(&["sse", "none"]),
        Some("none"),
        "How answers come: as an event stream, or as one JSON or text body.",
    ),
    key(
        "runner.http.stream_output_path",
        KeyKind::Path,
        None,
        "Where the text is in the data of an event. Without one, the data itself is the text.",
    ),
    key(
        "runner.stream_output_path",
        KeyKind::Path,
        None,
        "The older place of `runner.http.stream_output_path`.",
    ),
    key(
        "runner.http.output_path",
        KeyKind::Path,
        Some("$.output"),
        "With `stream: none`: where the text is in a JSON body.",
    ),
    key(
        "runner.http.stream_event_filter",
        KeyKind::TextOrList,
        None,
        "The types of the events that carry text. Without one, all events do.",
    ),
    key(
        "runner.http.stream_done",
        KeyKind::Done,
        Some("auto"),
        "When an answer is complete. `auto` knows the data `[DONE]` and the event types `done`, `message_stop` and `response.completed`.",
    ),
    key(
        "runner.http.require_done",
        KeyKind::Bool,
        Some("false"),
        "Whether a stream that ends without `stream_done` is a failure.",
    ),
    key(
        "runner.http.require_text",
        KeyKind::Bool,
        Some("true"),
        "Whether an answer without any text is a failure.",
    ),
    key(
        "runner.http.lenient_content_type",
        KeyKind::Bool,
        Some("false"),
        "Whether answers of another media type are read as an event stream too, with a warning.",
    ),
    key(
        "runner.http.body_template.type",
        KeyKind::OneOf(&["json", "form", "text"]),
        Some("json"),
        "How the body is written. Sets Content-Type unless `headers` do.",
    ),
    key(
        "runner.http.body_template.mapping",
        KeyKind::Template,
        None,
        "The body: `$.input` and other paths are replaced by what they find in the input. Without a body template, POST, PUT and PATCH send `{\"input\": …}`. A later layer replaces the whole mapping.",
    ),
    key(
        "runner.http.redirects",
        KeyKind::OneOf(&["none", "same-origin"]),
        Some("none"),
        "Whether redirects are followed: not at all, or within scheme, host and port.",
    ),
    key(
        "runner.http.tls.ca_file",
        KeyKind::File,
        None,
        "Certificates of authorities to trust beside those of the system, in PEM form.",
    ),
    key(
        "runner.http.tls.client_cert",
        KeyKind::File,
        None,
        "Our own certificate and its chain, in PEM form.",
    ),
    key(
        "runner.http.tls.client_key",
        KeyKind::File,
        None,
        "The private key of `client_cert`, in PEM form.",
    ),
    key(
        "runner.http.tls.insecure",
        KeyKind::Bool,
        Some("false"),
        "Accept any certificate. For a test machine alone; warns on every run.",
    ),
    key(
        "runner.http.proxy",
        KeyKind::Url,
        None,
        "The proxy for all requests, or `none`. Without one, HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY of the environment hold. Loopback never goes through a proxy.",
    ),
    key(
        "runner.http.http2",
        KeyKind::OneOf(&["auto", "prior-knowledge"]),
        Some("auto"),
        "The HTTP version: what TLS negotiates, or HTTP/2 from the first byte (h2c).",
    ),
    key(
        "runner.http.limits.max_event_bytes",
        KeyKind::Size,
        Some("16MiB"),
        "The largest event that is accepted.",
    ),
    key(
        "runner.http.limits.max_response_bytes",
        KeyKind::Size,
        Some("256MiB"),
        "The largest body that is accepted, after decompression.",
    ),
    key(
        "runner.guards.max_duration",
        KeyKind::Duration,
        None,
        "The longest time for one input, all attempts and waits together. Then the case is stopped; its text is kept.",
    ),
    key(
        "runner.guards.output_char_limit",
        KeyKind::Integer { min: 1, max: u64::MAX },
        None,
        "The most characters of text. Above it the text is cut there and the stream closed.",
    ),
];
