//! The frames of one answer, kept to be looked at more than once.

use std::time::Duration;

use fluxloop_aggregate::framing_of;
use fluxloop_frames::{Fed, Frame, FrameError, FrameKind, Frames, Framing, Rest};
use fluxloop_schema::StreamKind;
use serde_json::Value;

/// How many frames of an answer are kept.
const MAX_FRAMES: usize = 4096;

/// How many bytes of frames are kept.
const MAX_BYTES: usize = 8 << 20;

/// The bytes of a byte order mark in UTF-8, none of which begins JSON.
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// The frames of one answer. Everything in it is raw.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// What separates the frames; `None` where the body was empty. A body that is one JSON document
    /// is one frame ([`Framing::Whole`]).
    pub framing: Option<Framing>,
    /// The frames in the order in which they came.
    pub frames: Vec<Recorded>,
    /// Whether all frames were kept. If not, nothing is known about the end of the answer.
    pub is_whole: bool,
    /// Whether the body stopped inside its last frame.
    pub is_cut: bool,
    /// Why the body cannot be cut into frames any further.
    pub error: Option<FrameError>,
}

/// A frame that was kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recorded {
    /// The type that the framing names.
    pub event_type: String,
    /// The content.
    pub data: String,
    /// What the framing knows about the content.
    pub kind: FrameKind,
    /// When it was whole, since the request was sent.
    pub at: Duration,
}

impl Recording {
    /// Whether the body is one JSON document.
    pub fn is_document(&self) -> bool {
        self.framing == Some(Framing::Whole)
    }

    /// The frames before this one. Nothing is known about the end of the answer.
    pub(crate) fn until(&self, frame: usize) -> Self {
        let frames = self.frames[..frame].to_vec();
        Self { frames, is_whole: false, ..self.clone() }
    }

    /// Sees the only frame as the whole body. `is_list`: whether it is the element of a list.
    fn see_as_document(&mut self, is_list: bool) {
        let [frame] = self.frames.as_mut_slice() else { return };
        let is_json = matches!(self.framing, Some(Framing::Json | Framing::Lines));
        let is_sound = self.is_whole && !self.is_cut && self.error.is_none();
        if is_json && is_sound && serde_json::from_str::<Value>(&frame.data).is_ok() {
            if is_list && self.framing == Some(Framing::Json) {
                frame.data = format!("[{}]", frame.data);
            }
            self.framing = Some(Framing::Whole);
        }
    }
}

impl Recorded {
    /// The frame.
    pub fn frame(&self) -> Frame<'_> {
        Frame { event_type: &self.event_type, data: &self.data, kind: self.kind }
    }
}

/// Cuts a body into frames and keeps them.
#[derive(Debug)]
pub struct Recorder {
    frames: Frames,
    kept: Kept,
    /// Whether the body may turn out to be one JSON document.
    may_be_document: bool,
    /// The first byte of the body that is not blank.
    first: Option<u8>,
}

#[derive(Debug)]
struct Kept {
    recording: Recording,
    bytes: usize,
}

impl Recorder {
    /// Begins an answer. `StreamKind::Auto` and `StreamKind::None` look at the first line to find
    /// out what separates the frames. With both of them, and with `StreamKind::Json`, a body that is
    /// one JSON document is not a stream, and becomes one frame.
    pub fn new(stream: StreamKind, max_frame_bytes: usize) -> Self {
        let frames = match framing_of(stream).filter(|framing| *framing != Framing::Whole) {
            Some(framing) => Frames::new(framing, max_frame_bytes),
            None => Frames::sniff(max_frame_bytes),
        };
        let recording = Recording { is_whole: true, ..Recording::default() };
        let may_be_document =
            matches!(stream, StreamKind::Auto | StreamKind::None | StreamKind::Json);
        Self { frames, kept: Kept { recording, bytes: 0 }, may_be_document, first: None }
    }

    /// Takes the next piece of the body, which arrived at this time since the request was sent.
    /// Returns how many frames it completed.
    pub fn feed(&mut self, piece: &[u8], at: Duration) -> usize {
        if self.first.is_none() {
            let is_content = |byte: &&u8| !byte.is_ascii_whitespace() && !BOM.contains(byte);
            self.first = piece.iter().find(is_content).copied();
        }
        self.kept.take(self.frames.feed(piece), at)
    }

    /// The frames so far.
    pub fn frames(&self) -> &[Recorded] {
        &self.kept.recording.frames
    }

    /// Ends the body.
    pub fn finish(mut self, at: Duration) -> Recording {
        let mut kept = self.kept;
        if self.frames.framing().is_none() {
            kept.take(self.frames.flush(), at);
        }
        kept.recording.framing = self.frames.framing();
        match self.frames.finish() {
            Rest::Nothing => {}
            Rest::Last(frame) => kept.keep(&frame, at),
            Rest::Unfinished { .. } => kept.recording.is_cut = true,
        }
        if self.may_be_document {
            kept.recording.see_as_document(self.first == Some(b'['));
        }
        kept.recording
    }
}

impl Kept {
    fn take(&mut self, mut fed: Fed<'_>, at: Duration) -> usize {
        let mut count = 0;
        while let Some(frame) = fed.next() {
            match frame {
                Ok(frame) => self.keep(&frame, at),
                Err(error) => {
                    self.recording.error = Some(error);
                    self.recording.is_whole = false;
                    return count;
                }
            }
            count += 1;
        }
        count
    }

    fn keep(&mut self, frame: &Frame<'_>, at: Duration) {
        self.bytes += frame.data.len() + frame.event_type.len();
        if self.recording.frames.len() >= MAX_FRAMES || self.bytes > MAX_BYTES {
            self.recording.is_whole = false;
            return;
        }
        self.recording.frames.push(Recorded {
            event_type: frame.event_type.to_owned(),
            data: frame.data.to_owned(),
            kind: frame.kind,
            at,
        });
    }
}
