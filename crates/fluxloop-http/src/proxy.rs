//! Which URLs go through which proxy.

use std::net::IpAddr;

use fluxloop_plan::ProxyRules;
use http::{HeaderMap, StatusCode};
use url::{Host, Url};

use crate::BuildError;

/// Headers that proxies write only into answers of their own.
const OWN_HEADERS: [&str; 2] = ["x-squid-error", "proxy-authenticate"];

/// How proxies name themselves in `Server` where they do not pass on that of another.
const PRODUCTS: [&str; 5] = ["squid", "tinyproxy", "privoxy", "mitmproxy", "apachetrafficserver"];

/// Whether a proxy answers in the server's place: RFC 9110, section 15.5.8; RFC 9209, section 2.3.1.
pub(crate) fn is_own_answer(status: StatusCode, headers: &HeaderMap) -> bool {
    let has = |name: &str, is: &dyn Fn(&str) -> bool| {
        let mut texts = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        texts.any(|text| is(&text.to_ascii_lowercase()))
    };
    status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        || OWN_HEADERS.iter().any(|name| headers.contains_key(*name))
        || has("proxy-status", &|text| text.contains("error="))
        || has("server", &|text| PRODUCTS.iter().any(|product| text.starts_with(product)))
}

/// The proxies of a plan, and the hosts that are reached directly.
pub(crate) struct ProxyTable {
    http: Option<Url>,
    https: Option<Url>,
    direct: Vec<Direct>,
}

/// One entry of `NO_PROXY`.
struct Direct {
    hosts: Hosts,
    port: Option<u16>,
}

enum Hosts {
    All,
    /// The domain and what is below it.
    Domain(String),
    Network {
        address: IpAddr,
        bits: u32,
    },
}

impl ProxyTable {
    pub(crate) fn new(rules: &ProxyRules) -> Result<Self, BuildError> {
        for url in rules.http.iter().chain(&rules.https) {
            let known =
                ["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(&url.scheme());
            if !known || !url.has_host() {
                return Err(BuildError::Proxy);
            }
        }
        let direct = rules.no_proxy.as_deref().unwrap_or_default();
        let direct = direct.split([',', ' ', '\t']).filter_map(Direct::parse).collect();
        Ok(Self { http: rules.http.clone(), https: rules.https.clone(), direct })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.http.is_none() && self.https.is_none()
    }

    /// Whether a proxy itself is reached over TLS.
    pub(crate) fn speaks_tls(&self) -> bool {
        self.http.iter().chain(&self.https).any(|url| url.scheme() == "https")
    }

    /// The proxy that leads to `url`; none leads to this machine itself.
    pub(crate) fn proxy_for(&self, url: &Url) -> Option<&Url> {
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http }.as_ref()?;
        let host = url.host()?;
        let port = url.port_or_known_default();
        let direct =
            is_loopback(&host) || self.direct.iter().any(|entry| entry.covers(&host, port));
        (!direct).then_some(proxy)
    }
}

/// Whether the host is this machine. `localhost` and what is below it is (RFC 6761, section 6.3);
/// the unspecified address, as a target, too.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_below(name, "localhost"),
        Host::Ipv4(address) => address.is_loopback() || address.is_unspecified(),
        Host::Ipv6(address) => {
            let canonical = address.to_canonical();
            canonical.is_loopback() || canonical.is_unspecified()
        }
    }
}

impl Direct {
    /// Reads `*`, `example.com`, `.example.com`, `*.example.com`, `10.0.0.1`, `10.0.0.0/8`, `::1`,
    /// each but the networks with `:PORT` or without.
    fn parse(entry: &str) -> Option<Self> {
        if let Some(hosts) = Hosts::network(entry) {
            return Some(Self { hosts, port: None });
        }
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse().ok()?)),
            None => (entry, None),
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let hosts = match name.strip_prefix('*').unwrap_or(name).trim_matches('.') {
            "" if name == "*" => Hosts::All,
            "" => return None,
            domain => {
                Hosts::network(domain).unwrap_or_else(|| Hosts::Domain(domain.to_ascii_lowercase()))
            }
        };
        Some(Self { hosts, port })
    }

    fn covers(&self, host: &Host<&str>, port: Option<u16>) -> bool {
        (self.port.is_none() || self.port == port) && self.hosts.cover(host)
    }
}

impl Hosts {
    /// Reads an address, or a network with its prefix length.
    fn network(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(all);
        (bits <= all).then_some(Self::Network { address, bits })
    }

