//! What is known before the body of an answer comes.

use std::sync::Arc;

use crate::media::is_event_stream;
use crate::{PlainReader, PlainRules, ResponseRules, StreamReader, StreamRules};

/// The head of an answer, as far as it decides how the body is read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// The media type without parameters, if the answer names one.
    pub media_type: Option<String>,
}

impl Head {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
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

/// How answers are read, made ready once for a plan. Clones share it.
#[derive(Clone, Debug)]
pub struct AnswerReader(pub(super) Arc<Rules>);

#[derive(Debug)]
pub(super) enum Rules {
    Stream(StreamReader, StreamRules),
    Plain(PlainReader, PlainRules),
}

/// What is done with a body.
pub(super) enum Use {
    /// Frames are taken from it.
    Stream {
        /// The media type is not that of an event stream.
        leniently: bool,
    },
    /// It is one frame.
    Whole,
    /// Its beginning is shown.
    Shown,
}

impl AnswerReader {
    /// Prepares the rules.
    pub fn new(rules: &ResponseRules) -> Self {
        Self(Arc::new(match rules {
            ResponseRules::EventStream(rules) => {
                Rules::Stream(StreamReader::new(rules), rules.clone())
            }
            ResponseRules::Plain(rules) => Rules::Plain(PlainReader::new(rules), rules.clone()),
        }))
    }

    /// What is done with the body after such a head.
    pub(super) fn use_of(&self, head: &Head) -> Use {
        match &*self.0 {
            _ if !head.is_success() => Use::Shown,
            Rules::Plain(..) => Use::Whole,
            Rules::Stream(_, rules) => match head.media_type.as_deref() {
                Some(media_type) if is_event_stream(media_type) => Use::Stream { leniently: false },
                _ if rules.lenient_content_type => Use::Stream { leniently: true },
                _ => Use::Shown,
            },
        }
    }
}
