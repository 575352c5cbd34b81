//! What is wrong with the bytes of a stream.

use crate::fault::{FaultKind, LineEnd};
use crate::program::{Draft, Op, Program};

const BOM: &[u8] = b"\xEF\xBB\xBF";

pub(crate) fn edit(body: Program, fault: &FaultKind) -> Program {
    match fault {
        FaultKind::Bom => {
            let mut draft = Draft::default();
            draft.send(BOM);
            copy(draft, &body)
        }
        FaultKind::LineEnds { end } => {
            let end: &[u8] = match end {
                LineEnd::CrLf => b"\r\n",
                LineEnd::Cr => b"\r",
            };
            let mut draft = Draft::default();
            draft.resend(&body, |draft, bytes| draft.send(&with_line_ends(bytes, end)));
            draft.finish()
        }
        FaultKind::OneChunk => one_chunk(&body),
        _ => body,
    }
}

fn copy(mut draft: Draft, program: &Program) -> Program {
    draft.resend(program, Draft::send);
    draft.finish()
}

/// The encoder of events writes LF, and no data has one.
fn with_line_ends(bytes: &[u8], end: &[u8]) -> Vec<u8> {
    let lines: Vec<_> = bytes.split(|byte| *byte == b'\n').collect();
    lines.join(end)
}

/// First all pauses, then everything that is sent, then what was to be remembered on the way.
/// What never ends is left as it is.
pub(super) fn one_chunk(program: &Program) -> Program {
    if program.is_endless() {
        return program.clone();
    }
    let is_pause = |op: &&Op| matches!(op, Op::Pause(_));
    let is_send = |op: &&Op| matches!(op, Op::Send(_));
    let mut ops: Vec<_> = program.ops.iter().filter(is_pause).copied().collect();
    ops.push(Op::Send(program.sent()));
    ops.extend(program.ops.iter().filter(|op| !is_pause(op) && !is_send(op)));
    Program { bytes: program.bytes.clone(), ops }
}
