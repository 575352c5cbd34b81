//! What the server answers: every form of every key, in every place of an answer.

use serde_json::{Value, json};

use super::server::Answer;
use super::{forms, keys};

/// Where in an answer a text can stand.
pub(super) struct Place {
    pub(super) name: &'static str,
    /// Takes the text as it is, and as a string of JSON.
    answer: fn(&str, &str) -> Vec<Vec<u8>>,
}

const STREAM: &str = "content-type: text/event-stream";
const JSON: &str = "content-type: application/json";
const TEXT: &str = "content-type: text/plain";
const HTML: &str = "content-type: text/html; charset=utf-8";

/// An answer that ends with the connection.
fn answer(status: &str, header: &str, body: &str) -> Vec<Vec<u8>> {
    let head = format!("HTTP/1.1 {status}\r\n{header}\r\nconnection: close\r\n\r\n");
    vec![[head.as_bytes(), body.as_bytes()].concat()]
}

/// A good stream, with a further header.
fn header(name: &str, value: &str) -> Vec<Vec<u8>> {
    let value = value.replace(['\r', '\n'], " ");
    answer("200 OK", &format!("{STREAM}\r\n{name}: {value}"), "data: {\"delta\": \"x\"}\n\n")
}

/// An answer with an error status and a further header.
fn refusal(status: &str, name: &str, value: &str) -> Vec<Vec<u8>> {
    let value = value.replace(['\r', '\n'], " ");
    answer(status, &format!("{TEXT}\r\n{name}: {value}"), "no")
}

/// A stream of these lines.
fn stream(lines: &str) -> Vec<Vec<u8>> {
    answer("200 OK", STREAM, &format!("{lines}\n\n"))
}

/// A stream with the text in a field of its own, before a piece of text.
fn field(name: &str, text: &str) -> Vec<Vec<u8>> {
    let field = per_line(text, &format!("{name}:"), "\n");
    stream(&format!("{field}data: {{\"delta\": \"x\"}}"))
}

/// The lines of a text, each with something before and behind it.
fn per_line(text: &str, before: &str, behind: &str) -> String {
    text.lines().flat_map(|line| [before, line, behind]).collect()
}

/// A stream of one event.
fn event(data: &str) -> Vec<Vec<u8>> {
    stream(&format!("data: {data}"))
}

/// A stream that carries the text in pieces of so many characters, each in a chunk of its own.
fn pieces(text: &str, length: usize) -> Vec<Vec<u8>> {
    let events = cut(text, length).map(|piece| {
        let delta = json!({ "delta": piece });
        format!("data: {delta}\n\n").into_bytes()
    });
    answer("200 OK", STREAM, "").into_iter().chain(events).collect()
}

/// The pieces of a text, of so many characters.
fn cut(text: &str, length: usize) -> impl Iterator<Item = String> {
    let characters: Vec<char> = text.chars().collect();
    let pieces: Vec<_> = characters.chunks(length).map(|piece| piece.iter().collect()).collect();
    pieces.into_iter()
}

/// The same, and each event is torn, too.
fn torn_pieces(text: &str, length: usize) -> Vec<Vec<u8>> {
    let mut chunks = pieces(text, length);
    for event in &mut chunks[1..] {
        event.truncate(event.len() - "}\n\n".len());
        event.extend_from_slice(b"\n\n");
    }
    chunks
}

/// One byte after the other.
fn byte_by_byte(answer: &[Vec<u8>]) -> Vec<Vec<u8>> {
    answer.concat().chunks(1).map(<[u8]>::to_vec).collect()
}

/// What stands between two keys; within a key there is one space at most.
const BETWEEN: &str = "  ";

