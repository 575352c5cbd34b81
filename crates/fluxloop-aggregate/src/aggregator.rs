//! Takes the frames of one answer.

use std::time::Duration;

use fluxloop_frames::{Frame, FrameKind};

use crate::choices::{Admitted, Choices, Named};
use crate::compile::TEXT;
use crate::content::Content;
use crate::error::ContentFault;
use crate::explain::Took;
use crate::look::Eyes;
use crate::reader::AnswerReader;
use crate::state::{Seen, Settled, State};
use crate::types::NameSays;

/// Takes the frames of one answer and fills its channels.
#[derive(Debug)]
pub struct Aggregator {
    reader: AnswerReader,
    eyes: Eyes,
    state: State,
    choices: Choices,
    /// What is done with frames like the last one.
    settled: Option<Settled>,
}

/// What a frame did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Push {
    /// The answer goes on.
    More,
    /// The answer is complete. Text may have come with it.
    Done,
    /// The text was cut at the character limit, or had been before.
    LimitReached,
}

/// Why the last frame of a body was never ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unended {
    /// The body ended in good order inside it: whole JSON counts.
    Cleanly,
    /// The body broke, and its last line is whole: only an end counts.
    Broken,
}

impl Aggregator {
    /// Begins an answer whose text may have at most so many characters (Unicode scalar values).
    pub fn new(reader: &AnswerReader, output_char_limit: Option<u64>) -> Self {
        let rules = &reader.0.compiled;
        Self {
            reader: reader.clone(),
            eyes: Eyes::new(rules),
            state: State::new(rules, output_char_limit),
            choices: Choices::default(),
            settled: None,
        }
    }

    /// Asks for [`took`](Self::took). It costs time for every frame.
    #[must_use]
    pub fn explaining(mut self) -> Self {
        self.state.explained = Some(Vec::new());
        self
    }

