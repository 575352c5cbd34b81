//! Words for a transport that could not be made.

use fluxloop_http::BuildError;

/// What to do about a transport that could not be made.
pub fn of_build(error: BuildError) -> &'static str {
    match error {
        BuildError::Authorities => {
            "`runner.http.tls.ca_file` must hold `-----BEGIN CERTIFICATE-----` blocks"
        }
        BuildError::ClientIdentity => {
            "`runner.http.tls.client_cert` must hold the certificate chain, and \
             `runner.http.tls.client_key` its private key (PKCS #8, PKCS #1 or SEC 1)"
        }
        BuildError::ClientKey => {
            "name the certificate and the key of one pair in `runner.http.tls.client_cert` and \
             `runner.http.tls.client_key`"
        }
        BuildError::ClientCertificate => {
            "have the certificate of `runner.http.tls.client_cert` issued again as version 3: \
             `openssl x509 -req` makes version 1 unless `-extfile` names extensions"
        }
        BuildError::Tls => {
            "install the system's certificate authorities (`ca-certificates`), or name a file in \
             `runner.http.tls.ca_file`"
        }
    }
}
