//! How a connection ends too early, and its framing shows it.

/// A way in which the connection of an answer ends too early. Whatever comes of the answer, it is
/// not a success.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// The mock's fault.
    pub fault: &'static str,
    /// Whether it is played over HTTP/2, where it may end other answers too.
    pub http2: bool,
}

/// Every way. The close of an HTTP/1.1 connection without a length is not among them, because its
/// framing shows nothing.
pub const ENDINGS: &[Ending] = &[
    http1("close"),
    http1("close:at=head"),
    http1("close:deltas=1"),
    http1("close:at=anywhere"),
    http1("reset_peer"),
    http1("reset_peer:deltas=1"),
    http1("reset_peer:at=anywhere"),
    http1("short_length+close:deltas=1"),
    http1("short_length+reset_peer:at=anywhere"),
    http1("short_length+end:deltas=1"),
    http1("until_close+reset_peer:deltas=1"),
    http2("goaway"),
    http2("goaway,deltas=1"),
    http2("goaway:inside=2"),
    http2("goaway,last=9,deltas=1"),
    http2("goaway,last=2147483647,deltas=1"),
    http2("goaway=INTERNAL_ERROR,deltas=1"),
    http2("rst_stream=NO_ERROR,deltas=1"),
    http2("rst_stream=CANCEL,inside=2"),
    http2("refused_stream"),
    http2("close:deltas=1"),
    http2("reset_peer:deltas=1"),
    http2("short_length+end:deltas=1"),
];

const fn http1(fault: &'static str) -> Ending {
    Ending { fault, http2: false }
}

const fn http2(fault: &'static str) -> Ending {
    Ending { fault, http2: true }
}

impl Ending {
    /// The value of `runner.http.http2`.
    pub fn http2_key(self) -> &'static str {
        if self.http2 { "prior-knowledge" } else { "auto" }
    }
}
