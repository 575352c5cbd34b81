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
    /// Proxies.
    pub proxy: ProxyRules,
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

/// Proxies by scheme; loopback never goes through one.
#[derive(Clone, Default)]
pub struct ProxyRules {
    /// For `http` URLs.
    pub http: Option<Url>,
    /// For `https` URLs.
    pub https: Option<Url>,
    /// Hosts that are reached directly, in the syntax of `NO_PROXY`.
    pub no_proxy: Option<String>,
}

/// Shows the proxies without their credentials.
impl fmt::Debug for ProxyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = |url: &Url| url.origin().ascii_serialization();
        f.debug_struct("ProxyRules")
            .field("http", &self.http.as_ref().map(origin))
            .field("https", &self.https.as_ref().map(origin))
            .field("no_proxy", &self.no_proxy)
            .finish()
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
