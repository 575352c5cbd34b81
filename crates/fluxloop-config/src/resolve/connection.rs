//! How the server is reached.

use fluxloop_plan::{Connection, HttpVersion, Redirects, Tls};
use fluxloop_redact::Secret;
use url::Url;

use super::Reader;
use super::reader::NamedFile;
use crate::error::{Fault, Oddity};
use crate::yaml::read_beginning;

/// How a certificate begins in PEM form (RFC 7468).
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
/// How every form of private key ends its first line.
const PRIVATE_KEY: &str = "PRIVATE KEY-----";
/// What is said where a key needs a password, which nobody could type during a run.
const ENCRYPTED: &str = "ENCRYPTED";

impl Reader<'_> {
    /// How the server is reached; `target` is where requests go, where that is known.
    pub(super) fn connection(&mut self, target: Option<&Url>, mock: bool) -> Connection {
        let tls = self.tls();
        // A run against the mock stays on this machine.
        let proxy = self.proxy(target).filter(|_| !mock);
        let http_version = match self.one_of("runner.http.http2") {
            Some("prior-knowledge") => HttpVersion::Http2PriorKnowledge,
            _ => HttpVersion::Auto,
        };
        let redirects = match self.one_of("runner.http.redirects") {
            Some("same-origin") => Redirects::SameOrigin,
            _ => Redirects::None,
        };
        Connection { tls, proxy, http_version, redirects }
    }

    fn tls(&mut self) -> Tls {
        let path = "runner.http.tls.insecure";
        let insecure = self.bool(path).unwrap_or_default();
        if insecure && let Some(node) = self.node(path) {
            self.warn(node, path, Oddity::Insecure);
        }
        let ca_pem = self.pem("runner.http.tls.ca_file", "certificate", CERTIFICATE);
        Tls {
            ca_pem: ca_pem.map(|pem| pem.expose().as_bytes().to_vec()),
            client_identity: self.identity(),
            insecure,
        }
    }

    /// Our own certificate and its key, which may stand in one file.
    fn identity(&mut self) -> Option<Secret> {
        let (cert_path, key_path) = ("runner.http.tls.client_cert", "runner.http.tls.client_key");
        let written = (self.node(cert_path), self.node(key_path));
        let certificate = self.pem(cert_path, "certificate", CERTIFICATE);
        let key = self.pem(key_path, "private key", PRIVATE_KEY);
        match (written, certificate, key) {
            ((None, Some(node)), ..) => {
                self.fault(node, key_path, Fault::Needs("client_cert"));
                None
            }
            ((Some(node), None), Some(pem), _) => {
                if pem.expose().contains(PRIVATE_KEY) {
                    return Some(pem);
                }
                self.fault(node, cert_path, Fault::Needs("client_key"));
                None
            }
            (_, Some(certificate), Some(key)) => {
                Some(Secret::new(format!("{}\n{}", certificate.expose(), key.expose())))
            }
            _ => None,
        }
    }

    /// A file in PEM form that holds what it should.
    fn pem(&mut self, key: &'static str, what: &'static str, mark: &str) -> Option<Secret> {
        let node = self.node(key)?;
        let NamedFile { path, shown, .. } = self.file(key)?;
        let pem = match read_beginning(&path) {
            Ok(pem) => Secret::new(pem),
            Err(error) => {
                self.fault(node, key, Fault::FileUnreadable { path: shown, kind: error.kind() });
                return None;
            }
        };
        let text = pem.expose();
        if !text.contains(mark) {
            self.fault(node, key, Fault::NotPem { path: shown, what });
        } else if mark == PRIVATE_KEY && text.contains(ENCRYPTED) {
            let what = "private key without a password";
            self.fault(node, key, Fault::NotPem { path: shown, what });
        } else {
            return Some(pem);
        }
        None
    }
}
