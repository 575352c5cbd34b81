//! The judgements of a run, for another one that is made of its answers without sending anything.

use std::path::Path;
use std::sync::Arc;

use fluxloop_expect::{JudgePlan, Judging, Questions};
use fluxloop_redact::Redactor;
use fluxloop_store::{Judgements, StoreError};
use fluxloop_trace::{Judgement, Trace};

use super::unjudged;

/// The judgements of a run that another one takes over.
pub(crate) struct Carried {
    questions: Questions,
    judging: Arc<Judging>,
    redactor: Arc<Redactor>,
    /// Those of the run; `None` where it was not judged.
    from: Option<Judgements>,
    to: Judgements,
}

impl Carried {
    /// Opens those of the run in the first folder, and those of the new run in the second one.
    pub(crate) fn new(
        judge: JudgePlan,
        is_mock: bool,
        [from, to]: [&Path; 2],
        judging: &Arc<Judging>,
    ) -> Result<Self, StoreError> {
        let JudgePlan { plan, questions, .. } = judge;
        let redactor = plan.redactor;
        Ok(Self {
            questions: if is_mock { questions.to_a_mock() } else { questions },
            judging: judging.clone(),
            from: Judgements::of_stored(from, &redactor)?,
            to: Judgements::open(to, &redactor, false)?,
            redactor,
        })
    }

    /// Gives a record the judgement on the same answer, if there is one.
    pub(crate) fn carry_over(&mut self, trace: &mut Trace) -> Result<(), StoreError> {
        if !trace.success {
            return Ok(());
        }
        let hash = self.questions.hash(&self.questions.question(0, trace));
        let judged = self.from.as_ref().map(|from| from.get(&hash)).transpose()?.flatten();
        if let Some(judged) = &judged
            && !self.to.is_judged(&hash)
        {
            self.to.append(judged)?;
        }
        let judgement = judged.map(|judged| Judgement { reused: true, ..judged.judge });
        let without = "no judge was asked about this answer; `fluxloop judge` asks it";
        trace.judge = Some(judgement.unwrap_or_else(|| unjudged(without, hash)));
        self.judging.judge_again(trace, &self.redactor);
        Ok(())
    }
}
