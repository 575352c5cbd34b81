//! An answer that was captured before.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use fluxloop_learn::{Delivery, Recorder, Recording, texts};
use fluxloop_redact::naming::evident;
use fluxloop_redact::{Redactor, Secret};
use fluxloop_schema::StreamKind;

use super::answer::Answer;
use super::{MAX_BODY_BYTES, MAX_FRAME_BYTES};
use crate::errors::Ended;
use crate::exit::Exit;

/// Reads the body in a file, or from standard input (`-`). The heads of `curl -i` are skipped.
pub(super) fn read(path: &Path, stream: Option<StreamKind>) -> Result<Answer, Ended> {
    let failed = |error: io::Error| {
        let message = format!("`{}` cannot be read: {error}", path.display());
        Ended::message(Exit::Failure, message)
    };
    let input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let mut bytes = Vec::new();
    input.take(MAX_BODY_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    let body = without_heads(&bytes);
    let stream = stream.unwrap_or(StreamKind::Auto);
    let mut recording = recorded(body, stream);
    // Lines that are no fields may come before the first field of an event stream.
    let text = String::from_utf8_lossy(body);
    let has_fields = text.lines().any(|line| line.starts_with("data:"));
    if stream == StreamKind::Auto && has_fields {
        recording = recorded(body, StreamKind::Sse);
    }
    let delivery = Delivery { is_clean: true, ..Delivery::default() };
    Ok(Answer { head: None, recording, delivery, took: Duration::ZERO, broke: None })
}

/// Knows what looks like a key in an answer: in a frame, or in a text that came in pieces.
pub(super) fn redactor(answer: &Answer) -> Redactor {
    let frames = answer.recording.frames.iter();
    let of_frames = frames.flat_map(|frame| [&frame.data, &frame.event_type]).cloned();
    let secrets = of_frames.chain(texts(&answer.recording)).flat_map(|text| {
        let found: Vec<_> = evident(&text).into_iter().map(|at| Secret::new(&text[at])).collect();
        found
    });
    Redactor::none().with(secrets)
}

fn recorded(body: &[u8], stream: StreamKind) -> Recording {
    let mut recorder = Recorder::new(stream, MAX_FRAME_BYTES);
    recorder.feed(body, Duration::ZERO);
    recorder.finish(Duration::ZERO)
}

/// The body behind the heads that `curl -i` writes before it: those of proxies and redirects come
/// first.
fn without_heads(mut bytes: &[u8]) -> &[u8] {
    while bytes.starts_with(b"HTTP/") {
        let mut at = 0;
        let blank = bytes.split_inclusive(|byte| *byte == b'\n').find_map(|line| {
            at += line.len();
            line.trim_ascii().is_empty().then_some(at)
        });
        let Some(end) = blank else { break };
        bytes = &bytes[end..];
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &str, body: &str) {
        assert_eq!(without_heads(bytes.as_bytes()), body.as_bytes());
    }

    #[test]
    fn heads_before_the_body_are_skipped() {
        check("HTTP/1.1 200 OK\r\na: b\r\n\r\n{}\n", "{}\n");
        check("HTTP/1.1 100 Continue\r\n\r\nHTTP/2 200 \r\na: b\r\n\r\ndata: x\n\n", "data: x\n\n");
        check("HTTP/1.1 200 OK\na: b\n\nx", "x");
        check("HTTP/1.1 200 OK\r\na: b\r\n", "HTTP/1.1 200 OK\r\na: b\r\n");
        check("{}", "{}");
    }
}
