//! Which proxy leads to the server.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use fluxloop_plan::ProxyUrl;
use fluxloop_redact::Secret;
use url::{Host, Url};

use super::Reader;
use super::reader::Scalar;
use crate::variables::Expanded;
use crate::yaml::Node;
use crate::{Environment, Origin};

/// The key of the proxy.
pub(super) const PROXY: &str = "runner.http.proxy";

impl Reader<'_> {
    /// The proxy that leads to the server. This machine itself is reached without one, unless the
    /// configuration names it.
    pub(super) fn proxy(&mut self, target: Option<&Url>) -> Option<ProxyUrl> {
        match self.scalar(PROXY) {
            Some(scalar) if scalar.text() == "none" => None,
            Some(scalar) => self.url(&scalar, PROXY, &ProxyUrl::SCHEMES).and_then(ProxyUrl::new),
            None => self.proxy_of_environment(target?),
        }
    }

    /// The proxy that the environment names, as curl reads it: lower case first. Only the variable
    /// that this URL would use is read, so that no other can be at fault.
    fn proxy_of_environment(&mut self, target: &Url) -> Option<ProxyUrl> {
        let Way::Through(name, value) = way(self.variables.environment(), target) else {
            return None;
        };
        self.proxy_variables.push(name.clone());
        // A short password in it is worth a warning, as in a variable that the configuration names.
        self.variables.take(&name, false);
        let text = match value.expose().split_once("://") {
            // Browsers and desktops mean SOCKS 5 by it, with names that the proxy resolves.
            Some(("socks", rest)) => format!("socks5h://{rest}"),
            None if !value.expose().contains(":/") => format!("http://{}", value.expose()),
            _ => value.expose().to_owned(),
        };
        let node = Cow::Owned(Node::text(Origin::Variable(name.clone()), text.clone()));
        let variables = vec![(name.clone(), 0..text.len())];
        let scalar = Scalar { node, expanded: Expanded { text, variables } };
        self.collector().url(&scalar.node, PROXY, &scalar.expanded);
        let proxy = self.url(&scalar, PROXY, &ProxyUrl::SCHEMES).and_then(ProxyUrl::new)?;
        Some(proxy.named_by(name))
    }
}

/// What the environment says about the way to a URL.
enum Way {
    /// Through the proxy that this variable names.
    Through(String, Secret),
    /// Directly: it is this machine.
    Loopback,
    /// Directly: this variable excepts it.
    Excepted(String),
    /// Directly: no variable names a proxy.
    Unset,
}

fn way(environment: &Environment, target: &Url) -> Way {
    let of_scheme = format!("{}_PROXY", target.scheme().to_uppercase());
    let named =
        both_cases(environment, &of_scheme).or_else(|| both_cases(environment, "ALL_PROXY"));
    let excepts = |(_, rules): &(String, Secret)| goes_directly(rules.expose(), target);
    match named {
        _ if is_loopback(target) => Way::Loopback,
        None => Way::Unset,
        Some((name, value)) => match both_cases(environment, "NO_PROXY").filter(excepts) {
            Some((no_proxy, _)) => Way::Excepted(no_proxy),
            None => Way::Through(name, value),
        },
    }
}

/// How the server is reached, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProxyReport {
    /// The way, and why.
    pub route: ProxyRoute,
    /// The variables about proxies that are set, by name, and what each is for.
    pub variables: Vec<(String, String)>,
}

/// How the server is reached, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProxyRoute {
    /// Through the proxy of `runner.http.proxy`, which was written there.
    Key(Origin),
    /// Through the proxy that this variable names.
    Variable(String),
    /// Directly, because `runner.http.proxy` is `none`.
    None(Origin),
    /// Directly, because the server is this machine.
    Loopback,
    /// Directly, because this variable excepts the server.
    Excepted(String),
    /// Directly, because nothing names a proxy.
    Unset,
    /// Nobody can tell, because the URL cannot be read.
    Unknown,
}

impl fmt::Display for ProxyRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(origin) => write!(f, "through the proxy of `{PROXY}` ({origin})"),
            Self::Variable(name) => write!(f, "through the proxy of `{name}`"),
            Self::None(origin) => write!(f, "directly: `{PROXY}` is `none` ({origin})"),
            Self::Loopback => f.write_str("directly: the server is this machine"),
            Self::Excepted(name) => write!(f, "directly: `{name}` covers the server"),
            Self::Unset => f.write_str("directly: no proxy is configured"),
            Self::Unknown => f.write_str("unknown, because `runner.http.url` cannot be read"),
        }
    }
}

