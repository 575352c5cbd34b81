//! The frames of one stream, with what goes wrong on the way.

use fluxloop_schema::PlayWhen;
use serde_json::Value;

use super::MAX_ANSWER;
use crate::dialect::{Frame, Layout, Slot, Values, find, repeats};
use crate::fault::{Endless, Fault, FaultKind, Malformed};
use crate::pace::Pace;
use crate::program::{Draft, Mark, Op, Program};
use crate::text;

/// How many nested lists overflow the stack of a careless parser.
const DEEP: usize = 10_000;

/// The beginning of a character of four bytes: a decoder puts exactly one U+FFFD in its place
/// (Unicode 17, section 3.9.6, substitution of maximal subparts). It is as long as U+FFFD.
const NO_UTF8: [u8; 3] = [0xF0, 0x9F, 0x98];

/// The program of a stream that says a text, at a pace, with what goes wrong on the way; then what
/// is said, all in all. `None` if the stream is too large.
pub(super) fn compose(
    layout: &Layout,
    values: Values<'_>,
    request: &Value,
    text: &str,
    pace: &mut Pace,
    faults: &[Fault],
) -> Option<(Program, String)> {
    let (out, frame) = (Draft::default(), String::new());
    let (deltas, characters, gaps) = (0, 0, false);
    let mut composer =
        Composer { layout, values, faults, pace, out, frame, deltas, characters, gaps };
    if !composer.compose(request, text) {
        let rest = composer.pieces(text).into_iter().skip(composer.deltas);
        let rest: String = rest.collect();
        composer.values.so_far.push_str(&rest);
    }
    let is_small = composer.out.bytes.len() <= MAX_ANSWER;
    is_small.then(|| (composer.out.finish(), composer.values.so_far))
}

struct Composer<'a> {
    layout: &'a Layout,
    values: Values<'a>,
    faults: &'a [Fault],
    pace: &'a mut Pace,
    out: Draft,
    frame: String,
    deltas: usize,
    characters: usize,
    /// Whether a piece of anything was sent, so that the next one waits.
    gaps: bool,
}

impl<'a> Composer<'a> {
    fn compose(&mut self, request: &Value, text: &'a str) -> bool {
        let layout = self.layout;
        for fault in self.faults {
            if let FaultKind::LongLine { bytes } = fault.kind {
                // A comment, or a blank line where frames are lines.
                let (first, filler) = if layout.is_lines() { ("", " ") } else { (":", "-") };
                let filler = filler.repeat(bytes.saturating_sub(first.len()));
                self.out.send([first, &filler, "\n"].concat().as_bytes());
            }
        }
        for block in &layout.blocks {
            let times = match &block.when {
                PlayWhen::Always => 1,
                PlayWhen::Reasoning => usize::from(!self.values.reasoning.is_empty()),
                PlayWhen::ToolCall => self.values.calls.len(),
                PlayWhen::Asked(names) => {
                    usize::from(find(request, &names.join(".")) == Some(&Value::Bool(true)))
                }
            };
            let counts = block.frames.iter().any(|frame| frame.has(&[Slot::Block]));
            for call in 0..times {
                self.values.call = call;
                if !block.frames.iter().all(|frame| self.frame(frame, text)) {
                    return false;
                }
                self.values.blocks += u64::from(counts);
            }
        }
        self.out.ops.push(Op::Mark(Mark::Done));
        true
    }

    /// Writes a frame as often as there are pieces for it; whether the stream goes on.
    fn frame(&mut self, frame: &Frame, text: &'a str) -> bool {
        let whole = match repeats(frame) {
            Some(Slot::Text) => return self.text(frame, text),
            Some(Slot::Reasoning) => self.values.reasoning,
            Some(_) => self.values.calls.get(self.values.call).map_or("", |call| &call.arguments),
            None => {
                self.write(frame);
                return true;
            }
        };
        let frame = &frame.bound(&self.values);
        for (number, piece) in text::deltas(whole).enumerate() {
            self.gap();
            self.values.pieces = number as u64;
            self.values.piece = piece;
            self.write(frame);
        }
        true
    }

    /// Writes the frames of the text; whether the stream goes on.
    fn text(&mut self, frame: &Frame, text: &'a str) -> bool {
        let frame = &frame.bound(&self.values);
        for piece in self.pieces(text) {
            if self.ends_here(frame, false) {
                return false;
            }
            self.gap();
            self.say(piece);
            self.write(frame);
            self.deltas += 1;
        }
        if self.ends_here(frame, true) {
            return false;
        }
        self.values.all = self.values.so_far.clone().into();
        true
    }

