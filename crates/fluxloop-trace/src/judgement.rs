//! What expectations make of a case.

use std::collections::BTreeMap;

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::closed_list::closed_list;
use crate::written::record;
use crate::{Milliseconds, TokenUsage};

closed_list! {
    /// What expectations make of a case.
    Verdict {
        Met "met"
            "Every expectation of the case is met."
        Unmet "unmet"
            "An expectation of the case is not met."
        Unjudged "unjudged"
            "An expectation of the case could not be judged, and every other one is met."
        None "none"
            "Nothing was expected of the case, or the case did not succeed."
    }
}

#[expect(clippy::derivable_impls, reason = "the list is declared by a macro")]
impl Default for Verdict {
    fn default() -> Self {
        Self::None
    }
}

closed_list! {
    /// What an expectation asks.
    ExpectationKind {
        Contains "contains"
            "The text contains each of these texts."
        NotContains "not_contains"
            "The text contains none of these texts, and was not cut."
        Equals "equals"
            "The text, or the value at `path`, is this one."
        Matches "matches"
            "A regular expression matches in the text."
        JsonSchema "json_schema"
            "The text, or the value at `path`, is JSON that fits a schema."
        Similar "similar"
            "The words of the text are similar to those of another text."
        Characters "characters"
            "The number of characters is within bounds."
        ToolCalls "tool_calls"
            "The model called these tools, with these arguments."
        FinishReason "finish_reason"
            "The finish reason is one of these."
        FirstToken "first_token"
            "The first text came within this time."
        FirstOutput "first_output"
            "The first output of any channel, or the first call of a tool, came within this time."
        ChunkGap "chunk_gap"
            "The gaps between pieces of the text are no longer than this."
        Duration "duration"
            "The whole case took no longer than this."
        TokensPerSecond "tokens_per_second"
            "Tokens came at least this fast."
        Integrity "integrity"
            "What the protocol says about its own answer is true."
        Prefix "prefix"
            "The beginning of the text came within a time, and is as expected."
        Judge "judge"
            "The judge passes the answer. It is the key `judge` that asks it, and no entry of `expect`."
    }
}

record! {
    /// What came of the expectations of a case.
    #[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub struct Expectations / WrittenExpectations<'a> {
        /// How many expectations of each kind are met.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub met: BTreeMap<ExpectationKind, u64>,
        /// The expectations that are not met, in their order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub unmet: Vec<UnmetExpectation> => Option<Vec<WrittenUnmet<'a>>>,
        /// The expectations that could not be judged, in their order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub unjudged: Vec<UnmetExpectation> => Option<Vec<WrittenUnmet<'a>>>,
    }
}

impl Expectations {
    /// The verdict on a case that succeeded and whose expectations are these.
    pub fn verdict(&self) -> Verdict {
        match (self.unmet.is_empty(), self.unjudged.is_empty(), self.met.is_empty()) {
            (false, ..) => Verdict::Unmet,
            (true, false, _) => Verdict::Unjudged,
            (true, true, false) => Verdict::Met,
            (true, true, true) => Verdict::None,
        }
    }

    /// The first expectation that is not met, or else the first that could not be judged.
    pub fn first_open(&self) -> Option<&UnmetExpectation> {
        self.unmet.first().or(self.unjudged.first())
    }
}

record! {
    /// An expectation that is not met, or could not be judged.
    #[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub struct UnmetExpectation / WrittenUnmet<'a> {
        /// Its place among the expectations of the case, from 1: those of the configuration come
        /// first, then those of the input.
        pub number: u32,
        /// What it asks; absent where the expectations of an input cannot be read any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub kind: Option<ExpectationKind> => Option<ExpectationKind>,
        /// The channel that it is about; absent for the text of the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub channel: Option<Masked>,
        /// The path to the value that it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub path: Option<Masked>,
        /// What differs, or why it could not be judged: a lower-case fragment.
        pub message: Masked => &'a RawValue,
        /// What was expected: a text, or JSON; at most 1,000 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expected: Option<Masked>,
        /// What came in its place, around the first difference: at most 200 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub actual: Option<Masked>,
        /// The first character (Unicode scalar value) that differs, from 0, in the text as `trim` and
        /// `normalize` make it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub character: Option<u64>,
        /// The first value that differs, as a JSON Pointer (RFC 6901).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub pointer: Option<Masked>,
    }
}

/// What a judge made of an answer.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Judgement {
    /// `met` where most votes pass the answer, `unmet` where most fail it, `unjudged` otherwise.
    pub verdict: Verdict,
    /// Why: the reason of the first vote that decides, in the words of the judge; of an unjudged
    /// answer, what kept it from being judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Masked>,
    /// How the votes are split; absent where nothing was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Votes>,
    /// Requests to the judge, retries included.
    #[serde(default)]
    pub attempts: u64,
    /// The times of all votes together, each with its attempts and waits.
    #[serde(default)]
    pub duration_ms: Milliseconds,
    /// Tokens of all votes, as the judge's provider counted them; absent when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_usage: Option<TokenUsage>,
    /// The model, as the judge's provider names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Masked>,
    /// A hash of all that decides: the request to the judge without its secrets, the answer, and how
    /// the reply is read. Answers with the same hash have the same judgement.
    pub hash: String,
    /// `true` where the same was asked for another case before, and nothing was sent for this one;
    /// absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
}

/// How the votes of a judge are split.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Votes {
    /// Votes that pass the answer.
    pub pass: u64,
    /// Votes that fail it.
    pub fail: u64,
    /// Requests that failed, and replies that could not be read.
    pub unjudged: u64,
}

/// The judgements of a run in figures.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JudgeTotal {
    /// Cases by what the judge makes of them.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Cases whose votes differ.
    pub split: u64,
    /// Cases that have the judgement of another one.
    pub reused: u64,
    /// Requests to the judge, retries included.
    pub attempts: u64,
    /// Tokens of these requests and replies, as the judge's provider counted them.
    pub tokens: u64,
}

impl JudgeTotal {
    /// Counts the judgement of a case.
    pub(crate) fn add(&mut self, judgement: &Judgement) {
        let votes = judgement.votes.unwrap_or_default();
        let sides = [votes.pass, votes.fail, votes.unjudged];
        *self.verdicts.entry(judgement.verdict).or_default() += 1;
        self.split += u64::from(sides.into_iter().filter(|count| *count > 0).count() > 1);
        if judgement.reused {
            self.reused += 1;
            return;
        }
        self.attempts += judgement.attempts;
        self.tokens += judgement.token_usage.map_or(0, |usage| usage.total_tokens);
    }

    /// Adds what another total has counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (verdict, count) in &other.verdicts {
            *self.verdicts.entry(*verdict).or_default() += count;
        }
        self.split += other.split;
        self.reused += other.reused;
        self.attempts += other.attempts;
        self.tokens += other.tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unmet_expectation_counts_before_an_unjudged_one() {
        let open = UnmetExpectation {
            number: 1,
            kind: Some(ExpectationKind::Equals),
            channel: None,
            path: None,
            message: Masked::from_static("it differs"),
            expected: None,
            actual: None,
            character: None,
            pointer: None,
        };
        let mut all = Expectations::default();
        assert_eq!(all.verdict(), Verdict::None);
        all.met.insert(ExpectationKind::Contains, 1);
        assert_eq!(all.verdict(), Verdict::Met);
        all.unjudged.push(open.clone());
        assert_eq!(all.verdict(), Verdict::Unjudged);
        all.unmet.push(open);
        assert_eq!(all.verdict(), Verdict::Unmet);
    }
}