/// Everywhere.
pub(super) const PLACES: &[Place] = &[
    Place {
        name: "reason",
        answer: |t, _| answer(&format!("500 {}", t.replace('\n', " ")), TEXT, ""),
    },
    Place { name: "header", answer: |t, _| header("x-echo", t) },
    Place { name: "header's name", answer: |t, _| header(&t.replace(['\n', ' ', ':'], "-"), "x") },
    Place { name: "cookie", answer: |t, _| header("set-cookie", &format!("a={t}; Path=/")) },
    Place { name: "coding", answer: |t, _| header("content-encoding", t) },
    Place { name: "transfer", answer: |t, _| header("transfer-encoding", t) },
    Place { name: "length", answer: |t, _| header("content-length", t) },
    Place {
        name: "type",
        answer: |t, _| answer("200 OK", &format!("content-type: {}", t.replace('\n', " ")), "x"),
    },
    Place {
        name: "subtype",
        answer: |t, _| answer("200 OK", &format!("content-type: text/{}", token(t)), "x"),
    },
    Place {
        name: "charset",
        answer: |t, _| {
            answer("200 OK", &format!("content-type: text/plain; charset={}", token(t)), "x")
        },
    },
    Place { name: "retry-after", answer: |t, _| refusal("503 Busy", "retry-after", t) },
    Place { name: "retry-after-ms", answer: |t, _| refusal("429 Slow", "retry-after-ms", t) },
    Place {
        name: "challenge",
        answer: |t, _| refusal("401 No", "www-authenticate", &format!("Basic realm=\"{t}\"")),
    },
    Place { name: "location", answer: |t, _| refusal("302 Found", "location", t) },
    Place {
        name: "location's path",
        answer: |t, _| refusal("307 Go", "location", &format!("/{t}?a={t}#{t}")),
    },
    Place {
        name: "location's host",
        answer: |t, _| refusal("308 Go", "location", &format!("http://{}.example/", token(t))),
    },
    Place {
        name: "location's user",
        answer: |t, _| refusal("301 Go", "location", &format!("http://{t}:{t}@other.example/{t}")),
    },
    Place { name: "first line", answer: |t, _| vec![format!("{t}\r\n\r\n").into_bytes()] },
    Place { name: "version", answer: |t, _| vec![format!("HTTP/{t} 200 OK\r\n\r\n").into_bytes()] },
    Place {
        name: "early hint",
        answer: |t, _| {
            [format!("HTTP/1.1 103 {}\r\nlink: x\r\n\r\n", t.replace('\n', " ")).into_bytes()]
                .into_iter()
                .chain(event(&json!({ "delta": t }).to_string()))
                .collect()
        },
    },
    Place {
        name: "chunk size",
        answer: |t, _| {
            answer(
                "200 OK",
                &format!("{STREAM}\r\ntransfer-encoding: chunked"),
                &format!("{t}\r\n{t}\r\n0\r\n\r\n"),
            )
        },
    },
    Place {
        name: "chunk extension",
        answer: |t, _| {
            answer(
                "200 OK",
                &format!("{STREAM}\r\ntransfer-encoding: chunked"),
                &format!("1;{}\r\n\n\r\n0\r\n\r\n", t.replace('\n', " ")),
            )
        },
    },
    Place {
        name: "trailer",
        answer: |t, _| {
            answer(
                "200 OK",
                &format!("{STREAM}\r\ntransfer-encoding: chunked\r\ntrailer: x-echo"),
                &format!("1\r\n\n\r\n0\r\nx-echo: {}\r\n\r\n", t.replace('\n', " ")),
            )
        },
    },
    Place { name: "comment", answer: |t, _| field("", t) },
    Place { name: "event name", answer: |t, _| field("event", t) },
    Place {
        name: "event name without text",
        answer: |t, _| stream(&per_line(t, "event: ", "\ndata: {\"other\": \"x\"}\n\n")),
    },
    Place {
        name: "event name without JSON",
        answer: |t, _| stream(&per_line(t, "event: ", "\ndata: x\n\n")),
    },
    Place { name: "id", answer: |t, _| field("id", t) },
    Place { name: "retry", answer: |t, _| field("retry", t) },
    Place { name: "unknown field", answer: |t, _| field("field", t) },
    Place {
        name: "field's name",
        answer: |t, _| stream(&format!("{t}\ndata: {{\"delta\": \"x\"}}")),
    },
    Place { name: "data", answer: |t, _| field("data", t) },
    Place {
        name: "data of another type",
        answer: |t, _| stream(&format!("event: log\n{}", per_line(t, "data: ", "\n"))),
    },
    Place { name: "no event", answer: |t, _| answer("200 OK", STREAM, t) },
    Place { name: "text", answer: |t, _| event(&json!({ "delta": t }).to_string()) },
    Place { name: "text in threes", answer: |t, _| pieces(t, 3) },
    Place { name: "text in elevens", answer: |t, _| pieces(t, 11) },
    Place { name: "text in torn elevens", answer: |t, _| torn_pieces(t, 11) },
    Place {
        name: "text byte by byte",
        answer: |t, _| byte_by_byte(&event(&json!({ "delta": t }).to_string())),
    },
    Place {
        name: "text before a break",
        answer: |t, _| {
            [
                answer("200 OK", &format!("{STREAM}\r\ncontent-length: 99999"), ""),
                pieces(t, 7)[1..].to_vec(),
            ]
            .concat()
        },
    },
    Place {
        name: "text that is no text",
        answer: |_, q| event(&format!("{{\"delta\": {{\"value\": {q}}}}}")),
    },
    Place { name: "sample", answer: |_, q| event(&format!("{{\"other\": {q}}}")) },
    Place { name: "key", answer: |_, q| event(&format!("{{{q}: \"x\"}}")) },
    Place {
        name: "key before a key",
        answer: |_, q| event(&format!("{{\"a\": {{{q}: {{\"text\": \"x\"}}}}}}")),
    },
    Place { name: "model", answer: |_, q| event(&format!("{{\"model\": {q}, \"delta\": \"x\"}}")) },
    Place {
        name: "finish reason",
        answer: |_, q| {
            event(&format!("{{\"choices\": [{{\"finish_reason\": {q}}}], \"delta\": \"x\"}}"))
        },
    },
    Place {
        name: "stop reason",
        answer: |_, q| {
            stream(&format!(
                "event: message_delta\ndata: {{\"type\": \"message_delta\", \"delta\": {{\"stop_reason\": {q}}}}}"
            ))
        },
    },
    Place {
        name: "usage",
        answer: |_, q| {
            event(&format!(
                "{{\"usage\": {{\"prompt_tokens\": {q}, \"total_tokens\": {q}}}, \"delta\": \"x\"}}"
            ))
        },
    },
    Place {
        name: "tool call",
        answer: |_, q| {
            event(&format!(
                "{{\"choices\": [{{\"delta\": {{\"tool_calls\": [{{\"function\": {{\"name\": {q}, \"arguments\": {q}}}}}]}}}}]}}"
            ))
        },
    },
    Place {
        name: "error message",
        answer: |_, q| event(&format!("{{\"error\": {{\"message\": {q}}}}}")),
    },
    Place {
        name: "error type",
        answer: |_, q| event(&format!("{{\"error\": {{\"type\": {q}, \"message\": \"x\"}}}}")),
    },
    Place {
        name: "error code",
        answer: |_, q| event(&format!("{{\"error\": {{\"code\": {q}, \"param\": {q}}}}}")),
    },
    Place { name: "error text", answer: |_, q| event(&format!("{{\"error\": {q}}}")) },
    Place {
        name: "error beside a text",
        answer: |_, q| event(&format!("{{\"error\": \"e\", \"message\": {q}}}")),
    },
    Place {
        name: "error event",
        answer: |t, _| stream(&format!("event: error\n{}", per_line(t, "data: ", "\n"))),
    },
    Place {
        name: "failed response",
        answer: |_, q| {
            event(&format!(
                "{{\"type\": \"response.failed\", \"response\": {{\"error\": {{\"code\": {q}, \"message\": {q}}}}}}}"
            ))
        },
    },
    Place {
        name: "error after text",
        answer: |t, q| {
            stream(&format!(
                "data: {}\n\ndata: {{\"error\": {{\"message\": {q}}}}}",
                json!({ "delta": t })
            ))
        },
    },
    Place { name: "401", answer: |t, _| answer("401 No", TEXT, &format!("wrong key {t}")) },
    Place {
        name: "403 as HTML",
        answer: |t, _| answer("403 No", HTML, &format!("<html><body><p>{t}</p></body></html>")),
    },
    Place {
        name: "404 as JSON",
        answer: |_, q| answer("404 No", JSON, &format!("{{\"detail\": {q}}}")),
    },
    Place {
        name: "429 as JSON",
        answer: |_, q| {
            answer("429 No", JSON, &format!("{{\"error\": {{\"type\": {q}, \"message\": {q}}}}}"))
        },
    },
    Place {
        name: "500 as JSON",
        answer: |_, q| {
            answer(
                "500 No",
                JSON,
                &format!("{{\"error\": {{\"message\": {q}, \"type\": \"server_error\"}}}}"),
            )
        },
    },
    Place { name: "500", answer: |t, _| answer("500 No", TEXT, t) },
    Place { name: "503", answer: |t, _| answer("503 No", TEXT, t) },
    Place {
        name: "HTML in place of a stream",
        answer: |t, _| answer("200 OK", HTML, &format!("<p>{t}</p>")),
    },
    Place { name: "text in place of a stream", answer: |t, _| answer("200 OK", TEXT, t) },
    Place {
        name: "JSON in place of a stream",
        answer: |_, q| answer("200 OK", JSON, &format!("{{\"output\": {q}}}")),
    },
    Place {
        name: "error in place of a stream",
        answer: |_, q| answer("200 OK", JSON, &format!("{{\"error\": {{\"message\": {q}}}}}")),
    },
    Place { name: "body", answer: |_, q| answer("200 OK", JSON, &format!("{{\"delta\": {q}}}")) },
    Place { name: "body's key", answer: |_, q| answer("200 OK", JSON, &format!("{{{q}: {q}}}")) },
    Place {
        name: "bad body",
        answer: |t, _| answer("200 OK", JSON, &format!("{{\"delta\": \"{t}")),
    },
    Place { name: "no type", answer: |t, _| answer("200 OK", "server: x", t) },
];

