//! Compressed bodies: decoded as they come, and faults told apart from those of the transport.

use fluxloop_http::{Cause, Framing, Phase, Progress, RequestError};

use crate::request::{ask, get, transport};
use crate::server::{Server, Step, answer, in_time};

/// gzip (RFC 1952) with one stored block (RFC 1951, section 3.2.4) for each part: every part can
/// be decoded as soon as it is there.
fn gzip(parts: &[&str]) -> Vec<Vec<u8>> {
    let text = parts.concat();
    let mut pieces = vec![vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]];
    pieces.extend(parts.iter().map(|part| stored(part, false)));
    let length = u32::try_from(text.len()).unwrap();
    pieces.push(
        [stored("", true), crc32(&text).to_le_bytes().into(), length.to_le_bytes().into()].concat(),
    );
    pieces
}

fn stored(part: &str, last: bool) -> Vec<u8> {
    let length = u16::try_from(part.len()).unwrap();
    [&[u8::from(last)][..], &length.to_le_bytes(), &(!length).to_le_bytes(), part.as_bytes()]
        .concat()
}

fn crc32(text: &str) -> u32 {
    !text.bytes().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// zlib (RFC 1950), which is what HTTP calls deflate.
fn zlib(text: &str) -> Vec<u8> {
    let (low, high) = text.bytes().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    [vec![0x78, 0x01], stored(text, true), ((high << 16) | low).to_be_bytes().into()].concat()
}

/// One raw block (RFC 8878, section 3.1.1).
fn zstd(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    let block = (u32::from(length) << 3 | 1).to_le_bytes();
    [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, length][..], &block[..3], text.as_bytes()].concat()
}

/// One uncompressed meta-block (RFC 7932, section 9.2), for texts of 11 bytes.
fn brotli(text: &str) -> Vec<u8> {
    assert_eq!(text.len(), 11);
    [&[0x0b, 0x05, 0x80], text.as_bytes(), &[0x03]].concat()
}

