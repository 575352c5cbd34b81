//! Prints frames one after another: as they are, the text in them, or what rules take from them.

use std::io::{self, Write};
use std::time::Duration;

use fluxloop_aggregate::{
    Aggregator, AnswerReader, AnswerRules, Content, ContentFault, Push, TextBy, Took, Unended,
};
use fluxloop_frames::{Frame, FrameKind, Framing, Recognized, Rest, recognized};
use fluxloop_report::visible;
use fluxloop_schema::{StreamKind, TypePattern};
use fluxloop_sse::Decoder;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::input::{Cutter, EventsEnd, Input};
use super::{MAX_BODY_BYTES, Stop, judge};
use crate::args::DecodeArgs;
use crate::output;

/// After how many bytes what came is concluded and forgotten: a stream may be endless.
const PART_BYTES: usize = 16 << 20;

/// The longest value in an explanation, in bytes.
const SHOWN_BYTES: usize = 200;

/// What is printed of each frame.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Mode {
    Frames,
    Text,
    Explain,
}

/// Reads the input to its end, and prints what the arguments ask for.
pub(super) fn print(
    args: &DecodeArgs,
    rules: &AnswerRules,
    mut input: Input,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let mut printer = Printer::new(args, rules, out);
    let ids = printer.wants_ids().then(|| {
        Decoder::new().with_last_event_id(args.last_event_id.as_deref().unwrap_or_default())
    });
    let mut cutter = Cutter::new(rules.stream, ids);
    loop {
        let piece = input.next()?;
        if piece.is_empty() {
            break;
        }
        cutter.feed(piece, &mut |frame, id| printer.frame(frame, id))?;
        if cutter.frames.so_far().len() as u64 > MAX_BODY_BYTES {
            return Err(Stop::TooLarge);
        }
        // Whoever watches a live stream wants to see what has come.
        if input.is_waiting() {
            printer.out.flush().map_err(|_| Stop::Write)?;
        }
    }
    cutter.flush(&mut |frame, id| printer.frame(frame, id))?;
    printer.finish(&mut cutter, input.beginning())
}

/// Prints what a run would see.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one stream")]
struct Printer<'a> {
    out: &'a mut dyn Write,
    mode: Mode,
    stream: StreamKind,
    filter: Vec<TypePattern>,
    /// Whether `--path` names the text.
    has_path: bool,
    /// Whether rules of the user's say where the text is.
    has_rules: bool,
    reader: AnswerReader,
    aggregator: Aggregator,
    number: u64,
    /// How many bytes of frames came since something was forgotten.
    part_bytes: usize,
    /// How much of the part's text was printed.
    printed: usize,
    /// Whether what was printed of it was changed later.
    was_changed: bool,
    /// Whether a frame of the framing came.
    fits: bool,
    /// Whether the rules found anything of the answer, or the answer failed.
    has_found: bool,
    /// Whether control characters would steer a terminal.
    terminal: bool,
}

impl<'a> Printer<'a> {
    fn new(args: &DecodeArgs, rules: &AnswerRules, out: &'a mut dyn Write) -> Self {
        let mode = match (args.text, args.explain) {
            (true, _) => Mode::Text,
            (false, true) => Mode::Explain,
            (false, false) => Mode::Frames,
        };
        let reader = AnswerReader::new(rules);
        let aggregator = Aggregator::new(&reader, None);
        Self {
            out,
            mode,
            stream: rules.stream,
            filter: args.event.clone(),
            has_path: args.path.is_some(),
            has_rules: rules.has_own_path,
            reader,
            aggregator: if mode == Mode::Text { aggregator } else { aggregator.explaining() },
            number: 0,
            part_bytes: 0,
            printed: 0,
            was_changed: false,
            fits: false,
            has_found: false,
            terminal: output::stdout_is_terminal(),
        }
    }

    /// Whether an error of the answer matters; without rules, its frame is like any other.
    fn warns(&self) -> bool {
        self.mode != Mode::Frames || self.has_rules
    }

    fn wants_ids(&self) -> bool {
        self.mode == Mode::Frames && super::reads_events(self.stream)
    }

