//! The way to the server: connections that are kept, HTTP/2, proxies, TLS.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fluxloop_mock::{Faults, MockOptions};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};

use crate::support::{Project, Server};

fn project(url: &str, keys: &str) -> Project {
    Project::new(&format!(
        "base_inputs: [a, b, c, d, e]\nrunner:\n  http:\n    url: {url}\n    stream: sse\n    \
         stream_output_path: delta\n{keys}"
    ))
}

const TEXTS: [&str; 5] = ["a", "b", "c", "d", "e"];

#[test]
fn one_connection_serves_one_case_after_the_other() {
    let server = Server::echo();
    let project = project(&server.url("/chat"), "");
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), TEXTS);
    assert_eq!(server.agent().served().connections, 1);
    let connects: Vec<_> = project
        .traces()
        .iter()
        .map(|trace| trace["turns"][0]["timings"]["connect_ms"].is_number())
        .collect();
    assert_eq!(connects, [true, false, false, false, false]);
}

#[test]
fn a_server_that_closes_idle_connections_costs_no_case() {
    let faults = Faults::new(["close_idle=20ms".parse().expect("a fault")]).expect("no chances");
    let server = Server::start(MockOptions { faults, ..MockOptions::default() });
    let project = project(&server.url("/chat"), "    retry: { attempts: 0 }\n");
    project.run(&["--set", "run_delay_seconds=0.03"]).exits(0);
    assert_eq!(project.outputs(), TEXTS);
}

#[test]
fn http2_without_tls_by_prior_knowledge() {
    let server = Server::echo();
    let project = project(&server.url("/chat"), "    http2: prior-knowledge\n");
    project.run(&["--parallelism", "5"]).exits(0);
    assert_eq!(project.outputs(), TEXTS);
    assert_eq!(server.agent().served().connections, 1);
}

#[test]
fn a_proxy_from_the_environment_or_the_configuration() {
    let proxy = Server::echo();
    let address = proxy.url("");
    let target = "http://agent.example/chat";

    let by_environment = project(target, "");
    let mut command = by_environment.command(&["run", "experiment"]);
    crate::support::Finished::of(command.env("HTTP_PROXY", &address)).exits(0);
    assert_eq!(by_environment.outputs(), TEXTS);

    let by_configuration = project(target, &format!("    proxy: {address}\n"));
    by_configuration.run(&[]).exits(0);
    assert_eq!(by_configuration.outputs(), TEXTS);
    assert_eq!(proxy.agent().served().requests, 10);
}

#[test]
fn a_proxy_that_the_url_does_not_use_is_not_read() {
    let proxy = Server::echo();
    let project = project("http://agent.example/chat", "");
    let mut command = project.command(&["run", "experiment"]);
    command.env("http_proxy", proxy.url("")).env("ALL_PROXY", "nonsense://127.0.0.1:9");
    crate::support::Finished::of(command.env("HTTPS_PROXY", "nonsense")).exits(0);
    assert_eq!(project.outputs(), TEXTS);
}

#[test]
fn a_socks_proxy_that_is_not_there_fails_as_a_proxy() {
    let project = project("http://agent.example/chat", "    retry: { attempts: 0 }\n");
    let mut command = project.command(&["run", "experiment"]);
    crate::support::Finished::of(command.env("ALL_PROXY", "socks5h://127.0.0.1:1")).exits(10);
    assert_eq!(project.traces()[0]["error"]["kind"], "proxy");
}

#[test]
fn the_summary_names_the_proxy_without_its_password() {
    let proxy = Server::echo();
    let project = project("http://agent.example/chat", "");
    let address = proxy.url("");
    let with_password = address.replace("http://", "http://ada:pw-12345678@");
    let mut command = project.command(&["run", "experiment"]);
    crate::support::Finished::of(command.env("HTTP_PROXY", &with_password)).exits(0);
    assert_eq!(project.json("summary.json")["proxy"], address);
    let direct = self::project(&proxy.url("/chat"), "");
    direct.run(&[]).exits(0);
    assert_eq!(direct.json("summary.json").get("proxy"), None);
}

