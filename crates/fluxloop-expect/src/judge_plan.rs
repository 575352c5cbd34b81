//! Another endpoint that judges the answers.

use std::num::NonZeroU32;
use std::sync::Arc;

use fluxloop_plan::{Case, Input, Plan, RequestPrints};
use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::Trace;
use serde_json::Value;

use crate::reply::ReplyRules;

/// Another endpoint that judges the answers.
#[derive(Debug)]
pub struct JudgePlan {
    /// What is sent to it, and how: its cases are questions.
    pub plan: Plan,
    /// How its replies are read.
    pub rules: ReplyRules,
    /// How often it is asked about each answer.
    pub repeat: NonZeroU32,
    /// When it is asked.
    pub phase: JudgePhase,
    /// What it is asked.
    pub questions: Questions,
}

/// When a judge is asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum JudgePhase {
    /// When all cases are closed.
    #[default]
    After,
    /// While the run goes on.
    Inline,
}

/// Makes the questions to a judge, and tells them apart.
#[derive(Clone, Debug)]
pub struct Questions {
    prints: RequestPrints,
    /// What else decides about the judgement.
    terms: Masked,
}

impl JudgePlan {
    /// Joins the parts. `pass_when` is what was written of the rules.
    pub fn new(
        plan: Plan,
        rules: ReplyRules,
        repeat: NonZeroU32,
        phase: JudgePhase,
        pass_when: &str,
    ) -> Self {
        let terms = format!("{pass_when} {} {repeat}", rules.reason());
        let questions = Questions { prints: plan.prints(), terms: plan.redactor.mask(&terms) };
        Self { plan, rules, repeat, phase, questions }
    }

    /// The same with a redactor that knows more secrets.
    #[must_use]
    pub fn masked_by(mut self, redactor: &Arc<Redactor>) -> Self {
        self.questions.terms = redactor.mask(self.questions.terms.as_str());
        self.questions.prints.redactor = redactor.clone();
        self.plan.redactor = redactor.clone();
        self
    }
}

impl Questions {
    /// Sets these questions apart from those to the real judge.
    #[must_use]
    pub fn to_a_mock(self) -> Self {
        let terms = Masked::concat([&self.terms, &Masked::from_static(" mock")]);
        Self { terms, ..self }
    }

    /// The question about an answer, from the record of its case. Every text in it is masked.
    pub fn question(&self, index: u64, trace: &Trace) -> Case {
        let metadata = serde_json::to_value(&trace.metadata).ok();
        let metadata = metadata.and_then(|it| match it {
            Value::Object(members) => Some(members),
            _ => None,
        });
        let input = Input {
            id: trace.case_id.input_id.as_str().to_owned(),
            input: trace.input.as_str().to_owned(),
            persona: trace.persona.as_ref().map(|persona| persona.as_str().to_owned()),
            metadata: metadata.unwrap_or_default(),
            expected: trace.expected.as_ref().and_then(|it| serde_json::to_value(it).ok()),
            answer: Some(trace.output.as_str().to_owned()),
            ..Input::default()
        };
        Case { index, iteration: trace.iteration, input: Arc::new(input) }
    }

    /// A hash of all that decides about the judgement: the request without its secrets, question and
    /// answer, and how the reply is read. Nobody finds another answer that has the same.
    pub fn hash(&self, question: &Case) -> String {
        let Input { input, answer, .. } = &*question.input;
        let texts = [self.terms.as_str(), input, answer.as_deref().unwrap_or_default()];
        self.prints.of(question, &texts)
    }
}
