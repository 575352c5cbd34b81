//! Framings: the frames of a body are the same however it is cut, and no others.
//!
//! The input is a body; each `^` in it is no part of it, but a place where it is cut.

use fluxloop_frames::{FrameError, FrameKind, Frames, Framing, Rest};
use serde_json::Value;

/// What has a meaning in a body, and what comes near.
pub(crate) const TOKENS: &[&str] = &[
    "^",
    "\n",
    "\r\n",
    "\n\n",
    "{\"a\":1}",
    "[1,2]",
    "\"é\"",
    "-1.5e3",
    "true",
    "null",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\\"",
    "\\u00e9",
    " ",
    "\t",
    "\u{1e}",
    "\u{feff}",
    "€",
    "😀",
    "data: x\n\n",
    "event: end\n\n",
    "message: x\n",
    ": x\n",
    "id",
    "<html>",
    "[DONE]",
];

/// What may stand between two JSON values of a body.
const SEPARATORS: &[char] = &[' ', '\t', '\r', '\n', '\u{1e}', ',', '[', ']'];

/// Above what any input has.
const ROOMY: usize = 1 << 24;

/// A frame, what is left of a body, or an error.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Frame(String, String, FrameKind),
    Unfinished(String, FrameKind, bool),
    TooLarge,
}

impl Shown {
    fn data(&self) -> &str {
        match self {
            Self::Frame(_, data, _) | Self::Unfinished(data, ..) => data,
            Self::TooLarge => "",
        }
    }

    fn message(data: &[u8]) -> Self {
        Self::Frame("message".into(), lossy(data), FrameKind::Data)
    }

