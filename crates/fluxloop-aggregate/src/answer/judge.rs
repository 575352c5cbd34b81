//! The order in which an answer is judged: status, media type, end, text.

use fluxloop_frames::{Recognized, recognized};
use fluxloop_schema::EndsAs;

use super::Answer;
use super::fault::AnswerFault;
use super::result::{BodyEnd, Verdict};
use crate::api_error::{ApiError, error_in_json};
use crate::content::{Content, is_reason};
use crate::known::{FAULTS, WITHHELD};
use crate::media::reads_as_binary;
use crate::reader::KNOWN;
use crate::refusal::error_in_body;
use crate::rules::{IntegrityRule, RequireDone};
use crate::types::NameSays;

impl Answer {
    /// Judges a body that is only shown: after an error status, or of another media type.
    pub(super) fn judge_shown(&self, how: BodyEnd) -> Verdict {
        if how == BodyEnd::Abandoned {
            return Verdict::Cut;
        }
        let body = self.shown();
        if !self.head.is_success() {
            // The status is known, and it decides; its body is only decoration.
            let error = error_in_body(&body);
            let error = match self.head.status {
                429 => ApiError::of_too_many_requests(&body, error),
                _ => error,
            };
            return Verdict::Failed(AnswerFault::Status { error, body });
        }
        let is_complete = match how {
            BodyEnd::Clean { .. } => true,
            BodyEnd::Enough | BodyEnd::Broken => false,
            // A body that began is of its media type, however much of it came.
            BodyEnd::Late if !body.is_empty() => false,
            BodyEnd::Late | BodyEnd::Stopped | BodyEnd::Abandoned => return Verdict::Cut,
        };
        // After a success, only an answer that was to be a stream is shown.
        if body.is_empty() && is_complete && !self.reader.rules().require_text {
            return Verdict::Succeeded;
        }
        let fault = said_by_body(&body, is_complete);
        Verdict::Failed(fault.unwrap_or(AnswerFault::MediaType { body }))
    }