    fn cover(&self, host: &Host<&str>) -> bool {
        match (self, host) {
            (Self::All, _) => true,
            (Self::Domain(domain), Host::Domain(name)) => is_below(name, domain),
            (Self::Network { address, bits }, Host::Ipv4(host)) => {
                same_network(*address, IpAddr::V4(*host), *bits)
            }
            (Self::Network { address, bits }, Host::Ipv6(host)) => {
                same_network(*address, IpAddr::V6(*host), *bits)
            }
            _ => false,
        }
    }
}

/// Whether `name` is `domain`, or a name below it.
fn is_below(name: &str, domain: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether two addresses of one family agree in their first bits.
fn same_network(left: IpAddr, right: IpAddr, bits: u32) -> bool {
    match (left, right) {
        (IpAddr::V4(left), IpAddr::V4(right)) => {
            (left.to_bits() ^ right.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(left), IpAddr::V6(right)) => {
            (left.to_bits() ^ right.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(no_proxy: &str, url: &str, proxied: bool) {
        let proxy: Url = "http://proxy.example:3128".parse().unwrap();
        let rules = ProxyRules {
            http: Some(proxy.clone()),
            https: Some(proxy),
            no_proxy: Some(no_proxy.into()),
        };
        let table = ProxyTable::new(&rules).unwrap();
        let url = url.parse().unwrap();
        assert_eq!(table.proxy_for(&url).is_some(), proxied, "{no_proxy:?} {url}");
    }

    #[test]
    fn a_proxy_is_known_by_what_only_proxies_write() {
        for (status, name, value, expected) in [
            (407, "date", "", true),
            (403, "x-squid-error", "ERR_ACCESS_DENIED 0", true),
            (502, "proxy-status", "edge; error=connection_refused", true),
            (500, "server", "tinyproxy/1.11.1", true),
            (503, "via", "1.1 squid", false),
            (503, "proxy-status", "edge; received-status=503", false),
            (503, "server", "nginx", false),
        ] {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(is_own_answer(status, &headers), expected, "{status} {name}");
        }
    }

    #[test]
    fn loopback_is_reached_directly() {
        for url in [
            "http://localhost:8000/",
            "https://api.localhost/",
            "http://127.0.0.1/",
            "http://127.9.9.9/",
            "http://[::1]:1/",
            "http://[::ffff:127.0.0.1]/",
            "http://0.0.0.0:8000/",
        ] {
            check("", url, false);
        }
        check("", "http://notlocalhost/", true);
        check("", "https://api.example.com/", true);
    }

    #[test]
    fn a_domain_stands_for_what_is_below_it() {
        for entry in
            ["example.com", ".example.com", "*.example.com", "EXAMPLE.com", "a, example.com"]
        {
            check(entry, "https://example.com/", false);
            check(entry, "https://api.example.com/", false);
            check(entry, "https://badexample.com/", true);
        }
    }

    #[test]
    fn a_port_narrows_an_entry() {
        check("example.com:8080", "http://example.com:8080/", false);
        check("example.com:8080", "http://example.com/", true);
        check("example.com:443", "https://example.com/", false);
        check("[2001:db8::1]:80", "http://[2001:db8::1]/", false);
    }

    #[test]
    fn networks_are_known_by_their_prefix() {
        check("10.0.0.0/8", "http://10.1.2.3/", false);
        check("10.0.0.0/8", "http://11.1.2.3/", true);
        check("10.1.2.3", "http://10.1.2.3/", false);
        check("2001:db8::/32", "http://[2001:db8::7]/", false);
        check("2001:db8::/32", "http://[2001:db9::7]/", true);
        check("0.0.0.0/0", "http://8.8.8.8/", false);
        check("10.0.0.0/99", "http://10.0.0.1/", true);
    }

    #[test]
    fn a_star_stands_for_everything() {
        check("*", "https://example.com/", false);
        check("", "https://example.com/", true);
    }

    #[test]
    fn a_scheme_without_a_proxy_goes_directly() {
        let rules = ProxyRules {
            https: Some("http://proxy.example:3128".parse().unwrap()),
            ..ProxyRules::default()
        };
        let table = ProxyTable::new(&rules).unwrap();
        assert!(table.proxy_for(&"http://example.com".parse().unwrap()).is_none());
        assert!(table.proxy_for(&"https://example.com".parse().unwrap()).is_some());
    }

    #[test]
    fn a_proxy_of_another_scheme_is_refused() {
        let rules = ProxyRules {
            http: Some("ftp://proxy.example".parse().unwrap()),
            ..ProxyRules::default()
        };
        assert_eq!(ProxyTable::new(&rules).err(), Some(BuildError::Proxy));
    }
}