    fn unfinished(data: &[u8]) -> Self {
        Self::Unfinished(lossy(data), FrameKind::Data, false)
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything that a body shows, and its framing.
fn cut<'a>(
    mut frames: Frames,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Option<Framing>, Vec<Shown>) {
    let mut shown = Vec::new();
    for chunk in chunks.into_iter().map(Some).chain([None]) {
        let mut fed = match chunk {
            Some(chunk) => frames.feed(chunk),
            None => frames.flush(),
        };
        while let Some(frame) = fed.next() {
            assert_ne!(shown.last(), Some(&Shown::TooLarge), "no frame follows an error");
            shown.push(match frame {
                Ok(frame) => Shown::Frame(frame.event_type.into(), frame.data.into(), frame.kind),
                Err(FrameError::TooLarge { .. }) => Shown::TooLarge,
                Err(error) => panic!("{error}"),
            });
        }
    }
    let framing = frames.framing();
    match frames.finish() {
        Rest::Nothing => {}
        Rest::Unfinished { frame, is_line_whole } => {
            shown.push(Shown::Unfinished(frame.data.into(), frame.kind, is_line_whole));
        }
        Rest::Last(frame) => {
            shown.push(Shown::Frame(frame.event_type.into(), frame.data.into(), frame.kind));
        }
    }
    (framing, shown)
}

/// Holds a body in one piece against the same body cut and byte by byte, with some limits.
///
/// Returns what it shows without a limit.
fn check_cuts(
    input: &[u8],
    frames: impl Fn(usize) -> Frames,
) -> (Vec<u8>, Option<Framing>, Vec<Shown>) {
    let chunks: Vec<&[u8]> = input.split(|&byte| byte == b'^').collect();
    let body = chunks.concat();
    for limit in [0, 7, body.len() / 3, ROOMY] {
        let whole = cut(frames(limit), [&*body]);
        let (in_chunks, in_bytes) =
            (cut(frames(limit), chunks.iter().copied()), cut(frames(limit), body.chunks(1)));
        if whole.0 == Some(Framing::Text) {
            // How the text is cut is up to the reads.
            assert_eq!(joined(&in_chunks.1), joined(&whole.1), "cut");
            assert_eq!(joined(&in_bytes.1), joined(&whole.1), "bytes");
            assert_eq!((in_chunks.0, in_bytes.0), (whole.0, whole.0));
        } else {
            assert_eq!(in_chunks, whole, "cut, limit {limit}");
            assert_eq!(in_bytes, whole, "bytes, limit {limit}");
        }
        if limit == ROOMY {
            return (body, whole.0, whole.1);
        }
    }
    unreachable!("the last limit is roomy")
}

fn joined(shown: &[Shown]) -> String {
    shown.iter().map(Shown::data).collect()
}

/// JSON lines are the lines that are not blank.
///
/// # Panics
///
/// If the input breaks the property.
pub fn jsonl(input: &[u8]) {
    let (body, _, shown) = check_cuts(input, |limit| Frames::new(Framing::Lines, limit));
    let mut lines: Vec<&[u8]> = body.split(|&byte| byte == b'\n').map(trimmed).collect();
    let last = lines.pop().unwrap_or_default();
    let mut expected: Vec<_> =
        lines.into_iter().filter(|line| !line.is_empty()).map(Shown::message).collect();
    if serde_json::from_slice::<serde::de::IgnoredAny>(last).is_ok() {
        expected.push(Shown::message(last));
    } else if !last.is_empty() {
        expected.push(Shown::unfinished(last));
    }
    assert_eq!(shown, expected);
}

/// A line without a byte order mark, record separators and blanks.
fn trimmed(line: &[u8]) -> &[u8] {
    let mut line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    while let [b'\x1E' | b' ' | b'\t' | b'\r' | b'\x0C', rest @ ..] = line {
        line = rest;
    }
    line.trim_ascii_end()
}

/// JSON is cut into its documents and the elements of its arrays; what lies between frames is only
/// what separates them.
///
/// # Panics
///
/// If the input breaks the property.
pub fn json(input: &[u8]) {
    let (body, _, shown) = check_cuts(input, |limit| Frames::new(Framing::Json, limit));
    let documents = serde_json::Deserializer::from_slice(&body).into_iter::<Value>();
    if let Ok(documents) = documents.collect::<Result<Vec<_>, _>>() {
        let expected: Vec<Value> = documents
            .into_iter()
            .flat_map(|document| match document {
                Value::Array(elements) => elements,
                document => vec![document],
            })
            .collect();
        let found: Vec<Value> = shown
            .iter()
            .map(|frame| serde_json::from_str(frame.data()).expect("a frame is a document"))
            .collect();
        assert_eq!(found, expected);
    }
    let Ok(mut text) = str::from_utf8(&body) else { return };
    text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.as_bytes().first() == Some(&0xEF) {
        // The beginning of what may be a byte order mark is not kept.
        return;
    }
    let separates = |text: &str| text.trim_matches(SEPARATORS).is_empty();
    for frame in &shown {
        let (gap, rest) = text.split_once(frame.data()).expect("a frame is a part of the body");
        assert!(separates(gap), "{gap:?} before {frame:?}");
        text = rest;
    }
    assert!(separates(text), "{text:?} at the end");
}

/// Text is the whole body as text.
///
/// # Panics
///
/// If the input breaks the property.
pub fn text(input: &[u8]) {
    let (body, _, shown) = check_cuts(input, |limit| Frames::new(Framing::Text, limit));
    let expected = lossy(&body);
    assert_eq!(joined(&shown), expected.strip_prefix('\u{feff}').unwrap_or(&expected));
    assert!(shown.iter().all(|frame| !frame.data().is_empty()));
}

/// The first line decides on the framing, and then the frames are those of the framing. Whatever a
/// body looks like, to say so is safe.
///
/// # Panics
///
/// If the input breaks the property.
pub fn sniff(input: &[u8]) {
    let (body, framing, shown) = check_cuts(input, Frames::sniff);
    let framing = framing.expect("the end of the body decides");
    assert_eq!(shown, cut(Frames::new(framing, ROOMY), [&*body]).1);
    let _ = fluxloop_frames::recognized(&body);
}
