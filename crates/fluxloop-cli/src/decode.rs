//! `fluxloop decode`: the bytes of an event stream in, one JSON line per event out.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

use std::time::Duration;

use fluxloop_aggregate::{Aggregator, AnswerReader, AnswerRules, ContentFault, Push};
use fluxloop_schema::{Schema, StreamKind, TypePattern};
use fluxloop_frames::Frame;
use fluxloop_report::visible;
use fluxloop_sse::{DecodeError, Decoder, Event};
use serde_json::{Value, json};

use crate::args::DecodeArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;

/// How much is read at once.
const READ_BYTES: usize = 64 << 10;

/// How much of the joined text, which is printed as it comes, is kept at most: a stream may be
/// endless.
const KEPT_TEXT_BYTES: usize = 1 << 20;

/// What ends the reading early.
enum Stop {
    /// The input cannot be read.
    Read(io::Error),
    /// Nobody reads what is written any more.
    Write,
    /// The stream is beyond the limits.
    Decode(DecodeError),
}

pub(crate) fn run(args: &DecodeArgs) -> Result<Exit, Ended> {
    let mut input: Box<dyn Read> = match args.file.as_deref() {
        Some(path) if path.as_os_str() != "-" => Box::new(File::open(path).map_err(|error| {
            let message = format!("`{}` cannot be read: {error}", path.display());
            Ended::message(Exit::Failure, message)
        })?),
        _ => Box::new(io::stdin().lock()),
    };
    let mut out = output::results();
    let mut printer = Printer::new(args, &mut out);
    match printer.stream(&mut input, args) {
        Ok(()) | Err(Stop::Write) => Ok(Exit::Success),
        Err(Stop::Read(error)) => {
            Err(Ended::message(Exit::Failure, format!("the input cannot be read: {error}")))
        }
        Err(Stop::Decode(error)) => Err(Ended::new(Exit::Failure, &error).hint(Some(error.hint()))),
    }
}

/// Prints what a run would see.
struct Printer<'a, W> {
    out: &'a mut W,
    filter: Vec<String>,
    reader: AnswerReader,
    aggregator: Aggregator,
    /// How many events came before those that the aggregator took.
    forgotten: u64,
    /// Whether each line tells the text that a run would take from the event.
    with_text: bool,
    text_only: bool,
    /// Whether control characters would steer a terminal.
    terminal: bool,
}

impl<'a, W: Write> Printer<'a, W> {
    fn new(args: &DecodeArgs, out: &'a mut W) -> Self {
        let filter = args.event.clone();
        let pattern = |name: &String| TypePattern { text: name.clone(), is_prefix: false };
        let types = (!filter.is_empty()).then(|| filter.iter().map(pattern).collect());
        let schema = Schema::auto().with_text(types, args.path.clone());
        let reader = AnswerReader::new(&AnswerRules::new(StreamKind::Sse, schema));
        Self {
            out,
            filter,
            aggregator: Aggregator::new(&reader, None),
            reader,
            forgotten: 0,
            with_text: args.path.is_some(),
            text_only: args.text,
            terminal: output::stdout_is_terminal(),
        }
    }

    fn stream(&mut self, input: &mut dyn Read, args: &DecodeArgs) -> Result<(), Stop> {
        let mut decoder = Decoder::new();
        if let Some(id) = &args.last_event_id {
            decoder = decoder.with_last_event_id(id);
        }
        let mut input = BufReader::with_capacity(READ_BYTES, input);
        let mut piece = Vec::new();
        loop {
            piece.clear();
            if let Some(cut) = args.cut {
                // Exactly so many bytes, however they come.
                let wanted = cut.get() as u64;
                input.by_ref().take(wanted).read_to_end(&mut piece).map_err(Stop::Read)?;
            } else {
                piece.extend_from_slice(input.fill_buf().map_err(Stop::Read)?);
                input.consume(piece.len());
            }
            if piece.is_empty() {
                break;
            }
            let mut events = decoder.feed(&piece);
            while let Some(event) = events.next() {
                self.event(&event.map_err(Stop::Decode)?).map_err(|_| Stop::Write)?;
            }
            // Whoever watches a live stream wants to see what has come.
            if input.buffer().is_empty() {
                self.out.flush().map_err(|_| Stop::Write)?;
            }
        }
        self.end(&mut decoder).and_then(|()| self.out.flush()).map_err(|_| Stop::Write)
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if !self.with_text && !self.text_only {
            return self.line(event, None);
        }
        self.forget_text();
        let (had, matched) = (self.aggregator.text().len(), self.aggregator.matched());
        let pushed = self.aggregator.push(&Frame::from(*event), Duration::ZERO).map_err(|error| self.told(error));
        let found = self.aggregator.matched() > matched;
        let text = &self.aggregator.text()[had..];
        if let Err(error) = &pushed {
            output::warning(visible(&error.to_string()));
        }
        if self.text_only {
            let shown = if self.terminal { visible(text) } else { text.into() };
            return self.out.write_all(shown.as_bytes());
        }
        let is_text = found && !matches!(pushed, Ok(Push::Done));
        let text = if is_text { json!(text) } else { json!(null) };
        self.line(event, Some(text))
    }

