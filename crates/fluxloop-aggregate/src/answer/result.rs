//! What came of an answer.

use std::time::Duration;

use fluxloop_frames::Framing;

use super::fault::AnswerFault;
use super::gaps::ChunkGaps;
use crate::content::Content;

/// What a chunk did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// More is to come.
    More,
    /// The end of the answer came: from now on only token counts and the like are read.
    Complete,
    /// Nothing more is to be read: the answer failed, or it is long enough.
    Enough,
}

/// How the body of an answer ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodyEnd {
    /// In good order.
    Clean {
        /// Whether the framing of the transport proves that nothing is missing.
        proved: bool,
    },
    /// The caller stopped reading, because the answer said [`Step::Complete`] or [`Step::Enough`],
    /// or because what is only to be shown took too long.
    Enough,
    /// The transport failed.
    Broken,
    /// A clock of the attempt ran out.
    Late,
    /// The time of the whole case is over.
    Stopped,
    /// The caller gave the answer up, whatever came by then.
    Abandoned,
}

/// How far the text of an answer came.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Progress {
    /// No text was found yet.
    #[default]
    Waiting,
    /// Text was found.
    Text,
    /// The answer is complete.
    Complete,
}

/// What proves that an answer is whole.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Proof {
    /// The event that ends the answer came.
    Done,
    /// The transport said that the body is whole.
    Framed,
    /// Nothing.
    #[default]
    Nothing,
}

/// What an answer amounts to.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Verdict {
    /// The answer came.
    Succeeded,
    /// The text was cut at the character limit.
    LimitReached,
    /// It failed.
    Failed(AnswerFault),
    /// Whatever ended the body is what counts.
    #[default]
    Cut,
}

/// When things came, since the attempt began.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Times {
    /// The first byte of the body.
    pub first_byte: Option<Duration>,
    /// The first frame.
    pub first_frame: Option<Duration>,
    /// The first frame that carried output of any kind: text, reasoning, a call of a tool.
    pub first_output: Option<Duration>,
    /// The last frame that carried output of any kind.
    pub last_output: Option<Duration>,
    /// The first frame that carried text.
    pub first_text: Option<Duration>,
    /// The last frame that carried text.
    pub last_text: Option<Duration>,
    /// The last frame.
    pub last_frame: Option<Duration>,
    /// When the answer was complete.
    pub complete: Option<Duration>,
}

/// What came of an answer; by default, of one whose body never began. Text in it is raw: mask it
/// before it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnswerResult {
    /// What it amounts to.
    pub verdict: Verdict,
    /// How far it came.
    pub progress: Progress,
    /// What proves that it is whole.
    pub proof: Proof,
    /// When things came.
    pub times: Times,
    /// The gaps between pieces of text; `None` with fewer than two of them.
    pub gaps: Option<ChunkGaps>,
    /// How the body was cut into frames; `None` where it was not read for frames.
    pub framing: Option<Framing>,
    /// The most frames that one chunk completed.
    pub most_in_a_read: u64,
    /// Bytes of the body.
    pub bytes: u64,
    /// The text and what was seen; `None` where the body was not read for it.
    pub content: Option<Content>,
}
