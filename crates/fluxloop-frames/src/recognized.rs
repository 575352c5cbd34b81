//! What a body looks like, for hints.

use serde::de::IgnoredAny;

use crate::framing::{begins_like_events, content};

/// What a body looks like; see [`recognized`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Recognized {
    /// An event stream.
    EventStream,
    /// JSON documents, each on a line of its own; at least two of them.
    JsonLines,
    /// A JSON array.
    JsonArray,
    /// A JSON object, or several that do not stand on lines of their own.
    Json,
    /// An HTML page.
    Html,
    /// Lines such as `0:"text"`: version 1 of Vercel's data stream. No framing reads it.
    VercelDataStream,
    /// Binary messages: `application/vnd.amazon.eventstream`, which Bedrock sends. No framing reads
    /// it.
    BedrockEventStream,
    /// Other text.
    Text,
}

/// What a body looks like by its beginning, of which 16 KiB are enough and which may be cut
/// anywhere. `None` if it is blank or not text.
pub fn recognized(beginning: &[u8]) -> Option<Recognized> {
    if is_bedrock(beginning) {
        return Some(Recognized::BedrockEventStream);
    }
    let content = content(beginning);
    let is_page = |start: &[u8]| {
        content.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
    };
    match content {
        [] => None,
        _ if begins_like_events(content) => Some(Recognized::EventStream),
        _ if is_page(b"<!doctype html") || is_page(b"<html") => Some(Recognized::Html),
        [b'0'..=b'9' | b'a'..=b'z', b':', b'"' | b'[' | b'{', ..] => {
            Some(Recognized::VercelDataStream)
        }
        [b'{' | b'[' | b'"', ..] if let Some(json) = of_json(content) => Some(json),
        _ => is_text(content).then_some(Recognized::Text),
    }
}

/// What a content is whose first document is JSON, as far as it came.
fn of_json(content: &[u8]) -> Option<Recognized> {
    let mut documents = serde_json::Deserializer::from_slice(content).into_iter::<IgnoredAny>();
    let first = documents.next()?;
    let (document, rest) = content.split_at(documents.byte_offset());
    let line_end = rest.iter().position(|&byte| byte == b'\n');
    let next_line = line_end.map_or(&[][..], |end| rest[end..].trim_ascii_start());
    let is_line = line_end.is_some_and(|end| rest[..end].trim_ascii().is_empty());
    match (first, content[0]) {
        (Err(error), _) if !error.is_eof() => None,
        (Ok(_), start)
            if is_line && !document.contains(&b'\n') && next_line.first() == Some(&start) =>
        {
            Some(Recognized::JsonLines)
        }
        (_, b'[') => Some(Recognized::JsonArray),
        (_, b'{') => Some(Recognized::Json),
        _ => None,
    }
}

/// Whether bytes are text, the last character of which may be cut.
fn is_text(bytes: &[u8]) -> bool {
    let is_utf8 = match str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    is_utf8 && !bytes.contains(&0)
}

/// Whether bytes begin with the prelude of a message: its length and that of its headers, and the
/// CRC-32 of both.
fn is_bedrock(bytes: &[u8]) -> bool {
    let Some((lengths, rest)) = bytes.split_first_chunk::<8>() else { return false };
    rest.first_chunk().is_some_and(|crc| crc32(lengths) == u32::from_be_bytes(*crc))
}

/// The CRC-32 of ISO 3309, as zip and gzip use it.
fn crc32(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            let polynomial = if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
            crc >> 1 ^ polynomial
        })
    });
    !crc
}
