//! Placeholders of other programs, which are literal text here.

/// A placeholder of another program.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Foreign<'t> {
    /// How it is written.
    pub(crate) written: &'t str,
    /// What it was probably meant to be.
    pub(crate) meant: Meant<'t>,
}

/// What a placeholder was probably meant to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Meant<'t> {
    /// A variable.
    Variable(&'t str),
    /// The text of the input.
    Input,
    /// A path into the input: `{{ $.id }}`, which is replaced in templates.
    Path,
}

/// What the text of an input is called in prompts.
const INPUTS: [&str; 8] =
    ["input", "prompt", "question", "query", "text", "message", "user_input", "content"];

/// What stands before the name of a variable.
const OF_ENVIRONMENT: [&str; 6] =
    ["process.env.", "os.environ.", "secrets.", "env.", "vars.", "env:"];

/// The longest placeholder that is recognized, in bytes. What is longer is text.
const MAX_INNER: usize = 256;

/// The first placeholder of another program in a text: `{{NAME}}`, `{{env.name}}`, `{NAME}`,
/// `{input}`, `%NAME%`, `$(NAME)`, `$env:NAME`, `$input`.
pub(crate) fn foreign(text: &str) -> Option<Foreign<'_>> {
    text.char_indices().find_map(|(index, c)| {
        let rest = &text[index..];
        match c {
            '{' if rest.starts_with("{{") => between(rest, "{{", "}}"),
            // `${…}` has rules of its own, and `"{…}"` may be JSON.
            '{' if !text[..index].ends_with(['$', '{']) => between(rest, "{", "}"),
            '%' => between(rest, "%", "%").filter(|it| is_variable_of_cmd(it)),
            '$' if rest.starts_with("$(") => between(rest, "$(", ")"),
            '$' if rest.starts_with("$env:") => {
                let end = rest[5..].find(|c| !is_of_name(c)).map_or(rest.len(), |end| end + 5);
                named(&rest[5..end], true).map(|meant| Foreign { written: &rest[..end], meant })
            }
            '$' => {
                let end = rest[1..].find(|c| !is_of_name(c)).map_or(rest.len(), |end| end + 1);
                let is_input = INPUTS.contains(&&rest[1..end]);
                is_input.then(|| Foreign { written: &rest[..end], meant: Meant::Input })
            }
            _ => None,
        }
    })
}

/// `%20%` is part of a URL; a name has letters first.
fn is_variable_of_cmd(foreign: &Foreign<'_>) -> bool {
    matches!(foreign.meant, Meant::Variable(name) if name.len() > 2 && !name.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<Foreign<'t>> {
    let inner = text.strip_prefix(open)?;
    let end = inner[..inner.floor_char_boundary(MAX_INNER)].find(close)?;
    let (written, inner) = (&text[..open.len() + end + close.len()], inner[..end].trim());
    if open == "{{" && inner.starts_with('$') {
        return Some(Foreign { written, meant: Meant::Path });
    }
    let name = OF_ENVIRONMENT.iter().find_map(|before| inner.strip_prefix(before));
    let call = inner
        .strip_prefix("env")
        .map(|rest| rest.trim_matches(|c: char| c.is_whitespace() || "()\"'".contains(c)));
    let call = call.filter(|name| *name != inner && !name.is_empty());
    let is_of_environment = name.is_some() || call.is_some();
    let meant = named(name.or(call).unwrap_or(inner), is_of_environment)?;
    Some(Foreign { written, meant })
}

/// What a name means: in capitals or behind `env.` a variable, else the input by its usual names.
fn named(name: &str, is_of_environment: bool) -> Option<Meant<'_>> {
    let is_name = !name.is_empty() && name.chars().all(is_of_name);
    let is_capital = name.chars().any(|c| c.is_ascii_uppercase())
        && !name.chars().any(|c| c.is_ascii_lowercase());
    match name {
        _ if !is_name => None,
        _ if is_of_environment || (is_capital && name.len() > 1) => Some(Meant::Variable(name)),
        _ if INPUTS.contains(&name) => Some(Meant::Input),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, Meant<'_>)>) {
        let expected = expected.map(|(written, meant)| Foreign { written, meant });
        assert_eq!(foreign(text), expected);
    }

    #[test]
    fn placeholders_of_others_are_found() {
        check("Bearer {{KEY}}", Some(("{{KEY}}", Meant::Variable("KEY"))));
        check("{{ env.key }}", Some(("{{ env.key }}", Meant::Variable("key"))));
        check("{{ env \"KEY\" }}", Some(("{{ env \"KEY\" }}", Meant::Variable("KEY"))));
        check("a %MY_KEY% b", Some(("%MY_KEY%", Meant::Variable("MY_KEY"))));
        check("$(KEY)", Some(("$(KEY)", Meant::Variable("KEY"))));
        check("$env:Key!", Some(("$env:Key", Meant::Variable("Key"))));
        check("{API_KEY}", Some(("{API_KEY}", Meant::Variable("API_KEY"))));
        check("say {input}", Some(("{input}", Meant::Input)));
        check("{{prompt}}", Some(("{{prompt}}", Meant::Input)));
        check("$question", Some(("$question", Meant::Input)));
        check("{{ $.id }}", Some(("{{ $.id }}", Meant::Path)));
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in [
            "${KEY}",
            "$.input",
            "{\"a\": {}}",
            "50%20%",
            "a % b % c",
            "$5",
            "{x}",
            "{}",
            "$$.input",
        ] {
            check(text, None);
        }
    }
}