    /// Begins anew when the text has become long. Until the answer is complete, no event depends on
    /// those before it; afterwards no more text comes.
    fn forget_text(&mut self) {
        if self.aggregator.text().len() > KEPT_TEXT_BYTES && !self.aggregator.is_done() {
            self.forgotten += self.aggregator.frames();
            self.aggregator = Aggregator::new(&self.reader, None);
        }
    }

    /// The error with the place of its event in the whole stream.
    fn told(&self, mut error: ContentFault) -> ContentFault {
        if let ContentFault::Malformed(malformed) = &mut error
            && let Some(number) = &mut malformed.number
        {
            *number += self.forgotten;
        }
        error
    }

    /// Prints an event, and the text that was taken from it where that is asked for.
    fn line(&mut self, event: &Event<'_>, text: Option<Value>) -> io::Result<()> {
        if !self.filter.is_empty() && !self.filter.iter().any(|name| name == event.event_type) {
            return Ok(());
        }
        let mut line = json!({
            "event": event.event_type,
            "data": event.data,
            "id": event.id,
        });
        if let Some(text) = text {
            line["text"] = text;
        }
        self.show(&line)
    }

    /// Prints a line. What a server sent has no power over a terminal.
    fn show(&mut self, line: &Value) -> io::Result<()> {
        let line = line.to_string();
        let shown = if self.terminal { visible(&line) } else { line.as_str().into() };
        writeln!(self.out, "{shown}")
    }

    fn end(&mut self, decoder: &mut Decoder) -> io::Result<()> {
        if self.text_only {
            return Ok(());
        }
        let pending = decoder.finish().pending.is_some();
        let end = json!({
            "last_event_id": decoder.last_event_id(),
            "retry_ms": decoder.retry(),
            "pending": pending,
        });
        self.show(&json!({ "end": end }))
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_jsonpath::JsonPath;

    use super::*;

    fn args(path: Option<&str>) -> DecodeArgs {
        DecodeArgs {
            file: None,
            cut: None,
            last_event_id: None,
            event: Vec::new(),
            path: path.map(|path| JsonPath::parse(path).expect("a path")),
            text: true,
        }
    }

    #[test]
    fn an_endless_stream_is_not_kept() {
        let (piece, count) = ("x".repeat(10_000), 500);
        let mut out = Vec::new();
        let mut printer = Printer::new(&args(None), &mut out);
        printer.terminal = false;
        for _ in 0..count {
            printer.event(&Event::message(&piece)).expect("memory takes everything");
            assert!(printer.aggregator.text().len() <= KEPT_TEXT_BYTES + piece.len());
        }
        assert_eq!(out, piece.repeat(count).as_bytes());
    }

    #[test]
    fn nothing_that_came_steers_a_terminal() {
        let mut out = Vec::new();
        let mut printer = Printer::new(&DecodeArgs { text: false, ..args(None) }, &mut out);
        printer.terminal = true;
        let stream = "id: \u{9b}31m\u{202e}\nevent: \u{9d}0;x\ndata: \u{9b}2J\n\n";
        let mut decoder = Decoder::new();
        let mut events = decoder.feed(stream.as_bytes());
        while let Some(event) = events.next() {
            printer.event(&event.expect("it is short")).expect("memory takes everything");
        }
        printer.end(&mut decoder).expect("memory takes everything");
        let shown = String::from_utf8(out).expect("it is UTF-8");
        assert_eq!(shown.lines().count(), 2, "{shown}");
        assert!(!shown.contains(['\u{9b}', '\u{9d}', '\u{202e}']), "{shown:?}");
    }

    #[test]
    fn an_error_is_told_with_its_place_in_the_whole_stream() {
        let long = json!({ "t": "x".repeat(KEPT_TEXT_BYTES + 1) }).to_string();
        let mut out = Vec::new();
        let mut printer = Printer::new(&args(Some("t")), &mut out);
        for _ in 0..3 {
            printer.event(&Event::message(&long)).expect("memory takes everything");
        }
        printer.forget_text();
        let error = printer.aggregator.push(&Frame::message("{"), Duration::ZERO).expect_err("it is no JSON");
        assert!(printer.told(error).to_string().starts_with("event 4 "));
    }
}
