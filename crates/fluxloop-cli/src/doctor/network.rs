//! Checks of the way to the server, as far as no request is sent.

use std::io;
use std::time::Duration;

use fluxloop_config::{ProxyRoute, Survey};
use fluxloop_explain::{ProxyRole, Reason, Scene, counted, words};
use fluxloop_http::{BuildError, ReachError, Transport, connect, resolve};
use fluxloop_plan::{Plan, ProxyUrl};
use url::Url;

use super::check::{Check, Checks};
use crate::exit::Exit;

/// The checks that need a valid configuration.
pub(super) const NAMES: [&str; 6] = ["output", "open files", "proxy", "dns", "tcp", "tls"];

/// Which way requests go.
pub(super) fn proxy(survey: &Survey, plan: &Plan) -> Check {
    let name = "proxy";
    let route = &survey.proxy.route;
    let shown = plan.connection.proxy.as_ref().map(|proxy| address(proxy.url()));
    let shown = shown.map(|shown| format!(": {}", plan.redactor.mask(&shown))).unwrap_or_default();
    let message = format!("requests go {}{shown}", survey.mask(&route.to_string()));
    match route {
        // A loopback server behind a configured proxy is reached without it.
        ProxyRoute::Unknown => Check::warned(name, message),
        _ => Check::passed(name, message),
    }
}

/// Scheme, host and port: the rest may hold a secret.
fn address(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// Name, TCP and TLS, each if the one before it passed; tells whether all did.
pub(super) async fn examine(plan: &Plan, checks: &mut Checks) -> bool {
    let target = &plan.request.url;
    let proxy = plan.connection.proxy.as_ref().map(ProxyUrl::url);
    let next = proxy.unwrap_or(target);
    let mask = |text: String| plan.redactor.mask(&text).to_string();
    let host = mask(address(next));
    let addresses = match resolve(next).await {
        Ok(addresses) => addresses,
        Err(error) => {
            let message =
                format!("the name of `{host}` cannot be resolved: {}", mask(error.to_string()));
            checks.add(Check::failed("dns", message, Exit::CasesFailed).remedy(match proxy {
                Some(_) => "check the name of the proxy, and the network",
                None => "check the spelling in `runner.http.url`, and the network",
            }));
            checks.skip(&["tcp", "tls"], "the name cannot be resolved");
            return false;
        }
    };
    let found = counted(addresses.len() as u64, "address", "addresses");
    checks.add(Check::passed("dns", format!("`{host}` has {found}")));
    match connect(&addresses, plan.clocks.connect).await {
        Ok((address, took)) => {
            let address = mask(address.to_string());
            checks.add(Check::passed("tcp", format!("{address} answers after {}", time(took))));
        }
        Err(error) => {
            let message = format!("`{host}` takes no connection: {}", reason(&error));
            checks.add(Check::failed("tcp", message, Exit::CasesFailed).remedy(match proxy {
                Some(_) => "check that the proxy is running, and its port",
                None => "check that the server is running, and the port in `runner.http.url`",
            }));
            checks.skip(&["tls"], "there is no connection");
            return false;
        }
    }
    let check = tls(plan, target).await;
    let has_passed = check.state == super::State::Passed;
    checks.add(check.masked(&plan.redactor));
    has_passed
}

/// Opens the way as a request would, through the proxy, and with TLS where the URL says so.
async fn tls(plan: &Plan, target: &Url) -> Check {
    let name = "tls";
    if target.scheme() != "https" && plan.connection.proxy.is_none() {
        return Check::passed(name, "not used: the URL begins with http://");
    }
    let reached = match Transport::new(&plan.connection, target, plan.clocks.connect) {
        Ok(transport) => transport.reach(target).await,
        Err(error) => Err(ReachError::Build(error)),
    };
    match reached {
        Ok(took) if target.scheme() != "https" => {
            Check::passed(name, format!("not used; the proxy answers after {}", time(took)))
        }
        Ok(took) => {
            let trust = if plan.connection.tls.insecure { "not checked" } else { "trusted" };
            let message = format!("the handshake took {}, the certificate is {trust}", time(took));
            Check::passed(name, message)
        }
        Err(ReachError::Build(error)) => {
            let exit = match error {
                BuildError::Tls => Exit::Failure,
                _ => Exit::Configuration,
            };
            Check::failed(name, error.to_string(), exit)
                .remedy("check the files of `runner.http.tls`, and the system's certificates")
        }
        Err(ReachError::Request(error)) => {
            let proxy = plan.connection.proxy.as_ref();
            let role = proxy.map_or(ProxyRole::Absent, ProxyRole::Between);
            let scene = Scene { proxy: role, ..Scene::new(target) };
            let words = words(&Reason::Request(error), &scene);
            let check = Check::failed(name, words.message, Exit::CasesFailed);
            match words.hint {
                Some(hint) => check.remedy(hint),
                None => check,
            }
        }
    }
}

fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there",
        io::ErrorKind::TimedOut => "no answer came in time",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no way to it"
        }
        _ => "the system refuses",
    }
}

pub(super) fn time(took: Duration) -> String {
    format!("{} ms", took.as_millis())
}