    /// What rules took from frames since the last call, in the order of their work. Types that the
    /// data names come first. Empty without [`explaining`](Self::explaining).
    pub fn took(&mut self) -> Vec<Took> {
        self.state.explained.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Concludes what came so far and forgets it. Only the number of frames and the choice that is
    /// the answer's are kept. So a stream of any length can be read part by part.
    pub fn forget(&mut self) -> Content {
        let rules = &self.reader.0.compiled;
        let mut next = State::new(rules, None);
        next.frames = self.state.frames;
        self.settled = None;
        next.explained = self.state.explained.as_ref().map(|_| Vec::new());
        std::mem::replace(&mut self.state, next).into_content(&self.reader.0, &self.choices)
    }

    /// Takes a frame that came at this time since the attempt began.
    ///
    /// After [`Push::Done`] further frames only add token counts and the like; text in them is left
    /// out and counted, errors in them do not matter. After an error the text so far is still
    /// there.
    pub fn push(&mut self, frame: &Frame<'_>, at: Duration) -> Result<Push, ContentFault> {
        let pushed = if frame.kind == FrameKind::Line {
            self.state.take_line(frame)
        } else {
            self.state.begin_frame();
            self.push_frame(frame, at)
        };
        self.state.failed |= pushed.is_err();
        pushed
    }

    fn push_frame(&mut self, frame: &Frame<'_>, at: Duration) -> Result<Push, ContentFault> {
        let rules = &self.reader.0.compiled;
        let unreadable = self.eyes.read(frame.data, rules);
        if let Some(settled) = &self.settled
            && settled.holds(&self.eyes)
            && self.state.is_like(settled, frame)
        {
            let look = self.eyes.look(frame.data);
            return self.state.take_settled(rules, settled, &look, at);
        }
        self.settled = None;
        let seen = self.state.see(rules, &mut self.eyes, frame, unreadable, true);
        let Some(select) = &rules.select else {
            return self.take(frame, seen, at, true);
        };
        let look = self.eyes.look(frame.data);
        let has_several = select.finds_several(&look);
        let alone = select.alone(&look, self.choices.first());
        let named = Named {
            number: alone.as_ref().map(|_| self.choices.first()).or_else(|| select.number(&look)),
            has_several,
            has_finished: !self.choices.is_decided() && rules.finds_finish_reason(&look),
            ends: self.choices.is_holding() && rules.ends.iter().any(|end| end.when.holds(&look)),
        };
        let Some(alone) = alone else { return self.choose(named, frame, seen, at) };
        self.choices.note_other(frame.data);
        let frame = &Frame { data: &alone, ..*frame };
        let unreadable = self.eyes.read(frame.data, rules);
        let seen = self.state.see(rules, &mut self.eyes, frame, unreadable, false);
        self.choose(named, frame, seen, at)
    }

    /// Takes a frame if it belongs to the first choice.
    fn choose(
        &mut self,
        named: Named,
        frame: &Frame<'_>,
        seen: Seen,
        at: Duration,
    ) -> Result<Push, ContentFault> {
        match self.choices.admit(named, frame, at) {
            Admitted::Held => {
                self.state.explain(|| Took::note("held back until the next frame"));
                Ok(Push::More)
            }
            Admitted::Now { is_ours, before: None } => self.take(frame, seen, at, is_ours),
            Admitted::Now { is_ours, before: Some((held, held_is_ours)) } => {
                self.state.explain(|| Took::note("from the frame before"));
                if held_is_ours {
                    self.state.remember();
                }
                self.again(&held.frame(), held.at, held_is_ours)?;
                self.state.explain(|| Took::note("from this frame"));
                self.again(frame, at, is_ours)
            }
            Admitted::Back { is_ours } => {
                self.state.explain(|| Took::note("what came since the first choice is taken back"));
                self.state.take_back();
                self.take(frame, seen, at, is_ours)
            }
        }
    }

    /// Takes a frame that was counted before.
    fn again(
        &mut self,
        frame: &Frame<'_>,
        at: Duration,
        is_ours: bool,
    ) -> Result<Push, ContentFault> {
        let rules = &self.reader.0.compiled;
        let unreadable = self.eyes.read(frame.data, rules);
        let seen = self.state.see(rules, &mut self.eyes, frame, unreadable, false);
        self.take(frame, seen, at, is_ours)
    }

    fn take(
        &mut self,
        frame: &Frame<'_>,
        seen: Seen,
        at: Duration,
        is_ours: bool,
    ) -> Result<Push, ContentFault> {
        let look = self.eyes.look(frame.data);
        let seen = Seen { at, is_ours, ..seen };
        if !is_ours {
            self.state.explain(|| Took::note("another choice"));
        }
        let taken = self.state.take(&self.reader.0, &look, self.eyes.awake(), &seen);
        let rules = &self.reader.0.compiled;
        if self.choices.is_decided() || rules.select.is_none() {
            self.settled = self.state.settle(rules, &self.eyes, frame.data, &seen);
        }
        taken
    }

    /// Takes text as it is, without looking into it.
    pub fn push_text(&mut self, text: &str, at: Duration) -> Push {
        self.state.begin_frame();
        self.state.take_text(text, at)
    }

    /// Takes a body that is one JSON document. Nothing follows it.
    pub fn push_document(&mut self, body: &str, at: Duration) -> Result<Push, ContentFault> {
        self.state.is_whole = true;
        self.again(&Frame::message(body), at, true)
    }

    /// The text so far, as long as it only grows at its end: see [`rewrites`](Self::rewrites).
    pub fn text(&self) -> &str {
        self.state.channels[TEXT].text()
    }

    /// How often the text was taken back, or changed elsewhere than at its end.
    pub fn rewrites(&self) -> u64 {
        self.state.channels[TEXT].rewrites
    }

    /// Whether the last frame made the text grow.
    pub fn grew(&self) -> bool {
        self.state.grew
    }

    /// When the first and the last output of any kind came.
    pub fn output_times(&self) -> [Option<Duration>; 2] {
        [self.state.first_output, self.state.last_output]
    }

    /// How many frames were taken so far.
    pub fn frames(&self) -> u64 {
        self.state.frames
    }

    /// Whether the frame that ends the answer has come.
    pub fn is_done(&self) -> bool {
        self.state.done
    }

    /// Ends the answer. `pending` is the frame that was never ended, if the body stopped inside one:
    /// as an end it counts, because servers end with `data: [DONE]` and one line end; and where the
    /// body ended cleanly, whole JSON counts, too. What was pending when the caller stopped reading,
    /// after an error or at the limit, does not matter.
    pub fn finish(
        mut self,
        pending: Option<(&Frame<'_>, Unended)>,
        at: Duration,
    ) -> (Content, Option<ContentFault>) {
        let mut fault = None;
        // Nothing that followed says that what was held back is another choice.
        if let Some(held) = self.choices.release() {
            fault = self.again(&held.frame(), held.at, true).err();
        }
        if let Some((frame, unended)) = pending.filter(|_| !self.state.is_over()) {
            fault = fault.or(self.finish_frame(frame, unended, at).err());
        }
        self.state.judge_marker();
        self.state.judge_end(&self.reader.0.compiled);
        let fault = fault.or_else(|| self.state.late_error().map(ContentFault::Reported));
        (self.state.into_content(&self.reader.0, &self.choices), fault)
    }

    fn finish_frame(
        &mut self,
        frame: &Frame<'_>,
        unended: Unended,
        at: Duration,
    ) -> Result<(), ContentFault> {
        let rules = &self.reader.0.compiled;
        let unreadable = self.eyes.read(frame.data, rules);
        let seen = self.state.see(rules, &mut self.eyes, frame, unreadable.clone(), false);
        let look = self.eyes.look(frame.data);
        let is_end = rules.ends.iter().any(|end| end.when.holds(&look))
            && (look.is_json() || !look.begins_like_json());
        let is_failure = seen.says == NameSays::Failed;
        let is_whole = unended == Unended::Cleanly
            && (is_failure || (look.is_json() && look.begins_like_json()));
        if !is_end && !is_whole {
            self.state.note_cut(frame.data);
            return Ok(());
        }
        if !is_end {
            self.state.note_unfinished(frame.data);
        }
        self.state.frames += 1;
        self.state.see(rules, &mut self.eyes, frame, unreadable, true);
        let taken = self.take(frame, seen, at, true);
        self.state.done |= is_end;
        // An error in a frame that broke off is not an error of the answer.
        if is_whole { taken.map(drop) } else { Ok(()) }
    }
}
