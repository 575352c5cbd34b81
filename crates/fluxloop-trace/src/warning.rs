//! What a careful reader should know: a closed list of codes with stable names.

use std::fmt;

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};

/// Declares the codes once: variant, stable name, meaning. Records and the generated reference read
/// this table.
macro_rules! warning_codes {
    ($($variant:ident $name:literal $meaning:literal)+) => {
        /// What a warning is about. The list is closed and the names are stable.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum WarningCode {
            $(#[doc = $meaning] #[serde(rename = $name)] $variant,)+
        }

        impl WarningCode {
            /// Every code, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name, as records spell it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
    };
}

warning_codes! {
    UnfinishedFrame "unfinished_frame"
        "The stream ended inside an event, which was discarded."
    TextAfterEnd "text_after_end"
        "Events carried text after, or in, the event that ends the answer; that text was left out."
    NotJson "not_json"
        "Events of other types than `message` carried data that is not JSON, and were left out."
    ListWithText "list_with_text"
        "The text path found objects or arrays, and no text."
    HtmlPage "html_page"
        "The body is a page of HTML, and all of it is the text (`stream: none`)."
    OtherMediaType "other_media_type"
        "The answer has another media type, and was read as an event stream (`lenient_content_type`)."
    Standstill "standstill"
        "This process did not run for a time, which the times of the attempt include."
    RateLimitPause "rate_limit_pause"
        "The server answered 429, and no case sent a request for a time."
    DeadTarget "dead_target"
        "Twenty cases in a row did not reach the server, or were turned away, and the run ended early."
    AskedToWait "asked_to_wait"
        "The server asked several cases in a row to come back much later, and the run ended early."
    RateNotReached "rate_not_reached"
        "Cases began later than `simulation.rate` asked for."
    ParallelismNotReached "parallelism_not_reached"
        "Fewer cases were under way than asked for, because this process did not keep up."
    SharedConnection "shared_connection"
        "Fewer HTTP/2 answers were read at once than requests were under way."
    OwnLag "own_lag"
        "This process was late itself, and that is part of the times that it measured."
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a careful reader should know.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Warning {
    /// What it is about, from the closed list.
    pub code: WarningCode,
    /// The same in words.
    pub message: Masked,
    /// How often: in how many events, or how many times the run said so.
    pub count: u64,
    /// The beginning of the first of them, where that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Masked>,
}

impl Warning {
    /// A warning that was given once.
    pub fn new(code: WarningCode, message: Masked) -> Self {
        Self { code, message, count: 1, example: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_serde_writes() {
        for code in WarningCode::ALL {
            let written = serde_json::to_string(code).expect("a unit variant serializes");
            assert_eq!(written, format!("\"{code}\""));
        }
    }
}
