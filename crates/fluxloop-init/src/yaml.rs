//! Writes YAML, in blocks, for people.

use serde_json::Value;

/// A value below a key that stands `indent` blanks to the right, from the blank after its colon on.
pub(crate) fn value(value: &Value, indent: usize) -> String {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let items = items.iter().map(|item| list_item(item, indent + 2));
            std::iter::once("\n".to_owned()).chain(items).collect()
        }
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(key, value)| member(key, value, indent + 2));
            std::iter::once("\n".to_owned()).chain(members).collect()
        }
        other => format!(" {}\n", leaf(other)),
    }
}

/// A key and its value.
pub(crate) fn member(key: &str, member: &Value, indent: usize) -> String {
    format!("{:indent$}{}:{}", "", scalar(key), value(member, indent))
}

/// An item; the first member of a mapping stands behind its dash.
fn list_item(item: &Value, indent: usize) -> String {
    let text = match item {
        Value::Object(members) if !members.is_empty() => {
            members.iter().map(|(key, value)| member(key, value, indent + 2)).collect()
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().map(|item| list_item(item, indent + 2)).collect()
        }
        other => format!("{:1$}{2}\n", "", indent + 2, leaf(other)),
    };
    format!("{:indent$}- {}", "", text.trim_start())
}

fn leaf(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        other => other.to_string(),
    }
}

/// Words that are not texts, in YAML 1.1 or 1.2.
const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf"];

/// A text, in quotes if it needs them.
pub(crate) fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " _./:@,()$+-{}=;?&%*!<>|~^".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$' || c == '/');
    let is_word = WORDS.contains(&text.to_ascii_lowercase().as_str());
    let is_safe = begins
        && !is_word
        && text.chars().all(is_plain)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !text.contains("{{");
    if is_safe { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes. JSON's escapes are escapes of YAML; further characters that YAML does
/// not count as printable (YAML 1.2.2, 5.1) are escaped, too.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut out = String::new();
    for c in json.chars() {
        match c {
            '\u{7F}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' => {
                out.extend(["\\u", &format!("{:04X}", u32::from(c))]);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(document: &Value) {
        let text = format!("a:{}", value(document, 0));
        let read: Value =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(&read["a"], document, "{text}");
    }

    #[test]
    fn what_is_written_is_read_again() {
        check(
            &json!({"b": [], "c": {}, "d": null, "e": 1.5, "f": [[1, [2]], {"g": [{"h": "i"}]}]}),
        );
        let texts = [
            "",
            " a",
            "a ",
            "a: b",
            "a:",
            "a #b",
            "#a",
            "- a",
            "true",
            "No",
            "1",
            "1e3",
            ".5",
            "0x1F",
            "~",
            "2026-01-01",
            "a\nb\t\"c\"\\",
            "$.input",
            "Bearer ${KEY}",
            "{{ $.a }} b",
            "{a}",
            "[a]",
            "*a",
            "&a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a`",
            "'a'",
            "a, b",
            "\u{1F600}\u{7F}\u{2028}\u{FEFF}",
            "https://h:8000/a?b=c&d=%20",
            "---",
            "...",
            "é",
            "=",
            "y",
            "null",
            "NaN",
            "a'b",
        ];
        for text in texts {
            check(&json!(text));
            check(&json!([text]));
            check(&json!({text: text}));
        }
    }

    #[test]
    fn simple_texts_have_no_quotes() {
        assert_eq!(scalar("Bearer ${KEY}"), "Bearer ${KEY}");
        assert_eq!(scalar("$.input"), "$.input");
        assert_eq!(scalar("2023-06-01"), "\"2023-06-01\"");
    }
}
