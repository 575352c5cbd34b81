//! Makes the HTTP client of what the plan says.

use std::time::Duration;

use fluxloop_plan::{Connection, HttpVersion, ProxyUrl, Tls};
use reqwest::{Certificate, Client, ClientBuilder, Identity, Proxy};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::BuildError;
use crate::classify::building;
use crate::connector::Opening;

/// How long an unused connection is kept. uvicorn closes its side after 5 seconds, and a request
/// that meets the closing is lost.
const POOL_IDLE: Duration = Duration::from_millis(3_500);

const USER_AGENT: &str = concat!("fluxloop/", env!("CARGO_PKG_VERSION"));

/// Whether connections are kept for the next request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Pooling {
    Kept,
    None,
}

/// What clients of one transport are made of.
#[derive(Clone)]
pub(crate) struct Blueprint {
    pub(crate) tls: Tls,
    pub(crate) http_version: HttpVersion,
    pub(crate) proxy: Option<Proxy>,
    /// The proxy as messages show it.
    pub(crate) proxy_shown: Option<String>,
    /// Whether TLS can occur at all. Without it the system's certificate authorities are left
    /// alone: reading them takes longer than a request, and a bare container has none.
    pub(crate) with_tls: bool,
    pub(crate) connect: Duration,
}

impl Blueprint {
    pub(crate) fn new(connection: &Connection, with_tls: bool, connect: Duration) -> Self {
        let proxy = connection.proxy.as_ref().map(ProxyUrl::url);
        Self {
            tls: connection.tls.clone(),
            http_version: connection.http_version,
            with_tls: with_tls || proxy.is_some_and(|url| url.scheme() == "https"),
            proxy_shown: connection.proxy.as_ref().map(ToString::to_string),
            proxy: proxy.map(|url| Proxy::all(url.clone()).expect("a URL is parsed already")),
            connect,
        }
    }

    pub(crate) fn build(&self, pooling: Pooling) -> Result<Client, BuildError> {
        self.builder(pooling)?.build().map_err(|error| building(&error))
    }

    /// A client that opens connections and uses none of them.
    pub(crate) fn build_opener(&self) -> Result<Client, BuildError> {
        let builder = self.builder(Pooling::None)?.connector_layer(Opening::Closed);
        builder.build().map_err(|error| building(&error))
    }

    fn builder(&self, pooling: Pooling) -> Result<ClientBuilder, BuildError> {
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connection_verbose(false)
            // `coding` does it; another crate of the build may have it turned on.
            .no_gzip()
            .no_deflate()
            .no_brotli()
            .no_zstd()
            .tcp_nodelay(true)
            .connect_timeout(self.connect)
            .connector_layer(Opening::Reported);
        builder = match pooling {
            Pooling::Kept => builder.pool_idle_timeout(POOL_IDLE),
            Pooling::None => builder.pool_max_idle_per_host(0),
        };
        if self.http_version == HttpVersion::Http2PriorKnowledge {
            builder = builder.http2_prior_knowledge();
        }
        // The plan's proxy and no other.
        builder = builder.no_proxy();
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        self.secure(builder)
    }

    /// Certificates: the system's authorities and the plan's, and our own identity.
    fn secure(&self, builder: ClientBuilder) -> Result<ClientBuilder, BuildError> {
        if !self.with_tls {
            return Ok(builder.tls_certs_only([]));
        }
        let mut builder = builder.tls_danger_accept_invalid_certs(self.tls.insecure);
        if let Some(pem) = &self.tls.ca_pem {
            builder = builder.tls_certs_merge(authorities(pem)?);
        }
        if let Some(pem) = &self.tls.client_identity {
            let identity = Identity::from_pem(pem.expose().as_bytes())
                .map_err(|_| BuildError::ClientIdentity)?;
            builder = builder.identity(identity);
        }
        Ok(builder)
    }
}

/// The certificates of a PEM file. The client itself would not say which file is wrong.
fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, BuildError> {
    let mut authorities = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| BuildError::Authorities)?;
        authorities.push(Certificate::from_der(&certificate).map_err(|_| BuildError::Authorities)?);
        RootCertStore::empty().add(certificate).map_err(|_| BuildError::Authorities)?;
    }
    if authorities.is_empty() { Err(BuildError::Authorities) } else { Ok(authorities) }
}