    fn frame(&mut self, frame: &Frame<'_>, id: Option<&str>) -> Result<(), Stop> {
        self.number += 1;
        self.fits = self.fits || self.fits_framing(frame);
        let pushed = self.push(frame);
        let took = self.aggregator.took();
        self.has_found |= pushed.is_err();
        if let Err(fault) = &pushed
            && self.mode != Mode::Explain
            && self.warns()
        {
            output::warning(fault);
        }
        let printed = match self.mode {
            Mode::Text => self.grown_text(),
            _ if !self.passes(frame, &took) => Ok(()),
            Mode::Frames => self.line(frame, id, &took),
            Mode::Explain => self.explain(frame, &took, pushed.err().as_ref()),
        };
        printed.map_err(|_| Stop::Write)?;
        self.part_bytes += frame.data.len();
        if self.part_bytes > PART_BYTES && !self.aggregator.is_done() {
            self.part_bytes = 0;
            let content = self.aggregator.forget();
            self.conclude(&content)?;
        }
        Ok(())
    }

    /// Whether a frame shows that the framing is right.
    fn fits_framing(&self, frame: &Frame<'_>) -> bool {
        let is_json = || serde_json::from_str::<IgnoredAny>(frame.data).is_ok();
        match self.stream {
            StreamKind::Sse => frame.kind != FrameKind::Line,
            StreamKind::JsonLines | StreamKind::Json => is_json(),
            StreamKind::None if self.has_rules => is_json(),
            StreamKind::Text | StreamKind::Auto | StreamKind::None => true,
        }
    }

    fn push(&mut self, frame: &Frame<'_>) -> Result<Push, ContentFault> {
        let at = Duration::ZERO;
        let data = frame.data;
        match self.stream {
            StreamKind::None if data.trim_start().starts_with(['{', '[']) => {
                self.aggregator.push_document(data, at)
            }
            StreamKind::Text | StreamKind::None => Ok(self.aggregator.push_text(data, at)),
            _ => self.aggregator.push(frame, at),
        }
    }

    /// Whether `--event` lets a frame pass.
    fn passes(&self, frame: &Frame<'_>, took: &[Took]) -> bool {
        let is_wanted = |name: &str| self.filter.iter().any(|pattern| pattern.fits(name));
        self.filter.is_empty() || is_wanted(frame.event_type) || types(took).any(is_wanted)
    }

    /// Prints a frame, and the text that was taken from it where the user says where that is.
    fn line(&mut self, frame: &Frame<'_>, id: Option<&str>, took: &[Took]) -> io::Result<()> {
        let mut line = match frame.kind {
            FrameKind::Line => json!({ "line": frame.data }),
            FrameKind::NoData => json!({ "event": frame.event_type }),
            FrameKind::Data => json!({ "data": frame.data }),
        };
        if let Some(id) = id {
            line = json!({ "event": frame.event_type, "data": frame.data, "id": id });
        }
        let types: Vec<&str> = types(took).collect();
        if !types.is_empty() {
            line["types"] = json!(types);
        }
        if self.has_rules {
            let found = took.iter().filter(|took| took.what == "text");
            let found: Vec<&str> = found.filter_map(|took| took.value.as_str()).collect();
            line["text"] = if found.is_empty() { Value::Null } else { found.concat().into() };
        }
        self.show(&line.to_string())
    }

    /// Prints what rules took from a frame.
    fn explain(
        &mut self,
        frame: &Frame<'_>,
        took: &[Took],
        fault: Option<&ContentFault>,
    ) -> io::Result<()> {
        let mut names: Vec<&str> = types(took).collect();
        if frame.event_type != Frame::MESSAGE || names.is_empty() {
            names.insert(0, frame.event_type);
        }
        let kind = match frame.kind {
            FrameKind::Line => "a line that is not a field".to_owned(),
            FrameKind::NoData => format!("{} without data", names.join(", ")),
            FrameKind::Data => names.join(", "),
        };
        self.show(&one_line(&format!("{} {kind}", self.number)))?;
        let mut is_nothing = fault.is_none();
        for took in took.iter().filter(|took| took.what != "type") {
            is_nothing = false;
            self.show(&one_line(&explanation(took)))?;
        }
        if let Some(fault) = fault {
            self.show(&one_line(&format!("  the answer fails: {fault}")))?;
        }
        if is_nothing { self.show("  nothing") } else { Ok(()) }
    }

