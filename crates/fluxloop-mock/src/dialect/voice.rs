//! How a provider says a text.

use crate::fault::{At, Fault};
use crate::pace::Pace;
use crate::program::{Cut, EventWriter, Op, Program};
use crate::text;

/// One answer of a provider, in its own layout of bytes.
pub(crate) trait Voice {
    /// What comes before the first delta.
    fn open(&mut self, out: &mut EventWriter);
    /// A delta of the text.
    fn delta(&mut self, delta: &str, out: &mut EventWriter);
    /// What comes after the last delta of this text.
    fn close(&mut self, text: &str, out: &mut EventWriter);
    /// An error instead of the rest.
    fn error(&mut self, error_type: &str, message: &str, out: &mut EventWriter);
    /// The whole text as one body.
    fn whole(&mut self, text: &str) -> String;
    /// An error as the body of an answer that otherwise looks like a success.
    fn whole_error(&mut self, error_type: &str, message: &str) -> String;
}

/// The program of a stream that says a text, at a pace, with what goes wrong on the way.
pub(crate) fn compose(
    voice: &mut dyn Voice,
    text: &str,
    pace: &mut Pace,
    fault: Option<&Fault>,
) -> Program {
    let mut out = EventWriter::default();
    let broken_after = fault.and_then(deltas_before);
    voice.open(&mut out);
    for (index, delta) in text::deltas(text).take(broken_after.unwrap_or(usize::MAX)).enumerate() {
        if let Some(wait) = if index == 0 { None } else { pace.gap() } {
            out.op(Op::Pause(wait));
        }
        voice.delta(delta, &mut out);
    }
    match fault {
        Some(fault) if broken_after.is_some() => break_off(fault, voice, &mut out),
        _ => voice.close(text, &mut out),
    }
    out.finish()
}

/// After how many deltas a fault breaks a stream, if it does.
fn deltas_before(fault: &Fault) -> Option<usize> {
    match fault {
        Fault::Close { at } | Fault::ResetPeer { at } | Fault::Timeout { at, .. } => match at {
            At::AfterDeltas(count) => Some(*count),
            At::BeforeAnswer => None,
        },
        Fault::End { after_deltas } | Fault::ErrorEvent { after_deltas, .. } => Some(*after_deltas),
        Fault::Status { .. } | Fault::ContentType(_) | Fault::Garbage(_) => None,
    }
}

fn break_off(fault: &Fault, voice: &mut dyn Voice, out: &mut EventWriter) {
    if let Fault::ErrorEvent { error_type, message, .. } = fault {
        voice.error(error_type, message, out);
    }
    for op in breaking(fault) {
        out.op(op);
    }
}

/// What a fault does to the connection.
pub(crate) fn breaking(fault: &Fault) -> Vec<Op> {
    match fault {
        Fault::Close { .. } => vec![Op::Cut(Cut::Close)],
        Fault::ResetPeer { .. } => vec![Op::Cut(Cut::Reset)],
        Fault::Timeout { close_after: None, .. } => vec![Op::Stall],
        Fault::Timeout { close_after: Some(wait), .. } => {
            vec![Op::Pause(*wait), Op::Cut(Cut::Close)]
        }
        Fault::Status { .. }
        | Fault::End { .. }
        | Fault::ErrorEvent { .. }
        | Fault::ContentType(_)
        | Fault::Garbage(_) => Vec::new(),
    }
}
