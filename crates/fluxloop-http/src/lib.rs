//! Performs one exchange, and knows how long to wait before the next.
//!
//! A [`Transport`] holds the connections of a run. It sends one [`RequestSpec`] and hands out an
//! [`Exchange`]: status, headers, and the body in [`Chunk`]s, each stamped as it arrives. What can
//! go wrong is a [`RequestError`]: how far the exchange came ([`Phase`]) and why it ended
//! ([`Cause`]). [`Backoff`] computes how long to wait before another try; whether there is one is
//! the caller's decision.
//!
//! Call order: [`Transport::new`] once a run; for each attempt a new [`Progress`] and
//! [`Transport::send`]; then [`Exchange::chunk`] until `None`, or until the caller has what it
//! wants. A caller that gives up drops the future: `Progress` still says how far it came.
//!
//! [`RequestSpec`]: fluxloop_plan::RequestSpec
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use fluxloop_http::{Progress, Transport};
//! use fluxloop_plan::{Connection, RequestSpec};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let request = RequestSpec {
//!     method: http::Method::GET,
//!     url: "http://127.0.0.1:8000/stream".parse()?,
//!     headers: http::HeaderMap::new(),
//!     body: None,
//! };
//! let transport =
//!     Transport::new(&Connection::default(), &request.url, Duration::from_secs(10))?;
//!
//! let progress = Progress::default();
//! let mut exchange = transport.send(&request, &progress).await?;
//! while let Some(chunk) = exchange.chunk().await? {
//!     assert!(!chunk.bytes.is_empty());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! **Invariant:** there is no retry loop here. A request goes out once. It goes out a second time
//! only if a kept connection of HTTP/1.1 broke before any answer came, or if the server says that
//! it did not process the request; [`Progress::resent`] tells of it.
//!
//! **Invariant:** a body ends without an error only if its framing proves the end, or cannot prove
//! it ([`Framing::proves_end`]).
//!
//! **Invariant:** no other crate names the HTTP client, and nothing of its types is public.
//!
//! **Invariant:** no message holds a URL, a header or a text of the peer. What the peer said stands
//! in [`RequestError::detail`] alone, for the caller to mask.
//!
//! **Invariant:** no environment variable, no cookie, no system proxy; a configured header reaches
//! no other origin than the request's own.

mod backoff;
mod classify;
mod client;
mod coding;
mod connector;
mod error;
mod exchange;
mod media_type;
mod progress;
mod proxy;
mod reach;
mod redirect;
mod retry_after;
mod socks;
mod transport;

pub use backoff::Backoff;
pub use error::{
    BuildError, Cause, ConnectFault, LocalFault, ProtocolFault, ProxyFault, RedirectFault,
    RequestError, SocksFault, TlsFault,
};
pub use exchange::{Chunk, Exchange, Framing};
pub use media_type::MediaType;
pub use progress::{Phase, Progress};
pub use reach::{ReachError, connect, resolve};
pub use retry_after::{asked_wait, wait_in_words};
pub use transport::Transport;
