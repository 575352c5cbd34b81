//! Why a SOCKS proxy opened no way to the server.
//!
//! The types of the library's errors are private, so their texts have to do; a test plays every
//! reply of a proxy on a socket, and fails when a new version of the library changes a text.

use crate::{ProxyFault, SocksFault};

/// How the library begins the text of every failure of a SOCKS proxy.
const PREFIX: &str = "SOCKS error: ";

/// The text where the proxy itself could not be reached, which hides the cause.
pub(crate) const UNCONNECTED: &str = "SOCKS error: failed to create underlying connection";

/// The texts after [`PREFIX`].
const FAULTS: [(&str, SocksFault); 15] = [
    // The reply codes of RFC 1928, section 6.
    ("general server failure", SocksFault::General),
    ("connection not allowed", SocksFault::NotAllowed),
    ("network unreachable", SocksFault::NetworkUnreachable),
    ("host unreachable", SocksFault::HostUnreachable),
    ("connection refused", SocksFault::Refused),
    ("ttl expired", SocksFault::TtlExpired),
    ("command not supported", SocksFault::Command),
    ("address type not supported", SocksFault::AddressType),
    // The methods of RFC 1928, section 3, and the status of RFC 1929, section 2.
    ("server does not support user/pass authentication", SocksFault::Method),
    ("server implements authentication incorrectly", SocksFault::Method),
    ("credentials not accepted", SocksFault::Credentials),
    // The reply codes 91 to 93 of SOCKS 4.
    ("server failed to execute command", SocksFault::Rejected),
    ("server ident service failed", SocksFault::Ident),
    ("server ident service did not recognise client identifier", SocksFault::Ident),
    ("IPV6 is not supported", SocksFault::Version4),
];

/// The fault that these texts of causes, the outermost first, name.
pub(crate) fn fault<'t>(texts: impl Iterator<Item = &'t str>) -> Option<ProxyFault> {
    for text in texts {
        if text == "error resolving for socks proxy" {
            return Some(ProxyFault::Socks(SocksFault::Unresolved));
        }
        if text == UNCONNECTED {
            return Some(ProxyFault::Unreachable);
        }
        let Some(what) = text.strip_prefix(PREFIX) else { continue };
        return Some(match what {
            "io error during SOCKS handshake" => ProxyFault::Closed,
            "failed parsing server response" => ProxyFault::Socks(SocksFault::NotSocks),
            _ => {
                let known = FAULTS.iter().find(|(text, _)| *text == what);
                known.map_or(ProxyFault::Other, |(_, fault)| ProxyFault::Socks(*fault))
            }
        });
    }
    None
}
