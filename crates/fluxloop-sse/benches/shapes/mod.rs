//! The streams that the decoder is measured on: the columns of its table, and hostile shapes.
//!
//! Whoever measures brings the decoders; this file knows only bytes and where they are cut.

/// A stream, and how it arrives.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// A short name, unique in its list.
    pub(crate) name: &'static str,
    /// What it is, in a few words.
    pub(crate) description: String,
    /// The whole stream.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes a chunk has; the last one may be shorter.
    pub(crate) chunk_size: usize,
}

impl Shape {
    /// The chunks in which the stream arrives.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks(self.chunk_size)
    }
}

/// The size of a usual chunk, in bytes.
const CHUNK: usize = 16 * 1024;

/// The columns of the table: streams as servers send them, 4 MiB each.
pub(crate) fn columns() -> Vec<Shape> {
    const STREAM: usize = 4 * 1024 * 1024;
    let openai = padded(
        "data: {\"id\":\"chatcmpl-0\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\
         \"model\":\"model\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\
         \"logprobs\":null,\"finish_reason\":null}],\"system_fingerprint\":\"",
        "\"}\n\n",
        263,
    );
    let anthropic = padded(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\
         \"delta\":{\"type\":\"text_delta\",\"text\":\"",
        "\"}}\n\n",
        122,
    );
    let tiny = padded("data: ", "\n\n", 17);
    let huge = padded("data: ", "\n\n", 1024 * 1024);
    let column = |name, description: &str, event: &str, chunk_size| {
        let bytes = event.repeat(STREAM.div_ceil(event.len())).into_bytes();
        Shape { name, description: description.to_owned(), bytes, chunk_size }
    };
    vec![
        column("a1", "OpenAI events of 263 bytes in chunks of 16 KiB", &openai, CHUNK),
        column("a2", "OpenAI events of 263 bytes in chunks of 64 bytes", &openai, 64),
        column("a3", "OpenAI events of 263 bytes, one a chunk", &openai, openai.len()),
        column("a5", "Anthropic events of 122 bytes in chunks of 16 KiB", &anthropic, CHUNK),
        column("a6", "events of 17 bytes in chunks of 16 KiB", &tiny, CHUNK),
        column("b1", "events of 1 MiB in chunks of 16 KiB", &huge, CHUNK),
        column("b2", "events of 1 MiB in chunks of 64 bytes", &huge, 64),
    ]
}

/// An event of exactly this many bytes.
fn padded(start: &str, end: &str, length: usize) -> String {
    let padding = length.checked_sub(start.len() + end.len()).expect("the event is long enough");
    format!("{start}{}{end}", "x".repeat(padding))
}

/// What a hostile stream is made of: its name, its start, the piece that comes again and again, its
/// end, and the size of its chunks.
type Hostile = (&'static str, &'static [u8], &'static [u8], &'static [u8], usize);

/// The size of a chunk that holds a whole stream.
const WHOLE: usize = usize::MAX;

const HOSTILE: &[Hostile] = &[
    ("endless data", b"data: ", b"x", b"", CHUNK),
    ("endless unknown line", b"x", b"x", b"", 64),
    ("endless comment", b":", b"x", b"", 1),
    ("endless type", b"event: ", b"x", b"", 1),
    ("blank lines", b"", b"\n", b"", CHUNK),
    ("CR storm", b"", b"\r", b"", CHUNK),
    ("CR storm, byte by byte", b"", b"\r", b"", 1),
    ("CRLF storm, byte by byte", b"", b"\r\n", b"", 1),
    ("comments", b"", b":\n", b"", CHUNK),
    ("types", b"", b"event:x\n", b"", CHUNK),
    ("IDs", b"", b"id:1\n", b"", CHUNK),
    ("IDs and blank lines", b"", b"id:1\n\n", b"", CHUNK),
    ("retries that do not fit", b"", b"retry:99999999999999999999\n", b"", CHUNK),
    ("joined data", b"", b"data:x\n", b"\n", CHUNK),
    ("joined data, whole", b"", b"data:x\n", b"\n", WHOLE),
    ("joined data, byte by byte", b"", b"data:x\n", b"\n", 1),
    ("joined empty data", b"", b"data\n", b"\n", CHUNK),
    ("tiny events, whole", b"", b"data:x\n\n", b"", WHOLE),
    ("tiny events, byte by byte", b"", b"data:x\n\n", b"", 1),
    ("LF first, a CR at the end", b"", b"data:x\n\n", b"\r", WHOLE),
    ("all line ends in turn", b"", b"data:x\n\rdata:y\r\n\n", b"", 7),
    ("bad UTF-8 in one value", b"data: ", b"\xFF", b"\n\n", CHUNK),
    ("bad UTF-8 in every event", b"", b"data:\xFF\n\n", b"", WHOLE),
    ("bad UTF-8 in every line", b"", b"data:\xFF\n", b"\n", CHUNK),
    ("bad UTF-8 in every comment", b"", b":\xFF\xFE\xFD\xFC\n", b"", 7),
    ("bad UTF-8 after good", b"data:x\n\n", b"\xFF", b"\n", WHOLE),
    ("half characters, byte by byte", b"data:", b"\xE2\x82", b"\n\n", 1),
    ("cut characters", b"data:", b"\xF0\x9F\x98\x80", b"\n\n", 64),
];

/// Streams of about `n` bytes that make a careless decoder slow: one may take twice the time when
/// `n` is doubled, but not more.
///
/// Up to an `n` of 8 MiB none exceeds the default limit.
pub(crate) fn hostile(n: usize) -> Vec<Shape> {
    let shape = |&(name, start, piece, end, chunk_size): &Hostile| Shape {
        name,
        description: format!("`{}` again and again", piece.escape_ascii()),
        bytes: [start, &piece.repeat(n / piece.len()), end].concat(),
        chunk_size,
    };
    HOSTILE.iter().map(shape).collect()
}