    /// Prints the text that was added, unless the text was changed elsewhere than at its end.
    fn grown_text(&mut self) -> io::Result<()> {
        self.was_changed |= self.aggregator.rewrites() > 0;
        if self.was_changed {
            return Ok(());
        }
        let text = self.aggregator.text().get(self.printed..).unwrap_or_default().to_owned();
        self.printed += text.len();
        self.write_text(&text)
    }

    /// Prints what only the end of a part shows: text that was held back, and warnings.
    fn conclude(&mut self, content: &Content) -> Result<(), Stop> {
        let has_matched = content.no_text.as_ref().is_none_or(|seen| seen.matched > 0);
        self.has_found |= has_matched || content.needs_input.is_some();
        if self.mode == Mode::Frames {
            return Ok(());
        }
        for warning in content.warnings.iter().filter(|_| self.fits) {
            output::warning(fluxloop_explain::warning(warning, TextBy::Keys).1.message);
        }
        if self.mode == Mode::Text {
            self.rest_of_text(&content.text.text).map_err(|_| Stop::Write)?;
        }
        Ok(())
    }

    /// Prints what is missing of the text; where it was changed, the whole text on a new line.
    fn rest_of_text(&mut self, whole: &str) -> io::Result<()> {
        let printed = std::mem::take(&mut self.printed);
        let was_changed = std::mem::take(&mut self.was_changed);
        let rest = whole.get(printed..).filter(|_| !was_changed);
        if rest.is_none() && printed > 0 {
            self.out.write_all(b"\n")?;
        }
        self.write_text(rest.unwrap_or(whole))
    }

    fn finish(mut self, cutter: &mut Cutter, beginning: &[u8]) -> Result<(), Stop> {
        let framing = cutter.frames.framing();
        let (events, rest) = cutter.finish();
        let pending = match rest {
            Rest::Last(frame) => {
                self.frame(&frame, None)?;
                None
            }
            Rest::Unfinished { frame, .. } => Some(frame),
            Rest::Nothing => None,
        };
        self.fits |= pending.is_some_and(|frame| self.fits_framing(&frame));
        let next = Aggregator::new(&self.reader, None);
        let aggregator = std::mem::replace(&mut self.aggregator, next);
        let before = aggregator.text().to_owned();
        let unended = pending.as_ref().map(|frame| (frame, Unended::Cleanly));
        let (content, fault) = aggregator.finish(unended, Duration::ZERO);
        self.has_found |= fault.is_some();
        // Input of another framing is reported as a whole.
        if let Some(fault) = fault.filter(|_| self.fits && self.warns()) {
            output::warning(fault);
        }
        self.was_changed |= !content.text.text.starts_with(&before);
        self.conclude(&content)?;
        if self.mode == Mode::Frames {
            let end = end(framing, events, pending.is_some());
            self.show(&end.to_string()).map_err(|_| Stop::Write)?;
        }
        self.out.flush().map_err(|_| Stop::Write)?;
        self.judge(&content, beginning)
    }

    /// Whether the input is what the arguments say.
    fn judge(&self, content: &Content, beginning: &[u8]) -> Result<(), Stop> {
        if !self.fits
            && let Some(ended) = judge::other_framing(self.stream, beginning)
        {
            return Err(Stop::Judged(ended));
        }
        let looks = recognized(beginning);
        if self.stream == StreamKind::Text
            && matches!(looks, Some(Recognized::EventStream | Recognized::JsonLines))
        {
            output::warning("the text looks like a stream of frames: try `--stream auto`");
        }
        match &content.no_text {
            Some(seen)
                if self.has_rules && !self.has_found && (self.has_path || seen.only.is_none()) =>
            {
                Err(Stop::Judged(judge::no_match(self.has_path, seen)))
            }
            _ => Ok(()),
        }
    }

    fn write_text(&mut self, text: &str) -> io::Result<()> {
        let shown = if self.terminal { visible(text) } else { text.into() };
        self.out.write_all(shown.as_bytes())
    }

