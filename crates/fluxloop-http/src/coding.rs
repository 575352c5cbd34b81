//! Undoes the compression of a body (RFC 9110, section 8.4), piece by piece.
//!
//! The client could do it too, but it stops behind the first member of a gzip body and throws away
//! what follows without a word.

use bytes::{Buf, Bytes};
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{BrotliDecoder, DecodeV2, GzipDecoder, ZlibDecoder, ZstdDecoder};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, TRANSFER_ENCODING};

/// The largest piece that is handed out. However much a body grows, no more of it is in memory.
const PIECE: usize = 8 << 10;

/// What is not a compression.
const IGNORED: [&[u8]; 3] = [b"", b"identity", b"chunked"];

/// A body whose compression is undone.
pub(crate) struct Decoder {
    codec: Box<dyn DecodeV2 + Send>,
    /// Whether a body may be several that were compressed one by one (gzip: RFC 1952, section 2.2;
    /// zstd: RFC 8878, section 3.1).
    concatenates: bool,
    input: Bytes,
    state: State,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    /// Nothing has come.
    Empty,
    /// What came so far is not the whole.
    Inside,
    /// The last piece was full, so the codec may hold back more.
    Full,
    /// What came so far is whole.
    Whole,
    Broken,
}

/// The body is not what its coding says.
#[derive(Debug)]
pub(crate) struct Undecodable;

/// The coding is none that is known, or there are several.
#[derive(Debug)]
pub(crate) struct UnknownCoding;

/// The codings of a body, those of the transport included (RFC 9112, section 7), but for the one
/// that frames it.
pub(crate) fn codings(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = [CONTENT_ENCODING, TRANSFER_ENCODING].map(|name| headers.get_all(name).iter());
    let codings = values.into_iter().flatten();
    codings
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|coding| !IGNORED.iter().any(|it| coding.eq_ignore_ascii_case(it)))
}

impl Decoder {
    /// The decoder that an answer with these headers needs, if it needs one.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Option<Self>, UnknownCoding> {
        let mut codings = codings(headers);
        let Some(coding) = codings.next() else { return Ok(None) };
        if codings.next().is_some() {
            return Err(UnknownCoding);
        }
        let (codec, concatenates): (Box<dyn DecodeV2 + Send>, _) =
            match &*coding.to_ascii_lowercase() {
                // RFC 9110, section 8.4.1.3: `x-gzip` is the same.
                b"gzip" | b"x-gzip" => (Box::new(GzipDecoder::new()), true),
                b"deflate" => (Box::new(ZlibDecoder::new()), false),
                b"br" => (Box::new(BrotliDecoder::new()), false),
                b"zstd" => (Box::new(ZstdDecoder::new()), true),
                _ => return Err(UnknownCoding),
            };
        Ok(Some(Self { codec, concatenates, input: Bytes::new(), state: State::Empty }))
    }

    /// Takes what came next. What came before must have been decoded.
    pub(crate) fn feed(&mut self, bytes: Bytes) {
        debug_assert!(self.input.is_empty());
        self.input = bytes;
    }

    /// The next piece of the body; `None` when more has to come first.
    pub(crate) fn piece(&mut self) -> Result<Option<Bytes>, Undecodable> {
        if self.input.is_empty() && !matches!(self.state, State::Full | State::Broken) {
            return Ok(None);
        }
        let mut piece = vec![0; PIECE];
        let mut output = WriteBuffer::new_initialized(&mut piece);
        while !output.has_no_spare_space() && self.goes_on() {
            self.state = self.step(&mut output).unwrap_or(State::Broken);
        }
        let length = output.written_len();
        piece.truncate(length);
        match (length, self.state) {
            // What came before the fault stays.
            (0, State::Broken) => Err(Undecodable),
            (0, _) => Ok(None),
            _ => Ok(Some(piece.into())),
        }
    }

    /// Whether a body that ends here is whole. One without a single byte is.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.state, State::Empty | State::Whole)
    }

    fn goes_on(&self) -> bool {
        match self.state {
            State::Broken => false,
            State::Full => true,
            _ => !self.input.is_empty(),
        }
    }

    fn step(&mut self, output: &mut WriteBuffer<'_>) -> Result<State, Undecodable> {
        if self.state == State::Whole {
            if !self.concatenates {
                return Err(Undecodable);
            }
            self.codec.reinit().map_err(|_| Undecodable)?;
        }
        let had = output.written_len();
        let mut input = PartialBuffer::new(&self.input[..]);
        let decoded = self.codec.decode(&mut input, output);
        let read = input.written_len();
        let moved = read > 0 || output.written_len() > had;
        let starved = self.input.is_empty();
        self.input.advance(read);
        match decoded {
            Ok(true) => Ok(State::Whole),
            // Asked for what it may hold back, some codecs call it an error that there is nothing.
            _ if starved && !moved => Ok(State::Inside),
            Ok(false) if !moved => Err(Undecodable),
            Ok(false) if output.has_no_spare_space() => Ok(State::Full),
            Ok(false) => Ok(State::Inside),
            Err(_) => Err(Undecodable),
        }
    }
}
