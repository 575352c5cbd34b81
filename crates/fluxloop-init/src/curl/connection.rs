//! How a request travels.

use fluxloop_curl::{Part, Request, Text};
use serde_json::{Map, Value, json};

use super::Draft;
use super::target::Spelling;
use crate::InitError;
use crate::proposal::{Options, Remark};

/// What the password of a proxy is called.
const PROXY: &str = "proxy_password";

impl Draft {
    /// The members that say so.
    pub(super) fn connection(
        &mut self,
        request: &Request,
        options: &Options,
    ) -> Result<Map<String, Value>, InitError> {
        let mut members = Map::new();
        if let Some(seconds) = request.max_time.filter(|it| *it > 0.0) {
            members.insert("timeout".into(), duration(seconds).into());
        }
        if let Some(seconds) = request.connect_timeout.filter(|it| *it > 0.0) {
            members.insert("connect_timeout".into(), duration(seconds).into());
        }
        let mut retry = Map::new();
        if let Some(retries) = request.retries {
            retry.insert("attempts".into(), retries.min(100).into());
        }
        if let Some(delay) = request.retry_delay.filter(|it| *it > 0.0) {
            retry.insert("backoff".into(), duration(delay).into());
        }
        if !retry.is_empty() {
            members.insert("retry".into(), retry.into());
        }
        if request.follows_redirects {
            members.insert("redirects".into(), "same-origin".into());
            let why = "redirects are followed within scheme, host and port";
            self.remarks.push(Remark::new("-L", why));
        }
        if request.http2 {
            members.insert("http2".into(), "prior-knowledge".into());
        }
        if let Some(proxy) = self.proxy(request)? {
            members.insert("proxy".into(), proxy.marked().into());
        }
        if let Some(tls) = self.tls(request, options) {
            members.insert("tls".into(), tls);
        }
        Ok(members)
    }

    /// The URL of a proxy. curl's default port is 1080, and its default scheme http.
    fn proxy(&mut self, request: &Request) -> Result<Option<Text>, InitError> {
        let Some(proxy) = &request.proxy else { return Ok(None) };
        if proxy.is_empty() {
            return Ok(Some("none".into()));
        }
        let (scheme, rest) = match proxy.marked().split_once("://") {
            Some((scheme, rest)) => (scheme, rest.trim_end_matches('/')),
            None => ("http", proxy.marked().trim_end_matches('/')),
        };
        if !["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(&scheme) {
            return Err(InitError::unsupported("-x", "the scheme of the proxy is not known"));
        }
        let (user, host) = match rest.rfind('@') {
            Some(at) => (Some(Text::from_marked(&rest[..at])), &rest[at + 1..]),
            None => (None, rest),
        };
        let mut url = Text::new(format!("{scheme}://"));
        match (&request.proxy_user, user) {
            (Some(user), _) => url.append(&self.userinfo(user, Spelling::Plain, PROXY)),
            (None, Some(user)) => url.append(&self.userinfo(&user, Spelling::Encoded, PROXY)),
            (None, None) => {}
        }
        url.append(&Text::from_marked(host));
        let port = host.rsplit(']').next().unwrap_or_default();
        if !port.contains(':') && !Text::from_marked(host).has_variables() {
            url.append(&":1080".into());
        }
        Ok(Some(url))
    }

    fn tls(&mut self, request: &Request, options: &Options) -> Option<Value> {
        let path = |file: &Text| -> String {
            let is_absolute = match file.parts().first() {
                Some(Part::Literal(start)) => start.starts_with(['/', '~']),
                _ => true,
            };
            let folder = options.folder.as_ref().filter(|_| !is_absolute);
            let mut path = folder.map_or_else(Text::default, |it| Text::new(format!("{it}/")));
            path.append(file);
            path.marked().to_owned()
        };
        let mut tls = Map::new();
        if let Some(file) = &request.ca_file {
            tls.insert("ca_file".into(), path(file).into());
        }
        if let Some(cert) = &request.cert {
            let cert = match cert.split_once(':') {
                Some((file, password)) => {
                    self.vault.know(password.marked());
                    let why = "the password of the key is not used: the key has to be without one";
                    self.remarks.push(Remark::new("--cert", why));
                    file
                }
                None => cert.clone(),
            };
            tls.insert("client_cert".into(), path(&cert).into());
            tls.insert("client_key".into(), path(request.key.as_ref().unwrap_or(&cert)).into());
        }
        if request.insecure {
            tls.insert("insecure".into(), json!(true));
        }
        (!tls.is_empty()).then_some(tls.into())
    }
}

/// Seconds as a duration of the configuration.
fn duration(seconds: f64) -> String {
    let milliseconds = (seconds * 1000.0).round().max(1.0);
    if milliseconds % 1000.0 == 0.0 {
        format!("{}s", milliseconds / 1000.0)
    } else {
        format!("{milliseconds}ms")
    }
}