    fn show(&mut self, line: &str) -> io::Result<()> {
        super::show(self.out, line, self.terminal)
    }
}

/// The types that the data of a frame names.
fn types(took: &[Took]) -> impl Iterator<Item = &str> {
    took.iter().filter(|took| took.what == "type").filter_map(|took| took.value.as_str())
}

/// A line about what a rule took.
fn explanation(took: &Took) -> String {
    let mut value = took.value.to_string();
    if value.len() > SHOWN_BYTES {
        value.truncate(value.floor_char_boundary(SHOWN_BYTES));
        value.push('…');
    }
    match (&took.from, &took.value) {
        (Some(from), Value::Null) => format!("  {} <- {from}", took.what),
        (Some(from), _) => format!("  {} <- {from}: {value}", took.what),
        (None, Value::Null) => format!("  {}", took.what),
        (None, _) => format!("  {} <- the data: {value}", took.what),
    }
}

/// Text as one line.
fn one_line(text: &str) -> String {
    text.replace('\n', "\\n")
}

/// What is known at the end of the stream.
fn end(framing: Option<Framing>, events: Option<EventsEnd>, is_pending: bool) -> Value {
    let framing = framing.map(Framing::name);
    let end = match events {
        Some(EventsEnd { last_event_id, retry, is_pending }) => json!({
            "framing": framing,
            "last_event_id": last_event_id,
            "retry_ms": retry,
            "pending": is_pending,
        }),
        None => json!({ "framing": framing, "pending": is_pending }),
    };
    json!({ "end": end })
}

#[cfg(test)]
mod tests {
    use fluxloop_jsonpath::JsonPath;
    use fluxloop_schema::Schema;

    use super::*;

    const NO_ARGS: DecodeArgs = DecodeArgs {
        file: None,
        stream: None,
        schema: None,
        event: Vec::new(),
        path: None,
        text: false,
        channels: false,
        explain: false,
        cut: None,
        last_event_id: None,
    };

    fn text_at(path: &str) -> AnswerRules {
        let path = JsonPath::parse(path).expect("a path");
        AnswerRules::new(StreamKind::Sse, Schema::auto().with_text(None, Some(path)))
    }

    fn read(printer: &mut Printer<'_>, stream: &[u8]) {
        let mut cutter = Cutter::new(StreamKind::Sse, None);
        let fed = cutter.feed(stream, &mut |frame, id| printer.frame(frame, id));
        assert!(fed.is_ok(), "memory takes everything");
    }

    #[test]
    fn an_endless_stream_is_not_kept() {
        let (piece, count) = ("x".repeat(100_000), 400);
        let event = format!("data: {}\n\n", json!({ "t": piece }));
        let (args, mut out) = (DecodeArgs { text: true, ..NO_ARGS }, Vec::new());
        let mut printer = Printer::new(&args, &text_at("t"), &mut out);
        printer.terminal = false;
        for _ in 0..count {
            read(&mut printer, event.as_bytes());
            assert!(printer.aggregator.text().len() <= PART_BYTES + piece.len());
        }
        assert_eq!(printer.aggregator.frames(), count as u64);
        assert!(out == piece.repeat(count).as_bytes());
    }

    #[test]
    fn nothing_that_came_steers_a_terminal() {
        let stream = "id: \u{9b}31m\u{202e}\nevent: \u{9d}0;x\ndata: {\"t\": \"\u{9b}2J\"}\n\n\
                      \u{9b}stray\n\n";
        let modes = [
            NO_ARGS,
            DecodeArgs { text: true, ..NO_ARGS },
            DecodeArgs { explain: true, ..NO_ARGS },
        ];
        for args in modes {
            let mut out = Vec::new();
            let mut printer = Printer::new(&args, &text_at("t"), &mut out);
            printer.terminal = true;
            read(&mut printer, stream.as_bytes());
            let shown = String::from_utf8(out).expect("UTF-8");
            assert!(!shown.is_empty());
            assert!(!shown.contains(['\u{9b}', '\u{9d}', '\u{202e}']), "{shown:?}");
        }
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let took = Took { value: "é".repeat(SHOWN_BYTES).into(), ..Took::default() };
        assert!(explanation(&took).ends_with("é…"));
    }
}
