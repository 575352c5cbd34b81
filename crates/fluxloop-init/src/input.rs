//! Finds what in a request is the input.

use fluxloop_curl::Text;
use serde_json::Value;

use crate::template::{INPUT, value};

/// Names under which an agent expects what the user says, the surest first.
pub(crate) const NAMES: [&str; 21] = [
    "input",
    "prompt",
    "question",
    "query",
    "message",
    "user_input",
    "userInput",
    "user_message",
    "userMessage",
    "chatInput",
    "text",
    "inputs",
    "content",
    "instruction",
    "utterance",
    "q",
    "msg",
    "ask",
    "topic",
    "search",
    "data",
];

/// Names under which lists of messages stand.
const LISTS: [&str; 8] = [
    "messages",
    "contents",
    "input",
    "additional_messages",
    "inputs",
    "history",
    "conversation",
    "items",
];

/// How deep a body is searched.
const DEPTH: usize = 4;

/// Puts the path of the input into a body, and returns the text that stood there with its place.
///
/// The last message of the user is the input, wherever the messages are; else the text with the
/// surest name, the nearest to the top.
pub(crate) fn replace(body: &mut Value) -> Option<Found> {
    for depth in 0..DEPTH {
        if let Some(found) = at_depth(body, depth, "", &mut in_messages) {
            return Some(found);
        }
    }
    for depth in 0..DEPTH {
        if let Some(found) = at_depth(body, depth, "", &mut by_name) {
            return Some(found);
        }
    }
    last_argument(body, "")
}

/// A text that is the input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Found {
    /// The text; empty if a variable stands in it.
    pub(crate) text: String,
    /// Where it stood: `messages[1].content`.
    pub(crate) place: String,
}

/// Searches the mappings that stand so deep.
fn at_depth(
    value: &mut Value,
    depth: usize,
    place: &str,
    search: &mut dyn FnMut(&mut Value, &str) -> Option<Found>,
) -> Option<Found> {
    if depth == 0 {
        return search(value, place);
    }
    let members = value.as_object_mut()?;
    members
        .iter_mut()
        .find_map(|(name, member)| at_depth(member, depth - 1, &below(place, name), search))
}

/// A member of what stands at a place.
fn below(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

/// The last message of the user in a list of messages.
fn in_messages(value: &mut Value, place: &str) -> Option<Found> {
    let members = value.as_object_mut()?;
    if let Some(message) = members.get_mut("message").filter(|it| it.is_object()) {
        return in_message(message, &below(place, "message"));
    }
    LISTS.iter().find_map(|name| {
        let messages = members.get_mut(*name)?.as_array_mut()?;
        let is_message = |it: &&mut Value| {
            it.is_object() && ["role", "content", "parts"].iter().any(|key| it.get(key).is_some())
        };
        let is_user = |it: &Value| match it.get("role").or_else(|| it.get("type")) {
            Some(role) => ["user", "human", "ROLE_USER"].iter().any(|known| role == known),
            None => true,
        };
        let list = below(place, name);
        let mut messages = messages.iter_mut().enumerate().rev();
        messages.find_map(|(index, message)| {
            let place = format!("{list}[{index}]");
            let fits = is_message(&message) && is_user(message);
            if fits { in_message(message, &place) } else { None }
        })
    })
}

/// The text of a message: its content, or the last of its parts that is a text.
fn in_message(message: &mut Value, place: &str) -> Option<Found> {
    ["content", "parts", "text"].into_iter().find_map(|key| {
        let place = format!("{place}.{key}");
        match message.get_mut(key)? {
            Value::Array(parts) => {
                parts.iter_mut().enumerate().rev().find_map(|(index, part)| match part {
                    Value::String(_) => take(part, &format!("{place}[{index}]")),
                    Value::Object(members) => {
                        take(members.get_mut("text")?, &format!("{place}[{index}].text"))
                    }
                    _ => None,
                })
            }
            content => take(content, &place),
        }
    })
}

/// The text with the surest name.
fn by_name(value: &mut Value, place: &str) -> Option<Found> {
    let members = value.as_object_mut()?;
    // What GraphQL calls a query is the program; its variables are what changes.
    let is_graphql = members.contains_key("variables") || members.contains_key("operationName");
    NAMES.iter().filter(|name| !(is_graphql && **name == "query")).find_map(|name| {
        let member = members.get_mut(*name)?;
        take(member, &below(place, name))
    })
}

/// The first text among the arguments of a call (JSON-RPC).
fn last_argument(value: &mut Value, place: &str) -> Option<Found> {
    let arguments = value.get_mut("params")?.get_mut("arguments")?.as_object_mut()?;
    arguments.iter_mut().find_map(|(name, argument)| {
        take(argument, &below(&below(place, "params.arguments"), name))
    })
}

/// Takes a text away, and leaves the path of the input.
fn take(member: &mut Value, place: &str) -> Option<Found> {
    let Value::String(text) = member else { return None };
    let text = Text::from_marked(std::mem::replace(text, value(INPUT).marked().to_owned()));
    let text = text.literal().unwrap_or_default().to_owned();
    Some(Found { text, place: place.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: &Value, place: &str, text: &str) {
        let mut changed = body.clone();
        let found = replace(&mut changed).unwrap_or_else(|| panic!("nothing in {body}"));
        assert_eq!((found.place.as_str(), found.text.as_str()), (place, text), "{body}");
        assert!(changed.to_string().contains(INPUT));
    }

    #[test]
    fn the_last_message_of_the_user_is_the_input() {
        check(
            &json!({"model": "m", "messages": [{"role": "user", "content": "a"}, {"role":
                "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "tool",
                "content": "d"}]}),
            "messages[2].content",
            "c",
        );
        check(
            &json!({"input": [{"role": "user", "content": [{"type": "input_image"}, {"type":
                "input_text", "text": "a"}]}]}),
            "input[0].content[1].text",
            "a",
        );
        check(&json!({"contents": [{"parts": [{"text": "a"}]}]}), "contents[0].parts[0].text", "a");
        check(
            &json!({"jsonrpc": "2.0", "params": {"message": {"role": "user", "parts": [{"kind":
                "text", "text": "a"}]}}}),
            "params.message.parts[0].text",
            "a",
        );
        check(
            &json!({"assistant_id": "x", "input": {"messages": [{"type": "human", "content": "a"}]}}),
            "input.messages[0].content",
            "a",
        );
    }

    #[test]
    fn else_the_surest_name_is_the_input() {
        check(&json!({"text": "b", "query": "a", "user": "u"}), "query", "a");
        check(&json!({"input": {"question": "a"}, "stream": true}), "input.question", "a");
        check(&json!({"query": "query { x }", "variables": {"text": "a"}}), "variables.text", "a");
        check(
            &json!({"params": {"name": "t", "arguments": {"city": "a"}}}),
            "params.arguments.city",
            "a",
        );
        assert_eq!(replace(&mut json!({"model": "m", "n": 1})), None);
    }
}
