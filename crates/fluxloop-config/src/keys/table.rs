//! The table itself.

use fluxloop_schema::StreamKind;

use super::Key;
use super::KeyKind::{
    Any, AutoBool, Bool, Condition, CountOrOff, CountOrShare, Done, Duration, DurationOrOff,
    Expectations, File, Files, Headers, Inputs, Integer, Like, Objectives, OneOf, Parameters,
    PassWhen, Path, Pause, Percent, Personas, Proxy, Rate, Schema, Size, StatusCodes, Template,
    Text, TextList, TextOrList, Thresholds, Url,
};
use crate::inputs::{FORMATS, PRESETS};

/// A row has two lines: the key, what may be written there, and the default; what it means.
macro_rules! table {
    ($($path:literal, $kind:expr, $default:expr, $meaning:literal;)*) => {
        &[$(Key { path: $path, kind: $kind, default: $default, meaning: $meaning },)*]
    };
}

/// See [`keys`](super::keys).
pub(super) const KEYS: &[Key] = table! {
    "name", Text, None,
        "The name of the experiment. Without one, the name of the project's folder.";
    "description", Text, None,
        "What the experiment is about; kept in the results.";
    "tags", TextList, None,
        "Words to find the experiment by; kept in the results.";
    "metadata", Any, None,
        "Whatever else belongs to the experiment; kept in the results.";
    "inputs_file", Files, None,
        "The inputs: a YAML, JSON, JSON Lines (`.jsonl`, `.ndjson`) or CSV file. Nothing in it is replaced: `${NAME}` in an input is text. The short form of `inputs: {file: …}`.";
    "base_inputs", Inputs, None,
        "The inputs, in the configuration itself; used when there is no `inputs_file`. Nothing in them is replaced.";
    "inputs.file", Files, None,
        "The files with the inputs, in their order; those that fit a pattern are sorted. Not together with `inputs_file` or `base_inputs`.";
    "inputs.format", OneOf(&FORMATS), None,
        "How the files are read. Without it, or with `auto`, as the extension says, or else as the file begins.";
    "inputs.delimiter", Text, None,
        "What separates the columns of CSV: one character. Without it, or with `auto`, the one of `,`, `;` and tab that stands most often in the first line.";
    "inputs.preset", OneOf(&PRESETS), None,
        "What the entries were written for: ShareGPT, OpenAI's Batch API, promptfoo, Alpaca, or fine-tuning at OpenAI. The other keys name places in the entries as they are written.";
    "inputs.input", TextOrList, None,
        "Where the text is: the name of a member or column, or a path that begins with `$`; of a list, the first that finds a text. Without it, `input`, or else the only one of `prompt`, `question`, `query`, `text`, `instruction` and `message`.";
    "inputs.messages", TextOrList, None,
        "Where the list of messages is; `$` is the whole entry. With messages, the text may be absent: the last message of the user stands for it.";
    "inputs.id", TextOrList, None,
        "Where the id is. Without it, `id`, or else the number of the entry, counted from 0 through all files.";
    "inputs.persona", TextOrList, None,
        "Where the name of the persona is.";
    "inputs.context", TextOrList, None,
        "Where the context is.";
    "inputs.expected", TextOrList, None,
        "Where the expected answer is. It is kept in the record, and no path of a request finds it; expectations find it as `$.expected`.";
    "inputs.expect", TextOrList, None,
        "Where the expectations of this input are. They add to those of `expect`, unless they stand in `{only: […]}`.";
    "inputs.where", Condition, None,
        "Which entries are sent: `{path: lang, equals: en}`, with `equals`, `in`, `exists` or `matches`; `all`, `any` and `not` join conditions.";
    "inputs.sample.count", Integer { min: 1, max: u64::MAX }, None,
        "How many of the inputs are sent, chosen at random, each at most once.";
    "inputs.sample.seed", Integer { min: 0, max: u64::MAX }, None,
        "Chooses the sample. Without it, `seed`, or else 0.";
    "inputs.shuffle", Bool, None,
        "Whether inputs are sent in an order that `seed` chooses.";
    "inputs.limit", Integer { min: 1, max: u64::MAX }, None,
        "The most inputs that are sent.";
    "personas", Personas, None,
        "The personas that inputs may name. Inputs are not multiplied by them; `--personas a,b` runs the inputs of these personas only.";
    "input_template", Text, None,
        "Text around each input: `{input}` and `{persona}` are replaced, everything else stays.";
    "iterations", Integer { min: 1, max: 1_000_000 }, Some("1"),
        "How often each input is sent.";
    "simulation.parallelism", Integer { min: 1, max: 10_000 }, Some("1"),
        "How many requests may be under way at once.";
    "simulation.rate", Rate, None,
        "How many cases begin in a second, a minute or an hour, however long answers take: an open loop. A case that is due while all of `parallelism` are under way begins as soon as one of them ends, and counts from when it was due. Not together with `run_delay_seconds`.";
    "simulation.arrival", OneOf(&["constant", "poisson"]), None,
        "How the starts of `rate` are spread: with equal gaps, or at random as independent callers come (repeatable by `seed`). Without it, `constant`.";
    "parallel_runs", Integer { min: 1, max: 10_000 }, None,
        "The older name of `simulation.parallelism`.";
    "seed", Integer { min: 0, max: u64::MAX }, None,
        "Makes everything that is left to chance repeatable. Drawn at random when absent.";
    "run_delay_seconds", Pause, Some("0"),
        "The pause between the starts of two requests.";
    "stop.first_cases", CountOrOff, Some("3"),
        "The first case goes alone until its first frame, its failure, or 5 seconds; then the others begin. If it fails with a failure that the configuration may cause (status 400, 401, 403, 404, 405, 415 or 422, `content_type`, `no_text`, `tls`, `dns`, `template`), the next case goes alone, too; when this many have failed alike, the run ends. Status 400 and 422 and `template` may be the fault of the inputs: then cases of twice as many inputs have to fail alike. Without effect with `simulation.rate`, `--resume` or `--mock`, and with fewer than 20 cases. `off`: all begin at once.";
    "stop.same_failures", CountOrOff, Some("20"),
        "Ends the run when this many cases in a row have failed alike, with the same kind and status. Cases that were under way when the first of them failed do not count. Answers that were withheld, and cases that failed by a fault of their input or of this machine, are not counted.";
    "stop.never_succeeded", CountOrOff, Some("20"),
        "Ends the run when this many cases have failed and none has succeeded. What `same_failures` does not count is not counted here.";
    "stop.late_429", CountOrOff, Some("3"),
        "Ends the run when the server has answered 429 to this many cases in a row and asks them to wait for more than two minutes.";
    "stop.failures", CountOrShare, Some("off"),
        "Ends the run when this many cases have failed, or more than this share (`5%`) of the cases that are closed. A share counts from 100 closed cases on, or as soon as the whole run cannot keep it any more.";
    "stop.requests", CountOrOff, Some("off"),
        "Ends the run when this many requests were sent, retries included. Cases under way are finished, with their retries.";
    "stop.duration", DurationOrOff, Some("off"),
        "Ends the run after this time. Cases under way have 10 seconds to finish.";
    "expect", Expectations, None,
        "What is expected of each answer: a list of expectations such as `contains: \"42\"`. Values may take `$.expected` and other values of the case. A later layer replaces the whole list. An answer that is not as expected is no failure: the case succeeded, and its verdict is `unmet`.";
    "thresholds", Thresholds, None,
        "What the figures of the run have to reach, such as `{success: 95%, first_token_p95: 500ms}`: a share or a rate at least, a time at most. A threshold that is not met makes exit code 10. `success` and `expectations` are 100% unless they are set here.";
    "slo", Objectives, None,
        "What each case has to keep, such as `{first_token: 500ms, chunk_gap_p95: 80ms}`. `slo` in `summary.json` has the share of cases that do, and their number in each second (goodput).";
    "judge.http", Like("runner.http"), None,
        "Another endpoint that says whether an answer is good, described as the agent is. Its templates may take `$.output`, the answer, and `$.expected`, and have to take the answer. Only cases that succeeded are judged.";
    "judge.pass_when", PassWhen, None,
        "Which reply of the judge passes the answer: `{path: verdict, equals: pass}`, with `equals`, `in`, or `at_least` and `at_most`. The reply has to be a JSON object as a whole, or one in a fenced block, or the arguments of the only tool call; anything else leaves the case `unjudged`.";
    "judge.reason", Path, None,
        "Where in the reply the judge says why. Without it, `reason`.";
    "judge.repeat", Integer { min: 1, max: 99 }, None,
        "How often the judge is asked about each answer; more than half of the votes decide. Without it, once.";
    "judge.phase", OneOf(&["after", "inline"]), None,
        "When the judge is asked: `after` all cases are closed, or `inline`, while the run goes on. Neither counts in the times and limits of the run. Without it, `after`.";
    "judge.parallelism", Integer { min: 1, max: 10_000 }, None,
        "How many requests to the judge may be under way at once. Without it, 4.";
    "judge.stop", Like("stop"), None,
        "When the judge is asked no more; what is not judged by then is `unjudged`.";
    "judge.guards", Like("runner.guards"), None,
        "When a request to the judge is stopped.";
    "output_directory", File, Some("experiments"),
        "The folder in which each run leaves a folder of its own, relative to the project; `--output` is relative to the current folder.";
    "record_channels", OneOf(&["all", "counts"]), Some("all"),
        "What a record keeps of reasoning, refusals and further channels: their texts, or only how long they are and when they came.";
    "record", OneOf(&["auto", "all", "failures", "off"]), Some("auto"),
        "Which answers are recorded as they came, masked, for `fluxloop replay`. `auto`: all of them until the recording has 256 MiB, then those of cases that did not succeed and every hundredth of the others.";
    "report", OneOf(&["auto", "off"]), Some("auto"),
        "Whether the run leaves `report.html`, one page that shows it in a browser. `auto`: at the end of the run.";
    "security.mask", TextList, None,
        "Variables whose values are secrets although their names do not say so.";
    "security.unmask", TextList, None,
        "Variables whose values are no secrets although their names say so.";
    "runner.http.method", OneOf(&["GET", "POST", "PUT", "PATCH"]), Some("POST"),
        "The method. With GET the input travels in `query`.";
    "runner.http.url", Url, None,
        "Where requests go. Required. Path and query take values of the case as `body_template.mapping` does (`/users/{{ $.metadata.user }}`), percent-encoded; scheme, user, host and port do not.";
    "runner.http.query", Parameters, None,
        "Parameters that are appended to the URL, percent-encoded. Values follow the rules of `body_template.mapping`. A later layer replaces the whole map.";
    "runner.http.headers", Headers, None,
        "Headers. Values take values of the case as `body_template.mapping` does (`$.id`, `Bearer {{ $.metadata.token }}`); `null` there leaves the header out. Layers are merged by name, without regard to case; `null` removes a header.";
    "runner.http.timeout", Duration, Some("60s"),
        "The longest time for one attempt, from the first connect to the end of the answer.";
    "runner.http.connect_timeout", Duration, Some("10s"),
        "The longest time for DNS, TCP and TLS together.";
    "runner.http.idle_timeout", Duration, None,
        "The longest silence between two bytes of the body. Comments of the stream count as bytes.";
    "runner.http.event_timeout", Duration, None,
        "The longest wait between two events. Comments of the stream do not count.";
    "runner.http.retry.attempts", Integer { min: 0, max: 100 }, Some("2"),
        "How often a request is tried again: 2 means at most three requests.";
    "runner.http.retry.backoff", Pause, Some("200ms"),
        "The wait before the first retry. It doubles each time, with a random half more or less.";
    "runner.http.retry.max_backoff", Pause, Some("30s"),
        "The longest wait before a retry, unless the server asks for more.";
    "runner.http.retry.status_codes", StatusCodes, Some("[408, 429, 502, 503, 504, 529]"),
        "The HTTP statuses that are tried again, and no others.";
    "runner.http.retry.on_partial", OneOf(&["restart", "fail"]), Some("restart"),
        "When a stream breaks after text has come: start over and discard that text, or give up and keep it.";
    "runner.http.retry.budget", Percent, Some("off"),
        "How many retries the whole run may spend, as a share of the requests sent so far; ten are always allowed.";
    "runner.http.stream", OneOf(&StreamKind::NAMES), None,
        "How answers are cut into frames: `sse`, events; `jsonl`, lines of JSON; `json`, the elements of one array, or documents; `text`, text as it comes; `auto`, as the media type or the first line says; `none`, the body is one frame. Without one, the framing of `stream_schema`, else `none`.";
    "runner.http.stream_schema", Schema, None,
        "What the frames of an answer mean: a preset (`fluxloop schema list`), a file (`./mine.yaml`, relative to the project), or a map of rules. A map extends the preset `auto`, unless `extends` names another schema. A later layer replaces the whole schema. Without one, `auto`.";
    "runner.http.stream_output_path", Path, None,
        "Where the text is in a frame. Replaces the text of a preset. Without one, the text of `stream_schema`, else the data itself is the text.";
    "runner.stream_output_path", Path, None,
        "The older place of `runner.http.stream_output_path`.";
    "runner.http.output_path", Path, Some("$.output"),
        "With `stream: none`: where the text is in a JSON body. Without one, the text of `stream_schema` counts first.";
    "runner.http.stream_event_filter", TextOrList, None,
        "The types of the frames that carry text; a type may end in `*`. The type is the event's name, or without one what the data names at `type`, `event` or `event_type`. Without a filter, all frames carry text, or those that `stream_schema` says.";
    "runner.http.stream_done", Done, Some("auto"),
        "When an answer is complete. `auto`: as `stream_schema` says; without one, at the data `[DONE]` and the types `done`, `message_stop` and `response.completed`.";
    "runner.http.require_done", AutoBool, Some("auto"),
        "Whether a stream that ends without its end is a failure. `auto`: where the stream shows a protocol that always sends an end (chat completions, messages, responses). `true`: always, and the end is `stream_done`.";
    "runner.http.require_text", Bool, Some("true"),
        "Whether an answer without any text is a failure.";
    "runner.http.error_key", OneOf(&["failure", "note", "ignore"]), Some("failure"),
        "What a member `error` of a frame without a type of its own means: a failure; a failure only if neither text nor an end follows; nothing.";
    "runner.http.integrity", OneOf(&["warn", "strict", "off"]), Some("warn"),
        "What follows when the text differs from what the protocol says about it (a repeated text, a gap in the numbers of frames): a warning, a failure, or nothing.";
    "runner.http.lenient_content_type", Bool, Some("false"),
        "Whether answers of another media type are read as an event stream too, with a warning.";
    "runner.http.body_template.type", OneOf(&["json", "form", "text"]), Some("json"),
        "How the body is written. Sets Content-Type unless `headers` do.";
    "runner.http.body_template.mapping", Template, None,
        "The body: `$.input` and other paths are replaced by what they find in the input. Without a body template, POST, PUT and PATCH send `{\"input\": …}`. A later layer replaces the whole mapping.";
    "runner.http.redirects", OneOf(&["none", "same-origin"]), Some("none"),
        "Whether redirects are followed: not at all, or within scheme, host and port.";
    "runner.http.tls.ca_file", File, None,
        "Certificates of authorities to trust beside those of the system, in PEM form.";
    "runner.http.tls.client_cert", File, None,
        "Our own certificate and its chain, in PEM form.";
    "runner.http.tls.client_key", File, None,
        "The private key of `client_cert`, in PEM form.";
    "runner.http.tls.insecure", Bool, Some("false"),
        "Accept any certificate. For a test machine alone; warns on every run.";
    "runner.http.proxy", Proxy, None,
        "The proxy for all requests, or `none`: `http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h`; `socks4a` and `socks5h` leave it to the proxy to resolve the name of the server. Without one, the variable of the URL's scheme (HTTP_PROXY or HTTPS_PROXY), else ALL_PROXY, unless NO_PROXY covers the host; `socks` there means `socks5h`. Of the variables, none leads to this machine itself; a proxy that stands here does. `--dry-run` and `-v` show the proxy.";
    "runner.http.http2", OneOf(&["auto", "prior-knowledge"]), Some("auto"),
        "The HTTP version: what TLS negotiates, or HTTP/2 from the first byte (h2c).";
    "runner.http.limits.max_event_bytes", Size, Some("16MiB"),
        "The largest event that is accepted.";
    "runner.http.limits.max_response_bytes", Size, Some("256MiB"),
        "The largest body that is accepted, after decompression.";
    "runner.guards.max_duration", Duration, None,
        "The longest time for one input, all attempts and waits together. Then the case is stopped; its text is kept. A wait that would outlast it is not begun, and the case has failed.";
    "runner.guards.output_char_limit", Integer { min: 1, max: u64::MAX }, None,
        "The most characters of text. Above it the text is cut there and the stream closed.";
};
