//! Texts as a configuration has them.
//!
//! Until it is written, a text is a [`Text`]: what is sent as it is, variables, and values of the
//! case, which are variables with the name of a path. So nothing in what a user gave can be taken
//! for a variable or for a value.

use fluxloop_curl::{Part, Text};

/// The path of what the user says.
pub(crate) const INPUT: &str = "$.input";

/// The variable of [`EMPTY`], which nobody sets.
pub(crate) const EMPTY_NAME: &str = "EMPTY";

/// A placeholder that is replaced by nothing. It separates characters which together would begin a
/// template or a placeholder.
pub(crate) const EMPTY: &str = "${EMPTY:-}";

/// Where in a configuration a text stands, which decides what would be replaced in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// The URL.
    Url,
    /// Headers and the body.
    Template,
    /// Everything else, where only variables are replaced.
    Plain,
}

/// A text that is a value of the case.
pub(crate) fn value(path: &str) -> Text {
    let mut text = Text::default();
    // No shell has a variable of such a name.
    text.append_variable(path);
    text
}

/// Whether a text takes the input.
pub(crate) fn takes_input(text: &Text) -> bool {
    text.variables().contains(&INPUT)
}

/// The text at a place of the configuration.
pub(crate) fn written(text: &Text, place: Place) -> String {
    let parts = text.parts();
    if let ([Part::Variable(path)], Place::Template) = (parts.as_slice(), place)
        && is_path(path)
    {
        return (*path).to_owned();
    }
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        match part {
            Part::Literal(literal) => {
                let literal = escaped(literal, place, is_last);
                // Before a placeholder, `$` would escape it: as a default it stands for itself.
                let front = literal.trim_end_matches(|c| c == '$' && !is_last);
                out.push_str(front);
                if front.len() < literal.len() {
                    out.extend(["${EMPTY:-", &literal[front.len()..], "}"]);
                }
            }
            Part::Variable(path) if is_path(path) => out.extend(["{{ ", path, " }}"]),
            Part::Variable(name) => out.extend(["${", name, "}"]),
        }
    }
    if place != Place::Template || !matches!(parts.first(), Some(Part::Literal(_))) {
        return out;
    }
    // `$$.` is how a template writes `$.` at the beginning.
    match out.strip_prefix('$') {
        _ if begins_as_path(&out) => format!("${out}"),
        Some(rest) if begins_as_path(rest) => format!("{EMPTY}{out}"),
        _ => out,
    }
}

/// The text that a configuration writes so; it has nothing that is escaped.
pub(crate) fn read(written: &str) -> Text {
    if begins_as_path(written) {
        return value(written);
    }
    let mut text = Text::default();
    let mut rest = written;
    while let Some(start) = rest.find("${").into_iter().chain(rest.find("{{ $")).min() {
        let (open, close) = if rest[start..].starts_with('$') { ("${", "}") } else { ("{{", "}}") };
        let Some((name, after)) = rest[start + open.len()..].split_once(close) else { break };
        text.append(&Text::new(&rest[..start]));
        text.append_variable(name.trim());
        rest = after;
    }
    text.append(&Text::new(rest));
    text
}

fn is_path(variable: &str) -> bool {
    variable.starts_with('$')
}

fn begins_as_path(text: &str) -> bool {
    text.starts_with("$.") || text.starts_with("$[")
}

/// A text in which nothing is replaced; another part follows unless it is the last one.
fn escaped(literal: &str, place: Place, is_last: bool) -> String {
    let escape = |text: &str| text.replace("${", "$${");
    match place {
        Place::Plain => escape(literal),
        // A server reads the same. Braces come first: what is left of `${{` opens nothing.
        Place::Url => {
            let literal = literal.replace("{{", "%7B%7B");
            match literal.strip_suffix('{').filter(|_| !is_last) {
                Some(front) => escape(front) + "%7B",
                None => escape(&literal),
            }
        }
        Place::Template => separated(&escape(literal), is_last),
    }
}

/// A text without several braces in front of what would be a path or a name in them.
fn separated(text: &str, is_last: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let braces = rest[start..].len() - rest[start..].trim_start_matches('{').len();
        let (before, after) = rest.split_at(start + braces);
        let next = after.trim_start().chars().next();
        let begins = |c: char| c == '$' || c == '_' || c.is_ascii_alphabetic();
        let separator = if next.map_or(!is_last, begins) { EMPTY } else { "" };
        out.push_str(&before[..start]);
        out.push_str(&vec!["{"; braces].join(separator));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(place: Place, text: &Text, expected: &str) {
        assert_eq!(written(text, place), expected);
    }

    fn joined(parts: &[Text]) -> Text {
        let mut all = Text::default();
        for part in parts {
            all.append(part);
        }
        all
    }

    #[test]
    fn nothing_literal_is_replaced_in_a_template() {
        for (literal, expected) in [
            ("a {b} $c", "a {b} $c"),
            ("${A}", "$${A}"),
            ("$.a", "$$.a"),
            ("$[0]", "$$[0]"),
            ("$$.a", "${EMPTY:-}$$.a"),
            ("a $.b", "a $.b"),
            ("{{ $.a }}", "{${EMPTY:-}{ $.a }}"),
            ("{{{a}}}", "{${EMPTY:-}{${EMPTY:-}{a}}}"),
            ("{{#a#}} {{", "{{#a#}} {{"),
            ("${{ a }}", "$${${EMPTY:-}{ a }}"),
        ] {
            check(Place::Template, &Text::new(literal), expected);
        }
    }

    #[test]
    fn other_places_have_other_escapes() {
        check(Place::Url, &Text::new("h/{{ $.a }}?b=${C}"), "h/%7B%7B $.a }}?b=$${C}");
        check(Place::Url, &Text::new("h/?a=${{{b}}}"), "h/?a=$%7B%7B{b}}}");
        check(Place::Url, &Text::new("h/?a=$${b}"), "h/?a=$$${b}");
        check(Place::Url, &joined(&["h/{".into(), value(INPUT)]), "h/%7B{{ $.input }}");
        check(Place::Url, &joined(&["h/${".into(), value(INPUT)]), "h/$%7B{{ $.input }}");
        check(Place::Plain, &Text::new("$.a {{ b }} ${C}"), "$.a {{ b }} $${C}");
    }

    #[test]
    fn variables_and_values_are_written_and_read() {
        let variable = value("NAME");
        let input = value(INPUT);
        for (parts, expected) in [
            (&[input.clone()][..], "$.input"),
            (&["a ".into(), input.clone(), "}".into()], "a {{ $.input }}}"),
            (&["Bearer ".into(), variable.clone()], "Bearer ${NAME}"),
        ] {
            let text = joined(parts);
            check(Place::Template, &text, expected);
            assert_eq!(read(expected), text);
        }
        check(Place::Url, &joined(&["h/".into(), input.clone()]), "h/{{ $.input }}");
        check(Place::Template, &joined(&["$".into(), variable.clone()]), "${EMPTY:-$}${NAME}");
        check(Place::Template, &joined(&["{{".into(), variable]), "{${EMPTY:-}{${NAME}");
    }
}
