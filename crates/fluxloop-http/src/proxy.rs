//! Which answers are a proxy's own.

use http::{HeaderMap, StatusCode};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
