//! The order in which an answer is judged: status, media type, end, text.

use fluxloop_frames::{Frames, Rest};

use super::Answer;
use super::fault::AnswerFault;
use super::head::Rules;
use super::result::{BodyEnd, Verdict};
use crate::known::UNFINISHED_STATUS;
use crate::{Aggregate, PlainReader, PlainRules, RequireDone, StreamRules, error_in_json};

impl Answer {
    /// Judges a body that is only shown: after an error status, or of another media type.
    pub(super) fn judge_shown(&self, how: BodyEnd) -> Verdict {
        if how == BodyEnd::Abandoned {
            return Verdict::Cut;
        }
        let body = String::from_utf8_lossy(&self.beginning).into_owned();
        if !self.head.is_success() {
            // The status is known, and it decides; its body is only decoration.
            let error = error_in_json(&body);
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
        let accepts_no_text =
            matches!(&*self.reader.0, Rules::Stream(_, rules) if !rules.require_text);
        if body.is_empty() && is_complete && accepts_no_text {
            return Verdict::Succeeded;
        }
        let fault = told_by_body(&body, is_complete);
        Verdict::Failed(fault.unwrap_or(AnswerFault::MediaType { body }))
    }

    /// Judges a stream that nothing ended early.
    pub(super) fn judge_stream(&self, how: BodyEnd, content: &Aggregate) -> Verdict {
        match how {
            BodyEnd::Abandoned => return Verdict::Cut,
            // What comes after a whole end has taken nothing away.
            BodyEnd::Broken | BodyEnd::Late | BodyEnd::Stopped if !content.done => {
                return Verdict::Cut;
            }
            BodyEnd::Broken
            | BodyEnd::Late
            | BodyEnd::Stopped
            | BodyEnd::Clean { .. }
            | BodyEnd::Enough => {}
        }
        let Rules::Stream(_, rules) = &*self.reader.0 else { return Verdict::Succeeded };
        let fault = no_end(rules, content).or_else(|| self.no_text(rules, content));
        fault.map_or(Verdict::Succeeded, Verdict::Failed)
    }

    fn no_text(&self, rules: &StreamRules, content: &Aggregate) -> Option<AnswerFault> {
        if !rules.require_text || content.has_text() {
            return None;
        }
        if content.events == 0 {
            let body = String::from_utf8_lossy(&self.beginning).into_owned();
            return told_by_body(&body, true).or(Some(AnswerFault::NoEvents { body }));
        }
        let seen = content.no_text.clone().unwrap_or_default();
        Some(AnswerFault::NoText { empty: content.matched, seen })
    }

    /// Judges a body that is one frame and came whole.
    pub(super) fn judge_whole(&self, frames: &mut Frames) -> (Verdict, Option<Aggregate>) {
        let (Rules::Plain(reader, rules), Rest::Last(frame)) = (&*self.reader.0, frames.finish())
        else {
            return (Verdict::Cut, None);
        };
        match self.read_whole(reader, frame.data) {
            Err(fault) => (Verdict::Failed(fault), None),
            Ok(content) => {
                let fault = no_output(rules, &content).map(Verdict::Failed);
                let limit = content.limit_reached.then_some(Verdict::LimitReached);
                (limit.or(fault).unwrap_or(Verdict::Succeeded), Some(content))
            }
        }
    }

    fn read_whole(&self, reader: &PlainReader, body: &str) -> Result<Aggregate, AnswerFault> {
        let media_type = self.head.media_type.as_deref();
        Ok(reader.read(body, media_type, self.limits.output_char_limit)?)
    }
}

/// A stream that ended in good order without the end that it has to show.
fn no_end(rules: &StreamRules, content: &Aggregate) -> Option<AnswerFault> {
    let protocol = match rules.require_done {
        RequireDone::Never => return None,
        RequireDone::Always => (!content.done).then_some(None)?,
        RequireDone::Auto => Some(content.missing_end?),
    };
    let was_stopped = content.finish_reason.as_deref() == Some(UNFINISHED_STATUS);
    Some(AnswerFault::NoEnd { protocol, was_stopped })
}

/// What a body that is not an event stream says by itself: nothing at all, or an error as JSON.
fn told_by_body(body: &str, is_complete: bool) -> Option<AnswerFault> {
    if body.trim().is_empty() && is_complete {
        return Some(AnswerFault::NoBody);
    }
    let error = error_in_json(body)?;
    Some(AnswerFault::Reported { error, body: Some(body.to_owned()) })
}

/// One body came, and what its path finds there is not text.
fn no_output(rules: &PlainRules, content: &Aggregate) -> Option<AnswerFault> {
    if !rules.require_text || content.has_text() {
        return None;
    }
    let Some(seen) = content.no_text.clone().filter(|seen| seen.sample.is_some()) else {
        return Some(AnswerFault::NoBody);
    };
    let path = rules.output_path.as_str().to_owned();
    Some(AnswerFault::NoOutput { path, is_empty: content.matched > 0, seen })
}