/// A stream of pieces under a status that is not a success.
fn refused_stream(status: &str, text: &str) -> Vec<Vec<u8>> {
    answer(status, STREAM, &String::from_utf8_lossy(&pieces(text, TORN_LENGTH)[1..].concat()))
}

/// One event.
fn event_of(data: &Value) -> Vec<Vec<u8>> {
    event(&data.to_string())
}

/// So long are the pieces in [`TORN`]: longer than what tells a key, and not whole.
const TORN_LENGTH: usize = 9;

/// Everywhere where a text is shown that was not joined. The text is a key in pieces, with `|`
/// between them and between its lines.
const TORN: &[Place] = &[
    Place { name: "401 as a stream", answer: |_, t| refused_stream("401 No", t) },
    Place { name: "429 as a stream", answer: |_, t| refused_stream("429 No", t) },
    Place { name: "503 as a stream", answer: |_, t| refused_stream("503 No", t) },
    Place { name: "302 as a stream", answer: |_, t| refused_stream("302 Found", t) },
    Place { name: "500 as text", answer: |t, _| answer("500 No", TEXT, t) },
    Place {
        name: "404 as JSON",
        answer: |t, _| answer("404 No", JSON, &json!({ "detail": t }).to_string()),
    },
    Place {
        name: "429 with an error",
        answer: |t, _| {
            answer("429 No", JSON, &json!({ "error": { "type": t, "message": t } }).to_string())
        },
    },
    Place {
        name: "error in place of a stream",
        answer: |t, _| answer("200 OK", JSON, &json!({ "error": { "message": t } }).to_string()),
    },
    Place {
        name: "JSON in place of a stream",
        answer: |t, _| answer("200 OK", JSON, &json!({ t: { "text": t } }).to_string()),
    },
    Place {
        name: "media type",
        answer: |t, _| answer("200 OK", &format!("content-type: text/{}", token(t)), "x"),
    },
    Place { name: "coding", answer: |t, _| header("content-encoding", t) },
    Place { name: "error message", answer: |t, _| event_of(&json!({ "error": { "message": t } })) },
    Place {
        name: "error type",
        answer: |t, _| event_of(&json!({ "error": { "type": t, "message": "x" } })),
    },
    Place { name: "error", answer: |t, _| event_of(&json!({ "error": t, "message": t })) },
    Place { name: "error event", answer: |t, _| stream(&format!("event: error\ndata: {t}")) },
    Place {
        name: "failed response",
        answer: |t, _| {
            event_of(&json!({
                "type": "response.failed",
                "response": { "error": { "code": t, "message": t } },
            }))
        },
    },
    Place { name: "model", answer: |t, _| event_of(&json!({ "model": t, "delta": "x" })) },
    Place {
        name: "finish reason",
        answer: |t, _| event_of(&json!({ "choices": [{ "finish_reason": t }], "delta": "x" })),
    },
    Place {
        name: "event name",
        answer: |t, _| stream(&format!("event: {t}\ndata: {{\"delta\": \"x\"}}")),
    },
    Place {
        name: "event name without text",
        answer: |t, _| stream(&format!("event: {t}\ndata: {{\"text\": {{\"text\": \"x\"}}}}")),
    },
    Place {
        name: "event name without JSON",
        answer: |t, _| stream(&format!("event: {t}\ndata: x")),
    },
    Place { name: "sample", answer: |t, _| event_of(&json!({ "other": t })) },
    Place { name: "key", answer: |t, _| event_of(&json!({ "a": { t: { "text": "x" } } })) },
];

