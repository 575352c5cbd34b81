//! What the server answers where a text ends inside a key: because the connection breaks, or
//! because the program keeps no more of it.

use serde_json::json;

use super::server::Answer;
use super::{forms, keys};

/// A place, and the answer in which so many bytes of a form are the last that is kept.
struct Cut {
    name: &'static str,
    answer: fn(&str, usize) -> Vec<u8>,
}

const STREAM: &str = "text/event-stream";

/// An answer that has ended where its connection does.
fn ended(status: u16, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\nconnection: close");
    [head.as_bytes(), b"\r\n\r\n", body].concat()
}

/// An answer whose connection breaks before its end.
fn broken(status: u16, content_type: &str, body: &[u8]) -> Vec<u8> {
    ended(status, &format!("{content_type}\r\ncontent-length: 999999"), body)
}

fn beginning(form: &str, bytes: usize) -> &[u8] {
    &form.as_bytes()[..bytes]
}

/// The same in characters, as JSON.
fn text(form: &str, bytes: usize) -> String {
    form[..form.floor_char_boundary(bytes)].to_owned()
}

/// The form behind as much as it takes for so many bytes of it to fit below a limit; `filler` is
/// of one character, which may have several bytes.
fn behind(filler: &str, limit: usize, form: &str, bytes: usize) -> String {
    let room = limit - bytes;
    let rest = "-".repeat(room % filler.len());
    [&rest, &filler.repeat(room / filler.len()), form].concat()
}

/// A stream of one event.
fn event(data: &serde_json::Value) -> Vec<u8> {
    ended(200, STREAM, format!("data: {data}\n\n").as_bytes())
}

const CUTS: &[Cut] = &[
    Cut { name: "broken 500", answer: |f, n| broken(500, "text/plain", beginning(f, n)) },
    Cut { name: "500", answer: |f, n| ended(500, "text/plain", beginning(f, n)) },
    Cut {
        name: "500 behind 16 KiB",
        answer: |f, n| ended(500, "text/plain", behind("界", 16 << 10, f, n).as_bytes()),
    },
    Cut {
        name: "broken JSON",
        answer: |f, n| {
            broken(
                400,
                "application/json",
                &[b"{\"error\": {\"message\": \"", beginning(f, n)].concat(),
            )
        },
    },
    Cut { name: "no event", answer: |f, n| ended(200, STREAM, beginning(f, n)) },
    Cut {
        name: "broken event",
        answer: |f, n| broken(200, STREAM, &[b"data: {\"delta\": \"", beginning(f, n)].concat()),
    },
    Cut {
        name: "malformed data",
        answer: |f, n| {
            ended(200, STREAM, &[b"data: {\"delta\": \"", beginning(f, n), b"\n\n"].concat())
        },
    },
    Cut {
        name: "malformed data behind 4 KiB",
        answer: |f, n| {
            ended(200, STREAM, &[b"data: ", behind("界", 4096, f, n).as_bytes(), b"\n\n"].concat())
        },
    },
    Cut { name: "text", answer: |f, n| event(&json!({ "delta": text(f, n) })) },
    Cut {
        name: "text behind 256",
        answer: |f, n| event(&json!({ "delta": behind("x", 256, f, n) })),
    },
    Cut {
        name: "broken text",
        answer: |f, n| {
            broken(200, STREAM, format!("data: {}\n\n", json!({ "delta": text(f, n) })).as_bytes())
        },
    },
    Cut { name: "other type", answer: |f, n| broken(200, "text/html", beginning(f, n)) },
    Cut {
        name: "JSON in place of a stream",
        answer: |f, n| {
            ended(200, "application/json", &[b"{\"error\": \"", beginning(f, n)].concat())
        },
    },
    Cut {
        name: "error message behind 4 KiB",
        answer: |f, n| event(&json!({ "error": { "message": behind("界", 4096, f, n) } })),
    },
    Cut {
        name: "error type behind 4 KiB",
        answer: |f, n| {
            event(&json!({ "error": { "type": behind("界", 4096, f, n), "message": "m" } }))
        },
    },
    Cut {
        name: "error text behind 4 KiB",
        answer: |f, n| event(&json!({ "error": behind("界", 4096, f, n) })),
    },
    Cut {
        name: "error name behind 4 KiB",
        answer: |f, n| event(&json!({ "error": behind("界", 4096, f, n), "message": "m" })),
    },
    Cut {
        name: "model behind 256",
        answer: |f, n| event(&json!({ "model": behind("x", 256, f, n), "delta": "x" })),
    },
    Cut {
        name: "finish reason behind 256",
        answer: |f, n| {
            event(
                &json!({ "choices": [{ "finish_reason": behind("x", 256, f, n) }], "delta": "x" }),
            )
        },
    },
    Cut {
        name: "event name behind 256",
        answer: |f, n| {
            ended(
                200,
                STREAM,
                format!("event: {}\ndata: {{\"other\": \"x\"}}\n\n", behind("x", 256, f, n))
                    .as_bytes(),
            )
        },
    },
    Cut {
        name: "event name behind 256 without JSON",
        answer: |f, n| {
            ended(200, STREAM, format!("event: {}\ndata: x\n\n", behind("x", 256, f, n)).as_bytes())
        },
    },
    Cut {
        name: "sample behind 4 KiB",
        answer: |f, n| event(&json!({ "other": behind("界", 4096 - 10, f, n) })),
    },
    Cut {
        name: "sample behind 8 KiB",
        answer: |f, n| event(&json!({ "other": behind("界", 8192 - 10, f, n) })),
    },
];

/// Every form in every place, cut at one byte or the other, and one key of all characters as it is,
/// cut at every byte.
pub(super) fn all() -> Vec<Answer> {
    let keys: Vec<_> = keys::all().collect();
    let odd = keys.iter().find(|key| key.name == "ODD_TOKEN").expect("it is planted").value;
    let mut answers = Vec::new();
    for cut in CUTS {
        for bytes in 8..odd.len() {
            answers.push(cut.answer(odd, bytes));
        }
        for form in forms::names() {
            let key = keys[answers.len() % keys.len()];
            let forms = forms::sent(key.value);
            let form = forms.iter().find(|it| it.name == form).expect("every key has it");
            let bytes = 8 + answers.len() * 7 % (form.sent.len() - 8).min(200);
            answers.push(cut.answer(&form.sent, bytes));
        }
    }
    answers
}

/// Those that fill 256 bytes or characters.
pub(super) fn of_256() -> Vec<Answer> {
    all().into_iter().filter(|answer| answer.label.contains("256")).collect()
}

impl Cut {
    fn answer(&self, form: &str, bytes: usize) -> Answer {
        let label = format!("{} (cut after {bytes} bytes)", self.name);
        Answer { label, pieces: vec![(self.answer)(form, bytes)], stalls: false }
    }
}
