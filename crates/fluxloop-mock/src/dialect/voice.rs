//! How a provider says a text.

use crate::fault::{Endless, Fault, FaultKind, Malformed};
use crate::pace::Pace;
use crate::program::{EventWriter, Mark, Op, Program};
use crate::text;

/// One answer of a provider, in its own layout of bytes.
pub(crate) trait Voice {
    /// What comes before the first delta.
    fn open(&mut self, out: &mut EventWriter);
    /// A delta of the text.
    fn delta(&mut self, delta: &str, out: &mut EventWriter);
    /// An event like that of a delta, with this data.
    fn like_delta(&mut self, data: &str, out: &mut EventWriter);
    /// What comes after the last delta of this text.
    fn close(&mut self, text: &str, out: &mut EventWriter);
    /// An error instead of the rest.
    fn error(&mut self, error_type: &str, message: &str, out: &mut EventWriter);
    /// The whole text as one body.
    fn whole(&mut self, text: &str) -> String;
    /// An error as the body of an answer that otherwise looks like a success.
    fn whole_error(&mut self, error_type: &str, message: &str) -> String;
}

/// How many nested lists overflow the stack of a careless parser.
const DEEP: usize = 10_000;

/// The program of a stream that says a text, at a pace, with what goes wrong on the way; then what
/// is said, all in all.
pub(crate) fn compose(
    voice: &mut dyn Voice,
    text: &str,
    pace: &mut Pace,
    faults: &[Fault],
) -> (Program, String) {
    let out = EventWriter::default();
    let said = String::with_capacity(text.len());
    let mut composer = Composer { voice, faults, out, deltas: 0, said, characters: 0 };
    if !composer.compose(text, pace) {
        let behind = text::deltas(text).skip(composer.deltas);
        behind.for_each(|delta| composer.said.push_str(delta));
    }
    (composer.out.finish(), composer.said)
}

/// A stream that is being written.
struct Composer<'a> {
    voice: &'a mut dyn Voice,
    faults: &'a [Fault],
    out: EventWriter,
    /// Deltas so far.
    deltas: usize,
    said: String,
    /// Characters of what was said so far.
    characters: usize,
}

impl Composer<'_> {
    /// Writes the stream; whether it came to its end.
    fn compose(&mut self, text: &str, pace: &mut Pace) -> bool {
        for fault in self.faults {
            if let FaultKind::LongLine { bytes } = fault.kind {
                self.out.comment(&"-".repeat(bytes.saturating_sub(1)));
            }
        }
        self.voice.open(&mut self.out);
        for delta in text::deltas(text) {
            if self.ends_here(false) {
                return false;
            }
            if let Some(wait) = if self.deltas == 0 { None } else { pace.gap() } {
                self.out.op(Op::Pause(wait));
            }
            self.voice.delta(delta, &mut self.out);
            self.say(delta);
            self.deltas += 1;
        }
        if self.ends_here(true) {
            return false;
        }
        let said = std::mem::take(&mut self.said);
        self.voice.close(&said, &mut self.out);
        self.said = said;
        self.out.op(Op::Mark(Mark::Done));
        true
    }

    /// Marks the place and does what faults do here; whether that ends the stream.
    fn ends_here(&mut self, last: bool) -> bool {
        self.mark();
        for fault in self.faults {
            let due = |after: usize| after == self.deltas || (last && after > self.deltas);
            match &fault.kind {
                FaultKind::Malformed { what, after } if due(*after) => {
                    self.voice.like_delta(&malformed(*what), &mut self.out);
                }
                FaultKind::InvalidUtf8 { after } if due(*after) => {
                    let voice = &mut *self.voice;
                    self.out.spoiled(|out| voice.delta("\u{FFFD}", out));
                    self.say("\u{FFFD}");
                    self.mark();
                }
                FaultKind::Error { error_type, message, after, .. } if due(*after) => {
                    self.voice.error(error_type, message, &mut self.out);
                    return true;
                }
                FaultKind::Endless { what, after, every } if due(*after) => {
                    let start = self.endless_start(*what);
                    self.endless_piece(*what, every.is_zero());
                    if !every.is_zero() {
                        self.out.op(Op::Pause(*every));
                    }
                    self.out.op(start);
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    fn say(&mut self, delta: &str) {
        self.said.push_str(delta);
        self.characters += delta.chars().count();
    }

    fn mark(&mut self) {
        let characters = self.characters;
        self.out.op(Op::Mark(Mark::Said { deltas: self.deltas, characters }));
    }

    /// Writes what comes once, and gives the jump back to what comes again and again.
    fn endless_start(&mut self, what: Endless) -> Op {
        if what == Endless::Line {
            self.out.raw("data: ");
        }
        self.out.here()
    }

    /// One piece; a large one if nothing waits between two.
    fn endless_piece(&mut self, what: Endless, large: bool) {
        let times = if large { 64 } else { 1 };
        match what {
            Endless::Line => self.out.raw(&"x".repeat(256 * times)),
            Endless::Event => self.out.raw(&"data: more\n".repeat(times)),
            Endless::Comments => self.out.raw(&": ping\n\n".repeat(times)),
            Endless::Text => (0..times).for_each(|_| self.voice.delta(" again", &mut self.out)),
        }
    }
}

fn malformed(what: Malformed) -> String {
    match what {
        Malformed::Cut => r#"{"delta": "cut o"#.to_owned(),
        Malformed::Text => "This is no JSON.".to_owned(),
        Malformed::Deep => ["[".repeat(DEEP), "]".repeat(DEEP)].concat(),
    }
}
