//! A server that answers every case with bytes that were laid down before.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// How an input names the answer that it wants.
pub(super) const MARK: &str = "answer-";

/// The bytes of one answer, HTTP and all, in the pieces in which they are written.
pub(super) struct Answer {
    /// What it tries: where which form stands.
    pub(super) label: String,
    pub(super) pieces: Vec<Vec<u8>>,
    /// Whether the connection stays open until the client closes it.
    pub(super) stalls: bool,
}

impl Answer {
    /// Whether it is a text for which nothing else is known.
    pub(super) fn is_text(&self) -> bool {
        self.label.starts_with("text")
    }
}

/// Serves until it is dropped. It is as good a proxy: it answers whatever it is asked.
pub(super) struct Server {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    stalls: Arc<Stalls>,
}

/// The connections that are left open behind an answer.
#[derive(Default)]
struct Stalls {
    count: AtomicUsize,
    over: AtomicBool,
}

impl Server {
    pub(super) fn start(answers: Arc<[Answer]>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let ends = Arc::new(AtomicBool::new(false));
        let stalls = Arc::new(Stalls::default());
        let (ended, shared) = (Arc::clone(&ends), Arc::clone(&stalls));
        thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !ended.load(Ordering::Relaxed)) {
                let (answers, stalls) = (Arc::clone(&answers), Arc::clone(&shared));
                let stream = stream.expect("a connection");
                // A client that has enough goes away, and that is its good right.
                thread::spawn(move || serve(&answers, stream, &stalls).unwrap_or_default());
            }
        });
        Self { address, ends, stalls }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were left open behind an answer.
    pub(super) fn stalled(&self) -> usize {
        self.stalls.count.load(Ordering::Relaxed)
    }

    /// From now on every connection is closed behind its answer.
    pub(super) fn stalls_no_more(&self) {
        self.stalls.over.store(true, Ordering::Relaxed);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // It looks when somebody comes.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(answers: &[Answer], stream: TcpStream, stalls: &Stalls) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let answer = &answers[asked_for(&mut reader)?];
    for piece in &answer.pieces {
        reader.get_mut().write_all(piece)?;
    }
    if answer.stalls && !stalls.over.load(Ordering::Relaxed) {
        stalls.count.fetch_add(1, Ordering::Relaxed);
        io::copy(&mut reader, &mut io::sink())?;
    }
    Ok(())
}

/// Reads a request, and finds the number in its body.
fn asked_for(reader: &mut impl BufRead) -> io::Result<usize> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a length");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body);
    let (_, rest) = body.split_once(MARK).ok_or(io::ErrorKind::InvalidData)?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().map_err(|_| io::ErrorKind::InvalidData.into())
}
