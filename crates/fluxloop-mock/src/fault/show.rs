//! Writes a fault as it is read.

use std::fmt::{self, Display, Formatter};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::grammar::quote;
use super::units::{show_code, show_duration};
use super::words::Words;
use super::{At, Break, Coding, Fault};

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let out = match self {
            Self::Status { status, headers, retry_at, body } => {
                let out = Out::main("status", status.as_str()).headers(headers);
                let out = out.some("retry_at", retry_at.map(show_duration));
                out.some("body", body.as_ref().map(|body| quote(body)))
            }
            Self::Redirect { status, to } => Out::main("redirect", status.as_str())
                .some("to", to.as_ref().map(|to| quote(to.as_bytes()))),
            Self::Garbage(bytes) => Out::main("garbage", quote(bytes)),
            Self::ContentType(value) => {
                let value = value.as_ref().map(|value| quote(value.as_bytes()));
                Out::maybe("content_type", value)
            }
            Self::Header { name, value } => Out::main("header", header(name, value)),
            Self::ManyHeaders { count, size } => {
                Out::main("many_headers", count).with("size", size)
            }
            Self::Error { error_type, message, after, whole } => {
                let out = Out::main("error", quote(error_type.as_bytes()));
                let out = out.with("message", quote(message.as_bytes())).with("deltas", after);
                if *whole { out.word("whole") } else { out }
            }
            Self::Malformed { what, after } => {
                Out::main("malformed", what.word()).with("deltas", after)
            }
            Self::InvalidUtf8 { after } => Out::name("invalid_utf8").with("deltas", after),
            Self::Endless { what, after, every } => Out::main("endless", what.word())
                .with("deltas", after)
                .some("every", (!every.is_zero()).then(|| show_duration(*every))),
            Self::Bom => Out::name("bom"),
            Self::LongLine(bytes) => Out::main("long_line", bytes),
            Self::LineEnds(end) => Out::main("line_ends", end.word()),
            Self::OneChunk => Out::name("one_chunk"),
            Self::Compress { coding, how } => Out::main(coding.word(), how.word()),
            Self::ShortLength(bytes) => Out::main("short_length", bytes),
            Self::UntilClose => Out::name("until_close"),
            Self::Latency { latency, jitter } => Out::main("latency", show_duration(*latency))
                .some("jitter", (!jitter.is_zero()).then(|| show_duration(*jitter))),
            Self::Bandwidth(rate) => Out::main("bandwidth", rate),
            Self::Slicer { size, variation, delay } => Out::main("slicer", size)
                .some("variation", (*variation > 0).then_some(variation))
                .some("delay", (!delay.is_zero()).then(|| show_duration(*delay))),
            Self::SlowClose(delay) => Out::main("slow_close", show_duration(*delay)),
            Self::CloseIdle(idle) => Out::maybe("close_idle", idle.map(show_duration)),
            Self::Break { how, at } => breaking(*how, *at),
        };
        f.write_str(&out.text)
    }
}

/// A fault that is being written.
struct Out {
    text: String,
    /// Whether the next argument is the first one behind a bare name.
    bare: bool,
}

impl Out {
    fn name(name: &str) -> Self {
        Self { text: name.to_owned(), bare: true }
    }

    fn main(name: &str, value: impl Display) -> Self {
        Self { text: format!("{name}={value}"), bare: false }
    }

    fn maybe(name: &str, value: Option<impl Display>) -> Self {
        value.map_or_else(|| Self::name(name), |value| Self::main(name, value))
    }

    fn word(mut self, key: &str) -> Self {
        self.text.push(if self.bare { ':' } else { ',' });
        self.text.push_str(key);
        self.bare = false;
        self
    }

    fn with(self, key: &str, value: impl Display) -> Self {
        let mut out = self.word(key);
        out.text.push('=');
        out.text.push_str(&value.to_string());
        out
    }

    fn some(self, key: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// The arguments of a status that are its headers.
    fn headers(self, headers: &HeaderMap) -> Self {
        let mut short = vec!["retry-after", "retry-after-ms"];
        headers.iter().fold(self, |out, (name, value)| {
            // The short form can stand there once.
            match short.iter().position(|it| *it == name.as_str()) {
                Some(at) => out.with(&short.remove(at).replace('-', "_"), quote(value.as_bytes())),
                None => out.with("header", header(name, value)),
            }
        })
    }
}

fn header(name: &HeaderName, value: &HeaderValue) -> String {
    quote(&[name.as_str().as_bytes(), b": ", value.as_bytes()].concat())
}

fn breaking(how: Break, at: At) -> Out {
    let out = match how {
        Break::Close => Out::name("close"),
        Break::ResetPeer => Out::name("reset_peer"),
        Break::Timeout { close_after } => Out::maybe("timeout", close_after.map(show_duration)),
        Break::LimitData => {
            return match at {
                At::Bytes(bytes) => Out::main("limit_data", bytes),
                _ => Out::name("limit_data"),
            };
        }
        Break::End => Out::name("end"),
        Break::BadChunk => Out::name("bad_chunk"),
        Break::GoAway { code, last } => {
            let code = code.map_or_else(|| "graceful".to_owned(), show_code);
            Out::main("goaway", code).some("last", (last > 0).then_some(last))
        }
        Break::RstStream(code) => Out::main("rst_stream", show_code(code)),
    };
    match at {
        At::Deltas(count) => out.with("deltas", count),
        At::Inside(count) => out.with("inside", count),
        At::Bytes(count) => out.with("bytes", count),
        At::Start | At::Head | At::Done | At::Anywhere => out.with("at", at.word()),
    }
}

impl Coding {
    /// Its name in `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        self.word()
    }
}
