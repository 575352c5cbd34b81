//! Breaks an answer off.

use fastrand::Rng;

use crate::fault::{At, Break, MAX_SIZE};
use crate::program::{Cut, Draft, Mark, Op, Program};

const BAD_CHUNK: &[u8] = b"no number\r\nx\r\n";

/// A place in a program: before this operation, or, if more bytes were sent by then, inside of it.
#[derive(Clone, Copy)]
struct Place {
    op: usize,
    byte: usize,
}

/// Breaks an answer, as it is on the wire over HTTP/1.1, or its body over HTTP/2. An answer that
/// has no such place stays whole.
pub(crate) fn break_off(
    answer: Program,
    how: Break,
    at: At,
    http2: bool,
    chance: &mut Rng,
) -> Program {
    let answer = unrolled(answer, at);
    let Some(place) = find(&answer, at, chance) else { return answer };
    if let Break::GoAway { code: None, .. } = how {
        return if http2 { drained(answer, place) } else { answer };
    }
    let mut draft = until(&answer, place);
    let cut = |over_http2: Cut| Op::Cut(if http2 { over_http2 } else { Cut::Close });
    let stream = |code: h2::Reason| cut(Cut::Stream(code.into()));
    if how == Break::BadChunk && !http2 {
        draft.send(BAD_CHUNK);
    }
    draft.ops.extend(match how {
        // It was done to the body before, or is done by the head.
        Break::End | Break::GoAway { code: None, .. } => return answer,
        Break::Close => vec![Op::Cut(Cut::Close)],
        Break::ResetPeer => vec![Op::Cut(Cut::Reset)],
        Break::Timeout { close_after: None } => vec![Op::Stall],
        Break::Timeout { close_after: Some(wait) } => vec![Op::Pause(wait), Op::Cut(Cut::Close)],
        Break::BadChunk => vec![stream(h2::Reason::PROTOCOL_ERROR)],
        Break::GoAway { code: Some(code), last } => vec![cut(Cut::GoAway { code, last })],
        Break::RstStream { code } => vec![stream(code.into())],
        Break::RefusedStream => vec![stream(h2::Reason::REFUSED_STREAM)],
    });
    draft.finish()
}

/// Lets a body end before its end, in good order.
pub(crate) fn end_early(body: Program, at: At, chance: &mut Rng) -> Program {
    let body = unrolled(body, at);
    match find(&body, at, chance) {
        Some(place) => until(&body, place).finish(),
        None => body,
    }
}

/// The same answer, in which a place by bytes that only the repetitions of an endless one reach is
/// no repetition any more. Beyond [`MAX_SIZE`] the answer stays as it is.
fn unrolled(program: Program, at: At) -> Program {
    let (At::Bytes(count), Some((&Op::Again { op, byte }, ops))) = (at, program.ops.split_last())
    else {
        return program;
    };
    let sent = program.sent();
    if count <= sent || count > MAX_SIZE || byte == sent {
        return program;
    }
    let piece = &program.bytes[byte..sent];
    let times = (count - sent).div_ceil(piece.len());
    let mut draft = Draft { bytes: program.bytes[..sent].to_vec(), ops: ops.to_vec() };
    let mut again = Op::Again { op, byte };
    for _ in 0..times {
        let shift = draft.bytes.len() - byte;
        again = Op::Again { op: draft.ops.len(), byte: draft.bytes.len() };
        draft.ops.extend(ops[op..].iter().map(|op| match *op {
            Op::Send(end) => Op::Send(end + shift),
            op => op,
        }));
        draft.bytes.extend_from_slice(piece);
    }
    draft.ops.push(again);
    draft.finish()
}

fn until(program: &Program, Place { op, byte }: Place) -> Draft {
    let mut draft =
        Draft { bytes: program.bytes[..byte].to_vec(), ops: program.ops[..op].to_vec() };
    if byte > sent_before(program, op) {
        draft.ops.push(Op::Send(byte));
    }
    draft
}

fn drained(mut program: Program, place: Place) -> Program {
    for op in &mut program.ops {
        if let Op::Again { op, .. } = op
            && *op >= place.op
        {
            *op += 1;
        }
    }
    program.ops.insert(place.op, Op::Drain);
    program
}

fn sent_before(program: &Program, op: usize) -> usize {
    let ends = program.ops[..op].iter().rev();
    ends.copied().find_map(|op| if let Op::Send(end) = op { Some(end) } else { None }).unwrap_or(0)
}

/// Where a position is, if the program has it.
fn find(program: &Program, at: At, chance: &mut Rng) -> Option<Place> {
    let behind = |found: Option<usize>| {
        let op = found.map_or(0, |found| found + 1);
        Place { op, byte: sent_before(program, op) }
    };
    let mark = |wanted: Mark| program.ops.iter().position(|op| *op == Op::Mark(wanted));
    Some(match at {
        At::Start => Place { op: 0, byte: 0 },
        At::Head => behind(mark(Mark::Head)),
        At::Deltas(count) => behind(said(program, count)),
        At::Inside(count) => inside(program, behind(said(program, count))),
        At::Done => behind(mark(Mark::Done).or(program.ops.len().checked_sub(1))),
        At::Bytes(count) => return byte(program, count),
        At::Anywhere => match program.sent() {
            0 => Place { op: 0, byte: 0 },
            bytes => return byte(program, chance.usize(..bytes)),
        },
    })
}

/// The mark behind so many deltas, or behind all if there are fewer.
fn said(program: &Program, count: usize) -> Option<usize> {
    program
        .ops
        .iter()
        .rposition(|op| matches!(op, Op::Mark(Mark::Said { deltas, .. }) if *deltas <= count))
}

fn inside(program: &Program, place: Place) -> Place {
    let sends = program.ops.iter().enumerate().skip(place.op);
    let next =
        sends.filter_map(|(op, it)| if let Op::Send(end) = it { Some((op, *end)) } else { None });
    next.take(1)
        .map(|(op, end)| Place { op, byte: place.byte.midpoint(end) })
        .next()
        .unwrap_or(place)
}

/// Directly behind so many bytes, and behind the marks that stand there.
fn byte(program: &Program, count: usize) -> Option<Place> {
    let mut sent = 0;
    for (op, it) in program.ops.iter().enumerate() {
        if sent == count && !matches!(it, Op::Mark(_)) {
            return Some(Place { op, byte: count });
        }
        if let Op::Send(end) = *it {
            if count < end {
                return Some(Place { op, byte: count });
            }
            sent = end;
        }
    }
    (sent == count).then_some(Place { op: program.ops.len(), byte: count })
}
