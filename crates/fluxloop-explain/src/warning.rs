//! Words for what a careful reader of an answer should know.

use fluxloop_aggregate::Warning;

use crate::answer::media_type_words;

/// Puts a warning into words.
pub fn warning(warning: &Warning) -> String {
    match warning {
        Warning::Page => "the answer is a page (`text/html`), and all of it is the text".to_owned(),
        Warning::CutEvent { .. } => {
            "the stream ended inside an event, which was discarded".to_owned()
        }
        Warning::TextAfterDone(count) => {
            format!("text after the end of the answer was left out (events: {count})")
        }
        Warning::NoJson { events, .. } => {
            format!("events of other types that are no JSON were left out (events: {events})")
        }
        Warning::Composite(count) => {
            format!("the text path finds objects or arrays, which are no text (events: {count})")
        }
        Warning::ReadLeniently { media_type } => {
            let words = media_type_words(media_type.as_deref());
            format!("the answer {words} and was read as an event stream")
        }
    }
}