/// Each key in pieces, wherever a text is shown that was not joined.
pub(super) fn torn() -> Vec<Answer> {
    let of_key = |key: &'static keys::Key| {
        let line = key.value.replace('\n', "|");
        let torn = cut(&line, TORN_LENGTH).collect::<Vec<_>>().join("|");
        TORN.iter().map(move |place| Answer {
            label: format!("{} (torn {})", place.name, key.name),
            pieces: (place.answer)(&torn, &line),
            stalls: false,
        })
    };
    keys::all().flat_map(of_key).collect()
}

/// Those keys of a text that HTTP takes as a token.
fn token(text: &str) -> String {
    let is_token =
        |key: &&str| key.chars().all(|c| c.is_ascii_alphanumeric() || "-._|".contains(c));
    text.split(BETWEEN).filter(is_token).collect::<Vec<_>>().join(".")
}

/// In each place a third of the forms, so that each form is in a third of all places; in each answer
/// all keys, every time in another order, because what is shown of a long text is its beginning.
pub(super) fn everything() -> Vec<Answer> {
    let mut answers = Vec::new();
    for (turn, place) in PLACES.iter().enumerate() {
        for form in forms::names().into_iter().skip(turn % 3).step_by(3) {
            answers.push(place.answer(form, turn + answers.len()));
        }
    }
    answers
}

