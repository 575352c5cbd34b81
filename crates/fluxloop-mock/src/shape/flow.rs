//! How fast the bytes come.

use std::time::Duration;

use fastrand::Rng;

use crate::fault::FaultKind;
use crate::program::{Draft, Op, Program};

/// How many pieces a second of limited bandwidth has: few enough to be cheap, many enough to be
/// steady.
const PIECES_PER_SECOND: u64 = 50;

/// The most pieces that an answer is cut into, each of which takes memory.
const MAX_PIECES: usize = 1 << 20;

pub(crate) fn shape(answer: Program, fault: &FaultKind, chance: &mut Rng) -> Program {
    let mut shaped = match *fault {
        FaultKind::Latency { latency, jitter } => late(&answer, latency, jitter, chance),
        FaultKind::Bandwidth { rate } => limited(&answer, rate),
        FaultKind::Slicer { size, variation, delay } => {
            let size = |chance: &mut Rng| {
                let least = size.saturating_sub(variation).max(answer.sent() / MAX_PIECES).max(1);
                chance.usize(least..=size.saturating_add(variation).max(least))
            };
            sliced(&answer, delay, || size(chance))
        }
        _ => return answer,
    };
    // A client that has everything need not wait.
    while let Some(Op::Pause(_)) = shaped.ops.last() {
        shaped.ops.pop();
    }
    shaped
}

fn limited(answer: &Program, rate: u64) -> Program {
    let piece = usize::try_from(rate / PIECES_PER_SECOND).unwrap_or(usize::MAX);
    let piece = piece.max(answer.sent() / MAX_PIECES).max(1);
    let mut draft = Draft::default();
    draft.resend(answer, |draft, bytes| {
        for piece in bytes.chunks(piece) {
            draft.send(piece);
            draft.pause(Duration::from_secs_f64(piece.len() as f64 / rate as f64));
        }
    });
    draft.finish()
}

fn sliced(answer: &Program, delay: Duration, mut size: impl FnMut() -> usize) -> Program {
    let mut draft = Draft::default();
    draft.resend(answer, |draft, mut bytes| {
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(size().min(bytes.len()));
            draft.send(piece);
            draft.pause(delay);
            bytes = rest;
        }
    });
    draft.finish()
}

/// Each piece arrives so much after it was sent, and not before the one before it.
fn late(answer: &Program, latency: Duration, jitter: Duration, chance: &mut Rng) -> Program {
    // When the next piece is sent, and when the last one arrived, since the beginning.
    let (mut sent, mut latest) = (Duration::ZERO, Duration::ZERO);
    let mut draft = Draft::default();
    draft.rewrite(answer, |draft, op, bytes| match op {
        Op::Pause(wait) => sent += wait,
        Op::Send(_) => {
            let earliest = (sent + latency).saturating_sub(jitter);
            let arrives = earliest + jitter.mul_f64(2.0 * chance.f64());
            draft.pause(arrives.saturating_sub(latest));
            draft.send(bytes);
            latest = latest.max(arrives);
        }
        op => {
            if matches!(op, Op::Cut(_)) {
                draft.pause((sent + latency).saturating_sub(latest));
            }
            draft.ops.push(op);
        }
    });
    draft.finish()
}
