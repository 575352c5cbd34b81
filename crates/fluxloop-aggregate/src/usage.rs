//! Tokens, as providers count them.

use std::collections::HashMap;

use fluxloop_jsonpath::RawFound;
use fluxloop_schema::CountAgain;

use crate::compile::{Counted, Counter, Slot};
use crate::look::Look;

/// The longest object of a provider that is kept, in bytes.
const MAX_PROVIDER_BYTES: usize = 4 << 10;

/// How many messages are counted apart; further ones count as the last.
const MAX_MESSAGES: usize = 1024;

/// Tokens, as the provider counted them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// Tokens of the request, cached tokens included.
    pub input: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// Both together, or what the provider says.
    pub total: u64,
    /// Tokens of the reasoning, where the provider says.
    pub reasoning: Option<u64>,
    /// Tokens of the request that came from a cache, where the provider says.
    pub cached: Option<u64>,
    /// The provider's own object, the last that came, as JSON; absent above 4 KiB.
    pub provider: Option<String>,
}

/// Collects counts that come in parts: Anthropic says the tokens of the request in
/// `message_start`, and those of the answer, so far, in every `message_delta`. A later count
/// replaces an earlier one.
#[derive(Clone, Debug, Default)]
pub(crate) struct UsageParts {
    last: Counts,
    /// The last counts of each message, where messages are added up.
    of_message: HashMap<String, Counts>,
    provider: Option<String>,
}

/// One count for each [`Counter`].
type Counts = [Option<u64>; 5];

impl UsageParts {
    pub(crate) fn note(
        &mut self,
        counter: Counter,
        places: &[Counted],
        again: &CountAgain<Slot>,
        look: &Look<'_>,
    ) {
        let Some(count) = places.iter().find_map(|counted| counted.read(look)) else { return };
        let last = &mut self.last[counter as usize];
        let before = last.filter(|_| *again == CountAgain::Sum).unwrap_or_default();
        *last = Some(before.saturating_add(count));
        if let CountAgain::SumOfLastBy(slot) = again
            && let Some(message) = look.text(*slot)
            && (self.of_message.len() < MAX_MESSAGES || self.of_message.contains_key(&message))
        {
            self.of_message.entry(message).or_default()[counter as usize] = Some(count);
        }
    }

    pub(crate) fn note_provider(&mut self, object: RawFound<'_>) {
        let json = object.as_json();
        if json.len() <= MAX_PROVIDER_BYTES {
            self.provider = Some(json.to_owned());
        }
    }

    /// All together; `None` when nothing was counted.
    pub(crate) fn sum(self) -> Option<Usage> {
        let Self { mut last, of_message, provider } = self;
        if of_message.len() > 1 {
            last = [None; 5];
            for counts in of_message.values() {
                for (sum, count) in last.iter_mut().zip(counts) {
                    *sum = match (*sum, count) {
                        (Some(sum), Some(count)) => Some(sum.saturating_add(*count)),
                        (sum, count) => sum.or(*count),
                    };
                }
            }
        }
        let [input, output, total, reasoning, cached] = last;
        if let (None, None, None) = (input, output, total) {
            return None;
        }
        let (input, output) = (input.unwrap_or(0), output.unwrap_or(0));
        let total = total.unwrap_or_else(|| input.saturating_add(output));
        Some(Usage { input, output, total, reasoning, cached, provider })
    }
}

impl Counted {
    pub(crate) fn read(&self, look: &Look<'_>) -> Option<u64> {
        let at = |slot: &Slot| count(look.value(*slot)?.as_json());
        match self {
            Self::At(slot) => at(slot),
            Self::Sum(slots) => {
                let first = at(slots.first()?)?;
                let rest = slots[1..].iter().filter_map(at);
                Some(rest.fold(first, u64::saturating_add))
            }
        }
    }
}

/// A count as it is written; some gateways write numbers as texts, or with a fraction of 0.
fn count(json: &str) -> Option<u64> {
    let json = json.trim_matches('"');
    json.strip_suffix(".0").unwrap_or(json).parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fluxloop_frames::Frame;
    use fluxloop_schema::{StreamKind, load};
    use serde_json::{Value, json};

    use crate::{Aggregator, AnswerReader, AnswerRules};

    /// The tokens of the request and of the answer, counted as `count` says.
    #[track_caller]
    fn check(count: &Value, frames: &[&str], expected: (u64, u64)) {
        let schema = json!({ "usage": { "input": "in", "output": "out", "count": count } });
        let schema = load(&schema, "inline", &mut |_, _| None).expect("a sound schema").schema;
        let reader = AnswerReader::new(&AnswerRules::new(StreamKind::Sse, schema));
        let mut aggregator = Aggregator::new(&reader, None);
        for frame in frames {
            aggregator.push(&Frame::message(frame), Duration::ZERO).expect("a sound frame");
        }
        let usage = aggregator.finish(None, Duration::ZERO).0.usage.expect("tokens were counted");
        assert_eq!((usage.input, usage.output), expected, "{count}: {frames:?}");
    }

    #[test]
    fn counts_that_come_again_mean_what_the_schema_says() {
        let first = r#"{"id": "a", "in": 9, "out": 1}"#;
        let others = [r#"{"id": "a", "in": 0, "out": 2}"#, r#"{"id": "b", "in": 4, "out": 3}"#];
        let frames = [first, others[0], others[1]];
        check(&json!("last"), &frames, (4, 3));
        check(&json!("sum"), &frames, (13, 6));
        check(&json!({ "sum_of_last_by": "id" }), &frames, (4, 5));
        check(&json!("sum"), &[first; 6], (54, 6));
    }
}
