//! What counts as a secret: by the name that it stands under, by its shape, and by its place in a
//! URL.

mod names;
mod parts;
mod shapes;
mod urls;
mod words;

use std::borrow::Cow;

pub use names::{
    COUNTED, HEADERS, INNOCENT_HEADERS, JOINED, KEYS, PAIRS, PARAMETERS, PASSWORDS, PROPERTIES,
    Secrecy, is_secret_name, is_secret_parameter, is_sensitive_header, secrecy_in, secrecy_of,
    secrecy_of_data, secrecy_of_path, without_scheme,
};
pub use parts::{is_between, secret_fields, secret_parts};
use serde_json::Value;
pub use shapes::{PREFIXES, evident, looks_random};
pub use urls::{secret_ranges, userinfo};
pub use words::{is_label, is_open, is_open_data, is_open_member, is_plain_word, is_word_under};

use crate::MASK;

/// The texts of data that others made that are secrets by the names that they stand under, or by their shape.
pub fn secret_texts<'v>(value: &'v Value, secrecy: Secrecy, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if !is_open_data(text, secrecy) => found.push(text),
        Value::String(text) => found.extend(evident(text).into_iter().map(|range| &text[range])),
        Value::Array(items) => items.iter().for_each(|it| secret_texts(it, secrecy, found)),
        Value::Object(members) => {
            for (name, member) in members {
                secret_texts(member, secrecy.max(secrecy_of_data(name)), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A member without the texts that are secrets by the names that they stand under.
pub fn without_secrets<'v>(name: &str, value: &'v Value) -> Cow<'v, Value> {
    let (secrecy, mut found) = (secrecy_of_data(name), Vec::new());
    secret_texts(value, secrecy, &mut found);
    if found.is_empty() {
        return Cow::Borrowed(value);
    }
    let mut hidden = value.clone();
    hide(&mut hidden, secrecy);
    Cow::Owned(hidden)
}

fn hide(value: &mut Value, secrecy: Secrecy) {
    match value {
        Value::String(text) if !is_open_data(text, secrecy) => MASK.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, secrecy)),
        Value::Object(members) => {
            for (name, member) in members {
                hide(member, secrecy.max(secrecy_of_data(name)));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_under_secret_names_are_hidden_and_nothing_else() {
        let value = json!({
            "password": "hunter2", "pin": 1234, "list": [{"api_key": "K1", "note": "K2"}],
            "max_tokens": "100", "session": "monday", "code": 200, "key": "train-00012",
            "tokens": ["don't", "2024,"], "token": "No, it is 4.", "client_secret": "a b c d e",
        });
        let hidden = json!({
            "password": "***", "pin": 1234, "list": [{"api_key": "***", "note": "K2"}],
            "max_tokens": "100", "session": "monday", "code": 200, "key": "train-00012",
            "tokens": ["don't", "2024,"], "token": "No, it is 4.", "client_secret": "***",
        });
        assert_eq!(without_secrets("a", &value).into_owned(), hidden);
        assert!(matches!(without_secrets("a", &hidden["list"][0]["note"]), Cow::Borrowed(_)));
        assert_eq!(*without_secrets("auth", &json!(["K3-x"])), json!(["***"]));
    }
}
