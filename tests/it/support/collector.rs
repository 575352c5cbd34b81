//! A server that takes whatever is posted to it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// A request that the collector took.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    /// The first line and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Takes every request, and answers 200 with an empty body.
pub(crate) struct Collector {
    url: String,
    posted: Receiver<Posted>,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, posted) = channel();
        // The thread ends with the process of the tests.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || serve(&stream, &sender));
            }
        });
        Self { url, posted }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The requests since the last call.
    pub(crate) fn posted(&self) -> Vec<Posted> {
        self.posted.try_iter().collect()
    }

    /// The bodies of the requests since the last call.
    pub(crate) fn bodies(&self) -> Vec<Vec<u8>> {
        self.posted().into_iter().map(|posted| posted.body).collect()
    }
}

/// Serves one connection until it closes.
fn serve(stream: &TcpStream, sender: &Sender<Posted>) {
    let mut reader = BufReader::new(stream);
    while let Some(posted) = read(&mut reader) {
        let is_heard = sender.send(posted).is_ok();
        let mut out = stream;
        let answered = out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        if !is_heard || answered.is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Posted> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Posted { head, body })
}
