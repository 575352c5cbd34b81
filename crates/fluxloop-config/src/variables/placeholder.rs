//! Reads `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$${`, and replaces them.

use std::ops::Range;

use fluxloop_redact::Secret;

use crate::error::Fault;

/// A stretch of text.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece<'t> {
    /// Text as it is; `$${` has become `${`.
    Literal(String),
    /// A variable.
    Variable(Placeholder<'t>),
    /// A placeholder that cannot be read.
    Misspelt(Misspelt),
}

/// The use of a variable.
#[derive(Debug, PartialEq)]
pub(crate) struct Placeholder<'t> {
    /// Where it begins, in characters from the beginning of the text.
    pub(crate) character: usize,
    /// The variable's name.
    pub(crate) name: &'t str,
    /// What holds where it has no value.
    pub(crate) otherwise: Otherwise<'t>,
}

/// What holds where a variable has no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Otherwise<'t> {
    /// `${NAME}`: a fault.
    Fault,
    /// `${NAME:-default}`: this text.
    Default(&'t str),
    /// `${NAME:?message}`: a fault with this message.
    Message(&'t str),
}

/// A placeholder that cannot be read.
#[derive(Debug, PartialEq)]
pub(crate) struct Misspelt {
    /// Where it begins, in characters from the beginning of the text.
    pub(crate) character: usize,
    /// What the text has.
    pub(crate) problem: &'static str,
}

/// Takes a text apart. Behind a placeholder that cannot be read, the search goes on.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    // How many characters there are before a byte.
    let (mut at, mut characters) = (0, 0);
    while let Some(start) = rest.find("${") {
        if rest[..start].ends_with('$') {
            literal.push_str(&rest[..start - 1]);
            literal.push_str("${");
            rest = &rest[start + 2..];
            continue;
        }
        literal.push_str(&rest[..start]);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        let begins = text.len() - rest.len() + start;
        characters += text[at..begins].chars().count();
        at = begins;
        let character = characters;
        let inner = &rest[start + 2..];
        let Some(end) = inner.find('}') else {
            pieces.push(Piece::Misspelt(Misspelt { character, problem: "an unclosed `${`" }));
            return pieces;
        };
        pieces.push(match placeholder(character, &inner[..end]) {
            Ok(placeholder) => Piece::Variable(placeholder),
            Err(problem) => Piece::Misspelt(Misspelt { character, problem }),
        });
        rest = &inner[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

/// Reads what stands between `${` and `}`.
fn placeholder(character: usize, inner: &str) -> Result<Placeholder<'_>, &'static str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name_end = inner.find(|c| !is_name(c)).unwrap_or(inner.len());
    let (name, operator) = inner.split_at(name_end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("a `${` without the name of a variable");
    }
    let otherwise = match (operator.strip_prefix(":-"), operator.strip_prefix(":?")) {
        (Some(default), _) if default.contains("${") => {
            return Err("a `${` within the default of another");
        }
        (Some(default), _) => Otherwise::Default(default),
        (_, Some(message)) => Otherwise::Message(message),
        _ if operator.is_empty() => Otherwise::Fault,
        _ if operator.starts_with(['-', '=', '+', '?', ':', '#', '%', '/', '^', ',']) => {
            return Err("a form of `${` that is not supported");
        }
        _ => return Err("a misspelt `${`"),
    };
    Ok(Placeholder { character, name, otherwise })
}

/// Text whose placeholders were replaced.
pub(crate) struct Expanded {
    /// The text.
    pub(crate) text: String,
    /// The variables in it, and which part of the text came from each.
    pub(crate) variables: Vec<(String, Range<usize>)>,
}

impl Expanded {
    /// Text without any placeholder.
    pub(crate) fn literal(text: &str) -> Self {
        Self { text: text.to_owned(), variables: Vec::new() }
    }

    /// A part of the text, with the variables that touch it.
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        let variables = self.variables.iter().filter_map(|(name, of)| {
            let (start, end) = (of.start.max(range.start), of.end.min(range.end));
            (start < end).then(|| (name.clone(), start - range.start..end - range.start))
        });
        Self { variables: variables.collect(), text: self.text[range].to_owned() }
    }

    /// The variable that the byte at this place came from.
    pub(crate) fn variable_at(&self, byte: usize) -> Option<&str> {
        let found = self.variables.iter().find(|(_, range)| range.contains(&byte));
        found.map(|(name, _)| name.as_str())
    }
}

/// Replaces the placeholders of a text, or gives what is wrong with them, each with its place. Where
/// something is too large, the rest is not looked at.
pub(crate) fn replaced(
    text: &str,
    mut value: impl FnMut(&Placeholder<'_>) -> Result<Secret, Fault>,
) -> Result<Expanded, Vec<(usize, Fault)>> {
    let (mut expanded, mut faults) = (Expanded::literal(""), Vec::new());
    for piece in pieces(text) {
        let (character, value) = match piece {
            Piece::Literal(literal) => {
                expanded.text.push_str(&literal);
                continue;
            }
            Piece::Variable(it) => (it.character, value(&it).map(|value| (it.name, value))),
            Piece::Misspelt(Misspelt { character, problem }) => {
                (character, Err(Fault::Placeholder { problem }))
            }
        };
        match value {
            Ok((name, value)) => {
                let start = expanded.text.len();
                expanded.text.push_str(value.expose());
                expanded.variables.push((name.to_owned(), start..expanded.text.len()));
            }
            Err(fault) => {
                let is_last = fault.is_too_large();
                faults.push((character, fault));
                if is_last {
                    break;
                }
            }
        }
    }
    if faults.is_empty() { Ok(expanded) } else { Err(faults) }
}

/// The name in the first `$NAME` of a literal text, which was probably meant as `${NAME}`. Only
/// capitals count: `$.input` and prices are none.
pub(crate) fn bare_variable(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(index, _)| {
        let rest = &text[index + 1..];
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        let is_variable = name.len() > 1 && !name.starts_with(|c: char| c.is_ascii_digit());
        is_variable.then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows pieces as `literal`, `<NAME>`, `<NAME|default>`, `<NAME?message>`, `<!3: problem>`.
    fn show(text: &str) -> String {
        let shown = pieces(text).into_iter().map(|piece| match piece {
            Piece::Literal(literal) => literal,
            Piece::Variable(Placeholder { character: _, name, otherwise }) => match otherwise {
                Otherwise::Fault => format!("<{name}>"),
                Otherwise::Default(default) => format!("<{name}|{default}>"),
                Otherwise::Message(message) => format!("<{name}?{message}>"),
            },
            Piece::Misspelt(Misspelt { character, problem }) => {
                format!("<!{character}: {problem}>")
            }
        });
        shown.collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(show(text), expected);
    }

    #[test]
    fn the_three_forms_are_read() {
        check("Bearer ${KEY}", "Bearer <KEY>");
        check("${A:-b c}${D:?set it}", "<A|b c><D?set it>");
        check("${A:-}", "<A|>");
        check("${A:-x:-y}", "<A|x:-y>");
    }

    #[test]
    fn a_doubled_dollar_is_a_literal_one() {
        check("$${KEY}", "${KEY}");
        check("a$${K} ${K}", "a${K} <K>");
        check("$$.input $5 {} }", "$$.input $5 {} }");
    }

    #[test]
    fn faults_have_their_place_and_hide_no_others() {
        check("añ ${KEY", "añ <!3: an unclosed `${`>");
        check("${}", "<!0: a `${` without the name of a variable>");
        check("${1A}", "<!0: a `${` without the name of a variable>");
        check("${A}${ B}", "<A><!4: a `${` without the name of a variable>");
        check(
            "${A-b} ${A:+b}",
            "<!0: a form of `${` that is not supported> <!7: a form of `${` that is not supported>",
        );
        check("${A b}", "<!0: a misspelt `${`>");
        check("${A:-${B}}", "<!0: a `${` within the default of another>}");
    }

    #[test]
    fn a_bare_variable_is_written_in_capitals() {
        assert_eq!(bare_variable("Bearer $OPENAI_API_KEY"), Some("OPENAI_API_KEY"));
        assert_eq!(bare_variable("$.input costs $5 or $x"), None);
    }
}