impl Reader<'_> {
    /// How the server is reached, and why.
    pub(crate) fn proxy_report(&mut self) -> ProxyReport {
        let target = self.scalar("runner.http.url");
        let target = target.and_then(|scalar| Url::parse(scalar.text().trim()).ok());
        let route = match (&target, self.scalar(PROXY)) {
            (_, Some(scalar)) if scalar.text() == "none" => {
                ProxyRoute::None(scalar.node.origin.clone())
            }
            (_, Some(scalar)) => ProxyRoute::Key(scalar.node.origin.clone()),
            (None, None) => ProxyRoute::Unknown,
            (Some(target), None) => match way(self.variables.environment(), target) {
                Way::Through(name, _) => ProxyRoute::Variable(name),
                Way::Loopback => ProxyRoute::Loopback,
                Way::Excepted(name) => ProxyRoute::Excepted(name),
                Way::Unset => ProxyRoute::Unset,
            },
        };
        let scheme = target.as_ref().map(Url::scheme);
        let variables = considered(self.variables.environment(), scheme, &route);
        ProxyReport { route, variables }
    }
}

/// The variables about proxies that are set, and what each is for.
fn considered(
    environment: &Environment,
    scheme: Option<&str>,
    route: &ProxyRoute,
) -> Vec<(String, String)> {
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];
    let spellings =
        names.into_iter().flat_map(|name| [(name, name.to_lowercase()), (name, name.to_owned())]);
    let is_set =
        |spelling: &str| environment.get(spelling).is_some_and(|value| !value.expose().is_empty());
    let set = spellings.filter(|(_, spelling)| is_set(spelling));
    let what = |(name, spelling): (&str, String)| {
        let of = name.strip_suffix("_PROXY").unwrap_or_default().to_lowercase();
        let what = match route {
            ProxyRoute::Variable(used) if *used == spelling => "used".to_owned(),
            ProxyRoute::Excepted(used) if *used == spelling => {
                "used: it covers the server".to_owned()
            }
            _ if spelling == name && is_set(&name.to_lowercase()) => {
                format!("not used: `{}` counts first", name.to_lowercase())
            }
            _ if name == "NO_PROXY" => "does not cover the server, or is not needed".to_owned(),
            _ if name != "ALL_PROXY" && scheme.is_some_and(|scheme| scheme != of) => {
                format!("not used: it is for {of} URLs")
            }
            ProxyRoute::Variable(used) => format!("not used: `{used}` counts first"),
            ProxyRoute::Loopback => "not used: the server is this machine".to_owned(),
            ProxyRoute::Excepted(no_proxy) => format!("not used: `{no_proxy}` covers the server"),
            _ => format!("not used: `{PROXY}` counts first"),
        };
        (spelling, what)
    };
    set.map(what).collect()
}

/// A variable that is written in lower or in upper case; an empty one counts as absent.
fn both_cases(environment: &Environment, name: &str) -> Option<(String, Secret)> {
    [name.to_lowercase(), name.to_owned()].into_iter().find_map(|name| {
        let value = environment.get(&name)?.clone();
        (!value.expose().is_empty()).then_some((name, value))
    })
}

/// Whether the host is this machine. `localhost` and what is below it is (RFC 6761, section 6.3);
/// the unspecified address, as a target, too.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_below(name, "localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => {
            let canonical = address.to_canonical();
            canonical.is_loopback() || canonical.is_unspecified()
        }
        None => false,
    }
}

/// Whether the value of `NO_PROXY` covers a URL.
fn goes_directly(no_proxy: &str, url: &Url) -> bool {
    let Some(host) = url.host() else { return false };
    let entries = no_proxy.split([',', ' ', '\t']).filter_map(Direct::parse);
    entries.into_iter().any(|entry| entry.covers(&host, url.port_or_known_default()))
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
        let url = url.parse().unwrap();
        let is_direct = is_loopback(&url) || goes_directly(no_proxy, &url);
        assert_eq!(!is_direct, proxied, "{no_proxy:?} {url}");
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
}