#[test]
fn loopback_never_goes_through_a_proxy() {
    let server = Server::echo();
    let project = project(&server.url("/chat"), "");
    let mut command = project.command(&["run", "experiment"]);
    command.env("HTTP_PROXY", "http://127.0.0.1:9").env("ALL_PROXY", "http://127.0.0.1:9");
    crate::support::Finished::of(&mut command).exits(0);
    assert_eq!(project.outputs(), TEXTS);
}

#[test]
fn tls_with_an_authority_of_ones_own() {
    let project = tls_project("    tls: { ca_file: pki/ca.pem }\n");
    let server = TlsServer::start(&project, false);
    project.run(&["--set", &server.url()]).exits(0);
    assert_eq!(project.outputs(), ["over TLS"; 5]);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_and_not_retried() {
    let project = tls_project("");
    let server = TlsServer::start(&project, false);
    project.run(&["--set", &server.url()]).exits(10).says(&["tls", "ca_file"]);
    let trace = &project.traces()[0];
    assert_eq!(trace["error"]["kind"], "tls");
    assert_eq!(trace["turns"][0]["attempts"].as_array().map(Vec::len), Some(1));
}

#[test]
fn insecure_is_told_on_every_run() {
    let project = tls_project("    tls: { insecure: true }\n");
    let server = TlsServer::start(&project, false);
    project.run(&["--set", &server.url()]).exits(0).says(&["warning", "insecure"]);
}

#[test]
fn a_client_certificate_where_the_server_asks_for_one() {
    let keys = "    tls: { ca_file: pki/ca.pem, client_cert: pki/host.pem, client_key: \
                pki/host.key }\n";
    let project = tls_project(keys);
    let server = TlsServer::start(&project, true);
    project.run(&["--set", &server.url()]).exits(0);
    assert_eq!(project.outputs(), ["over TLS"; 5]);

    let without = tls_project("    tls: { ca_file: pki/ca.pem }\n");
    fs::copy(project.path().join("pki/ca.pem"), without.path().join("pki/ca.pem")).expect("a copy");
    without.run(&["--set", &server.url()]).exits(10).says(&["client certificate"]);
}

/// A project with an authority, and a certificate for `localhost` with its key, in `pki/`.
fn tls_project(keys: &str) -> Project {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    // Without a name of its own it would look like the issuer of itself.
    params.distinguished_name.push(DnType::CommonName, "authority of the test");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().expect("a key");
    let ca = params.self_signed(&ca_key).expect("a certificate");
    let issuer = Issuer::new(params, ca_key);
    let key = KeyPair::generate().expect("a key");
    let mut host = CertificateParams::new(vec!["localhost".to_owned()]).expect("a host name");
    host.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let host = host.signed_by(&key, &issuer).expect("a certificate");
    project("https://localhost:1/chat", keys)
        .file("pki/ca.pem", &ca.pem())
        .file("pki/host.pem", &host.pem())
        .file("pki/host.key", &key.serialize_pem())
}

/// A TLS server that this project did not write: Python's, by OpenSSL.
struct TlsServer {
    process: Child,
    port: u16,
}

impl TlsServer {
    fn start(project: &Project, mutual: bool) -> Self {
        let program =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/python/tls_server.py");
        let pki = project.path().join("pki");
        let mut command = Command::new("python3");
        command.arg(program).arg(pki.join("host.pem")).arg(pki.join("host.key"));
        if mutual {
            command.arg(pki.join("ca.pem"));
        }
        let mut process = command.stdout(Stdio::piped()).spawn().expect("python3 can be started");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("the server tells its port");
        let port = line.trim().parse().expect("a port");
        Self { process, port }
    }

    /// For `--set`.
    fn url(&self) -> String {
        format!("runner.http.url=https://localhost:{}/chat", self.port)
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
