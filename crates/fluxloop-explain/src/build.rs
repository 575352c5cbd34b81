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
        BuildError::Tls => {
            "install the system's certificate authorities (`ca-certificates`), or name a file in \
             `runner.http.tls.ca_file`"
        }
    }
}
