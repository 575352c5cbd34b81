//! A process without file descriptors. It is alone in its binary: what it does, it does to all.

#![expect(clippy::unwrap_used, reason = "what the tests themselves set up must work")]

use std::fs::File;
use std::process::Command;
use std::time::Duration;

use fluxloop_http::{Cause, LocalFault, Phase, Progress, Transport};
use fluxloop_plan::{Connection, ProxyUrl, RequestSpec};
use http::{HeaderMap, Method};
use tokio::net::TcpListener;

/// The limit under which the test runs itself again.
const DESCRIPTORS: usize = 64;

async fn cause_of(url: &str, proxy: Option<&str>) -> (Phase, Cause) {
    let request = RequestSpec {
        method: Method::GET,
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: None,
    };
    let proxy = proxy.and_then(|proxy| ProxyUrl::new(proxy.parse().unwrap()));
    let connection = Connection { proxy, ..Connection::default() };
    let transport = Transport::new(&connection, &request.url, Duration::from_secs(10)).unwrap();
    let files: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    assert!(!files.is_empty() && files.len() < DESCRIPTORS);
    let error = transport.send(&request, &Progress::default()).await.unwrap_err();
    (error.phase(), error.cause())
}

#[test]
fn a_want_of_descriptors_is_a_local_fault() {
    let files: Vec<_> = (0..DESCRIPTORS).map_while(|_| File::open("/dev/null").ok()).collect();
    if files.len() == DESCRIPTORS {
        let script = format!("ulimit -n {DESCRIPTORS} && exec \"$0\"");
        let this = std::env::current_exe().unwrap();
        assert!(Command::new("sh").args(["-c", &script]).arg(this).status().unwrap().success());
        return;
    }
    drop(files);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let local = (Phase::Connect, Cause::Local(LocalFault::Descriptors));
        let address = listener.local_addr().unwrap();
        assert_eq!(cause_of(&format!("http://{address}/"), None).await, local);
        // The resolver needs a descriptor too, and says only that it failed.
        assert_eq!(cause_of("http://agent.invalid/", None).await, local);
        // The SOCKS client does not pass on why there is no connection.
        let proxy = format!("socks5h://{address}");
        assert_eq!(cause_of("http://agent.invalid/", Some(&proxy)).await, local);
    });
}
