//! TLS: which certificates are accepted, ours and theirs.

use std::sync::Arc;

use fluxloop_http::{BuildError, Cause, Phase, RequestError, TlsFault, Transport};
use fluxloop_plan::{Connection, Tls};
use fluxloop_redact::Secret;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};

use crate::request::{Answer, CONNECT, ask, get};
use crate::server::{Server, Step, answer, in_time, whole};

/// A certificate authority of our own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A certificate for a host, and its key.
    fn issue(&self, mut params: CertificateParams) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        Arc::new(roots)
    }
}

fn localhost() -> CertificateParams {
    CertificateParams::new(vec!["localhost".into()]).unwrap()
}

const BOTH: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];

/// What the server shows and wants.
pub(crate) struct TlsServer<'a> {
    authority: &'a Authority,
    certificate: CertificateParams,
    wants_certificate: bool,
    versions: &'a [&'static SupportedProtocolVersion],
    /// The versions of HTTP on offer (RFC 7301); without any, none is agreed on.
    alpn: &'a [&'a str],
}

impl TlsServer<'_> {
    pub(crate) fn acceptor(self) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(self.versions)
            .unwrap();
        let builder = if self.wants_certificate {
            let roots = self.authority.roots();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let (certificate, key) = self.authority.issue(self.certificate);
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = self.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

pub(crate) fn plain(authority: &Authority) -> TlsServer<'_> {
    TlsServer {
        authority,
        certificate: localhost(),
        wants_certificate: false,
        versions: BOTH,
        alpn: &[],
    }
}

/// The same for one version of HTTP alone.
pub(crate) fn speaking<'a>(authority: &'a Authority, http: &'a [&'a str]) -> TlsServer<'a> {
    TlsServer { alpn: http, ..plain(authority) }
}

pub(crate) fn trusting(authority: &Authority) -> Tls {
    Tls { ca_pem: Some(authority.certificate.pem().into_bytes()), ..Tls::default() }
}

async fn send(server: TlsServer<'_>, tls: Tls) -> Result<Answer, RequestError> {
    let server = Server::start_tls(vec![answer(whole("secret"))], server.acceptor()).await;
    send_to(&server, tls).await
}

async fn send_to(server: &Server, tls: Tls) -> Result<Answer, RequestError> {
    let url = format!("https://localhost:{}/?key=planted", server.address.port());
    let connection = Connection { tls, ..Connection::default() };
    let transport = Transport::new(&connection, &url.parse().unwrap(), CONNECT).unwrap();
    in_time(ask(&transport, &get(&url))).await
}

async fn check_refused(server: TlsServer<'_>, tls: Tls, fault: TlsFault) {
    let error = send(server, tls).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Tls(fault), "{:?}", error.detail());
    assert!(!error.to_string().contains("planted"));
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_accepted() {
    let authority = Authority::new("ours");
    assert_eq!(send(plain(&authority), trusting(&authority)).await.unwrap().body, "secret");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let authority = Authority::new("ours");
    check_refused(plain(&authority), Tls::default(), TlsFault::UnknownIssuer).await;
    check_refused(plain(&authority), trusting(&Authority::new("another")), TlsFault::UnknownIssuer)
        .await;
}

