//! How the server is reached, and how long to wait for it.

use std::fmt;
use std::time::Duration;

use fluxloop_redact::Secret;
use url::Url;

/// How the server is reached.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Certificates.
    pub tls: Tls,
    /// The proxy that leads to the server.
    pub proxy: Option<ProxyUrl>,
    /// The HTTP version.
    pub http_version: HttpVersion,
    /// Whether redirects are followed.
    pub redirects: Redirects,
}

/// Certificates beside those that the system trusts (`runner.http.tls`).
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Certificates of authorities to trust too, PEM (`ca_file`).
    pub ca_pem: Option<Vec<u8>>,
    /// Our own certificate chain and its key, PEM one after the other (`client_cert`,
    /// `client_key`).
    pub client_identity: Option<Secret>,
    /// Whether any certificate is accepted (`insecure`): for a test machine alone.
    pub insecure: bool,
}

/// The URL of an HTTP or SOCKS proxy, with its credentials.
#[derive(Clone, Eq, PartialEq)]
pub struct ProxyUrl {
    url: Url,
    /// The key or variable that names it.
    named_by: String,
}

impl ProxyUrl {
    /// The schemes that a proxy can have.
    pub const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

    /// `None` for another scheme, and without a host.
    pub fn new(url: Url) -> Option<Self> {
        let is_known = Self::SCHEMES.contains(&url.scheme());
        let named_by = "runner.http.proxy".to_owned();
        (is_known && url.has_host()).then_some(Self { url, named_by })
    }

    /// The same proxy, which this variable names and not the configuration.
    #[must_use]
    pub fn named_by(self, variable: impl Into<String>) -> Self {
        Self { named_by: variable.into(), ..self }
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The key or variable that names it.
    pub fn name(&self) -> &str {
        &self.named_by
    }

    /// Scheme, host and port: the rest may hold a secret.
    pub fn address(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{host}{port}", self.url.scheme())
    }
}

/// Shows the proxy without its credentials, and what names it.
impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, named by `{}`", self.address(), self.named_by)
    }
}

/// As [`Display`](fmt::Display).
impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The HTTP version (`runner.http.http2`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum HttpVersion {
    /// What TLS negotiates; HTTP/1.1 without TLS.
    #[default]
    Auto,
    /// HTTP/2 from the first byte, which is how it is spoken without TLS (h2c).
    Http2PriorKnowledge,
}

/// Whether redirects are followed (`runner.http.redirects`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Redirects {
    /// A 3xx is an error that names the target's origin.
    #[default]
    None,
    /// Within scheme, host and port.
    SameOrigin,
}

/// How long to wait for what, within one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// The whole attempt, from the first connect to the end of the answer (`timeout`).
    pub attempt: Duration,
    /// DNS, TCP and TLS (`connect_timeout`).
    pub connect: Duration,
    /// Silence between two bytes of the body (`idle_timeout`).
    pub idle: Option<Duration>,
    /// The wait between two events; comments do not count (`event_timeout`).
    pub event: Option<Duration>,
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            attempt: Duration::from_mins(1),
            connect: Duration::from_secs(10),
            idle: None,
            event: None,
        }
    }
}