/// The keys as they are in every place.
pub(super) fn in_short() -> Vec<Answer> {
    let form = forms::names()[0];
    PLACES.iter().enumerate().map(|(turn, place)| place.answer(form, turn)).collect()
}

/// Each kind of answer once: the keys as they are in every place, and one torn key wherever a text
/// is shown that was not joined, every time another one.
pub(super) fn one_of_each_kind() -> Vec<Answer> {
    let (torn, count) = (torn(), keys::all().count());
    let torn = torn.into_iter().enumerate().filter_map(|(number, answer)| {
        let (key, place) = (number / TORN.len(), number % TORN.len());
        (key == place % count).then_some(answer)
    });
    in_short().into_iter().chain(torn).filter(|answer| !answer.stalls).collect()
}

/// The same without those streams that tear a key apart: who reads them as one plain text finds no
/// key in it.
pub(super) fn in_one_piece() -> Vec<Answer> {
    let torn =
        |answer: &Answer| ["text in ", "text before"].iter().any(|it| answer.label.starts_with(it));
    in_short().into_iter().filter(|answer| !torn(answer)).collect()
}

impl Place {
    fn answer(&self, form: &str, turn: usize) -> Answer {
        let mut keys: Vec<_> = keys::all().collect();
        let turn = turn % keys.len();
        keys.rotate_left(turn);
        let forms = keys.iter().flat_map(|key| forms::sent(key.value));
        let texts: Vec<String> = forms.filter(|it| it.name == form).map(|form| form.sent).collect();
        let quoted: Vec<String> = texts.iter().filter_map(|text| in_json(form, text)).collect();
        Answer {
            label: format!("{} ({form})", self.name),
            pieces: (self.answer)(&texts.join(BETWEEN), &format!("\"{}\"", quoted.join(BETWEEN))),
            stalls: false,
        }
    }
}

/// A form of a key within a string of JSON. What would have to be escaped there once more would be
/// encoded twice, and is left out.
fn in_json(form: &str, text: &str) -> Option<String> {
    let quoted = Value::from(text).to_string();
    let escaped = &quoted[1..quoted.len() - 1];
    match form {
        "as it is" | "line by line" => Some(escaped.to_owned()),
        _ if form.starts_with("JSON") => Some(text.to_owned()),
        _ => (escaped == text).then(|| text.to_owned()),
    }
}