    fn pieces<'t>(&self, text: &'t str) -> Vec<&'t str> {
        if self.layout.is_one_piece { vec![text] } else { text::deltas(text).collect() }
    }

    fn write(&mut self, frame: &Frame) {
        if self.out.bytes.len() > MAX_ANSWER {
            return;
        }
        self.frame.clear();
        frame.write(&self.values, &mut self.frame);
        self.out.send(self.frame.as_bytes());
        self.values.frames += 1;
    }

    /// Waits before each piece but the first.
    fn gap(&mut self) {
        if self.gaps
            && let Some(wait) = self.pace.gap()
        {
            self.out.ops.push(Op::Pause(wait));
        }
        self.gaps = true;
    }

    /// Marks the place and does what faults do here; whether that ends the stream.
    fn ends_here(&mut self, frame: &Frame, last: bool) -> bool {
        self.mark();
        for fault in self.faults {
            let due = |after: usize| after == self.deltas || (last && after > self.deltas);
            match &fault.kind {
                FaultKind::Malformed { what, after } if due(*after) => {
                    let bad = malformed(*what);
                    let bad = if self.layout.is_lines() {
                        format!("{bad}\n")
                    } else {
                        self.frame.clear();
                        frame.write(&self.values, &mut self.frame);
                        let before = self.frame.split("data:").next().unwrap_or_default();
                        format!("{before}data: {bad}\n\n")
                    };
                    self.out.send(bad.as_bytes());
                }
                FaultKind::InvalidUtf8 { after } if due(*after) => {
                    self.say("\u{FFFD}");
                    let start = self.out.bytes.len();
                    self.write(frame);
                    let bytes = &mut self.out.bytes[start..];
                    let spoiled = bytes.windows(3).position(|it| it == "\u{FFFD}".as_bytes());
                    if let Some(at) = spoiled {
                        bytes[at..at + 3].copy_from_slice(&NO_UTF8);
                    }
                    self.mark();
                }
                FaultKind::Error { error_type, message, after, .. } if due(*after) => {
                    (self.values.error_type, self.values.message) = (error_type, message);
                    let layout = self.layout;
                    layout.error.iter().for_each(|frame| self.write(frame));
                    return true;
                }
                FaultKind::Endless { what, after, every } if due(*after) => {
                    let start = self.endless_start(*what);
                    self.endless_piece(*what, frame, every.is_zero());
                    if !every.is_zero() {
                        self.out.ops.push(Op::Pause(*every));
                    }
                    self.out.ops.push(start);
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    fn say(&mut self, piece: &'a str) {
        self.values.pieces = self.deltas as u64;
        self.values.piece = piece;
        self.values.so_far.push_str(piece);
        self.characters += piece.chars().count();
    }

    fn mark(&mut self) {
        let (deltas, characters) = (self.deltas, self.characters);
        self.out.ops.push(Op::Mark(Mark::Said { deltas, characters }));
    }

    /// Writes what comes once, and gives the jump back to what comes again and again.
    fn endless_start(&mut self, what: Endless) -> Op {
        if what == Endless::Line && !self.layout.is_lines() {
            self.out.send(b"data: ");
        }
        Op::Again { op: self.out.ops.len(), byte: self.out.bytes.len() }
    }

    /// One piece; a large one if nothing waits between two.
    fn endless_piece(&mut self, what: Endless, frame: &Frame, large: bool) {
        let times = if large { 64 } else { 1 };
        let piece = match what {
            Endless::Line => &"x".repeat(256),
            Endless::Event => "data: more\n",
            Endless::Comments if self.layout.is_lines() => "\n\n",
            Endless::Comments => ": ping\n\n",
            Endless::Text => {
                self.values.piece = " again";
                return (0..times).for_each(|_| self.write(frame));
            }
        };
        self.out.send(piece.repeat(times).as_bytes());
    }
}

fn malformed(what: Malformed) -> String {
    match what {
        Malformed::Cut => r#"{"delta": "cut o"#.to_owned(),
        Malformed::Text => "This is no JSON.".to_owned(),
        Malformed::Deep => ["[".repeat(DEEP), "]".repeat(DEEP)].concat(),
    }
}
