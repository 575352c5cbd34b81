//! The socket below hyper.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::control::Control;

/// One end of a connection that hyper uses and does not own: when hyper is gone, the connection is
/// still open, and somebody else can go on with it.
///
/// Vectored writes are not offered: hyper then joins the small chunks of a stream in one buffer,
/// and a burst of a hundred events is one system call.
pub(super) struct Wire {
    stream: Arc<TcpStream>,
    control: Arc<Control>,
}

impl Wire {
    pub(super) fn new(stream: Arc<TcpStream>, control: Arc<Control>) -> Self {
        Self { stream, control }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read_buf(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result.map(drop)),
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.control.set_unflushed(true);
        loop {
            ready!(self.stream.poll_write_ready(context))?;
            match self.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }

    /// The kernel needs no flush; that hyper asks for it means that its own buffers are empty.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.control.set_unflushed(false);
        Poll::Ready(Ok(()))
    }

    /// The connection closes when its task drops it, which follows at once.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
