//! Writes a configuration as YAML.

use serde_json::Value;

use crate::yaml::Node;

/// Writes a value in block style, as a user would have. Text in several lines becomes a literal
/// block, but for text that begins like JSON: as a block, a template would read it as JSON.
pub fn to_yaml(value: &Value) -> String {
    shown(value, None)
}

/// The same, with a comment behind each key that says where its value was written.
pub(crate) fn shown_with_origins(value: &Value, root: &Node) -> String {
    shown(value, Some(root))
}

fn shown(value: &Value, root: Option<&Node>) -> String {
    let mut yaml = String::new();
    write(value, root, 0, &mut yaml);
    yaml.trim_start_matches('\n').to_owned()
}

/// Writes what follows `key:` or `-`, its line end included. `node` is where the value comes from,
/// if a comment shall say so.
fn write(value: &Value, node: Option<&Node>, indent: usize, yaml: &mut String) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(members) if !members.is_empty() => {
            yaml.push('\n');
            for (key, member) in members {
                let name = scalar(&Value::String(key.clone()), 0);
                yaml.extend([margin.as_str(), &name, ":"]);
                write(member, node.and_then(|node| node.get(key)), indent + 2, yaml);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            yaml.push_str(&comment(node));
            yaml.push('\n');
            for item in items {
                let mut nested = String::new();
                write(item, None, indent + 2, &mut nested);
                // The first key of a mapping stands beside the dash.
                let beside = nested.trim_start_matches('\n').trim_start_matches(' ');
                yaml.extend([margin.as_str(), "- ", beside]);
            }
        }
        scalar_or_empty => {
            let text = scalar(scalar_or_empty, indent);
            // A comment may stand behind the head of a block (YAML 1.2, 8.1.1).
            let (first, rest) = text.split_at(text.find('\n').unwrap_or(text.len()));
            yaml.extend([" ", first, &comment(node), rest, "\n"]);
        }
    }
}

/// The comment that says where a value was written, on one line.
fn comment(node: Option<&Node>) -> String {
    let place = node.map(|node| node.origin.to_string().replace(char::is_control, "?"));
    place.map(|place| format!("  # {place}")).unwrap_or_default()
}

/// A scalar whose further lines are indented.
fn scalar(value: &Value, indent: usize) -> String {
    match value {
        Value::String(text) if text.chars().any(needs_escape) && !is_block(text, indent) => {
            quoted(text)
        }
        Value::String(text) if text.contains('\n') => {
            let margin = " ".repeat(indent);
            let body = text.strip_suffix('\n').unwrap_or(text);
            let header = if text.ends_with('\n') { "|" } else { "|-" };
            let lines = body.split('\n').map(|line| match line {
                "" => "\n".to_owned(),
                line => format!("\n{margin}{line}"),
            });
            lines.fold(header.to_owned(), |block, line| block + &line)
        }
        Value::Number(number) => number.to_string(),
        _ => {
            let yaml = serde_yaml::to_string(value).expect("JSON values can be written as YAML");
            yaml.trim_end_matches('\n').to_owned()
        }
    }
}

/// Whether text can stand as a literal block: it has a margin, begins neither like JSON nor with a
/// blank, does not end in empty lines, and every character of it can be written.
fn is_block(text: &str, indent: usize) -> bool {
    let is_plain = |c: char| c == '\n' || c == '\t' || !needs_escape(c);
    indent > 0
        && text.starts_with(|c: char| !c.is_whitespace() && !"[{".contains(c))
        && !text.ends_with("\n\n")
        && text.chars().all(is_plain)
}

/// Whether YAML may drop the character, fold it, or refuse it (YAML 1.1, 5.1 and 5.4).
fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Text in double quotes.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        '\n' => "\\n".to_owned(),
        c if needs_escape(c) => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    #[test]
    fn it_looks_as_a_user_would_have_written_it() {
        let value = json!({
            "name": "a: b", "tags": ["yes", "1", []], "none": null, "map": {}, "n": 1.5,
            "runner": {"http": {"prompt": "two\n\n  lines\n", "json": "[1]\n", "list": [{"a": {"b": "x\ny"}}]}},
        });
        assert_snapshot!(to_yaml(&value), @r##"
name: 'a: b'
tags:
  - yes
  - '1'
  - []
none: null
map: {}
n: 1.5
runner:
  http:
    prompt: |
      two

        lines
    json: "[1]\n"
    list:
      - a:
          b: |-
            x
            y
"##);
    }

    #[test]
    fn every_text_survives() {
        for text in [
            "",
            " ",
            "\n",
            "a\n",
            "a\n\n",
            "a\nb",
            " a\nb",
            "\ta\nb",
            "a \n b \n",
            "[1]\nx",
            "{\n",
            "a\r\nb",
            "- a",
            "a: b",
            "# a",
            "a #b",
            "yes",
            "~",
            "1.10",
            "0x1F",
            "'",
            "\"",
            "\\",
            "\u{0}",
            "\u{7f}a",
            "\u{85}\nx",
            "\u{2028}",
            "a\u{2028}\nb",
            "\u{feff}a\nb",
            "😀\n😀",
            "?",
            "|",
            "a\n---\nb",
            "a\n...\n",
            "a\n#b",
            "%a\nb",
            "&a\nb",
            "-\n-",
            "a\n ",
            "a\n\tb",
        ] {
            for value in [
                json!({"k": text}),
                json!({"k": [text, {"a": text}]}),
                json!({"a": {"b": [[text]]}}),
                json!({text: text}),
            ] {
                let yaml = to_yaml(&value);
                let read: Value =
                    serde_yaml::from_str(&yaml).unwrap_or_else(|error| panic!("{error}: {yaml}"));
                assert_eq!(read, value, "{yaml}");
            }
        }
    }
}
