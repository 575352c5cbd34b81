//! The bytes, piece by piece, and the frames in them.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::num::NonZeroUsize;

use fluxloop_aggregate::framing_of;
use fluxloop_frames::{Fed, Frame, FrameKind, Frames, Framing, Rest};
use fluxloop_schema::StreamKind;
use fluxloop_sse::Decoder;

use super::{MAX_FRAME_BYTES, Stop};
use crate::args::DecodeArgs;
use crate::errors::Ended;
use crate::exit::Exit;

/// How much is read at once.
const READ_BYTES: usize = 64 << 10;

/// How much of the beginning is kept, to say what it looks like.
const BEGINNING_BYTES: usize = 16 << 10;

/// The bytes, piece by piece.
pub(super) struct Input {
    bytes: BufReader<Box<dyn Read>>,
    cut: Option<NonZeroUsize>,
    piece: Vec<u8>,
    beginning: Vec<u8>,
}

impl Input {
    pub(super) fn open(args: &DecodeArgs) -> Result<Self, Ended> {
        let input: Box<dyn Read> = match args.file.as_deref() {
            Some(path) if path.as_os_str() != "-" => {
                Box::new(File::open(path).map_err(|error| {
                    let message = format!("`{}` cannot be read: {error}", path.display());
                    Ended::message(Exit::Failure, message)
                })?)
            }
            _ => Box::new(io::stdin().lock()),
        };
        Ok(Self::new(input, args.cut))
    }

    pub(super) fn new(input: Box<dyn Read>, cut: Option<NonZeroUsize>) -> Self {
        let bytes = BufReader::with_capacity(READ_BYTES, input);
        Self { bytes, cut, piece: Vec::new(), beginning: Vec::new() }
    }

    /// The next piece; empty at the end.
    pub(super) fn next(&mut self) -> Result<&[u8], Stop> {
        self.piece.clear();
        if let Some(cut) = self.cut {
            // Exactly this number of bytes, however they come.
            let wanted = cut.get() as u64;
            self.bytes.by_ref().take(wanted).read_to_end(&mut self.piece).map_err(Stop::Read)?;
        } else {
            self.piece.extend_from_slice(self.bytes.fill_buf().map_err(Stop::Read)?);
            self.bytes.consume(self.piece.len());
        }
        let room = BEGINNING_BYTES.saturating_sub(self.beginning.len()).min(self.piece.len());
        self.beginning.extend_from_slice(&self.piece[..room]);
        Ok(&self.piece)
    }

    /// Whether everything that has come so far was read.
    pub(super) fn is_waiting(&self) -> bool {
        self.bytes.buffer().is_empty()
    }

    pub(super) fn beginning(&self) -> &[u8] {
        &self.beginning
    }
}

/// Cuts the bytes into frames.
pub(super) struct Cutter {
    pub(super) frames: Frames,
    /// The event IDs, which frames do not carry; `None` where the input is not an event stream.
    ids: Option<Ids>,
}

struct Ids {
    decoder: Decoder,
    /// Those of events whose frames have not come yet.
    ahead: VecDeque<String>,
}

/// What is left of an event stream.
pub(super) struct EventsEnd {
    pub(super) last_event_id: String,
    pub(super) retry: Option<u64>,
    pub(super) is_pending: bool,
}

/// What is done with a frame, and with the last event ID at that time.
pub(super) type Visit<'v> = &'v mut dyn FnMut(&Frame<'_>, Option<&str>) -> Result<(), Stop>;

impl Cutter {
    /// Of an event stream, `ids` reads the event IDs.
    pub(super) fn new(stream: StreamKind, ids: Option<Decoder>) -> Self {
        let frames = match framing_of(stream) {
            Some(framing) => Frames::new(framing, MAX_FRAME_BYTES),
            None => Frames::sniff(MAX_FRAME_BYTES),
        };
        let ids = ids.map(|decoder| Ids { decoder, ahead: VecDeque::new() });
        Self { frames, ids }
    }

    /// Visits the frames that a piece completes.
    pub(super) fn feed(&mut self, piece: &[u8], visit: Visit<'_>) -> Result<(), Stop> {
        if self.frames.framing().is_some_and(|framing| framing != Framing::EventStream) {
            self.ids = None;
        }
        if let Some(Ids { decoder, ahead }) = &mut self.ids {
            let mut events = decoder.feed(piece);
            // What is too large is reported where its frame would come.
            while let Some(Ok(event)) = events.next() {
                ahead.push_back(event.id.to_owned());
            }
        }
        visit_all(self.frames.feed(piece), self.ids.as_mut(), visit)
    }

    /// Visits the frames that were held back until the framing was known.
    pub(super) fn flush(&mut self, visit: Visit<'_>) -> Result<(), Stop> {
        if self.frames.framing().is_some() {
            return Ok(());
        }
        visit_all(self.frames.flush(), self.ids.as_mut(), visit)
    }

    /// What is left, and of an event stream what the standard keeps.
    pub(super) fn finish(&mut self) -> (Option<EventsEnd>, Rest<'_>) {
        let is_stream = self.frames.framing() == Some(Framing::EventStream);
        let ids = self.ids.as_mut().filter(|_| is_stream);
        let end = ids.map(|Ids { decoder, .. }| EventsEnd {
            is_pending: decoder.finish().pending.is_some(),
            last_event_id: decoder.last_event_id().to_owned(),
            retry: decoder.retry(),
        });
        (end, self.frames.finish())
    }
}

fn visit_all(mut fed: Fed<'_>, mut ids: Option<&mut Ids>, visit: Visit<'_>) -> Result<(), Stop> {
    while let Some(frame) = fed.next() {
        let frame = frame.map_err(Stop::Frame)?;
        let is_event = frame.kind == FrameKind::Data;
        let id = ids.as_mut().filter(|_| is_event).and_then(|ids| ids.ahead.pop_front());
        visit(&frame, id.as_deref())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_belong_to_their_frames_however_the_bytes_are_cut() {
        let stream = "id: 1\ndata: a\n\nevent: end\n\nstray\ndata: b\n\nid: 2\ndata: c\n\n";
        for cut in [1, 3, 100] {
            for stream_kind in [StreamKind::Sse, StreamKind::Auto] {
                let mut found = Vec::new();
                let mut cutter = Cutter::new(stream_kind, Some(Decoder::new()));
                let mut visit = |frame: &Frame<'_>, id: Option<&str>| {
                    found.push((frame.data.to_owned(), id.map(str::to_owned)));
                    Ok(())
                };
                for piece in stream.as_bytes().chunks(cut) {
                    assert!(cutter.feed(piece, &mut visit).is_ok());
                }
                assert!(cutter.flush(&mut visit).is_ok());
                let found: Vec<_> =
                    found.iter().map(|(data, id)| (data.as_str(), id.as_deref())).collect();
                let expected = [
                    ("a", Some("1")),
                    ("", None),
                    ("stray", None),
                    ("b", Some("1")),
                    ("c", Some("2")),
                ];
                assert_eq!(found, expected, "in pieces of {cut}");
            }
        }
    }

    #[test]
    fn input_is_read_in_pieces_of_the_wanted_size() {
        let mut input = Input::new(Box::new(&b"abcde"[..]), NonZeroUsize::new(2));
        let mut pieces = Vec::new();
        while let Ok(piece) = input.next()
            && !piece.is_empty()
        {
            pieces.push(piece.to_vec());
        }
        assert_eq!(pieces, [&b"ab"[..], b"cd", b"e"]);
        assert_eq!(input.beginning(), b"abcde");
    }
}