#[tokio::test]
async fn an_authority_is_no_server() {
    let authority = Authority::new("ours");
    let mut certificate = localhost();
    certificate.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let server = TlsServer { certificate, ..plain(&authority) };
    check_refused(server, trusting(&authority), TlsFault::Authority).await;
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_and_the_detail_says_so() {
    let authority = Authority::new("ours");
    let certificate = CertificateParams::new(vec!["other.example".into()]).unwrap();
    let server = TlsServer { certificate, ..plain(&authority) };
    let error = send(server, trusting(&authority)).await.unwrap_err();
    assert_eq!((error.phase(), error.cause()), (Phase::Connect, Cause::Tls(TlsFault::WrongName)));
    assert!(error.detail().unwrap().contains("other.example"));
    assert!(!error.to_string().contains("other.example"));
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_refused() {
    let authority = Authority::new("ours");
    let mut certificate = localhost();
    certificate.not_after = date_time_ymd(2001, 1, 1);
    let server = TlsServer { certificate, ..plain(&authority) };
    check_refused(server, trusting(&authority), TlsFault::Expired).await;
}

#[tokio::test]
async fn insecure_accepts_any_certificate() {
    let tls = Tls { insecure: true, ..Tls::default() };
    let certificate = CertificateParams::new(vec!["other.example".into()]).unwrap();
    let authority = Authority::new("ours");
    let server = TlsServer { certificate, ..plain(&authority) };
    assert_eq!(send(server, tls).await.unwrap().body, "secret");
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_gets_ours() {
    let authority = Authority::new("ours");
    let (certificate, key) = authority.issue(localhost());
    let pem = certificate.pem() + &key.serialize_pem();
    for versions in [&BOTH[..1], &BOTH[1..]] {
        let server = TlsServer { wants_certificate: true, versions, ..plain(&authority) };
        let tls = Tls { client_identity: Some(Secret::new(pem.clone())), ..trusting(&authority) };
        assert_eq!(send(server, tls).await.unwrap().body, "secret");
    }
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_and_gets_none_is_a_tls_fault() {
    let authority = Authority::new("ours");
    for versions in [&BOTH[..1], &BOTH[1..]] {
        let server = TlsServer { wants_certificate: true, versions, ..plain(&authority) };
        check_refused(server, trusting(&authority), TlsFault::ClientCertificate).await;
    }
}

/// RFC 8446, section 6.2: an OpenSSL that speaks TLS 1.2 sends 40 where it misses a certificate.
#[tokio::test]
async fn what_the_server_says_against_the_handshake_is_the_detail() {
    for (alert, expected) in
        [(40, "HandshakeFailure"), (70, "ProtocolVersion"), (112, "UnrecognisedName")]
    {
        let alert = Step::Write(vec![21, 3, 3, 0, 2, 2, alert]);
        let server = Server::start(vec![vec![alert, Step::Hang]]).await;
        let error = send_to(&server, Tls::default()).await.unwrap_err();
        assert_eq!(error.cause(), Cause::Tls(TlsFault::Handshake));
        assert_eq!(error.detail(), Some(&*format!("received fatal alert: {expected}")));
    }
}

#[tokio::test]
async fn a_peer_that_does_not_speak_tls_is_a_tls_fault() {
    let server =
        Server::start(vec![vec![Step::Write(b"HTTP/1.1 400 Bad\r\n\r\n".into()), Step::Hang]])
            .await;
    let error = send_to(&server, Tls::default()).await.unwrap_err();
    assert_eq!((error.phase(), error.cause()), (Phase::Connect, Cause::Tls(TlsFault::NotTls)));
}

#[tokio::test]
async fn a_peer_that_closes_during_the_handshake_is_a_connect_fault() {
    for ending in [vec![], vec![Step::Reset]] {
        let server = Server::start(vec![ending]).await;
        let error = send_to(&server, Tls::default()).await.unwrap_err();
        let closed = Cause::Connect(fluxloop_http::ConnectFault::Closed);
        assert_eq!((error.phase(), error.cause()), (Phase::Connect, closed));
    }
}

/// What comes of an answer over TLS whose connection then ends so.
async fn ended(sent: &str, ending: Vec<Step>) -> Result<String, (Phase, Cause)> {
    let authority = Authority::new("ours");
    let script = [answer(sent), ending].concat();
    let server = Server::start_tls(vec![script], plain(&authority).acceptor()).await;
    let answer = send_to(&server, trusting(&authority)).await;
    answer.map(|answer| answer.body).map_err(|error| (error.phase(), error.cause()))
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn a_body_that_ends_without_a_tls_goodbye_is_truncated() {
    let garbage = b"no TLS record begins like this";
    let endings = [vec![Step::Close], vec![Step::Reset], vec![Step::Corrupt(garbage), Step::Hang]];
    for ending in endings {
        for sent in ["HTTP/1.1 200 OK\r\n\r\nhello", &format!("{CHUNKED}5\r\nhello\r\n")] {
            let ended = ended(sent, ending.clone()).await;
            assert_eq!(ended, Err((Phase::Body, Cause::Truncated)), "{sent}");
        }
    }
}

#[tokio::test]
async fn a_short_body_is_truncated_even_with_a_tls_goodbye() {
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
    for sent in [short, &format!("{CHUNKED}5\r\nhello\r\n")] {
        for ending in [vec![], vec![Step::Close]] {
            assert_eq!(ended(sent, ending).await, Err((Phase::Body, Cause::Truncated)), "{sent}");
        }
    }
}

#[tokio::test]
async fn a_whole_body_needs_no_tls_goodbye() {
    for sent in [whole("hello"), format!("{CHUNKED}5\r\nhello\r\n0\r\n\r\n")] {
        assert_eq!(ended(&sent, vec![Step::Close]).await.as_deref(), Ok("hello"));
    }
    assert_eq!(ended("HTTP/1.1 200 OK\r\n\r\nhello", vec![]).await.as_deref(), Ok("hello"));
}

#[tokio::test]
async fn a_tls_connection_that_ends_before_the_head_gives_no_answer() {
    for ending in [vec![], vec![Step::Close], vec![Step::Reset]] {
        let ended = ended("HTTP/1.1 200 OK\r\n", ending).await;
        assert_eq!(ended, Err((Phase::Sent, Cause::NoAnswer)));
    }
}

#[track_caller]
fn check_build(connection: &Connection, expected: Option<BuildError>) {
    let target = "https://agent.example/".parse().unwrap();
    assert_eq!(Transport::new(connection, &target, CONNECT).err(), expected);
}

#[test]
fn a_client_certificate_needs_its_own_key_and_version_3() {
    let authority = Authority::new("test");
    let [(certificate, key), (_, other)] = [(); 2].map(|()| authority.issue(localhost()));
    let of = |key: &KeyPair| certificate.pem() + &key.serialize_pem();
    for (pem, expected) in [
        (of(&key), None),
        (of(&other), Some(BuildError::ClientKey)),
        (include_str!("version1.pem").to_owned(), Some(BuildError::ClientCertificate)),
    ] {
        let tls = Tls { client_identity: Some(Secret::new(&pem)), ..Tls::default() };
        check_build(&Connection { tls, ..Connection::default() }, expected);
    }
}

#[test]
fn files_that_hold_no_certificate_are_refused() {
    let with = |tls| Connection { tls, ..Connection::default() };
    for pem in
        ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    {
        let tls = Tls { ca_pem: Some(pem.into()), ..Tls::default() };
        check_build(&with(tls), Some(BuildError::Authorities));
        let tls = Tls { client_identity: Some(Secret::new(pem)), ..Tls::default() };
        check_build(&with(tls), Some(BuildError::ClientIdentity));
    }
    check_build(&Connection::default(), None);
}
