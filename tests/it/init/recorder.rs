//! A server that records requests as they are on the wire.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// A request as it was sent.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) method: String,
    pub(super) target: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// A server that answers everything with one JSON document.
pub(super) struct Recorder {
    pub(super) address: SocketAddr,
    requests: Receiver<Recorded>,
}

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \
                      15\r\nconnection: close\r\n\r\n{\"output\":\"ok\"}";

impl Recorder {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, requests) = channel();
        thread::spawn(move || {
            for mut connection in listener.incoming().filter_map(Result::ok) {
                // It is recorded before the client can know that it was answered.
                if let Some(recorded) = read(&mut connection) {
                    let _ = sender.send(recorded);
                }
                let _ = connection.write_all(ANSWER.as_bytes());
            }
        });
        Self { address, requests }
    }

    /// The requests that came since the last call.
    pub(super) fn requests(&self) -> Vec<Recorded> {
        self.requests.try_iter().collect()
    }
}

fn read(connection: &mut TcpStream) -> Option<Recorded> {
    connection.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break at + 4;
        }
        more(connection, &mut bytes)?;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    while bytes.len() < end + length {
        more(connection, &mut bytes)?;
    }
    Some(Recorded { method, target, headers, body: bytes.split_off(end) })
}

fn more(connection: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut piece = [0; 4096];
    let read = connection.read(&mut piece).ok().filter(|read| *read > 0)?;
    bytes.extend_from_slice(&piece[..read]);
    Some(())
}