    pub(super) fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.beginning);
        let is_known = recognized(&self.beginning) == Some(Recognized::BedrockEventStream);
        if reads_as_binary(&text) && !is_known {
            format!("{} bytes of binary data", self.bytes)
        } else {
            text.into_owned()
        }
    }

    /// Judges a stream that nothing ended early.
    pub(super) fn judge_stream(&self, how: BodyEnd, content: &Content) -> Verdict {
        match how {
            BodyEnd::Abandoned => return Verdict::Cut,
            // What comes after a whole end, or a finish reason, has taken nothing away.
            BodyEnd::Late | BodyEnd::Stopped if content.is_finished() => {}
            BodyEnd::Broken | BodyEnd::Late | BodyEnd::Stopped if !content.done => {
                return Verdict::Cut;
            }
            BodyEnd::Broken
            | BodyEnd::Late
            | BodyEnd::Stopped
            | BodyEnd::Clean { .. }
            | BodyEnd::Enough => {}
        }
        let is_clean = matches!(how, BodyEnd::Clean { .. } | BodyEnd::Enough);
        let fault = self
            .failed_finish(content)
            .or_else(|| self.no_end(content).filter(|_| is_clean))
            .or_else(|| self.not_intact(content))
            .or_else(|| self.no_text(content));
        fault.map_or(Verdict::Succeeded, Verdict::Failed)
    }

    /// What the answer says about its own end.
    pub(super) fn failed_finish(&self, content: &Content) -> Option<AnswerFault> {
        if content.ends_as == EndsAs::Cancelled {
            return Some(AnswerFault::Cancelled);
        }
        let reason = content.finish_reason.as_deref()?;
        let failed = &self.reader.0.compiled.failed_finish_reasons;
        let is_named = failed.iter().any(|failed| is_reason(reason, failed));
        // `network_error` is an error wherever `error` is.
        let is_error = NameSays::of(reason) == NameSays::Failed
            && failed.iter().any(|failed| NameSays::of(failed) == NameSays::Failed);
        if !is_named && !is_error {
            return None;
        }
        let mut known = KNOWN.failed_finish_reasons.iter().map(String::as_str).chain(WITHHELD);
        let is_withheld = known.any(|name| is_reason(reason, name))
            && !FAULTS.iter().any(|name| is_reason(reason, name));
        let error = ApiError::of_finish_reason(reason);
        Some(if is_withheld {
            AnswerFault::Withheld { error }
        } else {
            AnswerFault::reported(error, None)
        })
    }

    /// A stream that ended in good order without the end that it has to show.
    fn no_end(&self, content: &Content) -> Option<AnswerFault> {
        let rules = self.reader.rules();
        let name = match rules.require_done {
            RequireDone::Never => return None,
            RequireDone::Always => (!content.done).then_some(None)?,
            // What somebody configured as the end counts as the end, whatever the protocol has.
            RequireDone::Auto if content.done => return None,
            // A server that leaves out the last blank line may leave out its end, too.
            RequireDone::Auto if content.has_unfinished_frame() => return None,
            RequireDone::Auto => Some(content.missing_end.clone()?),
        };
        let reason = content.finish_reason.clone();
        Some(AnswerFault::NoEnd { name, stopped_by: reason.filter(|_| !content.is_finished()) })
    }

    /// The text is not what the protocol says that it is.
    fn not_intact(&self, content: &Content) -> Option<AnswerFault> {
        let is_strict = self.reader.rules().integrity == IntegrityRule::Strict;
        let integrity = content.integrity.filter(|_| is_strict)?;
        let is_intact = integrity.final_texts_differ == 0 && integrity.sequence_gaps == 0;
        (!is_intact).then_some(AnswerFault::Integrity(integrity))
    }

    fn no_text(&self, content: &Content) -> Option<AnswerFault> {
        let waits = content.ends_as == EndsAs::NeedsInput;
        if !self.reader.rules().require_text || content.has_text() || waits {
            return None;
        }
        if content.frames == 0 {
            let body = self.shown();
            return said_by_body(&body, true).or(Some(AnswerFault::NoFrames { body }));
        }
        if let Some(error) = content.noted.clone() {
            return Some(AnswerFault::reported(error, None));
        }
        let seen = content.no_text.clone().unwrap_or_default();
        Some(AnswerFault::NoText { empty: content.matched, output_path: None, seen })
    }

    /// Judges a body that is one frame and in which the rules found what they found.
    pub(super) fn judge_whole(&self, body: &str, content: &Content) -> Verdict {
        if content.limit_reached {
            return Verdict::LimitReached;
        }
        let fault = self.failed_finish(content).or_else(|| self.no_output(body, content));
        fault.map_or(Verdict::Succeeded, Verdict::Failed)
    }

    /// One body came, and what its path finds there is not text.
    fn no_output(&self, body: &str, content: &Content) -> Option<AnswerFault> {
        let waits = content.ends_as == EndsAs::NeedsInput;
        if !self.reader.rules().require_text || content.has_text() || waits {
            return None;
        }
        if body.trim().is_empty() {
            return Some(AnswerFault::NoBody);
        }
        let seen = content.no_text.clone().unwrap_or_default().explain_body(body);
        let path = self.reader.0.compiled.text_paths.first();
        let output_path = Some(path.map_or_else(String::new, |path| path.as_str().to_owned()));
        Some(AnswerFault::NoText { empty: content.matched, output_path, seen: Box::new(seen) })
    }
}

/// What a body that is not a stream says by itself: nothing at all, or an error as JSON.
fn said_by_body(body: &str, is_complete: bool) -> Option<AnswerFault> {
    if body.trim().is_empty() && is_complete {
        return Some(AnswerFault::NoBody);
    }
    let error = error_in_json(body)?;
    Some(AnswerFault::reported(error, Some(body.to_owned())))
}
