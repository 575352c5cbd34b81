//! Words for a stream in which no text was found.

use fluxloop_aggregate::{NoText, RulesLook, TextAt};

use crate::data::is_encoded_twice;

/// Why there was no text, as far as one line can say; what was seen stands elsewhere in the record.
/// In `empty` frames a text was found, which was empty.
pub(crate) fn message(empty: u64, seen: &NoText) -> &'static str {
    if empty > 0 {
        "no text was found: only empty text came"
    } else if seen.passed == 0 {
        "no text was found: no event passed `stream_event_filter`"
    } else if seen.matched == 0 {
        "no text was found: `stream_output_path` finds nothing in any event"
    } else {
        "no text was found: `stream_output_path` finds values, and no text among them"
    }
}

/// What to do about a stream in which no text was found, if what was seen says it.
pub fn no_text(seen: &NoText) -> Option<String> {
    if seen.sample.as_deref().is_some_and(is_encoded_twice) {
        return Some(
            "the data is a JSON string that holds JSON: have the server encode it once, and send \
             the object itself"
                .to_owned(),
        );
    }
    match &seen.text_at {
        Some(at) => of_text_at(at),
        None if seen.tool_calls => {
            Some("the model called tools; `runner.http.require_text: false` accepts that".into())
        }
        None if seen.tells_why => {
            Some("the provider says why there is no text: read the event that is shown".into())
        }
        None => None,
    }
}

/// How the rules would find the text: by another filter, by another path, or both.
fn of_text_at(at: &TextAt) -> Option<String> {
    let filter = (!at.passes).then(|| {
        let out = "take `stream_event_filter` out";
        // A secret that is cut can be masked only where nothing follows.
        let name = at.event_type_is_whole.then(|| format!(", or let it name `{}`", at.event_type));
        format!("{out}{}", name.unwrap_or_default())
    });
    let path = match (at.path.as_deref(), at.rules_look) {
        (Some(_), RulesLook::AtThatPath) | (None, RulesLook::AtTheData) => None,
        // The way to the document itself has no steps.
        (Some(""), _) => Some("set `stream_output_path: \"$\"`: the data is a JSON string".to_owned()),
        (Some(path), _) => Some(format!("set `stream_output_path: \"{path}\"`")),
        (None, _) => Some("take `stream_output_path` out: the data itself is the text".to_owned()),
    };
    let parts: Vec<String> = filter.into_iter().chain(path).collect();
    (!parts.is_empty()).then(|| parts.join(", and "))
}
