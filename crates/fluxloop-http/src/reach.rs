//! Opens the way to a server, and sends no request over it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};
use url::Url;

use crate::classify::find;
use crate::connector::Opened;
use crate::{BuildError, RequestError, Transport, classify};

/// The port of SOCKS (RFC 1928), which URLs do not know.
const SOCKS_PORT: u16 = 1080;

/// The addresses of a URL's host, in the order in which they are tried.
///
/// # Errors
///
/// If the name cannot be resolved, or the URL has no host.
pub async fn resolve(url: &Url) -> io::Result<Vec<SocketAddr>> {
    let host = url.host_str().ok_or(io::ErrorKind::InvalidInput)?;
    let port = url.port_or_known_default().unwrap_or(SOCKS_PORT);
    // An IPv6 address has its brackets already.
    Ok(lookup_host(format!("{host}:{port}")).await?.collect())
}

/// Opens a TCP connection to the first address that takes one, closes it, and tells how long that
/// took; `limit` is for each address.
///
/// # Errors
///
/// If no address takes one: the last reason.
pub async fn connect(
    addresses: &[SocketAddr],
    limit: Duration,
) -> io::Result<(SocketAddr, Duration)> {
    let mut last = io::ErrorKind::NotFound.into();
    for address in addresses {
        let started = Instant::now();
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok((*address, started.elapsed())),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

/// Why the way could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The client could not be made.
    #[error(transparent)]
    Build(BuildError),
    /// No connection could be opened.
    #[error(transparent)]
    Request(RequestError),
}

impl Transport {
    /// Opens a connection as a request would (name lookup, TCP, the proxy, TLS), closes it, and tells
    /// how long that took. Nothing is sent to the server above TLS; a proxy is asked for the way.
    ///
    /// # Errors
    ///
    /// As for a request that gets no connection.
    pub async fn reach(&self, target: &Url) -> Result<Duration, ReachError> {
        let client = self.opener().map_err(ReachError::Build)?;
        // Without a connection there is no answer.
        let Err(failed) = client.get(target.clone()).send().await else {
            return Ok(Duration::ZERO);
        };
        match find::<Opened>(&failed) {
            Some(Opened(took)) => Ok(*took),
            None => Err(ReachError::Request(classify::sending(&failed, self.is_proxied()))),
        }
    }
}
