//! What hyper cannot do, on the bare connection.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::sleep;

use super::control::{Stop, Takeover};
use super::counts::InFlight;
use crate::play::Then;
use crate::program::{Cut, Op, Program};

/// Does what a takeover says; whether the connection lives on.
pub(super) async fn perform(
    stream: &TcpStream,
    takeover: Takeover,
    stop: Stop,
) -> io::Result<bool> {
    let Takeover { program, from, then, stream: streams, mut in_flight } = takeover;
    let whole = run(stream, &program, from, in_flight.as_mut()).await?;
    if whole && let Some(in_flight) = &mut in_flight {
        in_flight.complete(streams);
    }
    // The answer is over before the connection is.
    drop(in_flight);
    match then {
        Then::KeepAlive => Ok(whole),
        Then::CloseIdle(after) if whole => outlive(stream, after, stop).await,
        Then::Linger(wait) if whole => pause(stream, wait).await.map(|()| false),
        Then::Close | Then::CloseIdle(_) | Then::Linger(_) => Ok(false),
    }
}

/// Does what a program says; whether that is a whole answer.
async fn run(
    stream: &TcpStream,
    program: &Program,
    from: usize,
    mut in_flight: Option<&mut InFlight>,
) -> io::Result<bool> {
    let (mut next, mut sent) = (from, 0);
    while let Some(op) = program.ops.get(next) {
        next += 1;
        if let (Op::Cut(_) | Op::Stall, Some(in_flight)) = (op, &mut in_flight) {
            in_flight.broken();
        }
        match *op {
            Op::Send(end) => {
                write_all(stream, &program.bytes[sent..end]).await?;
                if let Some(in_flight) = &mut in_flight {
                    in_flight.sent(end - sent);
                }
                sent = end;
            }
            Op::Pause(wait) => pause(stream, wait).await?,
            Op::Mark(mark) => {
                if let Some(in_flight) = &mut in_flight {
                    in_flight.reached(mark);
                }
            }
            Op::Again { op, byte } => (next, sent) = (op, byte),
            Op::Drain => {}
            Op::Stall => {
                hung_up(stream).await?;
                return Ok(false);
            }
            Op::Cut(cut) => {
                break_off(stream, cut).await?;
                return Ok(false);
            }
        }
    }
    Ok(true)
}

async fn break_off(stream: &TcpStream, cut: Cut) -> io::Result<()> {
    match cut {
        Cut::Close | Cut::Stream(_) => Ok(()),
        Cut::Reset => stream.set_zero_linger(),
        Cut::GoAway { code, last } => write_all(stream, &go_away(code, last)).await,
    }
}

/// HTTP/2's GOAWAY (RFC 9113, section 6.8): eight bytes on stream 0, without debug data.
fn go_away(code: u32, last: u32) -> [u8; 17] {
    let mut frame = [0; 17];
    frame[2] = 8;
    frame[3] = 7;
    frame[9..13].copy_from_slice(&last.to_be_bytes());
    frame[13..].copy_from_slice(&code.to_be_bytes());
    frame
}

/// Lets a connection be idle for so long, or until the next request comes, and then closes it;
/// whether the next request came in time.
async fn outlive(stream: &TcpStream, after: Option<Duration>, mut stop: Stop) -> io::Result<bool> {
    let Some(after) = after else {
        tokio::select! {
            readable = stream.readable() => readable?,
            _ = stop.changed() => {}
        }
        // With something unread, the close would be a reset.
        while stream.try_read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
        return Ok(false);
    };
    tokio::select! {
        readable = stream.readable() => readable.map(|()| true),
        () = sleep(after) => Ok(false),
        _ = stop.changed() => Ok(false),
    }
}

/// Waits, unless the peer leaves.
async fn pause(stream: &TcpStream, wait: Duration) -> io::Result<()> {
    tokio::select! {
        () = sleep(wait) => Ok(()),
        left = hung_up(stream) => left.and(Err(io::ErrorKind::BrokenPipe.into())),
    }
}

async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits until the peer closes the connection.
async fn hung_up(stream: &TcpStream) -> io::Result<()> {
    let mut ignored = [0; 1024];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut ignored) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
