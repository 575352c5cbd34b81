//! A client that sees every byte.

use std::io;

use bytes::BytesMut;
use fluxloop_mock::{MockAgent, MockOptions};
use fluxloop_sse::Decoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Text that is hard to carry: outer spaces, quotes, line breaks, characters of one to four bytes.
pub(crate) const HARD: &str =
    "  Grüße \"Ada\" \\ a\u{1}b,\r\n\n日本語日本語日本語日本語日本語日本語 🚀\u{2028} end ";

/// One answer, as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Status line and headers.
    pub(crate) head: String,
    /// The body, without its framing.
    pub(crate) body: Vec<u8>,
    /// How it ended.
    pub(crate) ended: Ended,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ended {
    /// As its framing says.
    Complete,
    /// With a FIN in its midst, or instead of it.
    Closed,
    /// With an RST.
    Reset,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line")
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &'_ str| line.split_once(": ").is_some_and(|(found, _)| found == name);
        self.head.lines().find(|it| line(it)).map(|it| &it[name.len() + 2..])
    }

    /// The events: type and data.
    pub(crate) fn events(&self) -> Vec<(String, String)> {
        let mut decoder = Decoder::new();
        let mut events = decoder.feed(&self.body);
        let mut found = Vec::new();
        while let Some(event) = events.next() {
            let event = event.expect("small events");
            found.push((event.event_type.to_owned(), event.data.to_owned()));
        }
        found
    }
}

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    unread: BytesMut,
}

impl Client {
    pub(crate) async fn connect(agent: &MockAgent) -> Self {
        let stream = TcpStream::connect(agent.addr()).await.expect("the mock accepts");
        Self { stream, unread: BytesMut::new() }
    }

    /// Sends a POST of a JSON body.
    pub(crate) async fn post(&mut self, path: &str, body: &str) {
        self.send("POST", path, "content-type: application/json\r\n", body).await;
    }

    /// Sends a request; each header ends in CRLF.
    pub(crate) async fn send(&mut self, method: &str, target: &str, headers: &str, body: &str) {
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: mock\r\n{headers}\
             content-length: {length}\r\n\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).await.expect("the mock reads");
    }

    /// Reads an answer to its end, whatever end that is.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut answer = Answer { head: String::new(), body: Vec::new(), ended: Ended::Closed };
        answer.ended = match self.read(&mut answer).await {
            Ok(()) => Ended::Complete,
            Err(error) => ended(&error),
        };
        answer
    }

    /// Reads into an answer, which keeps what came before a break.
    pub(crate) async fn read(&mut self, answer: &mut Answer) -> io::Result<()> {
        answer.head = String::from_utf8(self.until(b"\r\n\r\n").await?).expect("a head is text");
        if answer.status() == 204 {
            return Ok(());
        }
        if let Some(length) = answer.header("content-length") {
            let length = length.parse().expect("a number");
            return self.exactly(length, &mut answer.body).await;
        }
        if answer.header("transfer-encoding").is_none() {
            return self.until_close(&mut answer.body).await;
        }
        loop {
            let size = String::from_utf8(self.until(b"\r\n").await?).expect("a chunk size");
            let size = usize::from_str_radix(&size, 16).expect("a chunk size");
            self.exactly(size, &mut answer.body).await?;
            self.until(b"\r\n").await?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// Reads what comes next, however much that is.
    pub(crate) async fn some(&mut self) -> Vec<u8> {
        self.more().await.expect("the connection is open");
        self.unread.split().to_vec()
    }

    /// Reads whatever comes until the connection ends.
    pub(crate) async fn rest(&mut self) -> (Vec<u8>, Ended) {
        loop {
            if let Err(error) = self.more().await {
                return (self.unread.to_vec(), ended(&error));
            }
        }
    }

    /// Reads a body that has no other end than that of its connection.
    async fn until_close(&mut self, into: &mut Vec<u8>) -> io::Result<()> {
        let ended = loop {
            if let Err(error) = self.more().await {
                break error;
            }
        };
        into.extend_from_slice(&self.unread.split());
        if ended.kind() == io::ErrorKind::UnexpectedEof { Ok(()) } else { Err(ended) }
    }

    /// Reads a line or a head, without its end.
    async fn until(&mut self, end: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            let found = self.unread.windows(end.len()).position(|window| window == end);
            if let Some(at) = found {
                let line = self.unread.split_to(at + end.len());
                return Ok(line[..at].to_vec());
            }
            self.more().await?;
        }
    }

    /// Reads so many bytes; those before a break arrive too.
    async fn exactly(&mut self, mut length: usize, into: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let taken = length.min(self.unread.len());
            into.extend_from_slice(&self.unread.split_to(taken));
            length -= taken;
            if length == 0 {
                return Ok(());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.unread).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn ended(error: &io::Error) -> Ended {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Ended::Closed,
        io::ErrorKind::ConnectionReset => Ended::Reset,
        other => panic!("unexpected end: {other}"),
    }
}

/// A mock with these options.
pub(crate) async fn start(options: MockOptions) -> MockAgent {
    MockAgent::start(options).await.expect("a free loopback port")
}

/// The answer of a mock to one POST.
pub(crate) async fn post(options: MockOptions, path: &str, body: &str) -> Answer {
    let agent = start(options).await;
    ask(&agent, path, body).await
}

/// The answer to one POST on a connection of its own.
pub(crate) async fn ask(agent: &MockAgent, path: &str, body: &str) -> Answer {
    let mut client = Client::connect(agent).await;
    client.post(path, body).await;
    client.answer().await
}
