//! A plain server: every event is a chunk and a write of its own, as most servers send them.

use std::io::{self, Read};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::server::Args;

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
                      Transfer-Encoding: chunked\r\n\r\n";

/// About 230 bytes, as OpenAI sends them.
const EVENT: &str = "data: {\"id\":\"chatcmpl-ABCdef0123456789ABCdef01234\",\
                     \"object\":\"chat.completion.chunk\",\"created\":1700000000,\
                     \"model\":\"gpt-4o-mini\",\"system_fingerprint\":\"fp_0123456789\",\
                     \"choices\":[{\"index\":0,\"delta\":{\"content\":\" answers\"},\
                     \"finish_reason\":null}]}\n\n";

const DONE: &str = "data: [DONE]\n\n";

/// The chunk that ends a body (RFC 9112, section 7.1).
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Serves until standard input ends: whoever started this is gone then.
pub(super) fn run(args: Args) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    println!("http://{}", listener.local_addr()?);
    runtime.spawn(accept(listener, args));
    io::stdin().read_to_end(&mut Vec::new())?;
    runtime.shutdown_background();
    Ok(())
}

async fn accept(listener: TcpListener, args: Args) {
    while let Ok((connection, _)) = listener.accept().await {
        // A client that closes its connection ends only that connection.
        tokio::spawn(async move { serve(connection, args).await.unwrap_or_default() });
    }
}

/// Answers the requests of one connection, one after the other.
async fn serve(mut connection: TcpStream, args: Args) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let (reader, mut writer) = connection.split();
    let mut reader = BufReader::new(reader);
    while skip_request(&mut reader).await? {
        answer(&mut writer, args).await?;
    }
    Ok(())
}

/// Reads a request to its end; false when the client has closed the connection.
async fn skip_request(reader: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<bool> {
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).await? > 0 {
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            reader.read_exact(&mut vec![0; length]).await?;
            return Ok(true);
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    Ok(false)
}

async fn answer(writer: &mut (impl AsyncWriteExt + Unpin), args: Args) -> io::Result<()> {
    let mut due = Instant::now() + Duration::from_millis(args.delay);
    let gap = Duration::from_millis(args.gap);
    writer.write_all(HEAD).await?;
    let (event, done) = (chunk(EVENT), chunk(DONE));
    for _ in 0..args.deltas {
        if due > Instant::now() {
            sleep_until(due).await;
        }
        writer.write_all(&event).await?;
        // The events of a real answer come from somewhere: streams take turns.
        yield_now().await;
        due += gap;
    }
    writer.write_all(&done).await?;
    writer.write_all(LAST_CHUNK).await
}

fn chunk(data: &str) -> Vec<u8> {
    format!("{:x}\r\n{data}\r\n", data.len()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime starts").block_on(future)
    }

    /// What is left after a request.
    #[track_caller]
    fn check(request: &str, expected: Option<&str>) {
        let mut rest = request.as_bytes();
        let whole = block_on(skip_request(&mut rest)).expect("memory can be read");
        let rest = String::from_utf8_lossy(rest);
        assert_eq!(whole.then_some(&*rest), expected);
    }

    #[test]
    fn a_request_is_read_to_its_end() {
        check("GET / HTTP/1.1\r\n\r\nnext", Some("next"));
        check("POST / HTTP/1.1\r\ncontent-Length: 4\r\n\r\nbodynext", Some("next"));
        check("", None);
    }

    #[test]
    fn an_answer_has_one_chunk_per_event() {
        let mut body = Vec::new();
        let args = Args { deltas: 2, delay: 0, gap: 0 };
        block_on(answer(&mut body, args)).expect("memory can be written");
        let event = format!("{:x}\r\n{EVENT}\r\n", EVENT.len());
        let head = String::from_utf8_lossy(HEAD);
        let expected = format!("{head}{event}{event}e\r\n{DONE}\r\n0\r\n\r\n");
        assert_eq!(String::from_utf8_lossy(&body), expected);
    }
}
