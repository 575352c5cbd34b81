//! What came of an answer.

use std::collections::BTreeMap;

use crate::known::{NATURAL_ENDS, Protocol};
use crate::{NoText, Usage};

/// What came of an answer. Everything in it is raw: mask it before it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aggregate {
    /// The text, joined in the order of the events.
    pub text: String,
    /// How many characters (Unicode scalar values) the text has.
    pub characters: u64,
    /// Whether the text was cut at the limit.
    pub limit_reached: bool,
    /// How many events were pushed.
    pub events: u64,
    /// How many of which type.
    pub by_type: BTreeMap<String, u64>,
    /// How many passed the filter.
    pub passed: u64,
    /// In how many of them text was found, the empty text included.
    pub matched: u64,
    /// Events that were left out: no JSON in an event of another type than `message`, and text in
    /// or after the event that ends the answer.
    pub skipped: u64,
    /// Tokens, as the provider counted them.
    pub usage: Option<Usage>,
    /// Why the model stopped, as the provider says it.
    pub finish_reason: Option<String>,
    /// The model, as the provider names it.
    pub model: Option<String>,
    /// Whether the event that ends the answer came.
    pub done: bool,
    /// Whether the answer showed its end, as it is configured or as its protocol has it.
    pub shows_end: bool,
    /// The protocol whose end was to be expected, and did not come.
    pub missing_end: Option<Protocol>,
    /// What a careful reader should know.
    pub warnings: Vec<Warning>,
    /// What was seen instead of text; `None` when there is text.
    pub no_text: Option<Box<NoText>>,
}

impl Aggregate {
    /// Whether any text was found. An empty text is none.
    pub fn has_text(&self) -> bool {
        !self.text.is_empty()
    }

    /// Whether the text ends where the model ended it, and was not cut: the model says so, or it
    /// gives no reason and the event that ends the answer came.
    pub fn is_whole(&self) -> bool {
        let is_natural = |reason| NATURAL_ENDS.iter().any(|end| end.eq_ignore_ascii_case(reason));
        !self.limit_reached && self.finish_reason.as_deref().map_or(self.done, is_natural)
    }
}

/// What a careful reader of an answer should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Warning {
    /// The stream ended inside an event, which was discarded, as the standard says.
    CutEvent {
        /// The beginning of its data.
        data: String,
    },
    /// Events carried text after, or in, the event that ends the answer; it was left out.
    TextAfterDone(u64),
    /// Events of other types than `message` carried no JSON and were left out.
    NoJson {
        /// How many.
        events: u64,
        /// The beginning of the first one's data.
        data: String,
    },
    /// In so many events the text path found an object or an array, which is no text. Told only
    /// when there was no text at all.
    Composite(u64),
    /// The body is a page of HTML, and the page is the text: no output path is configured.
    Page,
    /// The media type is not that of an event stream, and the body was read as one all the same.
    ReadLeniently {
        /// The media type that the answer names, if it names one.
        media_type: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(done: bool, reason: Option<&str>, expected: bool) {
        let finish_reason = reason.map(str::to_owned);
        let answer = Aggregate { finish_reason, done, ..Aggregate::default() };
        assert_eq!(answer.is_whole(), expected, "{answer:?}");
        assert!(!Aggregate { limit_reached: true, ..answer }.is_whole());
    }

    #[test]
    fn a_text_is_whole_where_the_model_ended_it() {
        check(true, None, true);
        check(false, None, false);
        for done in [true, false] {
            check(done, Some("stop"), true);
            check(done, Some("STOP"), true);
            check(done, Some("length"), false);
            check(done, Some("max_tokens"), false);
        }
    }
}
