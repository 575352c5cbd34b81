//! What is known before the body of an answer comes.

use fluxloop_frames::Framing;
use fluxloop_schema::StreamKind;

use crate::media::{is_binary, is_page};
use crate::rules::AnswerRules;

/// The head of an answer, as far as it decides how the body is read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// The media type without parameters, if the answer names one.
    pub media_type: Option<String>,
    /// The charset that the media type names.
    pub charset: Option<String>,
}

impl Head {
    /// A part of an answer (206) is not one.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && self.status != 206
    }
}

/// How much of an answer is accepted.
#[derive(Clone, Copy, Debug)]
pub struct AnswerLimits {
    /// The most characters of text (Unicode scalar values); no limit where absent.
    pub output_char_limit: Option<u64>,
    /// The most bytes of one frame.
    pub max_frame_bytes: usize,
    /// The most bytes of the body.
    pub max_body_bytes: u64,
}

/// What is done with a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Use {
    /// Frames of this framing are taken from it.
    Frames(Framing),
    /// The same, though the media type says something else.
    Leniently(Framing),
    /// Frames are taken from it once its first line shows the framing.
    Sniffed,
    /// It is one frame.
    Whole,
    /// Its beginning is shown.
    Shown,
}

/// The framing that a setting names; `None` where the body decides.
pub fn framing_of(stream: StreamKind) -> Option<Framing> {
    match stream {
        StreamKind::Sse => Some(Framing::EventStream),
        StreamKind::JsonLines => Some(Framing::Lines),
        StreamKind::Json => Some(Framing::Json),
        StreamKind::Text => Some(Framing::Text),
        StreamKind::None => Some(Framing::Whole),
        StreamKind::Auto => None,
    }
}

impl AnswerRules {
    /// What is done with the body after such a head.
    pub(super) fn use_of(&self, head: &Head) -> Use {
        let media_type = head.media_type.as_deref();
        let named = media_type.and_then(Framing::of_media_type);
        let is_page = media_type.is_some_and(is_page);
        let fits = match self.stream {
            _ if !head.is_success() || media_type.is_some_and(is_binary) => return Use::Shown,
            StreamKind::None => return Use::Whole,
            StreamKind::Auto => {
                return match named {
                    Some(framing) => Use::Frames(framing),
                    None if is_page => Use::Shown,
                    None => Use::Sniffed,
                };
            }
            StreamKind::Text => true,
            StreamKind::Sse => named == Some(Framing::EventStream),
            // Servers that send JSON call it by several names.
            StreamKind::JsonLines | StreamKind::Json => {
                named != Some(Framing::EventStream) && !is_page
            }
        };
        match framing_of(self.stream) {
            Some(framing) if fits => Use::Frames(framing),
            Some(framing) if self.lenient_content_type => Use::Leniently(framing),
            _ => Use::Shown,
        }
    }
}