/// A text in every coding.
fn compressed(text: &str) -> [(&'static str, Vec<u8>); 4] {
    [
        ("gzip", gzip(&[text]).concat()),
        ("deflate", zlib(text)),
        ("br", brotli(text)),
        ("zstd", zstd(text)),
    ]
}

fn chunked(coding: &str, pieces: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn of_length(coding: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn ended(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

async fn check(server: Vec<Step>, expected: Result<&str, Cause>) {
    let server = Server::start(vec![server]).await;
    let answer = in_time(ask(&transport(&server.url()), &get(&server.url()))).await;
    if let Err(error) = &answer {
        assert_eq!(error.phase(), Phase::Body);
    }
    let body = answer.as_ref().map(|answer| &*answer.body).map_err(RequestError::cause);
    assert_eq!(body, expected);
}

#[tokio::test]
async fn every_coding_is_decoded() {
    let text = "hello world";
    for (coding, bytes) in [
        ("gzip", gzip(&[text]).concat()),
        ("GZip", gzip(&[text]).concat()),
        ("x-gzip", gzip(&[text]).concat()),
        ("deflate", zlib(text)),
        ("br", brotli(text)),
        ("zstd", zstd(text)),
        ("identity", text.into()),
        ("Identity, gzip", gzip(&[text]).concat()),
    ] {
        check(answer(ended(chunked(coding, &[bytes]))), Ok(text)).await;
    }
}

/// RFC 9112, section 7: a transfer coding before the last one compresses the body, too.
#[tokio::test]
async fn a_transfer_coding_is_decoded() {
    let head = |codings: &str, body: &[u8]| {
        let head =
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {codings}\r\nConnection: close\r\n\r\n");
        [head.as_bytes(), body].concat()
    };
    let body = gzip(&["hello"]).concat();
    let framed = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    check(answer(head("gzip, chunked", &framed)), Ok("hello")).await;
    check(answer(head("snappy, chunked", &framed)), Err(Cause::UnknownCoding)).await;
}

/// RFC 1952, section 2.2, and RFC 8878, section 3.1: a server may compress each event by itself.
#[tokio::test]
async fn all_members_of_a_body_are_decoded_however_they_are_framed() {
    let gzip = [gzip(&["one"]).concat(), gzip(&[""]).concat(), gzip(&[" two"]).concat()];
    let zstd = [zstd("one"), zstd(""), zstd(" two")];
    for (coding, members) in [("gzip", gzip), ("zstd", zstd)] {
        check(answer(ended(chunked(coding, &members))), Ok("one two")).await;
        check(answer(ended(chunked(coding, &[members.concat()]))), Ok("one two")).await;
        check(answer(of_length(coding, &members.concat())), Ok("one two")).await;
    }
}

#[tokio::test]
async fn what_follows_a_compressed_body_is_never_passed_over() {
    let text = "hello world";
    for (coding, bytes) in compressed(text) {
        for more in [&b"more"[..], b"\0", &bytes[..bytes.len() - 1]] {
            let body = [&bytes, more].concat();
            check(answer(of_length(coding, &body)), Err(Cause::Decode)).await;
            let apart = [bytes.clone(), more.into()];
            check(answer(ended(chunked(coding, &apart))), Err(Cause::Decode)).await;
        }
    }
}

#[tokio::test]
async fn a_compressed_body_without_a_byte_is_empty() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        check(answer(of_length(coding, b"")), Ok("")).await;
        check(answer(ended(chunked(coding, &[]))), Ok("")).await;
    }
}

#[tokio::test]
async fn a_body_may_be_longer_than_a_piece_of_it() {
    let text = "a long text ".repeat(4_000);
    let pieces: Vec<_> =
        text.as_bytes().chunks(40_000).map(|part| str::from_utf8(part).unwrap()).collect();
    check(answer(of_length("gzip", &gzip(&pieces).concat())), Ok(&text)).await;
}

#[tokio::test]
async fn the_length_of_a_compressed_body_proves_its_end() {
    let server = Server::start(vec![answer(of_length("gzip", &gzip(&["hello"]).concat()))]).await;
    let answer = in_time(ask(&transport(&server.url()), &get(&server.url()))).await.unwrap();
    assert_eq!((answer.framing, &*answer.body), (Framing::Length, "hello"));
}

/// The text that came before a fault was paid for.
#[tokio::test]
async fn what_came_before_a_fault_is_handed_out() {
    let mut damaged = gzip(&["hello", " world"]).concat();
    let sum = damaged.len() - 8;
    damaged[sum] ^= 1;
    let server = Server::start(vec![answer(of_length("gzip", &damaged))]).await;
    let transport = transport(&server.url());
    let mut exchange = transport.send(&get(&server.url()), &Progress::default()).await.unwrap();
    let chunk = in_time(exchange.chunk()).await.unwrap().unwrap();
    assert_eq!(&chunk.bytes[..], b"hello world");
    assert_eq!(in_time(exchange.chunk()).await.unwrap_err().cause(), Cause::Decode);
}

#[tokio::test]
async fn a_part_is_there_as_soon_as_it_was_flushed() {
    let pieces = gzip(&["data: one\n\n", "data: two\n\n"]);
    let server =
        Server::start(vec![[answer(chunked("gzip", &pieces[..2])), vec![Step::Hang]].concat()])
            .await;
    let transport = transport(&server.url());
    let mut exchange = transport.send(&get(&server.url()), &Progress::default()).await.unwrap();
    let chunk = in_time(exchange.chunk()).await.unwrap().unwrap();
    assert_eq!(&chunk.bytes[..], b"data: one\n\n");
    assert_eq!(exchange.framing(), Framing::Chunked);
}

#[tokio::test]
async fn a_cut_compressed_body_is_a_decoding_fault() {
    let text = "hello world";
    for (coding, bytes) in compressed(text) {
        let cut = bytes[..bytes.len() - 1].to_vec();
        check(answer(ended(chunked(coding, &[cut]))), Err(Cause::Decode)).await;
    }
}

#[tokio::test]
async fn a_cut_transport_is_a_transport_fault() {
    let pieces = gzip(&["hello", " world"]);
    check(answer(chunked("gzip", &pieces[..2])), Err(Cause::Truncated)).await;
    let reset = [answer(chunked("gzip", &pieces[..2])), vec![Step::Reset]].concat();
    check(reset, Err(Cause::Truncated)).await;
}

#[tokio::test]
async fn a_header_that_lies_is_a_decoding_fault() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let plain = b"data: this is not compressed at all\n\n".to_vec();
        check(answer(ended(chunked(coding, &[plain]))), Err(Cause::Decode)).await;
    }
    let mut wrong_sum = gzip(&["hello"]).concat();
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 1;
    check(answer(ended(chunked("gzip", &[wrong_sum]))), Err(Cause::Decode)).await;
}

#[tokio::test]
async fn an_unknown_coding_is_named_and_not_read() {
    for coding in ["snappy", "gzip, br"] {
        let server = Server::start(vec![answer(ended(chunked(coding, &[b"x".to_vec()])))]).await;
        let error = in_time(ask(&transport(&server.url()), &get(&server.url()))).await.unwrap_err();
        assert_eq!((error.cause(), error.detail()), (Cause::UnknownCoding, Some(coding)));
    }
}
