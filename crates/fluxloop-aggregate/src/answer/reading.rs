//! The frames of a stream, read by read.

use std::time::Duration;

use fluxloop_frames::{Fed, Frame, Framing};

use super::fault::AnswerFault;
use super::gaps::Gaps;
use super::result::{Progress, Times, Verdict};
use crate::aggregator::{Aggregator, Push};

/// What the reading of frames adds to.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) progress: Progress,
    pub(super) times: Times,
    pub(super) gaps: Gaps,
    pub(super) most_in_a_read: u64,
}

impl Reading {
    /// Takes every frame that a chunk completes. They came at the same time, so what depends on the
    /// time is noted once for all of them.
    pub(super) fn take(
        &mut self,
        mut fed: Fed<'_>,
        aggregator: &mut Aggregator,
        at: Duration,
    ) -> Result<(), Verdict> {
        let framing = fed.is_text().then_some(Framing::Text);
        let mut read = Read { frames_before: aggregator.frames(), ..Read::default() };
        let taken = self.take_all(&mut fed, aggregator, framing, at, &mut read);
        self.note(&read, aggregator, at);
        taken
    }

    fn take_all(
        &mut self,
        fed: &mut Fed<'_>,
        aggregator: &mut Aggregator,
        framing: Option<Framing>,
        at: Duration,
        read: &mut Read,
    ) -> Result<(), Verdict> {
        while let Some(frame) = fed.next() {
            let frame = frame.map_err(|error| Verdict::Failed(AnswerFault::Frame(error)))?;
            read.taken += 1;
            self.take_one(&frame, aggregator, framing, at, read)?;
        }
        Ok(())
    }

    /// Takes the last frame, which the end of the body ends.
    pub(super) fn take_last(
        &mut self,
        frame: &Frame<'_>,
        aggregator: &mut Aggregator,
        framing: Option<Framing>,
        at: Duration,
    ) -> Result<(), Verdict> {
        let mut read = Read { frames_before: aggregator.frames(), ..Read::default() };
        let taken = self.take_one(frame, aggregator, framing, at, &mut read);
        self.note(&read, aggregator, at);
        taken
    }

    #[inline]
    fn take_one(
        &mut self,
        frame: &Frame<'_>,
        aggregator: &mut Aggregator,
        framing: Option<Framing>,
        at: Duration,
        read: &mut Read,
    ) -> Result<(), Verdict> {
        let pushed = if framing == Some(Framing::Text) {
            Ok(aggregator.push_text(frame.data, at))
        } else {
            aggregator.push(frame, at)
        };
        read.grown += u64::from(aggregator.grew());
        match pushed {
            Ok(Push::More) => Ok(()),
            Ok(Push::Done) => {
                self.progress = Progress::Complete;
                self.times.complete.get_or_insert(at);
                Ok(())
            }
            Ok(Push::LimitReached) => Err(Verdict::LimitReached),
            Err(fault) => Err(Verdict::Failed(fault.into())),
        }
    }

    /// Notes what one read brought.
    fn note(&mut self, read: &Read, aggregator: &Aggregator, at: Duration) {
        self.most_in_a_read = self.most_in_a_read.max(read.taken);
        // Stray lines of an event stream are taken and are not frames.
        if aggregator.frames() > read.frames_before {
            self.times.first_frame.get_or_insert(at);
            self.times.last_frame = Some(at);
        }
        if read.grown > 0 {
            self.progress = self.progress.max(Progress::Text);
            self.times.first_text.get_or_insert(at);
            self.times.last_text = Some(at);
            self.gaps.note(at, read.grown);
        }
        [self.times.first_output, self.times.last_output] = aggregator.output_times();
    }
}

/// What one read of the body brought.
#[derive(Debug, Default)]
struct Read {
    frames_before: u64,
    /// Frames and stray lines.
    taken: u64,
    /// Frames that made the text grow.
    grown: u64,
}
